// The WebGPU trainer of samples: networks made of fully connected layers, or of a hash grid and such layers, by kernels of our own.
// One command buffer a step, one read-back, and the same bits on the same device; steps may be sent before the results of
// earlier ones are there. Runs in Node and in browsers: the device is handed in.
import { ArgumentError } from '../../core/errors.js';
import { createRandom } from '../../core/numeric/random.js';
import type {
  Batch,
  Pool,
  SendOptions,
  SentStep,
  Snapshot,
  StepOptions,
  StepResult,
  TrainerCapabilities,
} from '../../core/index.js';
import type { AdamOptions, ModelDefinition } from '../models/index.js';
import { checkLoss, type LossOptions } from '../models/loss.js';
import { averageName, Averaging } from '../training/averaging.js';
import { checkBatch, checkPicture, checkSupervised } from '../training/checks.js';
import { each } from '../training/each.js';
import { oneAtATime } from '../training/one-at-a-time.js';
import {
  checkWhole,
  completeAdam,
  crossFrequencyTerm,
  trainerDefaults as defaults,
  type CrossFrequencyOptions,
  type Device,
  type TrainerOptions,
} from '../training/options.js';
import { checkIdentity, floatsIn, numberIn, updateScalars } from '../training/state.js';
import { namedParameters, type EngineTrainer, type NamedParameter } from '../training/trainer.js';
import { checkIndices, checkPool } from '../training/whole-pool.js';
import type { Gpu } from './gpu.js';
import { networkOf, tableNumbers, type NetworkLayout } from './layout.js';
import { frequencySetup, keptIn, type FrequencySetup } from './picture.js';
import { bindingBytes, microBatchOf, mostPerPass } from './plan.js';
import type { PoolPlace } from './pool.js';
import { noneFound, outputs, wantedOf, widthsOf, type Found } from './results.js';
import { Session, stepsAhead, type Task } from './session.js';
import { mostChannels } from './wgsl/frequency.js';
import type { Writing } from './wgsl/ids.js';

/** Where a trainer's device comes from. */
export interface GpuSource {
  /** Opens it, when it is first needed. */
  open(): Promise<Gpu>;
  /** The trainer is done with it. */
  release(gpu: Gpu): void;
}

/** Why these kernels cannot train it; undefined: they can. */
export function whyNot({ model, eikonal = 0, crossFrequency }: TrainerOptions): string | undefined {
  const network = networkOf(model);
  if (network === undefined)
    return `${model.kind} is not made of dense layers, nor of a hash grid and dense layers`;
  if (eikonal > 0) return 'the eikonal term needs second derivatives';
  if (crossFrequency !== undefined && model.outputDim > mostChannels)
    return `cross-frequency supervision of more than ${mostChannels} channels is not among its kernels`;
  if (network.grid !== undefined && (crossFrequency?.weight ?? 0) > mostGridTerm)
    return `a hash grid's sums of gradients have no room for cross-frequency supervision of weight over ${mostGridTerm}`;
  if (microBatchOf(network) === 0 || network.total * 4 > bindingBytes) return 'its layers are too wide';
  // Sums of gradients have two words a number. What a device has at most is known when it is opened.
  if (tableNumbers(network.grid) * 8 > mostTableBytes) return 'its table has more rows than any GPU can bind';
  return undefined;
}

/** A hundred times what is usual. Sums are whole numbers of a fixed range; the term's slopes are at most some 10⁶ times its weight. */
const mostGridTerm = 1e-3;

/** A binding's size is a number of 32 bits. */
const mostTableBytes = 2 ** 32 - 4;

