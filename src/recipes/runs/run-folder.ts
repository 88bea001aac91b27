// A run's folder while a run has it: locked, and with nothing of an earlier run gone before the new one has something to go
// on from. What a new run begins with is written beside the old run, and takes its place in steps that whoever comes next
// finishes, should they be cut short.
import { randomBytes } from 'node:crypto';
import { existsSync, promises as fs, realpathSync } from 'node:fs';
import path from 'node:path';
import { OutputError } from '../../core/errors.js';
import {
  listName,
  ofComparisons,
  readFileList,
  refuseForeign,
  removeListed,
  runFiles,
  writeFileList,
} from './file-list.js';
import { codeOf, flushFolder, outputError, prepareFolder, renameOver, statusOf } from './files.js';
import { holdsRun, nextName, usedFolder } from './folder.js';
import { LockedError, lockFolder, type Lock } from './lock.js';

/** What a new run begins with, until it is whole: `.evos-next-<random>`. */
const stagingName = /^\.evos-next-[0-9a-f]+$/;
/** A lock that was taken over. */
const staleLockName = /^\.evos-lock-[0-9a-f]+$/;

/** Where a new run is to write. */
export interface NewPlace {
  /** The folder that was named. */
  readonly out: string | undefined;
  /** The folder where none was named; `-2`, `-3` and on where that is used. */
  readonly usual: string;
  /** Whether a run that is there already is to be replaced. */
  readonly overwrite: boolean;
  /** What is fitted. */
  readonly input: string;
  /** Names of the files that the run will leave. */
  readonly names: readonly string[];
}

/** A folder that a run has for itself. */
export class RunFolder {
  readonly folder: string;
  readonly #lock: Lock;
  readonly #names: readonly string[];
  readonly #made: boolean;
  #staging: string | undefined;

  /**
   * @param names of the files that the run will leave
   * @param made whether the folder was made for this run
   * @param staging where a new run begins; left out for one that goes on
   */
  constructor(folder: string, lock: Lock, names: readonly string[], made: boolean, staging?: string) {
    this.folder = folder;
    this.#lock = lock;
    this.#names = names;
    this.#made = made;
    this.#staging = staging;
  }

  /** Where the run writes now: beside an earlier run until `settle`. */
  get current(): string {
    return this.#staging ?? this.folder;
  }

  /**
   * The new run takes its place. What it wrote to `current` so far must be enough to go on from: files of an earlier run go.
   * @throws OutputError; the earlier run is still there then, or the next who opens the folder finishes this
   */
  async settle(): Promise<void> {
    const staging = this.#staging;
    if (staging === undefined) return;
    const { folder } = this;
    try {
      const names = await filesIn(staging);
      const listed = (await readFileList(folder)) ?? new Set<string>();
      await refuseForeign(folder, names, listed);
      await writeFileList(staging, [...names, ...[...listed].filter(ofComparisons)]);
      // From here on the folder is the new run's.
      await renameOver(staging, path.join(folder, nextName));
      this.#staging = undefined;
      await flushFolder(folder);
    } catch (error) {
      throw asOutputError(error, folder);
    }
    await takePlace(folder);
  }

  /**
   * Makes sure, before a run goes on, that what it will leave replaces no file of somebody else.
   * @param kept the file that it was started with, and which it has known again
   * @throws OutputError
   */
  async confirm(kept: string): Promise<void> {
    const { folder } = this;
    const listed = new Set(await readFileList(folder));
    await refuseForeign(
      folder,
      this.#names.filter((name) => name !== kept),
      listed.add(runFiles.checkpoint),
    );
    // A run of a version that kept no list begins one.
    await writeFileList(folder, listed.add(kept));
  }

