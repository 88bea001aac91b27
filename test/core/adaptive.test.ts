// 'auto' settings under simulated training: pools whose errors change by a rule, so that what the controllers should
// make of them is known. Expected figures are worked by hand from the formulas in src/core/adaptive-*.ts.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agreement } from '../../src/core/adaptive-interval.js';
import { ArgumentError, ResumeError } from '../../src/core/errors.js';
import { createRandom } from '../../src/core/random.js';
import { ratioSchedules } from '../../src/core/schedules.js';
import { adaptationOf, createSelector } from '../../src/core/selector.js';
import type { EvosSelectorOptions } from '../../src/core/selector-options.js';
import type { Generation, JsonValue, Selector, Snapshot } from '../../src/core/types.js';
import { sorted, topK } from './oracle.js';

const seed = 8011;
const base = { strategy: 'evos', size: 100, steps: 1000, seed: 3 } as const;

/** Changes the errors, in place, before the step is reported. */
type Rule = (errors: Float32Array, generation: Generation) => void;

const ramp = (size: number) => Float32Array.from({ length: size }, (_, i) => i + 1);

/** Runs up to step `until`, with errors that start as a ramp; indices copied. */
function train(selector: Selector, until: number, rule: Rule, errors = ramp(selector.size)): Generation[] {
  const seen: Generation[] = [];
  while (selector.step < until) {
    const generation = selector.next();
    const { indices } = generation;
    seen.push({ ...generation, indices: indices === 'all' ? indices : indices.slice() });
    rule(errors, generation);
    selector.report(generation, { errors });
  }
  return seen;
}

const still: Rule = () => undefined;

/** New errors at each evaluation, from the step's own seed: a function of the step, wherever a run is taken up. */
const shuffle: Rule = (errors, { step, evaluates }) => {
  if (!evaluates) return;
  const random = createRandom(step);
  for (let i = 0; i < errors.length; i++) errors[i] = random.float();
};

/** A step takes a tenth of the error of what it trains on, and the others get one per cent worse. */
const learning: Rule = (errors, { indices }) => {
  for (let i = 0; i < errors.length; i++) errors[i] = (errors[i] ?? NaN) * 1.01;
  if (indices === 'all') errors.forEach((error, i) => (errors[i] = error * 0.9));
  else for (const i of indices) errors[i] = (errors[i] ?? NaN) * 0.9;
};

const evaluations = (generations: readonly Generation[]) =>
  generations.filter(({ evaluates }) => evaluates).map(({ step }) => step);

