// What a run wrote into its folder, by name. The list is what lets a later run replace these files, and no others: what is
// not on it is somebody else's.
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { OutputError } from '../../core/errors.js';
import { codeOf, outputError, statusOf, writeWhole, type FileStatus } from './files.js';

/** Names of the files that every run leaves in its folder. */
export const runFiles = {
  /** All that going on needs. */
  checkpoint: 'checkpoint.safetensors',
  model: 'model.onnx',
  selection: 'selection.png',
  report: 'report.html',
  /** Written last: when it is there, the others are. */
  metrics: 'metrics.json',
} as const;

/** Names of the files inside a comparison's folder, beside one folder per strategy. */
export const compareFiles = {
  report: 'compare.html',
  /** A row for each input, seed and strategy. */
  table: 'compare.csv',
  /** A row for each measurement. */
  curves: 'curves.csv',
  /** For a paper. */
  tex: 'compare.tex',
  /** Written last: when it is there, the others are. */
  data: 'compare.json',
} as const;

/** Whether a file is of a comparison, in whose folder a run may have been left too. */
export const ofComparisons = (name: string): boolean => Object.values<string>(compareFiles).includes(name);

/** The list itself: a line a name, relative to the folder, with slashes. */
export const listName = '.evos-files';

/**
 * The names that a folder's list has.
 * @returns undefined where there is no list
 */
export async function readFileList(folder: string): Promise<ReadonlySet<string> | undefined> {
  const file = path.join(folder, listName);
  try {
    return new Set((await fs.readFile(file, 'utf8')).split('\n').filter(isInside));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw outputError(`cannot read ${file}`, folder, error);
  }
}

/** Writes a folder's list. */
export function writeFileList(folder: string, names: Iterable<string>): Promise<void> {
  return writeWhole(path.join(folder, listName), [...names].map((name) => `${name}\n`).join(''));
}

/** Lists come with folders that were downloaded: none may name a file outside. */
function isInside(name: string): boolean {
  const parts = name.split('/');
  return name !== '' && !path.isAbsolute(name) && !/[\\:\0]/.test(name) && parts.every(isName);
}

const isName = (part: string): boolean => !['', '.', '..'].includes(part);

/**
 * Files that a run writes into its folder, each as `writeWhole` does, and each put on the list before it is there.
 *
 * One of them is written last, and says that the others are complete: what an earlier run left by that name goes before the
 * first of the others is written.
 */
export class FileList {
  readonly #folder: string;
  readonly #last: string;
  readonly #paths: string[] = [];
  #begun = false;
  #listed: Set<string> | undefined;

  /** @param last the name of the file that is written last */
  constructor(folder: string, last: string = runFiles.metrics) {
    this.#folder = folder;
    this.#last = last;
  }

  /** The files written so far, in that order. */
  get paths(): readonly string[] {
    return this.#paths;
  }

  /**
   * @param name relative to the folder
   * @throws OutputError when the file is there and no run wrote it, or it cannot be written
   */
  async write(name: string, data: Uint8Array | string): Promise<void> {
    const listed = (this.#listed ??= new Set(await readFileList(this.#folder)));
    const slashed = name.replaceAll(path.sep, '/');
    await refuseForeign(this.#folder, [slashed], listed);
    if (!this.#begun && slashed !== this.#last) await this.#remove(this.#last, listed);
    this.#begun = true;
    if (!listed.has(slashed)) await writeFileList(this.#folder, listed.add(slashed));
    const file = path.join(this.#folder, name);
    await writeWhole(file, data);
    this.#paths.push(file);
  }

  /** As people read it: a line to a value. */
  async writeJson(name: string, value: unknown): Promise<void> {
    await this.write(name, `${JSON.stringify(value, undefined, 2)}\n`);
  }

  async #remove(name: string, listed: ReadonlySet<string>): Promise<void> {
    if (!listed.has(name)) return;
    await remove(path.join(this.#folder, name));
  }
}

/**
 * Makes sure that none of these files is somebody else's.
 * @param names relative to the folder; folders among them are nobody's
 * @throws OutputError naming the first that a run did not write
 */
export async function refuseForeign(
  folder: string,
  names: readonly string[],
  listed: ReadonlySet<string>,
): Promise<void> {
  for (const name of names) {
    const file = path.join(folder, name);
    const found = await lookAt(file, 'write');
    if (found === undefined || (listed.has(name) && found.isFile())) continue;
    // A folder such as renders/ holds files that are looked at one by one.
    if (found.isDirectory() && path.extname(name) === '') continue;
    const what = found.isDirectory() ? 'a folder' : found.isFile() ? 'a file' : 'no plain file';
    throw new OutputError(
      `${file} is ${what} that no run wrote, and this run would write over it; move it away, or write to another ` +
        'folder (--out)',
    );
  }
}

/**
 * Removes files on a folder's list, `metrics.json` first, and the folders that are empty then. Whatever is not on the list
 * stays.
 * @param which of them
 * @throws OutputError
 */
export async function removeListed(folder: string, which: (name: string) => boolean): Promise<void> {
  const listed = [...((await readFileList(folder)) ?? [])].filter(which);
  const isLast = (name: string): boolean => name === runFiles.metrics || name === compareFiles.data;
  const folders = new Set<string>();
  for (const name of [...listed.filter(isLast), ...listed.filter((each) => !isLast(each))]) {
    const parents = parentsOf(name);
    // A link in the place of a folder leads to files of somebody else.
    const within = await Promise.all(parents.map((parent) => lookAt(path.join(folder, parent), 'remove')));
    if (!within.every((found) => found?.isDirectory() === true)) continue;
    const file = path.join(folder, name);
    if ((await lookAt(file, 'remove'))?.isFile() !== true) continue;
    await remove(file);
    parents.forEach((parent) => folders.add(parent));
  }
  const deepest = [...folders].sort((a, b) => b.length - a.length);
  for (const each of deepest) await fs.rmdir(path.join(folder, each)).catch(() => undefined);
}

/** What is there. @param act what is to be done with it, for messages @throws OutputError */
async function lookAt(file: string, act: 'write' | 'remove'): Promise<FileStatus | undefined> {
  try {
    return await statusOf(file);
  } catch (error) {
    throw outputError(`cannot ${act} ${file}`, path.dirname(file), error);
  }
}

async function remove(file: string): Promise<void> {
  try {
    await fs.rm(file, { force: true });
  } catch (error) {
    throw outputError(`cannot remove ${file}`, path.dirname(file), error);
  }
}

/** The folders that a name leads through: `a` and `a/b` of `a/b/c`. */
function parentsOf(name: string): string[] {
  const parts = name.split('/').slice(0, -1);
  return parts.map((_, i) => parts.slice(0, i + 1).join('/'));
}
