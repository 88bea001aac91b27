// Fitness from predictions (EVOS, Sec. 3.2): squared error averaged over channels, and the squared difference of
// the modality's frequency responses to prediction and target. One pass each, into memory the caller owns; the same pass
// adds the fitness up, and the sum of numbers that are not negative is finite only if all of them are.
import { checkFloats, show } from '../check.js';
import { ArgumentError } from '../errors.js';
import type { FrequencyOperator } from '../contracts.js';

/**
 * Writes mean((prediction − target)²) over the channels of each sample.
 * @param predictions `[N, C]`
 * @param targets `[N, C]`
 * @param errors `[N]`, written
 * @returns the mean of the errors, as `checkFitness` does
 * @throws ArgumentError naming the first sample whose error is not finite
 */
export function squaredErrors(
  predictions: Float32Array,
  targets: Float32Array,
  errors: Float32Array,
): number {
  const channels = targets.length / errors.length;
  const sum = channels === 3 ? sumOfThree(predictions, targets, errors) : sumOf(predictions, targets, errors);
  if (!(sum < Infinity)) refuse('The error', errors);
  return sum / errors.length;
}

function sumOf(predictions: Float32Array, targets: Float32Array, errors: Float32Array): number {
  const channels = targets.length / errors.length;
  let total = 0;
  for (let i = 0, at = 0; i < errors.length; i++) {
    let sum = 0;
    for (let c = 0; c < channels; c++, at++) {
      const difference = (predictions[at] as number) - (targets[at] as number);
      sum += difference * difference;
    }
    const error = Math.fround(sum / channels);
    errors[i] = error;
    total += error;
  }
  return total;
}

/** `sumOf` three channels, the usual number, without a loop over them: the same arithmetic in half the time. */
function sumOfThree(predictions: Float32Array, targets: Float32Array, errors: Float32Array): number {
  let total = 0;
  for (let i = 0, at = 0; i < errors.length; i++, at += 3) {
    const red = (predictions[at] as number) - (targets[at] as number);
    const green = (predictions[at + 1] as number) - (targets[at + 1] as number);
    const blue = (predictions[at + 2] as number) - (targets[at + 2] as number);
    const error = Math.fround((red * red + green * green + blue * blue) / 3);
    errors[i] = error;
    total += error;
  }
  return total;
}

/**
 * Writes (response − reference)² for each sample; all arrays are `[N]`.
 * @returns the mean of what it wrote, as `checkFitness` does
 * @throws ArgumentError naming the first sample whose frequency fitness is not finite
 */
export function squaredDifferences(
  response: Float32Array,
  reference: Float32Array,
  out: Float32Array,
): number {
  let total = 0;
  for (let i = 0; i < out.length; i++) {
    const difference = (response[i] as number) - (reference[i] as number);
    const square = Math.fround(difference * difference);
    out[i] = square;
    total += square;
  }
  if (!(total < Infinity)) refuse('The frequency fitness', out);
  return total / out.length;
}

/** @throws ArgumentError when the operator does not answer with one number per sample */
export function responseOf(operator: FrequencyOperator, values: Float32Array, size: number): Float32Array {
  return checkFloats('The frequency response', operator.response(values), size, 'one number per sample, [N]');
}

/** @throws ArgumentError when a function of targets does not answer with as many values for each of `count` samples */
export function checkTargetsOf(targets: unknown, count: number): Float32Array {
  if (targets instanceof Float32Array && targets.length > 0 && targets.length % count === 0) return targets;
  throw new ArgumentError(
    `targets(indices) must answer with a Float32Array of the same number of values for each of ${count} samples, ` +
      `got ${show(targets)}.`,
  );
}

/**
 * The mean of fitnesses, in double precision, first to last: it does not depend on how a sum is split.
 * @throws ArgumentError naming the first sample whose fitness cannot be ranked
 */
export function checkFitness(name: string, values: Float32Array): number {
  let sum = 0;
  let ranked = true;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    sum += value;
    ranked &&= !(value < 0);
  }
  // Not even 2³² of the largest floats add up to infinity.
  if (!(sum < Infinity && ranked)) refuse(name, values);
  return sum / values.length;
}

function refuse(name: string, values: Float32Array): never {
  const i = values.findIndex((value) => !(value >= 0 && value < Infinity));
  const value = values[i] as number;
  throw new ArgumentError(
    `${name} of sample ${i} is ${value}, expected a finite number of at least 0: ` +
      (value < 0
        ? 'fitness is a squared difference.'
        : 'the training has probably diverged; lower the learning rate.'),
  );
}
