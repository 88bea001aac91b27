// What a trainer's worker threads have in common: weights, sessions and the hash grid's kernel, passes over them, and the jobs
// that every trainer gives. Jobs come as messages, one at a time; each is answered by a reply or by what went wrong. The other
// side is workers.ts.
import { parentPort } from 'node:worker_threads';
import { EvosError } from '../../core/errors.js';
import type { UpdateScalars } from '../training/state.js';
import { GridEncoder } from './kernels/grid-encoder.js';
import { DeviceParameters } from './parameters/on-device.js';
import { Barrier } from './parameters/shared.js';
import { CpuParameters, type ParameterStore } from './parameters/store.js';
import { ports, type Failed, type FrameJob, type FrameSetup, type PartJob, type Reply } from './protocol.js';
import { SessionCache } from './sessions.js';
import { scalar, type Feeds } from './tensors.js';

/** The graphs of a step's passes, and Adam's scalars. */
export type PassGraphs = Pick<PartJob, 'graph' | 'lastGraph' | 'update'>;

/** One worker thread's frame; a program's own jobs plug in. */
export class WorkerFrame {
  /** Whether the last pass of a step updates in its graph. */
  readonly updatesInGraph: boolean;
  /** Where a graph's loss is written. */
  readonly #loss = scalar(0);
  readonly #setup: FrameSetup;
  readonly #sessions: SessionCache;
  readonly #encoder: GridEncoder | undefined;
  #opened: ParameterStore | undefined;

  constructor(setup: FrameSetup) {
    this.#setup = setup;
    this.updatesInGraph = !setup.execution.kernels;
    this.#sessions = new SessionCache(setup);
    this.#encoder = setup.encoding === undefined ? undefined : new GridEncoder(setup, setup.encoding);
  }

  /** Runs a graph that needs the weights, and gives no gradient. */
  async forward(store: ParameterStore, graph: string, feeds: Feeds, fetches: Feeds): Promise<void> {
    store.feedWeights(feeds);
    this.#encoder?.encode(feeds);
    const bySamples = this.#encoder?.bySamples(fetches);
    await this.#sessions.run(graph, feeds, fetches);
    bySamples?.();
  }

  /** A pass of a step, which adds to the gradient, or of a job that only scores. @returns its loss */
  async pass(
    store: ParameterStore,
    { graph, lastGraph, update }: PassGraphs,
    { feeds, fetches, last }: { readonly feeds: Feeds; readonly fetches: Feeds; readonly last: boolean },
  ): Promise<number> {
    if (update === undefined) {
      fetches[ports.loss] = this.#loss;
      await this.forward(store, graph, feeds, fetches);
      return this.#loss.data[0] ?? Number.NaN;
    }
    const updates = last && this.updatesInGraph;
    return this.gradient(store, updates ? lastGraph : graph, feeds, fetches, updates ? update : undefined);
  }

  /** Runs a graph that adds to the gradient. @param update Adam's scalars, where it updates @returns its loss */
  async gradient(
    store: ParameterStore,
    graph: string,
    feeds: Feeds,
    fetches: Feeds,
    update?: UpdateScalars,
  ): Promise<number> {
    fetches[ports.loss] = this.#loss;
    store.feedPass(feeds, fetches, update);
    this.#encoder?.beforePass(feeds, fetches);
    const bySamples = this.#encoder?.bySamples(fetches);
    if (update !== undefined) {
      feeds[ports.stepSize] = scalar(update.stepSize);
      feeds[ports.sqrtBiasCorrection2] = scalar(update.sqrtBiasCorrection2);
    }
    await this.#sessions.run(graph, feeds, fetches);
    this.#encoder?.afterPass();
    bySamples?.();
    store.turn(update !== undefined);
    return this.#loss.data[0] ?? Number.NaN;
  }

  /**
   * Answers jobs until one of them is `stop`.
   * @param work does a job of the program's own
   * @param release frees what the program holds
   */
  serve<Job extends { readonly type: string }>(
    work: (store: ParameterStore, job: Exclude<Job, FrameJob>) => Promise<Reply>,
    release?: () => Promise<void>,
  ): void {
    const port = parentPort;
    if (port === null) {
      throw new EvosError('internal', 'a training worker was started outside a worker thread');
    }
    const answer = async (job: FrameJob | Exclude<Job, FrameJob>): Promise<Reply> => {
      if (!isFrameJob(job)) return work(await this.#store(), job);
      switch (job.type) {
        case 'graph':
          this.#sessions.add(job.name, job.model);
          break;
        case 'stop':
          await this.#opened?.release?.();
          await release?.();
          await this.#sessions.release();
          break;
        default:
          await (await this.#store())[job.type]?.();
      }
      return { loss: 0 };
    };
    port.on('message', (job: FrameJob | Exclude<Job, FrameJob>) => {
      answer(job).then(
        (reply) => {
          port.postMessage(reply);
          if (job.type === 'stop') port.close();
        },
        (cause: unknown) => {
          // Others may be waiting for this worker's gradient.
          new Barrier(this.#setup.barrier).fail();
          const error = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
          port.postMessage({ error } satisfies Failed);
        },
      );
    });
  }

  /** Opened by the first job, so that a device that fails does so as that job's error. */
  async #store(): Promise<ParameterStore> {
    this.#opened ??= this.#setup.execution.kernels
      ? new CpuParameters(this.#setup)
      : await DeviceParameters.open(this.#setup);
    return this.#opened;
  }
}

const frameJobs: readonly string[] = ['graph', 'publish', 'restore', 'stop'] satisfies FrameJob['type'][];

function isFrameJob(job: { readonly type: string }): job is FrameJob {
  return frameJobs.includes(job.type);
}
