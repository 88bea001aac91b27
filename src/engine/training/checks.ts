// What every trainer refuses of a batch.
import { ArgumentError } from '../../core/errors.js';
import type { Batch, StepOptions, TrainerCapabilities } from '../../core/index.js';
import { crossFrequencyTerm, type CrossFrequencyOptions } from './options.js';

/** @throws ArgumentError when the term of cross-frequency supervision is not of this picture, or of networks with other outputs */
export function checkPicture(
  { width, height, targetResponse, luma }: CrossFrequencyOptions,
  outputDim: number,
): void {
  const expect = (what: string, got: number, wanted: number, why: string): void => {
    if (got === wanted) return;
    throw new ArgumentError(`crossFrequency.${what}: got ${got} numbers, expected ${wanted} (${why})`);
  };
  expect('targetResponse', targetResponse.length, width * height, 'width·height');
  expect('luma', luma.length, outputDim, "one for each of the model's outputs");
}

/**
 * What every trainer refuses of a batch whose step has that term.
 * @param pixels of the picture @param kept whether its predictions are known
 * @throws ArgumentError when a step over this batch cannot have the term
 */
export function checkSupervised(
  { whole, size, weights, indices }: Batch,
  pixels: number,
  kept: boolean,
): void {
  if (weights !== undefined) {
    throw new ArgumentError(
      'step: got weights beside the term cross-frequency, which couples neighbours; leave one of them out',
    );
  }
  if (whole) {
    if (size === pixels) return;
    throw new ArgumentError(`step: got ${size} samples of the whole image, expected ${pixels}`);
  }
  if (!kept) {
    throw new ArgumentError(
      'step: cross-frequency supervision of selected pixels needs a step over all pixels with predictions first',
    );
  }
  if (indices.length !== size) {
    throw new ArgumentError(`step: got ${indices.length} indices, expected ${size}, one a pixel`);
  }
  const beyond = indices.findIndex((index) => index >= pixels);
  if (beyond < 0) return;
  throw new ArgumentError(
    `step: got index ${indices[beyond]} at position ${beyond}, expected indices below ${pixels}, the image's pixels`,
  );
}

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
  if (wants.includes('frequency') && !(whole && terms.includes(crossFrequencyTerm))) {
    throw new ArgumentError(
      `step: frequency was asked of a step without the term ${crossFrequencyTerm} over all samples, expected one with it`,
    );
  }
  const strange = terms.find((term) => !known.includes(term));
  if (strange !== undefined) {
    throw new ArgumentError(
      `step: the loss term "${strange}" was asked of a trainer made without it; ` +
        `it has ${known.length === 0 ? 'none' : known.join(', ')}`,
    );
  }
}
