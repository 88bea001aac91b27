// The ONNX trainer of samples: a step's batch is cut into micro-batches, shared out among the workers, and their gradients are
// summed in a fixed order, so the same seed, device and number of workers give the same bits.
import { ArgumentError } from '../../core/errors.js';
import type {
  Batch,
  Pool,
  Snapshot,
  StepOptions,
  StepResult,
  TrainerCapabilities,
  Want,
} from '../../core/index.js';
import { present } from '../../core/present.js';
import { sharedFloats } from '../../core/shared-memory.js';
import { checkLoss, type LossOptions } from '../models/loss.js';
import type { ModelDefinition, WholeGrid } from '../models/index.js';
import { checkBatch } from '../training/checks.js';
import { each } from '../training/each.js';
import {
  checkWhole,
  crossFrequencyTerm,
  trainerDefaults as defaults,
  type Device,
  type TrainerOptions,
} from '../training/options.js';
import { floatsIn } from '../training/state.js';
import type { EngineTrainer, NamedParameter } from '../training/trainer.js';
import { perArray, widthsOf, type Output, type PerArray } from './batch-arrays.js';
import { CrossFrequency, type WorkShare } from './cross-frequency/supervision.js';
import type { Execution } from './execution.js';
import { TrainerFrame } from './frame.js';
import { withoutTable } from './kernels/grid-head.js';
import { cutRanges, fasterMicroBatch, microBatchCandidates } from './micro-batch.js';
import type { BatchBuffers, FrameSetup, SampleJob, SampleSetup } from './protocol.js';
import { inOnePiece } from './stages.js';
import { tangentsOf } from './tangents.js';
import {
  buildForwardGraph,
  buildGridGraph,
  buildPassGraph,
  nameOf,
  type PassKind,
  type TrainingGraphOptions,
} from './training-graph.js';
import { checkPool, staysResident, wholePool } from '../training/whole-pool.js';

/** What the setup of a worker for samples says beside that of any worker. */
type SampleExtra = Omit<SampleSetup, keyof FrameSetup>;

/** Multiply–accumulates, forward, that one worker has done before a second has woken. */
const fewOperations = 2 ** 18;

/** Trains a model on samples by ONNX Runtime. Worker threads start at once. */
export class OnnxTrainer implements EngineTrainer {
  readonly model: ModelDefinition;
  readonly device: Device;
  readonly capabilities: TrainerCapabilities;
  readonly predictGrid?: (shape: readonly number[]) => Promise<Float32Array>;
  readonly #execution: Execution;
  readonly #frame: TrainerFrame<SampleJob>;
  readonly #graphs: TrainingGraphOptions;
  readonly #crossFrequency: CrossFrequency | undefined;
  readonly #pool: Pool | undefined;
  readonly #widths: PerArray<number>;
  #microBatch: number;
  /** The pool's `revision` that is on the device. */
  #uploaded: number | undefined;
  #capacity = 0;
  #shared = perArray((): Float32Array => new Float32Array());
  #indices: Int32Array = new Int32Array();

