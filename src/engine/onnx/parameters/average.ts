// The average of the weights that all threads see, and the two in one another's place: workers go by the average where they predict.

/** Numbers that change places at once. */
const stretch = 16_384;

/** The average of shared weights. */
export class SharedAverage {
  readonly #values: Float32Array;
  /** The average; while that lies where weights are seen, the weights. */
  readonly #other: Float32Array;
  readonly #spare: Float32Array;
  #shown = false;

  /** @param values the weights, where workers see them */
  constructor(values: Float32Array) {
    this.#values = values;
    this.#other = new Float32Array(values.length);
    this.#spare = new Float32Array(Math.min(stretch, values.length));
  }

  /** Whether it lies where weights are seen. */
  get shown(): boolean {
    return this.#shown;
  }

  /** The average, wherever it lies. */
  get numbers(): Float32Array {
    return this.#shown ? this.#values : this.#other;
  }

  /** Moves it towards the weights, which are seen. @param rate from 0 to 1 */
  move(rate: number): void {
    const [average, values] = [this.#other, this.#values];
    const rest = 1 - rate;
    for (let i = 0; i < values.length; i++) average[i] = average[i]! * rest + values[i]! * rate;
  }

  /** Puts average and weights in one another's place. */
  exchange(): void {
    const [a, b, spare] = [this.#values, this.#other, this.#spare];
    for (let from = 0; from < a.length; from += stretch) {
      const part = a.subarray(from, from + stretch);
      spare.set(part);
      part.set(b.subarray(from, from + part.length));
      b.set(spare.subarray(0, part.length), from);
    }
    this.#shown = !this.#shown;
  }
}