describe("interval 'auto'", () => {
  it('doubles up to a quarter of the run where the ranking stands still', () => {
    const selector = createSelector({ ...base, interval: 'auto' });
    const steps = evaluations(train(selector, 1000, still));
    // At ratio 0.5 the second evaluation has to be paid for by 18 ordinary steps; its stretch of 19 doubles to 38, 76, …
    expect(steps).toEqual([1, 20, 58, 134, 286, 536, 786]);
    expect(adaptationOf(selector)).toEqual({ interval: 250 });
  });

  it('halves down to ten steps where nothing of a ranking lasts', () => {
    const selector = createSelector({ ...base, size: 1000, interval: 'auto' });
    train(selector, 400, still);
    expect(adaptationOf(selector)).toEqual({ interval: 250 });
    const steps = evaluations(train(selector, 800, shuffle));
    // The stretch that ends at 536 took 250 steps: 125 follow, then 63, 32, 16, and ten, paid from what was spared.
    expect(steps).toEqual([536, 661, 724, 756, 772, 782, 792]);
    expect(adaptationOf(selector)).toEqual({ interval: 10 });
  });

  it('follows from how long the ranking lasts and what an evaluation costs', () => {
    const selector = createSelector({
      ...base,
      interval: 'auto',
      mutation: { kind: 'constant', from: 0, to: 0 },
    });
    // Of the elite 50 … 99, the ten highest trade places with the ten lowest of the pool: q = (40 − 25)/(50 − 25).
    const generations = train(selector, 20, (errors, { step }) => {
      if (step === 20) for (let i = 0; i < 10; i++) [errors[i], errors[99 - i]] = [100 - i, i + 1];
    });
    expect(evaluations(generations)).toEqual([1, 20]);
    // L = 19, τ = −19/ln 0.6 = 37.19, cost 100/50 − 1 = 1: √(2 · 37.19/0.3) = 15.75.
    expect(adaptationOf(selector)).toEqual({ interval: 16 });
    // Due at 36, but 900 samples of ordinary steps come together at step 38 only.
    expect(evaluations(train(selector, 60, still))[0]).toBe(39);
  });

  it('takes an evaluation as dearer where ordinary steps are smaller', () => {
    const interval = (batchSize: number) => {
      const selector = createSelector({ ...base, size: 200, steps: 10_000, interval: 'auto', batchSize });
      const fade: Rule = (errors, { step }) => {
        const random = createRandom(step);
        for (let i = 0; i < 4; i++) errors[random.below(200)] = 201 * random.float();
      };
      train(selector, 10_000, fade);
      return adaptationOf(selector).interval ?? NaN;
    };
    expect(interval(5)).toBeGreaterThan(1.5 * interval(100));
  });

  it.each([
    [0.5, undefined],
    [0.1, undefined],
    [0.5, 20],
    [1, undefined],
  ])(
    'keeps evaluating steps within a tenth of all samples, at ratio %s and batch size %s',
    (ratio, batch) => {
      const selector = createSelector({
        ...base,
        size: 400,
        interval: 'auto',
        ratio,
        ...(batch === undefined ? {} : { batchSize: batch }),
      });
      let all = 0;
      let evaluating = 0;
      for (const { step, count, evaluates } of train(selector, 1000, shuffle)) {
        if (step === 1) continue;
        all += count;
        if (evaluates) evaluating += count;
        expect(evaluating).toBeLessThanOrEqual(all / 10);
      }
      // A ranking that never lasts uses what it may, but for the start of a next one.
      if (ratio < 1) expect(evaluating).toBeGreaterThan(all / 10 - 400);
    },
  );

  it('never evaluates more often than every tenth step, even where it costs nothing', () => {
    const selector = createSelector({ ...base, ratio: 0.99, interval: 'auto' });
    const steps = evaluations(train(selector, 300, shuffle));
    for (const [i, step] of steps.slice(1).entries())
      expect(step - (steps[i] ?? NaN)).toBeGreaterThanOrEqual(10);
  });

  it('goes by the longest interval where a ranking decides nothing', () => {
    const selector = createSelector({ ...base, interval: 'auto', ratio: 1 });
    train(selector, 1000, shuffle);
    expect(adaptationOf(selector)).toEqual({ interval: 250 });
  });
});

