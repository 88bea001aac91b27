// `evos compare`: the same image, the same budget of steps, several strategies; a table at the end.
import path from 'node:path';
import { z } from 'zod';
import type { CompareReport, CompareRow } from '../../recipes/artifacts.js';
import type { CompareEvent, StartEvent } from '../../recipes/events.js';
import { compareSettings, resolveSettings } from '../../recipes/options.js';
import { defineCommand, type Context } from '../command.js';
import { loadConfig } from '../config.js';
import { duration, figure, shownPath, table, truncate, wrap, type Column } from '../format.js';
import { compareLine } from '../json.js';
import { FitProgress, heading, notes } from '../progress.js';
import { untilStopped } from '../stopping.js';
import { UsageError } from '../usage-error.js';
import { checkImage } from './fit.js';

/** Most characters of a strategy's name: with settings of its own it may be long. */
const NAME = 32;

/** The command `compare`. */
export const compareCommand = defineCommand({
  name: 'compare',
  description: 'Fit an image with several strategies and compare time and quality',
  positional: { name: 'input', description: 'an image (PNG, JPEG, WebP, AVIF, TIFF)', required: true },
  settings: compareSettings,
  controls: {
    out: z.string().min(1).optional().describe('folder to write to (default: runs/NAME-compare)'),
    overwrite: z.boolean().optional().describe('write over what the folder given with --out holds already'),
    resume: z
      .boolean()
      .optional()
      .describe('go on with the runs an interrupted comparison left in the folder'),
    config: z
      .string()
      .min(1)
      .optional()
      .describe('configuration file (default: evos.config.* in this folder)'),
  },
  examples: [
    ['evos compare photo.jpg', 'full, uniform and evos; see runs/photo-compare/compare.html'],
    ['evos compare a.png --strategies full,evos', 'two strategies'],
    ['evos compare a.png --strategies full,uniform@ratio=0.1+steps=3000', 'settings of its own'],
  ],
  async run({ input, settings, controls }, context) {
    const { env, screen } = context;
    if (input === undefined) throw new UsageError('evos compare needs an image.', 'compare');
    const file = checkImage(input, env.cwd);
    const fromFile = (await loadConfig(controls.config, env.cwd)).compare;
    const merged = resolveSettings(compareSettings, fromFile ?? {}, settings);
    const out = controls.out === undefined ? {} : { out: path.resolve(env.cwd, controls.out) };
    const view = new CompareView(context, `strategies ${merged.strategies.join(', ')}`);
    const code = await untilStopped(
      context,
      async (signal) =>
        (await env.recipes()).compare({
          ...merged,
          ...out,
          input: file,
          overwrite: controls.overwrite === true,
          resume: controls.resume === true,
          signal,
        }),
      (event) => view.on(event),
    );
    if (!view.finished && code !== undefined) screen.warn(wrap(view.stopped(), screen.noteColumns));
    return code ?? 0;
  },
});

/** One strategy's progress, and milliseconds it has had. */
interface Turn {
  readonly progress: FitProgress;
  /** Of the turns before this one. */
  spent: number;
  /** When the current turn began. */
  since: number;
}

/** What is told of a comparison. */
class CompareView {
  readonly #context: Context;
  readonly #strategies: string;
  readonly #notes = new Set<string>();
  /** Strategies take turns: each has its own progress, and a clock that runs during its turns. */
  readonly #turns = new Map<string, Turn>();
  #turn: Turn | undefined;
  #out: string | undefined;
  #headed = false;
  finished = false;

  constructor(context: Context, strategies: string) {
    this.#context = context;
    this.#strategies = strategies;
  }

  on(event: CompareEvent): void {
    const { screen, json, quiet } = this.#context;
    if (json) screen.result(compareLine(event));
    switch (event.type) {
      case 'strategy':
        this.#begin(event.strategy, `${event.index + 1}/${event.count}`, event.count);
        break;
      case 'run':
        if (event.event.type === 'start') this.#start(event.event);
        this.#turn?.progress.on(event.event);
        break;
      case 'row':
        screen.note(
          `${event.row.strategy}: PSNR ${figure(event.row.psnr, 2)} dB in ${duration(trainingSeconds(event.row))} of training`,
        );
        break;
      case 'aborted':
        this.#out = event.out;
        break;
      case 'compared':
        this.finished = true;
        if (!json && !quiet) screen.result(...summary(event.report, event.files, this.#context));
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
        return known.reduce((sum, { progress }) => sum + (progress.left ?? own), unknown);
      };
      const label = `${truncate(strategy, NAME)} ${place}`;
      turn = { progress: new FitProgress(screen, label, clock, others), spent: 0, since: 0 };
      this.#turns.set(strategy, turn);
    }
    turn.since = env.now();
    this.#turn = turn;
  }

  /** The runs share input and device: that is said once, and of the later runs only what is new. */
  #start(start: StartEvent): void {
    const { env, screen } = this.#context;
    const fresh = start.notes.filter((note) => !this.#notes.has(note));
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

/** What a strategy is charged with: training and choosing, without measuring for the record. */
function trainingSeconds(row: CompareRow): number {
  return row.seconds.train + row.seconds.select;
}

const columns: readonly Column<CompareRow>[] = [
  { title: 'strategy', keep: 9, left: true, show: (row) => truncate(row.strategy, NAME) },
  { title: 'seconds', keep: 8, show: (row) => figure(trainingSeconds(row), 1) },
  { title: 'time', keep: 3, show: (row) => `${figure(row.timeRatio, 2)}x` },
  { title: 'PSNR', keep: 7, show: (row) => figure(row.psnr, 2) },
  { title: 'SSIM', keep: 2, show: (row) => figure(row.ssim, 4) },
  {
    title: 'to baseline',
    keep: 4,
    show: (row) => (row.secondsToBaseline === null ? 'never' : figure(row.secondsToBaseline, 1)),
  },
  { title: 'speed-up', keep: 5, show: (row) => (row.speedUp === null ? '-' : `${figure(row.speedUp, 2)}x`) },
];

/** The table, as wide as the window allows. */
export function compareTable(rows: readonly CompareRow[], width: number): string[] {
  return table(rows, columns, width);
}

function summary(report: CompareReport, files: readonly string[], { env, screen }: Context): string[] {
  const [head = '', ...lines] = compareTable(report.rows, screen.columns);
  const page = files.find((file) => file.endsWith('compare.html'));
  const baseline = report.rows.find((row) => row.strategy === report.baseline);
  const footer = [
    `seconds: training and choosing; to baseline: until the ${figure(baseline?.psnr, 2)} dB of ${report.baseline}.`,
    ...(page === undefined ? [] : [`Open ${shownPath(page, env.cwd)} in a browser for curves and pictures.`]),
  ];
  return [screen.paint.bold(head), ...lines, ...footer.map((line) => wrap(line, screen.columns))];
}
