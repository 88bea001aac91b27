// What `evos-online` hands out: every sample once in the first pass, then each at the rate its error asks for.
import { describe, expect, it } from 'vitest';
import { ArgumentError, ResumeError } from '../../../src/core/errors.js';
import { fit } from '../../../src/core/fit.js';
import { delayReports } from '../../../src/core/selectors/delayed.js';
import { createSelector, type SelectorOptions } from '../../../src/core/selectors/registry.js';
import { MeanRoots, RootMean } from '../../../src/core/selectors/root-errors.js';
import { someOf } from '../../../src/core/samples.js';
import type { Batch, Samples, Selector, Snapshot } from '../../../src/core/contracts.js';

const size = 3000;
/** Root errors 1, 2 and 5 by thirds of the pool. */
const rootOf = (index: number): number => [1, 2, 5][index % 3] ?? 0;

function make(options: Partial<SelectorOptions<'evos-online'>> = {}): Selector {
  return createSelector({ strategy: 'evos-online', size, steps: 100_000, batchSize: 60, ...options });
}

/** Takes a step, reports, and gives its samples. */
function advance(selector: Selector, batchSize?: number): Uint32Array {
  const selection = selector.next(batchSize === undefined ? undefined : { batchSize });
  const drawn = selection.indices.slice();
  expect([selection.wants, selection.awaited]).toEqual([['errors'], false]);
  selector.report(selection, { errors: Float32Array.from(drawn, (index) => rootOf(index) ** 2) });
  return drawn;
}

function visits(selector: Selector, steps: number, batchSize?: number): Uint32Array {
  const counts = new Uint32Array(size);
  for (let step = 0; step < steps; step++) {
    for (const index of advance(selector, batchSize)) counts[index] = (counts[index] ?? 0) + 1;
  }
  return counts;
}