describe("mutation 'auto'", () => {
  const options = { ...base, ratio: 0.4, interval: { from: 5, to: 5 }, mutation: 'auto' } as const;
  const shareAfter = (until: number, rule: Rule) => {
    const selector = createSelector(options);
    train(selector, until, rule);
    return adaptationOf(selector).mutationShare ?? NaN;
  };
  /** At each evaluation, multiplies the errors of the highest twenty by one factor, of the others by another. */
  const factors =
    (elite: number, others: number): Rule =>
    (errors, { evaluates, step }) => {
      if (evaluates && step > 1) {
        for (let i = 0; i < 100; i++) errors[i] = (errors[i] ?? NaN) * (i >= 80 ? elite : others);
      }
    };

  it('starts at half, and stays there until two evaluations can be compared', () => {
    expect(shareAfter(5, still)).toBe(0.5);
  });

  it('rises where the elite alone learns', () => {
    // Others' fall 0 beside some fall of the pool: by 2^(1/6) at the first comparison.
    expect(shareAfter(6, factors(0.5, 1))).toBeCloseTo(0.5 * 2 ** (1 / 6), 12);
    // Others rise while the pool falls: 2^(1/2), the most.
    expect(shareAfter(6, factors(0.1, 1.3))).toBeCloseTo(0.5 * Math.SQRT2, 12);
  });

  it('falls where all errors fall alike', () => {
    // Pace 1: 2^((1/3 − 1)/2).
    expect(shareAfter(6, factors(0.5, 0.5))).toBeCloseTo(0.5 * 2 ** (-1 / 3), 6);
  });

  it('goes by the elite that was trained on, not by the one the evaluating step would have had', () => {
    // Step 10 raises the ratio to 0.46 and the elite from 20 to 23; the three in between are the only ones to learn.
    const interval = { from: 9, to: 9 };
    const selector = createSelector({ ...options, interval, steps: 100, schedule: 'step' });
    train(selector, 10, (errors, { step }) => {
      if (step === 10) errors.fill(0, 77, 80);
    });
    expect(adaptationOf(selector).mutationShare).toBeCloseTo(0.5 * Math.SQRT1_2, 12);
  });

  it('keeps to its bounds', () => {
    expect(shareAfter(300, factors(0.9, 0.9))).toBe(0.1);
    // Each evaluation finds the four worst learnt and nothing else changed: only the elite gains, however small it is.
    const worst: Rule = (errors, { evaluates, step }) => {
      if (evaluates && step > 1) for (const i of topK(errors, 4)) errors[i] = 0;
    };
    expect(shareAfter(50, worst)).toBe(0.9);
  });

  it('stays where the errors of the pool have not fallen', () => {
    expect(shareAfter(300, still)).toBe(0.5);
    expect(shareAfter(300, factors(1.1, 1.2))).toBe(0.5);
    expect(shareAfter(300, (errors) => errors.fill(0))).toBe(0.5);
  });

  it.each(['constant', 'step'] as const)(
    'is a share of the present ratio, the rest the fittest (schedule %s)',
    (schedule) => {
      const selector = createSelector({ ...options, schedule, crossover: 'no', steps: 100 });
      const errors = ramp(100);
      let ranked = errors.slice();
      const shares = new Set<number>();
      while (selector.step < 99) {
        const share = adaptationOf(selector).mutationShare ?? NaN;
        const generation = selector.next();
        const { indices, ratio, evaluates } = generation;
        if (!evaluates && indices !== 'all') {
          shares.add(share);
          const total = Math.floor(ratio * 100);
          const mutants = Math.floor(ratio * share * 100);
          expect(indices.length).toBe(total);
          const elite = topK(ranked, total - mutants);
          expect(sorted(indices.subarray(0, total - mutants))).toEqual(elite);
        }
        learning(errors, generation);
        selector.report(generation, { errors });
        if (evaluates) ranked = errors.slice();
      }
      expect(shares.size).toBeGreaterThan(5);
    },
  );
});

describe('agreement of two sets', () => {
  it('is 1 for the same, 0 for what chance gives, and below for less', () => {
    expect(agreement(20, 20, 20, 100)).toBe(1);
    expect(agreement(4, 20, 20, 100)).toBe(0);
    expect(agreement(0, 20, 20, 100)).toBe(-0.25);
    // Of 10 and 40, ten may agree and four do by chance.
    expect(agreement(10, 10, 40, 100)).toBe(1);
    expect(agreement(7, 40, 10, 100)).toBe(0.5);
  });

  it('is 1 where there is no choice', () => {
    expect([agreement(0, 0, 5, 10), agreement(5, 10, 5, 10)]).toEqual([1, 1]);
  });
});

