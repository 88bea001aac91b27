// What fitting an image takes: pool, network, trainer and selector, quality, and how the picture is kept and found again.
import { createHash } from 'node:crypto';
import path from 'node:path';
import { ResumeError } from '../../../core/errors.js';
import { findStrategy, type FrequencyOperator, type Selector } from '../../../core/index.js';
import { present } from '../../../core/present.js';
import {
  channelLuma,
  createLaplacian,
  createPixelPool,
  type Image,
  type PixelPool,
} from '../../../image/index.js';
import { loadImage } from '../../../image/files/index.js';
import {
  createTrainer,
  type EngineTrainer,
  type ModelDefinition,
  type SampleStep,
} from '../../../engine/index.js';
import type { ModalityRun, ReadInput, RunParts, RunPlan } from '../../runs/modality.js';
import { planMeasures } from '../../runs/timing/measuring.js';
import { adamOf, networkOf } from '../../runs/models/network.js';
import { selectorBeside, usualBatch } from '../../runs/selectors.js';
import { sampleStep } from '../../runs/step.js';
import { enough, psnrTarget } from '../presets.js';
import { finishImage, imageFiles } from './artifacts.js';
import { keepTarget, readImageInput } from './input.js';
import { createImageMeasuring, fewestPixels } from './measuring.js';
import type { ImageInfo } from './metrics.js';
import type { ImageTypes } from './modality.js';
import { renderForCommand } from './render.js';
import { imageComparisonPage } from './report/comparison.js';
import type { FitImageSettings } from './settings.js';

/** The rest of the modality. */
export const imageRun: ModalityRun<ImageTypes> = {
  files: Object.values(imageFiles),
  nameOf: (file) => path.parse(file).name,
  read: readImageInput,
  decoding: {
    decode: readImageInput,
    // Pixels are plain data: nothing is left to do.
    read: (decoded) => Promise.resolve(decoded as ReadInput<ImageTypes>),
  },
  keep: (folder, _file, image) => keepTarget(folder, image),
  async reopen(folder, { input }) {
    const target = path.join(folder, imageFiles.target);
    const image = await loadImage(target);
    if (digest(image) === input['pixels']) return image;
    throw new ResumeError(
      `${target} is not the picture this run was started with; put that one back, or start anew`,
    );
  },
  step: imageStep,
  parts: imageParts,
  async pictures(folder) {
    const { target, reconstruction } = imageFiles;
    const load = (name: string): Promise<Image> => loadImage(path.join(folder, name));
    return { reference: await load(target), result: await load(reconstruction) };
  },
  figures: ({ psnr, psnrImagePeak, ssim }) => ({ psnr, psnrImagePeak, ssim }),
  page: imageComparisonPage,
  render: renderForCommand,
};

async function imageStep(
  settings: FitImageSettings,
  info: () => ImageInfo | Promise<ImageInfo>,
): Promise<SampleStep> {
  const { width, height, channels } = await info();
  const { strategy, crossFrequencyWeight: weight } = settings;
  const ports = { inputDim: 2, outputDim: channels, shape: [height, width] };
  const step = sampleStep(settings, ports, width * height);
  if (weight === 0 || !asks(strategy)) return step;
  const range = { min: -1, max: 1 };
  // Any brightness takes the same time.
  const luma = Array.from({ length: channels }, () => 1 / channels);
  return { ...step, crossFrequency: { width, height, range, luma, weight } };
}

function imageParts(plan: RunPlan<ImageTypes>): RunParts<ImageTypes> {
  const { input: image } = plan;
  const pool = createPixelPool(image);
  const { inputDim, targetDim: outputDim, shape } = pool;
  const model = networkOf(plan.settings, { inputDim, outputDim, shape }, plan.network);
  const { trainer, selector } = createParts(plan, pool, model);
  const batch = usualBatch(plan.settings, pool.size);
  const { steps, measureEvery, targetPsnr } = plan.settings;
  const measures = planMeasures({
    ...{ steps, batch, size: pool.size, measureEvery },
    ...{ fewest: fewestPixels, targeted: targetPsnr !== undefined },
  });
  const measuring = createImageMeasuring(image, pool, trainer, measures.samples);
  return {
    model,
    pool,
    trainer,
    selector,
    usualBatch: batch,
    measureEvery: measures.every,
    words: { thing: 'picture', samples: 'pixels', file: imageFiles.target },
    stored: { pixels: digest(image) },
    ...present({ target: psnrTarget(targetPsnr) }),
    measure: (whole) => measuring.measure(whole),
    entry: ({ metrics: { psnr = NaN, psnrImagePeak = NaN, ssim, pixels } }, common) => ({
      ...common,
      psnr,
      psnrImagePeak,
      ssim: ssim ?? null,
      ...present({ pixels }),
    }),
    finish: (common, state) => finishImage({ ...plan, pool, model, trainer, measuring }, common, state),
  };
}

function createParts(
  plan: RunPlan<ImageTypes>,
  pool: PixelPool,
  model: ModelDefinition,
): { trainer: EngineTrainer; selector: Selector } {
  const { settings, input: image } = plan;
  const { seed, workers, microBatch, crossFrequencyWeight: weight } = settings;
  const supervised = asks(settings.strategy) ? { crossFrequency: weight > 0 } : {};
  const own = { ...enough(settings, pool.size, plan.selector !== undefined), ...supervised };
  const known = lookedAt(plan, pool);
  // A selector of the caller's own may ask for the term.
  const mayAsk = plan.selector !== undefined || asks(settings.strategy);
  const trainer = createTrainer({
    model,
    adam: adamOf(settings),
    averaging: settings.averaging,
    seed,
    device: plan.device.name,
    pool,
    ...(workers > 0 ? { workers } : {}),
    ...(microBatch > 0 ? { microBatch } : {}),
    ...(weight > 0 && mayAsk && known !== undefined
      ? {
          crossFrequency: {
            ...layoutOf(image),
            range: pool.range,
            luma: channelLuma(image.channels),
            weight,
            targetResponse: known.operator.response(known.targets),
          },
        }
      : {}),
  });
  const frequencyFromTrainer = trainer.capabilities.gives.includes('frequency');
  const selector = selectorBeside(trainer, plan, pool, { ...known, own, frequencyFromTrainer });
  return { trainer, selector };
}

/** Settings, as far as they name a strategy. */
interface Named {
  readonly settings: { readonly strategy: string };
}

/**
 * What strategies may look at beside errors. As floats a picture takes four times its bytes and more: they are for those who ask
 * for predictions.
 */
export function lookedAt(
  { settings, selector, plugins }: Pick<RunPlan<ImageTypes>, 'selector' | 'plugins'> & Named,
  pool: PixelPool,
): { readonly targets: Float32Array; readonly operator: FrequencyOperator } | undefined {
  if (selector === undefined && plugins.length === 0 && !asks(settings.strategy)) return undefined;
  return { targets: pool.targets, operator: createLaplacian(pool) };
}

/** Whether a strategy has the loss term of cross-frequency supervision. */
const asks = (strategy: string): boolean => 'crossFrequency' in findStrategy(strategy).settings;

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
