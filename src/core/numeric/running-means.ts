// Running means of many things. The mean of the first values is plain; later it forgets old values, because training
// changes what is measured. Five bytes a thing; taking a value in costs O(1).

/** How many things were seen, and what they come to. */
export class RunningMeans {
  /** `[size]`; 0 where nothing was seen. */
  readonly values: Float32Array;
  /** `[size]`: how many values each mean is of, up to `memory`. */
  readonly counts: Uint8Array;
  readonly #memory: number;

  /**
   * @param memory from 1 to 255: a value more than so many later ones counts no more than the rest of a geometric series
   */
  constructor(size: number, memory: number) {
    this.values = new Float32Array(size);
    this.counts = new Uint8Array(size);
    this.#memory = memory;
  }

  /** Takes a finite value of thing `i` in. @returns its mean now */
  see(i: number, value: number): number {
    const { values, counts } = this;
    const count = Math.min(this.#memory, (counts[i] as number) + 1);
    counts[i] = count;
    const before = values[i] as number;
    return (values[i] = Math.fround(before + (value - before) / count));
  }

  /**
   * Writes all means; a thing that was never seen gets the mean of the others, so that it is neither sought nor shunned.
   * @param out `[size]`
   * @returns whether anything was seen
   */
  fill(out: Float32Array): boolean {
    const { values, counts } = this;
    let sum = 0;
    let known = 0;
    for (let i = 0; i < values.length; i++) {
      sum += values[i] as number;
      known += +((counts[i] as number) > 0);
    }
    const usual = known > 0 ? sum / known : 0;
    for (let i = 0; i < values.length; i++) {
      out[i] = (counts[i] as number) > 0 ? (values[i] as number) : usual;
    }
    return known > 0;
  }

  /**
   * Checks another one's state: values finite, from 0, and 0 where nothing was seen.
   * @returns what takes it over; undefined if it is none
   */
  check(values: unknown, counts: unknown): (() => void) | undefined {
    const fits =
      values instanceof Float32Array &&
      counts instanceof Uint8Array &&
      values.length === this.values.length &&
      counts.length === this.counts.length &&
      counts.every((count) => count <= this.#memory) &&
      values.every((value, i) => value >= 0 && value < Infinity && (value === 0 || counts[i] !== 0));
    if (!fits) return undefined;
    return () => {
      this.values.set(values);
      this.counts.set(counts);
    };
  }
}
