// `evos render`: evaluates a trained model again, at another size or from another place. Its options are the modalities'.
import path from 'node:path';
import { present } from '../../core/present.js';
import { list, text, toggle } from '../../core/settings.js';
import { checkExists, either } from '../../recipes/modalities/recognise.js';
import { findModality, modalities } from '../../recipes/modalities/registry.js';
import type { Modality, Rendered } from '../../recipes/runs/modality.js';
import { defineCommand, type Command, type Context } from '../command.js';
import { duration, shownPath } from '../format.js';
import { furtherOptions } from '../further-options.js';
import { jsonLine } from '../json.js';
import { shareLine } from '../progress.js';
import { watchSignals } from '../stopping.js';
import { UsageError } from '../usage-error.js';

/** The command `render`. */
export const renderCommand = (): Command =>
  defineCommand({
    name: 'render',
    description: 'Render a trained model again: at any size, as finely or from wherever you like',
    positional: { name: 'model', description: 'the folder of a run, or a model.onnx', required: true },
    controls: {
      /**
       * File to write, or a folder for many (default: render-WIDTHxHEIGHT.png or .webp, or mesh-RESOLUTION.glb, beside the model).
       */
      out: text({ default: undefined }),
      /** Write over what is there already. */
      overwrite: toggle(false),
      /** Module with the modality of a model; a run's own plugins are loaded anyway. */
      plugin: list({ each: 'plugin', default: [] }),
    },
    further: () => furtherOptions(({ render }) => render.options),
    examples: [
      ['evos render runs/photo --scale 2', 'twice the size, to runs/photo/render-WIDTHxHEIGHT.png'],
      ['evos render model.onnx --size 1920x1080', 'an exact size'],
      ['evos render runs/photo -o big.png', 'to a file of your choice'],
      ['evos render runs/bunny --resolution 512 --format ply', 'a finer mesh, to runs/bunny/mesh-512.ply'],
      ['evos render runs/fox --size 540x960', 'round a scene, to runs/fox/render-540x960.webp'],
      ['evos render runs/fox --camera path.json -o frames', 'a PNG for each camera of a path, to frames/'],
      ['evos render runs/fox --mesh', 'the surface of its density, to runs/fox/mesh-256.glb'],
    ],
    async run({ input = '', controls: { out, overwrite }, further }, context) {
      const { cwd } = context.env;
      const model = path.resolve(cwd, input);
      checkExists(model, input);
      const recipes = await context.env.recipes();
      const modality = findModality(await recipes.kindOfModel(model));
      checkOptions(modality, further, input);
      return untilStopped('rendering', context, async (waiting) => {
        const request = { path: model, options: further, ...waiting, ...present({ overwrite }) };
        const target = out === undefined ? {} : { out: path.resolve(cwd, out) };
        tell(await recipes.renderKind(modality.kind, { ...request, ...target }), context);
      });
    },
  });

/** Options of other modalities. @throws UsageError */
function checkOptions(
  { several, one, render: { options, instead } }: Modality,
  given: Readonly<Record<string, unknown>>,
  input: string,
): void {
  const foreign = Object.keys(given).filter((name) => !Object.hasOwn(options, name));
  if (foreign.length === 0) return;
  const takers = modalities().filter(({ render }) =>
    foreign.every((name) => Object.hasOwn(render.options, name)),
  );
  const others =
    takers.length === 0
      ? `other models than those of ${several}`
      : `models of ${either(takers.map((each) => each.several))}`;
  throw new UsageError(
    `${foreign.map((name) => `--${name}`).join(', ')} is for ${others}; ${input} holds one of ${one}: ${instead}.`,
    'render',
  );
}

function tell({ file, seconds, words, data }: Rendered, { env, screen, json, quiet }: Context): void {
  if (json) screen.result(jsonLine({ type: 'rendered', file, ...data, seconds }));
  else if (!quiet) screen.result(`${shownPath(file, env.cwd)}  ${words}  in ${duration(seconds)}`);
}

/** What long work is given. */
interface Waiting {
  readonly signal: AbortSignal;
  readonly onProgress: (share: number) => void;
}

/** Plain lines: milliseconds between them. */
const quietMs = 10_000;

/** Long work with its share on the status line, which a signal ends. */
async function untilStopped(
  doing: string,
  { env, screen }: Context,
  work: (waiting: Waiting) => Promise<void>,
): Promise<number> {
  const stopping = watchSignals(env, screen, 'Stopping; nothing is written. Ctrl-C again stops at once.');
  let told = env.now();
  const onProgress = (share: number): void => {
    if (screen.due) screen.status(shareLine('render', doing, share, screen.noteColumns));
    else if (screen.mode === 'lines' && env.now() - told >= quietMs && share < 1) {
      told = env.now();
      screen.note(`render  ${doing}  ${Math.floor(100 * share)} %`);
    }
  };
  onProgress(0);
  try {
    await work({ signal: stopping.signal, onProgress });
    return 0;
  } catch (error) {
    // What was under way ends with the signal; that is no fault.
    if (stopping.code === undefined) throw error;
    return stopping.code;
  } finally {
    stopping.release();
    screen.clear();
  }
}
