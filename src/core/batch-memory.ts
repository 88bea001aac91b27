// The memory that a pool gathers batches into. It grows to the largest batch and is used again for every later one.
import type { Batch, Samples } from './contracts.js';
import { show } from './check.js';
import { ArgumentError } from './errors.js';

/** Inputs and targets of one batch at a time. */
export class BatchMemory {
  /** At least `[size, inputDim]`, as last asked for. */
  inputs = new Float32Array(0);
  /** At least `[size, targetDim]`, as last asked for. */
  targets = new Float32Array(0);
  readonly #inputDim: number;
  readonly #targetDim: number;

  constructor(inputDim: number, targetDim: number) {
    this.#inputDim = inputDim;
    this.#targetDim = targetDim;
  }

  /** Makes room for so many samples. What the memory held is lost where it grows. */
  reserve(size: number): void {
    if (this.inputs.length >= size * this.#inputDim) return;
    this.inputs = new Float32Array(size * this.#inputDim);
    this.targets = new Float32Array(size * this.#targetDim);
  }

  /** The samples that were written, as a batch over this memory. */
  batch(samples: Samples): Batch {
    const { size } = samples;
    return batchOf(
      samples,
      this.inputs.subarray(0, size * this.#inputDim),
      this.targets.subarray(0, size * this.#targetDim),
    );
  }
}

/** Samples and what was gathered of them. Indices that nobody has read yet stay unmade. */
export function batchOf(
  samples: Samples,
  inputs: Float32Array,
  targets: Float32Array,
  weights?: Float32Array,
): Batch {
  return {
    ...(weights === undefined ? undefined : { weights }),
    get indices() {
      return samples.indices;
    },
    whole: samples.whole,
    size: samples.size,
    inputs,
    targets,
  };
}

/**
 * What to throw when an index is none of a pool's.
 * @param at its position among the indices
 * @param size the pool's
 * @param what the pool's samples, as the message names them
 */
export function outsidePool(
  index: number | undefined,
  at: number,
  size: number,
  what: string,
): ArgumentError {
  return new ArgumentError(
    `got index ${index} at position ${at}; expected indices below ${size}, ${what}; ` +
      'use indices of a selector made with the pool’s size',
  );
}

/**
 * Looks at samples before they are gathered, without making their indices.
 * @throws ArgumentError when they are no samples, or all of a pool of another size
 */
export function checkSamples(samples: Samples, size: number, what: string): void {
  if (samples.whole) {
    if (samples.size === size) return;
    throw new ArgumentError(
      `got all samples of a pool of ${samples.size}; expected ${size}, ${what}; ` +
        'use a selector made with the pool’s size',
    );
  }
  if (samples.indices instanceof Uint32Array && samples.indices.length === samples.size) return;
  throw new ArgumentError(
    `got ${show(samples)} as samples; expected a selection, someOf(indices) or allOf(size), of as many indices as its size`,
  );
}
