// Strategies that begin with edges, against plain versions: how many edges EGRA draws, and which threshold comes closest.
import { describe, expect, it } from 'vitest';
import { Canny, otsu } from '../../../src/core/numeric/canny.js';
import { createRandom } from '../../../src/core/numeric/random.js';
import { edgeOdds, egra } from '../../../src/core/selectors/egra.js';
import { expansive, searchByBisection } from '../../../src/core/selectors/expansive.js';

const grid = { width: 24, height: 20 };
const size = grid.width * grid.height;
const shape = [grid.height, grid.width];
const random = createRandom(11);
// Blocks of different brightness, and a little noise.
const luma = Float32Array.from({ length: size }, (_, i) => {
  const [row, column] = [Math.floor(i / grid.width), i % grid.width];
  return ((row >> 2) * 37 + (column >> 3) * 61 + random.below(12)) % 256;
});
const prior = (): Float32Array => luma;
const shareOf = (edges: Uint8Array): number => edges.reduce((sum, edge) => sum + edge, 0) / size;

describe('egra', () => {
  it('draws edges as often as one weighted draw after the other does', () => {
    const edgeWeight = 0.02;
    const edges = new Canny(luma, grid).edges(30, 40);
    const [count, runs] = [96, 400];
    let got = 0;
    let wanted = 0;
    const slow = createRandom(5);
    for (let seed = 0; seed < runs; seed++) {
      const selector = egra({ size, shape, prior, seed, ratio: 0.2, edgeWeight, jitter: 'none' });
      const { indices } = selector.next();
      expect(new Set(indices).size).toBe(count);
      for (const index of indices) got += edges[index]!;
      const weights = Float64Array.from(edges, (edge) => (edge === 1 ? edgeOdds(edgeWeight) : 1));
      for (let drawn = 0; drawn < count; drawn++) {
        let left = slow.float() * weights.reduce((sum, weight) => sum + weight, 0);
        const index = weights.findIndex((weight) => (left -= weight) < 0);
        weights[index] = 0;
        wanted += edges[index]!;
      }
    }
    // Some four standard deviations of the difference of two means of 400.
    expect(Math.abs(got - wanted) / runs).toBeLessThan(1.5);
    expect(got / runs / count).toBeGreaterThan(1.5 * shareOf(edges));
  });

  it('needs a grid, and a luma', () => {
    expect(() => egra({ size, prior })).toThrow(
      "The 'egra' selector finds edges on a grid of rows and columns, got the shape [] for 480 samples",
    );
    expect(() => egra({ size, shape, prior: () => luma.map(() => 0.5) })).toThrow(
      "prior('luma') must give a whole number from 0 to 255 for each of 480 samples, got 0.5 for sample 0.",
    );
    expect(() => egra({ size, shape })).toThrow("The 'egra' selector needs prior, which it was not given");
  });
});

describe('expansive', () => {
  it.each([0.02, 0.1, 0.2, 0.6])('comes as close to %f of the pixels as any threshold does', (share) => {
    const canny = new Canny(luma, grid);
    const anchor = otsu(luma);
    const best = Math.min(
      ...Array.from({ length: 2042 }, (_, t) => Math.abs(shareOf(canny.edges(anchor / 2, t)) - share)),
    );
    const { edges } = searchByBisection(canny, anchor, share);
    expect(Math.abs(shareOf(edges) - share)).toBeCloseTo(best, 12);
  });

  it('keeps its edges, draws the rest anew, and never has more than a step has', () => {
    const selector = expansive({ size, shape, prior, steps: 30, ratio: 0.4, schedule: 'reverse-cosine' });
    const steps = Array.from({ length: 30 }, () => [...selector.next().indices]);
    const always = steps.reduce((kept, step) => kept.filter((i) => step.includes(i)));
    expect(always.length).toBeGreaterThan(0.15 * size);
    for (const step of steps) expect(new Set(step).size).toBe(step.length);
    expect(steps.at(-1)).toHaveLength(Math.floor(0.2 * size));
  });
});
