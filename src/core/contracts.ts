// The contracts that hold the rooms together: a pool holds samples, a selector decides which of them the
// next step sees, a trainer takes that step. Typed arrays in, typed arrays out.

/** A set of sample positions in a pool: explicit indices, or the whole pool in its own order. */
export type Indices = Uint32Array | 'all';

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

/** Samples gathered from a pool. */
export interface Batch {
  /** Which samples these are. */
  readonly indices: Indices;
  /** Number of samples, n. */
  readonly size: number;
  /** Network inputs, `[n, inputDim]`, row-major. Owned by the pool; valid until its next `gather`. */
  readonly inputs: Float32Array;
  /** What the network should answer, `[n, targetDim]`, row-major. Owned as `inputs` is. */
  readonly targets: Float32Array;
  /**
   * What each sample's error is multiplied by in the loss, `[n]`: finite, at least 0. The weighted sum is divided by n as
   * ever, not by the sum of weights. Default: 1 for all. Owned as `inputs` is. Only where a trainer says that it weighs:
   * others refuse a batch with weights.
   */
  readonly weights?: Float32Array;
}

/** N samples of one modality: pixels, signed distances, rays. */
export interface SamplePool {
  /** Number of samples, N. */
  readonly size: number;
  /** Numbers per network input. */
  readonly inputDim: number;
  /** Numbers per target. */
  readonly targetDim: number;
  /**
   * Collects samples by index. `'all'` returns the pool's own arrays without copying.
   * @throws ArgumentError when an index is not below `size`.
   */
  gather(indices: Indices): Batch;
}

/** What a selector wants the next training step to see. */
export interface Generation {
  /** Step t, counted from 1 as in the papers. */
  readonly step: number;
  /** The samples to train on. Owned by the selector; valid until its next `next`. */
  readonly indices: Indices;
  /** How many samples that is. */
  readonly count: number;
  /** The share β(t) of the pool the schedule asks for at this step, in (0, 1]. */
  readonly ratio: number;
  /** Whether the selector needs errors or predictions for every sample of this generation back. */
  readonly evaluates: boolean;
  /** Whether cross-frequency supervision applies at this step (EVOS, Sec. 3.4); false for other strategies. */
  readonly crossFrequency: boolean;
}

/**
 * What a trainer knows after a step, in the order of the generation's samples. Either what the network
 * predicted *before* the update (`[n, targetDim]`; core works out the errors, and the frequency response if the
 * selector was given an operator), or errors already worked out (`[n]`, squared error averaged over channels)
 * with, optionally, the frequency fitness (`[n]`, not yet weighted). The arrays stay the caller's; nothing keeps
 * a reference to them.
 */
export type Feedback =
  | { readonly predictions: Float32Array }
  | { readonly errors: Float32Array; readonly frequency?: Float32Array };

/** Decides which samples each training step sees. */
export interface Selector {
  /** The name of the strategy, as reports show it. */
  readonly strategy: string;
  /** Number of samples in the pool, N. */
  readonly size: number;
  /** How many generations have been handed out. */
  readonly step: number;
  /**
   * The next generation.
   * @param options.batchSize draw at most so many samples, without repeats, from the selected set; may change from
   *   call to call and replaces the selector's own setting. Evaluating generations are always whole.
   */
  next(options?: { readonly batchSize?: number }): Generation;
  /**
   * Hands back what the step found. Required after an evaluating generation (the selector throws at the next
   * `next` if it was left out), ignored or optional after others.
   */
  report(generation: Generation, feedback?: Feedback): void;
  /** A copy of the whole state, random generator included. */
  snapshot(): Snapshot;
  /**
   * Goes on from a snapshot of a selector with the same settings; only the number of steps may differ, to make a run
   * longer. @throws ResumeError when other settings differ, or the snapshot is of a later step than there are.
   */
  restore(snapshot: Snapshot): void;
}

/** A modality's high-frequency operator: how strongly a signal varies at each sample. */
export interface FrequencyOperator {
  /**
   * The response to a signal over the whole pool.
   * @param values `[N, C]` in network units, not modified.
   * @returns `[N]`; owned by the operator, valid until its next call.
   */
  response(values: Float32Array): Float32Array;
}

/** What one training step is asked to do. */
export interface StepOptions {
  /** Return the predictions made before the update. */
  readonly predictions: boolean;
  /** Add the cross-frequency term to the loss, if the trainer was made with one. */
  readonly crossFrequency: boolean;
  /** This step's learning rate, a finite number of at least 0; the trainer's own where left out. */
  readonly learningRate?: number;
}

/** What one training step found. */
export interface StepResult {
  /** The loss before the update. */
  readonly loss: number;
  /** `[n, targetDim]` in the batch's order, if asked for. Owned by the trainer; valid until its next step. */
  readonly predictions?: Float32Array;
}

/** Holds the weights and takes training steps. */
export interface Trainer {
  /**
   * Whether a step reads of its batch no more than `indices` and `size`, because the trainer has the pool's samples
   * itself: then `fit` gathers nothing, and the batch's arrays are empty. Default: false.
   */
  readonly takesIndices?: boolean;
  /** Forward, loss, gradient, update. One step at a time. */
  step(batch: Batch, options: StepOptions): Promise<StepResult>;
  /**
   * The network's answer.
   * @param inputs `[n, inputDim]`
   * @returns `[n, targetDim]`, the caller's to keep.
   */
  predict(inputs: Float32Array): Promise<Float32Array>;
  /** A copy of weights, optimiser moments and whatever else the next step depends on. */
  snapshot(): Promise<Snapshot>;
  /** Goes on from a snapshot. @throws ResumeError when it belongs to another model. */
  restore(snapshot: Snapshot): Promise<void>;
  /** Ends workers and frees native memory. */
  dispose(): Promise<void>;
}
