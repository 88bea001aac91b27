// The frame of a trainer: weights, Adam, worker threads with the barrier between them, and snapshots. What a step does with
// samples or with rays plugs in as a worker's script and its jobs.
import { availableParallelism } from 'node:os';
import { createRandom } from '../../core/numeric/random.js';
import type { Snapshot, StateArray } from '../../core/index.js';
import type { AdamOptions, GridLayout, ModelDefinition } from '../models/index.js';
import { averageName, Averaging } from '../training/averaging.js';
import { oneAtATime } from '../training/one-at-a-time.js';
import { checkWhole, completeAdam } from '../training/options.js';
import { checkIdentity, floatsIn, numberIn, updateScalars, type UpdateScalars } from '../training/state.js';
import type { NamedParameter } from '../training/trainer.js';
import type { Execution } from './execution.js';
import { gridScratch } from './kernels/grid-scratch.js';
import { SharedAverage } from './parameters/average.js';
import { layOut, type ParameterSlot } from './parameters/layout.js';
import { allocateParameters, Barrier, SharedParameters } from './parameters/shared.js';
import type { FrameJob, FrameSetup, PartJob, Reply } from './protocol.js';
import { stayInPlace } from './in-place.js';
import type { StagedModel } from './staged-model.js';
import { cutAtSines, inOnePiece } from './stages.js';
import { Workers } from './workers.js';

/** What a frame is made from. */
export interface FrameOptions {
  readonly model: ModelDefinition;
  readonly adam: AdamOptions;
  /** Seed of the initial weights. */
  readonly seed: number;
  readonly device: string;
  readonly execution: Execution;
  readonly workers?: number | undefined;
  /** What the average of the weights spans, see `TrainerOptions`. */
  readonly averaging?: number | undefined;
  /** Where a kernel can look samples up. */
  readonly encoding: GridLayout | undefined;
  /** What the worker threads run. */
  readonly script: URL;
  /** Passes differ in size each time, so that no layout of memory is worth keeping. */
  readonly variableSizes?: boolean;
  /** What the program's own workers are given beside the frame's. */
  readonly extra: object;
  /** What else shapes the arithmetic: snapshots of others are refused. */
  identity(): Readonly<Record<string, string | number>>;
}

/** A trainer's frame. `Job` is what its program gives its workers. */
export class TrainerFrame<Job> {
  readonly adam: Required<AdamOptions>;
  /** Worker threads. */
  readonly workers: number;
  /** Runs a call of the trainer's, which must not begin before the last one has ended. */
  readonly exclusive = oneAtATime();
  readonly #slots: readonly ParameterSlot[];
  readonly #shared: SharedParameters;
  readonly #averaging: Averaging;
  readonly #average: SharedAverage | undefined;
  readonly #barrier: Barrier;
  readonly #threads: Workers<Job>;
  readonly #stages: (model: Uint8Array) => StagedModel;
  readonly #identity: () => Readonly<Record<string, string | number>>;
  /** Outputs then stay in place, and kernels update. */
  readonly #kernels: boolean;
  readonly #sent = new Set<string>();
  #steps = 0;

