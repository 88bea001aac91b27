// Crossover against a plain version that sorts everything, over methods, sizes and ties.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Crossover, type FitnessMeans } from '../../../src/core/selectors/crossover.js';
import { createRandom, type Random } from '../../../src/core/numeric/random.js';
import { ranking, selectOrder, sorted } from '../oracle.js';

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

  it(`lists every group by falling index where it does not rank them (seed ${seed})`, () => {
    fc.assert(
      fc.property(samples, fc.nat(), ({ errors, frequency }, any) => {
        const n = errors.length;
        const k = any % (n + 1);
        const crossover = new Crossover(n, false);
        crossover.update('select', errors, frequency, weight, k);
        const chosen = new Set(selectOrder(errors, frequency, weight, k).slice(n - k));
        const a = new Set(ranking(errors).slice(0, k));
        const b = new Set(ranking(frequency).slice(0, k));
        const group = (i: number): number => (chosen.has(i) ? (a.has(i) ? 2 : 0) + (b.has(i) ? 1 : 0) : 0);
        const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => group(i) - group(j) || j - i);
        expect([...crossover.order]).toEqual(order);
      }),
      { seed, numRuns: 500 },
    );
  });

  it.each([
    ['unlike each other', (random: Random) => random.float() ** 4],
    ['with ties', (random: Random) => random.below(9) / 8],
    ['mostly zero', (random: Random) => Math.max(0, random.float() - 0.9)],
    ['zeros of both signs and others', (random: Random) => [0, -0, 1][random.below(3)] ?? NaN],
  ])('orders 20,000 samples as sorting does: fitnesses %s (seed 6)', (_, draw) => {
    const n = 20_000;
    const random = createRandom(6);
    const errors = Float32Array.from({ length: n }, () => draw(random));
    const frequency = Float32Array.from({ length: n }, () => 1e4 * draw(random));
    for (const k of [0, 500, 5000, n]) {
      const expected = selectOrder(errors, frequency, 1e-5, k);
      const ranked = new Crossover(n, true);
      ranked.update('select', errors, frequency, 1e-5, k);
      expect([...ranked.order]).toEqual(expected);
      const marked = new Crossover(n, false);
      marked.update('select', errors, frequency, 1e-5, k);
      expect(sorted(marked.order.subarray(n - k))).toEqual(sorted(expected.slice(n - k)));
      expect(sorted(marked.order.subarray(0, n - k))).toEqual(sorted(expected.slice(0, n - k)));
    }
  });

  it('takes means that are known for those it would work out', () => {
    const errors = Float32Array.of(3, 2, 1, 0, 0, 0);
    const frequency = Float32Array.of(0, 0, 0, 1, 2, 3);
    const elite = (means?: FitnessMeans): number[] => {
      const crossover = new Crossover(6, false);
      crossover.update('select', errors, frequency, 1, 2, means);
      return sorted(crossover.order.subarray(4));
    };
    expect(elite()).toEqual([0, 5]);
    expect(elite({ errors: 1, frequency: 1 })).toEqual([0, 5]);
    expect(elite({ errors: 3, frequency: 0 })).toEqual([0, 1]);
    expect(elite({ errors: 1, frequency: 9 })).toEqual([4, 5]);
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
