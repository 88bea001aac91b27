// What was measured when `auto` chose a device, kept in the user's cache folder, so that the next run of the same kind need not
// measure again. A file that is not there, or cannot be read or written, only costs another measurement.
import { createHash, randomBytes } from 'node:crypto';
import { promises as fs } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { name } from '../manifest.js';
import type { Device } from '../training/options.js';

/** How long a step took on a device, or that it took longer than so much; neither: it could not be taken there. */
export interface StepTime {
  readonly device: Device;
  readonly milliseconds?: number;
  readonly over?: number;
}

/** What was measured, and on which day. */
export interface Decision {
  readonly date: string;
  readonly times: readonly StepTime[];
}

/** Decisions kept: the newest. */
const most = 200;

/**
 * The folder of what may be deleted at any time: `EVOS_CACHE`, or `evos` in the system's own, which on Linux is `XDG_CACHE_HOME` or
 * `~/.cache`.
 */
export function cacheFolder(
  env: Readonly<Record<string, string | undefined>> = process.env,
  platform: NodeJS.Platform = process.platform,
  home: string = os.homedir(),
): string {
  const { EVOS_CACHE: own = '', XDG_CACHE_HOME: xdg = '', LOCALAPPDATA: local = '' } = env;
  if (own !== '') return path.resolve(own);
  // The standard says to pass over a path that is not absolute.
  if (path.isAbsolute(xdg)) return path.join(xdg, name);
  if (platform === 'win32' && local !== '') return path.join(local, name, 'Cache');
  if (platform === 'darwin') return path.join(home, 'Library', 'Caches', name);
  return path.join(home, '.cache', name);
}

/** The file of decisions. */
export const decisionFile = (): string => path.join(cacheFolder(), 'devices.json');

/** A name for everything that a decision depends on. */
export const decisionKey = (of: unknown): string =>
  createHash('sha256').update(JSON.stringify(of)).digest('hex');

/** What was decided before; undefined: nothing, or nobody can read it. */
export async function recall(file: string, key: string): Promise<Decision | undefined> {
  return (await readAll(file)).get(key);
}

/** Keeps a decision. Where that cannot be, the next run measures again. */
export async function remember(file: string, key: string, decision: Decision): Promise<void> {
  const folder = path.dirname(file);
  const temporary = path.join(folder, `.evos-tmp-${process.pid}-${randomBytes(6).toString('hex')}`);
  try {
    await fs.mkdir(folder, { recursive: true });
    const all = await readAll(file);
    all.delete(key);
    all.set(key, decision);
    const kept = [...all].slice(-most);
    await fs.writeFile(temporary, JSON.stringify(Object.fromEntries(kept), undefined, 1), { flag: 'wx' });
    await fs.rename(temporary, file);
  } catch {
    await fs.rm(temporary, { force: true }).catch(() => undefined);
  }
}

async function readAll(file: string): Promise<Map<string, Decision>> {
  try {
    const content: unknown = JSON.parse(await fs.readFile(file, 'utf8'));
    return new Map(Object.entries(content as object).filter(isDecision));
  } catch {
    return new Map();
  }
}

function isDecision(entry: [string, unknown]): entry is [string, Decision] {
  const { date, times } = Object(entry[1]) as { readonly date?: unknown; readonly times?: unknown };
  return typeof date === 'string' && Array.isArray(times) && times.length > 0 && times.every(isTime);
}

function isTime(value: unknown): value is StepTime {
  const { device, milliseconds, over } = Object(value) as Readonly<Record<string, unknown>>;
  const fits = (time: unknown): boolean => time === undefined || (typeof time === 'number' && time > 0);
  return typeof device === 'string' && fits(milliseconds) && fits(over);
}
