// What is killed, a verb each: how the folder is before, the command, and how whoever comes next goes on.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { nextName } from '../../src/recipes/runs/folder.js';
import type { Job } from './jobs.js';
import type { Look } from './look.js';

/** A job in its place. */
export interface Placed {
  readonly options: Job['options'];
  /** A copy of the fixture. */
  readonly input: string;
  readonly folder: string;
}

/** Something that can be killed. */
export interface Verb {
  /** Whether a finished run is there before. */
  readonly onRun: boolean;
  command(placed: Placed): readonly string[];
  /**
   * How to go on.
   * @param before what the folder held before the command, and `now` what it holds after the kill
   * @returns arguments, and whether they are to be refused since nothing had begun; then the command itself is to work
   */
  goOn(
    placed: Placed,
    before: Look,
    now: Look,
  ): { readonly args: readonly string[]; readonly refused?: boolean };
}

const every = ['--checkpoint-every', '0', '--measure-every', '2'];
const [first, more] = ['4', '6'];

const fit = ({ input, options, folder }: Placed, ...others: string[]): readonly string[] => [
  ...['fit', input, ...options, ...every, '--steps', first, '--out', folder, ...others],
];
const resume = (folder: string): readonly string[] => ['fit', '--resume', folder];

/** Whether there is something to go on from. */
const begun = (folder: string): boolean =>
  ['checkpoint.safetensors', nextName].some((name) => existsSync(path.join(folder, name)));

/** The verbs by name. */
export const verbs: Readonly<Record<string, Verb>> = {
  fit: {
    onRun: false,
    command: (placed) => fit(placed),
    goOn: ({ folder }) => ({ args: resume(folder), refused: !begun(folder) }),
  },
  resume: {
    onRun: true,
    command: ({ folder }) => [...resume(folder), '--steps', more],
    goOn: ({ folder }) => ({ args: [...resume(folder), '--steps', more] }),
  },
  overwrite: {
    onRun: true,
    command: (placed) => fit(placed, '--seed', '2', '--overwrite'),
    goOn(placed, before, now) {
      const { folder } = placed;
      if (existsSync(path.join(folder, nextName))) return { args: resume(folder) };
      const lost = before.lines.filter((line) => !now.lines.includes(line));
      // Not a file of the old run is missing: it is there as a whole, and the command may be given again.
      if (lost.length === 0) return { args: fit(placed, '--seed', '2', '--overwrite') };
      if (!now.lines.some((line) => /^checkpoint\.safetensors: .* seed 2$/.test(line))) {
        throw new Error(`the old run has lost ${lost.join(', ')}, and the new one has not begun`);
      }
      return { args: resume(folder) };
    },
  },
  compare: {
    onRun: false,
    command: ({ input, options, folder }) => [
      ...['compare', input, ...options, ...every, '--steps', first, '--strategies', 'uniform,evos-online'],
      ...['--out', folder],
    ],
    goOn: (placed) => ({ args: [...(verbs['compare']?.command(placed) ?? []), '--resume'] }),
  },
};
