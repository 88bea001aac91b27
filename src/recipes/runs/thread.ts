// The main thread's side of a fit: the run itself (decoding, choosing, measuring, writing) lives in a thread of its
// own, so that whoever awaits its events can draw, serve or answer meanwhile. Event by event: the thread works only
// while its next event is awaited, as the generator it stands for would.
import { Worker } from 'node:worker_threads';
import {
  ArgumentError,
  ConfigError,
  DeviceError,
  DivergedError,
  EvosError,
  InputError,
  OutputError,
  PackageError,
  ResumeError,
} from '../../core/errors.js';
import { allOf } from '../../core/samples.js';
import { disableTelemetry } from '../../engine/onnx/telemetry.js';
import { workerFlags } from '../../engine/onnx/worker-flags.js';
import type { RunEvent, RunTypes } from './events.js';
import type { FitPlaces, ResumePlaces } from './fit.js';

/** What a thread is asked for: a fit, or a run that goes on. No functions and no signals: they stay behind. */
export type ThreadCall = {
  readonly kind: string;
  /** Absolute paths. */
  readonly plugins: readonly string[];
} & (
  | { readonly call: 'fit'; readonly places: Omit<FitPlaces, 'signal'>; readonly settings: object }
  | {
      readonly call: 'resume';
      readonly places: Omit<ResumePlaces, 'signal'>;
      readonly expected: object | undefined;
    }
);

/** What the thread is told. */
export type ThreadRequest = 'next' | 'return' | 'abort';

/** What it answers to `next` and `return`. */
export type ThreadReply<Event> =
  | { readonly type: 'event'; readonly event: Event }
  | { readonly type: 'done' }
  | { readonly type: 'error'; readonly error: PlainError };

/** An error on its way to another thread, where classes do not survive. */
export interface PlainError {
  /** The code of an `EvosError`; undefined for any other error. */
  readonly code: EvosError['code'] | undefined;
  readonly message: string;
  readonly stack: string | undefined;
  /** Of a `PackageError`. */
  readonly command?: string;
  /** Of a `DivergedError`. */
  readonly at?: { readonly step: number; readonly steps: number };
}

/**
 * Carries a run out in a thread of its own. Nothing starts before the first event is asked for.
 * @param file the thread's code
 */
export async function* inThread<Types extends RunTypes>(
  file: URL,
  call: ThreadCall,
  signal: AbortSignal | undefined,
): AsyncGenerator<RunEvent<Types>, void, undefined> {
  // Here, where variables are the process's own.
  disableTelemetry();
  const worker = new Worker(file, { workerData: call, ...workerFlags() });
  // Between events nothing runs, and a generator that was left behind must not keep the process alive.
  worker.unref();
  const abort = (): void => worker.postMessage('abort' satisfies ThreadRequest);
  signal?.addEventListener('abort', abort);
  if (signal?.aborted === true) abort();
  let ended = false;
  try {
    for (;;) {
      const reply = await ask<RunEvent<Types>>(worker, 'next');
      if (reply.type === 'error') throw revive(reply.error);
      if (reply.type === 'done') {
        ended = true;
        return;
      }
      yield received(reply.event);
    }
  } finally {
    signal?.removeEventListener('abort', abort);
    // Left early: the run ends where it stands, and frees what it holds.
    if (!ended) await ask(worker, 'return').catch(() => undefined);
    await worker.terminate();
  }
}

function ask<Event>(worker: Worker, request: ThreadRequest): Promise<ThreadReply<Event>> {
  return new Promise((resolve, reject) => {
    // A thread that has ended has the number −1, and tells nobody a second time.
    if (worker.threadId === -1) throw new EvosError('internal', 'the thread of the run has ended');
    const settle = (act: () => void): void => {
      worker.off('message', answered).off('error', failed).off('exit', exited);
      worker.unref();
      act();
    };
    const answered = (reply: ThreadReply<Event>): void => settle(() => resolve(reply));
    const refuse = (problem: string, options?: ErrorOptions): void =>
      settle(() => reject(new EvosError('internal', `the thread of the run ${problem}`, options)));
    const failed = (cause: Error): void => refuse(`failed: ${cause.message}`, { cause });
    const exited = (code: number): void => refuse(`ended unexpectedly (exit code ${code})`);
    worker.on('message', answered).on('error', failed).on('exit', exited);
    worker.ref();
    worker.postMessage(request);
  });
}

const none = new Uint32Array(0);

/**
 * An event as it goes to another thread. A step's samples are a view of the selector's memory, all of which would travel with
 * it: copied, they travel alone. Those of a step over everything are not sent.
 */
export function sent<Types extends RunTypes>(event: RunEvent<Types>): RunEvent<Types> {
  if (event.type !== 'step') return event;
  const { type, step, steps, loss, ratio, samples, wants, awaited, whole, seconds } = event;
  const indices = whole ? none : event.indices.slice();
  return { type, step, steps, loss, ratio, samples, wants, awaited, whole, seconds, indices };
}

/** The event again: the samples of a step over everything are made when they are first read. */
function received<Types extends RunTypes>(event: RunEvent<Types>): RunEvent<Types> {
  if (event.type !== 'step' || !event.whole) return event;
  const all = allOf(event.samples);
  return Object.defineProperty(event, 'indices', { get: () => all.indices, enumerable: true });
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
    ...(error instanceof PackageError ? { command: error.command } : {}),
    ...(error instanceof DivergedError ? { at: { step: error.step, steps: error.steps } } : {}),
  };
}

/** An error of the class it had, with the stack of the thread it comes from. */
export function revive({ code, message, stack, command = '', at }: PlainError): Error {
  let error: Error;
  if (code === undefined) error = new Error(message);
  else if (code === 'internal') error = new EvosError(code, message);
  else if (at !== undefined) error = new DivergedError(message, at);
  else if (code === 'package') error = new PackageError(message, command);
  else error = new classes[code](message);
  if (stack !== undefined) error.stack = stack;
  return error;
}
