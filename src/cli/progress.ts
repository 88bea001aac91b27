// Shows a run while it goes: on a terminal one line that always fits the window, elsewhere plain lines at
// measurements. The time left comes from the wall time of the last steps, evaluations and measurements included.
import { findModality } from '../recipes/modalities/registry.js';
import type { FinishEvent, RunEvent } from '../recipes/runs/events.js';
import { valueOf, type Modality } from '../recipes/runs/modality.js';
import { duration, figure, measured, truncate } from './format.js';
import type { Screen } from './screen.js';

/** Steps the time left is estimated from. */
const WINDOW = 20;
/** Plain lines: measurements closer together than this many milliseconds are left out … */
const LINES_MS = 2_000;
/** … and a step is shown when nothing was for this long. */
const QUIET_MS = 10_000;

/** Estimates the time left from the wall time of recent steps. */
export class Eta {
  readonly #times: number[] = [];

  /** @param now milliseconds when a step ended */
  add(now: number): void {
    this.#times.push(now);
    if (this.#times.length > WINDOW + 1) this.#times.shift();
  }

  /** Seconds for `left` more steps; undefined before two steps are known. */
  seconds(left: number): number | undefined {
    const count = this.#times.length - 1;
    if (count < 1) return undefined;
    return ((this.#times[count]! - this.#times[0]!) / count / 1000) * left;
  }
}

/** What a status line shows. */
export interface Status {
  readonly label: string;
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
  /** As last measured: `31.24 dB`. */
  readonly quality: string | undefined;
  /** Seconds left. */
  readonly left: number | undefined;
}

/** One line of at most `columns - 1` characters (the last one makes some terminals wrap). */
export function statusLine(status: Status, columns: number): string {
  const room = Math.max(1, columns - 1);
  const label = { keep: 3, text: status.label };
  const count = { keep: 6, text: `${status.step}/${status.steps}` };
  const quality = { keep: 5, text: status.quality ?? '' };
  const loss = { keep: 1, text: `loss ${lossText(status.loss)}` };
  const eta = { keep: 4, text: status.left === undefined ? '' : `eta ${duration(status.left)}` };
  return fitted([label, BAR, count, quality, loss, eta], status.step / Math.max(1, status.steps), room);
}

/** As `statusLine`, for something of which the share that is done is known. */
export function shareLine(label: string, task: string, share: number, columns: number): string {
  const parts = [{ keep: 3, text: label }, { keep: 5, text: task }, BAR, { keep: 6, text: percent(share) }];
  return fitted(parts, share, Math.max(1, columns - 1));
}

const percent = (share: number): string => `${Math.floor(100 * Math.min(1, Math.max(0, share)))} %`;

/** A piece of a status line. Where there is too little room the lowest `keep` goes first. */
interface Part {
  readonly keep: number;
  readonly text: string;
}

/** The place of the progress bar. */
const BAR: Part = { keep: 2, text: '[----------]' };

/** The parts that there is room for, with the bar as long as is left. */
function fitted(all: readonly Part[], share: number, room: number): string {
  let parts = all.filter((part) => part.text !== '');
  const width = () => parts.reduce((sum, part) => sum + part.text.length + 2, -2);
  while (parts.length > 1 && width() > room) {
    const least = Math.min(...parts.map((part) => part.keep));
    parts = parts.filter((part) => part.keep !== least);
  }
  // the bar takes what is left over, up to a length that is still read at a glance
  const bar = progressBar(share, Math.min(30, BAR.text.length - 2 + room - width()));
  return truncate(parts.map((part) => (part === BAR ? bar : part.text)).join('  '), room);
}

function progressBar(share: number, length: number): string {
  const done = Math.floor(Math.min(1, Math.max(0, share)) * Math.max(0, length));
  return `[${'#'.repeat(done)}${'-'.repeat(Math.max(0, length - done))}]`;
}

function lossText(loss: number): string {
  return Number.isFinite(loss) ? loss.toExponential(1) : String(loss);
}

/** Follows one run's events. */
export class FitProgress {
  readonly #screen: Screen;
  readonly #label: string;
  readonly #now: () => number;
  readonly #eta = new Eta();
  readonly #others: (own: number) => number;
  #modality: Modality | undefined;
  /** What was measured, in words, and the first of it as short as it can be. */
  #figures: readonly string[] = [];
  #quality: string | undefined;
  #left: number | undefined;
  #lastLine = -Infinity;
  #measured = false;
  #task: string | undefined;

  /**
   * @param label what runs, e.g. `fit` or `evos 3/3`
   * @param now milliseconds on a clock that runs while this run does
   * @param others seconds that other runs will still take, given this one's; none unless told
   */
  constructor(screen: Screen, label: string, now: () => number, others: (own: number) => number = () => 0) {
    this.#screen = screen;
    this.#label = label;
    this.#now = now;
    this.#others = others;
  }

  /** Seconds this run alone will still take, as last estimated. */
  get left(): number | undefined {
    return this.#left;
  }

  /** Shows an event, if it is one to show. */
  on(event: RunEvent): void {
    if (event.type === 'start') this.#modality = findModality(event.kind);
    else if (event.type === 'step') {
      const now = this.#now();
      this.#eta.add(now);
      this.#left = this.#eta.seconds(event.steps - event.step);
      if (this.#screen.due) this.#draw(event.step, event.steps, event.loss);
      else if (this.#screen.mode === 'lines') {
        if (this.#lastLine === -Infinity) this.#lastLine = now;
        if (now - this.#lastLine >= QUIET_MS) this.#line(event.step, event.steps, event.loss);
      }
    } else if (event.type === 'measure') {
      this.#measure(event.metrics);
      const late = this.#now() - this.#lastLine >= LINES_MS || event.step === event.steps || !this.#measured;
      if (this.#screen.mode === 'lines' && late) this.#line(event.step, event.steps, event.loss, true);
      this.#measured = true;
    } else if (event.type === 'finish') this.#finish(event);
  }

  #measure(metrics: Readonly<Record<string, number>>): void {
    const measures = (this.#modality?.measures ?? []).filter(
      (measure) => measure.progress && valueOf(measure, metrics) !== null,
    );
    this.#figures = measures.map((measure) => measured(measure, metrics));
    const [first] = measures;
    // A unit says what the figure is.
    if (first?.unit === undefined) [this.#quality] = this.#figures;
    else this.#quality = `${figure(valueOf(first, metrics), first.decimals)} ${first.unit}`;
  }

  /** Seconds until everything is done. */
  #allLeft(): number | undefined {
    return this.#left === undefined ? undefined : this.#left + this.#others(this.#left);
  }

  #draw(step: number, steps: number, loss: number): void {
    const left = this.#allLeft();
    const status = { label: this.#label, step, steps, loss, quality: this.#quality, left };
    this.#screen.status(statusLine(status, this.#screen.noteColumns));
  }

  /** What comes after training: on a terminal each task and its share, elsewhere a line as it begins and when it is slow. */
  #finish({ task, share }: FinishEvent): void {
    const now = this.#now();
    const begins = task !== this.#task;
    const words = this.#modality?.tasks[task] ?? task;
    this.#task = task;
    if (this.#screen.due || (begins && this.#screen.mode === 'status')) {
      this.#screen.status(shareLine(this.#label, words, share, this.#screen.noteColumns));
    } else if (this.#screen.mode === 'lines' && (begins || now - this.#lastLine >= QUIET_MS)) {
      this.#screen.note(`${this.#label}  ${words}${begins ? '' : `  ${percent(share)}`}`);
      this.#lastLine = now;
    }
  }

  /** @param measured whether the figures are new: then all of them are told */
  #line(step: number, steps: number, loss: number, measured = false): void {
    const left = this.#allLeft();
    const parts = [`${this.#label}  step ${step}/${steps}`];
    parts.push(...(measured ? this.#figures : this.#figures.slice(0, 1)));
    parts.push(`loss ${lossText(loss)}`);
    if (left !== undefined && left > 0) parts.push(`eta ${duration(left)}`);
    this.#screen.note(parts.join('  '));
    this.#lastLine = this.#now();
  }
}
