// What a report may bring: what is wanted has to be there, of the right length and finite; errors are worked out where they
// are left out, against the targets that are at hand.
import { describe, expect, it } from 'vitest';
import type { Feedback, Want } from '../../../src/core/contracts.js';
import { Draw } from '../../../src/core/selectors/draw.js';
import { FeedbackReader, type Found } from '../../../src/core/selectors/feedback.js';

const size = 4;
/** Of the pool's five samples, two channels each. */
const targets = Float32Array.from({ length: 10 }, (_, i) => i / 10);

interface Asked {
  readonly wants: readonly Want[];
  readonly weights?: Float32Array;
  readonly patches?: number;
  /** What the selector was made with. */
  readonly known?: Float32Array;
}

function read({ wants, weights, patches = 0, known }: Asked, feedback: unknown): Found {
  const draw = new Draw();
  draw.id = 7;
  draw.resize(size);
  draw.indices.set([4, 0, 2, 1]);
  Object.assign(draw, { wants, weights, patches });
  const reader = new FeedbackReader({ size: 5, ...(known && { targets: known }) } as never);
  return reader.read(draw, feedback as Feedback);
}

const floats = (...values: number[]): Float32Array => Float32Array.from(values);
const errors = floats(1, 2, 3, 6);

describe('a report', () => {
  it('is an object or errors', () => {
    expect(read({ wants: ['errors'] }, errors)).toMatchObject({ errors, errorMean: 3 });
    expect(() => read({ wants: ['errors', 'predictions'] }, null)).toThrow(
      'Selection 7 waits for errors and predictions, got null: report an object with these, or a Float32Array',
    );
  });

  it.each<[Want, string]>([
    ['absolute', 'The absolute error of sample 2 is NaN'],
    ['tangents', 'The tangent of sample 2 is NaN'],
    ['inputGradients', 'feedback.inputGradients[2] is NaN, expected a finite number'],
    ['predictions', 'feedback.predictions[2] is NaN, expected a finite number'],
  ])('has %s where that is wanted: as many as there are samples, all finite', (want, complaint) => {
    const wants = [want];
    expect(read({ wants }, { [want]: floats(1, 2, 3, 4) })).toMatchObject({ errorMean: 0 });
    expect(() => read({ wants }, { [want]: floats(1, 2, NaN, 4) })).toThrow(complaint);
    for (const wrong of [undefined, floats(), floats(1, 2, 3), [1, 2, 3, 4]]) {
      expect(() => read({ wants }, { [want]: wrong })).toThrow(`feedback.${want} `);
    }
    // Not looked at where nobody wants it.
    expect(read({ wants: ['errors'] }, { errors, [want]: floats(NaN) })).toMatchObject({ errorMean: 3 });
  });

  it('may have frequency fitness, of samples or of patches', () => {
    const frequency = floats(1, 3);
    const asked = { wants: ['errors'], patches: 2 } as const;
    expect(read(asked, { errors, frequency })).toMatchObject({ errorMean: 3, frequencyMean: 2 });
    expect(() => read({ wants: ['errors'] }, { errors, frequency })).toThrow(
      'feedback.frequency has 2 numbers, expected 4',
    );
    expect(() => read(asked, { errors, frequency: floats(1, -3) })).toThrow(
      'The frequency fitness of sample 1 is -3',
    );
  });

  it('is not read where the weight is 0', () => {
    const asked = { wants: ['errors'], weights: floats(1, 0, 1, 1) } as const;
    const found = read(asked, { errors: floats(1, NaN, 3, 8) });
    expect([...(found.errors ?? [])]).toEqual([1, 0, 3, 8]);
    expect(found.errorMean).toBe(3);
    const predictions = floats(1, 1, NaN, NaN, 1, 1, 1, 1);
    const zeros = new Float32Array(8);
    expect([...(read(asked, { predictions, targets: zeros }).errors ?? [])]).toEqual([1, 0, 1, 1]);
    // All of them count where no weight is 0.
    expect(() => read({ ...asked, weights: floats(1, 2, 1, 1) }, { predictions, targets: zeros })).toThrow(
      'The error of sample 1 is NaN',
    );
  });

  it('has errors worked out against the targets reported with it, before those of the selector', () => {
    const predictions = floats(1, 1, 1, 1, 1, 1, 1, 1);
    const own = { predictions, targets: floats(1, 1, 0, 0, 1, 0, 1, 1) };
    const asked = { wants: ['errors'], known: targets } as const;
    expect([...(read(asked, own).errors ?? [])]).toEqual([0, 1, 0.5, 0]);
    const found = read(asked, { predictions });
    // Those of samples 4, 0, 2 and 1.
    expect([...(found.targets ?? [])].map((value) => Math.round(10 * value))).toEqual([
      8, 9, 0, 1, 4, 5, 2, 3,
    ]);
    expect(found.errors?.[0]).toBeCloseTo((0.2 ** 2 + 0.1 ** 2) / 2, 6);
    expect(() => read({ wants: ['errors'] }, { predictions })).toThrow(
      'give it the targets, report { predictions, targets }, or report { errors }.',
    );
    expect(() => read(asked, { predictions: floats(1) })).toThrow(
      'feedback.predictions has 1 numbers, expected 8',
    );
  });

  it('has the targets beside errors and predictions where patches are compared, and only there', () => {
    const predictions = floats(1, 1, 1, 1, 1, 1, 1, 1);
    const asked = { wants: ['errors', 'predictions'], patches: 1, known: targets } as const;
    expect(read(asked, { errors, predictions }).targets).toHaveLength(8);
    expect(read({ ...asked, patches: 0 }, { errors, predictions }).targets).toBeUndefined();
    expect(read(asked, { errors }).targets).toBeUndefined();
    const own = new Float32Array(8);
    expect(read(asked, { errors, predictions, targets: own }).targets).toBe(own);
    expect(read({ ...asked, known: undefined as never }, { errors, predictions }).targets).toBeUndefined();
  });
});
