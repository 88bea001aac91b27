// A run, whatever it fits: parts made or restored, training with measurements and checkpoints by the clock, its events,
// and its end. Pictures and meshes bring their pool, model, trainer and selector, and what they leave behind.
import { cpus } from 'node:os';
import path from 'node:path';
import {
  ArgumentError,
  fit,
  type EndEvent,
  type FitEvent,
  type JsonValue,
  type MeasureEvent,
  type SamplePool,
  type Selector,
  type Trainer,
} from '../../core/index.js';
import type { ModelDefinition, OnnxTrainer, ResolvedDevice } from '../../engine/index.js';
import type { CommonMetrics } from './artifacts.js';
import { saveCheckpoint, type Checkpoint } from './checkpoint.js';
import type { CheckpointEvent, RunEvent } from './events.js';
import { learningRateOf } from '../settings/learning-rate.js';
import { runFiles } from './folder.js';
import { RunState, type Tally, type TargetWords } from './state.js';
import type { FitImageSettings } from '../modalities/image/settings.js';
import type { Stopwatch } from './stopwatch.js';
import { version } from './version.js';

/** The settings that a run reads itself. */
export interface RunSettings extends Pick<
  FitImageSettings,
  | 'steps'
  | 'seed'
  | 'learningRate'
  | 'learningRateSchedule'
  | 'learningRateFinal'
  | 'device'
  | 'workers'
  | 'measureEvery'
  | 'checkpointEvery'
> {
  readonly strategy: string;
  /** Where there is no such setting the trainer has its own size of passes, always the same. */
  readonly microBatch?: number;
}

/** What a run is asked to do, and where. */
export interface RunPlan<Settings extends RunSettings, Input> {
  /** The input as events and figures describe it. */
  readonly info: Input;
  readonly notes: readonly string[];
  readonly settings: Settings;
  readonly device: ResolvedDevice;
  readonly folder: string;
  readonly signal: AbortSignal | undefined;
  /** Where to go on from. */
  readonly checkpoint?: Checkpoint;
}

/** A pool that is drawn anew now and then. */
export interface Refresh {
  /** After every so many steps. */
  readonly every: number;
  /** Draws the samples of the steps after this one. Counts as training. */
  run(step: number): Promise<void>;
}

/** What a modality brings to a run. */
export interface RunParts<Settings, Input, Metrics, Entry extends object, Finish> {
  readonly model: ModelDefinition;
  readonly pool: SamplePool;
  readonly selector: Selector;
  /** Disposed of by the run. */
  readonly trainer: OnnxTrainer;
  /** The trainer as the training loop sees it, where that is another; default: `trainer`. */
  readonly stepper?: Trainer;
  readonly refresh?: Refresh;
  /** Samples of an ordinary step at the start of a run, by which a `microBatch` of 0 is chosen. */
  readonly usualBatch?: number;
  /** How it is counted what was trained on; default: sample by sample. */
  readonly tally?: Tally;
  readonly words: TargetWords;
  /** What the checkpoint keeps beside the settings, to know the input again. */
  readonly stored: Readonly<Record<string, JsonValue>>;
  /** Quality for the record. */
  measure(): Promise<Record<string, number>>;
  /** A line of the history. */
  entry(event: MeasureEvent): Entry;
  /** Writes what a finished run leaves behind. A generator has events, and may throw when the signal is fired. */
  finish(
    common: CommonMetrics<Input, Settings>,
    state: RunState<Entry>,
  ): Promise<Outcome<Metrics>> | AsyncGenerator<Finish, Outcome<Metrics>, undefined>;
}

/** What a finished run leaves behind. */
export interface Outcome<Metrics> {
  readonly metrics: Metrics;
  readonly files: readonly string[];
}

/**
 * Carries a run out.
 * @param watch runs while this run works
 * @param prepare makes the parts; that counts as the run's time, though not as training
 */
