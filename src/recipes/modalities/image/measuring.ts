// A picture's quality while it trains: of all pixels where that costs little beside training, else of a fixed sample of them.
// After the last step all are measured, once: what is written at the end is what was measured.
import { createRandom } from '../../../core/numeric/random.js';
import {
  coordinateStretch,
  createImage,
  createQualityMeter,
  imageUnits,
  measureRange,
  psnr,
  psnrImagePeak,
  toSamples,
  toUnits,
  type Image,
  type ImageQuality,
  type PixelPool,
} from '../../../image/index.js';
import type { EngineTrainer } from '../../../engine/index.js';
import { predictAll } from '../../runs/models/network.js';
import { writeErrors } from './error-heatmap.js';
import { bounded, boundedQuality } from './metrics.js';

/** Fewer pixels say too little: the PSNR of so many is within some 0.2 dB of the picture's. */
export const fewestPixels = 4096;

/** The same pixels in every run, drawn by another stream than what is trained on. */
const seed = 2 ** 41;

/** What a network made of a picture, at the end. */
export interface Reconstruction {
  readonly quality: ImageQuality;
  /** Of 8 bits. */
  readonly image: Image;
  /** `[N]`: how far off each pixel is, the mean of its channels in units of 0 to 255. */
  readonly errors: Float32Array;
}

/** What is measured of a picture. */
export interface ImageMeasuring {
  /** Quality of what the network predicts for the sample, or, where `whole`, for the picture. */
  readonly measure: (whole: boolean) => Promise<Record<string, number>>;
  /** The prediction for every pixel, and its quality; what was measured whole last is not asked for again. */
  readonly finish: () => Promise<Reconstruction>;
}

/** @param samples how many pixels a measurement looks at that is not of the whole picture */
export function createImageMeasuring(
  image: Image,
  pool: Pick<PixelPool, 'range' | 'locate' | 'size' | 'shape'>,
  trainer: Pick<EngineTrainer, 'predict' | 'predictGrid'>,
  samples: number,
): ImageMeasuring {
  const { range, size } = pool;
  const { width, height, channels } = image;
  const meter = createQualityMeter(image, range);
  const sampled = samples < size ? createSample(image, pool, samples) : undefined;
  let last: Reconstruction | undefined;
  const predicted = () => predictAll(trainer, pool, (from, to) => coordinateStretch(width, height, from, to));
  const figures = async () => {
    const parts = meter.begin();
    for await (const values of predicted()) parts.add(values);
    return boundedQuality(parts.finish());
  };
  const whole = async (): Promise<Reconstruction> => {
    const parts = meter.begin();
    const data = new Uint8Array(size * channels);
    const errors = new Float32Array(size);
    let from = 0;
    for await (const values of predicted()) {
      const count = values.length / channels;
      parts.add(values);
      toSamples(values, range, data.subarray(from * channels, (from + count) * channels));
      writeErrors(image, range, values, from, errors);
      from += count;
    }
    return { quality: boundedQuality(parts.finish()), image: createImage(image, data), errors };
  };
  return {
    async measure(all) {
      last = undefined;
      if (!all && sampled !== undefined) return sampled.measure(await trainer.predict(sampled.inputs));
      // On the way the prediction is of a network that goes on changing.
      if (!all) return { ...(await figures()) };
      last = await whole();
      return { ...last.quality };
    },
    finish: async () => last ?? whole(),
  };
}

/** A pixel of each of as many stretches of the picture, row after row, as there are samples. */
function createSample(image: Image, pool: Pick<PixelPool, 'range' | 'locate'>, samples: number) {
  const random = createRandom(seed);
  const { channels } = image;
  const size = image.width * image.height;
  // As the float that it is compared as.
  const peak = Math.fround(measureRange(image).max);
  const reference = new Float32Array(samples * channels);
  const chosen = new Float32Array(samples * 2);
  for (let i = 0; i < samples; i++) {
    const from = Math.floor((i * size) / samples);
    const pixel = from + random.below(Math.floor(((i + 1) * size) / samples) - from);
    pool.locate(pixel, chosen.subarray(2 * i, 2 * i + 2));
    imageUnits(image, channels * pixel, reference.subarray(channels * i, channels * (i + 1)));
  }
  const decoded = new Float32Array(reference.length);
  return {
    inputs: chosen,
    measure(values: Float32Array): Record<string, number> {
      toUnits(values, pool.range, decoded);
      return {
        psnr: bounded(psnr(reference, decoded)),
        psnrImagePeak: bounded(psnrImagePeak(reference, decoded, peak)),
        pixels: samples,
      };
    },
  };
}
