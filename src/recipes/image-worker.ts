// The thread in which a fit runs; see image-thread.ts.
import { parentPort, workerData } from 'node:worker_threads';
import { EvosError } from '../core/index.js';
import type { FitImageEvent } from './events.js';
import { fitImageHere, resumeImageHere } from './image-run.js';
import { toPlainError, type ThreadCall, type ThreadReply, type ThreadRequest } from './image-thread.js';

const port = parentPort;
if (port === null) throw new EvosError('internal', 'the thread of a run was started outside a worker thread');
const call = workerData as ThreadCall;
const stop = new AbortController();
const { signal } = stop;
const events =
  call.name === 'fitImage'
    ? fitImageHere({ ...call.options, signal })
    : resumeImageHere({ ...call.options, signal });

async function answer(request: 'next' | 'return'): Promise<ThreadReply> {
  try {
    const next = request === 'next' ? await events.next() : await events.return();
    return next.done === true ? { type: 'done' } : { type: 'event', event: detached(next.value) };
  } catch (error) {
    return { type: 'error', error: toPlainError(error) };
  }
}

/** A step's samples are a view of the selector's memory, all of which would travel with it: copied, they travel alone. */
function detached(event: FitImageEvent): FitImageEvent {
  if (event.type !== 'step' || event.indices === 'all') return event;
  return { ...event, indices: event.indices.slice() };
}

port.on('message', (request: ThreadRequest) => {
  if (request === 'abort') stop.abort();
  else void answer(request).then((reply) => port.postMessage(reply));
});
