// A few steps tried before a run, and taken back: how long a step takes decides how many there are in a given time, and what
// is told of the time that so many take.
import { ConfigError } from '../../../core/errors.js';
import { fit, type FitLoopOptions } from '../../../core/index.js';
import { present } from '../../../core/present.js';
import { learningRateOf } from '../../settings/learning-rate.js';
import type { RunSettings } from '../../settings/resolver.js';
import { timePattern } from '../../settings/shared.js';

/** How much is tried. */
export interface Trial {
  /** Steps beside the first, which is slower than others. */
  readonly steps: number;
  /** After so many seconds what was measured must do, where it is two steps at least. */
  readonly seconds: number;
}

/** What is tried: parts of a run. */
export type Tried = Pick<FitLoopOptions, 'pool' | 'trainer' | 'selector' | 'batchSize'>;

/** What steps are tried with. */
export type TriedSettings = Pick<
  RunSettings,
  'steps' | 'learningRate' | 'learningRateSchedule' | 'learningRateFinal'
>;

/** Enough to tell what a run takes: two steps where they are long, and more where they are short and differ. */
const forEstimate: Trial = { steps: 20, seconds: 0.15 };
/** Runs shorter than this are over before an estimate is of use. */
const fewestSteps = 200;

/** Units of a length of time, in seconds. */
const units: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600 };
function secondsOf(time: string): number {
  const [, amount, unit = ''] = timePattern.exec(time) ?? [];
  return Number(amount) * (units[unit] ?? 1);
}

/**
 * Seconds of a step, choosing included; trainer and selector are afterwards as they were before. Of the steps after the first
 * the one in the middle counts; where steps are sent ahead, the mean of all.
 */
async function trySteps(
  { pool, trainer, selector, batchSize }: Tried,
  settings: TriedSettings,
  trial: Trial,
  signal: AbortSignal | undefined,
): Promise<number | undefined> {
  const before = { trainer: await trainer.snapshot(), selector: selector.snapshot() };
  const { steps } = settings;
  const learningRate = learningRateOf(settings);
  const ahead = (trainer.capabilities.ahead ?? 0) > 0;
  // Waiting for the last of them should count for little.
  const most = ahead ? 10 * trial.steps : trial.steps;
  let first = selector.step;
  let start = performance.now();
  const times: number[] = [];
  let last = start;
  for await (const event of fit({
    ...{ pool, trainer, selector, steps },
    settles: () => false,
    ...present({ learningRate, batchSize, signal }),
  })) {
    if (event.type !== 'step') continue;
    const now = performance.now();
    times.push((now - last) / 1000);
    last = now;
    // A device that is sent to ahead compiles its kernels in the first step, which tells nothing of the others.
    if (times.length === 1 && ahead) [start, first] = [now, event.step];
    // The first alone, which prepares what others find ready, would tell of several times as long.
    const enough = times.length > 1 && now - start > trial.seconds * 1000;
    if (times.length > most || enough) break;
  }
  const sent = selector.step - first;
  // Some of them may be told before their work is done: all is done when there is a snapshot.
  if (ahead) await trainer.snapshot();
  const mean = (performance.now() - start) / 1000 / sent;
  selector.restore(before.selector);
  await trainer.restore(before.trainer);
  if (ahead && times.length > 0 && sent > 0) return mean;
  const later = (times.length > 1 ? times.slice(1) : times).sort((a, b) => a - b);
  return later[later.length >> 1];
}

/** Seconds that training will take, about; undefined for short runs, and where the signal ended the trial. */
export async function estimateSeconds(
  parts: Tried,
  settings: TriedSettings,
  signal: AbortSignal | undefined,
): Promise<number | undefined> {
  const left = settings.steps - parts.selector.step;
  if (left < fewestSteps) return undefined;
  const step = await trySteps(parts, settings, forEstimate, signal);
  return step === undefined ? undefined : left * step;
}

/**
 * Steps that fit into the setting `time`; those of the settings where it is left out, or the signal ended the trial.
 * @throws ConfigError where not even a few steps do
 */
export async function stepsWithin(
  parts: Tried,
  settings: TriedSettings & Pick<RunSettings, 'time'>,
  signal: AbortSignal | undefined,
): Promise<number> {
  if (settings.time === undefined) return settings.steps;
  const wanted = secondsOf(settings.time);
  const trial = { steps: 40, seconds: Math.min(2, wanted / 20) };
  const step = await trySteps(parts, settings, trial, signal);
  if (step === undefined) return settings.steps;
  const steps = Math.floor(wanted / step);
  if (steps >= 1) return steps;
  throw new ConfigError(
    `time: got ${settings.time}, but one step takes ${step.toPrecision(2)} s; expected time for one at least: give more, or ` +
      'make steps smaller with --ratio or --batch',
  );
}
