// A worker thread of a distance field: takes pieces of a task until none are left.
import { parentPort, workerData } from 'node:worker_threads';
import { DistanceKernel, type KernelSetup, type KernelTask } from './kernel.js';

/** What a worker is sent. */
export interface WorkerTask {
  readonly task: KernelTask;
  readonly pieces: number;
  /** `[1]` in shared memory: the next piece that nobody has taken. */
  readonly next: Int32Array;
}

/** What it answers when no piece is left. */
export type WorkerReply = { readonly error: string | undefined };

const kernel = new DistanceKernel(workerData as KernelSetup);

parentPort?.on('message', ({ task, pieces, next }: WorkerTask) => {
  let error: string | undefined;
  try {
    for (let piece = Atomics.add(next, 0, 1); piece < pieces; piece = Atomics.add(next, 0, 1)) {
      kernel.run(task, piece);
    }
  } catch (cause) {
    error = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  }
  parentPort?.postMessage({ error } satisfies WorkerReply);
});
