// The generator against xoshiro128** worked out in big integers, and its uniformity against fixed bounds.
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/core/numeric/random.js';
import { ArgumentError } from '../../../src/core/errors.js';
import { at } from '../oracle.js';

const word = 0xffffffffn;
const rotate = (x: bigint, by: bigint): bigint => ((x << by) | (x >> (32n - by))) & word;

/** xoshiro128** as published, on unbounded integers. */
function* reference(state: readonly number[]): Generator<number, never> {
  let [s0, s1, s2, s3] = state.map(BigInt) as [bigint, bigint, bigint, bigint];
  for (;;) {
    yield Number((rotate((s1 * 5n) & word, 7n) * 9n) & word);
    const shifted = (s1 << 9n) & word;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= shifted;
    s3 = rotate(s3, 11n);
  }
}

/** splitmix32 as published, on unbounded integers. */
function splitmix(seed: bigint, count: number): number[] {
  return Array.from({ length: count }, (_, i) => {
    let z = (seed + BigInt(i + 1) * 0x9e3779b9n) & word;
    z = ((z ^ (z >> 16n)) * 0x21f0aaadn) & word;
    z = ((z ^ (z >> 15n)) * 0x735a2d97n) & word;
    return Number(z ^ (z >> 15n));
  });
}

describe('createRandom', () => {
  it.each([0, 1, 3407, 2 ** 32 - 1])('fills its state from the seed %d by splitmix32', (seed) => {
    expect([...createRandom(seed).state]).toEqual(splitmix(BigInt(seed), 4));
  });

  it.each([1, 2, 3, 7, 8, 9, 1000, 2 ** 31, 2 ** 32 - 1])(
    'draws below %d by the top bits that it needs, again while they are too large (seed 5)',
    (n) => {
      const random = createRandom(5);
      const oracle = reference([...random.state]);
      const bits = Math.ceil(Math.log2(n));
      for (let i = 0; i < 100; i++) {
        let expected = n;
        while (n > 1 && expected >= n) expected = Math.floor(oracle.next().value / 2 ** (32 - bits));
        expect(random.below(n)).toBe(n > 1 ? expected : 0);
      }
    },
  );

  it('draws what xoshiro128** draws, in 24-bit steps, from seed 3407', () => {
    const random = createRandom(3407);
    const oracle = reference([...random.state]);
    for (let i = 0; i < 1000; i++) {
      expect(random.float()).toBe((oracle.next().value >>> 8) / 2 ** 24);
    }
  });

  it('starts with the published first outputs for the state 1, 2, 3, 4', () => {
    // 2·5 = 10, rotated left by 7 = 1280, ·9 = 11520; the second word is 0, so its output is 0.
    const random = createRandom(0);
    random.state = Uint32Array.of(1, 2, 3, 4);
    expect([random.float(), random.float()]).toEqual([(11520 >>> 8) / 2 ** 24, 0]);
  });

  it('gives floats that survive being stored as float32', () => {
    const random = createRandom(1);
    for (let i = 0; i < 10_000; i++) {
      const x = random.float();
      expect(Math.fround(x)).toBe(x);
      expect(x >= 0 && x < 1).toBe(true);
    }
  });

  it('goes on from a saved state, which is a copy', () => {
    const random = createRandom(7);
    random.float();
    const saved = random.state;
    const first = Array.from({ length: 20 }, () => random.below(1000));
    random.state = saved;
    saved.fill(0);
    expect(Array.from({ length: 20 }, () => random.below(1000))).toEqual(first);
  });

  it.each([1, 2, 3, 7, 64, 100])('draws below %i uniformly (seed 11)', (n) => {
    const random = createRandom(11);
    const counts = new Uint32Array(n);
    const draws = 20_000;
    for (let i = 0; i < draws; i++) (counts[random.below(n)] as number)++;
    const expected = draws / n;
    let chi = 0;
    for (const count of counts) chi += (count - expected) ** 2 / expected;
    // Mean n − 1, standard deviation √(2(n − 1)): five of them.
    expect(chi).toBeLessThanOrEqual(n - 1 + 5 * Math.sqrt(2 * (n - 1)));
  });

  it('reaches the top half of 32 bits below 2³² − 1', () => {
    const random = createRandom(3);
    const draws = Array.from({ length: 200 }, () => random.below(2 ** 32 - 1));
    expect(draws.every((x) => x >= 0 && x < 2 ** 32 - 1)).toBe(true);
    expect(draws.filter((x) => x >= 2 ** 31).length).toBeGreaterThan(60);
  });

  it('tells seeds apart, above 2³² too', () => {
    const first = [0, 1, 2, 2 ** 32, 2 ** 32 + 1, 2 ** 53 - 1].map((seed) => createRandom(seed).state.join());
    expect(new Set(first).size).toBe(first.length);
    expect(at(createRandom(5).state, 0)).toBe(at(createRandom(5).state, 0));
  });

  it.each([-1, 0.5, NaN, 2 ** 53])('refuses the seed %d', (seed) => {
    expect(() => createRandom(seed)).toThrow(/^seed must be an integer of at least 0, got /);
  });

  it('refuses a state that is no state', () => {
    const random = createRandom(0);
    // One word may be 0.
    random.state = Uint32Array.of(0, 1, 0, 0);
    expect([...random.state]).toEqual([0, 1, 0, 0]);
    expect(() => (random.state = [1, 2, 3, 4] as never)).toThrow(/4 words, got object/);
    expect(() => (random.state = new Uint32Array(3))).toThrow(/4 words, got 3 words/);
    expect(() => (random.state = new Uint32Array(4))).toThrow(/must not be all zero/);
    expect(() => (random.state = new Uint32Array(4))).toThrow(ArgumentError);
  });
});