  /** Gives the folder back; what had not settled goes. */
  async release(): Promise<void> {
    if (this.#staging !== undefined) {
      await fs.rm(this.#staging, { recursive: true, force: true }).catch(() => undefined);
    }
    await this.#lock.release();
    // A folder that nothing came of.
    if (this.#staging !== undefined && this.#made) await fs.rmdir(this.folder).catch(() => undefined);
  }
}

/**
 * A folder for a new run.
 * @throws OutputError when it cannot be written to, another process writes there, it holds a run that is not to be replaced,
 *   or files that no run wrote would be written over
 */
export async function claimFolder(place: NewPlace): Promise<RunFolder> {
  const { out, usual, overwrite } = place;
  if (out !== undefined) return begin(out, overwrite, place);
  for (let i = 1; ; i++) {
    const folder = i === 1 ? usual : `${usual}-${i}`;
    if (existsSync(folder) && (await isUsed(folder, place.names))) continue;
    try {
      return await begin(folder, false, place);
    } catch (error) {
      // Another process was faster.
      if (!(error instanceof LockedError) && !holdsRun(folder)) throw error;
    }
  }
}

/** Whether the folder that nobody named is to be passed over: it holds a run, or files of somebody else. */
async function isUsed(folder: string, names: readonly string[]): Promise<boolean> {
  if (holdsRun(folder)) return true;
  try {
    await refuseForeign(folder, names, (await readFileList(folder)) ?? new Set());
    return false;
  } catch (error) {
    if (error instanceof OutputError) return true;
    throw error;
  }
}

/**
 * The folder of a run that goes on.
 * @throws OutputError when it cannot be written to, or another process writes there
 */
export async function reclaimFolder(folder: string, names: readonly string[]): Promise<RunFolder> {
  await prepareFolder(folder);
  const lock = await lockFolder(folder);
  try {
    await finishWhatWasBegun(folder);
    return new RunFolder(folder, lock, names, false);
  } catch (error) {
    await lock.release();
    throw asOutputError(error, folder);
  }
}

async function begin(folder: string, overwrite: boolean, { names, input }: NewPlace): Promise<RunFolder> {
  const used = (): boolean => holdsRun(folder) && !overwrite;
  if (used()) throw usedFolder(folder, `evos fit --resume ${folder}`);
  const made = await prepareFolder(folder);
  const lock = await lockFolder(folder);
  try {
    await finishWhatWasBegun(folder);
    if (used()) throw usedFolder(folder, `evos fit --resume ${folder}`);
    const listed = await readFileList(folder);
    if (listed === undefined && holdsRun(folder)) throw unlisted(folder);
    await refuseForeign(folder, names, listed ?? new Set());
    refuseInput(folder, listed ?? new Set(), input);
    const staging = path.join(folder, `${nextName}-${randomBytes(6).toString('hex')}`);
    await fs.mkdir(staging);
    return new RunFolder(folder, lock, names, made, staging);
  } catch (error) {
    await lock.release();
    throw asOutputError(error, folder);
  }
}

function unlisted(folder: string): OutputError {
  return new OutputError(
    `${folder} holds a run, but no list of what that run wrote (${listName}), so nothing there can be told from files of ` +
      'somebody else: delete it yourself, or write to another folder (--out)',
  );
}

/** What is fitted may be a file that an earlier run left. @throws OutputError where it would go with that run */
function refuseInput(folder: string, listed: ReadonlySet<string>, input: string): void {
  const same = (name: string): boolean => {
    const file = path.join(folder, name);
    return existsSync(file) && realpathSync(file) === realpathSync(input);
  };
  if (!existsSync(input) || ![...listed].some(same)) return;
  throw new OutputError(
    `${input} is a file of the run in ${folder}, which this run would replace; copy it to another place, or write to ` +
      'another folder (--out)',
  );
}

/**
 * Finishes a replacement in a folder that is only to be read, should one have been cut short.
 * @throws OutputError
 */
export async function settleFolder(folder: string): Promise<void> {
  if (!existsSync(path.join(folder, nextName))) return;
  let lock: Lock;
  try {
    lock = await lockFolder(folder);
  } catch (error) {
    // Whoever has it is about to finish.
    if (error instanceof LockedError) return;
    throw error;
  }
  try {
    await takePlace(folder);
  } finally {
    await lock.release();
  }
}

async function finishWhatWasBegun(folder: string): Promise<void> {
  await takePlace(folder);
  for (const name of await fs.readdir(folder)) {
    if (stagingName.test(name)) await fs.rm(path.join(folder, name), { recursive: true, force: true });
    else if (staleLockName.test(name)) await fs.rm(path.join(folder, name), { force: true });
  }
}

/** The second half of a replacement. Each step may be the last that is done; the next call goes on with what is left. */
async function takePlace(folder: string): Promise<void> {
  const next = path.join(folder, nextName);
  try {
    if ((await statusOf(next))?.isDirectory() !== true) return;
    // While the new list is not in its place the old files have not all gone.
    if (existsSync(path.join(next, listName))) {
      await removeListed(folder, (name) => !ofComparisons(name));
      await renameOver(path.join(next, listName), path.join(folder, listName));
    }
    for (const name of await filesIn(next)) {
      const file = path.join(folder, name);
      await fs.mkdir(path.dirname(file)).catch((error: unknown) => {
        if (codeOf(error) !== 'EEXIST') throw error;
      });
      await renameOver(path.join(next, name), file);
    }
    await fs.rm(next, { recursive: true, force: true });
    await flushFolder(folder);
  } catch (error) {
    throw asOutputError(error, folder);
  }
}

/** The files below a folder, with slashes. */
async function filesIn(folder: string): Promise<string[]> {
  const found = await fs.readdir(folder, { withFileTypes: true });
  const names: string[] = [];
  for (const entry of found) {
    if (!entry.isDirectory()) names.push(entry.name);
    else for (const name of await filesIn(path.join(folder, entry.name))) names.push(`${entry.name}/${name}`);
  }
  return names;
}

function asOutputError(error: unknown, folder: string): Error {
  return error instanceof OutputError ? error : outputError(`cannot write into ${folder}`, folder, error);
}