/** Trains a network of dense layers, with a hash grid before them or not, on a GPU. */
export class WebGpuTrainer implements EngineTrainer {
  readonly model: ModelDefinition;
  readonly device: Device;
  readonly capabilities: TrainerCapabilities;
  readonly workers = 1;
  readonly microBatch: number;
  readonly #source: GpuSource;
  readonly #network: NetworkLayout;
  readonly #loss: LossOptions;
  readonly #writing: Writing;
  readonly #adam: Required<AdamOptions>;
  readonly #seed: number;
  readonly #averaging: Averaging;
  readonly #pool: Pool | undefined;
  readonly #crossFrequency: CrossFrequencyOptions | undefined;
  readonly #picture: FrequencySetup | undefined;
  /** The luma of what was predicted for the whole picture is on the device. */
  #kept = false;
  readonly #exclusive = oneAtATime();
  /** Memory for what comes back, in turns, kept from step to step. */
  readonly #ring = Array.from({ length: stepsAhead + 1 }, noneFound);
  #turn = 0;
  /** Results of the steps under way, oldest first. */
  #underWay: Promise<StepResult>[] = [];
  #gpu: Gpu | undefined;
  #session: Promise<Session> | undefined;
  #place: PoolPlace | undefined;
  /** The pool's `revision` that is on the device. */
  #uploaded: number | undefined;
  #steps = 0;

  /**
   * The device is opened with the first call that needs it.
   * @throws ArgumentError when a setting is out of range, or these kernels cannot train it: see `whyNot`
   */
  constructor(options: TrainerOptions, source: GpuSource, writing: Writing = {}) {
    const { model, pool, loss = 'squared', truncate, crossFrequency } = options;
    const { adam = defaults.adam, seed = defaults.seed, device = defaults.device } = options;
    const reason = whyNot(options);
    const network = networkOf(model);
    if (network === undefined || reason !== undefined) {
      throw new ArgumentError(`the WebGPU trainer cannot train this: ${reason}`);
    }
    this.model = model;
    this.device = device;
    this.#source = source;
    this.#writing = writing;
    this.#network = network;
    this.microBatch = options.microBatch ?? microBatchOf(this.#network);
    checkWhole('microBatch', this.microBatch, 1);
    const most = mostPerPass(this.#network);
    if (this.microBatch > most) {
      throw new ArgumentError(
        `microBatch: got ${this.microBatch}, expected at most ${most}: no more fit a GPU's buffer`,
      );
    }
    this.#loss = { loss, ...(truncate === undefined ? {} : { truncate }) };
    checkLoss(this.#loss, model, crossFrequency !== undefined);
    this.#adam = completeAdam(adam);
    this.#seed = seed;
    this.#averaging = new Averaging(options.averaging ?? 0);
    this.#pool = pool;
    if (pool !== undefined) checkPool(pool, model);
    if (crossFrequency !== undefined) {
      checkPicture(crossFrequency, model.outputDim);
      const targetResponse = crossFrequency.targetResponse.slice();
      this.#crossFrequency = { ...crossFrequency, targetResponse };
      this.#picture = frequencySetup(crossFrequency);
    }
    this.capabilities = {
      gives: outputs.filter((name) => name !== 'frequency' || crossFrequency !== undefined),
      scores: true,
      weights: true,
      terms: crossFrequency === undefined ? [] : [crossFrequencyTerm],
      // Whatever of it is on the device: where it is not, its samples are gathered here.
      resident: pool !== undefined,
      ahead: stepsAhead,
    };
  }

  /** Where a large pool is; known once the device is open. */
  get note(): string | undefined {
    return this.#place?.note;
  }

  /** The size follows from the network: nothing is measured. */
  chooseMicroBatch(): Promise<number> {
    return Promise.resolve(this.microBatch);
  }

  step(batch: Batch, options: StepOptions): Promise<StepResult> {
    return this.#alone(async () => (await this.#step(batch, options)).result);
  }

  send(batch: Batch, options: SendOptions): Promise<SentStep> {
    return this.#exclusive(async () => {
      // A failure is its own step's to tell.
      while (this.#underWay.length > stepsAhead) await Promise.allSettled(this.#underWay.splice(0, 1));
      const sent = await this.#step(batch, options);
      this.#underWay.push(sent.result);
      sent.result.catch(() => undefined);
      return sent;
    });
  }

  score(batch: Batch, { wants }: Pick<StepOptions, 'wants'>): Promise<StepResult> {
    return this.#alone(async () => (await this.#send(batch, { wants })).result);
  }

  predict(inputs: Float32Array): Promise<Float32Array> {
    return this.#alone(async () => {
      const { inputDim, outputDim } = this.model;
      const size = inputs.length / inputDim;
      if (!Number.isInteger(size)) {
        throw new ArgumentError(
          `predict: got ${inputs.length} numbers, expected a multiple of ${inputDim} (the model's inputs per sample)`,
        );
      }
      const predictions = new Float32Array(size * outputDim);
      if (size === 0) return predictions;
      const session = await this.#open(true);
      const batch = { whole: true, inputs, targets: new Float32Array() };
      const wanted = wantedOf(['predictions']);
      await session.run(
        { size, wanted, batch, resident: false, predicts: true },
        { ...noneFound(), predictions },
      );
      return predictions;
    });
  }

