// The contracts that hold the rooms together: a pool holds samples, a selector decides which of them the next step
// sees, a trainer takes that step and hands back how large each sample's error was. Typed arrays in, typed arrays out.
import type { PixelRays } from './pixel-rays.js';

/** JSON, as far as snapshots need it. */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };

/** The typed arrays a snapshot may carry. */
export type StateArray = Float32Array | Uint32Array | Int32Array | Uint8Array;

/**
 * The whole state of a selector or trainer: enough to go on bit for bit.
 * The arrays are copies owned by whoever asked for the snapshot.
 */
export interface Snapshot {
  readonly values: Readonly<Record<string, JsonValue>>;
  readonly arrays: Readonly<Record<string, StateArray>>;
}

/** Some of a pool's samples. */
export interface Samples {
  /**
   * Their positions in the pool, `[size]`. Where `whole` is true the array is made when it is first read: whoever looks at
   * `whole` first spares N numbers.
   */
  readonly indices: Uint32Array;
  /** Whether these are all of the pool's samples, in the pool's own order. */
  readonly whole: boolean;
  /** How many samples these are. */
  readonly size: number;
}

/** Samples gathered from a pool. */
export interface Batch extends Samples {
  /** Network inputs, `[size, inputDim]`, row-major. Owned by the pool; valid until its next `gather`. */
  readonly inputs: Float32Array;
  /** What the network should answer, `[size, targetDim]`, row-major. Owned as `inputs` is. */
  readonly targets: Float32Array;
  /**
   * What each sample's loss counts for, `[size]`: finite, at least 0. The weighted sum is divided by `size`, not by the sum
   * of weights. Where a weight is 0, error, prediction and target of that sample are never read, and may be NaN. Left out:
   * 1 for all. Trainers whose `capabilities.weights` is false refuse a batch with weights.
   */
  readonly weights?: Float32Array;
}

