// What trainers and their worker threads say to each other. Numbers travel through shared memory; messages only say what to
// do with them. One job per worker at a time.
import type { ParameterSlot } from './parameters/layout.js';
import type { GridLayout } from '../models/index.js';
import type { UpdateScalars } from '../training/state.js';
import type { Output, PerArray } from './batch-arrays.js';
import type { Execution } from './execution.js';
import type { SharedParametersSetup } from './parameters/shared.js';
import type { StagedModel } from './staged-model.js';
import type { Tile } from './cross-frequency/tiles.js';

/** What every worker is given when it starts. */
export interface FrameSetup {
  readonly execution: Execution;
  readonly slots: readonly ParameterSlot[];
  readonly shared: SharedParametersSetup;
  /** Memory of the barrier at which workers wait for one another's gradients. */
  readonly barrier: SharedArrayBuffer;
  /** This worker's number, from 0. */
  readonly index: number;
  /** A kernel looks samples up in the first parameter; what it finds are the graphs' inputs. */
  readonly encoding?: GridLayout;
  /** Passes differ in size each time, so that no layout of memory is worth keeping. */
  readonly variableSizes: boolean;
}

/** What a worker that trains on samples is given. */
export interface SampleSetup extends FrameSetup {
  readonly inputDim: number;
  readonly outputDim: number;
  readonly frequency?: FrequencySetup;
  /** Steps name samples of a pool that lies on the device, instead of bringing them along. */
  readonly byIndex: boolean;
}

/** The image behind the cross-frequency term. */
export interface FrequencySetup {
  readonly width: number;
  readonly height: number;
  /** Laplacian of the decoded target, [height·width] float32. */
  readonly targetResponse: SharedArrayBuffer;
  /** Predictions cached at the last step over all pixels, [height·width, outputDim] float32. */
  readonly cache: SharedArrayBuffer;
  /** Row of each pixel in the current batch, −1 where it is not selected, [height·width] int32. */
  readonly rowOf: SharedArrayBuffer;
}

/** Shared memory for batches; sent again when it has grown. */
export interface BatchBuffers extends PerArray<SharedArrayBuffer> {
  /** [capacity] int32 */
  readonly indices: SharedArrayBuffer;
}

/** A worker's part of a step, or of a pass to score, whatever it works on. */
export interface PartJob {
  readonly type: 'pass';
  /** The graph that passes run, and the one that the last of a step runs where that updates too. */
  readonly graph: string;
  readonly lastGraph: string;
  /** Turns a sum of squares into the batch's mean. */
  readonly errorScale: number;
  /** How many workers have a part in this step: the first ones. */
  readonly parts: number;
  /** Missing where the pass only scores. */
  readonly update?: UpdateScalars;
}

/** A worker's part of a batch of samples. */
export interface PassJob extends PartJob {
  /** Rows `[start, end)` of the batch, one pair per micro-batch. Empty when `tiles` is given. */
  readonly ranges: readonly (readonly [number, number])[];
  readonly tiles?: readonly Tile[];
  /** With `tiles`: every pixel is in the batch, its row is its index. */
  readonly whole?: boolean;
  /** With `tiles`: λ / n. */
  readonly frequencyScale?: number;
  /** Whether samples have weights. */
  readonly weighted: boolean;
  /** What to write back. */
  readonly outputs: readonly Output[];
}

/** A whole pool, to stay on the device; before the first step of a worker that works by index, and whenever its samples are others. */
export interface PoolJob {
  readonly type: 'pool';
  /** [N, inputDim] */
  readonly inputs: Float32Array;
  /** [N, outputDim] */
  readonly targets: Float32Array;
}

/** Jobs of a worker that trains on samples. */
export type SampleJob =
  | { readonly type: 'buffers'; readonly buffers: BatchBuffers }
  | PoolJob
  | PassJob
  /** Rows `[start, end)` of the batch through a forward graph, in passes of `microBatch`. */
  | {
      readonly type: 'predict';
      readonly graph: string;
      readonly start: number;
      readonly end: number;
      readonly microBatch: number;
    }
  /** A graph that gives all `size` points of a grid by itself. */
  | { readonly type: 'grid'; readonly graph: string; readonly size: number }
  /** Times gradient passes of these sizes, `samples` samples of each and round; weights stay as they are. */
  | {
      readonly type: 'measure';
      readonly graph: string;
      readonly sizes: readonly number[];
      readonly samples: number;
      readonly rounds: number;
    };

/** Jobs of every worker. */
export type FrameJob =
  /** A graph to run from now on; its session is made when it is first run. */
  | { readonly type: 'graph'; readonly name: string; readonly model: StagedModel }
  /** Brings weights and moments to shared memory. */
  | { readonly type: 'publish' }
  /** Takes weights and moments over from shared memory. */
  | { readonly type: 'restore' }
  /** Ends the worker. */
  | { readonly type: 'stop' };

/** What a worker answers. */
export interface Reply {
  /** Its part of the loss. */
  readonly loss: number;
  /** Points along rays that it looked at. */
  readonly samples?: number;
  /** Milliseconds per sample for each size measured, median over the rounds. */
  readonly milliseconds?: readonly number[];
}

/** The answer of a worker that could not do its job. */
export interface Failed {
  readonly error: string;
}

/** Names of graph inputs and outputs that are neither parameters nor a batch's arrays. */
export const ports = {
  /** All samples of a pool, [N, inputDim] and [N, outputDim], and which of them, int32 [n]. */
  poolInputs: 'pool_inputs',
  poolTargets: 'pool_targets',
  indices: 'indices',
  loss: 'loss',
  errorScale: 'error_scale',
  stepSize: 'step_size',
  sqrtBiasCorrection2: 'sqrt_bias_correction_2',
  /** Cached predictions of a tile and its ring, [h·w, outputDim]. */
  canvas: 'canvas',
  /** Where each sample lies on the canvas, int64 [n, 1]. */
  position: 'position',
  /** [1, 1, h, w] */
  targetResponse: 'target_response',
  /** 1 where the loss term counts, [1, 1, h, w]. */
  mask: 'mask',
  frequencyScale: 'frequency_scale',
} as const;

/** Prefixes that make a parameter's other ports. */
export const prefixes = {
  accumulated: 'accumulated/',
  gradient: 'gradient/',
  m: 'm/',
  v: 'v/',
  next: 'next/',
} as const;

/** The output of graphs that is each sample's gradient by its input. */
export const inputGradients = 'inputGradients';

/** The gradient by a pass's inputs, where a kernel has looked them up. */
export const encodedGradient = `${prefixes.gradient}inputs`;
