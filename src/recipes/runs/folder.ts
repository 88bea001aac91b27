// Which folder a run writes to. Hours of training must not be lost to a command typed twice: a folder that holds a
// run is left alone unless the caller says otherwise.
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { OutputError } from '../../core/index.js';
import { readCheckpointSettings } from './checkpoint.js';
import { prepareFolder } from './files.js';

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
export const compareFiles = { report: 'compare.html', table: 'compare.csv', data: 'compare.json' } as const;

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

/** Whether a folder holds a run, finished or not. */
export function holdsRun(folder: string): boolean {
  return [runFiles.checkpoint, runFiles.metrics].some((name) => existsSync(path.join(folder, name)));
}

/** The first of `base`, `base-2`, `base-3`, … for which `used` is false. */
export function freeFolder(base: string, used: (folder: string) => boolean): string {
  let folder = base;
  for (let i = 2; used(folder); i++) folder = `${base}-${i}`;
  return folder;
}

/**
 * Makes a run's folder ready.
 * @param overwrite removes the files of a run that is there already
 * @param leaves what runs of any modality leave: the run before may have been of another
 * @throws OutputError when the folder cannot be written to, or holds a run that is not to be overwritten.
 */
export async function prepareRunFolder(
  folder: string,
  overwrite: boolean,
  leaves: () => Promise<readonly string[]>,
): Promise<void> {
  if (holdsRun(folder)) {
    if (!overwrite) throw usedFolder(folder, `evos fit --resume ${folder}`);
    // The metrics go first: they are what says that a run is complete.
    for (const name of new Set([runFiles.metrics, ...Object.values(runFiles), ...(await leaves())]))
      await rm(path.join(folder, name), { force: true, recursive: true });
  }
  await prepareFolder(folder);
}

/** The error for a folder that must not be written over. */
export function usedFolder(folder: string, resume: string): OutputError {
  return new OutputError(
    `${folder} already holds a run, and would lose it: go on with it (${resume}), write to another folder (--out), ` +
      'or say --overwrite',
  );
}
