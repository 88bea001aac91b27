// A calendar queue: items wait for a day, and days come round in a ring. Taking what is due and putting it off again
// cost O(1) an item, whatever waits. (Brown, "Calendar queues", CACM 1988, with days of fixed length.)
import type { StateArray } from '../contracts.js';
import { fields, type Part, type State } from '../state.js';
import { shuffleHead } from './sparse-draw.js';
import type { Random } from './random.js';

/** Stands for no stack. */
const none = 0xffff_ffff;

/** Items of a stack, at least and at most: with their notes two cache lines, or sixteen in a row, which are read ahead. */
const [smallest, largest] = [16, 128] as const;

/** Items, each with a number that is noted beside it. */
interface Noted {
  readonly items: Uint32Array;
  readonly notes: Float32Array;
}

/**
 * N items, each waiting for one of the days of a ring, or taken out. The last of a day that came goes first.
 *
 * Between two steps of training, caches forget everything, and reading memory here and there would be most of what
 * choosing costs. So a day is a pile of stacks, each in one stretch of memory, and what a strategy must know of an item at its
 * next visit lies beside it. Nothing is moved: a stack that is empty is the next one to be filled, while it is still in the
 * cache. Memory: 9 bytes an item at most and 140 a day.
 */
export class Calendar {
  /** The note of the item that was taken last. */
  noted = NaN;
  /** `[stacks, stackSize, 2]`: each item and its note, in one memory. */
  readonly #items: Uint32Array;
  readonly #notes: Float32Array;
  /** How many items wait for each day. */
  readonly #counts: Uint32Array;
  /** The uppermost stack of each day's pile. */
  readonly #top: Uint32Array;
  /** The stack below each, in its day's pile or in that of the empty ones. */
  readonly #below: Uint32Array;
  /** The uppermost of the stacks that were used and are empty now, and how many were ever used. */
  #empty = none;
  #used = 0;
  /** Items of a stack, a power of two. */
  readonly #stackSize: number;
  readonly #size: number;
  readonly #members: Uint32Array | undefined;
  readonly #fits: (note: number) => boolean;
  readonly #day = { today: 0 };

  /**
   * All items wait, in random order, spread evenly over the first `spread` days.
   * @param size items, N, below 2³² − 1
   * @param days length of the ring: no item is put off by more than that less one
   * @param spread from 1 to `days`
   * @param note what is noted of every item
   * @param fits whether a snapshot may have noted this
   * @param members the items that take part; default: all
   */
  constructor(
    size: number,
    days: number,
    spread: number,
    random: Random,
    note: number,
    fits: (note: number) => boolean,
    members?: Uint32Array,
  ) {
    this.#size = size;
    this.#members = members;
    this.#fits = fits;
    const order = members?.slice() ?? upTo(size);
    const count = order.length;
    // Each day may have one that is not full.
    let stackSize: number = smallest;
    while (stackSize < largest && 8 * stackSize * days <= count) stackSize *= 2;
    const stacks = Math.min(count, days) + Math.floor(count / stackSize);
    this.#stackSize = stackSize;
    this.#items = new Uint32Array(stacks * stackSize * 2);
    this.#notes = new Float32Array(this.#items.buffer);
    this.#counts = new Uint32Array(days);
    this.#top = new Uint32Array(days).fill(none);
    this.#below = new Uint32Array(stacks);
    shuffleHead(order, count, random);
    for (let i = 0; i < count; i++) this.#put(order[i] as number, Math.floor((i * spread) / count), note);
  }

