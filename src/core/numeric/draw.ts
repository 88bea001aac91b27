// Drawing without repeats from a stretch of an order, in O(drawn). The order is left as it was, so a draw moves on
// nothing but the random state.
import { grown } from './growable-array.js';
import type { Random } from './random.js';
import { shuffleHead, SparseShuffle } from './sparse-draw.js';

/** A stretch up to so many times as long as what is drawn from it is copied and shuffled: that is the faster way. */
export const copiedUpTo = 16;

/** Holds the drawn samples of one generation. Its memory grows with what is drawn, to 4 bytes a sample. */
export class Draw {
  readonly #size: number;
  readonly #shuffle = new SparseShuffle();
  #drawn = new Uint32Array(0);
  #count = 0;

  /** @param size N: no generation has more samples */
  constructor(size: number) {
    this.#size = size;
  }

  /** Forgets what was drawn before. */
  clear(): void {
    this.#count = 0;
  }

  /** Takes `order[start … start + length)` as it is. */
  take(order: Uint32Array, start: number, length: number): void {
    this.#reserve(length);
    this.#drawn.set(order.subarray(start, start + length), this.#count);
    this.#count += length;
  }

  /** Draws `count` of `order[start … start + length)` at random, without repeats. */
  atRandom(order: Uint32Array, start: number, length: number, count: number, random: Random): void {
    const base = this.#count;
    if (length <= copiedUpTo * count) {
      this.#reserve(length);
      this.#drawn.set(order.subarray(start, start + length), base);
      shuffleHead(this.#drawn.subarray(base, base + length), count, random);
    } else {
      this.#reserve(count);
      const shuffle = this.#shuffle;
      shuffle.start(length, count);
      for (let i = 0; i < count; i++) this.#drawn[base + i] = order[start + shuffle.next(random)] as number;
    }
    this.#count = base + count;
  }

  /** Everything drawn since `clear`, in drawing order; owned by this object, valid until the next `clear`. */
  get indices(): Uint32Array<ArrayBuffer> {
    return this.#drawn.subarray(0, this.#count);
  }

  #reserve(more: number): void {
    this.#drawn = grown(this.#drawn, this.#count + more, this.#size);
  }
}