  /** @throws ArgumentError when a setting is out of range. */
  constructor(options: TrainerOptions, execution: Execution) {
    const { model, pool, crossFrequency, loss = 'squared', truncate, eikonal = 0 } = options;
    const { adam = defaults.adam, seed = defaults.seed, device = defaults.device } = options;
    this.model = model;
    this.#widths = widthsOf(model);
    this.device = device;
    this.#execution = execution;
    this.#microBatch =
      options.microBatch ?? (execution.kernels ? model.microBatch : undefined) ?? execution.microBatch;
    checkWhole('microBatch', this.#microBatch, 1);
    const lossOptions: LossOptions = { loss, eikonal, ...(truncate === undefined ? {} : { truncate }) };
    checkLoss(lossOptions, model, crossFrequency !== undefined);
    this.#crossFrequency =
      crossFrequency === undefined ? undefined : new CrossFrequency(crossFrequency, model.outputDim);
    this.#pool = pool;
    if (pool !== undefined) checkPool(pool, model);
    const byIndex = pool !== undefined && staysResident(pool, execution);
    const frequency = this.#crossFrequency?.setup;
    const { inputDim, outputDim } = model;
    this.#frame = new TrainerFrame({
      ...{ model, adam, seed, device, execution, workers: options.workers, averaging: options.averaging },
      encoding: model.encoding?.layout,
      script: new URL('./worker.js', import.meta.url),
      extra: { inputDim, outputDim, byIndex, ...present({ frequency }) } satisfies SampleExtra,
      identity: () => ({
        microBatch: this.#microBatch,
        loss: JSON.stringify(lossOptions),
        crossFrequencyWeight: this.#crossFrequency?.weight ?? 0,
      }),
    });
    // A table is a kernel's business where there are kernels: the graph begins behind it.
    const head = execution.kernels ? withoutTable(model) : undefined;
    this.#graphs = {
      model: head ?? model,
      adam: this.#frame.adam,
      byIndex,
      encoded: head !== undefined,
      loss: lossOptions,
      crossFrequency,
    };
    const gives: Want[] = ['errors', 'absolute', 'predictions'];
    // Steps have no slope.
    if (model.stepwise !== true) gives.push('inputGradients');
    // Weights are moved where all threads see them. Networks of digits bend too sharply for differences: they were off by 5 %.
    if (execution.kernels && model.stepwise !== true) gives.push('tangents');
    this.capabilities = {
      gives,
      scores: true,
      weights: true,
      terms: crossFrequency === undefined ? [] : [crossFrequencyTerm],
      resident: byIndex,
    };
    const { grid } = model;
    if (grid !== undefined) this.predictGrid = (shape) => this.#predictGrid(grid, shape);
  }

  get workers(): number {
    return this.#frame.workers;
  }

  get microBatch(): number {
    return this.#microBatch;
  }

  chooseMicroBatch(batchSize: number): Promise<number> {
    return this.#frame.exclusive(async () => {
      const sizes = microBatchCandidates(batchSize, this.workers);
      const settled = this.#frame.steps > 0 || this.model.microBatch !== undefined;
      if (!this.#execution.kernels || settled || sizes.length === 0) return this.#microBatch;
      const graph = await this.#graph({ pass: 'gradient' });
      const samples = Math.max(...sizes);
      const replies = await this.#frame.everyone({ type: 'measure', graph, sizes, samples, rounds: 3 });
      this.#microBatch = fasterMicroBatch(sizes, replies, this.#execution.microBatch) ?? this.#microBatch;
      return this.#microBatch;
    });
  }

  step(batch: Batch, options: StepOptions): Promise<StepResult> {
    return this.#frame.exclusive(async () => {
      const result = await this.#run(batch, options, 'gradient');
      await this.#frame.advance();
      if (batch.whole) {
        this.#crossFrequency?.keep(this.#shared.predictions.subarray(0, batch.size * this.model.outputDim));
      }
      return result;
    });
  }

  score(batch: Batch, { wants }: Pick<StepOptions, 'wants'>): Promise<StepResult> {
    return this.#frame.exclusive(() => this.#run(batch, { wants }, 'score'));
  }

  predict(inputs: Float32Array): Promise<Float32Array> {
    return this.#frame.exclusive(async () => {
      const { inputDim, outputDim } = this.model;
      const size = inputs.length / inputDim;
      if (!Number.isInteger(size)) {
        throw new ArgumentError(
          `predict: got ${inputs.length} numbers, expected a multiple of ${inputDim} (the model's inputs per sample)`,
        );
      }
      await this.#frame.show('average');
      const graph = await this.#forward();
      const result = new Float32Array(size * outputDim);
      // Bounded passes keep shared memory small however large the picture asked for is.
      const most = this.#microBatch * this.workers * 8;
      for (let from = 0; from < size; from += most) {
        const count = Math.min(most, size - from);
        await this.#reserve(count);
        this.#shared.inputs.set(inputs.subarray(from * inputDim, (from + count) * inputDim));
        await this.#answer(graph, count);
        result.set(this.#shared.predictions.subarray(0, count * outputDim), from * outputDim);
      }
      return result;
    });
  }

  #predictGrid(grid: WholeGrid, shape: readonly number[]): Promise<Float32Array> {
    return this.#frame.exclusive(async () => {
      if (shape.join() !== grid.shape.join()) {
        throw new ArgumentError(
          `predictGrid: got a grid of ${shape.join('×')}, expected the model's own, ${grid.shape.join('×')}: it knows no other points`,
        );
      }
      const size = shape.reduce((product, points) => product * points, 1);
      // In one piece: cut at its sines it would hold every layer of all points at once.
      const graph = await this.#frame.graph('grid', () => buildGridGraph(this.model, grid), inOnePiece);
      await this.#reserve(size);
      await this.#frame.show('average');
      await this.#frame.first({ type: 'grid', graph, size });
      return this.#shared.predictions.slice(0, size * this.model.outputDim);
    });
  }

  parameters(): Promise<NamedParameter[]> {
    return this.#frame.parameters();
  }

  snapshot(): Promise<Snapshot> {
    return this.#frame.exclusive(() => {
      const cache = this.#crossFrequency?.cached;
      const arrays = present({ cache: cache?.slice() });
      return this.#frame.snapshot({ cached: cache !== undefined }, arrays);
    });
  }

  restore(snapshot: Snapshot): Promise<void> {
    return this.#frame.exclusive(() =>
      this.#frame.restore(snapshot, () => {
        const frequency = this.#crossFrequency;
        if (frequency === undefined || snapshot.values['cached'] !== true) return () => frequency?.forget();
        const cache = floatsIn(snapshot, 'cache', frequency.cacheLength);
        return () => frequency.keep(cache);
      }),
    );
  }

  dispose(): Promise<void> {
    return this.#frame.dispose();
  }

  /** A pass of all workers over a batch. */
  async #run(batch: Batch, options: StepOptions, pass: 'score' | 'gradient'): Promise<StepResult> {
    const { size, weights } = batch;
    const { wants } = options;
    const { inputDim, outputDim } = this.model;
    const poolSize = this.#pool?.size ?? 0;
    checkBatch(batch, options, this.capabilities, { inputDim, targetDim: outputDim, poolSize });
    const supervised =
      options.terms?.includes(crossFrequencyTerm) === true ? this.#crossFrequency : undefined;
    supervised?.check(batch);
    const kind = {
      weighted: weights !== undefined,
      crossFrequency: supervised !== undefined,
      inputGradients: wants.includes('inputGradients'),
    };
    const graphs = await this.#frame.pass(
      pass,
      (part) => this.#graph({ pass: part, ...kind }),
      options.learningRate,
    );
    await this.#load(batch);
    const tangents = wants.includes('tangents') ? await this.#tangents(batch) : undefined;
    const outputs = wants.filter((want): want is Output => want !== 'tangents');
    // What supervision of some pixels takes for the others.
    const keeps = pass === 'gradient' && batch.whole && this.#crossFrequency !== undefined;
    if (keeps && !outputs.includes('predictions')) outputs.push('predictions');
    const shares = supervised?.share(batch, this.#microBatch, this.workers) ?? this.#rangeShares(size);
    const replies = await this.#frame
      .each(
        shares.map((share): SampleJob => ({
          type: 'pass',
          ...share,
          ...graphs,
          ...{ outputs, weighted: kind.weighted, parts: shares.length },
          errorScale: 1 / (size * outputDim),
        })),
      )
      .finally(() => supervised?.clearRows(batch));
    const loss = replies.reduce((sum, reply) => sum + reply.loss, 0);
    const given = outputs.filter((name) => wants.includes(name));
    const found = each(given, (name) => this.#shared[name].subarray(0, size * this.#widths[name]));
    return { loss, ...found, ...present({ tangents }) };
  }

  /** ‖J·Jᵀg‖² of a batch that has been brought to the workers. */
  async #tangents({ size, weights: weighed }: Batch): Promise<Float32Array> {
    if (weighed !== undefined) {
      throw new ArgumentError(
        'step: tangents were asked of a batch with weights, expected one without: score it first',
      );
    }
    const { outputDim } = this.model;
    const [graph, forward] = [await this.#graph({ pass: 'gradient' }), await this.#forward()];
    const shares = this.#rangeShares(size);
    const { weights, gradient } = await this.#frame.gradient((update) => {
      const outputs: Output[] = [];
      const job = { graph, lastGraph: graph, update, outputs, weighted: false, parts: shares.length };
      const errorScale = 1 / (size * outputDim);
      return this.#frame.each(
        shares.map((share): SampleJob => ({ type: 'pass', ...share, ...job, errorScale })),
      );
    });
    return tangentsOf(weights, gradient, outputDim, (by) =>
      this.#frame.moved(weights, gradient, by, async () => {
        await this.#answer(forward, size);
        return this.#shared.predictions.subarray(0, size * outputDim);
      }),
    );
  }

  #forward(): Promise<string> {
    return this.#frame.graph('forward', () => buildForwardGraph(this.#graphs.model));
  }

  /** Brings the network's answers to the first `count` inputs that the workers see to where everybody does. */
  async #answer(graph: string, count: number): Promise<void> {
    const microBatch = this.#microBatch;
    await this.#frame.each(
      cutRanges(count, microBatch, this.workers).map((ranges): SampleJob | undefined => {
        const [start, end] = [ranges[0]?.[0], ranges.at(-1)?.[1]];
        if (start === undefined || end === undefined) return undefined;
        return { type: 'predict', graph, start, end, microBatch };
      }),
    );
  }

  #graph(kind: PassKind): Promise<string> {
    return this.#frame.graph(nameOf(kind), () => buildPassGraph(kind, this.#graphs));
  }

  /** Brings a batch to where the workers see it. */
  async #load(batch: Batch): Promise<void> {
    const { size, whole } = batch;
    await this.#reserve(size);
    if (batch.weights !== undefined) this.#shared.weights.set(batch.weights);
    const pool = this.#pool;
    if (!this.capabilities.resident || pool === undefined) {
      this.#shared.inputs.set(batch.inputs);
      this.#shared.targets.set(batch.targets);
      return;
    }
    const { revision = 0 } = pool;
    if (this.#uploaded !== revision) {
      await this.#frame.first({ type: 'pool', ...wholePool(pool, sharedFloats) });
      this.#uploaded = revision;
    }
    const indices = whole ? undefined : batch.indices;
    for (let i = 0; i < size; i++) {
      const index = indices?.[i] ?? i;
      if (index >= pool.size) {
        throw new ArgumentError(
          `step: got index ${index} at position ${i}, expected indices below ${pool.size}`,
        );
      }
      this.#indices[i] = index;
    }
  }

  /** The ranges of the workers that get any: of a batch that is less work than waking the others, the first alone. */
  #rangeShares(size: number): WorkShare[] {
    const little = size <= this.#microBatch && size * this.model.macsPerSample < fewOperations;
    return cutRanges(size, this.#microBatch, little ? 1 : this.workers).flatMap((ranges) =>
      ranges.length === 0 ? [] : { ranges },
    );
  }

  /** Grows the shared buffers and tells the workers; batches seldom change size, so this is rare. */
  async #reserve(samples: number): Promise<void> {
    if (samples <= this.#capacity) return;
    this.#capacity = Math.max(samples, Math.ceil(this.#capacity * 1.25));
    const buffers: BatchBuffers = {
      ...perArray((name) => new SharedArrayBuffer(this.#capacity * this.#widths[name] * 4)),
      indices: new SharedArrayBuffer(this.#capacity * 4),
    };
    this.#shared = perArray((name) => new Float32Array(buffers[name]));
    this.#indices = new Int32Array(buffers.indices);
    await this.#frame.everyone({ type: 'buffers', buffers });
  }
}
