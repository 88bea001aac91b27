// Soft mining, against its formulas written out: where particles go, which begin anew, and what losses count for.
import { describe, expect, it } from 'vitest';
import type { Selection, Snapshot } from '../../../src/core/contracts.js';
import { ArgumentError, ResumeError } from '../../../src/core/errors.js';
import { createRandom } from '../../../src/core/numeric/random.js';
import { softMining } from '../../../src/core/selectors/soft-mining/soft-mining.js';
import { lossWeights, lowestShare } from '../../../src/core/selectors/soft-mining/weights.js';
import { createImage, createPixelPool } from '../../../src/image/index.js';

const side = 101;
const random = createRandom(4);
const image = createImage(
  { width: side, height: side, channels: 1 },
  Uint8Array.from({ length: side * side }, (_, i) => (i % side < 50 ? 20 : 200) + random.below(2)),
);
const pool = createPixelPool(image);
const known = {
  size: pool.size,
  inputDim: 2,
  prior: pool.prior.bind(pool),
  locate: pool.locate.bind(pool),
  nearest: pool.nearest.bind(pool),
};
const count = 40;
const settings = { ...known, batchSize: count, noise: 0, freshShare: 0.1, edgeShare: 0, softness: 0 };
const filled = (value: number): Float32Array => new Float32Array(count).fill(value);
/** Down by so much for each particle, and not across. */
const downwards = (slope: number): Float32Array =>
  Float32Array.from({ length: 2 * count }, (_, i) => (i % 2 === 0 ? slope : 0));
const rows = ({ indices }: Selection): number[] => Array.from(indices, (i) => Math.floor(i / side));

