// `evos inspect`: what a model, the folder of a run, or an input holds, as a nested listing.
import path from 'node:path';
import { list, text } from '../../core/settings.js';
import { checkExists } from '../../recipes/modalities/recognise.js';
import { defineCommand, type Command, type Context } from '../command.js';
import { listing, plain, shownPath } from '../format.js';
import { furtherOptions } from '../further-options.js';
import { jsonLine } from '../json.js';

/** The command `inspect`. */
export const inspectCommand = (): Command =>
  defineCommand({
    name: 'inspect',
    description: 'Show what a model, the folder of a run, or a NeRF scene holds',
    positional: {
      name: 'path',
      description:
        'the folder of a run, a model.onnx, or a scene: its folder, transforms.json, poses_bounds.npy',
      required: true,
    },
    controls: {
      /** Of a scene: the picture of its cameras (default: runs/NAME-cameras.png). */
      out: text({ default: undefined }),
      /** What the input is, where its name leaves that open. */
      kind: text({ default: undefined }),
      /** Module with the modality of an input or a model. */
      plugin: list({ each: 'plugin', default: [] }),
    },
    further: () => furtherOptions(({ inspect }) => inspect?.options),
    examples: [
      ['evos inspect runs/photo', 'network, settings, times and quality'],
      ['evos inspect runs/bunny', 'the same of a mesh, with its frame and what is wrong with it'],
      ['evos inspect fox/', 'photographs, lenses, bounds; cameras as a picture: runs/fox-cameras.png'],
      ['evos inspect runs/photo --json', 'the same for programs'],
    ],
    async run({ input = '', controls: { out, kind }, further: options }, context) {
      const { env } = context;
      const target = path.resolve(env.cwd, input);
      checkExists(target, input);
      const { inspectPath } = await env.recipes();
      const picture = out === undefined ? {} : { out: path.resolve(env.cwd, out) };
      show(await inspectPath({ path: target, options, ...picture }, kind), context);
      return 0;
    },
  });

function show(found: object, { env, screen, json, quiet }: Context): void {
  if (json) {
    screen.result(jsonLine(found));
    return;
  }
  if (quiet) return;
  // Paths as the user would type them.
  const paths = Object.entries(found)
    .filter(
      (entry): entry is [string, string] =>
        ['path', 'picture'].includes(entry[0]) && typeof entry[1] === 'string',
    )
    .map(([name, file]): [string, string] => [name, shownPath(file, env.cwd)]);
  screen.result(...listing({ ...found, ...Object.fromEntries<string>(paths) }).map(plain));
}
