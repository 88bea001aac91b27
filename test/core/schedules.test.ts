// Schedules worked by hand; the official numbers are compared in test/parity.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countsAt, evaluatesAt, mutationAt, ratioAt, ratioSchedules } from '../../src/core/schedules.js';

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
    expect(mutationAt({ kind: 'constant', from: 0.5, to: 0.9 }, 0.4, 70, 100)).toBe(0.2);
    expect(mutationAt({ kind: 'linear', from: 0.5, to: 1 }, 0.4, 50, 100)).toBeCloseTo(0.3, 12);
    expect(mutationAt({ kind: 'exponential', from: 0.25, to: 1 }, 0.4, 50, 100)).toBeCloseTo(0.2, 12);
    expect(mutationAt({ kind: 'exponential', from: 0.25, to: 1 }, 0.4, 100, 100)).toBeCloseTo(0.4, 12);
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
