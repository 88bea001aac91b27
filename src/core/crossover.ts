// Frequency-guided crossover (EVOS, Sec. 3.3): from every sample's fitness to an order over the whole pool, the
// unselected first and the fittest last. Each later step takes the tail of the order as its elite.
// It runs at evaluating steps only, in O(N), on memory allocated once.
import { RadixSort } from './radix-sort.js';
import { below, KthLargest, same, writeKeys } from './top-k.js';

/** How error and frequency fitness are brought together; see {@link Crossover.update}. */
export type CrossoverMethod = 'select' | 'add' | 'no';

/** The names of the crossover methods. */
export const crossoverMethods = ['select', 'add', 'no'] as const;

/** Groups of the order, from its head to its tail. */
const unselected = 0;
const frequencyOnly = 1;
const errorOnly = 2;
const both = 3;

/** Turns fitness into an order over all N samples. */
export class Crossover {
  /** `[N]`: a permutation of the samples, unselected first, fittest last. The selector may write it when restoring. */
  readonly order: Uint32Array;
  readonly #ranked: boolean;
  readonly #kth = new KthLargest();
  readonly #keys: Int32Array;
  readonly #frequencyKeys: Int32Array;
  /** Scratch: keys of a few samples, or samples on their way into the order. */
  readonly #subset: Int32Array;
  readonly #sequence: Uint32Array;
  readonly #groups: Uint8Array;
  readonly #places = new Uint32Array(both + 1);
  readonly #combined: Float32Array;
  readonly #sorter: RadixSort | undefined;

  /**
   * @param size N
   * @param ranked whether samples are ordered inside their groups too. A selector whose elite never changes in size
   *   always cuts at the same place, needs sets alone, and so saves the sort.
   */
  constructor(size: number, ranked: boolean) {
    this.order = new Uint32Array(size);
    for (let i = 0; i < size; i++) this.order[i] = i;
    this.#ranked = ranked;
    this.#keys = new Int32Array(size);
    this.#frequencyKeys = new Int32Array(size);
    this.#subset = new Int32Array(size);
    this.#sequence = new Uint32Array(this.#subset.buffer);
    this.#groups = new Uint8Array(size);
    this.#combined = new Float32Array(size);
    this.#sorter = ranked ? new RadixSort(size) : undefined;
  }

  /**
   * Orders the samples anew.
   * - `no`: by error alone; so is everything when there is no frequency fitness.
   * - `add`: by error + weight · frequency.
   * - `select`: A = the k largest by error, B = the k largest by frequency. A∩B stays; of the places left,
   *   ⌊places · mean(error)/(mean(error) + mean(weight · frequency))⌋ go to A∖B, the others to B∖A, highest first.
   *   Order: the rest by ascending error, B∖A's by ascending frequency, A∖B's and A∩B by ascending error.
   *
   * Ties go to the lowest index. A side without a place gets nothing; the official code takes that whole side instead
   * (a slice from −0), which then pushes the other side out of the elite.
   * @param errors `[N]`, finite and not negative; not modified
   * @param frequency `[N]`, finite and not negative, not weighted; not modified
   * @param survivors k, from 0 to N
   */
  update(
    method: CrossoverMethod,
    errors: Float32Array,
    frequency: Float32Array | undefined,
    weight: number,
    survivors: number,
  ): void {
    if (method === 'no' || frequency === undefined) this.#byFitness(errors, survivors);
    else if (method === 'add') {
      const combined = this.#combined;
      for (let i = 0; i < combined.length; i++) {
        combined[i] = (errors[i] as number) + weight * (frequency[i] as number);
      }
      this.#byFitness(combined, survivors);
    } else this.#select(errors, frequency, weight, survivors);
  }

