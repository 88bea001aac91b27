// Sorting samples by integer keys in O(N): three passes of 11 bits, least significant first, stable,
// on scratch memory that is allocated once. Used at evaluating steps whose order later steps reach into.

/** Sorts pairs of key and sample by key, ascending and stably, for up to `capacity` pairs. */
export class RadixSort {
  readonly #histogram = new Uint32Array(3 * 2048);
  readonly #keys: Int32Array;
  readonly #items: Uint32Array;

  constructor(capacity: number) {
    this.#keys = new Int32Array(capacity);
    this.#items = new Uint32Array(capacity);
  }

  /** Sorts the first n pairs in place. Both arrays are overwritten. */
  sort(keys: Int32Array, items: Uint32Array, n: number): void {
    const histogram = this.#histogram.fill(0);
    for (let i = 0; i < n; i++) {
      const key = keys[i] as number;
      (histogram[key & 2047] as number)++;
      (histogram[2048 + ((key >>> 11) & 2047)] as number)++;
      (histogram[4096 + 512 + (key >> 22)] as number)++;
    }
    for (let pass = 0; pass < 3; pass++) {
      let place = 0;
      for (let bucket = pass * 2048; bucket < (pass + 1) * 2048; bucket++) {
        const count = histogram[bucket] as number;
        histogram[bucket] = place;
        place += count;
      }
    }
    this.#pass(0, keys, items, this.#keys, this.#items, n);
    this.#pass(1, this.#keys, this.#items, keys, items, n);
    this.#pass(2, keys, items, this.#keys, this.#items, n);
    keys.set(this.#keys.subarray(0, n));
    items.set(this.#items.subarray(0, n));
  }

  #pass(
    pass: number,
    keys: Int32Array,
    items: Uint32Array,
    toKeys: Int32Array,
    toItems: Uint32Array,
    n: number,
  ) {
    const histogram = this.#histogram;
    const shift = 11 * pass;
    // The highest digit, ten bits wide, is signed: negative keys come first.
    const base = pass === 2 ? 4096 + 512 : 2048 * pass;
    const mask = pass === 2 ? -1 : 2047;
    for (let i = 0; i < n; i++) {
      const key = keys[i] as number;
      const bucket = base + ((key >> shift) & mask);
      const place = histogram[bucket] as number;
      histogram[bucket] = place + 1;
      toKeys[place] = key;
      toItems[place] = items[i] as number;
    }
  }
}
