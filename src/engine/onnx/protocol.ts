// What the trainer and its worker threads say to each other. Numbers travel through shared memory;
// messages only say what to do with them. One job per worker at a time.
import type { ParameterSlot } from './parameters/layout.js';
import type { GridLayout } from '../models/index.js';
import type { Device } from './options.js';
import type { SharedParametersSetup, UpdateScalars } from './parameters/shared.js';
import type { StagedModel } from './stages.js';
import type { Tile } from './cross-frequency/tiles.js';

/** The graphs a worker may run; sessions are made when first needed. */
export interface GraphSet {
  readonly forward: StagedModel;
  /** Forward, loss, gradient, accumulated onto what earlier micro-batches gave. */
  readonly gradient: StagedModel;
  /** The same with the cross-frequency term in the loss. */
  readonly frequencyGradient?: StagedModel;
  /** Both with Adam's update, for the last micro-batch of a step on a device that has a single worker. */
  readonly step?: StagedModel;
  readonly frequencyStep?: StagedModel;
  /** Of a radiance field: positions to densities, and to densities and colours. */
  readonly density?: StagedModel;
  readonly field?: StagedModel;
}

/** What a worker is given when it starts. */
export interface WorkerSetup {
  readonly graphs: GraphSet;
  readonly executionProvider: Device;
  /** Threads inside one session. */
  readonly threads: number;
  readonly slots: readonly ParameterSlot[];
  readonly inputDim: number;
  readonly outputDim: number;
  readonly shared: SharedParametersSetup;
  /** Memory of the barrier at which workers wait for one another's gradients. */
  readonly barrier: SharedArrayBuffer;
  /** This worker's number, from 0. */
  readonly index: number;
  readonly frequency?: FrequencySetup;
  /** Steps name samples of a pool that lies on the device, instead of bringing them along. */
  readonly byIndex?: boolean;
  /** Passes are of ever other sizes, for which no layout of memory is worth keeping. */
  readonly variableSizes?: boolean;
  /** A kernel looks samples up in the first parameter; what it finds are the graphs' inputs. */
  readonly encoding?: GridLayout;
}

/** The image behind the cross-frequency term. */
export interface FrequencySetup {
  readonly width: number;
  readonly height: number;
  /** Laplacian of the decoded target, [height·width] float32. */
  readonly targetResponse: SharedArrayBuffer;
  /** Predictions cached at the last evaluation, [height·width, outputDim] float32. */
  readonly cache: SharedArrayBuffer;
  /** Row of each pixel in the current batch, −1 where it is not selected, [height·width] int32. */
  readonly rowOf: SharedArrayBuffer;
}

/** Shared memory for batches; sent again when it has grown. */
export interface BatchBuffers {
  /** [capacity, inputDim] float32 */
  readonly inputs: SharedArrayBuffer;
  /** [capacity, outputDim] float32 */
  readonly targets: SharedArrayBuffer;
  /** [capacity, outputDim] float32 */
  readonly predictions: SharedArrayBuffer;
  /** [capacity] int32 */
  readonly indices: SharedArrayBuffer;
}

/** This worker's part of a training step. */
export interface StepJob {
  readonly type: 'step';
  /** 1 / (n · outputDim): turns a sum of squares into the batch's mean. */
  readonly errorScale: number;
  /** Rows `[start, end)` of the batch, one pair per micro-batch. Empty when `tiles` is given. */
  readonly ranges: readonly (readonly [number, number])[];
  readonly tiles?: readonly Tile[];
  /** With `tiles`: every pixel is in the batch, its row is its index. */
  readonly whole?: boolean;
  /** With `tiles`: λ / n. */
  readonly frequencyScale?: number;
  /** Write the predictions back. */
  readonly predictions: boolean;
  /** How many workers have a part in this step: the first ones. */
  readonly parts: number;
  readonly update: UpdateScalars;
}

/** A whole pool, to stay on the device; before the first step of a worker that works by index. */
export interface PoolJob {
  readonly type: 'pool';
  /** [N, inputDim] */
  readonly inputs: Float32Array;
  /** [N, outputDim] */
  readonly targets: Float32Array;
}

export type Job =
  | { readonly type: 'buffers'; readonly buffers: BatchBuffers }
  | PoolJob
  | StepJob
  /** Rows `[start, end)` of the batch through the forward graph, in passes of `microBatch`. */
  | { readonly type: 'predict'; readonly start: number; readonly end: number; readonly microBatch: number }
  /** Times passes of these sizes, `samples` samples of each and round; weights stay as they are. */
  | {
      readonly type: 'measure';
      readonly sizes: readonly number[];
      readonly samples: number;
      readonly rounds: number;
    }
  /** Brings weights and moments to shared memory. */
  | { readonly type: 'publish' }
  /** Takes weights and moments over from shared memory. */
  | { readonly type: 'restore' };

/** Ends a worker. */
export interface Stop {
  readonly type: 'stop';
}

export type Reply =
  | { readonly type: 'done'; readonly loss: number }
  /** Milliseconds per sample for each size, median over the rounds. */
  | { readonly type: 'measured'; readonly milliseconds: readonly number[] };

/** The answer of a worker that could not do its job. */
export interface Failed {
  readonly type: 'error';
  readonly message: string;
}

/** Names of graph inputs and outputs that are not parameters. */
export const ports = {
  inputs: 'inputs',
  targets: 'targets',
  /** Instead of these two: all samples of a pool, [N, inputDim] and [N, outputDim], and which of them, int32 [n]. */
  poolInputs: 'pool_inputs',
  poolTargets: 'pool_targets',
  indices: 'indices',
  predictions: 'predictions',
  loss: 'loss',
  errorScale: 'error_scale',
  stepSize: 'step_size',
  sqrtBiasCorrection2: 'sqrt_bias_correction_2',
  /** Cross-frequency term: 1 for samples of the tile, 0 for its ring, [n, 1]. */
  weight: 'weight',
  /** Cached predictions of the tile and its ring, [h·w, outputDim]. */
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
