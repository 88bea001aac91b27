// What selectors refuse, and what they say about it.
import { describe, expect, it } from 'vitest';
import { ArgumentError, ResumeError } from '../../../src/core/errors.js';
import { createSelector, strategies, type SelectorOptions } from '../../../src/core/selectors/registry.js';
import { evos } from '../../../src/core/selectors/evos/evos.js';
import type { Snapshot } from '../../../src/core/contracts.js';

type EvosOptions = Partial<SelectorOptions<'evos'>>;

const size = 10;
const base = { strategy: 'evos', size, steps: 5, interval: 2 } as const;
const errors = new Float32Array(size);
const operator = { response: () => new Float32Array(size) };

const names = strategies()
  .map(({ name }) => name)
  .join(', ');

/** Options as plain JavaScript would give them, unchecked. */
const make = (options: object) => () => createSelector<string>({ ...base, ...options });

describe('createSelector refuses', () => {
  it.each<[object, string]>([
    [{ strategy: 'evos-onlin' }, "got 'evos-onlin'. Did you mean evos-online?"],
    [{ strategy: 'best' }, `strategy must be one of ${names}, got 'best'`],
    [{ size: 0 }, 'size must be an integer from 1 to 4294967295, got 0: the number of samples in the pool'],
    [{ size: 2.5 }, 'got 2.5'],
    [{ steps: 0 }, 'steps must be an integer of at least 1, got 0'],
    [{ seed: -1 }, 'seed must be an integer of at least 0, got -1'],
    [
      { batchSize: 0 },
      'batchSize must be an integer of at least 1, got 0: leave it out to train on everything selected',
    ],
    [{ ratio: 0 }, 'ratio must be a number in (0, 1], got 0'],
    [{ ratio: 1.01 }, 'ratio must be a number in (0, 1], got 1.01'],
    [{ ratio: '0.5' }, "got '0.5'"],
    [
      { schedule: 'Step' },
      "schedule must be one of constant, step, linear, cosine, reverse-cosine, got 'Step'",
    ],
    [{ interval: { from: 0, to: 5 } }, 'interval.from must be an integer of at least 1, got 0'],
    [{ interval: { from: 5, to: 1.5 } }, 'interval.to must be an integer of at least 1, got 1.5'],
    [{ interval: 0 }, 'interval must be an integer of at least 1, got 0'],
    [{ interval: '100:50' }, "interval must be a number or { from, to }, got '100:50'"],
    [{ interval: { from: 5 } }, 'interval must be a number or { from, to }, got an object with keys from'],
    [{ crossover: 'mix' }, "crossover must be one of select, add, no, got 'mix'"],
    [{ mutation: 'exp' }, "mutation must be one of constant, linear, exponential, got 'exp'"],
    [{ mutationShare: { from: 1.5, to: 1 } }, 'mutationShare.from must be a number in [0, 1], got 1.5'],
    [{ mutationShare: -0.1 }, 'mutationShare must be a number in [0, 1], got -0.1'],
    [{ mutation: 'exponential', mutationShare: { from: 0, to: 1 } }, 'needs both shares above 0, got 0 → 1'],
    [{ crossFrequencyUntil: 2 }, 'crossFrequencyUntil must be a number in [0, 1], got 2'],
    [{ crossFrequency: 0.3 }, 'crossFrequency must be true or false, got 0.3'],
    [
      { targets: new Float32Array(15) },
      'Float32Array of N × channels, N = 10, or a function from indices to targets; got 15 numbers',
    ],
    [{ targets: [1, 2] }, 'got an array of 2'],
    [{ targets: Array(10).fill(1) }, 'got an array of 10'],
    [{ targets: new Float32Array(0) }, 'got 0 numbers'],
    [{ targets: new Float32Array(10).fill(NaN, 0, 1) }, 'targets[0] is NaN, expected a finite number'],
    [{ targets: new Float32Array(10).fill(NaN, 4, 5) }, 'targets[4] is NaN, expected a finite number'],
    [{ operator }, 'A frequency operator was given without targets'],
    [{ operator: 5 }, 'operator must have a method response(values), got 5'],
    [{ frequencyWeight: -1 }, 'frequencyWeight must be a number of at least 0, got -1'],
    [{ open: 65 }, 'open must be an integer from 1 to 64, got 65'],
    [{ strategy: 'error-map' }, "The 'error-map' selector needs views, which it was not given"],
    [
      { targets: errors, operator: { response: () => new Float32Array(3) } },
      'response has 3 numbers, expected 10',
    ],
    [{ intervall: 5 }, "The 'evos' selector has no setting 'intervall': it takes strategy, size,"],
    [{ intervall: 5 }, 'Did you mean interval?'],
    [{ steps: undefined }, "The 'evos' selector has settings that move over the run, but no number of steps"],
    [{ strategy: 'full' }, "The 'full' selector has no setting 'interval'"],
  ])('%o', (options, message) => {
    expect(make(options)).toThrow(ArgumentError);
    expect(make(options)).toThrow(message);
  });
});

