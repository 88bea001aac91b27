// Seeded random numbers: xoshiro128** (Blackman and Vigna, "Scrambled linear pseudorandom number generators",
// 2018), its 128 bits of state filled from the seed by splitmix32. Integer arithmetic only, so that the same
// seed gives the same draws in Node and in every browser.
import { checkInteger } from '../check.js';
import { ArgumentError } from '../errors.js';

/** A seeded generator of uniform numbers. Not for cryptography. */
export interface Random {
  /** A multiple of 2⁻²⁴ in [0, 1), uniform: exact as a float32, so storing it in one never rounds up to 1. */
  float(): number;
  /**
   * An integer in [0, n), uniform without bias.
   * @param n from 1 to 2³² − 1; not checked, since draws are the hottest loop of a selector.
   */
  below(n: number): number;
  /** The whole state, four words. Reading gives a copy; writing goes on from the given state. */
  state: Uint32Array;
}

/**
 * A generator for one seed.
 * @param seed an integer from 0 to 2⁵³ − 1
 * @throws ArgumentError when the seed is anything else
 * @example
 * const random = createRandom(7);
 * console.log(random.float(), random.below(6));
 */
export function createRandom(seed: number): Random {
  checkInteger('seed', seed, 0, Number.MAX_SAFE_INTEGER, 'runs with the same seed draw the same samples');
  return new Xoshiro128(seed);
}

class Xoshiro128 implements Random {
  readonly #s = new Uint32Array(4);

  constructor(seed: number) {
    // Both halves of a large seed count; seeds below 2³² are splitmix32 as it is usually written.
    let word = (seed ^ Math.imul(Math.floor(seed / 2 ** 32), 0x85ebca6b)) | 0;
    for (let i = 0; i < 4; i++) {
      word = (word + 0x9e3779b9) | 0;
      let z = word ^ (word >>> 16);
      z = Math.imul(z, 0x21f0aaad);
      z ^= z >>> 15;
      z = Math.imul(z, 0x735a2d97);
      this.#s[i] = z ^ (z >>> 15);
    }
    // splitmix32 is a bijection of its counter, so at most one of four words is zero: never the forbidden state.
  }

  get state(): Uint32Array {
    return this.#s.slice();
  }

  set state(words: Uint32Array) {
    if (!(words instanceof Uint32Array) || words.length !== 4) {
      const got = words instanceof Uint32Array ? `${words.length} words` : typeof words;
      throw new ArgumentError(`The state of a random generator is a Uint32Array of 4 words, got ${got}.`);
    }
    if (words.every((word) => word === 0)) {
      throw new ArgumentError('The state of a random generator must not be all zero.');
    }
    this.#s.set(words);
  }

  float(): number {
    return (this.#next() >>> 8) * 2 ** -24;
  }

  below(n: number): number {
    if (n <= 1) return 0;
    // The top bits that n − 1 needs, drawn again while they reach n: unbiased, and under two draws on average.
    const shift = Math.clz32(n - 1);
    let x = this.#next() >>> shift;
    while (x >= n) x = this.#next() >>> shift;
    return x;
  }

  #next(): number {
    const s = this.#s;
    let s0 = s[0] as number;
    let s1 = s[1] as number;
    let s2 = s[2] as number;
    let s3 = s[3] as number;
    const times5 = Math.imul(s1, 5);
    const result = Math.imul((times5 << 7) | (times5 >>> 25), 9);
    const shifted = s1 << 9;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= shifted;
    s3 = (s3 << 11) | (s3 >>> 21);
    s[0] = s0;
    s[1] = s1;
    s[2] = s2;
    s[3] = s3;
    return result;
  }
}
