// What the command line touches of the world outside: two streams, signals, a clock, and the recipes.
// All of it is handed in, so that tests drive the whole program without a terminal, a process or an engine.
import type { CampaignPlaces, ComparisonPlaces } from '../recipes/runs/comparing/comparison.js';
import type { CampaignEvent, ComparisonEvent, RunEvent } from '../recipes/runs/events.js';
import type { FitOptions, ResumeOptions } from '../recipes/modalities/start.js';

/** A stream of text and what is known about the terminal behind it. */
export interface Output {
  write(text: string): void;
  readonly isTTY: boolean;
  /** Characters per line now; it changes when the window does. At least 20. */
  readonly columns: number;
}

/** Standard input and output as bytes, for `evos serve`. */
export interface ByteStreams {
  readonly input: AsyncIterable<Uint8Array>;
  /** Comes back when there is room for more. */
  write(bytes: Uint8Array): Promise<void>;
  /** Whether a person sits at either end. */
  readonly isTTY: boolean;
}

/** The signals that ask a run to stop: Ctrl-C, a request to end, a terminal that is closed, Ctrl-\ */
export const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

/** Why a run is asked to stop: a signal, nobody reading standard output any more, or nothing that can be written to it. */
export type StopSignal = (typeof signals)[number] | 'SIGPIPE' | 'output';

/** Exit codes, of signals as shells know them: 128 and the signal's number. */
export const stopCodes: Readonly<Record<StopSignal, number>> = {
  SIGHUP: 129,
  SIGINT: 130,
  SIGQUIT: 131,
  SIGPIPE: 141,
  SIGTERM: 143,
  output: 2,
};

/** Exit code for a fault of the program's own. */
export const FAULT = 1;
/** Exit code for what the user can mend: words, settings, files, devices. */
export const BAD_INPUT = 2;

/** The signal that an exit code tells of. */
export const signalOf = (code: number): (typeof signals)[number] | undefined =>
  signals.find((signal) => stopCodes[signal] === code);

/** The recipes the commands call. Loaded on first use: `evos --help` must not wait for an engine. */
export interface Recipes extends Pick<
  typeof import('../recipes/index.js'),
  'renderKind' | 'kindOfModel' | 'inspectPath' | 'diagnose'
> {
  readonly fitKind: (kind: string, options: FitOptions) => AsyncIterable<RunEvent>;
  readonly resumeRun: (options: ResumeOptions) => AsyncIterable<RunEvent>;
  readonly compareKind: (kind: string, options: ComparisonPlaces) => AsyncIterable<ComparisonEvent>;
  readonly compareAllKind: (kind: string, options: CampaignPlaces) => AsyncIterable<CampaignEvent>;
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
  /** Standard input and output as bytes. Nothing else may be written to standard output then. */
  bytes(): ByteStreams;
  /** Calls back on each signal until the returned function is called. */
  onSignal(listener: (signal: StopSignal) => void): () => void;
  /** Ends the program at once, without cleaning up. */
  exit(code: number): void;
}
