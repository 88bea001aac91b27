// What is told of a comparison on one input with one seed: each strategy's turn, then the table.
import path from 'node:path';
import type { ComparisonEvent } from '../recipes/index.js';
import { trainingSeconds, type AnyCompareRow, type FailedRun } from '../recipes/runs/metrics.js';
import { reached, valueOf, type Measure, type Modality } from '../recipes/runs/modality.js';
import type { Context } from './command.js';
import { duration, figure, measured, shownPath, table, truncate, wrap, type Column } from './format.js';
import { heading, notes, notesOf, type Start } from './heading.js';
import { compareLine } from './json.js';
import { FitProgress } from './progress.js';

/** Most characters of a strategy's name: with settings of its own it may be long. */
export const NAME = 32;

/** What a comparison is a part of, where it is one of many. */
export interface Around {
  /** What stands before the strategy's name: `2/18`. */
  readonly label: string;
  /** Notes that were told already. */
  readonly notes: Set<string>;
  /** Seconds that the others will take, given what this one will still take. */
  readonly others: (left: number) => number;
}

/** One strategy's progress, and milliseconds it has had. */
interface Turn {
  readonly progress: FitProgress;
  /** Of the turns before this one. */
  spent: number;
  /** When the current turn began. */
  since: number;
}

/** What is told of a comparison. */
export class CompareView {
  readonly #context: Context;
  readonly #modality: Modality;
  readonly #strategies: string;
  readonly #notes: Set<string>;
  readonly #around: Around | undefined;
  /** Strategies take turns: each has its own progress, and a clock that runs during its turns. */
  readonly #turns = new Map<string, Turn>();
  #turn: Turn | undefined;
  #out: string | undefined;
  #headed = false;
  finished = false;
  /** Whether the training of a strategy failed. */
  failed = false;

  /** @param around what it is a part of: that one has a heading and a table of its own */
  constructor(context: Context, modality: Modality, strategies: readonly string[], around?: Around) {
    this.#around = around;
    this.#notes = around?.notes ?? new Set();
    this.#headed = around !== undefined;
    this.#context = context;
    this.#modality = modality;
    this.#strategies = `strategies ${strategies.join(', ')}`;
  }

