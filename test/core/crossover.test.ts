// Crossover against a plain version that sorts everything, over methods, sizes and ties.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Crossover } from '../../src/core/crossover.js';
import { ranking, selectOrder, sorted } from './oracle.js';

const seed = 241210153;
const fitness = fc.oneof(
  fc.float({ min: 0, max: 100, noNaN: true }),
  fc.constantFrom(0, 1, 2), // ties
);
const samples = fc.array(fc.tuple(fitness, fitness), { minLength: 1, maxLength: 60 }).map((pairs) => ({
  errors: Float32Array.from(pairs, (p) => p[0]),
  frequency: Float32Array.from(pairs, (p) => p[1]),
}));
const weight = 0.3;

describe('Crossover', () => {
  it(`'select' orders as sorting everything does (seed ${seed})`, () => {
    fc.assert(
      fc.property(samples, fc.nat(), ({ errors, frequency }, any) => {
        const k = any % (errors.length + 1);
        const crossover = new Crossover(errors.length, true);
        crossover.update('select', errors, frequency, weight, k);
        expect([...crossover.order]).toEqual(selectOrder(errors, frequency, weight, k));
      }),
      { seed, numRuns: 1000 },
    );
  });

  it(`cuts the same sets without ranking them (seed ${seed})`, () => {
    const methods = fc.constantFrom('select' as const, 'add' as const, 'no' as const);
    fc.assert(
      fc.property(samples, fc.nat(), methods, ({ errors, frequency }, any, method) => {
        const n = errors.length;
        const k = any % (n + 1);
        const ranked = new Crossover(n, true);
        const marked = new Crossover(n, false);
        ranked.update(method, errors, frequency, weight, k);
        marked.update(method, errors, frequency, weight, k);
        expect(sorted(marked.order)).toEqual(Array.from({ length: n }, (_, i) => i));
        expect(sorted(marked.order.subarray(n - k))).toEqual(sorted(ranked.order.subarray(n - k)));
      }),
      { seed, numRuns: 1000 },
    );
  });

  it(`'no' and 'add' rank by error and by the weighted sum (seed ${seed})`, () => {
    fc.assert(
      fc.property(samples, ({ errors, frequency }) => {
        const crossover = new Crossover(errors.length, true);
        crossover.update('no', errors, frequency, weight, 1);
        expect([...crossover.order].reverse()).toEqual(ranking(errors));
        crossover.update('add', errors, frequency, weight, 1);
        const sum = errors.map((error, i) => error + weight * (frequency[i] ?? NaN));
        expect([...crossover.order].reverse()).toEqual(ranking(sum));
      }),
      { seed },
    );
  });

  it.each(['select', 'add'] as const)(
    "'%s' is ranking by error where there is no frequency fitness",
    (method) => {
      const errors = Float32Array.of(3, 1, 4, 1, 5);
      const crossover = new Crossover(5, true);
      crossover.update(method, errors, undefined, weight, 2);
      expect([...crossover.order].reverse()).toEqual(ranking(errors));
    },
  );

  it('gives a side without a place nothing', () => {
    // Frequency outweighs error so far that error gets ⌊1 · 0.0…⌋ = 0 places: the sample of highest frequency joins.
    const errors = Float32Array.of(0, 0.02, 0.01, 0);
    const frequency = Float32Array.of(1000, 0, 900, 0);
    const crossover = new Crossover(4, true);
    crossover.update('select', errors, frequency, 1, 2);
    expect([...crossover.order]).toEqual([3, 1, 0, 2]);
  });

  it('lets error decide when nothing is wrong anywhere', () => {
    const crossover = new Crossover(4, false);
    crossover.update('select', new Float32Array(4), new Float32Array(4), 1, 2);
    expect(sorted(crossover.order.subarray(2))).toEqual([0, 1]);
  });
});
