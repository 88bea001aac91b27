// The hook as a trainer meets it: batches, buffers, reports that are late, missing or wrong, snapshots, memory.
import { describe, expect, it } from 'vitest';
import { ArgumentError, ResumeError } from '../../../src/core/errors.js';
import { createRaySampler, type RayFeedback, type RaySampler } from '../../../src/adapters/rays/sampler.js';
import { pixelSource, type RaySource } from '../../../src/nerf/rays/source.js';
import {
  densities,
  errorsOf,
  everyStrategy,
  samplerOf,
  fieldSource,
  size,
  train,
  views,
} from '../../nerf/rays/field.js';

const named = everyStrategy.map((options) => [JSON.stringify(options), options] as const);

/** What the next batches are, copied. */
function drawn(sampler: RaySampler, counts: readonly number[]): number[][] {
  return counts.map((n) => {
    const batch = sampler.next(n);
    const copy = [...batch.indices, ...batch.weights, batch.patches];
    sampler.report(batch, errorsOf(batch));
    return copy;
  });
}

describe.each(named)('a ray sampler, %s', (_, options) => {
  const make = (more: object = {}): RaySampler => samplerOf(fieldSource(), { ...options, ...more });
  /** Uniform draws pay no heed to reports. */
  const learns = options.strategy !== 'uniform';
  const corrected = { seed: 2, ...(learns ? { correction: 1 } : {}) };

  it('hands out as many rays as asked for, at every call another number, and says which they are', () => {
    const sampler = make();
    const source = pixelSource(views);
    let step = 0;
    for (const n of [1, 7, 4096, 33, 2, 5000, 3, 100, 64, 1, 12]) {
      const batch = sampler.next(n);
      expect(batch.id).toBe(++step);
      expect(sampler.step).toBe(step);
      expect([batch.size, batch.indices.length, batch.weights.length]).toEqual([n, n, n]);
      expect([batch.origins.length, batch.directions.length, batch.targets.length]).toEqual([
        3 * n,
        3 * n,
        3 * n,
      ]);
      const [ofView, rows, columns] = [new Uint32Array(n), new Uint32Array(n), new Uint32Array(n)];
      source.pixelsOf(batch.indices, ofView, rows, columns);
      expect([batch.views, batch.rows, batch.columns]).toEqual([ofView, rows, columns]);
      expect(batch.indices.every((index) => index < size)).toBe(true);
      expect(batch.weights.every((weight) => weight === 1)).toBe(true);
      sampler.report(batch, errorsOf(batch));
    }
  });

  it('draws the same for the same seed, and otherwise for another', () => {
    const counts = Array.from({ length: 30 }, (__, i) => 40 + i);
    expect(drawn(make({ seed: 5 }), counts)).toEqual(drawn(make({ seed: 5 }), counts));
    expect(drawn(make({ seed: 6 }), counts)).not.toEqual(drawn(make({ seed: 5 }), counts));
  });

  it('goes on from a snapshot bit for bit, through JSON', () => {
    const sampler = make(corrected);
    train(sampler, 21, 300);
    const { values, arrays } = sampler.snapshot();
    const other = make(corrected);
    train(other, 3, 50);
    other.restore({ values: JSON.parse(JSON.stringify(values)) as typeof values, arrays });
    const counts = [5, 500, 30, 300, 300, 300, 300, 300, 300, 300];
    expect(drawn(other, counts)).toEqual(drawn(sampler, counts));
    expect(other.snapshot()).toEqual(sampler.snapshot());
  });

  it('refuses the snapshot of another seed, or a damaged one, and stays as it was', () => {
    const sampler = make({ seed: 2 });
    train(sampler, 20, 64);
    const whole = sampler.snapshot();
    expect(() => make({ seed: 3 }).restore(whole)).toThrow(ResumeError);
    expect(() => make({ seed: 3 }).restore(whole)).toThrow(/its seed is 2, this selector's is 3/);
    const noStep = { ...whole, values: { ...whole.values, step: -1 } };
    expect(() => make({ seed: 2 }).restore(noStep)).toThrow(/expected a step from 0/);
    const names = Object.keys(whole.arrays);
    for (const name of names) {
      const arrays = { ...whole.arrays, [name]: Int32Array.of(1) };
      expect(() => sampler.restore({ ...whole, arrays }), name).toThrow(ResumeError);
      expect(sampler.snapshot(), name).toEqual(whole);
    }
  });

  it('takes late reports, in any order, and lets missing ones be', () => {
    const sampler = make({ batches: 3 });
    const [a, b, c] = [sampler.next(16), sampler.next(24), sampler.next(8)];
    expect(sampler.report(b, errorsOf(b))).toBe(learns);
    expect(sampler.report(a, errorsOf(a))).toBe(learns);
    expect(sampler.report(a, errorsOf(a))).toBe(false);
    const d = sampler.next(16);
    // Its room is d's now; nobody reports c.
    expect(sampler.report(a, new Float32Array(16))).toBe(false);
    expect(sampler.report(d, errorsOf(d))).toBe(learns);
    for (let i = 0; i < 40; i++) sampler.next(50);
    expect(sampler.report(c, errorsOf(c))).toBe(false);
    expect(() => sampler.report({ id: 99 }, new Float32Array(1))).toThrow(
      /id of the batch must be an integer from 1 to 44/,
    );
  });

  it('keeps a batch for as long as it says, then writes over it', () => {
    const sampler = make({ batches: 2 });
    const first = sampler.next(64);
    const copy = first.indices.slice();
    const second = sampler.next(64);
    expect(second.indices.buffer).not.toBe(first.indices.buffer);
    expect(first.indices).toEqual(copy);
    const third = sampler.next(10);
    expect(third.indices.buffer).toBe(first.indices.buffer);
    expect(third.targets.buffer).toBe(first.targets.buffer);
    expect(third.indices.length).toBe(10);
  });

  it.each([
    ['too few', new Float32Array(9), /feedback.errors has 9 numbers, expected 10/],
    ['no number', new Float32Array(10).fill(NaN, 3, 4), /error of sample 3 is NaN.*diverged/],
    ['infinite', new Float32Array(10).fill(Infinity, 9), /error of sample 9 is Infinity/],
    ['negative', { errors: new Float32Array(10).fill(-1, 2, 3) }, /error of sample 2 is -1.*squared/],
    ['of another type', [1, 2] as unknown as RayFeedback, /feedback.errors must be a Float32Array/],
    ['too few colours', { predictions: new Float32Array(10) }, /predictions has 10 numbers, expected 30/],
    ['colours that are none', { predictions: new Float32Array(30).fill(NaN, 7) }, /error of sample 2 is NaN/],
  ] as const)('refuses errors that are %s, and takes the right ones afterwards', (__, feedback, message) => {
    const sampler = make();
    const batch = sampler.next(10);
    const before = sampler.snapshot();
    if (learns) {
      expect(() => sampler.report(batch, feedback)).toThrow(ArgumentError);
      expect(() => sampler.report(batch, feedback)).toThrow(message);
    } else expect(sampler.report(batch, feedback)).toBe(false);
    expect(sampler.snapshot()).toEqual(before);
    expect(sampler.report(batch, errorsOf(batch))).toBe(learns);
  });

  it('never draws rays under a mask, and hands out as many others', () => {
    const excluded = (index: number): boolean => index % 3 === 0;
    const sampler = samplerOf(fieldSource({ excluded }), { ...options, seed: 4 });
    for (let step = 0; step < 40; step++) {
      const batch = sampler.next(200);
      expect([batch.size, batch.indices.some(excluded)]).toEqual([200, false]);
      expect(batch.weights.every((weight) => weight === 1)).toBe(true);
      sampler.report(batch, errorsOf(batch));
    }
  });

  it('costs a few megabytes for 10⁸ rays', () => {
    const source = pixelSource(Array.from({ length: 100 }, () => ({ width: 1000, height: 1000 })));
    const before = process.memoryUsage().arrayBuffers;
    const sampler = samplerOf(source, { ...options, batches: 1 });
    for (let step = 0; step < 10; step++) {
      const batch = sampler.next(4096);
      sampler.report(batch, new Float32Array(4096).fill(step));
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20e6);
  });
});

describe('createRaySampler', () => {
  const evos = { strategy: 'evos' } as const;

  it.each([
    [
      { strategy: 'best' },
      /strategy must be one of evos, evos-online, uniform, full, evos-tiles, error-map, int, .*, nint-released, got 'best'/,
    ],
    [{ ...evos, tiles: 3 }, /has no setting 'tiles'/],
    [{ ...evos, tile: 1 }, /tile must be an integer from 2/],
    [{ ...evos, ratio: 0 }, /ratio must be a number in \(0, 1\], got 0/],
    [{ ...evos, mutationShare: 2 }, /mutationShare must be a number in \[0, 1\]/],
    [{ ...evos, interval: 0 }, /interval must be an integer of at least 1/],
    [{ ...evos, crossover: 'both' }, /crossover must be one of/],
    [{ ...evos, frequencyWeight: -1 }, /frequencyWeight must be/],
    [{ ...evos, evaluationShare: NaN }, /evaluationShare must be/],
    [{ ...evos, batches: 0 }, /batches must be an integer from 1 to 64/],
    [{ ...evos, correction: 1.5 }, /correction must be a number in \[0, 1\]/],
    [
      { ...evos, correction: 1, mutationShare: 0, evaluationShare: 0 },
      /needs every sample to be drawn now and then/,
    ],
    [{ ...evos, seed: -1 }, /seed must be an integer/],
    [{ strategy: 'evos-online', mutationShare: 0 }, /mutationShare must be a number in \(0, 1\]/],
    [{ strategy: 'error-map', growth: 0.5 }, /growth must be/],
    [{ strategy: 'error-map', uniformShare: 2 }, /uniformShare must be/],
    [{ strategy: 'error-map', interval: 0.5 }, /interval must be an integer/],
  ])('refuses %j', (options, message) => {
    expect(() => samplerOf(fieldSource(), options)).toThrow(ArgumentError);
    expect(() => samplerOf(fieldSource(), options)).toThrow(message);
  });

  it.each([
    [{}, /A ray source has size, views, pixelsOf and fill/],
    [{ ...fieldSource(), size: 5 }, /source.size is 5, but its views have 12470 pixels/],
    [{ ...fieldSource(), views: [] }, /source.views must be a list/],
    [{ ...fieldSource(), views: [{ width: 0, height: 2 }] }, /source.views\[0\].width must be/],
  ])('refuses a source that is none', (source, message) => {
    expect(() => createRaySampler(source as RaySource, evos)).toThrow(message);
  });

  it.each([0, -1, 1.5, NaN, 1e9])('refuses %d rays, and a report before there was a batch', (n) => {
    const sampler = createRaySampler(fieldSource(), evos);
    expect(() => sampler.next(n)).toThrow(/n must be an integer from 1/);
    expect(() => sampler.report({ id: 1 }, new Float32Array(1))).toThrow(/before the first batch/);
  });

  it('works out errors from colours, against targets of the batch or others', () => {
    const run = (report: (sampler: RaySampler) => void): unknown => {
      const sampler = createRaySampler(fieldSource(), { ...evos, evaluationShare: 0 });
      for (let step = 0; step < 5; step++) report(sampler);
      return sampler.snapshot();
    };
    const errors = run((sampler) => sampler.report(sampler.next(8), new Float32Array(8).fill(0.25)));
    const colours = run((sampler) => {
      const batch = sampler.next(8);
      const { targets } = batch;
      // Away from 0.5 of any target, to a quarter exactly.
      sampler.report(batch, {
        predictions: targets.map((__, i) => (i % 2 === 0 ? 1 : 0)),
        targets: targets.map(() => 0.5),
      });
    });
    expect(colours).toEqual(errors);
  });

  it('spends no ray twice before all were spent once, in passes', () => {
    const { counts } = densities(createRaySampler(fieldSource(), { strategy: 'uniform' }), 29, 430);
    expect(counts.reduce((sum, count) => sum + count)).toBe(size);
    expect(counts.every((count) => count === 1)).toBe(true);
  });
});
