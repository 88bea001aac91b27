// Fitting an image, end to end: decode, pool, model, selector, training, checkpoints, and what the run leaves
// behind. It runs in the thread it is called in; `fitImage` puts it into one of its own.
import { createHash } from 'node:crypto';
import path from 'node:path';
import { ResumeError, type MeasureEvent, type Selector } from '../../../core/index.js';
import {
  channelLuma,
  createLaplacian,
  createPixelPool,
  createQualityMeter,
  type Image,
  type PixelPool,
} from '../../../image/index.js';
import { loadImage } from '../../../image/files/index.js';
import { createOnnxTrainer, resolveDevice, siren, type OnnxTrainer } from '../../../engine/index.js';
import type { HistoryEntry, ImageMetrics } from '../../runs/artifacts.js';
import { loadCheckpoint, type Checkpoint } from '../../runs/checkpoint.js';
import type { FitImageEvent } from '../../runs/events.js';
import { measureFigures } from '../../runs/metrics.js';
import { prepareFolder } from '../../runs/files.js';
import { keepTarget, readImageInput } from './input.js';
import { writeImageArtifacts } from './artifacts.js';
import { fitImageSettings, resolveSettings } from './options.js';
import { completed, layered } from './presets.js';
import type { FitImageSettings, FitImageSettingsInput } from './settings.js';
import { freeFolder, holdsRun, prepareRunFolder, runFiles } from '../../runs/folder.js';
import { checkExpected, checkSteps } from '../../runs/resuming.js';
import { run, usualBatch, type RunParts, type RunPlan } from '../../runs/run.js';
import { makeSelector, selectorFactory, type SelectorFactory } from '../../runs/selectors.js';
import { Stopwatch, timed } from '../../runs/stopwatch.js';
import { version } from '../../runs/version.js';

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
  const { info, pixels, settings: stored } = readRunSettings(checkpoint, folder);
  const settings = steps === undefined ? stored : resolveSettings(fitImageSettings, stored, { steps });
  if (expected !== undefined) checkExpected(stored, resolveSettings(fitImageSettings, expected), folder);
  checkSteps(settings.steps, checkpoint.step, folder);
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

interface ImageRun extends RunPlan<FitImageSettings, ImageMetrics['input']> {
  readonly image: Image;
  readonly selector: SelectorFactory | undefined;
}

function runTimed(plan: ImageRun): AsyncGenerator<FitImageEvent, void, undefined> {
  const watch = new Stopwatch();
  return timed(
    watch,
    run(plan, watch, () => imageParts(plan)),
  );
}

type ImageParts = RunParts<FitImageSettings, ImageMetrics['input'], ImageMetrics, HistoryEntry, never>;

function imageParts(plan: ImageRun): ImageParts {
  const { image, folder } = plan;
  const pool = createPixelPool(image);
  const model = siren({
    inputDim: pool.inputDim,
    outputDim: pool.targetDim,
    width: plan.settings.width,
    depth: plan.settings.depth,
    omega: plan.settings.omega,
  });
  const { trainer, selector } = createParts(plan, pool, model);
  const meter = createQualityMeter(image, pool.range);
  return {
    model,
    pool,
    trainer,
    selector,
    usualBatch: usualBatch(plan.settings, pool.size),
    words: { thing: 'picture', samples: 'pixels', file: runFiles.target },
    stored: { pixels: digest(image) },
    measure: async () => ({ ...measureFigures(meter, await trainer.predict(pool.inputs)) }),
    entry: historyEntry,
    finish: async (common, state) =>
      writeImageArtifacts(folder, {
        image,
        values: await trainer.predict(pool.inputs),
        range: pool.range,
        model,
        parameters: (await trainer.parameters()).map(({ data }) => data),
        counts: state.selectionCounts(),
        state,
        common,
      }),
  };
}

function createParts(
  plan: ImageRun,
  pool: PixelPool,
  model: ReturnType<typeof siren>,
): { trainer: OnnxTrainer; selector: Selector } {
  const { settings, image } = plan;
  const operator = createLaplacian({ ...layoutOf(image), range: pool.range });
  const selector = makeSelector(plan.selector ?? selectorFactory(settings.strategy), {
    size: pool.size,
    steps: settings.steps,
    seed: settings.seed,
    targets: pool.targets,
    operator,
    settings,
  });
  // A selector of one's own may ask for the term; of the built-in ones EVOS alone does.
  const mayAsk = plan.selector !== undefined || settings.strategy === 'evos';
  const trainer = createOnnxTrainer({
    model,
    adam: { learningRate: settings.learningRate },
    seed: settings.seed,
    device: plan.device.name,
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

function historyEntry(event: MeasureEvent): HistoryEntry {
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
