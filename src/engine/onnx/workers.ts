// The main thread's side of the worker threads: starts them, gives each a job at a time, ends them.
import { Worker } from 'node:worker_threads';
import { EvosError, PackageError } from '../../core/errors.js';
import { packageFault } from '../../core/packages.js';
import type { Failed, FrameJob, Reply } from './protocol.js';
import { anotherFailed } from './parameters/shared.js';
import { disableTelemetry } from './telemetry.js';
import { workerFlags } from './worker-flags.js';

interface Pending<Answer> {
  resolve(reply: Answer): void;
  reject(error: EvosError): void;
}

/** ONNX Runtime refused a model or a pass; the thread goes on. */
export class RuntimeFailure extends EvosError {
  /** @param reason what it said */
  constructor(
    worker: string,
    readonly reason: string,
  ) {
    super('internal', `ONNX Runtime failed in ${worker}: ${reason}`);
  }
}

/** One worker thread, that answers each job by a message. */
export class WorkerHandle<Job, Answer extends object> {
  readonly #name: string;
  readonly #worker: Worker;
  readonly #onFailure: (() => void) | undefined;
  #pending: Pending<Answer> | undefined;
  #failure: EvosError | undefined;

  /** @param name what messages call it */
  constructor(name: string, script: URL, setup: unknown, onFailure?: () => void) {
    this.#name = name;
    this.#onFailure = onFailure;
    disableTelemetry();
    this.#worker = new Worker(script, { workerData: setup, ...workerFlags() });
    // An idle worker does not keep the process alive; one with a job does.
    this.#worker.unref();
    this.#worker.on('message', (reply: Answer | Failed) => this.#settle(reply));
    this.#worker.on('error', (cause) => this.#fail(`${name} failed`, cause));
    this.#worker.on('exit', (code) => this.#fail(`${name} ended unexpectedly (exit code ${code})`));
  }

  run(job: Job, transfer: readonly ArrayBuffer[] = []): Promise<Answer> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#pending !== undefined) {
      return Promise.reject(new EvosError('internal', `${this.#name} was given a second job at once`));
    }
    this.#worker.ref();
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
      this.#worker.postMessage(job, transfer);
    });
  }

  /** @param farewell a last job, for a worker that has something to free */
  async stop(farewell?: Job): Promise<void> {
    this.#worker.removeAllListeners('exit');
    const idle = this.#failure === undefined && this.#pending === undefined;
    if (farewell !== undefined && idle) await this.run(farewell);
    await this.#worker.terminate();
    this.#failure ??= new EvosError(
      'argument',
      `${this.#name} has ended, since its owner was disposed; make a new one`,
    );
  }

  #settle(reply: Answer | Failed): void {
    const pending = this.#pending;
    this.#pending = undefined;
    this.#worker.unref();
    if (isFailed(reply)) pending?.reject(new RuntimeFailure(this.#name, reply.error));
    else pending?.resolve(reply);
  }

  #fail(message: string, cause?: unknown): void {
    // A thread without an engine ends as soon as it starts.
    const fault = packageFault('onnxruntime-node', 'training or running a model', cause);
    const internal = new EvosError('internal', message, cause === undefined ? undefined : { cause });
    this.#failure ??= fault instanceof PackageError ? fault : internal;
    this.#pending?.reject(this.#failure);
    this.#pending = undefined;
    this.#onFailure?.();
  }
}

function isFailed(reply: object): reply is Failed {
  return 'error' in reply;
}

/** All workers of a trainer. */
export class Workers<Job> {
  readonly #workers: readonly WorkerHandle<Job | FrameJob, Reply>[];

  /**
   * @param script what the threads run
   * @param setups what each is given when it starts
   * @param onFailure called when a worker thread has ended that should not have
   */
  constructor(script: URL, setups: readonly unknown[], onFailure: () => void) {
    this.#workers = setups.map((setup) => new WorkerHandle('a training worker', script, setup, onFailure));
  }

  /** Gives one worker a job. */
  run(worker: number, job: Job | FrameJob): Promise<Reply> {
    const handle = this.#workers[worker];
    if (handle === undefined)
      return Promise.reject(new EvosError('internal', `there is no worker ${worker}`));
    return handle.run(job);
  }

  /** Gives each worker its own job and waits for all of them; undefined leaves a worker idle. */
  async runAll(jobs: readonly (Job | FrameJob | undefined)[]): Promise<Reply[]> {
    // Settled, not raced: after a failure no worker may still be writing to shared memory.
    const settled = await Promise.allSettled(
      jobs.flatMap((job, worker) => (job === undefined ? [] : [this.run(worker, job)])),
    );
    const failures = settled.flatMap((outcome): unknown[] =>
      outcome.status === 'rejected' ? [outcome.reason] : [],
    );
    // Workers that waited for the one that failed fail too; what it says is the news.
    const isEcho = (reason: unknown): boolean =>
      reason instanceof Error && reason.message.includes(anotherFailed);
    if (failures.length > 0) throw failures.find((reason) => !isEcho(reason)) ?? failures[0];
    return settled.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  }

  /** Ends every worker and frees native memory. */
  async stop(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.stop({ type: 'stop' })));
  }
}
