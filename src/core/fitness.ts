// Fitness from predictions (EVOS, Sec. 3.2): squared error averaged over channels, and the squared difference of
// the modality's frequency responses to prediction and target. One pass each, into memory the caller owns.
import { checkFloats } from './check.js';
import { ArgumentError } from './errors.js';
import type { FrequencyOperator } from './types.js';

/** Writes mean((prediction − target)²) over the channels of each sample. */
export function squaredErrors(predictions: Float32Array, targets: Float32Array, errors: Float32Array): void {
  const channels = targets.length / errors.length;
  for (let i = 0, at = 0; i < errors.length; i++) {
    let sum = 0;
    for (let c = 0; c < channels; c++, at++) {
      const difference = (predictions[at] as number) - (targets[at] as number);
      sum += difference * difference;
    }
    errors[i] = sum / channels;
  }
}

/** Writes (response − reference)² for each sample. */
export function squaredDifferences(response: Float32Array, reference: Float32Array, out: Float32Array): void {
  for (let i = 0; i < out.length; i++) {
    const difference = (response[i] as number) - (reference[i] as number);
    out[i] = difference * difference;
  }
}

/** @throws ArgumentError when the operator does not answer with one number per sample */
export function responseOf(operator: FrequencyOperator, values: Float32Array, size: number): Float32Array {
  return checkFloats('The frequency response', operator.response(values), size, 'one number per sample, [N]');
}

/** @throws ArgumentError naming the first sample whose fitness cannot be ranked */
export function checkFitness(name: string, values: Float32Array): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (!(value >= 0 && value < Infinity)) {
      throw new ArgumentError(
        `${name} of sample ${i} is ${value}, expected a finite number of at least 0: ` +
          (value < 0
            ? 'fitness is a squared difference.'
            : 'the training has probably diverged; lower the learning rate.'),
      );
    }
  }
}