describe('an adapting selector', () => {
  const settings = fc.record({
    size: fc.integer({ min: 1, max: 60 }),
    steps: fc.integer({ min: 1, max: 150 }),
    ratio: fc.double({ min: 0.05, max: 1, noNaN: true }),
    schedule: fc.constantFrom(...ratioSchedules),
    seed: fc.nat(),
    interval: fc.constantFrom('auto' as const, { from: 7, to: 3 }),
    crossover: fc.constantFrom('select' as const, 'no' as const),
  });
  // At least one of the two adapts.
  const options = settings.map((given): EvosSelectorOptions => {
    const mutation =
      given.interval === 'auto' && given.seed % 2 === 0
        ? ({ kind: 'constant', from: 0.3, to: 0.3 } as const)
        : 'auto';
    return { strategy: 'evos', ...given, mutation };
  });

  it(`goes on from a snapshot bit for bit, through JSON, and repeats itself (seed ${seed})`, () => {
    fc.assert(
      fc.property(options, fc.nat(), (given, any) => {
        const stop = any % (given.steps + 1);
        const errors = ramp(given.size);
        const first = createSelector(given);
        const head = train(first, stop, learning, errors);
        const { values, arrays } = first.snapshot();
        const later = errors.slice();
        const tail = train(first, given.steps, learning, errors);

        const second = createSelector(given);
        second.restore({ values: JSON.parse(JSON.stringify(values)) as typeof values, arrays });
        expect(adaptationOf(second)).toEqual(adaptationOf(restored(given, { values, arrays })));
        expect(train(second, given.steps, learning, later)).toEqual(tail);
        expect(second.snapshot()).toEqual(first.snapshot());
        expect(adaptationOf(second)).toEqual(adaptationOf(first));

        expect(train(createSelector(given), given.steps, learning)).toEqual([...head, ...tail]);
      }),
      { seed, numRuns: 150 },
    );
  });

  function restored(given: EvosSelectorOptions, snapshot: Snapshot): Selector {
    const selector = createSelector(given);
    selector.restore(snapshot);
    return selector;
  }

  it('owes a report after a restore that it owed before', () => {
    const given = { ...base, interval: 'auto', mutation: 'auto' } as const;
    for (const at of [1, 20]) {
      const first = createSelector(given);
      train(first, at - 1, still);
      const generation = first.next();
      expect(generation.evaluates).toBe(true);
      const second = restored(given, first.snapshot());
      for (const selector of [first, second]) selector.report(generation, { errors: ramp(100) });
      expect(second.snapshot()).toEqual(first.snapshot());
    }
  });

  it('may be given more steps on the way, and then takes longer intervals', () => {
    const given = { ...base, steps: 100, interval: 'auto' } as const;
    const short = createSelector(given);
    train(short, 100, still);
    expect(adaptationOf(short).interval).toBe(25);
    const longer = restored({ ...given, steps: 1000 }, short.snapshot());
    train(longer, 1000, still);
    expect(adaptationOf(longer).interval).toBe(250);
  });

  it('refused feedback leaves no trace', () => {
    const given = { ...base, interval: 'auto', mutation: 'auto' } as const;
    const selector = createSelector(given);
    train(selector, 19, still);
    const generation = selector.next();
    const before = selector.snapshot();
    const bad = ramp(100).fill(NaN, 40, 41);
    expect(() => selector.report(generation, { errors: bad })).toThrow('The error of sample 40 is NaN');
    expect(selector.snapshot()).toEqual(before);
  });

  it('tells of what adapts alone', () => {
    expect(adaptationOf(createSelector({ ...base, interval: 'auto', mutation: 'auto' }))).toEqual({
      interval: 10,
      mutationShare: 0.5,
    });
    expect(adaptationOf(createSelector(base))).toEqual({});
    expect(createSelector(base).snapshot().values).not.toHaveProperty('adaptive');
    expect(adaptationOf(createSelector({ strategy: 'uniform', size: 5, steps: 5 }))).toEqual({});
  });

  it.each<[object, string]>([
    [{ interval: 'Auto' }, "interval must be 'auto' or an object with keys from, to, got 'Auto'"],
    [
      { mutation: 'exponential' },
      "mutation must be 'auto' or an object with keys kind, from, to, got 'exponential'",
    ],
  ])('names the choices for %o', (wrong, message) => {
    const make = () => createSelector({ ...base, ...wrong });
    expect(make).toThrow(ArgumentError);
    expect(make).toThrow(message);
  });
});

