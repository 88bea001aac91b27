// What is known of empty space: how the grid learns, what counts as empty, where it is looked into.
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/core/index.js';
import {
  blockSide,
  cellState,
  DensityGrid,
  densityGridDefaults,
  looksAfter,
} from '../../../src/engine/training/rays/density-grid.js';

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

  it.each([2, 3, 5, 16])('says of each cell what it is, whatever was learnt: %i a side', (side) => {
    const random = createRandom(SEED + side);
    const grid = DensityGrid.allocate(side);
    const count = side ** 3;
    const other = new DensityGrid(grid.setup);
    const check = (when: string): void => {
      other.follow(grid.threshold);
      const states = Array.from(
        { length: count },
        (_, cell) => (other.states[cell >> 2]! >> (2 * (cell % 4))) & 3,
      );
      const wanted = [...grid.cells].map((density) =>
        density < 0 ? cellState.unknown : density > other.threshold ? cellState.occupied : cellState.empty,
      );
      expect(states, when).toEqual(wanted);
      for (const [cell, density] of grid.cells.entries()) {
        const bound = grid.bounds[grid.blockOf(cell)]!;
        expect(density < 0 ? bound === Infinity : density <= bound, `${when}: the bound of ${cell}`).toBe(
          true,
        );
      }
    };
    check('at first');
    for (let round = 0; round < 6; round++) {
      const cells = Int32Array.from({ length: count }, () => random.below(count));
      const densities = Float32Array.from(cells, () => (random.float() < 0.5 ? 0 : 3 * random.float()));
      grid.learn(cells, densities, count, 0.6);
      check(`learnt, round ${round}`);
      if (round % 2 === 1) {
        grid.survey();
        check(`surveyed, round ${round}`);
      }
    }
    grid.take(
      Float32Array.from(grid.cells, (density) => density / 2),
      0.4,
    );
    expect(grid.threshold).toBe(0.4);
    check('taken over');
  });

  it('calls a field that is nowhere anything empty throughout', () => {
    const grid = DensityGrid.allocate(2);
    grid.cells.fill(0);
    expect(grid.survey()).toBe(0);
  });
});

describe('the bounds of blocks', () => {
  /** The densest of a block's cells; Infinity where one is unknown. */
  function most(grid: DensityGrid, block: number): number {
    const inside = Array.from(grid.cells.entries()).filter(([cell]) => grid.blockOf(cell) === block);
    return inside.some(([, density]) => density < 0) ? Infinity : Math.max(...inside.map(([, d]) => d));
  }

  it('are of so many cells along each side, and unbounded at first', () => {
    const side = 2 * blockSide;
    const grid = DensityGrid.allocate(side);
    expect([...grid.bounds]).toEqual(Array<number>(8).fill(Infinity));
    for (let cell = 0; cell < side ** 3; cell++) {
      const place = [cell % side, Math.floor(cell / side) % side, Math.floor(cell / side ** 2)];
      const [x, y, z] = place.map((i) => Number(i >= blockSide)) as [number, number, number];
      if (grid.blockOf(cell) !== x + 2 * y + 4 * z) expect.fail(`cell ${cell} is in ${grid.blockOf(cell)}`);
    }
  });

  it.each([2, 16, 20])('are what the densest cell has, with a side of %i cells', (resolution) => {
    const random = createRandom(SEED);
    const grid = DensityGrid.allocate(resolution);
    grid.cells.forEach((_, cell) => (grid.cells[cell] = random.float() < 0.0005 ? -1 : random.float()));
    grid.survey();
    expect([...grid.bounds]).toEqual(Array.from(grid.bounds, (_, block) => most(grid, block)));
  });

  it('are kept up by what is learnt', () => {
    const grid = DensityGrid.allocate(2 * blockSide);
    grid.cells.fill(0.5);
    grid.survey();
    grid.learn(Int32Array.of(0, 1, grid.cells.length - 1), Float32Array.of(4.5, 0, Number.NaN), 3, 0.5);
    expect(grid.bounds[0]).toBe(2.5);
    // A ray must not pass by what is no number.
    expect(grid.bounds[7]).toBeNaN();
    grid.learn(Int32Array.of(0), Float32Array.of(0), 1, 1);
    expect(grid.bounds[0], 'a bound falls with the next survey').toBe(2.5);
    grid.survey();
    expect(grid.bounds[0]).toBe(0.5);
    expect(grid.bounds[7]).toBeNaN();
  });
});

