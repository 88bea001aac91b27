// Drawing without repeats in O(drawn): the first steps of a Fisher–Yates shuffle on a stretch of an order,
// then undone backwards, so that the order is as it was and only the random state has moved on.
import type { Random } from './random.js';

/** Holds the drawn samples of one generation; all memory is allocated once, for N samples. */
export class Draw {
  readonly #drawn: Uint32Array;
  readonly #swapped: Uint32Array;
  #count = 0;

  constructor(size: number) {
    this.#drawn = new Uint32Array(size);
    this.#swapped = new Uint32Array(size);
  }

  /** Forgets what was drawn before. */
  clear(): void {
    this.#count = 0;
  }

  /** Takes `order[start … start + length)` as it is. */
  take(order: Uint32Array, start: number, length: number): void {
    this.#drawn.set(order.subarray(start, start + length), this.#count);
    this.#count += length;
  }

  /** Draws `count` of `order[start … start + length)` uniformly without repeats; `order` is left as it was. */
  uniform(order: Uint32Array, start: number, length: number, count: number, random: Random): void {
    const drawn = this.#drawn;
    const swapped = this.#swapped;
    const base = this.#count;
    for (let i = 0; i < count; i++) {
      const j = start + i + random.below(length - i);
      const sample = order[j] as number;
      order[j] = order[start + i] as number;
      order[start + i] = sample;
      swapped[i] = j;
      drawn[base + i] = sample;
    }
    for (let i = count - 1; i >= 0; i--) {
      const j = swapped[i] as number;
      const sample = order[start + i] as number;
      order[start + i] = order[j] as number;
      order[j] = sample;
    }
    this.#count = base + count;
  }

  /** Everything drawn since `clear`, in drawing order; owned by this object, valid until the next `clear`. */
  get indices(): Uint32Array {
    return this.#drawn.subarray(0, this.#count);
  }
}