  #byFitness(fitness: Float32Array, survivors: number): void {
    writeKeys(fitness, this.#keys, 'fitness');
    this.#groups.fill(unselected);
    // Sorted, the order is right wherever it is cut; unsorted, it needs the cut marked.
    if (!this.#ranked) this.#mark(this.#keys, survivors, both);
    this.#arrange();
  }

  #select(errors: Float32Array, frequency: Float32Array, weight: number, survivors: number): void {
    const groups = this.#groups.fill(unselected);
    writeKeys(errors, this.#keys, 'errors');
    writeKeys(frequency, this.#frequencyKeys, 'frequency');
    this.#mark(this.#keys, survivors, errorOnly);
    this.#mark(this.#frequencyKeys, survivors, frequencyOnly);
    const n = groups.length;
    let shared = 0;
    for (let i = 0; i < n; i++) shared += same(groups[i] as number, both);
    const meanError = mean(errors);
    const total = meanError + weight * mean(frequency);
    const places = survivors - shared;
    // Nothing wrong anywhere: no ratio to share by, so error decides, as it does without a frequency.
    const forError = total > 0 ? Math.floor(places * (meanError / total)) : places;
    this.#keepHighest(errorOnly, this.#keys, forError);
    this.#keepHighest(frequencyOnly, this.#frequencyKeys, places - forError);
    this.#arrange();
  }

  /** Adds `group`'s bit to the k samples of the largest keys. */
  #mark(keys: Int32Array, k: number, group: number): void {
    if (k === 0) return;
    const groups = this.#groups;
    const n = groups.length;
    this.#kth.find(keys, n, k, this.#subset);
    const threshold = this.#kth.key;
    let ties = this.#kth.ties;
    for (let i = 0; i < n; i++) {
      const key = keys[i] as number;
      (groups[i] as number) |= group & -below(threshold, key);
      if (key === threshold && ties-- > 0) (groups[i] as number) |= group;
    }
  }

  /** Leaves the `count` samples of the largest keys in `group` and sends its others back to the unselected. */
  #keepHighest(group: number, keys: Int32Array, count: number): void {
    const groups = this.#groups;
    const n = groups.length;
    const subset = this.#subset;
    let members = 0;
    for (let i = 0; i < n; i++) {
      subset[members] = keys[i] as number;
      members += same(groups[i] as number, group);
    }
    if (members === count) return;
    let threshold = 0x7fffffff;
    let ties = 0;
    if (count > 0) {
      this.#kth.find(subset, members, count, subset);
      threshold = this.#kth.key;
      ties = this.#kth.ties;
    }
    for (let i = 0; i < n; i++) {
      const key = keys[i] as number;
      const dropped = same(groups[i] as number, group) & (1 - below(threshold, key));
      if (key === threshold && dropped === 1 && ties-- > 0) continue;
      (groups[i] as number) &= dropped - 1;
    }
  }

  /** Writes the order: group after group, ranked inside them if asked for. */
  #arrange(): void {
    const { order } = this;
    const groups = this.#groups;
    const n = order.length;
    const sequence = this.#sequence;
    for (let i = 0; i < n; i++) sequence[i] = n - 1 - i;
    // Falling indices before a stable ascending sort: of equal samples the lowest index lies nearest the tail.
    if (this.#sorter !== undefined) this.#sorter.sort(this.#keys.reverse(), sequence, n);
    const places = this.#places.fill(0);
    for (let i = 0; i < n; i++) (places[groups[i] as number] as number)++;
    let start = 0;
    for (let group = unselected; group <= both; group++) {
      const count = places[group] as number;
      places[group] = start;
      start += count;
    }
    const firstByFrequency = places[frequencyOnly] as number;
    for (let i = 0; i < n; i++) {
      const sample = sequence[i] as number;
      const group = groups[sample] as number;
      const place = places[group] as number;
      order[place] = sample;
      places[group] = place + 1;
    }
    if (this.#sorter !== undefined) this.#rankByFrequency(this.#sorter, firstByFrequency);
  }

  /** Rewrites the frequency-only stretch of the order, which begins at `start`, by ascending frequency. */
  #rankByFrequency(sorter: RadixSort, start: number): void {
    const groups = this.#groups;
    const sequence = this.#sequence;
    const keys = this.#keys;
    let count = 0;
    for (let i = groups.length - 1; i >= 0; i--) {
      if (groups[i] !== frequencyOnly) continue;
      sequence[count] = i;
      keys[count++] = this.#frequencyKeys[i] as number;
    }
    sorter.sort(keys, sequence, count);
    this.order.set(sequence.subarray(0, count), start);
  }
}

/** In double precision, so that the share does not depend on how the sum is split. */
function mean(values: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  return sum / values.length;
}
