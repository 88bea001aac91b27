// The ONNX trainer: a training step is arithmetic, written as ONNX graphs and run by worker threads, each with
// one session. A step's batch is cut into micro-batches, shared out among the workers, and their gradients are
// summed in a fixed order, so the same seed, device and number of workers give the same bits.
import { availableParallelism } from 'node:os';
import {
  ArgumentError,
  createRandom,
  type Batch,
  type SamplePool,
  type Snapshot,
  type StepOptions,
  type StepResult,
  type Trainer,
} from '../../core/index.js';
import { CrossFrequency, type WorkShare } from './cross-frequency/supervision.js';
import { Engine } from './workers.js';
import { gridScratch } from './kernels/grid-scratch.js';
import { layOut, type ParameterSlot } from './parameters/layout.js';
import { checkLoss, type LossOptions } from '../models/loss.js';
import { cutRanges, fasterMicroBatch, microBatchCandidates } from './micro-batch.js';
import type { ModelDefinition } from '../models/index.js';
import {
  checkAtLeast,
  checkWhole,
  onnxDefaults,
  type AdamOptions,
  type Device,
  type OnnxTrainerOptions,
} from './options.js';
import { oneAtATime } from './one-at-a-time.js';
import type { BatchBuffers, Job, Reply, StepJob, WorkerSetup } from './protocol.js';
import { allocateParameters, Barrier, SharedParameters } from './parameters/shared.js';
import { checkIdentity, floatsIn, updateScalars } from './trainer-state.js';
import { buildTrainingGraphs } from './training-graph.js';
import { checkPool, staysResident, wholePool } from './whole-pool.js';

/** A `Trainer` with what only this engine knows. */
export interface OnnxTrainer extends Trainer {
  readonly model: ModelDefinition;
  readonly device: Device;
  readonly workers: number;
  /** Samples per pass. */
  readonly microBatch: number;
  /**
   * Chooses the micro-batch by a measurement of about a second on every worker, for steps of so many samples. Call it
   * before the first step; `microBatch` then says what was chosen. The default stays unless another size is clearly
   * faster, since results depend on the size in their last bits; give `microBatch` to repeat a run to the bit on another
   * machine. Does nothing on other devices than the CPU, where steps are too small for a choice, or for a model that says itself what suits it.
   * @returns the size
   */
  chooseMicroBatch(batchSize: number): Promise<number>;
  /**
   * Whether a step reads of its batch no more than `indices` and `size`: the samples lie on the device, uploaded from
   * the `pool` option. A batch's arrays may then be empty.
   */
  readonly takesIndices: boolean;
  /** The parameters as they are now, in the model's order; copies. A device is asked for them, so not at every step. */
  parameters(): Promise<NamedParameter[]>;
}

/** A parameter's numbers. */
export interface NamedParameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/**
 * Makes a trainer. Worker threads start at once; call `dispose` when done.
 * @throws ArgumentError when a setting is out of range.
 */
export function createOnnxTrainer(options: OnnxTrainerOptions): OnnxTrainer {
  return new SharedMemoryTrainer(options);
}

/** The loss of who chooses none, as snapshots name it. */
const plainLoss = JSON.stringify({ loss: 'squared', eikonal: 0 } satisfies LossOptions);

class SharedMemoryTrainer implements OnnxTrainer {
  readonly model: ModelDefinition;
  readonly device: Device;
  readonly workers: number;
  readonly takesIndices: boolean;
  #microBatch: number;
  readonly #slots: readonly ParameterSlot[];
  readonly #engine: Engine<Job, Reply>;
  readonly #adam: Required<AdamOptions>;
  readonly #loss: LossOptions;
  readonly #shared: SharedParameters;
  readonly #barrier: Barrier;
  readonly #parameters: Float32Array;
  readonly #crossFrequency: CrossFrequency | undefined;
  readonly #pool: SamplePool | undefined;
  readonly #exclusive = oneAtATime();
  #uploaded = false;
  #steps = 0;
  #capacity = 0;
  #inputs: Float32Array = new Float32Array();
  #targets: Float32Array = new Float32Array();
  #predictions: Float32Array = new Float32Array();
  #indices: Int32Array = new Int32Array();