describe('soft mining', () => {
  it.each([
    ['released', (slope: number, error: number) => slope / (count * error)],
    ['paper', (slope: number, error: number) => slope / (2 * error)],
  ] as const)('walks along the slope, %s', (walk, along) => {
    const selector = softMining({ ...settings, walk, stepLength: 0.5 });
    const before = selector.next();
    const from = rows(before);
    const [slope, error] = [walk === 'paper' ? 0.01 : 0.2, 0.1];
    selector.report(before, { errors: filled(error), inputGradients: downwards(slope) });
    // Sides are 2 long, pixels 0.02: twice for the slope and twice for the way.
    const pixels = (0.5 * 4 * along(slope, error)) / 0.02;
    expect(pixels).toBeGreaterThan(4);
    const to = rows(selector.next());
    // The last tenth is drawn anew.
    for (let i = 0; i < 0.9 * count; i++) {
      if (from[i]! + pixels > side - 0.5) continue;
      expect(Math.abs(to[i]! - from[i]! - pixels)).toBeLessThanOrEqual(1);
    }
  });

  it('begins anew at an edge where it left the picture, or where the loss is lowest', () => {
    const selector = softMining({ ...settings, edgeShare: 0.25, stepLength: 1 });
    const first = selector.next();
    const errors = Float32Array.from({ length: count }, (_, i) => (i % 4 === 0 ? 0.001 : 0.1));
    // Those at odd places are thrown far out.
    const inputGradients = Float32Array.from({ length: 2 * count }, (_, i) => (i % 4 === 2 ? 1e4 : 0));
    const from = [...first.indices];
    selector.report(first, { errors, inputGradients });
    const second = selector.next();
    for (let i = 0; i < 0.9 * count; i++) {
      const column = second.indices[i]! % side;
      if (i % 4 === 0 || i % 2 === 1) expect([49, 50], `particle ${i}`).toContain(column);
      else expect(second.indices[i]).toBe(from[i]);
    }
  });

  it('weighs losses by a pass to score before the step', () => {
    const selector = softMining({ ...settings, softness: 0.6, warmUp: 1 });
    const looking = selector.next();
    expect(looking).toMatchObject({ pass: 'score', step: 1, wants: ['errors'], size: count, awaited: true });
    const errors = Float32Array.from({ length: count }, (_, i) => (i + 1) / 100);
    const places = [...looking.indices];
    selector.report(looking, { errors });
    const training = selector.next();
    expect(training).toMatchObject({
      pass: 'train',
      step: 1,
      wants: ['errors', 'inputGradients'],
      awaited: true,
    });
    expect([...training.indices]).toEqual(places);
    const plain = Array.from(errors, (error) => (1 / Math.sqrt(error)) ** 0.6);
    const mean = plain.reduce((sum, weight) => sum + weight, 0) / count;
    const spread = Math.sqrt(plain.reduce((sum, weight) => sum + (weight - mean) ** 2, 0) / (count - 1));
    plain.forEach((weight, i) => {
      expect(training.weights?.[i]).toBeCloseTo(Math.min(mean + spread, Math.max(0.2, weight)), 5);
    });
  });

  it('counts the weight twice as the port does', () => {
    const walked = (walk: 'released' | 'evos-port'): number[] => {
      const selector = softMining({ ...settings, walk, softness: 0.6, warmUp: 1, stepLength: 1 });
      const looking = selector.next();
      selector.report(looking, { errors: filled(0.01) });
      const training = selector.next();
      const from = rows(training);
      selector.report(training, { errors: filled(0.01), inputGradients: downwards(0.02) });
      return rows(selector.next()).map((row, i) => row - from[i]!);
    };
    const [released, port] = [walked('released'), walked('evos-port')];
    // Without weights it walks as released.
    const unweighed = (walk: 'released' | 'evos-port'): number[] => {
      const selector = softMining({ ...settings, walk, stepLength: 1 });
      const training = selector.next();
      selector.report(training, { errors: filled(0.01), inputGradients: downwards(0.02) });
      return rows(selector.next());
    };
    expect(unweighed('evos-port')).toEqual(unweighed('released'));
    // All weights are alike: (1/0.1)^0.6 = 3.98.
    released.slice(0, 36).forEach((way, i) => {
      if (way === 10 && port[i]! > 0) expect(port[i]).toBeCloseTo(10 / 10 ** 0.6, -0.5);
    });
    expect(released.filter((way) => way === 10).length).toBeGreaterThan(25);
  });

  it('draws a tenth anew at every step, and leaves the others where they are', () => {
    const selector = softMining(settings);
    const still = (): { errors: Float32Array; inputGradients: Float32Array } => ({
      errors: filled(1),
      inputGradients: downwards(0),
    });
    const seen = Array.from({ length: 3 }, () => {
      const selection = selector.next();
      expect(selection).toMatchObject({ pass: 'train', wants: ['errors', 'inputGradients'], awaited: true });
      expect(selection.weights).toBeUndefined();
      const indices = [...selection.indices];
      selector.report(selection, still());
      return indices;
    });
    expect(seen[1]!.slice(0, 36)).toEqual(seen[0]!.slice(0, 36));
    expect(seen[2]!.slice(0, 36)).toEqual(seen[0]!.slice(0, 36));
    const fresh = seen.flatMap((indices) => indices.slice(36));
    expect(new Set(fresh).size).toBe(12);
  });

  it('keeps the first particles where a step has fewer, and draws more where it has more', () => {
    const selector = softMining(settings);
    const take = (batchSize: number): number[] => {
      const selection = selector.next({ batchSize });
      const indices = [...selection.indices];
      const errors = new Float32Array(batchSize).fill(1);
      selector.report(selection, { errors, inputGradients: new Float32Array(2 * batchSize) });
      return indices;
    };
    const first = take(40);
    const fewer = take(20);
    expect(fewer.slice(0, 18)).toEqual(first.slice(0, 18));
    const more = take(60);
    expect(more.slice(0, 20)).toEqual(fewer);
    expect(new Set(more).size).toBeGreaterThan(55);
    // Two fifths of all that are not excluded, where nobody says how many.
    const excluded = (index: number): boolean => index % 2 === 0;
    const share = softMining({ ...known, ratio: 0.4, excluded }).next();
    expect(share.size).toBe(Math.floor(0.4 * Math.floor(pool.size / 2)));
    expect(share.ratio).toBe(0.4);
    expect(share.indices.some(excluded)).toBe(false);
  });

  it('draws and scores anew where the step is made smaller after its particles were drawn', () => {
    const selector = softMining({ ...settings, softness: 0.6 });
    const looking = selector.next();
    selector.report(looking, { errors: filled(1) });
    const smaller = selector.next({ batchSize: 10 });
    expect(smaller).toMatchObject({ pass: 'score', size: 10, step: 1 });
    selector.report(smaller, { errors: new Float32Array(10).fill(1) });
    expect(selector.next({ batchSize: 10 })).toMatchObject({ pass: 'train', size: 10, step: 1 });
    expect(selector.needs).toEqual(['errors', 'inputGradients', 'score', 'weights']);
    expect(softMining(settings).needs).toEqual(['errors', 'inputGradients']);
  });

  it('weighs by a softness that grows with the steps of its warm-up', () => {
    const selector = softMining({ ...settings, softness: 0.6, warmUp: 10, freshShare: 0 });
    const errors = Float32Array.from({ length: count }, (_, i) => 0.01 + i / 100);
    for (let step = 1; step <= 9; step++) {
      selector.report(selector.next(), { errors });
      const training = selector.next();
      const expected = new Float32Array(count);
      lossWeights(errors, Math.min(step / 10, 0.6), expected);
      expect(training.weights, `step ${step}`).toEqual(expected);
      selector.report(training, { errors, inputGradients: downwards(0) });
    }
  });

  it('moves at random by its noise, on sides that are 1 long (seed 3407)', () => {
    const selector = softMining({ ...settings, noise: 0.03, stepLength: 0, freshShare: 0 });
    const moves: number[] = [];
    for (let step = 0; step < 40; step++) {
      const before = selector.next();
      const from = [...before.indices];
      selector.report(before, { errors: filled(1), inputGradients: downwards(1) });
      const { arrays } = selector.snapshot();
      const to = arrays['samples']!;
      from.forEach((index, i) => {
        const [row, column] = [Math.floor(index / side), index % side];
        // Far enough from the border to stay inside.
        if (Math.min(row, column, side - 1 - row, side - 1 - column) < 20) return;
        moves.push(Math.floor(to[i]! / side) - row, (to[i]! % side) - column);
      });
    }
    const mean = moves.reduce((sum, move) => sum + move, 0) / moves.length;
    const deviation = Math.sqrt(moves.reduce((sum, move) => sum + (move - mean) ** 2, 0) / moves.length);
    // 0.03 of 101 pixels; rounding to pixels adds 1/12 to the square at either end.
    const expected = Math.sqrt((0.03 * side) ** 2 + 1 / 6);
    expect(moves.length).toBeGreaterThan(700);
    expect(Math.abs(mean)).toBeLessThan((5 * expected) / Math.sqrt(moves.length));
    expect(Math.abs(deviation / expected - 1)).toBeLessThan(5 / Math.sqrt(2 * moves.length));
  });

  it('draws edges by how strong they are, of samples that are not excluded (seed 3407)', () => {
    // By how they compare to the strongest, however faint that is.
    const edges = Float32Array.of(4, 0, 2, 8, 1, 0, 5, 8).map((edge) => 1e-4 * edge);
    const onlyEdges = (kind: string): Float32Array => {
      expect(kind).toBe('edges');
      return edges;
    };
    const inputs = {
      inputDim: 1,
      locate: (index: number, out: Float32Array) => out.set([index / 4 - 1]),
      nearest: (input: ArrayLike<number>) => Math.round(4 * (input[0]! + 1)),
    };
    const selector = softMining({
      ...settings,
      ...{ ...inputs, size: 8, prior: onlyEdges, excluded: (index) => index === 3 || index === 6 },
      ...{ batchSize: 6, ratio: 1, edgeShare: 1, freshShare: 0 },
    });
    const counts = new Float64Array(8);
    const steps = 600;
    for (let step = 0; step <= steps; step++) {
      const selection = selector.next();
      if (step > 0) for (const index of selection.indices) counts[index]!++;
      selector.report(selection, {
        errors: new Float32Array(6).fill(1),
        inputGradients: new Float32Array(6),
      });
    }
    const weights = [4, 0, 2, 0, 1, 0, 0, 8];
    const draws = 6 * steps;
    weights.forEach((weight, index) => {
      const p = weight / 15;
      expect(Math.abs(counts[index]! - draws * p)).toBeLessThanOrEqual(5 * Math.sqrt(draws * p * (1 - p)));
    });
    // Without any edge, all are alike.
    const flat = softMining({
      ...settings,
      ...{
        ...inputs,
        size: 8,
        prior: () => new Float32Array(8),
        batchSize: 6,
        ratio: 1,
        edgeShare: 1,
        freshShare: 0,
      },
    });
    const seen = new Set<number>();
    for (let step = 0; step < 40; step++) {
      const selection = flat.next();
      for (const index of selection.indices) seen.add(index);
      flat.report(selection, { errors: new Float32Array(6).fill(1), inputGradients: new Float32Array(6) });
    }
    expect(seen.size).toBe(8);
  });

  it('begins anew where a particle walked onto an excluded sample', () => {
    const excluded = (index: number): boolean => index % side === 60;
    const selector = softMining({ ...settings, excluded, freshShare: 0, walk: 'paper', stepLength: 0.5 });
    const first = selector.next();
    const columns = Array.from(first.indices, (index) => index % side);
    // Each goes across to column 60: 0.5 · 2 · slope / error, on sides 2 long.
    const inputGradients = Float32Array.from({ length: 2 * count }, (_, i) =>
      i % 2 === 0 ? 0 : (60 - columns[i >> 1]!) * (2 / (side - 1)),
    );
    selector.report(first, { errors: filled(1), inputGradients });
    const to = Array.from(selector.next().indices, (index) => index % side);
    expect(to).not.toContain(60);
    // The step between the halves has some seven eighths of all that is edge.
    expect(to.filter((column) => column === 49 || column === 50).length).toBeGreaterThan(30);
  });

  it('begins anew where the pool was drawn anew, and not in between', () => {
    const selector = softMining({ ...settings, softness: 0.6 });
    const looking = selector.next({ revision: 1 });
    selector.report(looking, { errors: filled(1) });
    expect(selector.next({ revision: 2 })).toMatchObject({ pass: 'score', step: 1 });
  });

  it.each<[string, object, string]>([
    [
      'no inputDim',
      { inputDim: undefined },
      "The 'soft-mining' selector needs inputDim and locate beside nearest",
    ],
    [
      'no locate',
      { locate: undefined },
      'needs inputDim and locate beside nearest, which it was not given: take them',
    ],
    ['no prior', { prior: undefined }, "The 'soft-mining' selector needs prior, which it was not given"],
    [
      'edges of other samples',
      { prior: () => new Float32Array(3) },
      `prior('edges') must give a finite number of at least 0 for each of ${side * side} samples, got 3 numbers.`,
    ],
    [
      'an edge below 0',
      { prior: () => new Float32Array(side * side).fill(-0.5, 7) },
      'got -0.5 for sample 7.',
    ],
    [
      'an endless edge',
      { prior: () => new Float32Array(side * side).fill(Infinity, 9) },
      'got Infinity for sample 9.',
    ],
  ])('is refused with %s', (_, more, message) => {
    const make = (): unknown => softMining({ ...settings, ...more });
    expect(make).toThrow(ArgumentError);
    expect(make).toThrow(message);
  });

  it('takes no snapshot whose particles do not fit each other or the pool', () => {
    const selector = softMining({ ...settings, softness: 0.6 });
    selector.report(selector.next(), { errors: filled(1) });
    const before = selector.snapshot();
    const { values, arrays } = before;
    const { samples, places, weights } = arrays;
    const wrong: [Snapshot, string][] = [
      [
        {
          values,
          arrays: { ...arrays, samples: samples!.map((sample, i) => (i === 3 ? pool.size : sample)) },
        },
        'samples below 10201',
      ],
      [{ values, arrays: { ...arrays, samples: samples!.slice(1) } }, 'particles of 2 coordinates each'],
      [{ values, arrays: { ...arrays, places: places!.slice(1) } }, 'particles of 2 coordinates each'],
      [
        { values, arrays: { ...arrays, places: places!.map((place, i) => (i === 3 ? NaN : place)) } },
        'particles of 2 coordinates each',
      ],
      [{ values, arrays: { ...arrays, weights: weights!.slice(1) } }, 'particles of 2 coordinates each'],
      [{ values: { ...values, drawn: -1 }, arrays }, 'drawn of a selector made like this one'],
      [{ values: { ...values, drawn: pool.size + 1 }, arrays }, 'drawn of a selector made like this one'],
    ];
    for (const [snapshot, message] of wrong) {
      expect(() => selector.restore(snapshot)).toThrow(ResumeError);
      expect(() => selector.restore(snapshot)).toThrow(`expected ${message}`);
      expect(selector.snapshot()).toEqual(before);
    }
  });

  it('marks the lowest share, ties and all', () => {
    expect([...lowestShare(Float32Array.of(3, 1, 2, 1, 0), 0.4)].join('')).toBe('00011');
    expect([...lowestShare(Float32Array.of(1, 1), 1)].join('')).toBe('11');
    expect([...lowestShare(Float32Array.of(1, 1), 0.4)].join('')).toBe('00');
    const weights = new Float32Array(2);
    lossWeights(Float32Array.of(0, 1e6), 0, weights);
    expect([...weights]).toEqual([1, 1]);
  });
});
