// Shows a run while it goes: on a terminal one line that always fits the window, elsewhere plain lines at
// measurements. The time left comes from the wall time of the last steps, evaluations and measurements included.
import type { FitImageEvent, StartEvent } from '../recipes/events.js';
import { duration, figure, shownPath, truncate, wrap } from './format.js';
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
  readonly psnr: number | undefined;
  /** Seconds left. */
  readonly left: number | undefined;
}

/** One line of at most `columns - 1` characters (the last one makes some terminals wrap). */
export function statusLine(status: Status, columns: number): string {
  const room = Math.max(1, columns - 1);
  const label = { keep: 3, text: status.label };
  const count = { keep: 6, text: `${status.step}/${status.steps}` };
  const psnr = { keep: 5, text: status.psnr === undefined ? '' : `${figure(status.psnr, 2)} dB` };
  const loss = { keep: 1, text: `loss ${lossText(status.loss)}` };
  const eta = { keep: 4, text: status.left === undefined ? '' : `eta ${duration(status.left)}` };
  const bar = { keep: 2, text: progressBar(status, 10) };
  let parts = [label, bar, count, psnr, loss, eta].filter((part) => part.text !== '');
  const width = () => parts.reduce((sum, part) => sum + part.text.length + 2, -2);
  while (parts.length > 1 && width() > room) {
    const least = Math.min(...parts.map((part) => part.keep));
    parts = parts.filter((part) => part.keep !== least);
  }
  // the bar takes what is left over, up to a length that is still read at a glance
  if (parts.includes(bar)) bar.text = progressBar(status, Math.min(30, bar.text.length - 2 + room - width()));
  return truncate(parts.map((part) => part.text).join('  '), room);
}

function progressBar(status: Status, length: number): string {
  const done = Math.floor((Math.min(status.step, status.steps) / Math.max(1, status.steps)) * length);
  return `[${'#'.repeat(done)}${'-'.repeat(length - done)}]`;
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
  #psnr: number | undefined;
  #left: number | undefined;
  #lastLine = -Infinity;
  #measured = false;

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
  on(event: FitImageEvent): void {
    if (event.type === 'step') {
      const now = this.#now();
      this.#eta.add(now);
      this.#left = this.#eta.seconds(event.steps - event.step);
      if (this.#screen.due) this.#draw(event.step, event.steps, event.loss);
      else if (this.#screen.mode === 'lines') {
        if (this.#lastLine === -Infinity) this.#lastLine = now;
        if (now - this.#lastLine >= QUIET_MS) this.#line(event.step, event.steps, event.loss);
      }
    } else if (event.type === 'measure') {
      this.#psnr = event.metrics['psnr'];
      const late = this.#now() - this.#lastLine >= LINES_MS || event.step === event.steps || !this.#measured;
      if (this.#screen.mode === 'lines' && late) {
        this.#line(event.step, event.steps, event.loss, event.metrics['ssim']);
      }
      this.#measured = true;
    }
  }

  /** Seconds until everything is done. */
  #allLeft(): number | undefined {
    return this.#left === undefined ? undefined : this.#left + this.#others(this.#left);
  }

  #draw(step: number, steps: number, loss: number): void {
    const left = this.#allLeft();
    const status = { label: this.#label, step, steps, loss, psnr: this.#psnr, left };
    this.#screen.status(statusLine(status, this.#screen.noteColumns));
  }

  #line(step: number, steps: number, loss: number, ssim?: number): void {
    const left = this.#allLeft();
    const parts = [`${this.#label}  step ${step}/${steps}`];
    if (this.#psnr !== undefined) parts.push(`PSNR ${figure(this.#psnr, 2)} dB`);
    if (ssim !== undefined) parts.push(`SSIM ${figure(ssim, 4)}`);
    parts.push(`loss ${lossText(loss)}`);
    if (left !== undefined && left > 0) parts.push(`eta ${duration(left)}`);
    this.#screen.note(parts.join('  '));
    this.#lastLine = this.#now();
  }
}

/**
 * The lines before a run: what is trained, where, and what is worth knowing.
 * @param strategies which strategies run, in words
 * @param out the folder to name, as the user would type it
 */
export function heading(
  start: StartEvent,
  { strategies, out, cwd }: { readonly strategies: string; readonly out: string; readonly cwd: string },
  screen: Screen,
): void {
  const { input, settings } = start;
  const from =
    input.width === input.originalWidth && input.height === input.originalHeight
      ? ''
      : ` (from ${input.originalWidth}x${input.originalHeight})`;
  const columns = screen.noteColumns;
  const say = (text: string) => screen.note(wrap(text, columns, '  '));
  say(
    `${shownPath(input.file, cwd)} ${input.width}x${input.height}${from}, ${strategies}, ${settings.steps} steps`,
  );
  const reason = start.deviceReason === '' ? '' : ` (${start.deviceReason})`;
  say(`Training on ${start.device}${reason}; writing to ${out}`);
  if (start.resumedFrom > 0) say(`Going on after step ${start.resumedFrom}.`);
  notes(start.notes, screen);
}

/** Things worth knowing that are not errors. */
export function notes(lines: readonly string[], screen: Screen): void {
  for (const line of lines)
    screen.note(screen.notePaint.yellow(wrap(`Note: ${line}`, screen.noteColumns, '  ')));
}
