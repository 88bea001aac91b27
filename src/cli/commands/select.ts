// `evos select`: one selection out of the errors of all samples, from file to file.
import path from 'node:path';
import { encodeNpy } from '../../core/files/npy.js';
import { ArgumentError } from '../../core/errors.js';
import { present } from '../../core/present.js';
import { integer, list, text, toggle } from '../../core/settings.js';
import { prepareOutput, statusOf, writeWhole } from '../../recipes/runs/files.js';
import { defineCommand } from '../command.js';
import { shownPath } from '../format.js';
import { jsonLine } from '../json.js';

/** The command `select`. */
export const selectCommand = defineCommand({
  name: 'select',
  description: 'Choose samples once, out of the errors of all',
  positional: {
    name: 'errors',
    description: 'a .npy with an error per sample, or a .npz with arrays called errors, luma, …',
    required: true,
  },
  controls: {
    /** How to choose; `evos fit --help all` tells what there is. */
    strategy: text({ default: undefined }),
    /** Choose so many samples at most (default: the strategy's own number). */
    count: integer({ min: 1, default: undefined }),
    /** A setting of the strategy; may be given several times. */
    set: list({ each: 'set', default: [] }),
    /** Makes draws repeat. */
    seed: integer({ min: 0, default: undefined }),
    /** Steps that schedules are laid out over. */
    steps: integer({ min: 1, default: undefined }),
    /** The grid that the samples lie on, rows before columns, for strategies that want to know. */
    shape: text({
      form: { pattern: /^\d{1,10}(x\d{1,10})*$/, expected: 'a size such as 480x640' },
      default: undefined,
    }),
    /** Choose among tiles: squares of a shape of two, or runs of so many samples. */
    tile: integer({ min: 1, max: 65_536, default: undefined }),
    /** File for the indices (default: NAME-indices.npy beside the errors). */
    out: text({ default: undefined }),
    /** File for the weights, of strategies that weigh. */
    weights: text({ default: undefined }),
    /** Write over what is there already. */
    overwrite: toggle(false),
    /** Module with a strategy of your own. */
    plugin: list({ each: 'plugin', default: [] }),
  },
  examples: [
    ['evos select errors.npy --strategy uniform --count 4096', 'to errors-indices.npy, as int64'],
    ['evos select pool.npz --strategy egra --shape 480x640', 'with an array luma in the .npz'],
    ['evos select errors.npy --strategy evos --steps 1000 --set ratio=0.1', 'with a setting of the strategy'],
  ],
  async run({ input = '', controls }, { env, screen, json, quiet }) {
    const { strategy, count, set = [], seed, steps, shape, tile, overwrite = false } = controls;
    const { readArrayFile } = await import('../../adapters/process/array-files.js');
    const { chooseOnce } = await import('../../adapters/process/once.js');
    const { findStrategy } = await import('../../core/index.js');
    // Without a name, that says which there are.
    const { name } = findStrategy(strategy ?? '');
    const file = path.resolve(env.cwd, input);
    const { dir, name: stem } = path.parse(file);
    const out = path.resolve(env.cwd, controls.out ?? path.join(dir, `${stem}-indices.npy`));
    const weightsOut = controls.weights === undefined ? undefined : path.resolve(env.cwd, controls.weights);
    for (const target of [out, weightsOut]) {
      if (target !== undefined) await checkTarget(target, file, overwrite);
    }
    const arrays = await readArrayFile(file, 'errors');
    const extents = shape?.split('x').map(Number);
    const request = {
      ...{ strategy: name, settings: settingsOf(set) },
      ...present({ count, seed, steps, tile, shape: extents }),
    };
    const { indices, weights, size, passes } = chooseOnce({ arrays, file, request });
    if (weightsOut !== undefined && weights === undefined) {
      throw new ArgumentError(
        `The strategy '${name}' weighs no samples with these settings: leave out --weights.`,
      );
    }
    await writeWhole(out, encodeNpy(indices));
    if (weightsOut !== undefined && weights !== undefined) await writeWhole(weightsOut, encodeNpy(weights));
    if (json)
      screen.result(
        jsonLine({ type: 'selected', file: out, strategy: name, count: indices.length, size, passes }),
      );
    else if (!quiet) {
      const share = `${indices.length.toLocaleString('en')} of ${size.toLocaleString('en')} samples`;
      screen.result(`${shownPath(out, env.cwd)}  ${share}  by ${name}`);
    }
    if (weights !== undefined && weightsOut === undefined) {
      screen.note(`The strategy '${name}' weighs samples: --weights FILE keeps their weights.`);
    }
    return 0;
  },
});

/** Makes sure that a file may be written. @throws ArgumentError where one is there */
async function checkTarget(target: string, input: string, overwrite: boolean): Promise<void> {
  if (target === input)
    throw new ArgumentError(`${target} is the input: choose another name for the output.`);
  const found = await statusOf(target);
  if (found?.isFile() === true && !overwrite) {
    throw new ArgumentError(`${target} is there already: choose another name, or --overwrite it.`);
  }
  await prepareOutput(target);
}

/** `ratio=0.1` as a setting: numbers, truth values and ramps as JSON has them, `100:50`, or text. */
function settingsOf(entries: readonly string[]): Record<string, unknown> {
  const settings = entries.map((entry) => {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(entry) ?? [];
    if (name === undefined || value === undefined) {
      throw new ArgumentError(`--set takes NAME=VALUE, got ${entry}.`);
    }
    return [name, valueOf(value)] as const;
  });
  const names = settings.map(([name]) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw new ArgumentError(`--set gives ${twice} twice; give it once.`);
  return Object.fromEntries(settings);
}

function valueOf(typed: string): unknown {
  if (typed === 'true' || typed === 'false') return typed === 'true';
  const numbers = typed.split(':').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  const [from, to, more] = numbers;
  if (more !== undefined || numbers.some((value) => Number.isNaN(value))) return typed;
  return to === undefined ? from : { from, to };
}
