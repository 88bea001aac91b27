// What the strategies choose where a known part of the scene is badly rendered: shares worked out by hand from the
// published rules, floors, means that weights make unbiased, and what the colour gradient adds. Fixed seeds.
import { describe, expect, it } from 'vitest';
import { createRaySampler } from '../../../src/adapters/rays/sampler.js';
import type { RaySamplerOptions } from '../../../src/adapters/rays/options.js';
import { pixelSource } from '../../../src/nerf/rays/source.js';
import {
  densities,
  errorOf,
  errorsOf,
  everyStrategy,
  samplerOf,
  fieldSource,
  isHot,
  size,
  train,
  views,
} from '../../nerf/rays/field.js';

const named = everyStrategy.map((options) => [JSON.stringify(options), options] as const);
/** The largest share of the pool whose rays are this much rarer than a uniform draw has them. */
const rarest = (counts: Uint32Array, draws: number, level: number): number =>
  counts.filter((count) => count < (level * draws) / size).length / size;

describe("'evos' over rays", () => {
  // Tiles of 6 pixels that fit the hot corner: 20 of it, 347 in all. Half of them are selected: 86 elite, 87 random.
  const options = { strategy: 'evos', tile: 6, interval: 10, seed: 8 } as const;

  it('draws the elite as often as elite and mutation say, and nothing less often than mutation does', () => {
    const sampler = createRaySampler(fieldSource(), options);
    train(sampler, 60, 1000);
    const { hot, cold, counts } = densities(sampler, 200, 1000);
    // A tenth goes round all tiles; of the rest half to the elite's quarter, half to the other three quarters.
    expect(hot).toBeCloseTo(0.1 + 0.9 * 2, 1);
    const others = 0.1 + (0.9 * 2) / 3;
    expect(cold).toBeGreaterThan(others);
    expect(cold).toBeLessThan(1);
    // 16 draws of a ray on average, 11 where only mutation and patches come: 5 would be far out of chance's reach.
    expect(rarest(counts, 200_000, others / 2)).toBeLessThan(0.002);
  });

  it('is uniform before the first crossover, and without any reports', () => {
    const early = densities(createRaySampler(fieldSource(), { ...options, interval: 200 }), 200, 1000);
    expect(early.hot).toBeCloseTo(1, 1);
    const sampler = createRaySampler(fieldSource(), options);
    let hot = 0;
    for (let step = 0; step < 200; step++) {
      const batch = sampler.next(1000);
      batch.views.forEach((view, i) => (hot += +isHot(view, batch.rows[i]!, batch.columns[i]!)));
    }
    expect(hot / 200_000 / (720 / size)).toBeCloseTo(1, 1);
  });

  it('spends the evaluation share on whole 2×2 patches', () => {
    const sampler = createRaySampler(fieldSource(), { ...options, evaluationShare: 0.2 });
    let patches = 0;
    for (let step = 0; step < 200; step++) {
      const batch = sampler.next(101);
      patches += batch.patches;
      for (let at = 0; at < 4 * batch.patches; at += 4) {
        const [view, row, column] = [batch.views[at]!, batch.rows[at]!, batch.columns[at]!];
        expect([...batch.views.subarray(at, at + 4)]).toEqual([view, view, view, view]);
        expect([...batch.rows.subarray(at, at + 4)]).toEqual([row, row, row + 1, row + 1]);
        expect([...batch.columns.subarray(at, at + 4)]).toEqual([column, column + 1, column, column + 1]);
      }
    }
    // 20.2 rays of 101, five patches and a bit: a twentieth of the steps has one more.
    expect(patches / 200).toBeGreaterThan(5);
    expect(patches / 200).toBeLessThan(5.2);
  });

  it('finds wrong edges by the colour gradient where errors alone do not tell', () => {
    // Everywhere the same squared error; in one corner its sign changes from pixel to pixel.
    const wrong = (row: number, column: number, rough: boolean): number =>
      rough && (row + column) % 2 === 1 ? -0.1 : 0.1;
    const roughness = (more: Partial<RaySamplerOptions<'evos'>>): number => {
      const sampler = createRaySampler(fieldSource(), {
        ...options,
        evaluationShare: 0.3,
        ...more,
      });
      let hot = 0;
      for (let step = 0; step < 300; step++) {
        const batch = sampler.next(400);
        const { size: n, views: ofView, rows, columns, targets } = batch;
        const predictions = targets.map((target, at) => {
          const i = Math.floor(at / 3);
          return target + wrong(rows[i]!, columns[i]!, isHot(ofView[i]!, rows[i]!, columns[i]!));
        });
        sampler.report(batch, { predictions });
        if (step < 100) continue;
        for (let i = 0; i < n; i++) hot += +isHot(ofView[i]!, rows[i]!, columns[i]!);
      }
      return hot / (200 * 400) / (720 / size);
    };
    expect(roughness({ crossover: 'select', frequencyWeight: 1 })).toBeGreaterThan(1.5);
    expect(roughness({ crossover: 'no' })).toBeLessThan(1.3);
  });
});

