// What worker threads of trainers have in common: jobs come as messages, one at a time, and each is answered by a reply or
// by what went wrong. The other side is engine.ts.
import { parentPort } from 'node:worker_threads';
import { EvosError } from '../../core/index.js';
import type { Failed, Stop } from './protocol.js';
import { Barrier } from './parameters/shared.js';

const port = parentPort;
if (port === null) throw new EvosError('internal', 'a training worker was started outside a worker thread');

/**
 * Answers jobs until one of them is `stop`.
 * @param barrier that of all workers: who fails sets the others free
 * @param work does a job
 */
export function answerJobs<Job extends { readonly type: string }>(
  barrier: SharedArrayBuffer,
  work: (job: Job | Stop) => Promise<{ readonly type: string }>,
): void {
  port?.on('message', (job: Job | Stop) => {
    work(job).then(
      (reply) => {
        port.postMessage(reply);
        if (job.type === 'stop') port.close();
      },
      (cause: unknown) => {
        // Others may be waiting for this worker's gradient.
        new Barrier(barrier).fail();
        const message = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
        port.postMessage({ type: 'error', message } satisfies Failed);
      },
    );
  });
}