  on(event: ComparisonEvent): void {
    const { screen, json, quiet } = this.#context;
    if (json && this.#around === undefined) screen.result(compareLine(event));
    switch (event.type) {
      case 'strategy':
        this.#begin(event.strategy, `${event.index + 1}/${event.count}`, event.count);
        break;
      case 'run':
        if (event.event.type === 'start') this.#start(event.event);
        this.#turn?.progress.on(event.event);
        break;
      case 'failed':
        this.failed = true;
        if (!json && this.#around === undefined) {
          screen.warn(wrap(`${truncate(event.strategy, NAME)}: ${event.message}`, screen.noteColumns, '  '));
        }
        break;
      case 'row':
        screen.note(
          `${event.row.strategy}: ${measured(this.#modality.measures[0], event.row)} in ${duration(trainingSeconds(event.row))} of training`,
        );
        break;
      case 'aborted':
        this.#out = event.out;
        break;
      case 'compared':
        this.finished = true;
        if (!json && !quiet && this.#around === undefined)
          screen.result(...summary(event, this.#modality, this.#context));
    }
  }

  #begin(strategy: string, place: string, count: number): void {
    const { env, screen } = this.#context;
    if (this.#turn !== undefined) this.#turn.spent += env.now() - this.#turn.since;
    let turn = this.#turns.get(strategy);
    if (turn === undefined) {
      const clock = (): number => (turn === undefined ? 0 : turn.spent + env.now() - turn.since);
      const others = (own: number): number => {
        const known = [...this.#turns.values()].filter((other) => other !== turn);
        // A strategy that has not begun is taken to need as long as this one.
        const unknown = (count - 1 - known.length) * own;
        const cell = known.reduce((sum, { progress }) => sum + (progress.left ?? own), unknown);
        return cell + (this.#around?.others(own + cell) ?? 0);
      };
      const before = this.#around === undefined ? '' : `${this.#around.label} `;
      const label = `${before}${truncate(strategy, NAME)} ${place}`;
      turn = { progress: new FitProgress(screen, label, clock, others), spent: 0, since: 0 };
      this.#turns.set(strategy, turn);
    }
    turn.since = env.now();
    this.#turn = turn;
  }

  /** The runs share input and device: that is said once, and of the later runs only what is new. */
  #start(start: Start): void {
    const { env, screen } = this.#context;
    const fresh = notesOf(start).filter((note) => !this.#notes.has(note));
    if (this.#headed) notes(fresh, screen);
    else {
      const out = shownPath(path.dirname(start.out), env.cwd);
      heading(start, { strategies: this.#strategies, out, cwd: env.cwd }, screen);
    }
    fresh.forEach((note) => this.#notes.add(note));
    this.#headed = true;
  }

  /** What to say of a comparison that was stopped. */
  stopped(): string {
    if (this.#out === undefined) return 'Stopped.';
    const folder = shownPath(this.#out, this.#context.env.cwd);
    return `Stopped. What was done so far is in ${folder}; the same command with --resume goes on from there.`;
  }
}

/** Where a row's curve ended, which others are to reach. */
function curveEnd(row: AnyCompareRow, { measures: [quality] }: Modality): string {
  const end = figure(reached(quality, row), quality.decimals);
  return quality.unit === undefined ? `${quality.title} ${end}` : `${end} ${quality.unit}`;
}

const costs: readonly Column<AnyCompareRow>[] = [
  { title: 'strategy', keep: 9, left: true, show: (row) => truncate(row.strategy, NAME) },
  { title: 'seconds', keep: 8, show: (row) => figure(trainingSeconds(row), 1) },
  { title: 'time', keep: 3, show: (row) => `${figure(row.timeRatio, 2)}x` },
];

const gains: readonly Column<AnyCompareRow>[] = [
  {
    title: 'to baseline',
    keep: 4,
    show: (row) => (row.secondsToBaseline === null ? 'never' : figure(row.secondsToBaseline, 1)),
  },
  { title: 'speed-up', keep: 5, show: (row) => (row.speedUp === null ? '-' : `${figure(row.speedUp, 2)}x`) },
];

/** The table, as wide as the window allows. */
export function compareTable(
  rows: readonly AnyCompareRow[],
  measures: readonly Measure[],
  width: number,
): string[] {
  const found = measures.flatMap((measure): Column<AnyCompareRow>[] =>
    measure.column === undefined
      ? []
      : [{ ...measure.column, show: (row) => figure(valueOf(measure, row), measure.decimals) }],
  );
  const targets = (rows[0]?.secondsToTargets ?? []).map(({ target }): Column<AnyCompareRow> => ({
    title: `to ${target}`,
    keep: 3,
    show: ({ secondsToTargets = [] }) => {
      const seconds = secondsToTargets.find((each) => each.target === target)?.seconds ?? null;
      return seconds === null ? 'never' : figure(seconds, 1);
    },
  }));
  const lpips: Column<AnyCompareRow> = { title: 'LPIPS', keep: 2, show: (row) => figure(row.lpips, 4) };
  const alike = rows.some((row) => row.lpips !== undefined) ? [lpips] : [];
  return table(rows, [...costs, ...found, ...alike, ...targets, ...gains], width);
}

/** What the table says of runs that have no figures, a line each. */
export function failedLines(runs: readonly FailedRun[], names: (run: FailedRun) => string): string[] {
  const width = Math.max(0, ...runs.map((run) => names(run).length));
  return runs.map((run) => `${names(run).padEnd(width)}  ${run.outcome} at step ${run.step} of ${run.steps}`);
}

function summary(
  { report, files }: Extract<ComparisonEvent, { type: 'compared' }>,
  modality: Modality,
  { env, screen }: Context,
): string[] {
  const rows: readonly AnyCompareRow[] = report.rows;
  const [head = '', ...lines] = compareTable(rows, modality.measures, screen.columns);
  const page = files.find((file) => file.endsWith('compare.html'));
  const baseline = rows.find((row) => row.strategy === report.baseline);
  const reached = baseline === undefined ? '-' : curveEnd(baseline, modality);
  const footer = [
    `seconds: training and choosing; to baseline: until the ${reached} of ${report.baseline}.`,
    ...modality.footnotes,
    ...(page === undefined ? [] : [`Open ${shownPath(page, env.cwd)} in a browser for curves and pictures.`]),
  ];
  const failed = failedLines(report.failed ?? [], ({ strategy }) => truncate(strategy, NAME));
  return [screen.paint.bold(head), ...lines, ...failed, ...footer.map((line) => wrap(line, screen.columns))];
}