  constructor(options: OnnxTrainerOptions) {
    const { model, device, pool, crossFrequency } = options;
    this.model = model;
    this.device = device;
    this.#adam = { ...onnxDefaults.adam, ...options.adam };
    checkAtLeast('adam.learningRate', this.#adam.learningRate, 0);
    this.workers = device === 'cpu' ? (options.workers ?? availableParallelism()) : 1;
    const usual = device === 'cpu' ? model.microBatch : undefined;
    this.#microBatch = options.microBatch ?? usual ?? onnxDefaults.microBatch[device];
    const { loss = 'squared', truncate, eikonal = 0 } = options;
    this.#loss = { loss, eikonal, ...(truncate === undefined ? {} : { truncate }) };
    checkLoss(this.#loss, model, crossFrequency !== undefined);
    checkWhole('workers', this.workers, 1);
    checkWhole('microBatch', this.#microBatch, 1);
    const { slots, total } = layOut(model.parameters);
    this.#slots = slots;
    this.#crossFrequency =
      crossFrequency === undefined ? undefined : new CrossFrequency(crossFrequency, model.outputDim);
    this.#pool = pool;
    if (pool !== undefined) checkPool(pool, model);
    this.takesIndices = pool !== undefined && staysResident(pool, device);

    const encoding = device === 'cpu' ? model.encoding?.layout : undefined;
    const scratch = encoding === undefined ? 0 : gridScratch(encoding);
    const shared = allocateParameters(total, this.workers, this.#adam, scratch);
    this.#shared = new SharedParameters(shared);
    this.#parameters = this.#shared.values;
    const barrier = Barrier.allocate();
    this.#barrier = new Barrier(barrier);
    model.initialise(createRandom(options.seed)).forEach((values, i) => {
      this.#parameters.set(values, slots[i]?.offset ?? 0);
    });
    const graphs = buildTrainingGraphs(model, this.#adam, {
      device,
      crossFrequency,
      byIndex: this.takesIndices,
      loss: this.#loss,
    });
    const frequency = this.#crossFrequency?.setup;
    this.#engine = new Engine(
      new URL('./worker.js', import.meta.url),
      Array.from({ length: this.workers }, (_, index): WorkerSetup => ({
        graphs,
        executionProvider: device,
        threads: 1,
        slots,
        inputDim: model.inputDim,
        outputDim: model.outputDim,
        shared,
        barrier,
        index,
        byIndex: this.takesIndices,
        ...(frequency === undefined ? {} : { frequency }),
        ...(encoding === undefined ? {} : { encoding }),
      })),
      // A thread that ended will never come: nobody may wait for it.
      () => this.#barrier.fail(),
    );
  }

  get microBatch(): number {
    return this.#microBatch;
  }

  chooseMicroBatch(batchSize: number): Promise<number> {
    return this.#exclusive(async () => {
      const { device, workers } = this;
      const sizes = microBatchCandidates(batchSize, workers);
      const settled = device !== 'cpu' || this.#steps > 0 || this.model.microBatch !== undefined;
      if (settled || sizes.length === 0) return this.#microBatch;
      const job = { type: 'measure', sizes, samples: Math.max(...sizes), rounds: 3 } as const;
      const replies = await this.#engine.runAll(Array.from({ length: workers }, () => job));
      this.#microBatch = fasterMicroBatch(sizes, replies) ?? this.#microBatch;
      return this.#microBatch;
    });
  }

