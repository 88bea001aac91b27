// Reads reports: takes what the selection wants, works errors out of predictions where they are left out, checks all of it.
import { checkFloats, show } from '../check.js';
import type { Feedback } from '../contracts.js';
import { ArgumentError } from '../errors.js';
import type { Draw } from './draw.js';
import { checkFitness, checkTargetsOf, squaredErrors } from './fitness.js';
import type { SelectorContext } from './strategy.js';

/** What a report brought, checked: what was wanted is there, and what else was given. The arrays are the caller's. */
export interface Found extends Feedback {
  /** The mean of `errors`. */
  readonly errorMean: number;
  /** The mean of `frequency`, where that was given. */
  readonly frequencyMean?: number;
}

/** Reads the reports of one selector. Its memory grows with selections. */
export class FeedbackReader {
  readonly #context: SelectorContext;
  #errors = new Float32Array(0);
  #targets = new Float32Array(0);

  constructor(context: SelectorContext) {
    this.#context = context;
  }

  /** @throws ArgumentError when something is missing, of the wrong length, not finite or negative */
  read(draw: Draw, feedback: Feedback | Float32Array): Found {
    const given = feedback instanceof Float32Array ? { errors: feedback } : feedback;
    if (typeof given !== 'object' || given === null) {
      throw new ArgumentError(
        `Selection ${draw.id} waits for ${draw.wants.join(' and ')}, got ${show(given)}: report an object with these, ` +
          'or a Float32Array of squared errors.',
      );
    }
    const { size, wants } = draw;
    if (wants.includes('absolute'))
      checkFitness('The absolute error', floats('absolute', given.absolute, size));
    if (wants.includes('tangents')) checkFitness('The tangent', floats('tangents', given.tangents, size));
    if (wants.includes('inputGradients')) checkRows('inputGradients', given.inputGradients, size);
    if (given.frequency === undefined && !wants.includes('frequency')) return this.#read(draw, given);
    const frequency = floats('frequency', given.frequency, draw.patches || size);
    const frequencyMean = checkFitness('The frequency fitness', frequency);
    return { ...this.#read(draw, given), frequencyMean };
  }

  #read(draw: Draw, given: Feedback): Found {
    const { size, wants } = draw;
    if (!wants.includes('errors')) {
      if (wants.includes('predictions')) checkRows('predictions', given.predictions, size);
      return { ...given, errorMean: 0 };
    }
    if (given.errors !== undefined) return this.#withErrors(draw, given, given.errors);
    if (given.predictions === undefined) floats('errors', undefined, size);
    return this.#withPredictions(draw, given, given.predictions);
  }

  #withErrors(draw: Draw, given: Feedback, reported: Float32Array): Found {
    const { size, weights, patches } = draw;
    let errors = floats('errors', reported, size);
    if (weights?.includes(0) === true) {
      // What has no weight is never read: it may be NaN.
      const read = this.#scratch(size);
      for (let i = 0; i < size; i++) read[i] = weights[i] === 0 ? 0 : (errors[i] as number);
      errors = read;
    }
    const found = { ...given, errors, errorMean: checkFitness('The error', errors) };
    const compares = patches > 0 && given.predictions !== undefined && given.targets === undefined;
    return compares && this.#context.targets !== undefined
      ? { ...found, targets: this.#targetsOf(draw) }
      : found;
  }

  #withPredictions(draw: Draw, given: Feedback, reported: unknown): Found {
    const { size, weights } = draw;
    const targets =
      given.targets === undefined ? this.#targetsOf(draw) : rows('targets', given.targets, size);
    const meaning = `${targets.length / size} per sample of the selection, as the targets have`;
    const predictions = checkFloats('feedback.predictions', reported, targets.length, meaning);
    const errors = this.#scratch(size);
    const looked =
      weights?.includes(0) === true ? withoutWeightless(predictions, targets, weights) : predictions;
    const errorMean = squaredErrors(looked, targets, errors);
    return { ...given, predictions: looked, targets, errors, errorMean };
  }

  #scratch(size: number): Float32Array {
    if (this.#errors.length !== size) this.#errors = new Float32Array(size);
    return this.#errors;
  }

  /** What the network should have answered. */
  #targetsOf({ size, whole, indices }: Draw): Float32Array {
    const { targets, size: all } = this.#context;
    if (targets === undefined) {
      throw new ArgumentError(
        'Feedback is predictions, but the selector was made without targets: give it the targets, report ' +
          '{ predictions, targets }, or report { errors }.',
      );
    }
    if (typeof targets === 'function') return checkTargetsOf(targets(indices), size);
    if (whole) return targets;
    const channels = targets.length / all;
    if (this.#targets.length !== size * channels) this.#targets = new Float32Array(size * channels);
    const own = this.#targets;
    for (let i = 0, at = 0; i < size; i++) {
      const from = (indices[i] as number) * channels;
      for (let c = 0; c < channels; c++) own[at++] = targets[from + c] as number;
    }
    return own;
  }
}

/** Predictions of samples without weight are never read, and may be NaN: they count as right. */
function withoutWeightless(
  predictions: Float32Array,
  targets: Float32Array,
  weights: Float32Array,
): Float32Array {
  const read = predictions.slice();
  const channels = targets.length / weights.length;
  for (let i = 0; i < weights.length; i++) {
    if (weights[i] === 0) read.set(targets.subarray(i * channels, (i + 1) * channels), i * channels);
  }
  return read;
}

function floats(name: string, value: unknown, size: number): Float32Array {
  return checkFloats(`feedback.${name}`, value, size, 'one per sample of the selection, [n]');
}

/** @throws ArgumentError unless it has the same number of values for each of `size` samples */
function rows(name: string, value: unknown, size: number): Float32Array {
  if (value instanceof Float32Array && value.length > 0 && value.length % size === 0) return value;
  const got = value instanceof Float32Array ? `${value.length} numbers` : show(value);
  throw new ArgumentError(
    `feedback.${name} must be a Float32Array of the same number of values for each of ${size} samples, got ${got}.`,
  );
}

/** @throws ArgumentError unless these are finite as well */
function checkRows(name: string, value: unknown, size: number): void {
  const checked = rows(name, value, size);
  const bad = checked.findIndex((one) => !Number.isFinite(one));
  if (bad >= 0) {
    throw new ArgumentError(`feedback.${name}[${bad}] is ${checked[bad]}, expected a finite number.`);
  }
}
