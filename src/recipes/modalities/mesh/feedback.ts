// What selectors see of a mesh fit: errors as the loss weighs them. A selector squares what predictions differ from
// targets by; where the loss is relative or truncated, both are handed to it on a scale on which that difference is the
// loss's own. Otherwise it would send training to errors that training does not mind.
import type { Indices, Trainer } from '../../../core/index.js';
import { mapeFloor } from '../../../engine/index.js';
import type { SdfPool } from '../../../sdf/index.js';
import type { FitMeshSettings } from './settings.js';

/** Predictions and targets on the scale of a loss. */
export class LossScale {
  /** `[N]`: targets on that scale. The pool's own memory where that is no other. */
  readonly targets: Float32Array;
  /** What a sample's numbers are multiplied by; undefined where nothing is. */
  readonly #weights: Float32Array | undefined;
  readonly #limit: number;
  readonly #pool: SdfPool;
  /** Scratch of a step's size. */
  #scaled = new Float32Array(0);

  constructor(pool: SdfPool, { loss, truncate }: Pick<FitMeshSettings, 'loss' | 'truncate'>) {
    this.#pool = pool;
    this.#limit = truncate > 0 ? truncate : Infinity;
    this.#weights = loss === 'mape' ? new Float32Array(pool.size) : undefined;
    this.targets = this.#weights === undefined ? pool.targets : new Float32Array(pool.size);
    this.update();
  }

  /** Whether it changes anything. */
  get isPlain(): boolean {
    return this.#weights === undefined && this.#limit === Infinity;
  }

  /** To be called when the pool was drawn anew. */
  update(): void {
    const weights = this.#weights;
    if (weights === undefined) return;
    const { targets } = this.#pool;
    for (let i = 0; i < weights.length; i++) {
      const target = targets[i]!;
      weights[i] = 1 / (Math.abs(target) + mapeFloor);
      this.targets[i] = target * weights[i]!;
    }
  }

  /**
   * Predictions of samples on that scale.
   * @param predictions `[n]`, in the order of `indices`; not modified
   * @returns `[n]`, valid until the next call
   */
  scale(predictions: Float32Array, indices: Indices): Float32Array {
    const count = predictions.length;
    if (this.#scaled.length < count) this.#scaled = new Float32Array(count);
    const scaled = this.#scaled.subarray(0, count);
    const [limit, weights] = [this.#limit, this.#weights];
    for (let i = 0; i < count; i++) {
      const held = Math.min(limit, Math.max(-limit, predictions[i]!));
      scaled[i] = weights === undefined ? held : held * weights[indices === 'all' ? i : indices[i]!]!;
    }
    return scaled;
  }
}

/** A trainer whose steps hand out predictions on a scale; all else is the trainer's own. */
export function onScale(trainer: Trainer, scale: LossScale): Trainer {
  return {
    takesIndices: trainer.takesIndices ?? false,
    async step(batch, options) {
      const result = await trainer.step(batch, options);
      if (result.predictions === undefined) return result;
      return { loss: result.loss, predictions: scale.scale(result.predictions, batch.indices) };
    },
    predict: (inputs) => trainer.predict(inputs),
    snapshot: () => trainer.snapshot(),
    restore: (snapshot) => trainer.restore(snapshot),
    dispose: () => trainer.dispose(),
  };
}