it.each([undefined, null, 'evos', 5])(
  'options that are %o are refused by every way to a selector',
  (options) => {
    const given = options as unknown as SelectorOptions<'evos'>;
    expect(() => createSelector(given)).toThrow(ArgumentError);
    expect(() => createSelector(given)).toThrow('The options must be an object with keys strategy, got ');
    expect(() => evos(given)).toThrow(ArgumentError);
    expect(() => evos(given)).toThrow("The 'evos' selector must be an object with keys size, seed, steps");
  },
);

describe('the order of calls', () => {
  it('an evaluation must be reported before the next selection', () => {
    const selector = createSelector(base);
    const selection = selector.next();
    expect(() => selector.next()).toThrow(/^Selection 1 \(step 1\) waits for its report: call report/);
    expect(() => selector.next()).toThrow(ArgumentError);
    expect(selector.step).toBe(1);
    selector.report(selection, { errors });
    expect(selector.next().step).toBe(2);
  });

  it('there are no more selections than steps', () => {
    const selector = createSelector({ strategy: 'uniform', size, steps: 2 });
    selector.next();
    selector.next();
    expect(() => selector.next()).toThrow('All 2 steps are handed out: make the selector with more.');
  });

  it('a second report, one too late, and one that nobody asked for are of no use', () => {
    const selector = createSelector(base);
    const first = selector.next();
    expect(selector.report(first, { errors })).toBe(true);
    expect(selector.report(first, { errors })).toBe(false);
    const second = selector.next();
    expect(selector.report(second, {})).toBe(false);
    expect(selector.report(second, { errors: new Float32Array(1) })).toBe(false);
    const third = selector.next();
    expect(third.awaited).toBe(true);
    expect(selector.report(first, { errors })).toBe(false);
    expect(() => selector.report({ id: 9 }, { errors })).toThrow(
      'The id of the selection must be an integer from 1 to 3, got 9',
    );
    expect(selector.report(third, { errors })).toBe(true);
  });

  it('a refused batch size takes no step', () => {
    const selector = createSelector(base);
    expect(() => selector.next({ batchSize: 1.5 })).toThrow(
      'batchSize must be an integer of at least 1, got 1.5',
    );
    expect(selector.step).toBe(0);
  });
});

describe('feedback that cannot be used', () => {
  const bad = (at: number, value: number) =>
    Float32Array.from({ length: size }, (_, i) => (i === at ? value : 1));
  const withOperator = { targets: errors, operator };

  it.each<[string, EvosOptions, object | undefined, string]>([
    ['nothing', {}, undefined, 'Selection 1 waits for errors, got undefined'],
    ['an empty report', {}, {}, 'feedback.errors must be a Float32Array'],
    ['too few errors', {}, { errors: new Float32Array(9) }, 'feedback.errors has 9 numbers, expected 10'],
    [
      'no typed array',
      {},
      { errors: [1] },
      'feedback.errors must be a Float32Array (one per sample of the selection, [n])',
    ],
    ['NaN', {}, { errors: bad(3, NaN) }, 'The error of sample 3 is NaN, expected a finite number'],
    ['infinity', {}, { errors: bad(4, Infinity) }, 'The error of sample 4 is Infinity'],
    [
      'negative',
      {},
      { errors: bad(5, -1) },
      'The error of sample 5 is -1, expected a finite number of at least 0',
    ],
    [
      'short frequency',
      {},
      { errors, frequency: new Float32Array(3) },
      'feedback.frequency has 3 numbers, expected 10',
    ],
    ['bad frequency', {}, { errors, frequency: bad(2, NaN) }, 'The frequency fitness of sample 2 is NaN'],
    ['predictions without targets', {}, { predictions: errors }, 'made without targets: give it the targets'],
    [
      'too many predictions',
      { targets: errors },
      { predictions: new Float32Array(20) },
      'has 20 numbers, expected 10',
    ],
    [
      'diverged predictions',
      { targets: errors },
      { predictions: bad(6, NaN) },
      'The error of sample 6 is NaN',
    ],
    [
      'errors alone despite an operator',
      withOperator,
      { errors },
      'has a frequency operator, but the feedback has errors alone',
    ],
  ])('%s', (_, options, feedback, message) => {
    const selector = createSelector({ ...base, ...options });
    const selection = selector.next();
    const report = () => selector.report(selection, feedback as { errors: Float32Array });
    expect(report).toThrow(ArgumentError);
    expect(report).toThrow(message);
    // Nothing was taken in: the right feedback still can be.
    selector.report(selection, { errors, frequency: errors });
    expect(selector.next().step).toBe(2);
  });
});

