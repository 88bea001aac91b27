// `evos fit`: trains on one image, mesh or scene, or goes on with an interrupted run.
import path from 'node:path';
import { text, toggle } from '../../core/settings.js';
import { imageSettings } from '../../recipes/modalities/image/settings.js';
import { meshSettings } from '../../recipes/modalities/mesh/settings.js';
import { sceneSettings } from '../../recipes/modalities/scene/settings.js';
import { kindOfRun } from '../../recipes/runs/folder.js';
import { defineCommand, type Context, type Given } from '../command.js';
import { loadConfig } from '../config.js';
import type { FitEvent } from '../environment.js';
import { kebabCase } from '../../recipes/settings/spelling.js';
import { duration, figure, shellQuote, shownPath, wrap } from '../format.js';
import { heading } from '../heading.js';
import { fitLine } from '../json.js';
import { checkInput, everyKind } from '../kinds.js';
import { FitProgress } from '../progress.js';
import { untilStopped, type Start } from '../stopping.js';
import { UsageError } from '../usage-error.js';

/** The command `fit`. */
export const fitCommand = defineCommand({
  name: 'fit',
  description: 'Fit a network to an image, a mesh or a scene, training on the samples that matter',
  positional: { name: 'input', description: everyKind, required: false },
  settings: 'fit',
  controls: {
    /** Folder to write to (default: runs/ and the name of the input). */
    out: text({ default: undefined }),
    /** Write over what the folder given with --out holds already. */
    overwrite: toggle(false),
    /** Go on with the run in this folder; only --steps may be raised. */
    resume: text({ default: undefined }),
    /** Configuration file (default: evos.config.* in this folder). */
    config: text({ default: undefined }),
  },
  examples: [
    ['evos fit photo.jpg', 'with the defaults; the report is runs/photo/report.html'],
    ['evos fit photo.jpg --ratio 0.25', 'on a quarter of the pixels per step'],
    ['evos fit photo.jpg --crop 512', 'the centre 512x512 pixels'],
    ['evos fit photo.jpg --strategy full', 'plain training, for comparison'],
    ['evos fit photo.jpg --preset evos-paper', 'EVOS as published'],
    ['evos fit bunny.obj', 'its signed distance field; the fitted mesh is runs/bunny/mesh.glb'],
    ['evos fit bunny.obj --backbone siren', 'by a SIREN instead of a hash grid'],
    [
      'evos fit fox/',
      'the scene in a folder of photographs with cameras; held-out views in runs/fox/renders',
    ],
    ['evos fit --resume runs/photo', 'go on with an interrupted run'],
  ],
  async run({ input, settings, controls }, context) {
    const { env } = context;
    const { resume, config, out } = controls;
    if (resume !== undefined) {
      const steps = resumedSteps(input, settings, controls);
      const folder = path.resolve(env.cwd, resume);
      const options = { folder, ...(steps === undefined ? {} : { steps }) };
      return follow(async (signal) => {
        const { resumeImage, resumeMesh, resumeScene } = await env.recipes();
        const kind = kindOfRun(folder);
        if (kind === 'scene') return resumeScene({ ...options, signal });
        return kind === 'mesh' ? resumeMesh({ ...options, signal }) : resumeImage({ ...options, signal });
      }, context);
    }
    if (input === undefined) {
      throw new UsageError(
        'evos fit needs an image, a mesh or a scene, e.g. `evos fit photo.jpg`, `evos fit bunny.obj` or `evos fit fox/`, or ' +
          '`--resume DIR`.',
        'fit',
      );
    }
    const { file, kind } = await checkInput(input, env.cwd, async (scene) =>
      (await env.recipes()).looksLikeScene(scene),
    );
    const { sections: fromFile } = await loadConfig(config, env.cwd);
    const common = {
      input: file,
      ...(out === undefined ? {} : { out: path.resolve(env.cwd, out) }),
      overwrite: controls.overwrite === true,
    };
    if (kind === 'mesh') {
      const merged = meshSettings.fit(fromFile['fitMesh'] ?? {}, settings);
      return follow(
        async (signal) => (await env.recipes()).fitMesh({ ...merged, ...common, signal }),
        context,
      );
    }
    if (kind === 'scene') {
      const merged = sceneSettings.fit(fromFile['fitScene'] ?? {}, settings);
      return follow(
        async (signal) => (await env.recipes()).fitScene({ ...merged, ...common, signal }),
        context,
      );
    }
    const merged = imageSettings.fit(fromFile['fit'] ?? {}, settings);
    return follow(
      async (signal) => (await env.recipes()).fitImage({ ...merged, ...common, signal }),
      context,
    );
  },
});

