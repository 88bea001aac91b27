// The arrays that a batch's numbers travel in, by name: in memory that threads share, as tensors of one pass, and as inputs
// and outputs of graphs.
import { each } from '../training/each.js';

/** What a pass reads of each sample. */
type Input = 'inputs' | 'targets' | 'weights';

/** What a pass hands back of each sample. */
export type Output = 'predictions' | 'errors' | 'absolute' | 'inputGradients';

export type BatchArray = Input | Output;

/** Something for each array. */
export type PerArray<Of> = Readonly<Record<BatchArray, Of>>;

/** Numbers of one sample in each array. */
export function widthsOf({
  inputDim,
  outputDim,
}: {
  readonly inputDim: number;
  readonly outputDim: number;
}): PerArray<number> {
  const read = { inputs: inputDim, targets: outputDim, weights: 1 };
  return { ...read, predictions: outputDim, errors: 1, absolute: 1, inputGradients: inputDim };
}

/** Makes something for each array. */
export function perArray<Of>(make: (name: BatchArray) => Of): PerArray<Of> {
  return each(['inputs', 'targets', 'weights', 'predictions', 'errors', 'absolute', 'inputGradients'], make);
}