describe('evos-online', () => {
  it.each([1, 2])('returns to hard samples as soon with reports %i selections late', (lag) => {
    // One in a hundred has a root error of 30, others 1: it is due again after 3 steps, 0.3 + 0.7 · 30/1.29 times in a pass of 50.
    const isHard = (index: number): boolean => index % 100 === 0;
    const hardDraws = (selector: Selector): number => {
      let count = 0;
      for (let step = 0; step < 2000; step++) {
        const selection = selector.next();
        const hard = selection.indices.map((index) => +isHard(index));
        if (step >= 200) count += hard.reduce((sum, one) => sum + one);
        selector.report(
          selection,
          Float32Array.from(hard, (one) => (one === 1 ? 900 : 1)),
        );
      }
      return count;
    };
    const late = hardDraws(delayReports(make({ open: lag + 1 }), lag));
    expect(late / hardDraws(make())).toBeCloseTo(1, 1);
  });

  it('visits everything once in its first pass when nothing comes back sooner', () => {
    const counts = visits(make({ mutationShare: 1 }), size / 60);
    expect([...new Set(counts)]).toEqual([1]);
  });

  it.each([0.1, 0.3, 1])(
    'returns to samples at the rate of their root error, with a share %f without',
    (mutationShare) => {
      const selector = make({ mutationShare });
      visits(selector, 500);
      const steps = 4000;
      const counts = visits(selector, steps);
      const mean = (1 + 2 + 5) / 3;
      for (const third of [0, 1, 2]) {
        const rate = mutationShare + ((1 - mutationShare) * rootOf(third)) / mean;
        const expected = (rate * steps * 60) / size;
        const own = counts.filter((_, i) => i % 3 === third);
        // Each sample by itself: waiting times are whole days, their fraction drawn by chance.
        expect(Math.abs(own.reduce((a, b) => a + b) / own.length / expected - 1)).toBeLessThan(0.03);
        expect(Math.min(...own) / expected).toBeGreaterThan(0.8);
        expect(Math.max(...own) / expected).toBeLessThan(1.2);
      }
    },
  );

  it('never repeats a sample in a step, and leaves none out for longer than the share allows', () => {
    const selector = make({ mutationShare: 0.25 });
    const last = new Uint32Array(size);
    let longest = 0;
    for (let step = 1; step <= 2000; step++) {
      const drawn = advance(selector);
      expect(new Set(drawn).size).toBe(60);
      for (const index of drawn) {
        longest = Math.max(longest, step - (last[index] ?? 0));
        last[index] = step;
      }
    }
    // Four passes of 50 steps; the first, when not everything is known, may delay by a little.
    expect(longest).toBeGreaterThan(50);
    expect(longest).toBeLessThan(250);
  });

  it('takes any batch size at any call, the whole pool too', () => {
    const selector = make();
    for (const batchSize of [1, 7, 2999, 3000, 4000, 60]) {
      expect(advance(selector, batchSize).length).toBe(Math.min(batchSize, size));
    }
    expect(createSelector({ strategy: 'evos-online', size: 10, ratio: 1 }).next().whole).toBe(true);
    expect(createSelector({ strategy: 'evos-online', size: 1000 }).next().size).toBe(20);
  });

  it('works out errors from predictions, with targets as an array or as a function', () => {
    const targets = Float32Array.from({ length: 2 * size }, (_, i) => Math.sin(i));
    const few = (indices: Uint32Array): Float32Array =>
      Float32Array.from(
        { length: 2 * indices.length },
        (_, i) => targets[2 * (indices[i >> 1] ?? 0) + (i % 2)] ?? NaN,
      );
    const runs = [targets, few, undefined].map((given) => {
      const selector = make(given === undefined ? {} : { targets: given });
      return Array.from({ length: 200 }, () => {
        const selection = selector.next();
        const indices = selection.indices;
        const truth = few(indices);
        const predictions = truth.map((value, i) => value + rootOf(indices[i >> 1] ?? 0));
        if (given === undefined) {
          const error = (_: number, i: number): number =>
            ((predictions[2 * i] ?? 0) - (truth[2 * i] ?? 0)) ** 2 / 2 +
            ((predictions[2 * i + 1] ?? 0) - (truth[2 * i + 1] ?? 0)) ** 2 / 2;
          selector.report(selection, { errors: Float32Array.from(indices, error) });
        } else selector.report(selection, { predictions });
        return indices.slice();
      });
    });
    expect(runs[1]).toEqual(runs[0]);
    // Rounding on the way may move a sample by a day.
    const same = runs[2]?.filter((indices, step) =>
      indices.every((index, i) => index === runs[0]?.[step]?.[i]),
    );
    expect(same?.length).toBeGreaterThan(40);
  });

  it('a pool without any error is visited evenly', () => {
    const selector = make();
    const counts = new Uint32Array(size);
    for (let step = 0; step < 500; step++) {
      const selection = selector.next();
      for (const index of selection.indices) counts[index] = (counts[index] ?? 0) + 1;
      selector.report(selection, { errors: new Float32Array(60) });
    }
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(8);
    expect(Math.max(...counts)).toBeLessThanOrEqual(12);
  });

  it('goes on from a snapshot bit for bit, an open report included', () => {
    const selector = make();
    visits(selector, 77);
    const open = selector.next();
    const snapshot = JSON.parse(JSON.stringify(selector.snapshot().values)) as Snapshot['values'];
    const copy = make();
    copy.restore({ values: snapshot, arrays: selector.snapshot().arrays });
    const errors = Float32Array.from(open.indices, (index) => rootOf(index) ** 2);
    selector.report(open, { errors });
    copy.report(open, { errors });
    for (let step = 0; step < 300; step++) expect(advance(copy)).toEqual(advance(selector));
    expect(copy.snapshot()).toEqual(selector.snapshot());
  });

  it('keeps what it knows of an index when the pool is drawn anew', () => {
    const selector = make();
    for (let step = 0; step < 20; step++) {
      const selection = selector.next({ revision: 1 });
      selector.report(
        selection,
        Float32Array.from(selection.indices, (index) => rootOf(index) ** 2),
      );
    }
    const known = (): Map<number, number> => {
      const { waiting, notes, openIndices, openNotes } = selector.snapshot().arrays;
      const items = [...waiting!, ...openIndices!].map(Number);
      return new Map(items.map((item, i) => [item, Number([...notes!, ...openNotes!][i])]));
    };
    const before = known();
    expect(before.size).toBe(size);
    const seen = [...before].filter(([, root]) => root >= 0);
    expect(seen.length).toBeGreaterThan(size / 10);
    for (const [item, root] of seen) expect(root).toBeCloseTo(rootOf(item), 5);
    selector.next({ revision: 2 });
    expect(new Map([...known()].sort())).toEqual(new Map([...before].sort()));
  });

  it('refuses damaged and foreign snapshots and keeps its own state', () => {
    const selector = make();
    visits(selector, 20);
    const before = selector.snapshot();
    const { arrays, values } = before;
    const damaged: Snapshot[] = [
      { values, arrays: { ...arrays, notes: new Float32Array(3) } },
      { values, arrays: { ...arrays, notes: new Float32Array(size).fill(-1) } },
      { values, arrays: { ...arrays, notes: new Float32Array(size).fill(Infinity) } },
      { values, arrays: { ...arrays, openIndices: Uint32Array.of(1) } },
      { values, arrays: { ...arrays, openNotes: Float32Array.of(1) } },
      { values, arrays: { ...arrays, waiting: new Uint32Array(size) } },
      { values: { ...values, sum: 'x' }, arrays },
      make({ mutationShare: 0.5 }).snapshot(),
    ];
    for (const snapshot of damaged) expect(() => selector.restore(snapshot)).toThrow(ResumeError);
    expect(selector.snapshot()).toEqual(before);
  });

  it.each<[string, object, RegExp]>([
    ['mutationShare', { mutationShare: 0 }, /mutationShare must be a number in \(0, 1\], got 0/],
    ['ratio', { ratio: 1.5 }, /ratio/],
    [
      'targets',
      { targets: new Float32Array(7) },
      /targets must be a Float32Array of N × channels.*got 7 numbers/,
    ],
    ['a setting there is not', { interval: 3 }, /has no setting 'interval'/],
  ])('says what is wrong with %s', (_, options, message) => {
    expect(() => make(options)).toThrow(message);
    expect(() => make(options)).toThrow(ArgumentError);
  });

  it('takes one number a sample, and does without a report', () => {
    const selector = make();
    const selection = selector.next();
    expect(() => selector.report(selection, { errors: new Float32Array(59) })).toThrow(
      /59 numbers, expected 60/,
    );
    expect(() => selector.report(selection, { errors: new Float32Array(60).fill(NaN) })).toThrow(/NaN/);
    expect(() => selector.report(selection, { predictions: new Float32Array(60) })).toThrow(
      /without targets/,
    );
    const blind = make({ targets: () => new Float32Array(7) });
    expect(() => blind.report(blind.next(), { predictions: new Float32Array(60) })).toThrow(
      /targets\(indices\) must answer/,
    );
  });

  it('trains through fit, which hands it the errors of every step', async () => {
    const targets = Float32Array.from({ length: size }, (_, i) => rootOf(i));
    const gather = ({ indices }: Samples): Batch => {
      const own = Float32Array.from(indices, (index) => targets[index] ?? NaN);
      return { ...someOf(indices), inputs: own, targets: own };
    };
    const unused = (): Promise<never> => Promise.reject(new Error('unused'));
    const trainer = {
      capabilities: { gives: ['errors'], scores: false, weights: false, terms: [], resident: false } as const,
      step: ({ targets: own }: Batch) =>
        Promise.resolve({ loss: 1, errors: own.map((target) => target ** 2) }),
      predict: unused,
      snapshot: unused,
      restore: unused,
      dispose: unused,
    };
    const pool = { size, inputDim: 1, targetDim: 1, gather };
    const counts = new Uint32Array(3);
    for await (const event of fit({ pool, trainer, selector: make(), steps: 1000 })) {
      if (event.type !== 'step' || event.step <= 200) continue;
      for (const index of event.indices) counts[index % 3] = (counts[index % 3] ?? 0) + 1;
    }
    const [low = NaN, middle = NaN, high = NaN] = counts;
    expect(middle / low).toBeGreaterThan(1.2);
    expect(high / middle).toBeGreaterThan(1.5);
  });

  it('samples never reported wait one pass', () => {
    const selector = make({ mutationShare: 0.3 });
    const counts = new Uint32Array(size);
    for (let step = 0; step < 500; step++) for (const index of selector.next().indices) counts[index]!++;
    // Ten passes: waiting times are whole days, their fraction drawn by chance.
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(8);
    expect(Math.max(...counts)).toBeLessThanOrEqual(12);
  });

  it('takes the mean of root errors over those that are known, not over all', () => {
    const samples = new RootMean();
    const roots = new Float32Array(10).fill(NaN);
    expect(samples.mean).toBe(0);
    samples.replace(roots.subarray(3, 5), Float32Array.of(4, 16));
    expect(samples.mean).toBe(3);
    samples.replace(roots.subarray(4, 6), Float32Array.of(1, 9));
    expect(samples.mean).toBe(2);
    expect([...roots.subarray(2, 7)]).toEqual([NaN, 2, 1, 3, NaN]);

    const tiles = new MeanRoots(10);
    expect(tiles.mean).toBe(0);
    tiles.see(Uint32Array.of(3, 5), Float32Array.of(4, 16));
    expect(tiles.mean).toBe(3);
    expect([tiles.of(3), tiles.of(5), tiles.of(0)]).toEqual([2, 4, NaN]);
    // Seen twice, a tile still counts once, with the root of its mean.
    tiles.see(Uint32Array.of(3), Float32Array.of(16));
    expect(tiles.mean).toBeCloseTo((Math.sqrt(10) + 4) / 2, 6);
  });

  it('keeps the mean of the root errors through steps over everything', () => {
    const selector = make();
    const report = (factor: number): void => {
      const selection = selector.next({ batchSize: size });
      expect(selection.whole).toBe(true);
      selector.report(
        selection,
        Float32Array.from({ length: size }, (_, i) => (factor * rootOf(i)) ** 2),
      );
    };
    report(3);
    report(1);
    const roots = Array.from({ length: size }, (_, i) => rootOf(i));
    const { sum, known } = selector.snapshot().values;
    expect(known).toBe(size);
    expect(Number(sum) / roots.reduce((all, root) => all + root, 0)).toBeCloseTo(1, 5);
    const { waiting, notes } = selector.snapshot().arrays;
    waiting!.forEach((item, i) => expect(notes![i]).toBeCloseTo(rootOf(item), 4));
  });

  it('goes on from a snapshot in which there is no error at all', () => {
    const [selector, copy] = [make(), make()];
    const selection = selector.next();
    selector.report(selection, new Float32Array(selection.size));
    copy.restore(selector.snapshot());
    expect(copy.next()).toEqual(selector.next());
  });

  it('rounds waiting times by chance, so that rates between whole days are met', () => {
    // A pass is two days: rates of 0.3 + 0.7 · 1.2 and 0.3 + 0.7 · 0.8 wait 1.75 and 2.33 days.
    const selector = createSelector({ strategy: 'evos-online', size: 1000, batchSize: 500, seed: 4 });
    const counts = new Uint32Array(2);
    for (let step = 0; step < 3000; step++) {
      const selection = selector.next();
      const { indices } = selection;
      if (step >= 100) for (const index of indices) counts[index % 2]!++;
      selector.report(
        selection,
        Float32Array.from(indices, (i) => (i % 2 === 0 ? 1.44 : 0.64)),
      );
    }
    expect(counts[0]! / counts[1]!).toBeCloseTo(1.14 / 0.86, 1);
  });
});
