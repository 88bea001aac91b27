// Fitting an image, end to end: decode, pool, model, selector, training, checkpoints, and what the run leaves
// behind. It runs in the thread it is called in; `fitImage` puts it into one of its own.
import { createHash } from 'node:crypto';
import { cpus } from 'node:os';
import path from 'node:path';
import {
  ArgumentError,
  fit,
  ResumeError,
  type EndEvent,
  type JsonValue,
  type MeasureEvent,
  type Selector,
} from '../core/index.js';
import {
  channelLuma,
  createLaplacian,
  createPixelPool,
  createQualityMeter,
  loadImage,
  type Image,
  type PixelPool,
} from '../image/index.js';
import {
  createOnnxTrainer,
  resolveDevice,
  siren,
  type OnnxTrainer,
  type ResolvedDevice,
} from '../adapters/onnx/index.js';
import type { ImageMetrics } from './artifacts.js';
import { loadCheckpoint, saveCheckpoint, type Checkpoint } from './checkpoint.js';
import type { FitImageEvent } from './events.js';
import { measureFigures } from './figures.js';
import { prepareFolder } from './files.js';
import { keepTarget, readImageInput } from './image-input.js';
import { writeImageArtifacts } from './image-artifacts.js';
import { learningRateOf } from './learning-rate.js';
import { fitImageSettings, resolveSettings } from './options.js';
import { completed, layered } from './presets.js';
import type { FitImageSettings, FitImageSettingsInput } from './settings.js';
import { freeFolder, holdsRun, prepareRunFolder, runFiles } from './run-folder.js';
import { RunState } from './run-state.js';
import { selectorFactory, type SelectorFactory } from './selectors.js';
import { Stopwatch, timed } from './stopwatch.js';
import { version } from './version.js';

/** What `fitImage` takes: the settings, and where from and where to. */
export interface FitImageOptions extends FitImageSettingsInput {
  /** Path of a PNG, JPEG, WebP, AVIF or TIFF. */
  readonly input: string;
  /** The run's folder, made if missing. Default `runs/<name of the input>`, with a number if that holds a run. */
  readonly out?: string;
  /** Write over a run that `out` holds already; otherwise that is an error. */
  readonly overwrite?: boolean;
  /** Ends the run after the current step; a checkpoint is written first. */
  readonly signal?: AbortSignal;
  /** A selector of your own instead of `strategy`; the run then shares the caller's thread. */
  readonly selector?: SelectorFactory;
}

/** What `resumeImage` takes. */
export interface ResumeImageOptions {
  /** A run's folder, with its checkpoint. */
  readonly folder: string;
  /** Train on to this many steps; at least those already done. Default: the run's own number. */
  readonly steps?: number;
  readonly signal?: AbortSignal;
  /** The selector of your own that the run was started with. */
  readonly selector?: SelectorFactory;
  /** Settings the run must have been started with; 0 and `auto` agree with whatever they were resolved to. */
  readonly expected?: FitImageSettingsInput;
}

/** `fitImage` in this thread. */
export async function* fitImageHere(
  options: FitImageOptions,
): AsyncGenerator<FitImageEvent, void, undefined> {
  const { input, out, overwrite = false, signal, selector, ...rest } = options;
  const settings = resolveSettings(fitImageSettings, rest);
  const { image, info, notes } = await readImageInput(input, settings);
  const folder = out ?? freeFolder(path.join('runs', path.parse(input).name), holdsRun);
  // Before the folder: a device that is missing must not cost the run that is to be written over.
  const device = await resolveDevice(settings.device);
  await prepareRunFolder(folder, overwrite);
  await keepTarget(folder, image);
  yield* runTimed({ image, info, notes, settings, device, folder, signal, selector });
}

/** `resumeImage` in this thread. */
export async function* resumeImageHere(
  options: ResumeImageOptions,
): AsyncGenerator<FitImageEvent, void, undefined> {
  const { folder, steps, signal, selector, expected } = options;
  const checkpoint = await loadCheckpoint(path.join(folder, runFiles.checkpoint));
  const { info, pixels, ...run } = readRunSettings(checkpoint, folder);
  const settings =
    steps === undefined ? run.settings : resolveSettings(fitImageSettings, run.settings, { steps });
  if (expected !== undefined) checkExpected(run.settings, expected, folder);
  if (settings.steps < checkpoint.step) {
    throw new ArgumentError(
      `steps: got ${settings.steps}, expected at least ${checkpoint.step}: the run in ${folder} has done so many`,
    );
  }
  const image = await loadImage(path.join(folder, runFiles.target));
  if (digest(image) !== pixels) {
    throw new ResumeError(
      `${path.join(folder, runFiles.target)} is not the picture this run was started with; put that one back, or start anew`,
    );
  }
  const { name } = await resolveDevice(settings.device);
  const device = { name, reason: 'the device the run was started on' };
  await prepareFolder(folder);
  yield* runTimed({ image, info, notes: [], settings, device, folder, signal, selector, checkpoint });
}

