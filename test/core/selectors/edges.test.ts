// Strategies that begin with edges, against plain versions: how many edges EGRA draws, and which threshold comes closest.
import { describe, expect, it } from 'vitest';
import type { Prior } from '../../../src/core/contracts.js';
import { ArgumentError } from '../../../src/core/errors.js';
import { Canny, otsu } from '../../../src/core/numeric/canny.js';
import { createRandom } from '../../../src/core/numeric/random.js';
import { edgeOdds, egra, moveEdges } from '../../../src/core/selectors/egra.js';
import {
  dilate,
  expansive,
  searchAsReleased,
  searchByBisection,
} from '../../../src/core/selectors/expansive.js';
import { sorted } from '../oracle.js';

const grid = { width: 24, height: 20 };
const size = grid.width * grid.height;
const shape = [grid.height, grid.width];
const random = createRandom(11);
// Blocks of different brightness, and a little noise.
const luma = Float32Array.from({ length: size }, (_, i) => {
  const [row, column] = [Math.floor(i / grid.width), i % grid.width];
  return ((row >> 2) * 37 + (column >> 3) * 61 + random.below(12)) % 256;
});
const prior = (kind: Prior): Float32Array => (kind === 'luma' ? luma : new Float32Array(0));
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

  it('draws the edges first where they count for everything, and no sample twice', () => {
    const edges = new Canny(luma, grid).edges(30, 40);
    const all = Math.round(shareOf(edges) * size);
    for (const ratio of [0.02, 0.5, 0.95, 1]) {
      const selector = egra({ size, shape, prior, ratio, edgeWeight: 1, jitter: 'none' });
      for (let step = 0; step < 3; step++) {
        const { indices } = selector.next();
        expect(indices).toHaveLength(Math.floor(ratio * size));
        expect(new Set(indices).size).toBe(indices.length);
        expect(indices.filter((index) => edges[index] === 1)).toHaveLength(Math.min(all, indices.length));
      }
    }
  });

  it('makes an edge as likely as published', () => {
    // 0.0025 + 0.9975 · 0.0064 over 0.9975 · 0.0064.
    expect(edgeOdds(0.0025)).toBeCloseTo(1.391604, 6);
    expect([edgeOdds(0), edgeOdds(1)]).toEqual([1, Infinity]);
  });

  it('moves edges along the flat index, 6 to 9 pixels, anew at every step', () => {
    const marks = Uint8Array.of(1, 1, 1, 1, 1, 1);
    const offsets = [2, 1, 4];
    moveEdges(Uint32Array.of(0, 1, 5), () => offsets.shift()!, marks);
    expect([...marks]).toEqual([0, 0, 1, 1, 0, 0]);
    // Only moved edges count: each lies 6 to 9 pixels on from one.
    const edges = [...new Canny(luma, grid).edges(30, 40)].flatMap((edge, i) => (edge === 1 ? [i] : []));
    const selector = egra({ size, shape, prior, edgeWeight: 1, batchSize: Math.floor(edges.length / 5) });
    const ways = [6, 7, 8, 9].map(() => 0);
    const steps = Array.from({ length: 20 }, () => {
      const { indices, ratio } = selector.next();
      expect(ratio).toBe(0.5);
      for (const index of indices) {
        const from = ways.map((_, way) => edges.includes((index - way - 6 + size) % size));
        expect(from).toContain(true);
        if (from.filter(Boolean).length === 1) ways[from.indexOf(true)]!++;
      }
      return sorted(indices).join();
    });
    expect(Math.min(...ways)).toBeGreaterThan(20);
    expect(new Set(steps).size).toBe(20);
  });

  it('draws the samples alone that are not excluded', () => {
    const edges = new Canny(luma, grid).edges(30, 40);
    const excluded = (index: number): boolean => index % 3 === 0;
    const open = edges.filter((edge, i) => edge === 1 && !excluded(i)).length;
    const selector = egra({ size, shape, prior, excluded, edgeWeight: 1, jitter: 'none', ratio: 0.9 });
    const { indices } = selector.next();
    expect(indices).toHaveLength(Math.floor(0.9 * 320));
    expect(indices.some(excluded)).toBe(false);
    expect(indices.filter((index) => edges[index] === 1)).toHaveLength(open);
    expect(egra({ size, shape, prior, schedule: 'linear', ratio: 0.5, steps: 2 }).next()).toMatchObject({
      ratio: 0.75,
      size: 360,
    });
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

it.each<[string, object, string]>([
  [
    'no shape',
    { shape: undefined },
    "got the shape [] for 480 samples: give it the pool's shape, or choose another",
  ],
  ['a shape of other samples', { shape: [20, 23] }, 'got the shape [20, 23] for 480 samples'],
  ['a shape of three extents', { shape: [20, 24, 1] }, 'got the shape [20, 24, 1] for 480 samples'],
  ['a shape of one extent', { shape: [480] }, 'got the shape [480] for 480 samples'],
  ['too few numbers', { prior: () => luma.subarray(1) }, 'for each of 480 samples, got 479 numbers.'],
  ['a number below 0', { prior: () => luma.with(0, -1) }, 'got -1 for sample 0.'],
  ['a number above 255', { prior: () => luma.with(479, 256) }, 'got 256 for sample 479.'],
  ['no number', { prior: () => luma.with(7, NaN) }, 'got NaN for sample 7.'],
])('strategies that begin with edges refuse %s', (_, more, message) => {
  const options = { size, shape, prior, ...more };
  for (const make of [egra, expansive]) {
    expect(() => make(options)).toThrow(ArgumentError);
    expect(() => make(options)).toThrow(message);
    // From 0 to 255 it may be anything whole.
    const ends = luma.with(0, 0).with(1, 255);
    expect(make({ size, shape, prior: () => ends }).size).toBe(size);
  }
});

describe('expansive', () => {
  it('makes edges two pixels wide, to the right and down', () => {
    const edges = Uint8Array.from([...[0, 1, 0, 0], ...[0, 0, 0, 1], ...[0, 0, 0, 0]]);
    expect([...dilate(edges, { width: 4, height: 3 })]).toEqual([
      ...[0, 1, 1, 0],
      ...[0, 1, 1, 1],
      ...[0, 0, 0, 1],
    ]);
    // From the last of a row nothing goes to the first of the next.
    expect([...dilate(Uint8Array.of(1, 0, 0), { width: 1, height: 3 })]).toEqual([1, 1, 0]);
  });

  it.each([0.05, 0.2, 0.35])('looks for %f of the pixels as the released code does', (share) => {
    const canny = new Canny(luma, grid);
    const anchor = otsu(luma);
    const { edges, tried } = searchAsReleased(canny, anchor, share);
    let factor = 1;
    tried.forEach((threshold, i) => {
      expect(threshold).toBe(factor * anchor);
      const area = shareOf(canny.edges(anchor / 2, threshold));
      const near = Math.abs(area - share) <= 0.2 * share;
      expect(near || i === 100).toBe(i === tried.length - 1);
      factor *= 1 + 15 * (area - share);
    });
    expect(edges).toEqual(canny.edges(anchor / 2, tried.at(-1)!));
  });

  it('gives up after a hundred more tries', () => {
    // No threshold comes near so many.
    expect(searchAsReleased(new Canny(luma, grid), otsu(luma), 0.9).tried).toHaveLength(101);
  });

  it.each(['released', 'bisection'] as const)(
    'keeps edges made wide, and as many as its share: %s',
    (thresholdSearch) => {
      const options = { size, shape, prior, steps: 12, ratio: 0.4, thresholdSearch };
      const search = thresholdSearch === 'released' ? searchAsReleased : searchByBisection;
      for (const [more, excluded] of [
        [{}, () => false],
        [{ edgeShare: 0.25 }, () => false],
        [{ edgeShare: 0.7 }, (index: number) => index % 3 === 0],
      ] as const) {
        const share = 0.4 * ('edgeShare' in more ? more.edgeShare : 0.5);
        const wide = dilate(search(new Canny(luma, grid), otsu(luma), share).edges, grid);
        const open = [...wide.keys()].filter((index) => !excluded(index));
        const edges = open.filter((index) => wide[index] === 1);
        const selector = expansive({ ...options, ...more, excluded });
        const steps = Array.from({ length: 12 }, () => [...selector.next().indices]);
        const always = steps.reduce((kept, step) => kept.filter((index) => step.includes(index)));
        const kept = Math.min(edges.length, Math.floor(share * open.length));
        expect(always).toHaveLength(kept);
        expect(always.filter((index) => !edges.includes(index))).toEqual([]);
        for (const step of steps) {
          expect(step).toHaveLength(Math.floor(0.4 * open.length));
          expect(new Set(step).size).toBe(step.length);
          expect(step.some(excluded)).toBe(false);
        }
      }
    },
  );

  it('takes which of the edges are too many away at random', () => {
    const kept = (seed: number): number[] =>
      sorted(expansive({ size, shape, prior, seed, ratio: 0.2, edgeShare: 1 }).next().indices);
    const [first, second] = [kept(1), kept(2)];
    expect([first.length, second.length]).toEqual([96, 96]);
    expect(first).not.toEqual(second);
    // Not the lowest, nor the highest: those kept reach over the picture.
    expect(first[0]!).toBeLessThan(size / 8);
    expect(first.at(-1)!).toBeGreaterThan((7 * size) / 8);
  });

  it('is a batch of a step, where that is smaller', () => {
    const selector = expansive({ size, shape, prior, ratio: 0.4, edgeShare: 1 });
    const all = selector.next();
    expect(all).toMatchObject({ ratio: 0.4, size: 192 });
    const edges = new Set(all.indices);
    const { indices } = selector.next({ batchSize: 50 });
    expect(indices).toHaveLength(50);
    expect([...indices].every((index) => edges.has(index))).toBe(true);
  });

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
