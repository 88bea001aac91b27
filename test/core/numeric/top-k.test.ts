// Exact top-k and its parts, and the radix sort, against sorting everything.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBlock, signedKey } from '../../../src/core/numeric/blocks.js';
import { KthLargest } from '../../../src/core/numeric/kth-largest.js';
import { RadixSort } from '../../../src/core/numeric/radix-sort.js';
import { createRandom } from '../../../src/core/numeric/random.js';
import { Sieve } from '../../../src/core/numeric/top-k-filter.js';
import { createTopK } from '../../../src/core/numeric/top-k.js';
import { at, ranking, sorted, topK } from '../oracle.js';

const seed = 20250611;
/** Few distinct values, so that ties are everywhere, and both zeros and infinities. */
const tied = fc.constantFrom(-Infinity, -3.5, -1e-40, -0, 0, 1e-40, 1, 1.0000001, 7, Infinity);
const floats = fc.oneof(
  fc.float32Array({ minLength: 1, maxLength: 200, noNaN: true }),
  fc.array(tied, { minLength: 1, maxLength: 200 }).map((values) => Float32Array.from(values)),
);

describe('createTopK', () => {
  it(`picks what a full sort picks, ties to the lowest index (seed ${seed})`, () => {
    fc.assert(
      fc.property(floats, fc.nat(), (values, any) => {
        const k = any % (values.length + 1);
        expect([...createTopK(values.length).select(values, k)]).toEqual(topK(values, k));
      }),
      { seed, numRuns: 500 },
    );
  });

  it('handles 100,000 floats of all magnitudes (seed 5)', () => {
    const random = createRandom(5);
    const values = Float32Array.from(
      { length: 100_000 },
      () => (random.float() - 0.3) * 10 ** random.below(20),
    );
    const k = 31_415;
    expect([...createTopK(values.length).select(values, k)]).toEqual(topK(values, k));
  });

  describe('of so many that a sample says where to look', () => {
    const n = 20_000;
    const random = createRandom(77);
    const some = (): number => random.float();
    const signed = (): number => random.float() - 0.7;
    // At the very places where the sample is taken, and nowhere else: then it is as wrong as it can be.
    const sampled = new Set<number>();
    for (let i = 0, state = 1; i < 4096; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      sampled.add(Math.floor((i + state * 2 ** -32) * (n / 4096)));
    }
    const cases: Record<string, (i: number) => number> = {
      'uniform numbers': some,
      'numbers of both signs': signed,
      'negative numbers': () => -some(),
      'all equal': () => 2.5,
      'all zero': () => 0,
      'zeros of both signs': (i) => (i % 3 === 0 ? -0 : 0),
      'nearly all equal': () => (random.below(50) === 0 ? some() : 0.5),
      'nearly all zero': () => (random.below(50) === 0 ? some() : 0),
      'three values': () => random.below(3) - 1,
      'denormal numbers': () => some() * 1e-40,
      'denormal numbers of both signs, and zeros': () => Math.round(signed() * 5) * 1.4e-45,
      'infinities and others': () => [Infinity, -Infinity, some(), -some(), 0][random.below(5)] ?? 0,
      'infinity and numbers without a sign': () => (random.below(2) === 0 ? Infinity : some()),
      'one number with a sign': (i) => (i === 12_345 ? -1 : some()),
      rising: (i) => i,
      falling: (i) => -i,
      'a period': (i) => i % 4,
      'all magnitudes': () => (random.float() - 0.3) * 10 ** (random.below(70) - 35),
      'a sample of large numbers alone': (i) => some() + (sampled.has(i) ? 10 : 0),
      'a sample of small numbers alone': (i) => some() + (sampled.has(i) ? 0 : 10),
      'a sample without the signs': (i) => (sampled.has(i) ? some() : signed()),
    };
    it.each(Object.keys(cases))('%s (seed 77)', (name) => {
      const values = Float32Array.from({ length: n }, (_, i) => cases[name]?.(i) ?? NaN);
      const order = ranking(values);
      const top = createTopK(n);
      const plain = new Sieve(createBlock(false));
      const out = new Uint32Array(n);
      for (const k of [0, 1, 2, 37, n / 4, n / 2, 16_001, n - 1, n]) {
        const expected = sorted(order.slice(0, k));
        expect([...top.select(values, k)]).toEqual(expected);
        // Where there is no WebAssembly.
        expect(plain.select(values, k, out)).toBe(true);
        expect([...out.subarray(0, k)]).toEqual(expected);
      }
    });

    it.each([
      ['uniform numbers', some],
      ['numbers of both signs', signed],
    ])('goes over %s twice, and keeps a tenth of them at most (seed 77)', (_, number) => {
      const loops = createBlock(false);
      const count = { loads: 0, kept: 0 };
      const sieve = new Sieve({
        ...loops,
        load: (bits, start) => (count.loads++, loops.load(bits, start)),
        split(low, high) {
          const kept = loops.split(low, high);
          count.kept += kept;
          return kept;
        },
      });
      const values = Float32Array.from({ length: n }, number);
      const out = new Uint32Array(n);
      for (const k of [37, n / 4, n / 2, n - 37]) {
        Object.assign(count, { loads: 0, kept: 0 });
        expect(sieve.select(values, k, out)).toBe(true);
        expect([...out.subarray(0, k)]).toEqual(topK(values, k));
        // Two passes over five blocks, and one block more where equals end inside it.
        expect(count.loads).toBeLessThanOrEqual(11);
        expect(count.kept).toBeLessThan(n / 10);
      }
    });

    it('names the index of a NaN of either sign, wherever it is', () => {
      const plain = new Sieve(createBlock(false));
      for (const bits of [0x7fc00000, 0xffc00000, 0xff800001, 0x7fffffff, 0xffffffff]) {
        for (const index of [0, 4095, 4096, 12_345, n - 1]) {
          for (const number of [some, signed]) {
            const values = Float32Array.from({ length: n }, number);
            new Uint32Array(values.buffer)[index] = bits;
            for (const k of [0, 1, n / 4, n]) {
              expect(() => createTopK(n).select(values, k)).toThrow(`values[${index}] is NaN`);
              expect(plain.select(values, k, new Uint32Array(n))).toBe(false);
            }
          }
        }
      }
    });
  });

  it('works on memory of its own: every answer is a view of one buffer, the values stay as they are', () => {
    const values = Float32Array.of(3, 1, 2);
    const top = createTopK(3);
    const first = top.select(values, 2);
    expect(top.select(values, 1).buffer).toBe(first.buffer);
    expect([...values]).toEqual([3, 1, 2]);
    expect(top.size).toBe(3);
  });

  it('reads a view of a larger buffer at its own offset', () => {
    const values = Float32Array.of(9, 9, 1, 5, 2).subarray(2);
    expect([...createTopK(3).select(values, 1)]).toEqual([1]);
  });

  it('names the index of a NaN', () => {
    expect(() => createTopK(3).select(Float32Array.of(0, 1, NaN), 1)).toThrow(
      'values[2] is NaN, expected a number',
    );
    const negative = new Float32Array(Uint32Array.of(0xffffffff, 0).buffer);
    expect(() => createTopK(2).select(negative, 1)).toThrow('values[0] is NaN');
  });

  it('refuses lengths and k that do not fit', () => {
    const top = createTopK(3);
    expect(() => top.select(new Float32Array(2), 1)).toThrow('values has 2 numbers, expected 3');
    expect(() => top.select(new Float32Array(3), 4)).toThrow('k must be an integer from 0 to 3, got 4');
    expect(() => top.select(new Float32Array(3), 0.5)).toThrow('k must be an integer from 0 to 3, got 0.5');
    expect(() => createTopK(0)).toThrow('size must be an integer from 1');
  });
});

