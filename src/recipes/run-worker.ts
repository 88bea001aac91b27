// The thread in which a run lives; see runs/thread.ts.
import { parentPort, workerData } from 'node:worker_threads';
import { EvosError } from '../core/errors.js';
import { findModality, usePlugins } from './modalities/registry.js';
import type { RunEvent } from './runs/events.js';
import { fitHere, resumeHere } from './runs/fit.js';
import { sent, toPlainError, type ThreadCall, type ThreadReply, type ThreadRequest } from './runs/thread.js';

const port = parentPort;
if (port === null) throw new EvosError('internal', 'the thread of a run was started outside a worker thread');
const stop = new AbortController();
const events = begin(workerData as ThreadCall);

async function* begin(asked: ThreadCall): AsyncGenerator<RunEvent, void, undefined> {
  const host = { plugins: await usePlugins(asked.plugins), selector: undefined };
  const modality = findModality(asked.kind);
  const { signal } = stop;
  if (asked.call === 'fit') yield* fitHere(modality, { ...asked.places, signal }, asked.settings, host);
  else yield* resumeHere(modality, { ...asked.places, signal }, asked.expected, host);
}

async function answer(request: 'next' | 'return'): Promise<ThreadReply<RunEvent>> {
  try {
    const next = request === 'next' ? await events.next() : await events.return();
    return next.done === true ? { type: 'done' } : { type: 'event', event: sent(next.value) };
  } catch (error) {
    return { type: 'error', error: toPlainError(error) };
  }
}

port.on('message', (request: ThreadRequest) => {
  if (request === 'abort') stop.abort();
  else void answer(request).then((reply) => port.postMessage(reply));
});
