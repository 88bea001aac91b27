// Which folder a run writes to. Hours of training must not be lost to a command typed twice: a folder that holds a
// run is left alone unless the caller says otherwise.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { OutputError } from '../../core/errors.js';
import { readCheckpointSettings } from './checkpoint.js';
import { runFiles } from './file-list.js';

export { compareFiles, runFiles } from './file-list.js';

/** What a new run begins with, whole, on its way to take the place of an earlier run; see run-folder.ts. */
export const nextName = '.evos-next';

/** What the run in a folder fits, by its checkpoint or its metrics; undefined where neither says so. */
export async function kindOfRun(folder: string): Promise<string | undefined> {
  const { kind } = (await readCheckpointSettings(path.join(folder, runFiles.checkpoint))) ?? {};
  if (typeof kind === 'string') return kind;
  try {
    const metrics: unknown = JSON.parse(await readFile(path.join(folder, runFiles.metrics), 'utf8'));
    if (typeof metrics !== 'object' || metrics === null || !('kind' in metrics)) return undefined;
    return typeof metrics.kind === 'string' ? metrics.kind : undefined;
  } catch {
    return undefined;
  }
}

/** What an input is called, as the name of a folder: nothing that a terminal obeys or a path means otherwise. */
export function folderName(name: string): string {
  const safe = name.replace(/[\p{Cc}/\\]/gu, '-');
  return /^\.*$/.test(safe) ? 'run' : safe;
}

/** Whether a folder holds a run, finished or not. */
export function holdsRun(folder: string): boolean {
  return [runFiles.checkpoint, runFiles.metrics, nextName].some((name) =>
    existsSync(path.join(folder, name)),
  );
}

/** The error for a folder that must not be written over. */
export function usedFolder(folder: string, resume: string): OutputError {
  return new OutputError(
    `${folder} already holds a run, and would lose it: go on with it (${resume}), write to another folder (--out), ` +
      'or say --overwrite',
  );
}
