// The learning rate of each step, from a run's settings.
import { learningRateAt } from '../../core/selectors/schedules.js';
import type { Values } from './presets.js';
import type { RunSettings } from './resolver.js';

/** The rate by step, from 1 to `steps`; undefined when it is the trainer's own throughout. */
export function learningRateOf(
  settings: Pick<RunSettings, 'steps' | 'learningRate' | 'learningRateSchedule' | 'learningRateFinal'>,
): ((step: number) => number) | undefined {
  const { steps, learningRate, learningRateSchedule: schedule, learningRateFinal } = settings;
  if (schedule === 'constant') return undefined;
  const final = learningRate * learningRateFinal;
  return (step) => learningRateAt(schedule, learningRate, final, step, steps);
}

/** No step takes an exponential to 0. */
export function scheduleProblems({ learningRateSchedule, learningRateFinal }: Values): string[] {
  if (learningRateSchedule !== 'exponential' || learningRateFinal !== 0) return [];
  return [
    'learningRateFinal: got 0, expected a number above 0 with an exponential schedule, which never reaches 0; ' +
      'linear and cosine do',
  ];
}
