// The k-th largest of some keys by counting: a histogram over the range they lie in says which of 2,048 buckets holds
// it, and the next histogram looks into that bucket alone. At most three passes; nothing is moved or sorted.
const digits = 11;
const histogram = new Uint32Array(1 << digits);

/** Finds the k-th largest of unsigned 32-bit integers; the answer is left in the fields, so nothing is allocated. */
export class KthLargest {
  /** The k-th largest key: everything above it is among the k largest. */
  key = 0;
  /** How many of exactly this key are among the k largest. */
  ties = 0;
  /** How many of exactly this key there are. */
  equal = 0;

  /**
   * @param keys of which the first n count; not modified
   * @param k from 1 to n
   * @param low no key is below it
   * @param high no key is above it
   */
  find(keys: Uint32Array, n: number, k: number, low: number, high: number): void {
    let start = low;
    let range = high - low;
    let left = k;
    for (let shift = 32; shift > 0;) {
      shift = Math.max(0, 32 - Math.clz32(range) - digits);
      histogram.fill(0);
      countKeys(keys, n, start, range, shift);
      let bucket = range >>> shift;
      while (left > (histogram[bucket] as number)) left -= histogram[bucket--] as number;
      this.equal = histogram[bucket] as number;
      start += bucket * 2 ** shift;
      range = Math.min(2 ** shift - 1, range - bucket * 2 ** shift);
    }
    this.key = start;
    this.ties = left;
  }
}

function countKeys(keys: Uint32Array, n: number, start: number, range: number, shift: number): void {
  for (let i = 0; i < n; i++) {
    // As an unsigned integer it does not overflow, and what is below `start` comes out beyond the range.
    const distance = ((keys[i] as number) - start) >>> 0;
    if (distance <= range) histogram[distance >>> shift]!++;
  }
}
