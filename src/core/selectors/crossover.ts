// Frequency-guided crossover (EVOS, Sec. 3.3): from every sample's fitness to an order over the whole pool, the
// unselected first and the fittest last. Each later step takes the tail of the order as its elite.
// It runs at evaluating steps only, in O(N), on memory allocated once: two passes find the fittest by error and by
// frequency, one writes the order, and all between them touches only those found.
import { block, blockSize as size } from '../numeric/blocks.js';
import { checkFitness } from './fitness.js';
import { RadixSort } from '../numeric/radix-sort.js';
import { Sieve } from '../numeric/top-k-filter.js';

/** How error and frequency fitness are brought together; see {@link Crossover.update}. */
export type CrossoverMethod = 'select' | 'add' | 'no';

/** The names of the crossover methods. */
export const crossoverMethods = ['select', 'add', 'no'] as const;

/** The means of the two fitnesses, in double precision. */
export interface FitnessMeans {
  readonly errors: number;
  readonly frequency: number;
}

/** Groups of the order, from its head to its tail. */
const unselected = 0;
const frequencyOnly = 1;
const errorOnly = 2;
const both = 3;

/** Turns fitness into an order over all N samples. Holds 17 bytes per sample, 23 where they are ranked. */
export class Crossover {
  /** `[N]`: a permutation of the samples, unselected first, fittest last. The selector may write it when restoring. */
  readonly order: Uint32Array;
  readonly #sieve = new Sieve();
  readonly #sorter: RadixSort | undefined;
  readonly #groups: Uint8Array;
  /** The fittest by error and by frequency. */
  readonly #byError: Uint32Array;
  readonly #byFrequency: Uint32Array;
  /** The fitness that `add` ranks by, or that of a few samples. */
  readonly #values: Float32Array;

