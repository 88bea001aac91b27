// What is told before a run of the time that it will take, by a clock that goes on as the trainer says.
import { afterEach, expect, it, vi } from 'vitest';
import {
  allOf,
  createSelector,
  type Pool,
  type StepResult,
  type Trainer,
} from '../../../../src/core/index.js';
import { estimateSeconds } from '../../../../src/recipes/runs/timing/trial.js';

afterEach(() => vi.restoreAllMocks());

const pool: Pool = {
  ...{ size: 10, inputDim: 1, targetDim: 1 },
  gather: () => ({ ...allOf(10), inputs: new Float32Array(10), targets: new Float32Array(10) }),
};

/** Milliseconds of a first step, which finds nothing ready, and of each after that. */
function slowTrainer(first: number, others: number): Trainer {
  let now = 0;
  let steps = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  return {
    capabilities: { gives: ['errors'], scores: false, weights: false, terms: [], resident: false },
    step: ({ size }): Promise<StepResult> => {
      now += steps++ === 0 ? first : others;
      return Promise.resolve({ loss: 1, errors: new Float32Array(size) });
    },
    predict: (inputs) => Promise.resolve(inputs),
    snapshot: () => Promise.resolve({ values: {}, arrays: {} }),
    restore: () => Promise.resolve(),
    dispose: () => Promise.resolve(),
  };
}

it.each([
  ['short steps', 12, 2],
  ['steps of which the first takes longer than all that is tried', 1800, 400],
])('of %s goes by those after the first', async (_, first, others) => {
  const parts = {
    pool,
    trainer: slowTrainer(first, others),
    selector: createSelector({ strategy: 'uniform', size: 10, steps: 300, seed: 1 }),
  };
  const settings = {
    steps: 300,
    learningRate: 1,
    learningRateSchedule: 'constant',
    learningRateFinal: 1,
  } as const;
  expect(await estimateSeconds(parts, settings, undefined)).toBeCloseTo((300 * others) / 1000, 6);
  expect(parts.selector.step).toBe(0);
});
