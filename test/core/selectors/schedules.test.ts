// Schedules worked by hand; the official numbers are compared in test/parity.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../../../src/core/errors.js';
import {
  countsAt,
  evaluatesAt,
  learningRateAt,
  learningRateSchedules,
  mutationAt,
  ratioAt,
  ratioSchedules,
  type LearningRateSchedule,
} from '../../../src/core/selectors/schedules.js';

const seed = 1405;

describe('ratioAt', () => {
  it.each([
    ['constant', 0.4, 0.4, 0.4],
    ['step', 0.2, 0.6, 1],
    ['linear', 0.2, 0.6, 1],
    ['cosine', 0.2, 0.6, 1],
    ['reverse-cosine', 0.6, 0.4, 0.2],
  ] as const)('%s starts, halves and ends as it should', (schedule, start, half, end) => {
    expect(ratioAt(schedule, start, 0, 100)).toBeCloseTo(start, 12);
    expect(ratioAt(schedule, start, 50, 100)).toBeCloseTo(half, 12);
    expect(ratioAt(schedule, start, 100, 100)).toBeCloseTo(end, 12);
  });

  it('steps at tenths of runs that ten does not divide', () => {
    // T = 25: the first tenth ends at 2.5, so step 3 is in stage 1; T = 5 has two stages a step.
    expect(ratioAt('step', 0.5, 2, 25)).toBe(0.5);
    expect(ratioAt('step', 0.5, 3, 25)).toBeCloseTo(0.55, 12);
    expect(ratioAt('step', 0.5, 1, 5)).toBeCloseTo(0.6, 12);
  });

  it(`stays in (0, 1] (seed ${seed})`, () => {
    const initial = fc.double({ min: 1e-6, max: 1, noNaN: true });
    fc.assert(
      fc.property(
        fc.constantFrom(...ratioSchedules),
        initial,
        fc.integer({ min: 1, max: 10_000 }),
        (schedule, b, steps) => {
          for (const step of [1, Math.ceil(steps / 3), steps]) {
            const ratio = ratioAt(schedule, b, step, steps);
            expect(ratio > 0 && ratio <= 1).toBe(true);
          }
        },
      ),
      { seed },
    );
  });
});

describe('evaluatesAt', () => {
  const steps = (from: number, to: number, T: number) =>
    Array.from({ length: T }, (_, i) => i + 1).filter((t) => evaluatesAt({ from, to }, t, T));

  it('evaluates at 1, 1 + I, 1 + 2I, … with a fixed interval', () => {
    expect(steps(4, 4, 13)).toEqual([1, 5, 9, 13]);
  });

  it('takes an interval of 1 as every step', () => {
    expect(steps(1, 1, 4)).toEqual([1, 2, 3, 4]);
    expect(steps(2, 1, 4)).toEqual([1, 2, 3, 4]);
  });

  it(`always evaluates at the first step (seed ${seed})`, () => {
    const interval = fc.integer({ min: 1, max: 500 });
    fc.assert(
      fc.property(interval, interval, fc.integer({ min: 1, max: 5000 }), (from, to, T) => {
        expect(evaluatesAt({ from, to }, 1, T)).toBe(true);
      }),
      { seed },
    );
  });
});

describe('mutationAt', () => {
  it('is a share of the initial ratio, at its start, half and end', () => {
    expect(mutationAt('constant', { from: 0.5, to: 0.9 }, 0.4, 70, 100)).toBe(0.2);
    expect(mutationAt('linear', { from: 0.5, to: 1 }, 0.4, 50, 100)).toBeCloseTo(0.3, 12);
    expect(mutationAt('exponential', { from: 0.25, to: 1 }, 0.4, 50, 100)).toBeCloseTo(0.2, 12);
    expect(mutationAt('exponential', { from: 0.25, to: 1 }, 0.4, 100, 100)).toBeCloseTo(0.4, 12);
  });
});

describe('countsAt', () => {
  it('rounds all and mutants down and gives the elite what is left', () => {
    expect(countsAt(0.2, 0.1, 437)).toEqual({ total: 87, mutants: 43, elite: 44 });
  });

  it('trains on one sample at least, and on no more mutants than there are places', () => {
    expect(countsAt(0.2, 0.1, 3)).toEqual({ total: 1, mutants: 0, elite: 1 });
    expect(countsAt(0.2, 0.5, 100)).toEqual({ total: 20, mutants: 20, elite: 0 });
  });
});