/** The size of a grid of pixels. */
export interface GridSize {
  /** Columns. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
}

/** A pool's samples cut into blocks that stand for them where there are too many to look at each. */
export interface TileLayout {
  /** Number of tiles. */
  readonly count: number;
  /** How many samples a tile has, at least 1. */
  sizeOf(tile: number): number;
  /** The index in the pool of a tile's i-th sample. */
  sampleAt(tile: number, i: number): number;
  /** Draws a patch of 2×2 neighbours inside a tile; writes their places in the tile, row by row, into `places`. */
  patchAt?(tile: number, random: RandomSource, places: Uint32Array): void;
  /** How many of the samples of such a patch are the tile's i-th, on average. Goes with `patchAt`. */
  coverage?(tile: number, i: number): number;
}

/** An axis-aligned box. */
export interface Bounds {
  readonly min: readonly [x: number, y: number, z: number];
  readonly max: readonly [x: number, y: number, z: number];
}

/** Where draws come from. */
export interface RandomSource {
  /** Uniform in [0, 1). */
  float(): number;
  /** A whole number from 0 to n − 1. */
  below(n: number): number;
}

/**
 * What may be known of all samples before training, `[N]`; whoever asks may keep it.
 * - `edges`: how strongly the target varies there, not negative: of a picture, the magnitude of the Sobel gradient of its luma
 * - `luma`: how bright the target is, a whole number from 0 to 255 that edges are found in, on the grid that the pool's `shape`
 *   says: of a picture, its luma as OpenCV rounds it
 */
export type Prior = 'edges' | 'luma';

/** Targets of a pool, `[N, targetDim]`: number i is `values[codes[i]]`, to the bit what `gather` gives. The pool's memory. */
export interface CodedTargets {
  readonly codes: Uint8Array;
  /** `[256]` */
  readonly values: Float32Array;
}

/** N samples of one modality: pixels, signed distances, rays. */
export interface Pool {
  /** Number of samples, N, from 1 to 2³² − 1. */
  readonly size: number;
  /** Numbers per network input. */
  readonly inputDim: number;
  /** Numbers per target. */
  readonly targetDim: number;
  /**
   * Collects samples. Where `samples.whole`, the pool's own arrays come back without copying.
   * @throws ArgumentError when an index is not below `size`.
   */
  gather(samples: Samples): Batch;
  /** Counts up each time the samples were drawn anew: what was learnt of a sample is then of another. Default: always 0. */
  readonly revision?: number;
  /** Brings samples to where `gather` finds them, photographs into memory, say. `fit` awaits it before `gather`. */
  ready?(samples: Samples): Promise<void>;
  /** All targets as bytes, where they are of at most 256 values: a device then holds a quarter. */
  readonly coded?: CodedTargets;
  /** The samples as rays through pixels, where they are that: a device then makes them itself, out of their numbers. */
  readonly pixelRays?: PixelRays;
  /** The extents of the grid that the samples lie on, row-major, outermost first. */
  readonly shape?: readonly number[];
  /** The grids of pixels, one behind the other, that make up the pool: an image is one, a scene has one a photograph. */
  readonly views?: readonly GridSize[];
  /** The blocks that stand for samples where strategies cannot look at each. */
  readonly layout?: TileLayout;
  /** Whether a sample must never be trained on, because a mask lies over it. Selectors do not draw it. */
  excluded?(index: number): boolean;
  /** What is known of all samples before training. */
  prior?(kind: Prior): Float32Array;
  /** Writes a sample's network input. */
  locate?(index: number, out: Float32Array): void;
  /** The index of the sample nearest to a network input. */
  nearest?(input: ArrayLike<number>): number;
}

/**
 * What a trainer may be asked to hand back of each sample of a batch, all of the state before the update and before weights.
 * - `errors` `[n]`: the square of the residual as the loss sees it (after truncation and relative weighting), averaged
 *   over channels
 * - `absolute` `[n]`: the sum of absolute residuals over channels
 * - `predictions` `[n, targetDim]`
 * - `inputGradients` `[n, inputDim]`: the gradient of the sample's own loss term by its input
 * - `tangents` `[n]`: ‖J·Jᵀg‖², summed over channels, with J the network's Jacobian by its weights and g the gradients of
 *   the loss by the outputs (Zhang et al., NINT, 2026)
 * - `frequency` `[n]`: frequency fitness, of steps over all samples that carry the term `cross-frequency`: the squared difference
 *   of the operator's responses to prediction and target
 */
export type Want = 'errors' | 'absolute' | 'predictions' | 'inputGradients' | 'tangents' | 'frequency';

/** What a selector wants the next pass over the network to see. `indices` and `weights` are valid until its next `next`. */
export interface Selection extends Samples {
  /** Tells selections of one selector apart: 1 for the first, and so on. */
  readonly id: number;
  /** Step t, counted from 1 as in the papers. A pass to score has the number of the step that follows it. */
  readonly step: number;
  /** `train`: forward, loss, gradient, update. `score`: forward only; its time counts as selection. */
  readonly pass: 'train' | 'score';
  /** The share β(t) of the pool that the strategy goes by at this step, in (0, 1]. */
  readonly ratio: number;
  /** What each sample's loss counts for, as in {@link Batch}. */
  readonly weights?: Float32Array;
  /** Names of the trainer's further loss terms that this step carries, `cross-frequency`. Default: none. */
  readonly terms?: readonly string[];
  /** The first 4·`patches` samples are patches of 2×2 neighbours, row by row. Default: none are. */
  readonly patches?: number;
  /** What the selector wants back, with `report`. Empty: nothing, and no report is needed. */
  readonly wants: readonly Want[];
  /** Whether the selector cannot go on before the report: its next `next` throws without it. */
  readonly awaited: boolean;
}

/**
 * What a pass found, in the order of the selection's samples: what it `wants`. A selector that wants `errors` also takes
 * `predictions` with `targets`, and works them out. The arrays stay the caller's; nothing keeps a reference to them.
 */
export interface Feedback {
  /** `[n]`, see {@link Want}. */
  readonly errors?: Float32Array;
  /** `[n]` */
  readonly absolute?: Float32Array;
  /** `[n, targetDim]` */
  readonly predictions?: Float32Array;
  /** `[n, targetDim]`: what predictions are compared with; default: the targets the selector was made with. */
  readonly targets?: Float32Array;
  /** `[n, inputDim]` */
  readonly inputGradients?: Float32Array;
  /** `[n]` */
  readonly tangents?: Float32Array;
  /** `[n]`: frequency fitness, not weighted, where the caller has worked it out. */
  readonly frequency?: Float32Array;
}

/** What a selector may be told when the next selection is asked for. */
export interface NextOptions {
  /** Draw at most so many samples. May change from call to call, and replaces the selector's own setting. */
  readonly batchSize?: number;
  /** The pool's `revision`. When it has changed, what was learnt of samples is of others. */
  readonly revision?: number;
}

/** Decides which samples each training step sees. */
export interface Selector {
  /** The name of the strategy, as reports show it. */
  readonly strategy: string;
  /** Number of samples in the pool, N. */
  readonly size: number;
  /** How many training steps have been handed out. */
  readonly step: number;
  /** What it may want of a trainer, over the whole run: `fit` makes sure beforehand that the trainer gives it. */
  readonly needs: readonly Need[];
  /**
   * How many selections later a report is applied, whenever it comes, see `delayReports`: a trainer may be so many steps ahead.
   * Default 0.
   */
  readonly lag?: number;
  /** The next selection. */
  next(options?: NextOptions): Selection;
  /**
   * Hands back what a pass found. Reports may be late, by as many selections as the selector keeps open; one that is later,
   * or comes a second time, is ignored.
   * @param selection the selection, or another object with its `id`
   * @param feedback a bare array is `errors`
   * @returns whether it was of use
   * @throws ArgumentError when arrays are missing, of the wrong length, not finite or negative; nothing is learnt then
   */
  report(selection: { readonly id: number }, feedback: Feedback | Float32Array): boolean;
  /** A copy of the whole state, random generator and open selections included. */
  snapshot(): Snapshot;
  /**
   * Goes on from a snapshot of a selector with the same settings; only the number of steps may differ, to make a run
   * longer. @throws ResumeError when other settings differ, or the snapshot is of a later step than there are.
   */
  restore(snapshot: Snapshot): void;
}

/**
 * What a strategy needs: of a trainer what it `Want`s, passes to score, or weights; of a pool its views, its layout or a
 * prior, or `nearest`, which is `locate` and `nearest`; of a run that its number of steps is known.
 */
export type Need = Want | 'score' | 'weights' | 'views' | 'layout' | 'prior' | 'nearest' | 'steps';

/** A modality's high-frequency operator: how strongly a signal varies at each sample. */
export interface FrequencyOperator {
  /**
   * The response to a signal over the whole pool.
   * @param values `[N, C]` in network units, not modified.
   * @returns `[N]`; owned by the operator, valid until its next call.
   */
  response(values: Float32Array): Float32Array;
}

/**
 * Frequency fitness of patches of 2×2 neighbours.
 * @param predictions `[n, C]`, the first 4·`patches` rows the patches, each row by row
 * @param targets `[n, C]`, likewise
 * @param out `[patches]`, written
 * @returns the sum of what it wrote: finite only if all of it is
 */
export type PatchOperator = (
  predictions: Float32Array,
  targets: Float32Array,
  patches: number,
  out: Float32Array,
) => number;

/** What a pass over the network is asked to do. */
export interface StepOptions {
  /** What to hand back. */
  readonly wants: readonly Want[];
  /** Names of further loss terms to carry. Default: none. */
  readonly terms?: readonly string[];
  /** This step's learning rate, a finite number of at least 0; the trainer's own where left out. */
  readonly learningRate?: number;
}

/** What a step that is sent ahead is asked to do. */
export interface SendOptions extends StepOptions {
  /**
   * Whether the loss is wanted. Default true. Where nothing is wanted, nothing needs to come back, the loss is NaN, and the result
   * may be there before the work is done.
   */
  readonly loss?: boolean;
}

/** A step on its way. */
export interface SentStep {
  /** What it found; its arrays are valid until `capabilities.ahead` + 1 further steps have been sent. */
  readonly result: Promise<StepResult>;
}

/** What a pass found: what was asked for. Arrays are owned by the trainer and valid until its next pass. */
export interface StepResult extends Omit<Feedback, 'targets'> {
  /** The loss before the update. */
  readonly loss: number;
  /**
   * `[n, targetDim]`: what `predictions` were compared with. Comes with them from a trainer that makes the samples itself, whose
   * batches have no targets.
   */
  readonly targets?: Float32Array;
}

/** What not every trainer can do. */
export interface TrainerCapabilities {
  /** What it can hand back. */
  readonly gives: readonly Want[];
  /** Whether it has `score`. */
  readonly scores: boolean;
  /** Whether it weighs samples. */
  readonly weights: boolean;
  /** Names of the further loss terms that it was made with. */
  readonly terms: readonly string[];
  /**
   * Whether it has the pool's samples itself and reads of a batch `indices`, `whole`, `size` and `weights` alone: `fit`
   * then gathers nothing, and the batch's other arrays are empty.
   */
  readonly resident: boolean;
  /** How many steps may be under way, beside the newest, before their results are waited for: goes with `send`. Default 0. */
  readonly ahead?: number;
}

/** Holds the weights and takes training steps. */
export interface Trainer {
  readonly capabilities: TrainerCapabilities;
  /** Forward, loss, gradient, update. One pass at a time. */
  step(batch: Batch, options: StepOptions): Promise<StepResult>;
  /**
   * A step that is not waited for: resolves when the batch has been taken, whose arrays may then change. Waits where more than
   * `capabilities.ahead` steps are under way. Results come in the order of steps; all other calls wait for them.
   */
  send?(batch: Batch, options: SendOptions): Promise<SentStep>;
  /** Forward and loss only; the state stays as it is. */
  score?(batch: Batch, options: Pick<StepOptions, 'wants'>): Promise<StepResult>;
  /**
   * The network's answer.
   * @param inputs `[n, inputDim]`
   * @returns `[n, targetDim]`, the caller's to keep.
   */
  predict(inputs: Float32Array): Promise<Float32Array>;
  /** The network's answer on a whole grid of coordinates, where that is cheaper than one by one. */
  predictGrid?(shape: readonly number[]): Promise<Float32Array>;
  /** A copy of weights, optimiser moments and whatever else the next step depends on. */
  snapshot(): Promise<Snapshot>;
  /** Goes on from a snapshot. @throws ResumeError when it belongs to another model. */
  restore(snapshot: Snapshot): Promise<void>;
  /** Ends workers and frees native memory. */
  dispose(): Promise<void>;
}
