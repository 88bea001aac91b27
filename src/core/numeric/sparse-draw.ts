// Drawing few of many without repeats, in time and memory of what is drawn: the head of a Fisher–Yates shuffle of
// 0 … n − 1 that keeps only the places it has changed, in a hash table. It draws what the shuffle of a real array
// draws from the same random state, however large n is.
import type { Random } from './random.js';

/** Swaps each of the first `count` items with one drawn uniformly from itself and those behind it. */
export function shuffleHead(items: Uint32Array, count: number, random: Random): void {
  const n = items.length;
  for (let i = 0; i < count; i++) {
    const j = i + random.below(n - i);
    const item = items[j] as number;
    items[j] = items[i] as number;
    items[i] = item;
  }
}

/** A shuffle of 0 … n − 1 of which only the head is looked at, one number after the other. */
export class SparseShuffle {
  /** The places that were changed, plus 1, and the numbers there now; 0 is an empty slot. */
  #places = new Uint32Array(0);
  #numbers = new Uint32Array(0);
  #shift = 0;
  #mask = 0;
  #size = 0;
  #drawn = 0;

  /**
   * Begins anew.
   * @param size n, from 1 to 2³² − 1
   * @param expected about how many numbers will be drawn; with more, the table grows
   */
  start(size: number, expected: number): void {
    // Twice as many slots as numbers, or more: a table half empty is seldom searched beyond the first slot.
    const bits = 33 - Math.clz32(Math.max(expected, 16));
    this.#resize(2 ** bits);
    this.#places.fill(0, 0, 2 ** bits);
    this.#size = size;
    this.#drawn = 0;
  }

  /** The next number, drawn uniformly from those that are left. Not to be called more than n times. */
  next(random: Random): number {
    const i = this.#drawn++;
    if (2 * i > this.#mask) this.#grow();
    const j = i + random.below(this.#size - i);
    const places = this.#places;
    const numbers = this.#numbers;
    const passed = this.#slotOf(i);
    const moved = places[passed] === 0 ? i : (numbers[passed] as number);
    // Places passed are not looked at again.
    if (j === i) return moved;
    const slot = this.#slotOf(j);
    const number = places[slot] === 0 ? j : (numbers[slot] as number);
    places[slot] = j + 1;
    numbers[slot] = moved;
    return number;
  }

  /** The slot that holds a place, or the empty one where it would go. */
  #slotOf(place: number): number {
    const places = this.#places;
    const mark = place + 1;
    let slot = Math.imul(place, 0x9e3779b1) >>> this.#shift;
    for (let held = places[slot]; held !== mark && held !== 0; held = places[slot]) {
      slot = (slot + 1) & this.#mask;
    }
    return slot;
  }

  #grow(): void {
    const length = this.#mask + 1;
    const places = this.#places.slice(0, length);
    const numbers = this.#numbers.slice(0, length);
    this.#resize(2 * length);
    this.#places.fill(0, 0, 2 * length);
    for (let i = 0; i < length; i++) {
      const place = places[i] as number;
      if (place === 0) continue;
      const slot = this.#slotOf(place - 1);
      this.#places[slot] = place;
      this.#numbers[slot] = numbers[i] as number;
    }
  }

  /** Uses so many slots, a power of 2. */
  #resize(slots: number): void {
    if (this.#places.length < slots) {
      this.#places = new Uint32Array(slots);
      this.#numbers = new Uint32Array(slots);
    }
    this.#shift = Math.clz32(slots) + 1;
    this.#mask = slots - 1;
  }
}
