// `evos fit`: trains on one image, or goes on with an interrupted run.
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { InputError } from '../../core/index.js';
import type { FitImageEvent, ResultEvent } from '../../recipes/events.js';
import { fitImageSettings, resolveSettings } from '../../recipes/options.js';
import { defineCommand, type Context, type Given } from '../command.js';
import { loadConfig } from '../config.js';
import { kebabCase } from '../fields.js';
import { duration, figure, shellQuote, shownPath, wrap } from '../format.js';
import { fitLine } from '../json.js';
import { FitProgress, heading } from '../progress.js';
import { untilStopped, type Start } from '../stopping.js';
import { UsageError } from '../usage-error.js';

const formats = 'PNG, JPEG, WebP, AVIF, TIFF';
const meshes = new Set(['.obj', '.ply', '.stl', '.glb', '.gltf', '.off']);

/** The command `fit`. */
export const fitCommand = defineCommand({
  name: 'fit',
  description: 'Fit a network to an image, training on the samples that matter',
  positional: { name: 'input', description: `an image (${formats})`, required: false },
  settings: fitImageSettings,
  controls: {
    out: z
      .string()
      .min(1)
      .optional()
      .describe('folder to write to (default: runs/ and the name of the input)'),
    overwrite: z.boolean().optional().describe('write over what the folder given with --out holds already'),
    resume: z
      .string()
      .min(1)
      .optional()
      .describe('go on with the run in this folder; only --steps may be raised'),
    config: z
      .string()
      .min(1)
      .optional()
      .describe('configuration file (default: evos.config.* in this folder)'),
  },
  examples: [
    ['evos fit photo.jpg', 'with the defaults; the report is runs/photo/report.html'],
    ['evos fit photo.jpg --ratio 0.25', 'on a quarter of the pixels per step'],
    ['evos fit photo.jpg --crop 512', 'the centre 512x512 pixels'],
    ['evos fit photo.jpg --strategy full', 'plain training, for comparison'],
    ['evos fit photo.jpg --preset evos-paper', 'EVOS as published'],
    ['evos fit --resume runs/photo', 'go on with an interrupted run'],
  ],
  async run({ input, settings, controls }, context) {
    const { resume, config, out } = controls;
    if (resume !== undefined) {
      const steps = resumedSteps(input, settings, controls);
      return follow(
        async (signal) =>
          (await context.env.recipes()).resumeImage({
            folder: path.resolve(context.env.cwd, resume),
            ...(steps === undefined ? {} : { steps }),
            signal,
          }),
        context,
      );
    }
    if (input === undefined) {
      throw new UsageError('evos fit needs an image, e.g. `evos fit photo.jpg`, or `--resume DIR`.', 'fit');
    }
    const file = checkImage(input, context.env.cwd);
    const fromFile = (await loadConfig(config, context.env.cwd)).fit;
    const merged = resolveSettings(fitImageSettings, fromFile ?? {}, settings);
    return follow(
      async (signal) =>
        (await context.env.recipes()).fitImage({
          ...merged,
          input: file,
          ...(out === undefined ? {} : { out: path.resolve(context.env.cwd, out) }),
          overwrite: controls.overwrite === true,
          signal,
        }),
      context,
    );
  },
});

/** Whatever else was asked for cannot be changed half way: the checkpoint holds the settings. */
function resumedSteps(
  input: string | undefined,
  settings: Given['settings'],
  controls: { out?: string | undefined; config?: string | undefined; overwrite?: boolean | undefined },
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

/**
 * The absolute path of a file that may be an image.
 * @throws InputError for what certainly is none; decoding finds the rest
 */
export function checkImage(input: string, cwd: string): string {
  const file = path.resolve(cwd, input);
  if (!existsSync(file)) throw new InputError(`${input}: there is no such file.`);
  const not = `not an image this version can fit (${formats})`;
  if (statSync(file).isDirectory()) {
    throw new InputError(
      `${input} is a folder, ${not}. To go on with a run: evos fit --resume ${shellQuote(input)}`,
    );
  }
  if (meshes.has(path.extname(file).toLowerCase())) throw new InputError(`${input} is a mesh, ${not}.`);
  return file;
}

/**
 * Shows a run's events to its end.
 */
async function follow(start: Start<FitImageEvent>, context: Context): Promise<number> {
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

  on(event: FitImageEvent): void {
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

function summary(event: ResultEvent, { env, screen }: Context): string[] {
  const { metrics } = event;
  const { seconds } = metrics;
  const out = shownPath(event.out, env.cwd);
  const report = event.files.find((file) => file.endsWith('report.html'));
  return [
    screen.paint.bold(`PSNR ${figure(metrics.psnr, 2)} dB  SSIM ${figure(metrics.ssim, 4)}`),
    `Training ${duration(seconds.train + seconds.select)}, in all ${duration(seconds.total)}`,
    'Written:',
    ...event.files.map((file) => `  ${shownPath(file, env.cwd)}`),
    'Next:',
    ...(report === undefined ? [] : [`  open ${shellQuote(shownPath(report, env.cwd))} in a browser`]),
    `  evos render ${shellQuote(out)} --scale 2`,
  ];
}