  /** Takes the first items that are due, as many as `items` and `notes` have room for; there must be so many. */
  take({ items, notes }: Noted): void {
    const [counts, waiting, noted] = [this.#counts, this.#items, this.#notes];
    const mask = this.#stackSize - 1;
    let { today } = this.#day;
    for (let taken = 0; taken < items.length;) {
      const left = counts[today] as number;
      if (left === 0) {
        today = today + 1 === counts.length ? 0 : today + 1;
        continue;
      }
      const place = (left - 1) & mask;
      const count = Math.min(place + 1, items.length - taken);
      const stack = this.#top[today] as number;
      counts[today] = left - count;
      const end = taken + count;
      for (let at = 2 * (stack * (mask + 1) + place); taken < end; at -= 2, taken++) {
        items[taken] = waiting[at] as number;
        notes[taken] = noted[at + 1] as number;
      }
      if (count === place + 1) this.#drop(today, stack);
    }
    this.#day.today = today;
  }

  /** Takes the item that is due first; there must be one. */
  takeOne(): number {
    const counts = this.#counts;
    let { today } = this.#day;
    if (counts[today] === 0) {
      do today = today + 1 === counts.length ? 0 : today + 1;
      while (counts[today] === 0);
      this.#day.today = today;
    }
    const left = (counts[today] as number) - 1;
    const place = left & (this.#stackSize - 1);
    const stack = this.#top[today] as number;
    const at = 2 * (stack * this.#stackSize + place);
    counts[today] = left;
    this.noted = this.#notes[at + 1] as number;
    const item = this.#items[at] as number;
    if (place === 0) this.#drop(today, stack);
    return item;
  }

  /**
   * Puts an item that was taken off by some days. What is left of today goes first, however short the time.
   * @param days at least 0; rounded down, from tomorrow to a whole round less one
   * @param note what is noted beside it
   */
  putOff(item: number, days: number, note: number): void {
    const length = this.#counts.length;
    const day = this.#day.today + (Math.max(1, Math.min(length - 1, days)) | 0);
    this.#put(item, day < length ? day : day - length, note);
  }

  #put(item: number, day: number, note: number): void {
    const count = this.#counts[day] as number;
    const place = count & (this.#stackSize - 1);
    const stack = place === 0 ? this.#pile(day) : (this.#top[day] as number);
    const at = 2 * (stack * this.#stackSize + place);
    this.#items[at] = item;
    this.#notes[at + 1] = note;
    this.#counts[day] = count + 1;
  }

  /** Puts an empty stack on a day's pile. */
  #pile(day: number): number {
    const again = this.#empty !== none;
    const stack = again ? this.#empty : this.#used++;
    if (again) this.#empty = this.#below[stack] as number;
    this.#below[stack] = this.#top[day] as number;
    this.#top[day] = stack;
    return stack;
  }

  /** Takes the uppermost stack, which is empty now, off a day's pile. */
  #drop(day: number, stack: number): void {
    this.#top[day] = this.#below[stack] as number;
    this.#below[stack] = this.#empty;
    this.#empty = stack;
  }

  /**
   * What there is to save: in a snapshot each item must wait exactly once, or be taken out.
   * @param out the items that are taken out
   */
  state(out: Uint32Array): State {
    const days = this.#counts.length;
    const expected = `each of the ${this.#members?.length ?? this.#size} samples to wait exactly once`;
    // Listed once for both of its parts.
    let listed: Noted | undefined;
    const all = (): Noted => (listed ??= this.#listed());
    // Day after day, and of each day the first that came first.
    const waiting: Part = {
      expected,
      read: () => all().items,
      check: (items, { arrays: { counts, notes } }) => {
        if (!(
          items instanceof Uint32Array &&
          counts instanceof Uint32Array &&
          notes instanceof Float32Array
        )) {
          return undefined;
        }
        const fits = counts.length === days && this.#isWhole(items, counts, out);
        return fits && notes.length === items.length && notes.every(this.#fits)
          ? () => this.#fill({ items, notes }, counts)
          : undefined;
      },
    };
    // `waiting` looks at them, and takes them over.
    const beside = (read: () => StateArray): Part => ({ read, check: () => () => undefined });
    return {
      waiting,
      counts: beside(() => this.#counts.slice()),
      notes: beside(() => all().notes),
      ...fields(this.#day, (today) => this.#counts[today] !== undefined),
    };
  }

  /** All that wait. */
  #listed(): Noted {
    const count = this.#counts.reduce((sum, each) => sum + each, 0);
    const [items, notes] = [new Uint32Array(count), new Float32Array(count)];
    let start = 0;
    this.#counts.forEach((length, day) => {
      let stack = this.#top[day] as number;
      for (let left = length - 1; left >= 0; left--) {
        const place = left & (this.#stackSize - 1);
        const at = 2 * (stack * this.#stackSize + place);
        items[start + left] = this.#items[at] as number;
        notes[start + left] = this.#notes[at + 1] as number;
        if (place === 0) stack = this.#below[stack] as number;
      }
      start += length;
    });
    return { items, notes };
  }

  /** Puts all anew. */
  #fill({ items, notes }: Noted, counts: Uint32Array): void {
    this.#counts.fill(0);
    this.#top.fill(none);
    this.#empty = none;
    this.#used = 0;
    let at = 0;
    counts.forEach((count, day) => {
      for (let i = 0; i < count; i++, at++) this.#put(items[at] as number, day, notes[at] as number);
    });
  }

  /** Whether the items are all there, waiting or out, and none is twice. */
  #isWhole(items: Uint32Array, counts: Uint32Array, out: Uint32Array): boolean {
    const members = this.#members;
    const seen = new Uint8Array(this.#size).fill(+(members !== undefined));
    members?.forEach((item) => (seen[item] = 0));
    const see = (item: number): boolean => item < seen.length && seen[item]!++ === 0;
    return (
      counts.reduce((sum, count) => sum + count, 0) === items.length &&
      items.every(see) &&
      out.every(see) &&
      items.length + out.length === (members?.length ?? this.#size)
    );
  }
}

/** 0 … n − 1. */
function upTo(n: number): Uint32Array {
  const numbers = new Uint32Array(n);
  for (let i = 0; i < n; i++) numbers[i] = i;
  return numbers;
}
