// Exact top-k and the radix sort against sorting everything.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RadixSort } from '../../src/core/radix-sort.js';
import { createRandom } from '../../src/core/random.js';
import { createTopK, writeKeys } from '../../src/core/top-k.js';
import { at, ranking, sorted, topK } from './oracle.js';

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
  it(`sorts ascending and stably, negative numbers first (seed ${seed})`, () => {
    fc.assert(
      fc.property(floats, (values) => {
        const n = values.length;
        const keys = new Int32Array(n);
        writeKeys(values, keys, 'values');
        const items = Uint32Array.from({ length: n }, (_, i) => n - 1 - i);
        keys.reverse();
        new RadixSort(n).sort(keys, items, n);
        expect([...items].reverse()).toEqual(ranking(values));
      }),
      { seed, numRuns: 300 },
    );
  });

  it('sorts only the first n pairs', () => {
    const keys = Int32Array.of(3, -2, 1, 0);
    const items = Uint32Array.of(0, 1, 2, 3);
    new RadixSort(4).sort(keys, items, 3);
    expect([...keys]).toEqual([-2, 1, 3, 0]);
    expect([...items]).toEqual([1, 2, 0, 3]);
  });
});

describe('writeKeys', () => {
  it('keeps the order of floats and the equality of the zeros', () => {
    const values = Float32Array.of(-Infinity, -1, -1e-45, -0, 0, 1e-45, 1, Infinity);
    const keys = new Int32Array(values.length);
    writeKeys(values, keys, 'values');
    expect(at(keys, 3)).toBe(at(keys, 4));
    expect(sorted(keys)).toEqual([...keys]);
    expect(new Set(keys).size).toBe(values.length - 1);
  });
});
