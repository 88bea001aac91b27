// A picture's quality while it trains: of all pixels where that costs little beside training, else of a fixed sample of them.
// After the last step all are measured, once: what is written at the end is what was measured.
import { createRandom } from '../../../core/numeric/random.js';
import {
  createQualityMeter,
  imageUnits,
  psnr,
  psnrImagePeak,
  toUnits,
  type Image,
  type ImageQuality,
  type PixelPool,
} from '../../../image/index.js';
import type { EngineTrainer } from '../../../engine/index.js';
import { predictAll } from '../../runs/network.js';
import { bounded, measureFigures } from './metrics.js';

/** Fewer pixels say too little: the PSNR of so many is within some 0.2 dB of the picture's. */
export const fewestPixels = 4096;

/** The same pixels in every run, drawn by another stream than what is trained on. */
const seed = 2 ** 41;

/** What is measured of a picture. */
export interface ImageMeasuring {
  /** Quality of what the network predicts for the sample, or, where `whole`, for the picture. */
  readonly measure: (whole: boolean) => Promise<Record<string, number>>;
  /** The prediction for every pixel, `[N, C]`, and its quality; what was measured whole last is not asked for again. */
  readonly finish: () => Promise<{ readonly values: Float32Array; readonly quality: ImageQuality }>;
}

/** @param samples how many pixels a measurement looks at that is not of the whole picture */
export function createImageMeasuring(
  image: Image,
  pool: Pick<PixelPool, 'range' | 'inputs' | 'size' | 'shape'>,
  trainer: Pick<EngineTrainer, 'predict' | 'predictGrid'>,
  samples: number,
): ImageMeasuring {
  const { range, inputs, size } = pool;
  const meter = createQualityMeter(image, range);
  const sampled = samples < size ? createSample(image, range, inputs, samples) : undefined;
  let last: { readonly values: Float32Array; readonly quality: ImageQuality } | undefined;
  const whole = async () => {
    const values = await predictAll(trainer, pool);
    return { values, quality: measureFigures(meter, values) };
  };
  return {
    async measure(all) {
      last = undefined;
      if (!all && sampled !== undefined) return sampled.measure(await trainer.predict(sampled.inputs));
      const found = await whole();
      // Only after the last step; on the way the prediction is of a network that goes on changing.
      if (all) last = found;
      return { ...found.quality };
    },
    finish: async () => last ?? whole(),
  };
}

/** A pixel of each of as many stretches of the picture, row after row, as there are samples. */
function createSample(image: Image, range: PixelPool['range'], inputs: Float32Array, samples: number) {
  const random = createRandom(seed);
  const { channels } = image;
  const size = image.width * image.height;
  const units = imageUnits(image);
  const peak = units.reduce((highest, value) => Math.max(highest, value), 0);
  const reference = new Float32Array(samples * channels);
  const chosen = new Float32Array(samples * 2);
  for (let i = 0; i < samples; i++) {
    const from = Math.floor((i * size) / samples);
    const pixel = from + random.below(Math.floor(((i + 1) * size) / samples) - from);
    chosen.set(inputs.subarray(2 * pixel, 2 * pixel + 2), 2 * i);
    reference.set(units.subarray(channels * pixel, channels * (pixel + 1)), channels * i);
  }
  const decoded = new Float32Array(reference.length);
  return {
    inputs: chosen,
    measure(values: Float32Array): Record<string, number> {
      toUnits(values, range, decoded);
      return {
        psnr: bounded(psnr(reference, decoded)),
        psnrImagePeak: bounded(psnrImagePeak(reference, decoded, peak)),
        pixels: samples,
      };
    },
  };
}
