// A calendar queue: items wait for a day, and days come round in a ring. Taking what is due and putting it off again
// cost O(1) an item, whatever waits. (Brown, "Calendar queues", CACM 1988, with days of fixed length.)
import { array, fields, type State } from '../state.js';
import { shuffleHead } from './sparse-draw.js';
import type { Random } from './random.js';
import type { StateArray } from '../contracts.js';

/** Ends a day's list. */
const none = 0xffff_ffff;

/** N items, each waiting for one of the days of a ring, or taken out. Memory: 4 bytes an item, 4 a day. */
export class Calendar {
  /** The item behind each in its day's list. */
  readonly #next: Uint32Array;
  /** The first item of each day. */
  readonly #first: Uint32Array;
  readonly #members: Uint32Array | undefined;
  readonly #day = { today: 0 };

  /**
   * All items wait, in random order, spread evenly over the first `spread` days.
   * @param size items, N, below 2³² − 1
   * @param days length of the ring: no item is put off by more than that less one
   * @param spread from 1 to `days`
   * @param members the items that take part; default: all
   */
  constructor(size: number, days: number, spread: number, random: Random, members?: Uint32Array) {
    this.#next = new Uint32Array(size);
    this.#first = new Uint32Array(days).fill(none);
    this.#members = members;
    const order = members?.slice() ?? this.#next.map((_, i) => i);
    const count = order.length;
    shuffleHead(order, count, random);
    for (let i = 0; i < count; i++) this.#put(order[i] as number, Math.floor((i * spread) / count));
  }

  /** Takes the first `out.length` items that are due; there must be so many. */
  take(out: Uint32Array): void {
    for (let i = 0; i < out.length; i++) out[i] = this.takeOne();
  }

  /** Takes the item that is due first; there must be one. */
  takeOne(): number {
    const first = this.#first;
    let item = first[this.#day.today] as number;
    while (item === none) {
      this.#day.today = this.#day.today + 1 === first.length ? 0 : this.#day.today + 1;
      item = first[this.#day.today] as number;
    }
    first[this.#day.today] = this.#next[item] as number;
    return item;
  }

  /**
   * Puts an item that was taken off by some days. What is left of today goes first, however short the time.
   * @param days at least 0; rounded down, from tomorrow to a whole round less one
   */
  putOff(item: number, days: number): void {
    const length = this.#first.length;
    const whole = Math.max(1, Math.min(length - 1, Math.floor(days)));
    this.#put(item, (this.#day.today + whole) % length);
  }

  #put(item: number, day: number): void {
    this.#next[item] = this.#first[day] as number;
    this.#first[day] = item;
  }

  /**
   * What there is to save: in a snapshot each item must wait exactly once, or be taken out.
   * @param out the items that are taken out
   */
  state(out: Uint32Array): State {
    const size = this.#members?.length ?? this.#next.length;
    const expected = `each of the ${size} samples to wait exactly once`;
    return {
      next: array(this.#next, expected),
      first: array(this.#first, expected, (first, { arrays: { next } }) => this.#isWhole(first, next, out)),
      ...fields(this.#day, (today) => this.#first[today] !== undefined),
    };
  }

  /** Whether the items are all there, waiting or out, and none is twice. */
  #isWhole(first: Uint32Array, next: StateArray | undefined, out: Uint32Array): boolean {
    const size = this.#next.length;
    const members = this.#members;
    const seen = new Uint8Array(size).fill(+(members !== undefined));
    members?.forEach((item) => (seen[item] = 0));
    let count = 0;
    const see = (item: number): boolean => {
      if (item >= size || seen[item] === 1) return false;
      seen[item] = 1;
      count++;
      return true;
    };
    const listed = first.every((head) => {
      for (let item = head; item !== none; item = next?.[item] ?? none) if (!see(item)) return false;
      return true;
    });
    return listed && out.every(see) && count === (members?.length ?? size);
  }
}
