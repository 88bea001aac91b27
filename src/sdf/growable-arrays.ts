// Typed arrays that double as they fill, for lists of unknown length.

/** What a growing list is made of. */
type Numbers = Uint32Array | Float32Array | Float64Array;

/** A list that grows by doubling. `array` may be longer than the list and is replaced when it grows. */
export class Growing<T extends Numbers> {
  /** The numbers so far, and room for more. */
  array: T;
  /** How many there are. */
  length = 0;
  readonly #make: (length: number) => T;

  /** @param make allocates an array, such as `(n) => new Uint32Array(n)` */
  constructor(make: (length: number) => T) {
    this.#make = make;
    this.array = make(1024);
  }

  push(value: number): void {
    if (this.length === this.array.length) this.#grow(2 * this.length);
    this.array[this.length++] = value;
  }

  /** Appends several numbers. */
  append(values: ArrayLike<number>): void {
    const length = this.length + values.length;
    if (length > this.array.length) this.#grow(Math.max(length, 2 * this.length));
    this.array.set(values, this.length);
    this.length = length;
  }

  /** The numbers so far, in memory that the list goes on using. */
  get filled(): T {
    return this.array.subarray(0, this.length) as T;
  }

  #grow(length: number): void {
    const longer = this.#make(length);
    longer.set(this.array);
    this.array = longer;
  }

  /** A copy of just the length. */
  trimmed(): T {
    const exact = this.#make(this.length);
    exact.set(this.array.subarray(0, this.length));
    return exact;
  }
}

/** An empty list of integers. */
export const growingIntegers = () => new Growing<Uint32Array>((length) => new Uint32Array(length));

/** An empty list of floats. */
export const growingFloats = () => new Growing<Float32Array>((length) => new Float32Array(length));

/** An empty list of doubles. */
export const growingDoubles = () => new Growing<Float64Array>((length) => new Float64Array(length));

/** One bit for each of many things, all unset at first. */
export class Flags {
  readonly #words: Uint32Array;

  constructor(count: number) {
    this.#words = new Uint32Array(Math.ceil(count / 32));
  }

  /** Sets a bit. @returns whether it was unset */
  add(index: number): boolean {
    const word = this.#words[index >>> 5]!;
    const bit = 1 << (index & 31);
    if (word & bit) return false;
    this.#words[index >>> 5] = word | bit;
    return true;
  }
}