interface ImageRun {
  readonly image: Image;
  readonly info: ImageMetrics['input'];
  readonly notes: readonly string[];
  readonly settings: FitImageSettings;
  readonly device: ResolvedDevice;
  readonly folder: string;
  readonly signal: AbortSignal | undefined;
  readonly selector: SelectorFactory | undefined;
  readonly checkpoint?: Checkpoint;
}

function runTimed(run: ImageRun): AsyncGenerator<FitImageEvent, void, undefined> {
  const watch = new Stopwatch();
  return timed(watch, runImage(run, watch));
}

async function* runImage(run: ImageRun, watch: Stopwatch): AsyncGenerator<FitImageEvent, void, undefined> {
  const { image, info, device, folder, checkpoint } = run;
  const state = new RunState(image.width * image.height, watch);
  const pool = createPixelPool(image);
  const model = siren({
    inputDim: pool.inputDim,
    outputDim: pool.targetDim,
    width: run.settings.width,
    depth: run.settings.depth,
    omega: run.settings.omega,
  });
  const { trainer, selector } = createParts(run, pool, model);
  try {
    if (run.settings.microBatch === 0) await trainer.chooseMicroBatch(usualBatch(run.settings, pool.size));
    // From here on the settings are those the run really has, so that a resumed run repeats its arithmetic.
    const settings: FitImageSettings = {
      ...run.settings,
      device: trainer.device,
      workers: trainer.workers,
      microBatch: trainer.microBatch,
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
      notes: run.notes,
    };

    const file = path.join(folder, runFiles.checkpoint);
    const runSettings: JsonValue = {
      settings: JSON.parse(JSON.stringify(settings)) as JsonValue,
      info: { ...info },
      pixels: digest(image),
      version,
    };
    const save = async (): Promise<FitImageEvent> => {
      await saveCheckpoint(file, {
        step: selector.step,
        settings: runSettings,
        trainer: await trainer.snapshot(),
        selector: selector.snapshot(),
        run: state.snapshot(),
      });
      return { type: 'checkpoint', step: selector.step, file };
    };

    const end = yield* train(run, settings, state, pool, trainer, selector, save);
    yield await save();
    if (end.reason === 'aborted') {
      yield end;
      return;
    }
    const values = await trainer.predict(pool.inputs);
    const { metrics, files } = await writeImageArtifacts(folder, {
      image,
      values,
      range: pool.range,
      model,
      parameters: (await trainer.parameters()).map(({ data }) => data),
      counts: state.selectionCounts(),
      state,
      metrics: {
        kind: 'image',
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
    });
    yield end;
    yield { type: 'result', metrics, out: folder, files };
  } finally {
    await trainer.dispose();
  }
}

/** Samples of an ordinary step at the start of a run. */
function usualBatch({ strategy, ratio, batch }: FitImageSettings, size: number): number {
  const selected = strategy === 'full' ? size : Math.floor(ratio * size);
  return batch > 0 ? Math.min(batch, selected) : selected;
}

function createParts(
  run: ImageRun,
  pool: PixelPool,
  model: ReturnType<typeof siren>,
): { trainer: OnnxTrainer; selector: Selector } {
  const { settings, image } = run;
  const operator = createLaplacian({ ...layoutOf(image), range: pool.range });
  const makeSelector = run.selector ?? selectorFactory(settings.strategy);
  const selector = makeSelector({
    size: pool.size,
    steps: settings.steps,
    seed: settings.seed,
    targets: pool.targets,
    operator,
    settings,
  });
  if (selector.size !== pool.size) {
    throw new ArgumentError(
      `the selector was made for ${selector.size} samples, expected ${pool.size}: use the context's size`,
    );
  }
  // A selector of one's own may ask for the term; of the built-in ones EVOS alone does.
  const mayAsk = run.selector !== undefined || settings.strategy === 'evos';
  const trainer = createOnnxTrainer({
    model,
    adam: { learningRate: settings.learningRate },
    seed: settings.seed,
    device: run.device.name,
    pool,
    ...(settings.workers > 0 ? { workers: settings.workers } : {}),
    ...(settings.microBatch > 0 ? { microBatch: settings.microBatch } : {}),
    ...(settings.crossFrequencyWeight > 0 && mayAsk
      ? {
          crossFrequency: {
            ...layoutOf(image),
            range: pool.range,
            luma: channelLuma(image.channels),
            weight: settings.crossFrequencyWeight,
            targetResponse: operator.response(pool.targets),
          },
        }
      : {}),
  });
  return { trainer, selector };
}

/** Trains, takes note, measures, and checkpoints by the clock; passes every event but the last on. */
async function* train(
  run: ImageRun,
  settings: FitImageSettings,
  state: RunState,
  pool: PixelPool,
  trainer: OnnxTrainer,
  selector: Selector,
  save: () => Promise<FitImageEvent>,
): AsyncGenerator<FitImageEvent, EndEvent, undefined> {
  const { steps, checkpointEvery } = settings;
  const every = settings.measureEvery > 0 ? settings.measureEvery : Math.max(1, Math.floor(steps / 20));
  const meter = createQualityMeter(run.image, pool.range);
  const measure = {
    at: (step: number) => step % every === 0 || step === steps,
    run: async (): Promise<Record<string, number>> => ({
      ...measureFigures(meter, await trainer.predict(pool.inputs)),
    }),
  };
  const { signal } = run;
  let saved = state.total;
  const learningRate = learningRateOf(settings);
  const options = {
    pool,
    trainer,
    selector,
    steps,
    measure,
    elapsed: state.elapsed,
    ...(learningRate === undefined ? {} : { learningRate }),
    ...(signal === undefined ? {} : { signal }),
  };
  for await (const event of fit(options)) {
    if (event.type === 'end') return event;
    if (event.type === 'step') state.record(event);
    else state.history.push(historyEntry(event));
    yield event;
    const due = state.total - saved >= checkpointEvery;
    // A step that is measured is saved after its measurement, so that no checkpoint lacks a line of history.
    const complete = event.type === 'measure' || !measure.at(event.step);
    if (due && complete && event.step < steps) {
      yield await save();
      saved = state.total;
    }
  }
  throw new ArgumentError('fit ended without an end event');
}

function historyEntry(event: MeasureEvent): ImageMetrics['history'][number] {
  const { psnr = Number.NaN, psnrImagePeak = Number.NaN, ssim } = event.metrics;
  return {
    step: event.step,
    seconds: event.seconds.train + event.seconds.select,
    psnr,
    psnrImagePeak,
    ssim: ssim ?? null,
    loss: event.loss,
    ratio: event.ratio,
  };
}

function readRunSettings(checkpoint: Checkpoint, folder: string) {
  const stored = checkpoint.settings as {
    settings?: unknown;
    info?: ImageMetrics['input'];
    pixels?: string;
  } | null;
  // Runs from before there were presets hold no more than the published setting had.
  const settings = fitImageSettings.safeParse(
    completed(layered({ preset: 'evos-paper' }, stored?.settings ?? {})),
  );
  if (!settings.success || stored?.info === undefined || stored.pixels === undefined) {
    throw new ResumeError(
      `the checkpoint in ${folder} is not of an image fit of this version (${version}); start the run anew`,
    );
  }
  return { info: stored.info, settings: settings.data, pixels: stored.pixels };
}

/** @throws ResumeError naming the first setting that differs. */
function checkExpected(settings: FitImageSettings, expected: FitImageSettingsInput, folder: string): void {
  const run: Readonly<Record<string, unknown>> = { ...settings };
  for (const [name, wanted] of Object.entries(resolveSettings(fitImageSettings, expected))) {
    // What a preset stands for is among the others; by which name it came does not matter.
    if (name === 'preset') continue;
    const resolved = (name === 'workers' || name === 'microBatch') && wanted === 0;
    if (resolved || (name === 'device' && wanted === 'auto') || run[name] === wanted) continue;
    throw new ResumeError(
      `the run in ${folder} was started with ${name} ${JSON.stringify(run[name])}, not ${JSON.stringify(wanted)}; ` +
        'give the same settings again, or another folder',
    );
  }
}

function layoutOf({ width, height, channels }: Image): Pick<Image, 'width' | 'height' | 'channels'> {
  return { width, height, channels };
}

/** SHA-256 of the samples: tells one picture from another. */
function digest(image: Image): string {
  const { data } = image;
  return createHash('sha256')
    .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    .digest('hex');
}

function machine(): ImageMetrics['machine'] {
  const cores = cpus();
  return {
    cpu: cores[0]?.model.trim() ?? 'unknown',
    cores: cores.length,
    node: process.versions.node,
    date: new Date().toISOString(),
  };
}
