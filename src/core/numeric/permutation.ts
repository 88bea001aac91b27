// A shuffle of 0 … n − 1 that is worked out instead of kept: any place of it in a few nanoseconds, no memory at all, so
// that a pass without repeats costs the same for 10⁸ samples as for ten. A Feistel network permutes the next power of
// two; what falls outside n goes round again (Black and Rogaway, "Ciphers with arbitrary finite domains", 2002).
import type { Snapshot } from '../contracts.js';
import type { Part } from '../state.js';
import type { Random } from './random.js';

/** The finaliser of MurmurHash3: 32 bits in, 32 well-mixed bits out. */
function mixed(x: number): number {
  let h = x;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Sixteen bits of a round: of one half, a constant of the round, and the key. */
function fold(half: number, constant: number, key: number): number {
  const h = Math.imul((half + constant) ^ key, 0x9e3779b1);
  return Math.imul(h ^ (h >>> 15), key | 1) >>> 16;
}

/**
 * The i-th number of a shuffle of 0 … n − 1.
 * @param i from 0 to n − 1
 * @param n from 1 to 2³² − 1
 * @param key 32 bits: another key, another shuffle
 */
export function permuted(i: number, n: number, key: number): number {
  const bits = 32 - Math.clz32(n - 1);
  const low = bits >>> 1;
  const lowMask = (1 << low) - 1;
  const highMask = (1 << (bits - low)) - 1;
  const a = mixed(key) | 0;
  const b = Math.imul(a ^ (a >>> 15), 0x2c1b3c6d);
  let place = i;
  do {
    let right = place & lowMask;
    let left = place >>> low;
    left ^= fold(right, 0x3c6ef372, a) & highMask;
    right ^= fold(left, 0x1b873593, b) & lowMask;
    left ^= fold(right, 0x68e31da4, b) & highMask;
    right ^= fold(left, 0x7feb352d, a) & lowMask;
    place = ((left << low) | right) >>> 0;
  } while (place >= n);
  // Whatever the rounds favour, every place is as likely as any other. Pairs are not quite: what follows one another stays together
  // up to a third more often than by chance.
  place = Math.floor(place + ((a ^ b) >>> 0) * 2 ** -32 * n);
  return place >= n ? place - n : place;
}

/** A key for one of many shuffles, of two numbers that tell them apart and the salt of a run. */
export function shuffleKey(a: number, b: number, salt: number): number {
  return mixed(mixed(a ^ salt) + Math.imul(b, 0x9e3779b1));
}

/** Goes through 0 … n − 1 again and again, each pass in a new random order. */
export class Passes {
  #size = 1;
  #at = 0;
  #key = 0;

  /** Begins a pass over n numbers, from 1 to 2³² − 1. */
  start(size: number, random: Random): void {
    this.#size = size;
    this.#at = 0;
    this.#key = random.below(2 ** 32 - 1);
  }

  next(random: Random): number {
    if (this.#at === this.#size) this.start(this.#size, random);
    return permuted(this.#at++, this.#size, this.#key);
  }

  /**
   * What there is to save: size, place in the pass, key.
   * @param sizeIn of the pass that a snapshot must be in
   */
  part(sizeIn: (snapshot: Snapshot) => number): Part {
    return {
      expected: 'a place in a pass',
      read: () => [this.#size, this.#at, this.#key],
      check: (value, snapshot) => {
        const [size, at, key] = Array.isArray(value) ? (value as unknown[]) : [];
        if (size !== sizeIn(snapshot) || !isBelow(at, size + 1) || !isBelow(key, 2 ** 32)) return undefined;
        return () => ([this.#size, this.#at, this.#key] = [size, at, key]);
      },
    };
  }
}

function isBelow(value: unknown, end: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < end;
}
