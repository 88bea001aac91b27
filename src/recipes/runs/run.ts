// A run, whatever it fits. It makes or restores its parts, trains, measures, writes checkpoints by the clock, and ends. The
// modality brings pool, model, trainer and selector, and writes what the run leaves behind.
import { cpus } from 'node:os';
import path from 'node:path';
import { ArgumentError, ResumeError } from '../../core/errors.js';
import {
  fit,
  type EndEvent,
  type FitEvent,
  type JsonValue,
  type MeasureEvent,
  type Snapshot,
} from '../../core/index.js';
import { diverged } from '../../core/diverged.js';
import { present } from '../../core/present.js';
import type { CheckpointEvent, RunEvent, RunTypes } from './events.js';
import { saveCheckpoint } from './checkpoint.js';
import { learningRateOf } from '../settings/learning-rate.js';
import type { RunSettings } from '../settings/resolver.js';
import { runFiles } from './folder.js';
import type { CommonHistoryEntry, CommonMetrics } from './metrics.js';
import type { RunParts, RunPlan } from './modality.js';
import { recordPlugins } from './plugins.js';
import type { RunFolder } from './run-folder.js';
import { RunState } from './state.js';
import type { Stopwatch } from './timing/stopwatch.js';
import { estimateSeconds, stepsWithin } from './timing/trial.js';
import { version } from './version.js';

/**
 * Carries a run out.
 * @param place the run's folder; a new run takes it over once it can be gone on with
 * @param watch runs while this run works
 * @param prepare makes the parts; that counts as the run's time, though not as training. Called again where the number of
 *   steps follows from the time that there is
 */
export async function* run<Types extends RunTypes>(
  kind: string,
  given: RunPlan<Types>,
  place: RunFolder,
  watch: Stopwatch,
  prepare: (plan: RunPlan<Types>) => RunParts<Types> | Promise<RunParts<Types>>,
): AsyncGenerator<RunEvent<Types>, void, undefined> {
  const { plan, parts } = await withinTime(given, prepare);
  const { info, device, folder, checkpoint } = plan;
  const { model, pool, trainer, selector } = parts;
  try {
    const state = new RunState<Types['entry']>(pool.size, watch, parts.words, parts.tally);
    // From here on the settings are those the run really has, so that a resumed run repeats its arithmetic.
    const settings: Types['settings'] = {
      ...plan.settings,
      device: trainer.device,
      workers: trainer.workers,
      ...(plan.settings.microBatch === undefined ? {} : { microBatch: trainer.microBatch }),
    };
    if (checkpoint !== undefined) {
      await naming(path.join(folder, runFiles.checkpoint), async () => {
        selector.restore(checkpoint.selector);
        await trainer.restore(checkpoint.trainer);
        state.restore(checkpoint.run);
      });
    }
    const describe = {
      kind: model.kind,
      parameters: model.parameterCount,
      macsPerSample: model.macsPerSample,
      ...present({ sharedMacsPerSample: model.grid?.macsPerSample }),
      settings: model.settings,
    };
    const estimatedSeconds = await estimateSeconds(parts, settings, plan.signal);
    const plugins = recordPlugins(plan.plugins, folder);
    const known = plan.network === undefined ? {} : { network: plan.network.sha256 };
    const stored = { kind, plugins, settings, info, input: { ...parts.stored, ...known }, version };
    const runSettings = JSON.parse(JSON.stringify(stored)) as JsonValue;
    const save = async (): Promise<CheckpointEvent> => {
      const file = path.join(place.current, runFiles.checkpoint);
      const weights = await trainer.snapshot();
      checkWeights(weights, selector.step, settings);
      await saveCheckpoint(file, {
        step: selector.step,
        settings: runSettings,
        trainer: weights,
        selector: selector.snapshot(),
        run: state.snapshot(),
      });
      return { type: 'checkpoint', step: selector.step, file };
    };
    if (checkpoint === undefined) {
      // Before its first step a run can be gone on with; whatever it replaces may go now.
      await save();
      await place.settle();
    } else await place.confirm(parts.words.file);
    yield {
      type: 'start',
      kind,
      input: info,
      model: describe,
      settings,
      device: device.name,
      deviceReason: device.reason,
      workers: trainer.workers,
      microBatch: trainer.microBatch,
      out: folder,
      resumedFrom: selector.step,
      ...present({ estimatedSeconds }),
      notes: trainer.note === undefined ? plan.notes : [...plan.notes, trainer.note],
    };

    const end = yield* train(settings, parts, state, save, plan.signal);
    yield await save();
    if (end.reason === 'aborted') {
      yield end;
      return;
    }
    const finishing = parts.finish(
      {
        version,
        input: info,
        strategy: selector.strategy,
        steps: selector.step,
        seed: settings.seed,
        device: trainer.device,
        workers: trainer.workers,
        microBatch: trainer.microBatch,
        machine: machine(),
        model: describe,
        settings,
      },
      state,
    );
    const outcome = 'next' in finishing ? yield* unlessStopped(finishing, plan.signal) : await finishing;
    if (outcome === undefined) {
      yield { ...end, reason: 'aborted' };
      return;
    }
    yield end;
    yield { type: 'result', metrics: outcome.metrics, out: folder, files: outcome.files };
  } finally {
    await trainer.dispose();
  }
}

