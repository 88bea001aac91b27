// `evos inspect`: what a model or a run folder holds, as a nested listing.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '../../core/index.js';
import { defineCommand } from '../command.js';
import { listing, shownPath } from '../format.js';
import { jsonLine } from '../json.js';

/** The command `inspect`. */
export const inspectCommand = defineCommand({
  name: 'inspect',
  description: 'Show what a model or the folder of a run holds',
  positional: { name: 'path', description: 'the folder of a run, or a model.onnx', required: true },
  controls: {},
  examples: [
    ['evos inspect runs/photo', 'network, settings, times and quality'],
    ['evos inspect runs/bunny', 'the same of a mesh, with its frame and what is wrong with it'],
    ['evos inspect runs/photo --json', 'the same for programs'],
  ],
  async run({ input }, { env, screen, json, quiet }) {
    const file = path.resolve(env.cwd, input ?? '');
    if (!existsSync(file)) throw new InputError(`${input}: there is no such file or folder.`);
    const found = await (await env.recipes()).inspectModel(file);
    if (json) screen.result(jsonLine(found));
    else if (!quiet) screen.result(...listing({ ...found, path: shownPath(found.path, env.cwd) }));
    return 0;
  },
});
