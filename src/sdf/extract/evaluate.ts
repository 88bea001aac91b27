// Evaluates the network for extraction, in batches, and checks its answers.
import { ArgumentError, EvosError } from '../../core/errors.js';

/**
 * A field over the network's cube, negative inside.
 * @param points `[n, 3]`, network units; the callee's to keep or to transfer
 * @returns `[n]` values, the caller's to keep
 */
export type FieldEvaluator = (points: Float32Array) => Promise<Float32Array>;

/** Points asked for at a time: enough for several workers' micro-batches, and under a megabyte. */
export const pointsPerBatch = 65_536;

/** An evaluator together with what every use of it needs. */
export class Field {
  readonly #evaluate: FieldEvaluator;
  readonly #level: number;
  readonly #signal: AbortSignal | undefined;
  /** Points evaluated so far. */
  evaluated = 0;
  /** Whether any value so far was below the level, and whether any was above it or on it. */
  readonly seen = { inside: false, outside: false };

  constructor(evaluate: FieldEvaluator, level = 0, signal?: AbortSignal) {
    this.#evaluate = evaluate;
    this.#level = level;
    this.#signal = signal;
  }

  /**
   * The field less its level, at one batch of points.
   * @throws ArgumentError when the evaluator's answer has the wrong length; EvosError when a value is not finite; the
   *   signal's reason when it is aborted
   */
  async values(points: Float32Array): Promise<Float32Array> {
    this.#signal?.throwIfAborted();
    const count = points.length / 3;
    // The evaluator may have transferred the points away, so they are written out for an error only while they are here.
    const values = await this.#evaluate(points);
    if (values.length !== count) {
      throw new ArgumentError(
        `evaluate returned ${values.length} values for ${count} points; expected one value per point`,
      );
    }
    this.evaluated += count;
    const level = this.#level;
    for (let i = 0; i < count; i++) {
      const value = values[i]! - level;
      if (!Number.isFinite(value)) throw notFinite(values[i]!, points.subarray(3 * i, 3 * i + 3));
      if (value < 0) this.seen.inside = true;
      else this.seen.outside = true;
      values[i] = value;
    }
    return values;
  }
}

function notFinite(value: number, point: Float32Array): EvosError {
  const where = point.length === 3 ? ` at (${[...point].map((x) => x.toFixed(4)).join(', ')})` : '';
  return new EvosError(
    'input',
    `the field gave ${value}${where}; expected finite numbers in the whole cube; a model whose training diverged ` +
      'does this: train it again with a lower learning rate',
  );
}