export async function* run<Settings extends RunSettings, Input, Metrics, Entry extends object, Finish>(
  plan: RunPlan<Settings, Input>,
  watch: Stopwatch,
  prepare: () =>
    | RunParts<Settings, Input, Metrics, Entry, Finish>
    | Promise<RunParts<Settings, Input, Metrics, Entry, Finish>>,
): AsyncGenerator<RunEvent<Input, Settings, Metrics, Finish>, void, undefined> {
  const { info, device, folder, checkpoint } = plan;
  const parts = await prepare();
  const { model, pool, trainer, selector } = parts;
  try {
    const state = new RunState<Entry>(pool.size, watch, parts.words, parts.tally);
    if (plan.settings.microBatch === 0) await trainer.chooseMicroBatch(parts.usualBatch ?? pool.size);
    // From here on the settings are those the run really has, so that a resumed run repeats its arithmetic.
    const settings: Settings = {
      ...plan.settings,
      device: trainer.device,
      workers: trainer.workers,
      ...(plan.settings.microBatch === undefined ? {} : { microBatch: trainer.microBatch }),
    };
    if (checkpoint !== undefined) {
      selector.restore(checkpoint.selector);
      await trainer.restore(checkpoint.trainer);
      state.restore(checkpoint.run);
    }
    const describe = {
      kind: model.kind,
      parameters: model.parameterCount,
      macsPerSample: model.macsPerSample,
      settings: model.settings,
    };
    yield {
      type: 'start',
      input: info,
      model: describe,
      settings,
      device: device.name,
      deviceReason: device.reason,
      workers: trainer.workers,
      microBatch: trainer.microBatch,
      out: folder,
      resumedFrom: selector.step,
      notes: plan.notes,
    };

    const file = path.join(folder, runFiles.checkpoint);
    const runSettings = JSON.parse(JSON.stringify({ settings, info, ...parts.stored, version })) as JsonValue;
    const save = async (): Promise<CheckpointEvent> => {
      await saveCheckpoint(file, {
        step: selector.step,
        settings: runSettings,
        trainer: await trainer.snapshot(),
        selector: selector.snapshot(),
        run: state.snapshot(),
      });
      return { type: 'checkpoint', step: selector.step, file };
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
        steps: settings.steps,
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

/** Samples of an ordinary step at the start of a run that chooses among `size`. */
export function usualBatch(
  { strategy, ratio, batch }: Pick<FitImageSettings, 'strategy' | 'ratio' | 'batch'>,
  size: number,
): number {
  const selected = strategy === 'full' ? size : Math.floor(ratio * size);
  return batch > 0 ? Math.min(batch, selected) : selected;
}

/** The parts that training needs. */
type Training<Entry extends object> = Pick<
  RunParts<unknown, unknown, unknown, Entry, unknown>,
  'pool' | 'selector' | 'trainer' | 'stepper' | 'refresh' | 'measure' | 'entry'
>;

/** Trains, takes note, measures, and checkpoints by the clock; passes every event but the last on. */
async function* train<Entry extends object>(
  settings: RunSettings,
  parts: Training<Entry>,
  state: RunState<Entry>,
  save: () => Promise<CheckpointEvent>,
  signal: AbortSignal | undefined,
): AsyncGenerator<FitEvent | CheckpointEvent, EndEvent, undefined> {
  const { steps, checkpointEvery } = settings;
  const { refresh } = parts;
  const every = settings.measureEvery > 0 ? settings.measureEvery : Math.max(1, Math.floor(steps / 20));
  const measure = {
    at: (step: number) => step % every === 0 || step === steps,
    run: () => parts.measure(),
  };
  let saved = state.total;
  const learningRate = learningRateOf(settings);
  const options = {
    pool: parts.pool,
    trainer: parts.stepper ?? parts.trainer,
    selector: parts.selector,
    steps,
    measure,
    ...(learningRate === undefined ? {} : { learningRate }),
  };
  // Where the pool is to be drawn anew the loop is stopped, and then begun again: nobody trains meanwhile.
  for (;;) {
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
        if (refresh !== undefined && event.step % refresh.every === 0) pause.abort();
      } else state.history.push(parts.entry(event));
      yield event;
      const due = state.total - saved >= checkpointEvery;
      // A step that is measured is saved after its measurement, so that no checkpoint lacks a line of history.
      const complete = event.type === 'measure' || !measure.at(event.step);
      if (due && complete && event.step < steps) {
        yield await save();
        saved = state.total;
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

function machine(): CommonMetrics<unknown, unknown>['machine'] {
  const cores = cpus();
  return {
    cpu: cores[0]?.model.trim() ?? 'unknown',
    cores: cores.length,
    node: process.versions.node,
    date: new Date().toISOString(),
  };
}