  constructor(options: FrameOptions) {
    const { model, device, execution, encoding: layout } = options;
    this.#kernels = execution.kernels;
    this.adam = completeAdam(options.adam);
    this.workers = execution.kernels ? (options.workers ?? availableParallelism()) : 1;
    checkWhole('workers', this.workers, 1);
    // A GPU computes sines as it computes everything; the kernel for them keeps a layout of memory for each size.
    const { variableSizes = false } = options;
    this.#stages = execution.kernels && !variableSizes ? cutAtSines : inOnePiece;
    this.#identity = () => ({
      model: JSON.stringify({ kind: model.kind, ...model.settings }),
      adam: JSON.stringify(this.adam),
      device,
      workers: this.workers,
      ...options.identity(),
    });
    const { slots, total } = layOut(model.parameters);
    this.#slots = slots;
    const encoding = execution.kernels ? layout : undefined;
    const scratch = encoding === undefined ? 0 : gridScratch(encoding);
    const shared = allocateParameters(total, this.workers, this.adam, scratch);
    this.#shared = new SharedParameters(shared);
    model.initialise(createRandom(options.seed)).forEach((values, i) => {
      this.#shared.values.set(values, slots[i]?.offset ?? 0);
    });
    this.#averaging = new Averaging(options.averaging ?? 0);
    if (this.#averaging.wanted) this.#average = new SharedAverage(this.#shared.values);
    const barrier = Barrier.allocate();
    this.#barrier = new Barrier(barrier);
    this.#threads = new Workers(
      options.script,
      Array.from({ length: this.workers }, (_, index) => ({
        ...options.extra,
        ...({ execution, slots, shared, barrier, index, variableSizes } satisfies FrameSetup),
        ...(encoding === undefined ? {} : { encoding }),
      })),
      // A thread that ended will never come: nobody may wait for it.
      () => this.#barrier.fail(),
    );
  }

  /** Training steps taken. */
  get steps(): number {
    return this.#steps;
  }

  /**
   * Makes sure that the workers have a graph. A graph is written when it is first used.
   * @param stages how it is cut, where that differs from others
   * @returns its name
   */
  async graph(name: string, build: () => Uint8Array, stages = this.#stages): Promise<string> {
    if (this.#sent.has(name)) return name;
    const cut = stages(build());
    const model = this.#kernels ? stayInPlace(cut) : cut;
    await this.everyone({ type: 'graph', name, model });
    this.#sent.add(name);
    return name;
  }

  /** Gives the first worker a job. */
  first(job: Job | FrameJob): Promise<Reply> {
    return this.#threads.run(0, job);
  }

  /** Gives every worker the same job. */
  everyone(job: Job | FrameJob): Promise<Reply[]> {
    return this.each(Array.from({ length: this.workers }, () => job));
  }

  /** Gives each worker its own job, and waits for all of them; undefined leaves a worker idle. */
  each(jobs: readonly (Job | FrameJob | undefined)[]): Promise<Reply[]> {
    this.#barrier.reset();
    return this.#threads.runAll(jobs);
  }

  /**
   * The graphs of a pass, and Adam's scalars of the step to come where it is one.
   * @param graph makes sure that the workers have one, see `graph`
   */
  async pass(
    kind: 'score' | 'gradient',
    graph: (kind: 'score' | 'gradient' | 'update') => Promise<string>,
    learningRate = this.adam.learningRate,
  ): Promise<Pick<PartJob, 'graph' | 'lastGraph' | 'update'>> {
    await this.show('weights');
    const own = await graph(kind);
    if (kind === 'score') return { graph: own, lastGraph: own };
    const lastGraph = this.#kernels ? own : await graph('update');
    return { graph: own, lastGraph, update: updateScalars(this.adam, this.#steps + 1, learningRate) };
  }

  /**
   * The gradient that a step's passes come to, all workers' together, and nothing else of the step: where kernels update. It is read off the
   * first moment, which begins at 0: the update leaves nothing of the gradients themselves.
   * @param run gives the workers their jobs, with these scalars
   * @returns the weights, and the gradient by them: copies
   */
  async gradient(
    run: (update: UpdateScalars) => Promise<unknown>,
  ): Promise<{ readonly weights: Float32Array; readonly gradient: Float32Array }> {
    const { values, m, v } = this.#shared;
    const [weights, first, second] = [values.slice(), m.slice(), v.slice()];
    m.fill(0);
    try {
      await run({ stepSize: 0, sqrtBiasCorrection2: 1 });
      const taken = Math.fround(1 - this.adam.beta1);
      return { weights, gradient: m.map((value) => value / taken) };
    } finally {
      values.set(weights);
      m.set(first);
      v.set(second);
    }
  }

  /** Runs something with the weights moved along a direction, where workers take them from shared memory. */
  async moved<Result>(
    weights: Float32Array,
    along: Float32Array,
    by: number,
    run: () => Promise<Result>,
  ): Promise<Result> {
    const { values } = this.#shared;
    for (let i = 0; i < values.length; i++) values[i] = weights[i]! + by * along[i]!;
    try {
      return await run();
    } finally {
      values.set(weights);
    }
  }

  /** A step has been taken. */
  async advance(): Promise<void> {
    this.#steps++;
    const rate = this.#averaging.after(this.#steps);
    if (rate === undefined) return;
    if (!this.#kernels) await this.first({ type: 'publish' });
    this.#average?.move(rate);
  }

  /** Has the workers go by the weights, or by their average as far as there is one. */
  async show(what: 'weights' | 'average'): Promise<void> {
    const [average, { started }] = [this.#average, this.#averaging];
    if (average === undefined || average.shown === (started && what === 'average')) return;
    // Threads on the CPU take them from here for each job.
    if (!this.#kernels) await this.first({ type: 'publish' });
    average.exchange();
    if (!this.#kernels) await this.first({ type: 'restore' });
  }

  /** Copies of all parameters: of their average, as far as there is one. */
  parameters(): Promise<NamedParameter[]> {
    return this.exclusive(async () => {
      await this.first({ type: 'publish' });
      const values = (this.#averaging.started ? this.#average?.numbers : undefined) ?? this.#shared.values;
      return this.#slots.map(({ name, shape, offset, count }) => ({
        name,
        shape,
        data: values.slice(offset, offset + count),
      }));
    });
  }

  /** Weights, moments and steps, and whatever else a program keeps. */
  async snapshot(
    values: Snapshot['values'] = {},
    arrays: Readonly<Record<string, StateArray>> = {},
  ): Promise<Snapshot> {
    await this.show('weights');
    await this.first({ type: 'publish' });
    const state = this.#shared;
    const average = this.#averaging.started ? this.#average?.numbers.slice() : undefined;
    return {
      values: { ...this.#identity(), steps: this.#steps, ...values },
      arrays: {
        ...{ parameters: state.values.slice(), m: state.m.slice(), v: state.v.slice() },
        ...(average && { [averageName]: average }),
        ...arrays,
      },
    };
  }

  /**
   * Goes on from a snapshot.
   * @param take reads what the program keeps of it; gives what sets that, once the whole snapshot is known to be sound
   */
  async restore(snapshot: Snapshot, take?: () => () => void): Promise<void> {
    checkIdentity(snapshot, this.#identity());
    const { values, m, v } = this.#shared;
    const parts = ['parameters', 'm', 'v'].map((name) => floatsIn(snapshot, name, values.length));
    const steps = numberIn(snapshot, 'steps');
    const average = this.#averaging.in(snapshot, values.length);
    const set = take?.();
    await this.show('weights');
    [values, m, v].forEach((array, i) => array.set(parts[i] ?? []));
    if (average !== undefined) this.#average?.numbers.set(average);
    this.#averaging.restored(average);
    set?.();
    await this.first({ type: 'restore' });
    this.#steps = steps;
  }

  /** Ends the workers and frees native memory. */
  async dispose(): Promise<void> {
    await this.#threads.stop();
  }
}
