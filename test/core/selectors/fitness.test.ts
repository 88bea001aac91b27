// Fitness from predictions, and its means, against plain sums.
import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../../../src/core/errors.js';
import {
  checkFitness,
  checkTargetsOf,
  responseOf,
  squaredDifferences,
  squaredErrors,
} from '../../../src/core/selectors/fitness.js';
import { createRandom } from '../../../src/core/numeric/random.js';

const n = 500;

function noise(length: number, seed: number): Float32Array {
  const random = createRandom(seed);
  return Float32Array.from({ length }, () => 2 * random.float() - 1);
}

/** Rounded to floats first, then added up in their order. */
function meanOf(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

describe('squared errors', () => {
  it.each([1, 2, 3, 4])('of %i channels, averaged, and their mean (seeds 1 and 2)', (channels) => {
    const predictions = noise(n * channels, 1);
    const targets = noise(n * channels, 2);
    const errors = new Float32Array(n);
    const mean = squaredErrors(predictions, targets, errors);
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let c = i * channels; c < (i + 1) * channels; c++) {
        sum += ((predictions[c] ?? NaN) - (targets[c] ?? NaN)) ** 2;
      }
      expect(errors[i]).toBe(Math.fround(sum / channels));
    }
    expect(mean).toBe(meanOf(errors));
  });

  it.each([1, 3])('of diverged predictions are refused, %i channels', (channels) => {
    for (const value of [NaN, Infinity, -Infinity, 3e38]) {
      const predictions = noise(n * channels, 1);
      predictions[7 * channels] = value;
      const report = () => squaredErrors(predictions, noise(n * channels, 2), new Float32Array(n));
      expect(report).toThrow(ArgumentError);
      expect(report).toThrow(/^The error of sample 7 is (NaN|Infinity), expected a finite number/);
    }
  });
});

describe('squared differences', () => {
  it('of two responses, and their mean (seeds 3 and 4)', () => {
    const [response, reference] = [noise(n, 3), noise(n, 4)];
    const out = new Float32Array(n);
    const mean = squaredDifferences(response, reference, out);
    out.forEach((value, i) =>
      expect(value).toBe(Math.fround(((response[i] ?? NaN) - (reference[i] ?? NaN)) ** 2)),
    );
    expect(mean).toBe(meanOf(out));
  });

  it('of diverged responses are refused', () => {
    const response = noise(n, 3);
    response[9] = NaN;
    expect(() => squaredDifferences(response, noise(n, 4), new Float32Array(n))).toThrow(
      'The frequency fitness of sample 9 is NaN, expected a finite number',
    );
    response[9] = 3e38;
    expect(() => squaredDifferences(response, noise(n, 4), new Float32Array(n))).toThrow(
      'The frequency fitness of sample 9 is Infinity, expected a finite number',
    );
  });
});

describe('fitness handed over', () => {
  it('has its mean worked out (seed 5)', () => {
    const values = noise(n, 5).map(Math.abs);
    values[3] = -0;
    expect(checkFitness('The error', values)).toBe(meanOf(values));
  });

  it.each([
    [NaN, 'The error of sample 40 is NaN, expected a finite number of at least 0: the training has probably'],
    [Infinity, 'The error of sample 40 is Infinity'],
    [-1e-45, 'expected a finite number of at least 0: fitness is a squared difference'],
  ])('is refused when it cannot be ranked: %d', (value, message) => {
    const values = noise(n, 5).map(Math.abs);
    values[40] = value;
    expect(() => checkFitness('The error', values)).toThrow(message);
  });

  it('may be 0: it is another sample that is named', () => {
    const values = new Float32Array(n);
    values[40] = NaN;
    expect(() => checkFitness('The error', values)).toThrow('The error of sample 40 is NaN');
  });

  it('may be as large as floats are', () => {
    const values = new Float32Array(n).fill(3.4028234663852886e38);
    expect(checkFitness('The error', values)).toBe(3.4028234663852886e38);
  });
});

describe('answers of functions', () => {
  it.each([
    ['an array', [1, 2, 3, 4], 'an array of 4'],
    ['nothing', undefined, 'undefined'],
    ['no numbers', new Float32Array(0), 'Float32Array(0 bytes)'],
    ['other numbers', new Uint32Array(4), 'Uint32Array(16 bytes)'],
    ['too many numbers', new Float32Array(5), 'Float32Array(20 bytes)'],
  ])('to a question for targets are refused: %s', (_, targets, got) => {
    expect(() => checkTargetsOf(targets, 4)).toThrow(ArgumentError);
    expect(() => checkTargetsOf(targets, 4)).toThrow(
      `targets(indices) must answer with a Float32Array of the same number of values for each of 4 samples, got ${got}.`,
    );
    const fine = new Float32Array(8);
    expect(checkTargetsOf(fine, 4)).toBe(fine);
  });

  it('of an operator are refused', () => {
    const operator = { response: (values: Float32Array) => values.subarray(1) };
    expect(() => responseOf(operator, new Float32Array(4), 4)).toThrow(
      'The frequency response has 3 numbers, expected 4 (one number per sample, [N]).',
    );
  });
});
