// The thread in which a fit runs; see run-thread.ts.
import { parentPort, workerData } from 'node:worker_threads';
import { EvosError } from '../core/index.js';
import {
  toPlainError,
  type ThreadCall,
  type ThreadEvent,
  type ThreadReply,
  type ThreadRequest,
} from './runs/thread.js';

const port = parentPort;
if (port === null) throw new EvosError('internal', 'the thread of a run was started outside a worker thread');
const call = workerData as ThreadCall;
const stop = new AbortController();
const { signal } = stop;
const events = await begin(call);

/** Each modality's libraries are loaded where it is asked for: a picture needs no three. */
async function begin(asked: ThreadCall): Promise<AsyncGenerator<ThreadEvent, void, undefined>> {
  switch (asked.name) {
    case 'fitImage':
      return (await import('./modalities/image/run.js')).fitImageHere({ ...asked.options, signal });
    case 'resumeImage':
      return (await import('./modalities/image/run.js')).resumeImageHere({ ...asked.options, signal });
    case 'fitMesh':
      return (await import('./modalities/mesh/run.js')).fitMeshHere({ ...asked.options, signal });
    case 'resumeMesh':
      return (await import('./modalities/mesh/run.js')).resumeMeshHere({ ...asked.options, signal });
    case 'fitScene':
      return (await import('./modalities/scene/run.js')).fitSceneHere({ ...asked.options, signal });
    case 'resumeScene':
      return (await import('./modalities/scene/run.js')).resumeSceneHere({ ...asked.options, signal });
  }
}

async function answer(request: 'next' | 'return'): Promise<ThreadReply> {
  try {
    const next = request === 'next' ? await events.next() : await events.return();
    return next.done === true ? { type: 'done' } : { type: 'event', event: detached(next.value) };
  } catch (error) {
    return { type: 'error', error: toPlainError(error) };
  }
}

/** A step's samples are a view of the selector's memory, all of which would travel with it: copied, they travel alone. */
function detached(event: ThreadEvent): ThreadEvent {
  if (event.type !== 'step' || event.indices === 'all') return event;
  return { ...event, indices: event.indices.slice() };
}

port.on('message', (request: ThreadRequest) => {
  if (request === 'abort') stop.abort();
  else void answer(request).then((reply) => port.postMessage(reply));
});
