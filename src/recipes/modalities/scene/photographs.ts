// Which photographs a run was started with: they stay where they are, and may have been changed by the time it goes on.
import { createHash } from 'node:crypto';
import { inParallel } from '../../../nerf/in-parallel.js';
import type { View } from '../../../nerf/index.js';
import { readBytes } from '../../runs/files.js';

/** The beginning of each photograph's SHA-256, its mask included, by the view's name. */
export type PhotographDigests = Readonly<Record<string, string>>;

const atOnce = 4;
const characters = 16;

/** Reads every photograph once. @throws InputError for one that cannot be read */
export async function photographDigests(views: readonly View[]): Promise<PhotographDigests> {
  const entries = await inParallel(views, atOnce, async ({ name, file, mask }) => {
    const hash = createHash('sha256');
    for (const each of [file, mask?.file]) if (each !== undefined) hash.update(await readBytes(each));
    return [name, hash.digest('hex').slice(0, characters)] as const;
  });
  return Object.fromEntries(entries);
}

/**
 * The first photograph that is not as it was.
 * @param before as a checkpoint has it
 */
export function changedPhotograph(before: unknown, now: PhotographDigests): string | undefined {
  const known: Readonly<Record<string, unknown>> =
    typeof before === 'object' && before !== null ? { ...before } : {};
  return Object.keys(now).find((name) => known[name] !== now[name]);
}
