// Batches on their way into tensors, and results on their way out.
import type { Batch, StepResult, Want } from '../../core/index.js';
import { floatsOf, type TfTensor } from './tensorflow.js';

/**
 * Inputs and targets in which samples of weight 0, which may be NaN, are replaced by one that counts: 0 times NaN would not
 * be 0.
 */
export function weightless(
  { inputs, targets, size }: Batch,
  weights: Float32Array | undefined,
): [inputs: Float32Array, targets: Float32Array] {
  if (weights?.includes(0) !== true) return [inputs, targets];
  const counts = weights.findIndex((weight) => weight > 0);
  const replaced = (array: Float32Array): Float32Array => {
    const width = array.length / size;
    const stand = counts < 0 ? new Float32Array(width) : array.slice(counts * width, (counts + 1) * width);
    const copy = array.slice();
    weights.forEach((weight, i) => weight === 0 && copy.set(stand, i * width));
    return copy;
  };
  return [replaced(inputs), replaced(targets)];
}

/** Reads what a pass kept. What is found of samples of weight 0 is 0. */
export async function read(
  kept: Partial<Record<Want | 'loss', TfTensor>>,
  weights: Float32Array | undefined,
): Promise<StepResult> {
  // All at once: back ends on a GPU wait for the slowest only.
  const found = await Promise.all(
    Object.entries(kept).map(async ([name, tensor]) => [name, await floatsOf(tensor)] as const),
  );
  const { loss = [], ...arrays } = Object.fromEntries(found);
  for (const [name, values] of Object.entries(arrays)) {
    if (name !== 'predictions') arrays[name] = masked(values, weights);
  }
  return { loss: loss[0] ?? NaN, ...arrays };
}

function masked(values: Float32Array, weights: Float32Array | undefined): Float32Array {
  if (weights?.includes(0) !== true) return values;
  const width = values.length / weights.length;
  return values.map((value, i) => (weights[Math.floor(i / width)] === 0 ? 0 : value));
}
