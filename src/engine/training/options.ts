// What trainers take, their defaults with their reasons, and the checks on single numbers.
import { ArgumentError } from '../../core/errors.js';
import { defaultSeed, type Pool } from '../../core/index.js';
import { adamDefaults, type AdamOptions } from '../models/adam.js';
import type { LossOptions } from '../models/loss.js';
import type { ModelDefinition } from '../models/index.js';

/** A device by name: one of the registry's. */
export type Device = 'cpu' | 'webgpu' | 'cuda' | (string & {});

/** The name of the loss term that `CrossFrequencyOptions` add. */
export const crossFrequencyTerm = 'cross-frequency';

/** Cross-frequency supervision of an image (EVOS, CVPR 2025, Sec. 3.4). */
export interface CrossFrequencyOptions {
  /** Columns of the image; the pool's samples are its pixels, row by row. */
  readonly width: number;
  readonly height: number;
  /** What network values −1 and 1 stand for, in 0–255 units. */
  readonly range: { readonly min: number; readonly max: number };
  /** How much each channel counts towards brightness, one weight per channel. */
  readonly luma: readonly number[];
  /** Weight λ of the term. */
  readonly weight: number;
  /** The operator's response to the target, `[height·width]`; copied. */
  readonly targetResponse: Float32Array;
}

/** What every trainer starts from: the selectors' seed, and the device that is always there. */
export const trainerDefaults = { adam: {}, seed: defaultSeed, device: 'cpu' } as const;

/** Settings of `createTrainer`. */
export interface TrainerOptions extends LossOptions {
  readonly model: ModelDefinition;
  /** Adam's settings; default `adamDefaults`. */
  readonly adam?: AdamOptions;
  /** Seed of the initial weights; default 3407. */
  readonly seed?: number;
  /** A device that is known to work here (see `resolveDevice`); default `cpu`, in a browser `webgpu`. */
  readonly device?: Device;
  /**
   * What `predict`, `parameters` and what is exported go by: 0, the default, the weights of the last step; above, their average, which spans about
   * this share of the steps so far. At learning rates that are not small the average is better by far, and costs next to nothing. Steps, scores and
   * errors are those of the weights themselves. Polynomial-decay averaging (Shamir and Zhang, ICML 2013).
   */
  readonly averaging?: number;
  /** Worker threads, where a device has more than one; default one per core. */
  readonly workers?: number;
  /** Samples per pass; default the model's own where kernels take over its first part, else the device's. */
  readonly microBatch?: number;
  /** Adds the term `cross-frequency` to steps whose `terms` name it. */
  readonly crossFrequency?: CrossFrequencyOptions;
  /**
   * The pool that every step's batch comes from, if it is always the same. A device that can keep its samples uploads them with the
   * first step, and again when the pool's `revision` is another, and reads of a batch only `indices`, `whole`, `size` and `weights`
   * (`capabilities.resident`); samples that turn out not to fit a GPU are gathered from the pool, and the trainer's `note` says so.
   * Its `inputDim` and `targetDim` must be the model's, on any device.
   */
  readonly pool?: Pool;
}

/** @throws ArgumentError unless the learning rate is a finite number of at least 0 */
export function completeAdam(options: AdamOptions): Required<AdamOptions> {
  const adam = { ...adamDefaults, ...options };
  checkAtLeast('adam.learningRate', adam.learningRate, 0);
  return adam;
}

/** @throws ArgumentError unless `value` is finite and at least `least`. */
export function checkAtLeast(name: string, value: number, least: number): void {
  if (!Number.isFinite(value) || value < least) {
    throw new ArgumentError(`${name}: got ${value}, expected a finite number of at least ${least}`);
  }
}

/** @throws ArgumentError unless `value` is a whole number of at least `least`. */
export function checkWhole(name: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least) {
    throw new ArgumentError(`${name}: got ${value}, expected a whole number from ${least}`);
  }
}
