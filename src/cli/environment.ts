// What the command line touches of the world outside: two streams, signals, a clock, and the recipes.
// All of it is handed in, so that tests drive the whole program without a terminal, a process or an engine.
import type { ComparisonEvent, Diagnosis, Rendered, Request, RunEvent } from '../recipes/index.js';

/** A stream of text and what is known about the terminal behind it. */
export interface Output {
  write(text: string): void;
  readonly isTTY: boolean;
  /** Characters per line now; it changes when the window does. At least 20. */
  readonly columns: number;
}

/** Why a run is asked to stop: Ctrl-C, a request to end, or nobody reading standard output any more. */
export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGPIPE';

/** Exit codes as shells know them: 128 and the signal's number. */
export const stopCodes: Readonly<Record<StopSignal, number>> = { SIGINT: 130, SIGTERM: 143, SIGPIPE: 141 };

/** What every recipe that writes a run takes, beside the settings. */
interface RunOptions {
  readonly input: string;
  readonly out?: string;
  readonly overwrite?: boolean;
  readonly signal?: AbortSignal;
}

/** The recipes the commands call. Loaded on first use: `evos --help` must not wait for an engine. */
export interface Recipes {
  readonly fitKind: (kind: string, options: RunOptions) => AsyncIterable<RunEvent>;
  readonly resumeRun: (options: {
    readonly folder: string;
    readonly steps?: number;
    readonly signal?: AbortSignal;
  }) => AsyncIterable<RunEvent>;
  readonly compareKind: (
    kind: string,
    options: RunOptions & { readonly resume?: boolean },
  ) => AsyncIterable<ComparisonEvent>;
  readonly renderKind: (kind: string, request: Request) => Promise<Rendered>;
  /** What a model or the folder of a run is of, with the run's plugins loaded. */
  readonly kindOfModel: (path: string) => Promise<string>;
  readonly inspectPath: (request: Request, kind?: string) => Promise<object>;
  readonly diagnose: () => Promise<Diagnosis>;
}

/** Everything outside the program. */
export interface Environment {
  readonly stdout: Output;
  readonly stderr: Output;
  /** Environment variables: NO_COLOR, TERM and EVOS_DEBUG are read. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where configuration is looked for and relative paths start. */
  readonly cwd: string;
  /** Milliseconds on a clock that only goes forward. */
  now(): number;
  recipes(): Promise<Recipes>;
  /** Calls back on each signal until the returned function is called. */
  onSignal(listener: (signal: StopSignal) => void): () => void;
  /** Ends the program at once, without cleaning up. */
  exit(code: number): void;
}
