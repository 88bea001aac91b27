// Where text goes: results to standard output, everything about the progress to standard error. On a
// terminal one status line is redrawn in place; it is cleared before anything else is written.
import type { Environment, Output } from './environment.js';

/** How progress is shown: a line redrawn in place, plain lines, or not at all. */
export type ProgressMode = 'status' | 'lines' | 'silent';

/** Wraps text in terminal colours, or leaves it as it is. */
export type Paint = Readonly<Record<'bold' | 'dim' | 'red' | 'green' | 'yellow', (text: string) => string>>;

/** Colours for a stream: none unless it is a terminal, and none where NO_COLOR or --no-color says so. */
export function paintFor(output: Output, env: Environment['env'], noColor: boolean): Paint {
  const coloured = output.isTTY && !noColor && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
  const code = (on: number, off: number) => (text: string) =>
    coloured ? `\x1b[${on}m${text}\x1b[${off}m` : text;
  return {
    bold: code(1, 22),
    dim: code(2, 22),
    red: code(31, 39),
    green: code(32, 39),
    yellow: code(33, 39),
  };
}

/** Milliseconds between redraws of the status line: ten a second are enough for the eye. */
const REDRAW_MS = 100;

/** The two streams and the status line. */
export class Screen {
  readonly mode: ProgressMode;
  /** Colours of standard output. */
  readonly paint: Paint;
  /** Colours of standard error. */
  readonly notePaint: Paint;
  readonly #env: Environment;
  /** Length of the status line on show; 0 when none is. */
  #drawn = 0;
  #lastDraw = -Infinity;

  /** @param options.silent no progress: for --quiet, and for --json where standard output is for programs */
  constructor(env: Environment, options: { silent: boolean; noColor: boolean }) {
    this.#env = env;
    const redraws = env.stderr.isTTY && env.env['TERM'] !== 'dumb';
    this.mode = options.silent ? 'silent' : redraws ? 'status' : 'lines';
    this.paint = paintFor(env.stdout, env.env, options.noColor);
    this.notePaint = paintFor(env.stderr, env.env, options.noColor);
  }

  /** Characters per line of standard output. */
  get columns(): number {
    return this.#env.stdout.columns;
  }

  /** Characters per line of standard error. */
  get noteColumns(): number {
    return this.#env.stderr.columns;
  }

  /** Whether a status line handed in now would be drawn. */
  get due(): boolean {
    return this.mode === 'status' && this.#env.now() - this.#lastDraw >= REDRAW_MS;
  }

  /** Redraws the status line. It must be shorter than the window, or terminals wrap it. */
  status(line: string): void {
    this.#env.stderr.write(`${this.#erase()}${line}`);
    this.#drawn = line.length;
    this.#lastDraw = this.#env.now();
  }

  /** Takes the status line away. */
  clear(): void {
    if (this.#drawn > 0) this.#env.stderr.write(this.#erase());
    this.#drawn = 0;
    this.#lastDraw = -Infinity;
  }

  /** The sequence that wipes the status line. A window made narrower since has wrapped it over several rows. */
  #erase(): string {
    const rowsAbove = Math.ceil(this.#drawn / this.noteColumns) - 1;
    return rowsAbove > 0 ? `\r\x1b[${rowsAbove}A\x1b[J` : '\r\x1b[2K';
  }

  /** A line about the progress, unless that is silent. */
  note(line: string): void {
    if (this.mode !== 'silent') this.warn(line);
  }

  /** A line on standard error that is never left out. */
  warn(line: string): void {
    this.clear();
    this.#env.stderr.write(`${line}\n`);
  }

  /** Lines of the result, on standard output. */
  result(...lines: string[]): void {
    this.clear();
    this.#env.stdout.write(`${lines.join('\n')}\n`);
  }
}
