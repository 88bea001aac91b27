// Soft mining, against its formulas written out: where particles go, which begin anew, and what losses count for.
import { describe, expect, it } from 'vitest';
import type { Selection } from '../../../src/core/contracts.js';
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
    expect(training).toMatchObject({ pass: 'train', step: 1, wants: ['errors', 'inputGradients'] });
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
    // All weights are alike: (1/0.1)^0.6 = 3.98.
    released.slice(0, 36).forEach((way, i) => {
      if (way === 10 && port[i]! > 0) expect(port[i]).toBeCloseTo(10 / 10 ** 0.6, -0.5);
    });
    expect(released.filter((way) => way === 10).length).toBeGreaterThan(25);
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
