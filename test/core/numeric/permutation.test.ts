// Shuffles that are worked out instead of kept: each number once, no place favoured, neighbours scattered.
import { describe, expect, it } from 'vitest';
import { Passes, permuted, shuffleKey } from '../../../src/core/numeric/permutation.js';
import { createRandom } from '../../../src/core/numeric/random.js';

const empty = { values: {}, arrays: {} };

const word = 0xffffffffn;
/** The finaliser of MurmurHash3 as published, on unbounded integers. */
function finalised(x: bigint): bigint {
  let h = x & word;
  h = ((h ^ (h >> 16n)) * 0x85ebca6bn) & word;
  h = ((h ^ (h >> 13n)) * 0xc2b2ae35n) & word;
  return h ^ (h >> 16n);
}

describe('shuffleKey', () => {
  it('hashes two numbers and a salt as MurmurHash3 ends, and tells them apart', () => {
    // A value that is known: of 1 the finaliser makes 0x514e28b7.
    expect(finalised(1n)).toBe(0x514e28b7n);
    const keys = [0, 1, 5, 4_000_000_000].flatMap((a) =>
      [0, 1, 7].flatMap((b) => [0, 3_000_000_000].map((salt) => [a, b, salt] as const)),
    );
    for (const [a, b, salt] of keys) {
      const inner = finalised(BigInt(a) ^ BigInt(salt)) + BigInt(b) * 0x9e3779b1n;
      expect(shuffleKey(a, b, salt)).toBe(Number(finalised(inner)));
    }
    expect(new Set(keys.map(([a, b, salt]) => shuffleKey(a, b, salt))).size).toBe(keys.length);
  });
});

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

  it('is the shuffle it always was, so that a run goes on with its pass under any later version', () => {
    // As of 2026-11-28.
    const whole = (n: number): number[] => Array.from({ length: n }, (_, i) => permuted(i, n, 7));
    expect(whole(7)).toEqual([5, 6, 3, 4, 1, 2, 0]);
    expect(whole(16)).toEqual([12, 13, 5, 10, 1, 14, 7, 6, 0, 15, 8, 9, 2, 3, 11, 4]);
    expect([0, 1, 2, 3].map((i) => permuted(i, 1_000_000, 12_345))).toEqual([
      294_756, 751_728, 695_085, 647_507,
    ]);
    expect([0, 1, 2].map((i) => permuted(i, 2 ** 32 - 1, 0xdeadbeef))).toEqual([
      3_224_495_228, 2_522_936_712, 2_975_358_724,
    ]);
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

  it('goes on from the very beginning and the very end of a pass', () => {
    for (const at of [0, 50]) {
      const passes = new Passes();
      const part = passes.part(() => 50);
      part.check([50, at, 0], empty)?.();
      expect(part.read()).toEqual([50, at, 0]);
      const number = passes.next(createRandom(4));
      // After the end the next pass begins, with a key of its own.
      expect(number).toBe(permuted(0, 50, at === 0 ? 0 : createRandom(4).below(2 ** 32 - 1)));
    }
  });

  it.each([
    [[49, 0, 1]],
    [[50, 51, 1]],
    [[50, -1, 1]],
    [[50, 0.5, 1]],
    [[50, '1', 1]],
    [[50, 0, -1]],
    [[50, 0, 2 ** 32]],
    [[50, 0, 0.5]],
    [[50, 0]],
    [[]],
    ['x'],
  ])('knows that %j is no state', (state) => {
    expect(new Passes().part(() => 50).check(state, empty)).toBeUndefined();
  });
});