it("errors alone are enough for crossover 'no', operator or not", () => {
  const selector = createSelector({ ...base, targets: errors, operator, crossover: 'no' });
  selector.report(selector.next(), { errors });
  expect(selector.next().step).toBe(2);
});

describe('restore refuses', () => {
  const taken = (): Snapshot => {
    const selector = createSelector(base);
    selector.report(selector.next(), { errors });
    return selector.snapshot();
  };

  it.each<[string, EvosOptions, string]>([
    ['size', { size: 11 }, "its size is 10, this selector's is 11"],
    ['seed', { seed: 1 }, "its seed is 3407, this selector's is 1"],
    ['batchSize', { batchSize: 4 }, "its batchSize is null, this selector's is 4"],
    ['ratio', { ratio: 0.4 }, "its ratio is 0.5, this selector's is 0.4"],
    ['schedule', { schedule: 'step' }, 'its schedule is "constant", this selector\'s is "step"'],
    [
      'interval',
      { interval: { from: 3, to: 2 } },
      'its interval is 2, this selector\'s is {"from":3,"to":2}',
    ],
    ['crossover', { crossover: 'no' }, 'its crossover is "select"'],
    ['mutation', { mutationShare: 0.1 }, 'its mutationShare is 0.5'],
    ['weight', { frequencyWeight: 2 }, "its frequencyWeight is 0.00001, this selector's is 2"],
    ['operator', { operator, targets: errors }, 'its frequencyOperator is false'],
    ['cross frequency', { crossFrequency: false }, "its crossFrequency is true, this selector's is false"],
  ])('another %s, naming it', (_, options, message) => {
    const selector = createSelector({ ...base, ...options });
    expect(() => selector.restore(taken())).toThrow(ResumeError);
    expect(() => selector.restore(taken())).toThrow(message);
    expect(selector.step).toBe(0);
  });

  it('takes more steps: a run may be made longer on the way', () => {
    const selector = createSelector({ ...base, steps: 6 });
    const snapshot = taken();
    selector.restore(snapshot);
    expect(selector.step).toBe(snapshot.values['step']);
  });

  it('another strategy, naming it', () => {
    const selector = createSelector({ strategy: 'full', size, steps: 5 });
    expect(() => selector.restore(taken())).toThrow('its strategy is "evos", this selector\'s is "full"');
  });

  it.each<[string, (s: Snapshot) => Snapshot, string]>([
    ['a snapshot of something else', (s) => ({ ...s, values: {} }), 'The snapshot is not of a selector'],
    [
      'a step beyond the run',
      (s) => ({ ...s, values: { ...s.values, step: 6 } }),
      'expected a step from 0 to 5',
    ],
    [
      'open selections that are none',
      (s) => ({ ...s, values: { ...s.values, open: 1 } }),
      'at most 1 selections waiting',
    ],
    [
      'an empty random state',
      (s) => ({ ...s, arrays: { ...s.arrays, random: new Uint32Array(4) } }),
      'not all zero',
    ],
    [
      'a missing order',
      ({ values, arrays: { order: _, ...arrays } }) => ({ values, arrays }),
      'each of the 10 samples once',
    ],
    [
      'a repeated sample',
      (s) => ({ ...s, arrays: { ...s.arrays, order: new Uint32Array(10) } }),
      'is damaged: expected an order',
    ],
    [
      'a sample beyond the pool',
      (s) => ({ ...s, arrays: { ...s.arrays, order: Uint32Array.from({ length: 10 }, (_, i) => i + 1) } }),
      'is damaged: expected an order',
    ],
  ])('%s, leaving the selector as it was', (_, damage, message) => {
    const selector = createSelector(base);
    const before = selector.snapshot();
    expect(() => selector.restore(damage(taken()))).toThrow(ResumeError);
    expect(() => selector.restore(damage(taken()))).toThrow(message);
    expect(selector.snapshot()).toEqual(before);
  });

  it('nothing of a report still owed: it is owed after a restore too', () => {
    const first = createSelector(base);
    const selection = first.next();
    const second = createSelector(base);
    second.restore(first.snapshot());
    expect(() => second.next()).toThrow('waits for its report');
    second.report(selection, { errors });
    expect(second.next().step).toBe(2);
  });
});
