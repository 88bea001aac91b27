// A shuffle of 0 … n − 1 that is worked out instead of kept: any place of it in a few nanoseconds, no memory at all, so
// that a pass without repeats costs the same for 10⁸ samples as for ten. A Feistel network over a rectangle of about
// n places (Black and Rogaway, "Ciphers with arbitrary finite domains", 2002); what falls outside n goes round again.
import type { Random } from './random.js';

/** The finaliser of MurmurHash3: 32 bits in, 32 well-mixed bits out. */
function mixed(x: number): number {
  let h = x;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** An integer in [0, n) from a hash, n up to 2¹⁶. */
const within = (hash: number, n: number): number => ((hash >>> 16) * n) >>> 16;

/**
 * The i-th number of a shuffle of 0 … n − 1.
 * @param i from 0 to n − 1
 * @param n from 1 to 2³² − 1
 * @param key 32 bits: another key, another shuffle
 */
export function permuted(i: number, n: number, key: number): number {
  const rows = Math.ceil(Math.sqrt(n));
  const columns = Math.ceil(n / rows);
  let place = i;
  do {
    let row = Math.floor(place / columns);
    let column = place - row * columns;
    for (let round = 0; round < 4; round++) {
      const roundKey = key + Math.imul(round + 1, 0x9e3779b1);
      if ((round & 1) === 0) {
        row += within(mixed(column ^ roundKey), rows);
        if (row >= rows) row -= rows;
      } else {
        column += within(mixed(row ^ roundKey), columns);
        if (column >= columns) column -= columns;
      }
    }
    place = row * columns + column;
  } while (place >= n);
  return place;
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

  /** Size, place in the pass, key: all there is. */
  get state(): readonly [number, number, number] {
    return [this.#size, this.#at, this.#key];
  }

  /** What is wrong with a state for a pass over `size` numbers is for the caller to say. */
  static isState(state: unknown, size: number): state is [number, number, number] {
    if (!Array.isArray(state) || state.length !== 3) return false;
    const [held, at, key] = state as unknown[];
    return (
      held === size &&
      Number.isInteger(at) &&
      (at as number) >= 0 &&
      (at as number) <= size &&
      Number.isInteger(key) &&
      (key as number) >= 0 &&
      (key as number) < 2 ** 32
    );
  }

  set state([size, at, key]: readonly [number, number, number]) {
    this.#size = size;
    this.#at = at;
    this.#key = key;
  }
}
