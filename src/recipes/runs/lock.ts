// One process writes into a run's folder at a time. A lock file says which; it is made in one step that fails when there is
// one, and one whose process has ended is taken over.
import { randomBytes } from 'node:crypto';
import { promises as fs, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { OutputError } from '../../core/errors.js';
import { codeOf, createWhole, isAlive, outputError } from './files.js';

const lockName = '.evos-lock';
/** Where the disk has no links a lock without content is being written, unless it is older than this: its writer was killed. */
const writingMs = 10_000;
/** How often a lock is fought for: others may take over the same stale one. */
const attempts = 20;

/** Who has a lock. */
export interface Holder {
  readonly pid: number;
  readonly host: string;
  /** When the process began, as far as that can be told: numbers of processes come again. */
  readonly birth: string;
  /** Tells one locking from another. */
  readonly token: string;
}

/** A lock that this process has. */
export class Lock {
  readonly #file: string;
  readonly #token: string;

  constructor(file: string, token: string) {
    this.#file = file;
    this.#token = token;
  }

  /** Gives it back. One that somebody has removed, or taken over, is let be. */
  async release(): Promise<void> {
    const held = await readHolder(this.#file).catch(() => undefined);
    if (held !== undefined && held !== 'unknown' && held.token === this.#token) {
      await fs.rm(this.#file, { force: true }).catch(() => undefined);
    }
  }
}

/** The error for a folder that another process writes into. */
export class LockedError extends OutputError {
  override readonly name: string = 'LockedError';
}

/**
 * Locks a folder, which must be there.
 * @throws LockedError where a process that lives has it; OutputError when the lock cannot be written
 */
export async function lockFolder(folder: string): Promise<Lock> {
  const file = path.join(folder, lockName);
  const token = randomBytes(12).toString('hex');
  const own: Holder = { pid: process.pid, host: hostname(), birth: birthOf(process.pid) ?? '', token };
  let held: Holder | 'unknown' | undefined;
  try {
    for (let attempt = 1; attempt <= attempts; attempt++) {
      if (await createWhole(file, `${JSON.stringify(own)}\n`)) return new Lock(file, token);
      held = await readHolder(file);
      if (held === undefined) continue;
      if (!(await isStale(file, held))) break;
      await takeAway(file, held);
    }
  } catch (error) {
    throw outputError(`cannot lock the folder ${folder}`, folder, error);
  }
  throw new LockedError(`${folder} is being written to by ${describe(held, file)}`);
}

/**
 * Takes away the lock of a process that has ended, where nobody is about to write; that of a process that lives is let be.
 * @throws OutputError when it cannot be removed
 */
export async function removeStaleLock(folder: string): Promise<void> {
  const file = path.join(folder, lockName);
  try {
    const held = await readHolder(file);
    if (held !== undefined && (await isStale(file, held))) await takeAway(file, held);
  } catch (error) {
    throw outputError(`cannot remove the lock of ${folder}`, folder, error);
  }
}

/**
 * Passes on the events of work that locks folders; the locks end with it.
 * @param work is given what locks a folder
 */
export async function* withLocks<Event>(
  work: (lock: (folder: string) => Promise<void>) => AsyncGenerator<Event, void, undefined>,
): AsyncGenerator<Event, void, undefined> {
  const locks: Lock[] = [];
  try {
    yield* work(async (folder) => void locks.push(await lockFolder(folder)));
  } finally {
    for (const lock of locks) await lock.release();
  }
}

function describe(held: Holder | 'unknown' | undefined, file: string): string {
  const other = 'write to another folder (--out)';
  if (held === undefined || held === 'unknown') {
    return `another process, which ${file} does not name; wait for its end, or ${other}`;
  }
  if (held.host === hostname()) {
    return `process ${held.pid}, a run that has not ended; wait for it or end it, or ${other}`;
  }
  return `process ${held.pid} on ${held.host}; wait for its end (if it has ended, delete ${file}), or ${other}`;
}

/** @returns undefined where there is no lock; `unknown` where it does not say whose it is */
async function readHolder(file: string): Promise<Holder | 'unknown' | undefined> {
  let text: string;
  try {
    text = await fs.readFile(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const found = JSON.parse(text) as Partial<Holder> | null;
    const { pid = 0, host = '', birth = '', token = '' } = found ?? {};
    const known = Number.isSafeInteger(pid) && pid > 0 && token !== '';
    return known && [host, birth, token].every((each) => typeof each === 'string')
      ? { pid, host, birth, token }
      : 'unknown';
  } catch {
    return 'unknown';
  }
}

async function isStale(file: string, held: Holder | 'unknown'): Promise<boolean> {
  if (held === 'unknown') {
    const found = await fs.stat(file).catch(() => undefined);
    return found !== undefined && Date.now() - found.mtimeMs > writingMs;
  }
  // Nothing is known of the processes of another machine.
  if (held.host !== hostname()) return false;
  if (!isAlive(held.pid)) return true;
  const birth = birthOf(held.pid);
  return birth === undefined || (birth !== '' && held.birth !== '' && birth !== held.birth);
}

/** Removes a stale lock. Where another was faster and has locked meanwhile, its lock is put back. */
async function takeAway(file: string, held: Holder | 'unknown'): Promise<void> {
  const aside = `${file}-${randomBytes(6).toString('hex')}`;
  try {
    await fs.rename(file, aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  const moved = await readHolder(aside);
  const same =
    moved === 'unknown' || moved === undefined || held === 'unknown'
      ? moved === held
      : moved.token === held.token;
  if (!same) await fs.link(aside, file).catch(() => undefined);
  await fs.rm(aside, { force: true });
}

/**
 * When a process began, in ticks since the machine did; '' where the system does not tell.
 * @returns undefined for a process that has ended and only waits for its parent to notice
 */
function birthOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in brackets may hold anything. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
    const [state = '', ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return ['Z', 'X'].includes(state) ? undefined : (fields[18] ?? '');
  } catch {
    return '';
  }
}
