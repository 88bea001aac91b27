// Ctrl-C and its kin. The first signal asks the run to stop after its step and save; the second ends the
// program at once.
import { stopCodes, type Environment, type StopSignal } from './environment.js';
import { wrap } from './format.js';
import type { Screen } from './screen.js';

/**
 * Milliseconds in which a second signal is taken for an echo of the first: under `npx` a process gets Ctrl-C
 * twice, from the terminal and from npm.
 */
const ECHO_MS = 250;

/** Watches for signals while something runs. */
export interface Stopping {
  /** Fires at the first signal. */
  readonly signal: AbortSignal;
  /** The exit code of the signal that came; undefined while none has. */
  readonly code: number | undefined;
  /** Stops watching: a signal has its usual effect again. */
  release(): void;
}

/** Starts watching. @param answer what to say to the first signal */
export function watchSignals(
  env: Environment,
  screen: Screen,
  answer = 'Stopping after this step and saving. Ctrl-C again stops at once.',
): Stopping {
  const controller = new AbortController();
  const silent: readonly StopSignal[] = ['SIGPIPE', 'output'];
  let first: StopSignal | undefined;
  let since = 0;
  const release = env.onSignal((signal) => {
    if (first === undefined) {
      first = signal;
      since = env.now();
      // with nobody reading standard output there is likely nobody reading this either, or it is said already
      if (!silent.includes(signal)) {
        screen.warn(wrap(answer, screen.noteColumns));
      }
      controller.abort();
    } else if (!silent.includes(signal) && env.now() - since >= ECHO_MS) {
      screen.clear();
      env.exit(stopCodes[signal]);
    }
  });
  return {
    signal: controller.signal,
    get code() {
      return first === undefined ? undefined : stopCodes[first];
    },
    release,
  };
}

/** Starts something that yields events and heeds a signal. */
export type Start<Event> = (signal: AbortSignal) => Promise<AsyncIterable<Event>>;

/**
 * Hands every event on, to the end or until a signal stops it.
 * @returns the exit code of the signal, or undefined when none came
 */
export async function untilStopped<Event>(
  { env, screen }: { readonly env: Environment; readonly screen: Screen },
  start: Start<Event>,
  on: (event: Event) => void,
): Promise<number | undefined> {
  const stopping = watchSignals(env, screen);
  try {
    for await (const event of await start(stopping.signal)) on(event);
  } catch (error) {
    const calledOff = error instanceof Error && error.name === 'AbortError';
    if (!stopping.signal.aborted || !calledOff) throw error;
  } finally {
    stopping.release();
    screen.clear();
  }
  return stopping.code;
}
