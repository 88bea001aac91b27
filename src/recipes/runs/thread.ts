// The main thread's side of a fit: the run itself (decoding, choosing, measuring, writing) lives in a thread of its
// own, so that whoever awaits its events can draw, serve or answer meanwhile. Event by event: the thread works out the one that is
// awaited, and one more where it may, and then waits, as the generator it stands for would.
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
import { present } from '../../core/present.js';
import { allOf } from '../../core/samples.js';
import { disableTelemetry } from '../../engine/onnx/telemetry.js';
import { workerFlags } from '../../engine/onnx/worker-flags.js';
import type { RunEvent, RunTypes } from './events.js';
import { failureOf, NoResultError, type Failure } from './failed.js';
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
  /** The class, as the error names it: classes may share a code. */
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** Of a `PackageError`. */
  readonly command?: string;
  /** Of a `DivergedError`, and of a `NoResultError`. */
  readonly failure?: Failure;
}

/**
 * Carries a run out in a thread of its own. Nothing starts before the first event is asked for.
 * @param file the thread's code
 * @param ahead by how many events the thread may be ahead of whoever reads them
 */
export async function* inThread<Types extends RunTypes>(
  file: URL,
  call: ThreadCall,
  signal: AbortSignal | undefined,
  ahead = 0,
): AsyncGenerator<RunEvent<Types>, void, undefined> {
  // Here, where variables are the process's own.
  disableTelemetry();
  const worker = new Worker(file, { workerData: call, ...workerFlags() });
  const abort = (): void => worker.postMessage('abort' satisfies ThreadRequest);
  // One of its own: Node warns of a signal to which more than ten listen, as a comparison's runs do.
  const stop = signal && AbortSignal.any([signal]);
  stop?.addEventListener('abort', abort);
  if (stop?.aborted === true) abort();
  const thread = new Asked<RunEvent<Types>>(worker);
  let ended = false;
  try {
    // More than are waited for: the thread need not wait for the way to here and back.
    for (let i = 0; i < ahead; i++) thread.ask('next');
    for (;;) {
      thread.ask('next');
      const reply = await thread.reply();
      if (reply.type === 'error') throw revive(reply.error);
      if (reply.type === 'done') {
        ended = true;
        return;
      }
      yield received(reply.event);
    }
  } finally {
    stop?.removeEventListener('abort', abort);
    // Left early: the run ends where it stands, and frees what it holds.
    if (!ended) await thread.leave().catch(() => undefined);
    await worker.terminate();
  }
}

/** A thread that answers every request, in their order. */
class Asked<Event> {
  readonly #worker: Worker;
  readonly #replies: ThreadReply<Event>[] = [];
  /** Requests without an answer. */
  #open = 0;
  #failure: Error | undefined;
  /** Goes on with what has come. */
  #wake: (() => void) | undefined;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (reply: ThreadReply<Event>) => {
      this.#replies.push(reply);
      this.#wake?.();
    });
    worker.on('error', (cause: Error) => this.#fail(`failed: ${cause.message}`, { cause }));
    worker.on('exit', (code) => this.#fail(`ended unexpectedly (exit code ${code})`));
    // A generator that was left behind must not keep the process alive.
    worker.unref();
  }

  ask(request: Exclude<ThreadRequest, 'abort'>): void {
    this.#open++;
    this.#worker.postMessage(request);
  }

  /** The next answer. */
  async reply(): Promise<ThreadReply<Event>> {
    if (this.#replies.length === 0 && this.#failure === undefined) {
      this.#worker.ref();
      await new Promise<void>((resolve) => (this.#wake = resolve));
      this.#wake = undefined;
      this.#worker.unref();
    }
    const reply = this.#replies.shift();
    if (reply === undefined) throw this.#failure ?? new EvosError('internal', 'a thread has no answer');
    this.#open--;
    return reply;
  }

  /** Has the thread end what it does, and waits for it. */
  async leave(): Promise<void> {
    this.ask('return');
    while (this.#open > 0) await this.reply();
  }

  #fail(problem: string, options?: ErrorOptions): void {
    this.#failure ??= new EvosError('internal', `the thread of the run ${problem}`, options);
    this.#wake?.();
  }
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
  if (!(error instanceof Error))
    return { code: undefined, name: 'Error', message: String(error), stack: undefined };
  return {
    code: error instanceof EvosError ? error.code : undefined,
    name: error.name,
    message: error.message,
    stack: error.stack,
    ...(error instanceof PackageError ? { command: error.command } : {}),
    ...present({ failure: failureOf(error) }),
  };
}

/** An error of the class it had, with the stack of the thread it comes from. */
export function revive({ code, name, message, stack, command = '', failure }: PlainError): Error {
  let error: Error;
  if (code === undefined) error = new Error(message);
  else if (code === 'internal') error = new EvosError(code, message);
  else if (failure !== undefined) {
    const Failed = name === 'DivergedError' ? DivergedError : NoResultError;
    error = new Failed(message, failure);
  } else if (code === 'package') error = new PackageError(message, command);
  else error = new classes[code](message);
  if (stack !== undefined) error.stack = stack;
  return error;
}
