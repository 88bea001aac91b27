// The arrays that a batch's numbers travel in, by name: in memory that threads share, as tensors of one pass, and as inputs
// and outputs of graphs.

/** Numbers of each sample: the first three are read, the others are what a pass hands back. */
export const batchArrays = [
  'inputs',
  'targets',
  'weights',
  'predictions',
  'errors',
  'absolute',
  'inputGradients',
] as const;
export type BatchArray = (typeof batchArrays)[number];

/** What a pass hands back of each sample. */
export type Output = Exclude<BatchArray, 'inputs' | 'targets' | 'weights'>;

/** Something for each array. */
export type PerArray<Of> = Readonly<Record<BatchArray, Of>>;

/** Numbers of one sample in an array. */
export function widthOf(
  name: BatchArray,
  { inputDim, outputDim }: { readonly inputDim: number; readonly outputDim: number },
): number {
  switch (name) {
    case 'inputs':
    case 'inputGradients':
      return inputDim;
    case 'targets':
    case 'predictions':
      return outputDim;
    default:
      return 1;
  }
}

/** Makes something for each array. */
export function perArray<Of>(make: (name: BatchArray) => Of): PerArray<Of> {
  return {
    inputs: make('inputs'),
    targets: make('targets'),
    weights: make('weights'),
    predictions: make('predictions'),
    errors: make('errors'),
    absolute: make('absolute'),
    inputGradients: make('inputGradients'),
  };
}
