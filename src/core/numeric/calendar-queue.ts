// A calendar queue: items wait for a day, and days come round in a ring. Taking what is due and putting it off again
// cost O(1) an item, whatever waits. (Brown, "Calendar queues", CACM 1988, with days of fixed length.)
import type { StateArray } from '../contracts.js';
import { fields, type Part, type State } from '../state.js';
import { shuffleHead } from './sparse-draw.js';
import type { Random } from './random.js';

/** Stands for no stack. */
const none = 0xffff_ffff;

/** Items of a stack: a cache line. */
const stackSize = 16;

/** Items, each with a number that is noted beside it. */
interface Noted {
  readonly items: Uint32Array;
  readonly notes: Float32Array;
}

/**
 * N items, each waiting for one of the days of a ring, or taken out. The last of a day that came goes first.
 *
 * Between two steps of training, caches forget everything, and reading memory here and there would be most of what
 * choosing costs. So a day's last items lie in a stack of its own, these stacks side by side; those that are full are put
 * aside, on a pile for each day. What a strategy must know of an item at its next visit is noted beside it. Memory: 8 bytes
 * an item and 136 a day.
 */
export class Calendar {
  /** The note of the item that was taken last. */
  noted = NaN;
  /** `[days + stacks, stackSize]`: first the stack of each day, then those put aside. */
  readonly #items: Uint32Array;
  readonly #notes: Float32Array;
  /** How many items wait for each day. */
  readonly #counts: Uint32Array;
  /** The uppermost stack of each day's pile. */
  readonly #top: Uint32Array;
  /** The stack below each that was put aside, in its day's pile or in that of the empty ones. */
  readonly #below: Uint32Array;
  /** The uppermost of the stacks that were used and are empty now, and how many were ever used. */
  #empty = none;
  #used = 0;
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
    const order = members?.slice() ?? Uint32Array.from({ length: size }, (_, i) => i);
    const count = order.length;
    const stacks = Math.floor(count / stackSize);
    this.#items = new Uint32Array((days + stacks) * stackSize);
    this.#notes = new Float32Array((days + stacks) * stackSize);
    this.#counts = new Uint32Array(days);
    this.#top = new Uint32Array(days).fill(none);
    this.#below = new Uint32Array(stacks);
    shuffleHead(order, count, random);
    for (let i = 0; i < count; i++) this.#put(order[i] as number, Math.floor((i * spread) / count), note);
  }

  /** Takes the first items that are due, as many as `items` and `notes` have room for; there must be so many. */
  take({ items, notes }: Noted): void {
    const [counts, waiting, noted] = [this.#counts, this.#items, this.#notes];
    let { today } = this.#day;
    for (let taken = 0; taken < items.length;) {
      const left = counts[today] as number;
      if (left === 0) {
        today = today + 1 === counts.length ? 0 : today + 1;
        continue;
      }
      // What is left of the day's own stack, or a whole one of its pile.
      const place = (left - 1) % stackSize;
      if (place === stackSize - 1) this.#fetch(today);
      const count = Math.min(place + 1, items.length - taken);
      counts[today] = left - count;
      for (let at = today * stackSize + place, end = taken + count; taken < end; at--, taken++) {
        items[taken] = waiting[at] as number;
        notes[taken] = noted[at] as number;
      }
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
    const place = left % stackSize;
    counts[today] = left;
    if (place === stackSize - 1) this.#fetch(today);
    const at = today * stackSize + place;
    this.noted = this.#notes[at] as number;
    return this.#items[at] as number;
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
    const place = count % stackSize;
    const at = day * stackSize + place;
    this.#items[at] = item;
    this.#notes[at] = note;
    this.#counts[day] = count + 1;
    if (place === stackSize - 1) this.#putAside(day);
  }

  /** Puts the full stack of a day on its pile. */
  #putAside(day: number): void {
    const again = this.#empty !== none;
    const stack = again ? this.#empty : this.#used++;
    if (again) this.#empty = this.#below[stack] as number;
    this.#below[stack] = this.#top[day] as number;
    this.#top[day] = stack;
    this.#copy(day, this.#counts.length + stack);
  }

  /** Makes the uppermost stack of a day's pile the day's own. */
  #fetch(day: number): void {
    const stack = this.#top[day] as number;
    this.#copy(this.#counts.length + stack, day);
    this.#top[day] = this.#below[stack] as number;
    this.#below[stack] = this.#empty;
    this.#empty = stack;
  }

  #copy(from: number, to: number): void {
    const [items, notes] = [this.#items, this.#notes];
    const [source, target] = [from * stackSize, to * stackSize];
    for (let i = 0; i < stackSize; i++) {
      items[target + i] = items[source + i] as number;
      notes[target + i] = notes[source + i] as number;
    }
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
      let stack = day;
      let below = this.#top[day] as number;
      for (let left = length - 1; left >= 0; left--) {
        const place = left % stackSize;
        // A stack that is full has been put aside.
        if (place === stackSize - 1) {
          stack = this.#counts.length + below;
          below = this.#below[below] as number;
        }
        items[start + left] = this.#items[stack * stackSize + place] as number;
        notes[start + left] = this.#notes[stack * stackSize + place] as number;
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
