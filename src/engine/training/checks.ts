// What every trainer refuses of a batch.
import { ArgumentError } from '../../core/errors.js';
import type { Batch, StepOptions, TrainerCapabilities } from '../../core/index.js';

/** @throws ArgumentError unless a batch has what a trainer reads of it, and nothing is asked that it cannot do */
export function checkBatch(
  batch: Batch,
  { wants, terms = [] }: StepOptions,
  { gives, terms: known, resident }: TrainerCapabilities,
  dims: { readonly inputDim: number; readonly targetDim: number; readonly poolSize: number },
): void {
  const { size, whole, inputs, targets, weights } = batch;
  const expect = (what: string, got: number, wanted: number): void => {
    if (got !== wanted) throw new ArgumentError(`step: got ${got} ${what}, expected ${wanted}`);
  };
  if (size < 1) throw new ArgumentError('step: got an empty batch, expected at least one sample');
  if (resident) expect('indices', whole ? dims.poolSize : batch.indices.length, size);
  else {
    expect('input values', inputs.length, size * dims.inputDim);
    expect('target values', targets.length, size * dims.targetDim);
  }
  if (weights !== undefined) {
    expect('weights', weights.length, size);
    const odd = weights.findIndex((weight) => !(weight >= 0 && weight < Infinity));
    if (odd >= 0) {
      throw new ArgumentError(
        `step: got the weight ${weights[odd]} at position ${odd}, expected finite numbers of at least 0`,
      );
    }
  }
  const missing = wants.find((want) => !gives.includes(want));
  if (missing !== undefined) {
    throw new ArgumentError(`step: ${missing} was asked of a trainer that gives ${gives.join(', ')}`);
  }
  const strange = terms.find((term) => !known.includes(term));
  if (strange !== undefined) {
    throw new ArgumentError(
      `step: the loss term "${strange}" was asked of a trainer made without it; ` +
        `it has ${known.length === 0 ? 'none' : known.join(', ')}`,
    );
  }
}