  step(batch: Batch, options: StepOptions): Promise<StepResult> {
    return this.#exclusive(async () => {
      this.#check(batch, options);
      await this.#load(batch);
      const update = updateScalars(
        this.#adam,
        this.#steps + 1,
        options.learningRate ?? this.#adam.learningRate,
      );
      const frequency = options.crossFrequency ? this.#crossFrequency : undefined;
      const shares = frequency?.share(batch, this.microBatch, this.workers) ?? this.#rangeShares(batch);
      this.#barrier.reset();
      const replies = await this.#engine
        .runAll(
          shares.map((share): StepJob => ({
            type: 'step',
            ...share,
            errorScale: 1 / (batch.size * this.model.outputDim),
            predictions: options.predictions,
            parts: shares.length,
            update,
          })),
        )
        .finally(() => frequency?.clearRows(batch));
      this.#steps++;
      const loss = replies.reduce((sum, reply) => sum + (reply.type === 'done' ? reply.loss : 0), 0);
      if (!options.predictions) return { loss };
      const predictions = this.#predictions.subarray(0, batch.size * this.model.outputDim);
      if (batch.indices === 'all') this.#crossFrequency?.keep(predictions);
      return { loss, predictions };
    });
  }

  predict(inputs: Float32Array): Promise<Float32Array> {
    return this.#exclusive(async () => {
      const { inputDim, outputDim } = this.model;
      const size = inputs.length / inputDim;
      if (!Number.isInteger(size)) {
        throw new ArgumentError(
          `predict: got ${inputs.length} numbers, expected a multiple of ${inputDim} (the model's inputs per sample)`,
        );
      }
      const result = new Float32Array(size * outputDim);
      // Bounded passes keep shared memory small however large the picture asked for is.
      const most = Math.max(this.microBatch * this.workers * 8, 1);
      for (let from = 0; from < size; from += most) {
        const count = Math.min(most, size - from);
        await this.#reserve(count);
        this.#inputs.set(inputs.subarray(from * inputDim, (from + count) * inputDim));
        await this.#engine.runAll(
          cutRanges(count, this.microBatch, this.workers).map((ranges): Job | undefined => {
            const first = ranges[0];
            const last = ranges.at(-1);
            if (first === undefined || last === undefined) return undefined;
            return { type: 'predict', start: first[0], end: last[1], microBatch: this.microBatch };
          }),
        );
        result.set(this.#predictions.subarray(0, count * outputDim), from * outputDim);
      }
      return result;
    });
  }

  parameters(): Promise<NamedParameter[]> {
    return this.#exclusive(async () => {
      await this.#engine.run(0, { type: 'publish' });
      return this.#slots.map(({ name, shape, offset, count }) => ({
        name,
        shape,
        data: this.#parameters.slice(offset, offset + count),
      }));
    });
  }

  snapshot(): Promise<Snapshot> {
    return this.#exclusive(async () => {
      await this.#engine.run(0, { type: 'publish' });
      const cache = this.#crossFrequency?.cached;
      return {
        values: { ...this.#identity(), steps: this.#steps, cached: cache !== undefined },
        arrays: {
          parameters: new Float32Array(this.#parameters),
          m: new Float32Array(this.#shared.m),
          v: new Float32Array(this.#shared.v),
          ...(cache === undefined ? {} : { cache: new Float32Array(cache) }),
        },
      };
    });
  }

  restore(snapshot: Snapshot): Promise<void> {
    return this.#exclusive(async () => {
      // Snapshots from before the loss could be chosen do not name it.
      checkIdentity(snapshot, this.#identity(), { loss: plainLoss });
      const parameters = floatsIn(snapshot, 'parameters', this.#parameters.length);
      const m = floatsIn(snapshot, 'm', this.#parameters.length);
      const v = floatsIn(snapshot, 'v', this.#parameters.length);
      const frequency = this.#crossFrequency;
      if (snapshot.values['cached'] !== true) frequency?.forget();
      else frequency?.keep(floatsIn(snapshot, 'cache', frequency.cacheLength));
      this.#parameters.set(parameters);
      this.#shared.m.set(m);
      this.#shared.v.set(v);
      await this.#engine.run(0, { type: 'restore' });
      this.#steps = Number(snapshot.values['steps']);
    });
  }

  async dispose(): Promise<void> {
    await this.#engine.stop();
  }

  #check(batch: Batch, options: StepOptions): void {
    const { inputDim, outputDim } = this.model;
    const expect = (what: string, got: number, wanted: number): void => {
      if (got !== wanted) throw new ArgumentError(`step: got ${got} ${what}, expected ${wanted}`);
    };
    if (batch.size < 1) throw new ArgumentError('step: got an empty batch, expected at least one sample');
    if (batch.weights !== undefined) {
      throw new ArgumentError(
        'step: got a batch with weights, but this trainer gives every sample the same; leave them out, or train rays with ' +
          'createRadianceTrainer, which weighs them',
      );
    }
    const { indices, size } = batch;
    if (this.takesIndices) {
      expect('indices', indices === 'all' ? (this.#pool?.size ?? 0) : indices.length, size);
    } else {
      expect('input values', batch.inputs.length, size * inputDim);
      expect('target values', batch.targets.length, size * outputDim);
    }
    if (!options.crossFrequency) return;
    if (this.#crossFrequency === undefined) {
      throw new ArgumentError(
        'step: cross-frequency supervision was asked of a trainer made without `crossFrequency`',
      );
    }
    this.#crossFrequency.check(batch);
  }

  /** Brings a batch to where the workers see it. */
  async #load(batch: Batch): Promise<void> {
    await this.#reserve(batch.size);
    const pool = this.#pool;
    if (!this.takesIndices || pool === undefined) {
      this.#inputs.set(batch.inputs);
      this.#targets.set(batch.targets);
      return;
    }
    if (!this.#uploaded) {
      await this.#engine.run(0, { type: 'pool', ...wholePool(pool) });
      this.#uploaded = true;
    }
    const { indices, size } = batch;
    for (let i = 0; i < size; i++) {
      const index = indices === 'all' ? i : (indices[i] ?? 0);
      if (index >= pool.size) {
        throw new ArgumentError(
          `step: got index ${index} at position ${i}, expected indices below ${pool.size}`,
        );
      }
      this.#indices[i] = index;
    }
  }

  /** The ranges of the workers that get any. */
  #rangeShares({ size }: Batch): WorkShare[] {
    return cutRanges(size, this.microBatch, this.workers).flatMap((ranges) =>
      ranges.length === 0 ? [] : { ranges },
    );
  }

  /** Grows the shared buffers and tells the workers; batches seldom change size, so this is rare. */
  async #reserve(samples: number): Promise<void> {
    if (samples <= this.#capacity) return;
    this.#capacity = Math.max(samples, Math.ceil(this.#capacity * 1.25));
    const buffers: BatchBuffers = {
      inputs: new SharedArrayBuffer(this.#capacity * this.model.inputDim * 4),
      targets: new SharedArrayBuffer(this.#capacity * this.model.outputDim * 4),
      predictions: new SharedArrayBuffer(this.#capacity * this.model.outputDim * 4),
      indices: new SharedArrayBuffer(this.#capacity * 4),
    };
    this.#inputs = new Float32Array(buffers.inputs);
    this.#targets = new Float32Array(buffers.targets);
    this.#predictions = new Float32Array(buffers.predictions);
    this.#indices = new Int32Array(buffers.indices);
    await this.#engine.runAll(
      Array.from({ length: this.workers }, () => ({ type: 'buffers' as const, buffers })),
    );
  }

  /** What must agree between a snapshot and the trainer that goes on from it: all that shapes the arithmetic. */
  #identity(): Record<string, string | number> {
    return {
      model: JSON.stringify({ kind: this.model.kind, ...this.model.settings }),
      adam: JSON.stringify(this.#adam),
      device: this.device,
      workers: this.workers,
      microBatch: this.microBatch,
      loss: JSON.stringify(this.#loss),
      crossFrequencyWeight: this.#crossFrequency?.weight ?? 0,
    };
  }
}
