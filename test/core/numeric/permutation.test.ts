// Shuffles that are worked out instead of kept: each number once, no place favoured, neighbours scattered.
import { describe, expect, it } from 'vitest';
import { Passes, permuted, shuffleKey } from '../../../src/core/numeric/permutation.js';
import { createRandom } from '../../../src/core/numeric/random.js';

const empty = { values: {}, arrays: {} };

describe('permuted', () => {
  it.each([1, 2, 3, 5, 16, 17, 64, 1000, 4097])('gives each of %d numbers once, whatever the key', (n) => {
    for (let key = 0; key < 20; key++) {
      const seen = new Set(Array.from({ length: n }, (_, i) => permuted(i, n, shuffleKey(key, 1, 2))));
      expect(seen.size).toBe(n);
      expect(Math.max(...seen)).toBe(n - 1);
    }
  });

  it('stays in range for the largest pools', () => {
    const n = 2 ** 32 - 1;
    for (const i of [0, 1, 2 ** 31 - 1, 2 ** 31, n - 1]) {
      const place = permuted(i, n, 7);
      expect(Number.isInteger(place) && place >= 0 && place < n).toBe(true);
    }
  });

  it('favours no place, over keys (five standard deviations)', () => {
    const [n, keys] = [13, 26_000];
    for (const i of [0, 5, 12]) {
      const counts = new Array<number>(n).fill(0);
      for (let key = 0; key < keys; key++) counts[permuted(i, n, key)]!++;
      const bound = 5 * Math.sqrt((keys / n) * (1 - 1 / n));
      expect(counts.filter((count) => Math.abs(count - keys / n) > bound)).toEqual([]);
    }
  });

  it('scatters neighbours: the differences of successive numbers are as far as chance would have them', () => {
    const n = 100_000;
    let sum = 0;
    for (let i = 1; i < n; i++) sum += Math.abs(permuted(i, n, 99) - permuted(i - 1, n, 99));
    expect(sum / (n - 1) / n).toBeCloseTo(1 / 3, 2);
  });
});

describe('Passes', () => {
  it('gives every number once a pass, each pass in another order', () => {
    const random = createRandom(3);
    const passes = new Passes();
    passes.start(50, random);
    const pass = (): number[] => Array.from({ length: 50 }, () => passes.next(random));
    const [first, second] = [pass(), pass()];
    expect(new Set(first).size).toBe(50);
    expect(new Set(second).size).toBe(50);
    expect(second).not.toEqual(first);
  });

  it('goes on from its state', () => {
    const [one, two] = [new Passes(), new Passes()];
    one.start(50, createRandom(3));
    for (let i = 0; i < 20; i++) one.next(createRandom(1));
    const state: unknown = JSON.parse(JSON.stringify(one.part(() => 50).read()));
    two.part(() => 50).check(state, empty)?.();
    expect(two.next(createRandom(1))).toBe(one.next(createRandom(1)));
  });

  it.each([[[49, 0, 1]], [[50, 51, 1]], [[50, 0, -1]], [[50, 0]], ['x']])(
    'knows that %j is no state',
    (state) => {
      expect(new Passes().part(() => 50).check(state, empty)).toBeUndefined();
    },
  );
});
