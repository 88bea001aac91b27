// Exact top-k in O(N): floats become integers of the same order, and three histograms (11 + 11 + 10 bits)
// find the k-th largest key without sorting anything. Ties go to the lowest index, so results are reproducible.
import { checkFloats, checkInteger } from './check.js';
import { ArgumentError } from './errors.js';

const buckets = 2048;

/**
 * Writes an integer key for each float, in the floats' order; −0 and +0 get the same key.
 * @throws ArgumentError naming the first index that holds NaN
 */
export function writeKeys(values: Float32Array, keys: Int32Array, name: string): void {
  const n = values.length;
  const bits = new Int32Array(values.buffer, values.byteOffset, n);
  let nan = 0;
  for (let i = 0; i < n; i++) {
    const b = bits[i] as number;
    nan |= 0x7f800000 - (b & 0x7fffffff);
    // Negative floats order backwards as integers: flip all their bits but the sign.
    keys[i] = b === -0x80000000 ? 0 : b ^ ((b >> 31) & 0x7fffffff);
  }
  if (nan < 0) {
    const index = values.findIndex((value) => Number.isNaN(value));
    throw new ArgumentError(`${name}[${index}] is NaN, expected a number that can be ranked.`);
  }
}

/**
 * 1 where a < b as 32-bit integers, else 0. Half of the fitness may lie on either side of a cut, which no branch
 * predictor can guess: without a branch the scans are several times faster.
 */
export function below(a: number, b: number): number {
  return ((a & ~b) | (~(a ^ b) & (a - b))) >>> 31;
}

/** 1 where a = b, else 0, for integers of at most 31 bits. */
export function same(a: number, b: number): number {
  return ((a ^ b) - 1) >>> 31;
}

/** Finds the k-th largest of the first n keys; the answer is left in `key` and `ties`, so nothing is allocated. */
export class KthLargest {
  /** The k-th largest key: everything above it is among the k largest. */
  key = 0;
  /** How many samples of exactly this key are among the k largest. */
  ties = 0;
  readonly #histogram = new Uint32Array(buckets);

  /**
   * @param k from 1 to n
   * @param scratch at least `[n]`, overwritten; may be `keys` itself when they are not needed any more
   */
  find(keys: Int32Array, n: number, k: number, scratch: Int32Array): void {
    const histogram = this.#histogram;
    histogram.fill(0);
    for (let i = 0; i < n; i++) (histogram[((keys[i] as number) >> 21) + 1024] as number)++;
    const high = this.#bucketOf(k) - 1024;
    const candidates = keepPrefix(keys, n, 21, high, scratch);

    histogram.fill(0);
    for (let i = 0; i < candidates; i++) (histogram[((scratch[i] as number) >>> 10) & 2047] as number)++;
    const prefix = (high << 11) | this.#bucketOf(this.ties);
    const last = keepPrefix(scratch, candidates, 10, prefix, scratch);

    histogram.fill(0);
    for (let i = 0; i < last; i++) (histogram[(scratch[i] as number) & 1023] as number)++;
    this.key = (prefix << 10) | this.#bucketOf(this.ties);
  }

  /** The bucket that holds the k-th largest, counted from the top; `ties` becomes k's place inside it. */
  #bucketOf(k: number): number {
    const histogram = this.#histogram;
    let bucket = buckets - 1;
    let left = k;
    while (left > (histogram[bucket] as number)) left -= histogram[bucket--] as number;
    this.ties = left;
    return bucket;
  }
}

/** Moves the keys with this prefix to the front of `out` (possibly `keys` itself) and says how many they are. */
function keepPrefix(keys: Int32Array, n: number, shift: number, prefix: number, out: Int32Array): number {
  let count = 0;
  for (let i = 0; i < n; i++) {
    const key = keys[i] as number;
    if (key >> shift === prefix) out[count++] = key;
  }
  return count;
}

/** Picks the k largest of N numbers; made once for N, since it holds the scratch memory. */
export interface TopK {
  /** How many numbers it takes, N. */
  readonly size: number;
  /**
   * The indices of the k largest values, in ascending order of index; among equals the lowest index wins.
   * O(N), allocates nothing of size N.
   * @param values `[N]`, finite or infinite, not modified
   * @param k from 0 to N
   * @returns `[k]`; owned by this object, valid until its next `select`
   * @throws ArgumentError when a value is NaN (naming its index), or a length or k does not fit
   */
  select(values: Float32Array, k: number): Uint32Array;
}

/**
 * Makes a top-k for N numbers. Holds 12 bytes per number.
 * @throws ArgumentError when size is not an integer of at least 1
 */
export function createTopK(size: number): TopK {
  checkInteger('size', size, 1, 2 ** 32 - 1, 'give the number of values to choose from');
  const keys = new Int32Array(size);
  const scratch = new Int32Array(size);
  const picked = new Uint32Array(size);
  const kth = new KthLargest();
  return {
    size,
    select(values, k) {
      checkFloats('values', values, size, 'one per sample');
      checkInteger('k', k, 0, size, 'it cannot pick more than there are');
      writeKeys(values, keys, 'values');
      if (k === 0) return picked.subarray(0, 0);
      kth.find(keys, size, k, scratch);
      const threshold = kth.key;
      let { ties } = kth;
      let count = 0;
      for (let i = 0; count < k; i++) {
        const key = keys[i] as number;
        picked[count] = i;
        count += below(threshold, key);
        if (key === threshold && ties-- > 0) count++;
      }
      return picked.subarray(0, k);
    },
  };
}
