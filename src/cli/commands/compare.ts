// `evos compare`: the same image, mesh or scene, the same budget of steps, several strategies; a table at the end.
import path from 'node:path';
import type { CompareMeshRow, CompareRow } from '../../recipes/runs/artifacts.js';
import { trainingSeconds } from '../../recipes/runs/metrics.js';
import type { CompareSceneRow } from '../../recipes/modalities/scene/metrics.js';
import { text, toggle } from '../../core/settings.js';
import { imageSettings } from '../../recipes/modalities/image/settings.js';
import { meshSettings } from '../../recipes/modalities/mesh/settings.js';
import { sceneSettings } from '../../recipes/modalities/scene/settings.js';
import { defineCommand, type Context } from '../command.js';
import { loadConfig } from '../config.js';
import type { AnyCompareRow, CompareEvent } from '../environment.js';
import { duration, figure, shownPath, table, truncate, wrap, type Column } from '../format.js';
import { heading, notes, notesOf, type Start } from '../heading.js';
import { compareLine } from '../json.js';
import { checkInput, everyKind } from '../kinds.js';
import { FitProgress } from '../progress.js';
import { untilStopped, type Start as Begin } from '../stopping.js';
import { UsageError } from '../usage-error.js';

/** Most characters of a strategy's name: with settings of its own it may be long. */
const NAME = 32;

/** The command `compare`. */
export const compareCommand = defineCommand({
  name: 'compare',
  description: 'Fit an image, a mesh or a scene with several strategies and compare time and quality',
  positional: { name: 'input', description: everyKind, required: true },
  settings: 'compare',
  controls: {
    /** Folder to write to (default: runs/NAME-compare). */
    out: text({ default: undefined }),
    /** Write over what the folder given with --out holds already. */
    overwrite: toggle(false),
    /** Go on with the runs an interrupted comparison left in the folder. */
    resume: toggle(false),
    /** Configuration file (default: evos.config.* in this folder). */
    config: text({ default: undefined }),
  },
  examples: [
    ['evos compare photo.jpg', 'all four strategies; see runs/photo-compare/compare.html'],
    ['evos compare a.png --strategies full,evos', 'two strategies'],
    ['evos compare a.png --strategies full,uniform@ratio=0.1+steps=3000', 'settings of its own'],
    ['evos compare bunny.obj', 'the same for a mesh'],
    ['evos compare fox/ --strategies uniform,error-map,evos', 'ways of choosing the rays of a scene'],
  ],
  async run({ input, settings, controls }, context) {
    const { env, screen } = context;
    if (input === undefined)
      throw new UsageError('evos compare needs an image, a mesh or a scene.', 'compare');
    const { file, kind } = await checkInput(input, env.cwd, async (scene) =>
      (await env.recipes()).looksLikeScene(scene),
    );
    const { sections: fromFile } = await loadConfig(controls.config, env.cwd);
    const common = {
      input: file,
      ...(controls.out === undefined ? {} : { out: path.resolve(env.cwd, controls.out) }),
      overwrite: controls.overwrite === true,
      resume: controls.resume === true,
    };
    let start: Begin<CompareEvent>;
    let view: CompareView;
    if (kind === 'mesh') {
      const merged = meshSettings.compare(fromFile['compareMesh'] ?? {}, settings);
      start = async (signal) => (await env.recipes()).compareMesh({ ...merged, ...common, signal });
      view = new CompareView(context, merged.strategies);
    } else if (kind === 'scene') {
      const merged = sceneSettings.compare(fromFile['compareScene'] ?? {}, settings);
      start = async (signal) => (await env.recipes()).compareScene({ ...merged, ...common, signal });
      view = new CompareView(context, merged.strategies);
    } else {
      const merged = imageSettings.compare(fromFile['compare'] ?? {}, settings);
      start = async (signal) => (await env.recipes()).compare({ ...merged, ...common, signal });
      view = new CompareView(context, merged.strategies);
    }
    const code = await untilStopped(context, start, (event) => view.on(event));
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

  constructor(context: Context, strategies: readonly string[]) {
    this.#context = context;
    this.#strategies = `strategies ${strategies.join(', ')}`;
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
          `${event.row.strategy}: ${qualityOf(event.row)} in ${duration(trainingSeconds(event.row))} of training`,
        );
        break;
      case 'aborted':
        this.#out = event.out;
        break;
      case 'compared':
        this.finished = true;
        if (!json && !quiet) screen.result(...summary(event, this.#context));
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

/** What a row is judged by, in words. */
function qualityOf(row: AnyCompareRow): string {
  return 'iou' in row ? `IoU ${figure(row.iou, 4)}` : `PSNR ${figure(row.psnr, 2)} dB`;
}

/** Where a row's curve ended, which others are to reach: but for images measured on other samples than the final figure. */
function curveEnd(row: AnyCompareRow): string {
  if (!('psnrImagePeak' in row) && 'psnr' in row) return `${figure(row.history.at(-1)?.psnr, 2)} dB`;
  return 'iou' in row ? `IoU ${figure(row.history.at(-1)?.iou, 4)}` : `${figure(row.psnr, 2)} dB`;
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

const ofImages: readonly Column<CompareRow | CompareSceneRow>[] = [
  { title: 'PSNR', keep: 7, show: (row) => figure(row.psnr, 2) },
  { title: 'SSIM', keep: 2, show: (row) => figure(row.ssim, 4) },
];

const ofMeshes: readonly Column<CompareMeshRow>[] = [
  { title: 'IoU', keep: 7, show: (row) => figure(row.iou, 4) },
  { title: 'normals', keep: 2, show: (row) => figure(row.normalConsistency, 4) },
  { title: 'Chamfer %', keep: 1, show: (row) => figure(100 * row.chamferL1, 3) },
];

/** The table, as wide as the window allows. */
export function compareTable(rows: readonly AnyCompareRow[], width: number): string[] {
  const meshes = rows.filter((row) => 'iou' in row);
  const images = rows.filter((row) => 'psnr' in row);
  return meshes.length > 0
    ? table(meshes, [...costs, ...ofMeshes, ...gains], width)
    : table(images, [...costs, ...ofImages, ...gains], width);
}

function summary(
  { report, files }: Extract<CompareEvent, { type: 'compared' }>,
  { env, screen }: Context,
): string[] {
  const rows: readonly AnyCompareRow[] = report.rows;
  const [head = '', ...lines] = compareTable(rows, screen.columns);
  const page = files.find((file) => file.endsWith('compare.html'));
  const baseline = rows.find((row) => row.strategy === report.baseline);
  const reached = baseline === undefined ? '-' : curveEnd(baseline);
  const footer = [
    `seconds: training and choosing; to baseline: until the ${reached} of ${report.baseline}.`,
    ...(report.kind === 'mesh-comparison'
      ? ['normals: mean |cosine| between normals; Chamfer: Chamfer-L1 in % of the longest side.']
      : []),
    ...(report.kind === 'scene-comparison'
      ? ['PSNR, SSIM: of the held-out photographs; to baseline goes by a lattice of their pixels.']
      : []),
    ...(page === undefined ? [] : [`Open ${shownPath(page, env.cwd)} in a browser for curves and pictures.`]),
  ];
  return [screen.paint.bold(head), ...lines, ...footer.map((line) => wrap(line, screen.columns))];
}
