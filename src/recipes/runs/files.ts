// Reading and writing files so that a run can be killed at any moment: a file is either the old one or the
// new one, whole, never half of it. New content goes to a temporary file beside the target, is flushed to
// the disk, and takes the target's name in one step.
import { randomBytes } from 'node:crypto';
import { constants, promises as fs } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { InputError, OutputError } from '../../core/index.js';

/** Temporary files are named `.evos-tmp-<process id>-<random>`; the id tells whether their writer still lives. */
const temporaryName = /^\.evos-tmp-(\d+)-[0-9a-f]+$/;

/** Temporary files this process is writing now: the sweep must not take them for left-overs. */
const inUse = new Set<string>();

/** A virus scanner or viewer may hold the old file open for a moment (Windows): try the rename so often. */
const renameAttempts = 6;
const renamePauseMs = 40;

/**
 * Writes a file whole or not at all: until the last step the old file, if any, stays as it was, and whoever reads
 * meanwhile sees one or the other. Both content and name are flushed to the disk where the system allows it.
 * @param data bytes, or text to write as UTF-8; not kept.
 * @throws OutputError naming the file, the cause and what to do; the temporary file is removed.
 */
export async function writeWhole(file: string, data: Uint8Array | string): Promise<void> {
  const folder = path.dirname(file);
  const temporary = temporaryIn(folder);
  try {
    await writeAndFlush(temporary, data);
    await renameOver(temporary, file);
  } catch (error) {
    await fs.rm(temporary, { force: true }).catch(() => undefined);
    throw outputError(`cannot write ${file}`, folder, error);
  } finally {
    inUse.delete(temporary);
  }
  await flushFolder(folder);
}

/** Files written into one folder, each as `writeWhole` does. */
export class FileList {
  readonly #folder: string;
  readonly #paths: string[] = [];

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The files written so far, in that order. */
  get paths(): readonly string[] {
    return this.#paths;
  }

  /** @param name relative to the folder */
  async write(name: string, data: Uint8Array | string): Promise<void> {
    const file = path.join(this.#folder, name);
    await writeWhole(file, data);
    this.#paths.push(file);
  }

  /** As people read it: a line to a value. */
  async writeJson(name: string, value: unknown): Promise<void> {
    await this.write(name, `${JSON.stringify(value, undefined, 2)}\n`);
  }
}

/**
 * Makes a folder ready for a run: creates it with its parents, proves that files can be written there, and removes
 * temporary files that a killed process left behind.
 *
 * The proof is a file really written and removed. Permission bits would not do: they do not bind the superuser,
 * and say nothing of read-only mounts.
 * @throws OutputError naming the folder, the cause and what to do.
 */
export async function prepareFolder(folder: string): Promise<void> {
  try {
    await fs.mkdir(folder, { recursive: true });
  } catch (error) {
    throw outputError(`cannot create the folder ${folder}`, folder, error);
  }
  const probe = temporaryIn(folder);
  try {
    await writeAndFlush(probe, 'x');
  } catch (error) {
    throw outputError(`cannot write into the folder ${folder}`, folder, error);
  } finally {
    await fs.rm(probe, { force: true }).catch(() => undefined);
    inUse.delete(probe);
  }
  await sweep(folder);
}

/**
 * Reads a file.
 * @returns its bytes, the caller's to keep.
 * @throws InputError naming the file and the cause.
 */
export async function readBytes(file: string): Promise<Buffer> {
  try {
    return await fs.readFile(file);
  } catch (error) {
    throw new InputError(`cannot read ${file}: ${readProblem(error)}`, { cause: error });
  }
}

/**
 * Reads a text file as UTF-8; a byte order mark is dropped.
 * @throws InputError naming the file and the cause, also when the bytes are not UTF-8.
 */
export async function readText(file: string): Promise<string> {
  const bytes = await readBytes(file);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new InputError(`cannot read ${file}: it is not UTF-8 text; save it as UTF-8`, { cause: error });
  }
}

/**
 * Reads a JSON file. The content is unchecked: whoever asked validates it.
 * @throws InputError naming the file and where the JSON breaks off.
 */
export async function readJson(file: string): Promise<unknown> {
  const text = await readText(file);
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new InputError(`${file} is not valid JSON: ${messageOf(error)}`, { cause: error });
  }
}

function temporaryIn(folder: string): string {
  const name = `.evos-tmp-${process.pid}-${randomBytes(6).toString('hex')}`;
  const file = path.resolve(folder, name);
  inUse.add(file);
  return file;
}

async function writeAndFlush(file: string, data: Uint8Array | string): Promise<void> {
  const handle = await fs.open(file, 'wx');
  try {
    await handle.writeFile(data);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function renameOver(from: string, to: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await fs.rename(from, to);
    } catch (error) {
      const held = ['EPERM', 'EACCES', 'EBUSY'].includes(codeOf(error));
      if (!held || attempt === renameAttempts) throw error;
      await pause(renamePauseMs * attempt);
    }
  }
}

/** Makes the new name itself durable. Windows and some network drives refuse to flush a folder: then nothing is lost but that. */
async function flushFolder(folder: string): Promise<void> {
  try {
    const handle = await fs.open(folder, constants.O_RDONLY);
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch {
    return;
  }
}

async function sweep(folder: string): Promise<void> {
  for (const name of await fs.readdir(folder)) {
    const pid = temporaryName.exec(name)?.[1];
    if (pid === undefined) continue;
    const file = path.resolve(folder, name);
    // A container's processes often get the id of the one killed before them: one's own id is no proof of life.
    const alive = Number(pid) === process.pid ? inUse.has(file) : isAlive(Number(pid));
    if (!alive) await fs.rm(file, { force: true }).catch(() => undefined);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

function outputError(what: string, folder: string, error: unknown): OutputError {
  return new OutputError(`${what}: ${writeProblem(error, folder)}`, { cause: error });
}

function writeProblem(error: unknown, folder: string): string {
  switch (codeOf(error)) {
    case 'EACCES':
    case 'EPERM':
      return `permission denied${asUser()}; make ${folder} writable or choose another folder`;
    case 'EROFS':
      return 'the disk is mounted read-only; choose another folder';
    case 'ENOSPC':
      return 'the disk is full; free some space or choose a folder on another disk. What was there before is unchanged';
    case 'EDQUOT':
      return 'the disk quota is used up; free some space or choose another disk. What was there before is unchanged';
    case 'EEXIST':
    case 'ENOTDIR':
      return 'a file is in the place of a folder; move it away or choose another folder';
    case 'EISDIR':
    case 'ENOTEMPTY':
      return 'a folder is in its place; move it away or choose another name';
    case 'ENOENT':
      return `the folder ${folder} does not exist; create it first`;
    case 'ENAMETOOLONG':
      return 'the name is too long for this system; choose a shorter one';
    default:
      return messageOf(error);
  }
}

function readProblem(error: unknown): string {
  switch (codeOf(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'no such file; check the path';
    case 'EISDIR':
      return 'it is a folder; name a file in it';
    case 'EACCES':
    case 'EPERM':
      return `permission denied${asUser()}; make it readable`;
    default:
      return messageOf(error);
  }
}

/** By number: in a container the user often has no name. Windows has no such number. */
function asUser(): string {
  return process.geteuid === undefined ? '' : ` for user id ${process.geteuid()}`;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** What an error says, whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