  async parameters(): Promise<NamedParameter[]> {
    return this.#alone(async () => {
      const session = await this.#open();
      const [values = new Float32Array()] = await session.read([session.average.names[0] ?? 'weights']);
      return namedParameters(this.model, values);
    });
  }

  snapshot(): Promise<Snapshot> {
    return this.#alone(async () => {
      const session = await this.#open();
      const names = ['weights', 'm', 'v', ...session.average.names] as const;
      const [parameters, m, v, average] = await session.read(names);
      const none = new Float32Array();
      return {
        values: { ...this.#identity(), steps: this.#steps, cached: this.#kept },
        arrays: {
          ...{ parameters: parameters ?? none, m: m ?? none, v: v ?? none },
          ...(average && { [averageName]: average }),
          ...(this.#kept ? { luma: await session.readKept() } : {}),
        },
      };
    });
  }

  restore(snapshot: Snapshot): Promise<void> {
    return this.#alone(async () => {
      checkIdentity(snapshot, this.#identity());
      const { count } = this.#network;
      const [weights, m, v] = ['parameters', 'm', 'v'].map((name) => floatsIn(snapshot, name, count));
      const steps = numberIn(snapshot, 'steps');
      const kept = snapshot.values['cached'] === true ? this.#picture : undefined;
      const luma = kept && keptIn(snapshot, kept);
      const none = new Float32Array();
      const average = this.#averaging.in(snapshot, count);
      const session = await this.#open();
      session.restore({ weights: weights ?? none, m: m ?? none, v: v ?? none, average });
      this.#averaging.restored(average);
      if (luma !== undefined) session.keepLuma(luma);
      [this.#steps, this.#kept] = [steps, luma !== undefined];
    });
  }

  async dispose(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    // A device that never opened has nothing to free.
    await session?.then(
      (open) => open.dispose(),
      () => undefined,
    );
    if (this.#gpu !== undefined) this.#source.release(this.#gpu);
    this.#gpu = undefined;
  }

  /** What shapes the arithmetic: snapshots of others are refused. */
  #identity(): Record<string, string | number> {
    const { model } = this;
    return {
      model: JSON.stringify({ kind: model.kind, ...model.settings }),
      adam: JSON.stringify(this.#adam),
      device: this.device,
      workers: this.workers,
      microBatch: this.microBatch,
      loss: JSON.stringify({ loss: this.#loss.loss, eikonal: 0, ...this.#loss }),
      crossFrequencyWeight: this.#crossFrequency?.weight ?? 0,
    };
  }

  /** The network on the device, its weights drawn. @param average whether it goes by their average, as far as there is one */
  async #open(average = false): Promise<Session> {
    this.#session ??= (async () => {
      const { model } = this;
      this.#gpu = await this.#source.open();
      const frequency = this.#picture;
      const averaging = this.#averaging;
      const setup = {
        network: this.#network,
        loss: this.#loss,
        writing: this.#writing,
        frequency,
        averaging,
      };
      const response = this.#crossFrequency?.targetResponse;
      const session = await Session.open(this.#gpu, setup, model, this.microBatch, response);
      const weights = new Float32Array(this.#network.count);
      let at = 0;
      for (const values of model.initialise(createRandom(this.#seed))) {
        weights.set(values, at);
        at += values.length;
      }
      const zeros = new Float32Array(weights.length);
      session.restore({ weights, m: zeros, v: zeros });
      if (this.#pool !== undefined) this.#place = await session.place(this.#pool);
      return session;
    })();
    const session = await this.#session;
    session.average.show(average);
    return session;
  }

  /** A call that finds no step under way. */
  #alone<Of>(call: () => Promise<Of>): Promise<Of> {
    return this.#exclusive(async () => {
      await Promise.allSettled(this.#underWay.splice(0));
      // What is waited for needs no more memory than one step.
      this.#turn = 0;
      return call();
    });
  }

  async #step(batch: Batch, options: SendOptions): Promise<SentStep> {
    const adam = this.#adam;
    const rate = options.learningRate ?? adam.learningRate;
    const { stepSize, sqrtBiasCorrection2 } = updateScalars(adam, this.#steps + 1, rate);
    const { beta1, beta2, epsilon } = adam;
    const update = [stepSize, sqrtBiasCorrection2, beta1, 1 - beta1, beta2, 1 - beta2, epsilon];
    const sent = await this.#send(batch, options, update);
    // What supervision of some pixels takes for the others.
    this.#kept ||= batch.whole && batch.size === this.#picture?.pixels;
    this.#steps++;
    await (await this.#open()).average.after(this.#steps);
    return sent;
  }

  /** Sends a pass over a batch. */
  async #send(batch: Batch, options: SendOptions, update?: readonly number[]): Promise<SentStep> {
    const { size, whole } = batch;
    const { wants, loss = true } = options;
    const { inputDim, outputDim } = this.model;
    const pool = this.#pool;
    const dims = { inputDim, targetDim: outputDim, poolSize: pool?.size ?? 0 };
    checkBatch(batch, options, this.capabilities, dims);
    if (pool !== undefined && !whole) checkIndices(batch.indices, pool);
    const term = options.terms?.includes(crossFrequencyTerm) === true ? this.#picture : undefined;
    if (term !== undefined) checkSupervised(batch, term.pixels, this.#kept);
    const supervised = term !== undefined;
    const session = await this.#open();
    const resident = this.#place?.resident === true;
    const { revision = 0 } = pool ?? {};
    if (resident && pool !== undefined && this.#uploaded !== revision) {
      await session.keep(pool);
      this.#uploaded = revision;
    }
    if (!resident) await pool?.ready?.(batch);
    const { weights } = batch;
    const { inputs, targets } = resident || pool === undefined ? batch : pool.gather(batch);
    const task: Task = {
      size,
      resident,
      wanted: wantedOf(wants),
      batch: {
        ...{ whole, inputs, targets },
        ...(weights === undefined ? {} : { weights }),
        ...((resident || supervised) && !whole ? { indices: batch.indices } : {}),
      },
      supervised,
      ...(update === undefined ? {} : { update }),
      silent: !loss && wants.length === 0,
    };
    const turn = this.#turn;
    this.#turn = (turn + 1) % this.#ring.length;
    const found = this.#reserve(turn, size, task);
    const arrived = await session.send(task, found, turn);
    const widths = widthsOf(outputDim);
    const given = outputs.filter((name) => wants.includes(name));
    const result = arrived().then(() => ({
      loss: task.silent === true ? NaN : found.loss,
      ...each(given, (name) => found[name].subarray(0, size * widths[name])),
    }));
    return { result };
  }

  /** Memory for what comes back of a step. */
  #reserve(turn: number, size: number, { wanted }: Task): Found {
    const found = this.#ring[turn];
    if (found === undefined) throw new Error(`no memory for turn ${turn}`);
    const widths = widthsOf(this.model.outputDim);
    for (const name of outputs) {
      const count = size * widths[name];
      if (wanted[name] && found[name].length < count) found[name] = new Float32Array(count);
    }
    return found;
  }
}
