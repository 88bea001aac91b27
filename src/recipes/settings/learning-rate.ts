// The learning rate of each step, from a run's settings.
import { learningRateAt } from '../../core/index.js';
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