/** Whatever else was asked for cannot be changed half way: the checkpoint holds the settings. */
function resumedSteps(
  input: string | undefined,
  settings: Given['settings'],
  controls: Given['controls'],
): number | undefined {
  const barred = [
    ...Object.keys(settings).filter((key) => key !== 'steps'),
    ...(['out', 'config', 'overwrite'] as const).filter((key) => controls[key] !== undefined),
  ].map((key) => `--${kebabCase(key)}`);
  if (input !== undefined) barred.unshift(`the input ${input}`);
  if (barred.length > 0) {
    throw new UsageError(
      `--resume goes on with the settings of the run; it cannot take ${barred.join(', ')}. Only --steps may be given with it.`,
      'fit',
    );
  }
  return typeof settings['steps'] === 'number' ? settings['steps'] : undefined;
}

/** Shows a run's events to its end. */
async function follow(start: Start<FitEvent>, context: Context): Promise<number> {
  const run = new RunView(context);
  const code = await untilStopped(context, start, (event) => run.on(event));
  if (!run.finished && code !== undefined) run.stopped();
  return code ?? 0;
}

/** What is told of one run. */
class RunView {
  readonly #context: Context;
  readonly #progress: FitProgress;
  #strategy = '';
  #out: string | undefined;
  #at = '';
  /** Whether the result was there. */
  finished = false;

  constructor(context: Context) {
    this.#context = context;
    this.#progress = new FitProgress(context.screen, 'fit', () => context.env.now());
  }

  on(event: FitEvent): void {
    const { env, screen } = this.#context;
    if (event.type === 'start') {
      this.#strategy = event.settings.strategy;
      this.#out = event.out;
      const strategies = `strategy ${this.#strategy}`;
      heading(event, { strategies, out: shownPath(event.out, env.cwd), cwd: env.cwd }, screen);
    }
    if (this.#context.json) screen.result(fitLine(this.#strategy, event));
    this.#progress.on(event);
    if (event.type === 'end') this.#at = ` after step ${event.step} of ${event.steps}`;
    if (event.type !== 'result') return;
    this.finished = true;
    if (!this.#context.json && !this.#context.quiet) screen.result(...summary(event, this.#context));
  }

  stopped(): void {
    const { env, screen } = this.#context;
    if (this.#out === undefined)
      screen.warn(wrap('Stopped before the first step; nothing was written.', screen.noteColumns));
    else {
      screen.warn(wrap(`Stopped${this.#at}. Go on with:`, screen.noteColumns));
      screen.warn(`  evos fit --resume ${shellQuote(shownPath(this.#out, env.cwd))}`);
    }
  }
}

type Result = Extract<FitEvent, { type: 'result' }>;

/** What the next command may be told, by what was fitted. */
const renderOptions = { image: '--scale 2', mesh: '--resolution 512 --format ply', scene: '--mesh' } as const;

function summary(event: Result, { env, screen }: Context): string[] {
  const { seconds } = event.metrics;
  const out = shownPath(event.out, env.cwd);
  const report = event.files.find((file) => file.endsWith('report.html'));
  return [
    ...quality(event, screen.columns).map((line) => screen.paint.bold(line)),
    `Training ${duration(seconds.train + seconds.select)}, in all ${duration(seconds.total)}`,
    'Written:',
    ...writtenLines(event.files, event.out, env.cwd),
    'Next:',
    ...(report === undefined ? [] : [`  open ${shellQuote(shownPath(report, env.cwd))} in a browser`]),
    `  evos render ${shellQuote(out)} ${renderOptions[event.metrics.kind]}`,
  ];
}

/** A line for each file of a run; those in a folder of their own, of which there may be hundreds, have one together. */
function writtenLines(files: readonly string[], out: string, cwd: string): string[] {
  const inside = (file: string): boolean => path.resolve(path.dirname(file)) === path.resolve(out);
  const folders = new Map<string, number>();
  for (const file of files.filter((name) => !inside(name))) {
    const folder = path.dirname(file);
    folders.set(folder, (folders.get(folder) ?? 0) + 1);
  }
  return [
    ...[...folders].map(([folder, count]) => `  ${shownPath(folder, cwd)}${path.sep} (${count} files)`),
    ...files.filter(inside).map((file) => `  ${shownPath(file, cwd)}`),
  ];
}

/** How good it is, on as many lines as the window needs. */
function quality({ metrics }: Result, columns: number): string[] {
  const figures =
    metrics.kind !== 'mesh'
      ? [`PSNR ${figure(metrics.psnr, 2)} dB`, `SSIM ${figure(metrics.ssim, 4)}`]
      : [
          `IoU ${figure(metrics.iou, 4)}`,
          `normal consistency ${figure(metrics.normalConsistency, 3)}`,
          `Chamfer-L1 ${figure(100 * metrics.chamferL1, 3)} % of the longest side`,
        ];
  const lines: string[] = [];
  for (const each of figures) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 2 + each.length <= columns)
      lines[lines.length - 1] = `${last}  ${each}`;
    else lines.push(each);
  }
  return lines.map((line) => wrap(line, columns, '  '));
}
