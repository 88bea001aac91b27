// Reading and writing files so that a run can be killed at any moment: a file is either the old one or the
// new one, whole, never half of it. New content goes to a temporary file beside the target, is flushed to
// the disk, and takes the target's name in one step.
import { randomBytes } from 'node:crypto';
import { constants, promises as fs } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { InputError, OutputError } from '../../core/errors.js';

/** Temporary files are named `.evos-tmp-<process id>-<random>`; the id tells whether their writer still lives. */
const temporaryName = /^\.evos-tmp-(\d+)-[0-9a-f]+$/;

/** What a file may be written from. */
type Content = Uint8Array | string | readonly Uint8Array[];

/** Temporary files this process is writing now: the sweep must not take them for left-overs. */
const inUse = new Set<string>();

/** A virus scanner or viewer may hold the old file open for a moment (Windows): try the rename so often. */
const renameAttempts = 6;
const renamePauseMs = 40;

/**
 * Writes a file whole or not at all: until the last step the old file, if any, stays as it was, and whoever reads
 * meanwhile sees one or the other. Both content and name are flushed to the disk where the system allows it.
 *
 * A link is followed: the file that it names is replaced. What takes bytes as they come, a character device or a FIFO, is
 * written into.
 * @param data bytes, pieces of them that follow one another, or text to write as UTF-8; not kept.
 * @throws OutputError naming the file, the cause and what to do; the temporary file is removed.
 */
export async function writeWhole(file: string, data: Content): Promise<void> {
  let folder = path.dirname(file);
  let temporary: string | undefined;
  try {
    const { target, stream } = await whereTo(file);
    if (stream) return await writeInto(target, data);
    folder = path.dirname(target);
    temporary = temporaryIn(folder);
    await writeAndFlush(temporary, data);
    await renameOver(temporary, target);
  } catch (error) {
    if (temporary !== undefined) await fs.rm(temporary, { force: true }).catch(() => undefined);
    throw outputError(`cannot write ${file}`, folder, error);
  } finally {
    if (temporary !== undefined) inUse.delete(temporary);
  }
  await flushFolder(folder);
}

/** Makes the folder of a file ready, see `prepareFolder`; what is written into as it stands needs no folder. */
export async function prepareOutput(file: string): Promise<void> {
  const { stream, target } = await whereTo(file).catch((error: unknown) => {
    throw outputError(`cannot write ${file}`, path.dirname(file), error);
  });
  if (!stream) await prepareFolder(path.dirname(target));
}

/**
 * Makes a folder ready to be written to: creates it with its parents, proves that files can be written there, and removes
 * temporary files that a killed process left behind.
 *
 * The proof is a file really written and removed. Permission bits would not do: they do not bind the superuser,
 * and say nothing of read-only mounts.
 * @returns whether the folder was made
 * @throws OutputError naming the folder, the cause and what to do.
 */
export async function prepareFolder(folder: string): Promise<boolean> {
  let made: boolean;
  try {
    made = await makeFolder(folder);
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
  return made;
}

/**
 * Reads a file.
 * @returns its bytes, the caller's to keep.
 * @throws InputError naming the file and the cause.
 */
export async function readBytes(file: string): Promise<Uint8Array<ArrayBuffer>> {
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

/** Most links behind one another, as systems have it. */
const mostLinks = 40;

/** What a name stands for: the file at the end of its links, and whether that takes bytes as they come. */
async function whereTo(file: string): Promise<{ readonly target: string; readonly stream: boolean }> {
  let target = path.resolve(file);
  for (let links = 0; links <= mostLinks; links++) {
    const found = await statusOf(target);
    if (found === undefined || found.isFile()) return { target, stream: false };
    if (found.isCharacterDevice() || found.isFIFO()) return { target, stream: true };
    if (!found.isSymbolicLink()) {
      const what = found.isDirectory() ? 'folder' : found.isSocket() ? 'socket' : 'device';
      throw new Error(`a ${what} is in its place; move it away or choose another name`);
    }
    target = path.resolve(path.dirname(target), await fs.readlink(target));
  }
  throw new Error('it is a link that leads back to itself; remove it or choose another name');
}

/** What is at a path, as far as anybody here asks. */
export interface FileStatus {
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
  isCharacterDevice(): boolean;
  isFIFO(): boolean;
  isSocket(): boolean;
}

/** What is at a path, links not followed; undefined where nothing is, or nothing can be: a name may be too long for the system. */
export async function statusOf(file: string): Promise<FileStatus | undefined> {
  try {
    return await fs.lstat(file);
  } catch (error) {
    if (['ENOENT', 'ENAMETOOLONG'].includes(codeOf(error))) return undefined;
    throw error;
  }
}

/** Makes a folder with its parents, one by one: where the system makes none, as in /proc, Node's own way does not end. */
async function makeFolder(folder: string): Promise<boolean> {
  const missing: string[] = [];
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    const found = await fs.stat(at).catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    });
    if (found?.isDirectory() === true) break;
    if (found !== undefined)
      throw new Error('a file is in the place of a folder; move it away or choose another folder');
    missing.unshift(at);
  }
  for (const each of missing) {
    try {
      await fs.mkdir(each);
    } catch (error) {
      const found = await fs.stat(each).catch(() => undefined);
      if (found?.isDirectory() === true) continue;
      if (codeOf(error) !== 'ENOENT') throw error;
      throw new Error(`${path.dirname(each)} takes no folders; choose another folder`, { cause: error });
    }
  }
  return missing.length > 0;
}

/** Piece after piece: a handle goes on where it has got to. */
async function writeTo(handle: FileHandle, data: Content): Promise<void> {
  const pieces = typeof data === 'string' || data instanceof Uint8Array ? [data] : data;
  for (const piece of pieces) await handle.writeFile(piece);
}

async function writeInto(file: string, data: Content): Promise<void> {
  const handle = await fs.open(file, constants.O_WRONLY);
  try {
    await writeTo(handle, data);
  } finally {
    await handle.close();
  }
}

function temporaryIn(folder: string): string {
  const name = `.evos-tmp-${process.pid}-${randomBytes(6).toString('hex')}`;
  const file = path.resolve(folder, name);
  inUse.add(file);
  return file;
}

async function writeAndFlush(file: string, data: Content): Promise<void> {
  const handle = await fs.open(file, 'wx');
  try {
    await writeTo(handle, data);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Makes a file that is not there yet, whole or not at all: whoever finds it finds all that it says, even if its writer is killed.
 * @returns false where it is there already
 * @throws a system error
 */
export async function createWhole(file: string, data: string): Promise<boolean> {
  const temporary = temporaryIn(path.dirname(file));
  try {
    await writeAndFlush(temporary, data);
    await fs.link(temporary, file).catch(async (error: unknown) => {
      if (codeOf(error) === 'EEXIST') throw error;
      // Some network drives and memory cards have no links.
      await fs.writeFile(file, data, { flag: 'wx' });
    });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await fs.rm(temporary, { force: true }).catch(() => undefined);
    inUse.delete(temporary);
  }
}

/** Renames; what is there already is replaced. */
export async function renameOver(from: string, to: string): Promise<void> {
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
export async function flushFolder(folder: string): Promise<void> {
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

/** Whether a process runs. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** The error for what could not be written. @param what was to be done */
export function outputError(what: string, folder: string, error: unknown): OutputError {
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

/** A system error's code; '' for any other. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** What an error says, whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
