// What is known of empty space: how the grid learns, what counts as empty, where it is looked into.
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/core/index.js';
import { DensityGrid, densityGridDefaults } from '../../../src/engine/training/rays/density-grid.js';

const SEED = 128;

describe('the density grid', () => {
  it('knows nothing at first: everything may be full', () => {
    const grid = DensityGrid.allocate(4);
    expect(grid.cells).toHaveLength(64);
    expect(grid.survey()).toBe(1);
    expect(grid.threshold).toBe(0);
    expect(DensityGrid.allocate().resolution).toBe(densityGridDefaults.resolution);
  });

  it('takes the first density as it is and moves towards later ones', () => {
    const grid = DensityGrid.allocate(2);
    // What lies beyond the count is left over from earlier steps.
    grid.learn(Int32Array.of(3, 5, 3, 6), Float32Array.of(8, 0, 4, 99), 3, 0.25);
    expect([...grid.cells]).toEqual([-1, -1, -1, 7, -1, 0, -1, -1]);
    grid.learn(Int32Array.of(5, 3), Float32Array.of(2, 7), 2, 0.5);
    expect([...grid.cells]).toEqual([-1, -1, -1, 7, -1, 1, -1, -1]);
  });

  it('is one for all threads that see its memory', () => {
    const grid = DensityGrid.allocate(2);
    const other = new DensityGrid(structuredClone(grid.setup));
    grid.learn(Int32Array.of(7), Float32Array.of(2.5), 1, 1);
    expect(other.resolution).toBe(2);
    expect(other.cells[7]).toBe(2.5);
  });

  it('calls cells empty that have less than half the mean of what is known, and unknown ones never', () => {
    const grid = DensityGrid.allocate(2);
    grid.cells.set([-1, -1, 0, 0.2, 0.5, 0.5, 0.8, 1]);
    // Mean of six 0.5, half of it 0.25: two of eight are below.
    expect(grid.survey()).toBe(6 / 8);
    expect(grid.threshold).toBeCloseTo(0.25, 7);
  });

  it('calls nothing empty that has more than 1.3 per half side, however dense the rest', () => {
    const grid = DensityGrid.allocate(2);
    grid.cells.set([0, 1, 1.25, 1.35, 1.5, 100, 1000, -1]);
    expect(grid.survey()).toBe(5 / 8);
    expect(grid.threshold).toBe(densityGridDefaults.emptyBelow);
  });

  it.each([
    ['nothing known', () => -1],
    ['little known, and little there', (share: number) => (share < 0.9 ? -1 : share - 0.9)],
    ['all known, some of it dense', (share: number) => (share < 0.7 ? share : 90 * share)],
    ['some of everything', (share: number) => (share < 0.3 ? -1 : share < 0.6 ? 0 : 5 * share)],
  ])('counts as one by one, however the threshold moves: %s', (_, density) => {
    const grid = DensityGrid.allocate(16);
    const random = createRandom(SEED);
    for (const scale of [1, 1, 0.1, 7]) {
      grid.cells.forEach((__, cell) => {
        const value = density(random.float());
        grid.cells[cell] = value < 0 ? value : scale * value;
      });
      const share = grid.survey();
      const known = grid.cells.filter((value) => value >= 0);
      const mean = known.reduce((sum, value) => sum + value, 0) / Math.max(1, known.length);
      const threshold = Math.min(1.3, mean / 2);
      expect(grid.threshold).toBe(threshold);
      const full = grid.cells.filter((value) => value < 0 || value > threshold).length;
      expect(share).toBe(full / grid.cells.length);
      // Nothing has changed: nothing changes.
      expect([grid.survey(), grid.threshold]).toEqual([share, threshold]);
    }
  });

  it('calls a field that is nowhere anything empty throughout', () => {
    const grid = DensityGrid.allocate(2);
    grid.cells.fill(0);
    expect(grid.survey()).toBe(0);
  });
});

describe(`probes (seed ${SEED})`, () => {
  const resolution = 8;
  const count = 32_768;

  function draw(seed: number, step: number) {
    const cells = new Int32Array(count);
    const points = new Float32Array(3 * count);
    DensityGrid.allocate(resolution).drawProbes(seed, step, cells, points);
    return { cells, points };
  }

  it('lie in their cells, evenly, all cells alike', () => {
    const { cells, points } = draw(SEED, 8);
    const hits = new Int32Array(resolution ** 3);
    // Where in its cell each point lies, from 0 to 1 along each axis.
    const within = [0, 1, 2].map((axis) =>
      Float64Array.from(cells, (cell, i) => {
        const place = Math.floor(cell / resolution ** axis) % resolution;
        return ((points[3 * i + axis]! + 1) / 2) * resolution - place;
      }),
    );
    for (const cell of cells) hits[cell]! += 1;
    expect(hits.reduce((a, b) => a + b)).toBe(count);
    for (const shares of within) {
      expect(shares.reduce((a, b) => Math.min(a, b))).toBeGreaterThanOrEqual(0);
      // The point nearest to the far side may be rounded onto it.
      expect(shares.reduce((a, b) => Math.max(a, b))).toBeLessThanOrEqual(1);
    }
    // χ² with 511 degrees of freedom: standard deviation 32.
    const mean = count / hits.length;
    const squares = hits.reduce((sum, n) => sum + (n - mean) ** 2 / mean, 0);
    expect(Math.abs(squares - 511)).toBeLessThan(4 * 32);
    for (const axis of [0, 1, 2]) {
      for (const other of [0, 1, 2]) {
        const product = within[axis]!.reduce((sum, a, i) => sum + (a - 0.5) * (within[other]![i]! - 0.5), 0);
        expect(product / count).toBeCloseTo(axis === other ? 1 / 12 : 0, 2);
      }
      expect(within[axis]!.reduce((a, b) => a + b) / count).toBeCloseTo(0.5, 2);
    }
  });

  it('are the same again, and others at other steps and seeds', () => {
    expect(draw(SEED, 8)).toEqual(draw(SEED, 8));
    for (const other of [draw(SEED, 16), draw(SEED + 1, 8)]) {
      const same = draw(SEED, 8).cells.filter((cell, i) => cell === other.cells[i]).length;
      expect(same / count).toBeCloseTo(1 / 512, 2);
    }
  });
});
