// The worker threads of a distance field. They start with the first task that is worth it, keep no process alive while they
// wait, and end with `dispose`.
import type { Worker } from 'node:worker_threads';
import { ArgumentError, EvosError } from '../../core/errors.js';
import { sharedBytes } from '../../core/shared-memory.js';
import { DistanceKernel, pieceSize, type KernelSetup, type KernelTask } from './kernel.js';
import { nodeThreads } from './threads.js';
import type { WorkerReply, WorkerTask } from './worker.js';

/** A name of its own: bundlers for browsers would take a literal for a file to copy. */
const script = './worker.js';

/** Runs tasks, one at a time. */
export class DistanceWorkers {
  readonly #setup: KernelSetup;
  readonly #count: number;
  readonly #kernel: DistanceKernel;
  #workers: Worker[] = [];
  #disposed = false;

  /**
   * @param count 0: everything happens in the calling thread.
   * @throws ArgumentError for any other number where there are no threads
   */
  constructor(setup: KernelSetup, count: number) {
    if (count > 0 && nodeThreads() === undefined) {
      throw new ArgumentError(
        `workers: got ${count}; expected 0: Node has threads for this, and a browser has not; leave it out`,
      );
    }
    this.#setup = setup;
    this.#count = count;
    this.#kernel = new DistanceKernel(setup);
  }

  async run(task: KernelTask): Promise<void> {
    if (this.#disposed)
      throw new EvosError('argument', 'The distance field was disposed of: make a new one.');
    const pieces = Math.ceil(task.order.length / pieceSize);
    if (this.#count === 0 || pieces <= 1) {
      for (let piece = 0; piece < pieces; piece++) this.#kernel.run(task, piece);
      return;
    }
    const threads = nodeThreads();
    while (threads !== undefined && this.#workers.length < this.#count) {
      const worker = new threads.Worker(new URL(script, import.meta.url), {
        workerData: this.#setup,
        // The caller's flags (--input-type, loaders) are for its own program.
        execArgv: [],
      });
      worker.unref();
      this.#workers.push(worker);
    }
    const next = new Int32Array(sharedBytes(4));
    const asked: WorkerTask = { task, pieces, next };
    // All of them, even when one fails: the others still write into the task's memory.
    const answers = await Promise.allSettled(this.#workers.map((worker) => ask(worker, asked)));
    for (const answer of answers) if (answer.status === 'rejected') throw answer.reason;
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    const workers = this.#workers;
    this.#workers = [];
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function ask(worker: Worker, task: WorkerTask): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (message: string, cause?: Error): void =>
      settle(() => reject(new EvosError('internal', message, cause === undefined ? {} : { cause })));
    const settle = (act: () => void): void => {
      worker.off('message', answered).off('error', failed).off('exit', exited);
      worker.unref();
      act();
    };
    const answered = ({ error }: WorkerReply): void =>
      error === undefined ? settle(resolve) : fail(`a thread that computes distances failed: ${error}`);
    const failed = (cause: Error): void =>
      fail(`a thread that computes distances failed: ${cause.message}`, cause);
    const exited = (code: number): void =>
      fail(`a thread that computes distances ended before its answer (exit code ${code})`);
    worker.on('message', answered).on('error', failed).on('exit', exited);
    worker.ref();
    worker.postMessage(task);
  });
}