describe('cells are looked into', () => {
  it('all of them at first, then some every few steps', () => {
    const { probes, probeEvery, probeOften, resolution } = densityGridDefaults;
    const { every, until } = probeOften;
    expect((until / every) * probes).toBe(resolution ** 3);
    let before = 0;
    for (let steps = 1; steps <= until + 10 * probeEvery; steps++) {
      const due = steps <= until ? steps % every === 0 : (steps - until) % probeEvery === 0;
      expect(looksAfter(steps)).toEqual(due ? { before, count: probes } : undefined);
      if (due) before += probes;
    }
    expect(before).toBe(resolution ** 3 + 10 * probes);
  });
});

describe(`probes (seed ${SEED})`, () => {
  const resolution = 32;
  const count = 4096;

  function draw(seed: number, step: number, before = 0) {
    const cells = new Int32Array(count);
    const points = new Float32Array(3 * count);
    DensityGrid.allocate(resolution).drawProbes(seed, step, { before, count }, cells, points);
    return { cells, points };
  }

  it('take every cell before they take any again', () => {
    const hits = new Int32Array(resolution ** 3);
    for (let before = 0; before < hits.length; before += count) {
      for (const cell of draw(SEED, 8, before).cells) hits[cell]! += 1;
    }
    expect(hits.every((n) => n === 1)).toBe(true);
    expect(draw(SEED, 8, hits.length).cells).toEqual(draw(SEED, 8).cells);
  });

  it('lie in their cells, evenly', () => {
    const { cells, points } = draw(SEED, 8);
    // Where in its cell each point lies, from 0 to 1 along each axis.
    const within = [0, 1, 2].map((axis) =>
      Float64Array.from(cells, (cell, i) => {
        const place = Math.floor(cell / resolution ** axis) % resolution;
        return ((points[3 * i + axis]! + 1) / 2) * resolution - place;
      }),
    );
    for (const shares of within) {
      expect(shares.reduce((a, b) => Math.min(a, b))).toBeGreaterThanOrEqual(-1e-5);
      // The point nearest to the far side may be rounded onto it.
      expect(shares.reduce((a, b) => Math.max(a, b))).toBeLessThanOrEqual(1 + 1e-5);
      expect(shares.reduce((a, b) => a + b) / count).toBeCloseTo(0.5, 1);
    }
    for (const axis of [0, 1, 2]) {
      for (const other of [0, 1, 2]) {
        const product = within[axis]!.reduce((sum, a, i) => sum + (a - 0.5) * (within[other]![i]! - 0.5), 0);
        expect(Math.abs(product / count - (axis === other ? 1 / 12 : 0))).toBeLessThan(0.006);
      }
    }
    // An eighth of the cells: an eighth of each of 64 blocks, not much more and not much less.
    const blocks = new Int32Array(64);
    for (const cell of cells) {
      const [x, y, z] = [cell % 32, Math.floor(cell / 32) % 32, Math.floor(cell / 1024)];
      blocks[(x >> 3) + 4 * (y >> 3) + 16 * (z >> 3)]! += 1;
    }
    for (const hits of blocks) expect(Math.abs(hits - 64)).toBeLessThan(20);
  });

  it('are the same again, and others at other steps and seeds', () => {
    expect(draw(SEED, 8)).toEqual(draw(SEED, 8));
    expect(draw(SEED, 16).cells).toEqual(draw(SEED, 8).cells);
    for (const other of [draw(SEED, 16), draw(SEED + 1, 8)]) {
      expect(draw(SEED, 8).points.filter((x, i) => x === other.points[i]).length).toBeLessThan(5);
    }
    const others = draw(SEED + 1, 8).cells;
    expect(draw(SEED, 8).cells.filter((cell, i) => cell === others[i]).length).toBeLessThan(count / 2);
  });
});