/** The parts of a run, for as many steps as its time allows. */
async function withinTime<Types extends RunTypes>(
  plan: RunPlan<Types>,
  prepare: (plan: RunPlan<Types>) => RunParts<Types> | Promise<RunParts<Types>>,
): Promise<{ readonly plan: RunPlan<Types>; readonly parts: RunParts<Types> }> {
  const parts = await prepare(plan);
  const { trainer, pool } = parts;
  const { settings, signal, checkpoint } = plan;
  try {
    if (settings.microBatch === 0) await trainer.chooseMicroBatch(parts.usualBatch ?? pool.size);
    // A run that goes on has the number of steps that was found when it began.
    if (settings.time === undefined || checkpoint !== undefined) return { plan, parts };
    const steps = await stepsWithin(parts, settings, signal);
    const chosen = settings.microBatch === undefined ? {} : { microBatch: trainer.microBatch };
    const limited = { ...plan, settings: { ...settings, ...chosen, steps } };
    await trainer.dispose();
    return { plan: limited, parts: await prepare(limited) };
  } catch (error) {
    await trainer.dispose();
    throw error;
  }
}

/** Names the checkpoint in whatever is wrong with it. */
async function naming(file: string, restore: () => Promise<void>): Promise<void> {
  try {
    await restore();
  } catch (error) {
    if (!(error instanceof ResumeError)) throw error;
    throw new ResumeError(`${file}: ${error.message}`, { cause: error });
  }
}

