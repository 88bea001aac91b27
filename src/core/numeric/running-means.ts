// Running means of many things. The mean of the first values is plain; later it forgets old values, because training
// changes what is measured. Five bytes a thing; taking a value in costs O(1).
import { array, type State } from '../state.js';

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
   * What there is to save: values finite, from 0, and 0 where nothing was seen.
   * @param name of the values
   * @param things what they are of, for messages
   */
  state(name: string, things: string): State {
    const { values, counts } = this;
    const expected = `the mean ${name} of each of ${values.length} ${things}`;
    const counted = `${name}Counts`;
    return {
      [counted]: array(counts, expected, (seen) => seen.every((count) => count <= this.#memory)),
      [name]: array(values, expected, (means, { arrays }) =>
        means.every((mean, i) => mean >= 0 && mean < Infinity && (mean === 0 || arrays[counted]?.[i] !== 0)),
      ),
    };
  }
}
