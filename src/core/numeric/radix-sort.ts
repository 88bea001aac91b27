// Ranking a pool in O(N): three stable passes of 11 bits over group and fitness, least significant first. What a pass
// has sorted by is not carried on, so the last passes move less than the first.
const bits = 11;
const buckets = 1 << bits;
const mask = buckets - 1;
/** A key has 31 bits; those the first pass leaves over have 20, and the group goes on top of them. */
const groupShift = 20;

/** Sorts up to `capacity` samples by group and, inside each, by fitness. Holds 6 bytes per sample. */
export class RadixSort {
  readonly #counts = new Uint32Array(3 * buckets);
  readonly #keys: Uint32Array;
  readonly #lastKeys: Uint16Array;

  constructor(capacity: number) {
    this.#keys = new Uint32Array(capacity);
    this.#lastKeys = new Uint16Array(capacity);
  }

  /**
   * Orders samples by ascending group, those of a group by ascending fitness, equal ones by falling index.
   * @param groups `[n]`, from 0 to 3
   * @param fitness `[n]`, not negative, no NaN; for samples of the group `other`, `otherFitness` takes its place
   * @param order `[n]`, becomes the samples in their order
   * @param scratch `[n]`, overwritten
   */
  sort(
    groups: Uint8Array,
    fitness: Float32Array,
    other: number,
    otherFitness: Float32Array,
    order: Uint32Array,
    scratch: Uint32Array,
  ): void {
    const n = groups.length;
    const first = new Uint32Array(fitness.buffer, fitness.byteOffset, n);
    const second = new Uint32Array(otherFitness.buffer, otherFitness.byteOffset, n);
    const counts = this.#counts.fill(0);
    count(groups, first, other, second, counts);
    for (let pass = 0; pass < 3; pass++) startsOf(counts.subarray(pass * buckets, (pass + 1) * buckets));
    const keys = this.#keys;
    scatterLow(groups, first, other, second, counts, keys, order);
    scatterMiddle(keys, order, n, counts.subarray(buckets, 2 * buckets), this.#lastKeys, scratch);
    scatterHigh(this.#lastKeys, scratch, n, counts.subarray(2 * buckets), order);
  }
}

function count(
  groups: Uint8Array,
  first: Uint32Array,
  other: number,
  second: Uint32Array,
  counts: Uint32Array,
): void {
  for (let i = 0; i < groups.length; i++) {
    const group = groups[i] as number;
    // Without the sign: −0 ranks with 0.
    const key = (group === other ? (second[i] as number) : (first[i] as number)) & 0x7fffffff;
    counts[key & mask]!++;
    counts[buckets + ((key >>> bits) & mask)]!++;
    counts[2 * buckets + ((group << (groupShift - bits)) | (key >>> (2 * bits)))]!++;
  }
}

/** Turns counts into the places where their items begin. */
function startsOf(counts: Uint32Array): void {
  let start = 0;
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i] as number;
    counts[i] = start;
    start += count;
  }
}

/** By the lowest bits, from the last sample to the first: of equal ones the lowest index ends up last. */
function scatterLow(
  groups: Uint8Array,
  first: Uint32Array,
  other: number,
  second: Uint32Array,
  starts: Uint32Array,
  keys: Uint32Array,
  items: Uint32Array,
): void {
  for (let i = groups.length - 1; i >= 0; i--) {
    const group = groups[i] as number;
    const key = (group === other ? (second[i] as number) : (first[i] as number)) & 0x7fffffff;
    const bucket = key & mask;
    const place = starts[bucket] as number;
    starts[bucket] = place + 1;
    keys[place] = (group << groupShift) | (key >>> bits);
    items[place] = i;
  }
}

function scatterMiddle(
  keys: Uint32Array,
  items: Uint32Array,
  n: number,
  starts: Uint32Array,
  toKeys: Uint16Array,
  toItems: Uint32Array,
): void {
  for (let i = 0; i < n; i++) {
    const key = keys[i] as number;
    const bucket = key & mask;
    const place = starts[bucket] as number;
    starts[bucket] = place + 1;
    toKeys[place] = key >>> bits;
    toItems[place] = items[i] as number;
  }
}

function scatterHigh(
  keys: Uint16Array,
  items: Uint32Array,
  n: number,
  starts: Uint32Array,
  order: Uint32Array,
): void {
  for (let i = 0; i < n; i++) {
    const bucket = keys[i] as number;
    const place = starts[bucket] as number;
    starts[bucket] = place + 1;
    order[place] = items[i] as number;
  }
}