/** Passes events on. Returns nothing when the signal ended what was under way: what that throws is no failure. */
async function* unlessStopped<Event, Result>(
  events: AsyncGenerator<Event, Result, undefined>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Event, Result | undefined, undefined> {
  try {
    return yield* events;
  } catch (error) {
    if (signal?.aborted === true) return undefined;
    throw error;
  }
}

/** Trains, takes note, measures, and checkpoints by the clock; passes every event but the last on. */
async function* train<Types extends RunTypes>(
  settings: RunSettings,
  parts: RunParts<Types>,
  state: RunState<Types['entry']>,
  save: () => Promise<CheckpointEvent>,
  signal: AbortSignal | undefined,
): AsyncGenerator<FitEvent | CheckpointEvent, EndEvent, undefined> {
  const { steps, checkpointEvery } = settings;
  const { pool, trainer, selector, batchSize, refresh } = parts;
  const usual = parts.measureEvery ?? Math.max(1, Math.floor(steps / 20));
  const every = settings.measureEvery > 0 ? settings.measureEvery : usual;
  const measure = {
    at: (step: number) => step % every === 0 || step === steps,
    run: (step: number) => parts.measure(step === steps),
  };
  let saved = state.total;
  let wait = checkpointEvery;
  const isDue = (): boolean => state.total - saved >= wait;
  const refreshes = (step: number): boolean => refresh !== undefined && step % refresh.every === 0;
  // A checkpoint and a new pool need everything that was sent to have come back.
  const settles = (step: number): boolean => isDue() || refreshes(step);
  // The trainer's own rate is that of the settings; handed over, it can be told where training diverges.
  const learningRate = rateOf(settings);
  const options = {
    pool,
    trainer,
    selector,
    steps,
    measure,
    settles,
    ...present({ learningRate, batchSize }),
  };
  // Where the pool is to be drawn anew the loop is stopped, and then begun again: nobody trains meanwhile.
  for (;;) {
    if (refresh !== undefined && (trainer.capabilities.ahead ?? 0) > 0) {
      const next = selector.step - (selector.step % refresh.every) + refresh.every;
      if (next < steps) refresh.prefetch(next);
    }
    const pause = new AbortController();
    const signals = signal === undefined ? [pause.signal] : [signal, pause.signal];
    let end: EndEvent | undefined;
    for await (const event of fit({
      ...options,
      elapsed: state.elapsed,
      signal: AbortSignal.any(signals),
    })) {
      if (event.type === 'end') {
        end = event;
        break;
      }
      if (event.type === 'step') {
        state.record(event);
        if (refreshes(event.step)) pause.abort();
      } else {
        checkMeasured(event, settings);
        const reached = await onTarget(event, parts);
        const told = reached ?? event;
        state.elapsed = event.seconds;
        state.history.push(parts.entry(told, { ...historyLine(told), samples: state.samples }));
        if (reached !== undefined && event.step < steps) {
          yield told;
          const { step, seconds } = told;
          return { type: 'end', reason: 'finished', step, steps, seconds };
        }
      }
      yield event;
      // A step that is measured is saved after its measurement, so that no checkpoint lacks a line of history.
      const complete = event.type === 'measure' || !measure.at(event.step);
      // With steps ahead an event may come while later ones are under way.
      const settled = event.step === selector.step;
      if (isDue() && settled && complete && event.step < steps) {
        const before = state.total;
        yield await save();
        saved = state.total;
        wait = pauseAfter(saved - before, checkpointEvery);
      }
    }
    if (end === undefined) throw new ArgumentError('fit ended without an end event');
    const paused = end.reason === 'aborted' && signal?.aborted !== true;
    if (!paused || refresh === undefined) return end;
    const start = performance.now();
    await refresh.run(end.step);
    const { train, ...others } = end.seconds;
    state.elapsed = { ...others, train: train + (performance.now() - start) / 1000 };
  }
}

/** Checkpoints that take this many seconds are kept to a share of a run; quicker ones come as often as they are asked for. */
const longSave = 1;
/** So many times as long as a long one took it is until the next. */
const afterLongSave = 20;

/** Seconds until the next checkpoint. @param took seconds that the last one took */
export const pauseAfter = (took: number, every: number): number =>
  took < longSave || every === 0 ? every : Math.max(every, afterLongSave * took);

/** Where a measurement says that the quality is there: that of everything, if it says so too. */
async function onTarget<Types extends RunTypes>(
  event: MeasureEvent,
  parts: RunParts<Types>,
): Promise<MeasureEvent | undefined> {
  const { target } = parts;
  const isThere = (metrics: MeasureEvent['metrics']): boolean =>
    target !== undefined && (metrics[target.name] ?? -Infinity) >= target.value;
  if (!isThere(event.metrics)) return undefined;
  const metrics = event.step === event.steps ? event.metrics : await parts.measure(true);
  return isThere(metrics) ? { ...event, metrics } : undefined;
}

/** The learning rate of each step. */
function rateOf(settings: RunSettings): (step: number) => number {
  return learningRateOf(settings) ?? (() => settings.learningRate);
}

/** Where training leaves the numbers a checkpoint would be of no use: the last good one stays. @throws DivergedError */
function checkWeights({ arrays }: Snapshot, step: number, settings: RunSettings): void {
  for (const array of Object.values(arrays)) {
    const bad = array instanceof Float32Array ? array.find((value) => !Number.isFinite(value)) : undefined;
    if (bad === undefined) continue;
    throw diverged({ what: `a weight is ${bad}`, step, steps: settings.steps, rate: rateOf(settings)(step) });
  }
}

/** @throws DivergedError for a figure that is no number */
function checkMeasured({ metrics, step, steps }: MeasureEvent, settings: RunSettings): void {
  for (const [name, value] of Object.entries(metrics)) {
    if (value === undefined || Number.isFinite(value)) continue;
    throw diverged({ what: `the measured ${name} is ${value}`, step, steps, rate: rateOf(settings)(step) });
  }
}

function historyLine({ step, seconds, loss, ratio }: MeasureEvent): CommonHistoryEntry {
  return { step, seconds: seconds.train + seconds.select, loss, ratio };
}

function machine(): CommonMetrics['machine'] {
  const cores = cpus();
  return {
    cpu: cores[0]?.model.trim() ?? 'unknown',
    cores: cores.length,
    node: process.versions.node,
    date: new Date().toISOString(),
  };
}