  /**
   * @param size N
   * @param ranked whether samples are ordered inside their groups too. A selector whose elite never changes in size
   *   always cuts at the same place, needs sets alone, and so saves the sort.
   */
  constructor(size: number, ranked: boolean) {
    this.order = new Uint32Array(size);
    for (let i = 0; i < size; i++) this.order[i] = i;
    this.#sorter = ranked ? new RadixSort(size) : undefined;
    this.#groups = new Uint8Array(size);
    this.#byError = new Uint32Array(size);
    this.#byFrequency = new Uint32Array(size);
    this.#values = new Float32Array(size);
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
   * @param means of both, if they are known; `select` alone uses them
   */
  update(
    method: CrossoverMethod,
    errors: Float32Array,
    frequency: Float32Array | undefined,
    weight: number,
    survivors: number,
    means?: FitnessMeans,
  ): void {
    if (method === 'no' || frequency === undefined) this.#byFitness(errors, survivors);
    else if (method === 'add') {
      add(errors, weight, frequency, this.#values);
      this.#byFitness(this.#values, survivors);
    } else {
      const { errors: error, frequency: other } = means ?? {
        errors: checkFitness('The error', errors),
        frequency: checkFitness('The frequency fitness', frequency),
      };
      const total = error + weight * other;
      // Nothing wrong anywhere: no ratio to share by, so error decides, as it does without a frequency.
      this.#select(errors, frequency, survivors, total > 0 ? error / total : undefined);
    }
  }

  #byFitness(fitness: Float32Array, survivors: number): void {
    const groups = this.#groups.fill(unselected);
    // Sorted, the order is right wherever it is cut; unsorted, it needs the cut marked.
    if (this.#sorter === undefined) {
      this.#sieve.select(fitness, survivors, this.#byError);
      mark(this.#byError, survivors, both, groups);
    }
    this.#arrange(fitness, fitness, survivors);
  }

  /** @param share of the places of those fit by one alone that error gets; all if undefined */
  #select(errors: Float32Array, frequency: Float32Array, survivors: number, share: number | undefined): void {
    const groups = this.#groups.fill(unselected);
    const byError = this.#byError;
    const byFrequency = this.#byFrequency;
    this.#sieve.select(errors, survivors, byError);
    this.#sieve.select(frequency, survivors, byFrequency);
    mark(byError, survivors, errorOnly, groups);
    // As many are fit by error alone as by frequency alone. They share the places that those fit by both leave.
    const places = setApart(byFrequency, survivors, unselected, groups, frequency, this.#values);
    const forError = share === undefined ? places : Math.floor(places * share);
    this.#markHighest(byFrequency, places, places - forError, frequencyOnly);
    setApart(byError, survivors, errorOnly, groups, errors, this.#values);
    this.#markHighest(byError, places, forError, errorOnly);
    this.#arrange(errors, frequency, survivors);
  }

  /** Of the first `count` samples, whose fitness was set apart, marks the `places` fittest. */
  #markHighest(samples: Uint32Array, count: number, places: number, group: number): void {
    // The order is free until it is written.
    const highest = this.order;
    if (places > 0) this.#sieve.select(this.#values.subarray(0, count), places, highest);
    const groups = this.#groups;
    for (let i = 0; i < places; i++) groups[samples[highest[i] as number] as number] = group;
  }

  /** Writes the order: group after group, ranked inside them if asked for. */
  #arrange(errors: Float32Array, frequency: Float32Array, selected: number): void {
    const { order } = this;
    const groups = this.#groups;
    if (this.#sorter !== undefined) {
      this.#sorter.sort(groups, errors, frequencyOnly, frequency, order, this.#byError);
      return;
    }
    // Falling indices: of equal samples the lowest index lies nearest the tail.
    const { marks, listed, others } = block;
    const chosen = this.#byError;
    let rest = 0;
    let taken = 0;
    const n = groups.length;
    for (let base = Math.floor((n - 1) / size) * size; base >= 0; base -= size) {
      const length = Math.min(size, n - base);
      marks.set(groups.subarray(base, base + length));
      marks.fill(0, length);
      // What is missing at the end of the pool comes first.
      const missing = size - length;
      const count = block.part(base);
      order.set(listed.subarray(missing, count), rest);
      chosen.set(others.subarray(0, size - count), taken);
      rest += count - missing;
      taken += size - count;
    }
    distribute(chosen, selected, groups, order);
  }
}

function add(errors: Float32Array, weight: number, frequency: Float32Array, out: Float32Array): void {
  for (let i = 0; i < out.length; i++) {
    out[i] = (errors[i] as number) + weight * (frequency[i] as number);
  }
}

/** Puts the first `count` samples in `group`. */
function mark(samples: Uint32Array, count: number, group: number, groups: Uint8Array): void {
  for (let i = 0; i < count; i++) groups[samples[i] as number] = group;
}

/**
 * Of the first `count` samples, unselects those in `group`, moves them to the front, sets their fitness apart, and says
 * how many they are; the others are fit by both.
 */
function setApart(
  samples: Uint32Array,
  count: number,
  group: number,
  groups: Uint8Array,
  fitness: Float32Array,
  values: Float32Array,
): number {
  let apart = 0;
  for (let i = 0; i < count; i++) {
    const sample = samples[i] as number;
    const alone = +(groups[sample] === group);
    groups[sample] = both * (alone ^ 1);
    samples[apart] = sample;
    values[apart] = fitness[sample] as number;
    apart += alone;
  }
  return apart;
}

/** Writes the samples selected to the end of the order, group after group, in the order in which they come. */
function distribute(samples: Uint32Array, count: number, groups: Uint8Array, order: Uint32Array): void {
  const places = new Uint32Array(both + 1);
  for (let i = 0; i < count; i++) places[groups[samples[i] as number] as number]!++;
  let end = order.length;
  for (let group = both; group > unselected; group--) places[group] = end -= places[group] as number;
  for (let i = 0; i < count; i++) {
    const sample = samples[i] as number;
    const group = groups[sample] as number;
    const place = places[group] as number;
    order[place] = sample;
    places[group] = place + 1;
  }
}