describe('learningRateAt', () => {
  const rates = (schedule: LearningRateSchedule, initial: number, final: number, steps: number) =>
    Array.from({ length: steps }, (_, i) => learningRateAt(schedule, initial, final, i + 1, steps));
  const expectClose = (got: number[], expected: number[]) => {
    expect(got.length).toBe(expected.length);
    got.forEach((rate, i) => expect(rate).toBeCloseTo(expected[i] ?? NaN, 12));
  };

  it('follows the schedulers of PyTorch, stepped once per step', () => {
    // By their documented formulas: T_max = 4 and eta_min = 0; gamma = 0.1; end_factor = 0.2 in 4 iterations.
    expectClose(rates('cosine', 1, 0, 4), [1, 0.5 + Math.SQRT1_2 / 2, 0.5, 0.5 - Math.SQRT1_2 / 2]);
    expectClose(rates('exponential', 1e-2, 1e-5, 3), [1e-2, 1e-3, 1e-4]);
    expectClose(rates('linear', 1, 0.2, 4), [1, 0.8, 0.6, 0.4]);
    expect(rates('constant', 3e-4, 7, 2)).toEqual([3e-4, 3e-4]);
  });

  it('keeps the rate for four fifths of a cooldown, and comes down in the last', () => {
    const got = rates('cooldown', 1, 0, 20);
    expect(got.slice(0, 17)).toEqual(Array<number>(17).fill(1));
    expectClose(got.slice(17), [0.5 + Math.SQRT1_2 / 2, 0.5, 0.5 - Math.SQRT1_2 / 2]);
  });

  it(`starts at exactly the first rate and moves towards the last without passing it (seed ${seed})`, () => {
    const rate = fc.double({ min: 1e-12, max: 1e3, noNaN: true });
    fc.assert(
      fc.property(
        fc.constantFrom(...learningRateSchedules),
        rate,
        rate,
        fc.integer({ min: 1, max: 300 }),
        (schedule, initial, final, steps) => {
          const got = rates(schedule, initial, final, steps);
          expect(got[0]).toBe(initial);
          // A few units in the last place, where rounding may tip a rate over.
          const slack = 1e-13 * Math.max(initial, final);
          const sign = schedule === 'constant' ? 0 : Math.sign(final - initial);
          for (const [i, value] of got.entries()) {
            if (i > 0) expect(sign * (value - (got[i - 1] ?? NaN))).toBeGreaterThanOrEqual(-slack);
            expect(value).toBeGreaterThanOrEqual(Math.min(initial, final) - slack);
            expect(value).toBeLessThanOrEqual(Math.max(initial, final) + slack);
          }
        },
      ),
      { seed },
    );
  });

  it('comes down to 0 by cosine and line, over any span by the exponential', () => {
    expect(learningRateAt('cosine', 1e-3, 0, 101, 100)).toBe(0);
    expect(learningRateAt('linear', 1e-3, 0, 101, 100)).toBe(0);
    expect(learningRateAt('cooldown', 1e-3, 0, 101, 100)).toBeCloseTo(0, 18);
    expect(learningRateAt('exponential', 1e3, 1e-300, 101, 100) / 1e-300).toBeCloseTo(1, 6);
  });

  it.each<[string, number, number, string]>([
    ['cosin', 1, 1, "schedule must be one of constant, cooldown, cosine, exponential, linear, got 'cosin'"],
    ['constant', 0, 1, 'initial must be a number in (0,'],
    ['linear', Infinity, 1, 'got Infinity: the learning rate of the first step'],
    ['cosine', 1, -1, 'final must be a number in [0,'],
    ['exponential', 1, 0, "got 0: the rate it falls to; use 'linear' or 'cosine' to reach 0"],
    ['linear', 1, NaN, 'got NaN: the rate it falls to'],
  ])('refuses %s from %s to %s', (schedule, initial, final, message) => {
    const call = () => learningRateAt(schedule as LearningRateSchedule, initial, final, 1, 10);
    expect(call).toThrow(ArgumentError);
    expect(call).toThrow(message);
  });
});