describe("'evos-online' over rays", () => {
  it('draws in proportion to the root error, above the floor', () => {
    const sampler = createRaySampler(fieldSource(), { strategy: 'evos-online', tile: 6, seed: 8 });
    train(sampler, 100, 1000);
    const { hot, cold, counts } = densities(sampler, 200, 1000);
    // Roots are 1 and 0.1, and 720 of the rays are hot.
    const mean = (720 * 1 + (size - 720) * 0.1) / size;
    expect(hot / (0.3 + 0.7 / mean)).toBeCloseTo(1, 1);
    expect(cold / (0.3 + 0.07 / mean)).toBeCloseTo(1, 1);
    expect(rarest(counts, 200_000, 0.3)).toBeLessThan(0.002);
  });

  it('works where a step has many times as many rays as there are tiles', () => {
    const source = pixelSource([{ width: 8, height: 8 }]);
    const sampler = createRaySampler(source, { strategy: 'evos-online', tile: 4 });
    const counts = new Uint32Array(64);
    for (let step = 0; step < 100; step++) {
      const batch = sampler.next(640);
      const { indices, rows } = batch;
      indices.forEach((index) => counts[index]!++);
      sampler.report(
        batch,
        Float32Array.from(rows, (row) => (row < 4 ? 1 : 0)),
      );
    }
    const upper = counts.subarray(0, 32).reduce((sum, count) => sum + count);
    // Rates of 0.3 + 0.7·2 and 0.3.
    expect(upper / 64_000).toBeCloseTo(1.7 / 2, 1);
  });
});

describe("'error-map'", () => {
  it('is uniform for its first interval, then follows errors, with half of the draws uniform in their view', () => {
    const options = { strategy: 'error-map', interval: 16, growth: 1, seed: 8 } as const;
    expect(densities(createRaySampler(fieldSource(), options), 16, 4000).hot).toBeCloseTo(1, 1);
    const sampler = createRaySampler(fieldSource(), options);
    train(sampler, 32, 4000);
    const { hot, counts } = densities(sampler, 100, 4000);
    // The hot view's share of all errors, a tenth even; of its draws half uniform, the others by its errors but for 2 %.
    const hotView = 0.9 * (747.8 / (60 + 747.8 + 29.7)) + (0.1 * 3500) / size;
    const inView = 0.5 * (720 / 3500) + 0.5 * (720 / 747.8);
    // The grid is coarse and blurs the corner's edges: some of what belongs to it lies beside it.
    expect(hot / ((hotView * inView * size) / 720)).toBeGreaterThan(0.8);
    expect(hot / ((hotView * inView * size) / 720)).toBeLessThan(1.02);
    // The floor of views: a tenth of an even share, half of it uniform.
    expect(rarest(counts, 400_000, 0.5 * 0.1 * 0.5)).toBeLessThan(0.01);
  });
});

describe.each(named.filter(([, { strategy }]) => strategy !== 'uniform'))(
  'importance correction, %s',
  (_, options) => {
    /** Means over batches of weight × something, with the standard error of their mean. */
    function estimate(correction: number): { mean: number; error: number; weighted: boolean } {
      const sampler = samplerOf(fieldSource(), {
        ...options,
        seed: 77,
        ...(correction > 0 ? { correction } : {}),
      });
      train(sampler, 40, 500);
      const means: number[] = [];
      let weighted = false;
      train(sampler, 250, 500, (batch) => {
        const sum = errorsOf(batch).reduce((total, error, i) => total + error * batch.weights[i]!, 0);
        weighted ||= batch.weights.some((weight) => weight !== 1);
        means.push(sum / 500);
      });
      const mean = means.reduce((sum, value) => sum + value, 0) / means.length;
      const variance = means.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (means.length - 1);
      return { mean, error: Math.sqrt(variance / means.length), weighted };
    }
    const truth = (720 * 1 + (size - 720) * 0.01) / size;

    it('makes the mean over a batch that of the pool', () => {
      const { mean, error, weighted } = estimate(1);
      expect(Math.abs(mean - truth)).toBeLessThan(4 * error + 0.005 * truth);
      expect(weighted).toBe(true);
    });

    it('is off unless asked for, and then the mean is not', () => {
      const { mean, weighted } = estimate(0);
      expect(weighted).toBe(false);
      expect(mean).toBeGreaterThan(1.5 * truth);
    });

    it('lies between, in between', () => {
      const { mean } = estimate(0.5);
      expect(mean).toBeGreaterThan(1.1 * truth);
      expect(mean).toBeLessThan(estimate(0).mean * 1.001);
    });
  },
);

it('the field is what the expectations above say it is', () => {
  let hot = 0;
  views.forEach(({ width, height }, view) => {
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) hot += +(errorOf(view, row, column) === 1);
    }
  });
  expect(hot).toBe(720);
});
