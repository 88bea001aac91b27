// What is said of training that diverges: numbers as people read them.
import { describe, expect, it } from 'vitest';
import { diverged } from '../../src/core/diverged.js';

describe('training that diverges', () => {
  it.each([
    [0.005, 'The learning rate was 0.005: lower it, to 0.0005 for example,'],
    [1e-7, 'The learning rate was 1e-7: lower it, to 1e-8 for example,'],
    [9_939_999_999, 'The learning rate was 9.94e+9: lower it, to 9.94e+8 for example,'],
    [1e6, 'The learning rate was 1e+6: lower it, to 100000 for example,'],
    [1234.567, 'The learning rate was 1230: lower it, to 123 for example,'],
    [0, 'Lower the learning rate and start again'],
    [undefined, 'Lower the learning rate and start again'],
  ])('at the rate %s', (rate, words) => {
    const error = diverged({ what: 'the loss is NaN', step: 3, steps: 9, rate });
    expect([error.step, error.steps]).toEqual([3, 9]);
    const { message } = error;
    expect(message).toContain(
      'Training diverged: the loss is NaN at step 3 of 9, expected a finite number. ',
    );
    expect(message).toContain(words);
  });
});
