// One picture of the competition: its pixels, the network, and how to make a trainer for either a competitor or the
// yardstick beside it.
import path from 'node:path';
import { channelLuma, createLaplacian, createPixelPool, imageUnits, psnr, toUnits } from 'evos/image';
import { loadImage } from 'evos/image/files';
import { createTrainer, type Device, type EngineTrainer } from 'evos/engine';
import { allOf, type FrequencyOperator } from 'evos';
import { adamOf, networkOf } from 'evos/recipes';
import type { FitImageSettings } from '../src/recipes/modalities/image/settings.js';
import { isStop } from './image-clock.js';

/** What exact reconstructions are recorded as: JSON has no infinity. */
const exact = 200;

/** A picture, ready to be trained on. */
export interface Picture {
  readonly file: string;
  /** Its name in tables. */
  readonly title: string;
  readonly width: number;
  readonly height: number;
  readonly pool: ReturnType<typeof createPixelPool>;
  readonly operator: FrequencyOperator;
  /** Makes a competitor's trainer; dispose of it. */
  trainer(settings: FitImageSettings): EngineTrainer;
  /** PSNR of the 8-bit picture, peak 255, of a trainer's weights as they are. */
  measure(trainer: EngineTrainer): Promise<number>;
}

/** @param crop side of the square cut out of the centre; 0 takes all of the picture */
export async function loadPicture(
  file: string,
  crop: number,
  { device, workers }: { readonly device: Device; readonly workers: number },
): Promise<Picture> {
  const image = await loadImage(file, crop > 0 ? { crop } : {});
  const pool = createPixelPool(image);
  const { width, height, channels } = image;
  const layout = { width, height, channels };
  const operator = createLaplacian({ ...layout, range: pool.range });
  const reference = imageUnits(image);
  const decoded = new Float32Array(reference.length);
  return {
    file,
    title: path.parse(file).name,
    width,
    height,
    pool,
    operator,
    trainer(settings) {
      const { crossFrequencyWeight: weight } = settings;
      return createTrainer({
        model: networkOf(settings, { inputDim: pool.inputDim, outputDim: pool.targetDim }),
        adam: adamOf(settings),
        seed: settings.seed,
        device,
        ...(workers > 0 ? { workers } : {}),
        ...(settings.microBatch > 0 ? { microBatch: settings.microBatch } : {}),
        ...(settings.strategy === 'evos' && weight > 0
          ? {
              crossFrequency: {
                ...layout,
                range: pool.range,
                luma: channelLuma(channels),
                weight,
                targetResponse: operator.response(pool.targets),
              },
            }
          : {}),
      });
    },
    async measure(trainer) {
      toUnits(await trainer.predict(pool.inputs), pool.range, decoded);
      return Math.min(exact, psnr(reference, decoded));
    },
  };
}

/** Times full training steps of a scratch trainer: the clock's unit. */
export class Yardstick {
  readonly #trainer: EngineTrainer;
  readonly #picture: Picture;
  /** Seconds of each reading. */
  readonly readings: number[] = [];

  private constructor(picture: Picture, trainer: EngineTrainer) {
    this.#picture = picture;
    this.#trainer = trainer;
  }

  /** Makes one that is warm. @param settings network and learning rate; full training's */
  static async create(picture: Picture, settings: FitImageSettings): Promise<Yardstick> {
    const yardstick = new Yardstick(picture, picture.trainer(settings));
    for (let i = 0; i < 2; i++) await yardstick.#step();
    return yardstick;
  }

  /** Seconds of a full training step, now: the median of a few where they are short. */
  async read(): Promise<number> {
    let reading = await this.#few();
    if (isStop(reading, this.readings.at(-1))) reading = Math.min(reading, await this.#few());
    this.readings.push(reading);
    return reading;
  }

  dispose(): Promise<void> {
    return this.#trainer.dispose();
  }

  async #few(): Promise<number> {
    const times: number[] = [];
    const start = performance.now();
    do times.push(await this.#step());
    while (times.length < 5 && performance.now() - start < 250);
    return times.sort((a, b) => a - b)[times.length >> 1] ?? Number.NaN;
  }

  async #step(): Promise<number> {
    const start = performance.now();
    const { pool } = this.#picture;
    await this.#trainer.step(pool.gather(allOf(pool.size)), { wants: [] });
    return (performance.now() - start) / 1000;
  }
}
