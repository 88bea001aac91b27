// `evos inspect`: what a model, the folder of a run, or a NeRF scene holds, as a nested listing.
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { text } from '../../core/settings.js';
import { InputError } from '../../core/index.js';
import type { Inspection, SceneInspection } from '../../recipes/index.js';
import { runFiles } from '../../recipes/runs/folder.js';
import { defineCommand, type Context } from '../command.js';
import { listing, shownPath } from '../format.js';
import { jsonLine } from '../json.js';
import { UsageError } from '../usage-error.js';

const controls = {
  /** Of a scene: the picture of its cameras (default: runs/NAME-cameras.png). */
  out: text({ default: undefined }),
  /** Of a scene from COLMAP or LLFF: the folder of its photographs (default: images). */
  images: text({ default: undefined }),
};

/** The command `inspect`. */
export const inspectCommand = defineCommand({
  name: 'inspect',
  description: 'Show what a model, the folder of a run, or a NeRF scene holds',
  positional: {
    name: 'path',
    description:
      'the folder of a run, a model.onnx, or a scene: its folder, transforms.json, poses_bounds.npy',
    required: true,
  },
  controls,
  examples: [
    ['evos inspect runs/photo', 'network, settings, times and quality'],
    ['evos inspect runs/bunny', 'the same of a mesh, with its frame and what is wrong with it'],
    ['evos inspect fox/', 'photographs, lenses, bounds; cameras as a picture: runs/fox-cameras.png'],
    ['evos inspect runs/photo --json', 'the same for programs'],
  ],
  async run({ input, controls: given }, context) {
    const { env } = context;
    const target = path.resolve(env.cwd, input ?? '');
    if (!existsSync(target)) throw new InputError(`${input}: there is no such file or folder.`);
    const recipes = await env.recipes();
    // A run's folder is a run, whatever else lies in it.
    const isRun = existsSync(path.join(target, runFiles.model)) || target.endsWith('.onnx');
    if (!isRun && (await recipes.looksLikeScene(target))) {
      const picture = path.resolve(env.cwd, given.out ?? path.join('runs', `${nameOf(target)}-cameras.png`));
      const { images } = given;
      const options = { input: target, picture, ...(images === undefined ? {} : { images }) };
      show(await recipes.inspectScene(options), context);
      return 0;
    }
    for (const name of ['out', 'images'] as const) {
      if (given[name] !== undefined) throw new UsageError(`--${name} is for scenes; ${input} is none.`);
    }
    if (!isRun && statSync(target).isDirectory()) {
      throw new InputError(
        `${input}: neither a finished run nor a scene; expected a folder with ${runFiles.model}, or with ` +
          "transforms.json, transforms_train.json, poses_bounds.npy or COLMAP's sparse/0; check the path",
      );
    }
    show(await recipes.inspectModel(target), context);
    return 0;
  },
});

/** Of a scene's folder, or of the folder that its file is in. */
function nameOf(target: string): string {
  const isFile = path.extname(target) !== '';
  return path.basename(isFile ? path.dirname(target) : target);
}

function show(found: Inspection | SceneInspection, { env, screen, json, quiet }: Context): void {
  if (json) {
    screen.result(jsonLine(found));
    return;
  }
  if (quiet) return;
  const picture =
    'picture' in found && found.picture !== undefined ? { picture: shownPath(found.picture, env.cwd) } : {};
  screen.result(...listing({ ...found, path: shownPath(found.path, env.cwd), ...picture }));
}