describe('restore refuses, of what adapts,', () => {
  const given = { ...base, interval: 'auto', mutation: 'auto' } as const;
  const taken = () => {
    const selector = createSelector(given);
    train(selector, 30, learning);
    return selector.snapshot();
  };
  const withAdaptive =
    (change: Record<string, JsonValue>) =>
    ({ values, arrays }: Snapshot): Snapshot => ({
      values: { ...values, adaptive: { ...(values['adaptive'] as object), ...change } },
      arrays,
    });
  const interval = { interval: 20, last: 20, spare: 100, seen: 500 };

  it('accepts what it then damages', () => {
    const selector = createSelector(given);
    selector.restore(withAdaptive({ interval, mutationShare: 0.25 })(taken()));
    expect(adaptationOf(selector)).toEqual({ interval: 20, mutationShare: 0.25 });
  });

  it.each<[string, (snapshot: Snapshot) => Snapshot, string]>([
    [
      'nothing at all',
      ({ values, arrays }) => ({ values: { ...values, adaptive: null }, arrays }),
      'is undefined',
    ],
    [
      'no interval',
      withAdaptive({ interval: null }),
      'its adaptive interval is null, expected whole numbers',
    ],
    ['an interval of 0', withAdaptive({ interval: { ...interval, interval: 0 } }), 'interval from 10'],
    ['half a step', withAdaptive({ interval: { ...interval, interval: 20.5 } }), '"interval":20.5'],
    [
      'an evaluation to come',
      withAdaptive({ interval: { ...interval, last: 31 } }),
      'last (evaluation) from 1 to 30',
    ],
    [
      'no evaluation yet',
      withAdaptive({ interval: { ...interval, last: 0 } }),
      'last (evaluation) from 1 to 30',
    ],
    [
      'overdrawn samples',
      withAdaptive({ interval: { ...interval, spare: -1 } }),
      'spare and seen (samples) from 0',
    ],
    [
      'uncounted samples',
      withAdaptive({ interval: { ...interval, seen: 'many' } }),
      'spare and seen (samples) from 0',
    ],
    [
      'a share of 0',
      withAdaptive({ mutationShare: 0 }),
      'mutation share is 0, expected a number from 0.1 to 0.9',
    ],
    ['a share of 1', withAdaptive({ mutationShare: 1 }), 'mutation share is 1, expected'],
    [
      'missing errors',
      ({ values, arrays: { random, order } }) => ({
        values,
        arrays: { random, order } as Snapshot['arrays'],
      }),
      'its errors of the last evaluation must be 100 finite numbers of at least 0',
    ],
    [
      'an error that is none',
      ({ values, arrays }) => ({ values, arrays: { ...arrays, previousErrors: ramp(100).fill(NaN, 3, 4) } }),
      'its errors of the last evaluation',
    ],
  ])('%s, leaving the selector as it was', (_, damage, message) => {
    const selector = createSelector(given);
    train(selector, 25, learning);
    const before = selector.snapshot();
    const restore = () => {
      selector.restore(damage(taken()));
    };
    expect(restore).toThrow(ResumeError);
    expect(restore).toThrow(message);
    expect(selector.snapshot()).toEqual(before);
  });

  it('a run with schedules, naming the setting', () => {
    const scheduled = createSelector(base).snapshot();
    expect(() => createSelector({ ...base, interval: 'auto' }).restore(scheduled)).toThrow(
      'its interval is "100:50", this selector\'s is "auto"',
    );
    expect(() => createSelector({ ...base, mutation: 'auto' }).restore(scheduled)).toThrow(
      'its mutation is "constant 0.5:0.5", this selector\'s is "auto"',
    );
  });
});
