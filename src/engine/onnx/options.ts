// What the ONNX trainer takes, its defaults with their reasons, and the checks on single numbers.
import { ArgumentError, type SamplePool } from '../../core/index.js';
import type { LossOptions } from '../models/loss.js';
import type { ModelDefinition } from '../models/index.js';

/** A device by name. */
export type Device = 'cpu' | 'webgpu' | 'cuda';

/** Adam's settings; defaults are PyTorch's, and the learning rate that the official SIREN trainers use. */
export interface AdamOptions {
  readonly learningRate: number;
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
}

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

/** Settings of `createOnnxTrainer`. */
export interface OnnxTrainerOptions extends LossOptions {
  readonly model: ModelDefinition;
  readonly adam: AdamOptions;
  /** Seed of the initial weights. */
  readonly seed: number;
  /** A device that is known to work here (see `resolveDevice`). */
  readonly device: Device;
  /** Worker threads on the CPU; default one per core. Other devices use one. */
  readonly workers?: number;
  /** Samples per pass; default the model's own on the CPU, else `onnxDefaults.microBatch` of the device. */
  readonly microBatch?: number;
  readonly crossFrequency?: CrossFrequencyOptions;
  /**
   * The pool that every step's batch comes from, if it is always the same and does not change. On WebGPU its samples are
   * uploaded with the first step, and of a batch only `indices` and `size` are read: the samples are gathered on the
   * device (`OnnxTrainer.takesIndices`). Its `inputDim` and `targetDim` must be the model's, on any device. Pools
   * whose inputs or targets take more than `onnxDefaults.residentBytes` are not kept there. Other devices do not keep
   * tensors between runs: nothing changes there.
   */
  readonly pool?: SamplePool;
}

/**
 * Why these: 2,048 samples of a 256 wide layer stay in a core's cache; a GPU wants few, large passes. A buffer of
 * 128 MiB is what every WebGPU device can bind.
 */
export const onnxDefaults = {
  microBatch: { cpu: 2048, webgpu: 65_536, cuda: 65_536 },
  residentBytes: 2 ** 27,
  adam: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
} as const;

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
