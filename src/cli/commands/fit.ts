// `evos fit`: trains on one input, or goes on with an interrupted run.
import path from 'node:path';
import { text, toggle } from '../../core/settings.js';
import type { RunEvent } from '../../recipes/index.js';
import { either, everyKind, recognise } from '../../recipes/modalities/recognise.js';
import { findModality, modalities } from '../../recipes/modalities/registry.js';
import { defineCommand, type Command, type Context, type Given } from '../command.js';
import { loadConfig } from '../config.js';
import { kebabCase } from '../../recipes/settings/spelling.js';
import { duration, measured, shellQuote, shownPath, wrap } from '../format.js';
import { heading } from '../heading.js';
import { fitLine } from '../json.js';
import { FitProgress } from '../progress.js';
import { untilStopped, type Start } from '../stopping.js';
import { UsageError } from '../usage-error.js';

/** The command `fit`. */
export const fitCommand = (): Command =>
  defineCommand({
    name: 'fit',
    description: `Fit a network to ${either(modalities().map(({ one }) => one))}, training on the samples that matter`,
    positional: { name: 'input', description: everyKind(), required: false },
    settings: 'fit',
    usual: ['preset', 'strategy', 'backbone', 'steps', 'ratio', 'learningRate', 'seed', 'device'],
    controls: {
      /** Folder to write to (default: runs/ and the name of the input). */
      out: text({ default: undefined }),
      /** Write over what the folder given with --out holds already. */
      overwrite: toggle(false),
      /** Go on with the run in this folder; only --steps may be raised. */
      resume: text({ default: undefined }),
      /** What the input is, where its name leaves that open. */
      kind: text({ default: undefined }),
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
      ['evos fit photo.jpg --quality high', 'with as many numbers as the picture has values'],
      ['evos fit photo.jpg --backbone siren', 'by a SIREN: smaller, and smooth between the pixels'],
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
        return follow(
          async (signal) => (await env.recipes()).resumeRun({ ...options, ...following, signal }),
          context,
        );
      }
      if (input === undefined) {
        const examples = modalities().map(({ example }) => `\`evos fit ${example}\``);
        throw new UsageError(
          `evos fit needs ${either(modalities().map(({ one }) => one))}, e.g. ${either(examples)}, or \`--resume DIR\`.`,
          'fit',
        );
      }
      const file = path.resolve(env.cwd, input);
      const modality = await recognise(file, input, controls.kind);
      const { sections, plugins } = await loadConfig(config, env.cwd);
      const named = modality.settings.fit({ plugins }, sections[modality.sections.fit] ?? {}, settings);
      const options = {
        ...named,
        input: file,
        ...(out === undefined ? {} : { out: path.resolve(env.cwd, out) }),
        overwrite: controls.overwrite === true,
      };
      return follow(
        async (signal) => (await env.recipes()).fitKind(modality.kind, { ...options, ...following, signal }),
        context,
      );
    },
  });

/** Nobody who reads a terminal minds where exactly Ctrl-C ends a run. */
const following = { ahead: 1 } as const;

/** Whatever else was asked for cannot be changed half way: the checkpoint holds the settings. */
function resumedSteps(
  input: string | undefined,
  settings: Given['settings'],
  controls: Given['controls'],
): number | undefined {
  const barred = [
    ...Object.keys(settings).filter((key) => key !== 'steps'),
    ...['kind', 'out', 'config', 'overwrite'].filter((key) => controls[key] !== undefined),
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
async function follow(start: Start<RunEvent>, context: Context): Promise<number> {
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

  on(event: RunEvent): void {
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

type Result = Extract<RunEvent, { type: 'result' }>;

function summary(event: Result, { env, screen }: Context): string[] {
  const { seconds } = event.metrics;
  const out = shownPath(event.out, env.cwd);
  const further = findModality(event.metrics.kind).outcome?.(event.metrics) ?? [];
  const report = event.files.find((file) => file.endsWith('report.html'));
  return [
    ...quality(event, screen.columns).map((line) => screen.paint.bold(line)),
    `Training ${duration(seconds.train + seconds.select)}, in all ${duration(seconds.total)}`,
    ...further.map((sentence) => wrap(sentence, screen.columns, '  ')),
    'Written:',
    ...writtenLines(event.files, event.out, env.cwd),
    'Next:',
    ...(report === undefined ? [] : [`  open ${shellQuote(shownPath(report, env.cwd))} in a browser`]),
    `  evos render ${shellQuote(out)} ${findModality(event.metrics.kind).render.suggestion}`,
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
  const figures = findModality(metrics.kind)
    .measures.filter(({ result }) => result)
    .map((measure) => measured(measure, metrics));
  const lines: string[] = [];
  for (const each of figures) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 2 + each.length <= columns)
      lines[lines.length - 1] = `${last}  ${each}`;
    else lines.push(each);
  }
  return lines.map((line) => wrap(line, columns, '  '));
}