describe('RadixSort', () => {
  const pair = fc.tuple(
    fc.constantFrom(0, 1, 2, 3),
    fc.oneof(fc.float({ min: 0, noNaN: true }), fc.constantFrom(-0, 0, 1e-45, 1, 7, Infinity)),
    fc.oneof(fc.float({ min: 0, noNaN: true }), fc.constantFrom(0, 1)),
  );

  it(`ranks by group, then fitness, then falling index; one group by another fitness (seed ${seed})`, () => {
    fc.assert(
      fc.property(fc.array(pair, { minLength: 1, maxLength: 200 }), fc.nat(3), (samples, other) => {
        const n = samples.length;
        const groups = Uint8Array.from(samples, ([group]) => group);
        const fitness = Float32Array.from(samples, ([, value]) => value);
        const otherFitness = Float32Array.from(samples, ([, , value]) => value);
        const order = new Uint32Array(n);
        new RadixSort(n).sort(groups, fitness, other, otherFitness, order, new Uint32Array(n));
        const valueOf = (i: number): number => at(at(groups, i) === other ? otherFitness : fitness, i);
        const compare = (a: number, b: number): number =>
          at(groups, a) - at(groups, b) || Math.sign(valueOf(a) - valueOf(b)) || b - a;
        // The difference of two infinities is no number, and so falls through to the index.
        expect([...order]).toEqual([...order.keys()].sort(compare));
      }),
      { seed, numRuns: 500 },
    );
  });
});

describe('KthLargest', () => {
  it(`finds what sorting finds, and how many of its equals belong to it (seed ${seed})`, () => {
    const keys = fc.oneof(
      fc.array(fc.nat(0xffffffff), { minLength: 1, maxLength: 100 }),
      fc.array(fc.integer({ min: 3000, max: 3010 }), { minLength: 1, maxLength: 100 }),
    );
    fc.assert(
      fc.property(keys, fc.nat(), fc.boolean(), (values, any, bounded) => {
        const k = 1 + (any % values.length);
        const kth = new KthLargest();
        const [low, high] = bounded ? [Math.min(...values), Math.max(...values)] : [0, 0xffffffff];
        kth.find(Uint32Array.from([...values, 0xffffffff]), values.length, k, low, high);
        const falling = [...values].sort((a, b) => b - a);
        expect(kth.key).toBe(falling[k - 1]);
        expect(kth.ties).toBe(k - falling.filter((value) => value > kth.key).length);
        expect(kth.equal).toBe(falling.filter((value) => value === kth.key).length);
      }),
      { seed, numRuns: 500 },
    );
  });
});

describe('signedKey', () => {
  it('keeps the order of floats and the equality of the zeros', () => {
    const values = Float32Array.of(-Infinity, -1, -1e-45, -0, 0, 1e-45, 1, Infinity);
    const keys = [...new Int32Array(values.buffer)].map(signedKey);
    expect(at(keys, 3)).toBe(at(keys, 4));
    expect(sorted(keys)).toEqual(keys);
    expect(new Set(keys).size).toBe(values.length - 1);
    expect(keys.every((key) => key >= 0)).toBe(true);
  });
});
