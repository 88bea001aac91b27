// The main thread's side of a fit: the run itself (decoding, choosing, measuring, writing) lives in a thread of its
// own, so that whoever awaits its events can draw, serve or answer meanwhile. Event by event: the thread works only
// while its next event is awaited, as the generator it stands for would.
import { Worker } from 'node:worker_threads';
import {
  ArgumentError,
  ConfigError,
  DeviceError,
  EvosError,
  InputError,
  OutputError,
  ResumeError,
} from '../../core/index.js';
import type { FitImageEvent, FitMeshEvent, FitSceneEvent } from './events.js';
import type { FitImageOptions, ResumeImageOptions } from '../modalities/image/run.js';
import type { FitMeshOptions, ResumeMeshOptions } from '../modalities/mesh/run.js';
import type { FitSceneOptions, ResumeSceneOptions } from '../modalities/scene/run.js';

/** What can be carried out in another thread: options without functions and signals, and the events they lead to. */
export interface ThreadRecipes {
  fitImage: { options: Omit<FitImageOptions, 'selector' | 'signal'>; event: FitImageEvent };
  resumeImage: { options: Omit<ResumeImageOptions, 'selector' | 'signal'>; event: FitImageEvent };
  fitMesh: { options: Omit<FitMeshOptions, 'selector' | 'signal'>; event: FitMeshEvent };
  resumeMesh: { options: Omit<ResumeMeshOptions, 'selector' | 'signal'>; event: FitMeshEvent };
  fitScene: { options: Omit<FitSceneOptions, 'signal'>; event: FitSceneEvent };
  resumeScene: { options: Omit<ResumeSceneOptions, 'signal'>; event: FitSceneEvent };
}

/** A call of one of them. */
export type ThreadCall<Name extends keyof ThreadRecipes = keyof ThreadRecipes> = {
  [Each in Name]: { readonly name: Each; readonly options: ThreadRecipes[Each]['options'] };
}[Name];

/** Their events. */
export type ThreadEvent = ThreadRecipes[keyof ThreadRecipes]['event'];

/** What the thread is told. */
export type ThreadRequest = 'next' | 'return' | 'abort';

/** What it answers to `next` and `return`. */
export type ThreadReply =
  | { readonly type: 'event'; readonly event: ThreadEvent }
  | { readonly type: 'done' }
  | { readonly type: 'error'; readonly error: PlainError };

/** An error on its way to another thread, where classes do not survive. */
export interface PlainError {
  /** The code of an `EvosError`; undefined for any other error. */
  readonly code: EvosError['code'] | undefined;
  readonly message: string;
  readonly stack: string | undefined;
}

/** Carries a fit out in a thread of its own. Nothing starts before the first event is asked for. */
export async function* inThread<Name extends keyof ThreadRecipes>(
  call: ThreadCall<Name>,
  signal: AbortSignal | undefined,
): AsyncGenerator<ThreadRecipes[Name]['event'], void, undefined> {
  const worker = new Worker(new URL('../run-worker.js', import.meta.url), { workerData: call });
  // Between events nothing runs, and a generator that was left behind must not keep the process alive.
  worker.unref();
  const abort = (): void => worker.postMessage('abort' satisfies ThreadRequest);
  signal?.addEventListener('abort', abort);
  if (signal?.aborted === true) abort();
  let ended = false;
  try {
    for (;;) {
      const reply = await ask(worker, 'next');
      if (reply.type === 'error') throw revive(reply.error);
      if (reply.type === 'done') {
        ended = true;
        return;
      }
      yield reply.event;
    }
  } finally {
    signal?.removeEventListener('abort', abort);
    // Left early: the run ends where it stands, and frees what it holds.
    if (!ended) await ask(worker, 'return').catch(() => undefined);
    await worker.terminate();
  }
}

function ask(worker: Worker, request: ThreadRequest): Promise<ThreadReply> {
  return new Promise((resolve, reject) => {
    // A thread that has ended has the number −1, and tells nobody a second time.
    if (worker.threadId === -1) throw new EvosError('internal', 'the thread of the run has ended');
    const settle = (act: () => void): void => {
      worker.off('message', answered).off('error', failed).off('exit', exited);
      worker.unref();
      act();
    };
    const answered = (reply: ThreadReply): void => settle(() => resolve(reply));
    const failed = (cause: Error): void =>
      settle(() =>
        reject(new EvosError('internal', `the thread of the run failed: ${cause.message}`, { cause })),
      );
    const exited = (code: number): void =>
      settle(() =>
        reject(new EvosError('internal', `the thread of the run ended unexpectedly (exit code ${code})`)),
      );
    worker.on('message', answered).on('error', failed).on('exit', exited);
    worker.ref();
    worker.postMessage(request);
  });
}

const classes = {
  argument: ArgumentError,
  input: InputError,
  config: ConfigError,
  device: DeviceError,
  output: OutputError,
  resume: ResumeError,
} as const;

/** An error's plain form. */
export function toPlainError(error: unknown): PlainError {
  if (!(error instanceof Error)) return { code: undefined, message: String(error), stack: undefined };
  return {
    code: error instanceof EvosError ? error.code : undefined,
    message: error.message,
    stack: error.stack,
  };
}

/** An error of the class it had, with the stack of the thread it comes from. */
export function revive({ code, message, stack }: PlainError): Error {
  let error: Error;
  if (code === undefined) error = new Error(message);
  else if (code === 'internal') error = new EvosError(code, message);
  else error = new classes[code](message);
  if (stack !== undefined) error.stack = stack;
  return error;
}
