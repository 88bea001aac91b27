// Which folder a run writes to. Hours of training must not be lost to a command typed twice: a folder that holds a
// run is left alone unless the caller says otherwise.
import { existsSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { OutputError } from '../../core/index.js';
// Not through the room's entry, which brings three with it: every command needs this.
import { readableFormats } from '../../sdf/files/load.js';
import { prepareFolder } from './files.js';

/** Names of the files inside the folder of an image's run. */
export const runFiles = {
  /** What was trained on, after crop and resize. */
  target: 'target.png',
  /** All that going on needs. */
  checkpoint: 'checkpoint.safetensors',
  model: 'model.onnx',
  reconstruction: 'reconstruction.png',
  selection: 'selection.png',
  report: 'report.html',
  /** Written last: when it is there, the others are. */
  metrics: 'metrics.json',
} as const;

/** Names of the files inside the folder of a mesh's run. */
export const meshFiles = {
  /** What was trained on, in the frame and units of the original. */
  target: 'target.ply',
  checkpoint: runFiles.checkpoint,
  model: runFiles.model,
  mesh: 'mesh.glb',
  /** Original, fitted, error. */
  preview: 'preview.png',
  selection: runFiles.selection,
  report: runFiles.report,
  metrics: runFiles.metrics,
} as const;

/** Names of the files inside the folder of a scene's run. */
export const sceneFiles = {
  /** Cameras, space and background: what is needed beside the checkpoint to go on or to render without photographs. */
  scene: 'scene.json',
  checkpoint: runFiles.checkpoint,
  model: runFiles.model,
  /** A folder: each held-out photograph beside its rendering, and depths. */
  renders: 'renders',
  turntable: 'turntable.webp',
  selection: runFiles.selection,
  report: runFiles.report,
  metrics: runFiles.metrics,
} as const;

/** What a run fits. */
export type RunKind = 'image' | 'mesh' | 'scene';

/** What the run in a folder fits, by what it was trained on; undefined when neither is there. */
export function kindOfRun(folder: string): RunKind | undefined {
  if (existsSync(path.join(folder, meshFiles.target))) return 'mesh';
  if (existsSync(path.join(folder, sceneFiles.scene))) return 'scene';
  return existsSync(path.join(folder, runFiles.target)) ? 'image' : undefined;
}

/** Extensions of files that stand for a whole scene; otherwise it is a folder. */
export const sceneExtensions = ['.json', '.npy', '.bin', '.txt'];

/** What an input is, by its extension: a mesh, a scene, or what else there is, a picture. A folder is a scene. */
export function kindOfInput(file: string): RunKind {
  const extension = path.extname(file).slice(1).toLowerCase();
  if (sceneExtensions.includes(`.${extension}`)) return 'scene';
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === true) return 'scene';
  return readableFormats.some((format) => format === extension) ? 'mesh' : 'image';
}

/** Names of the files inside a comparison's folder, beside one folder per strategy. */
export const compareFiles = { report: 'compare.html', table: 'compare.csv', data: 'compare.json' } as const;

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
 * @param overwrite remove the files of a run that is there already.
 * @throws OutputError when the folder cannot be written to, or holds a run that is not to be overwritten.
 */
export async function prepareRunFolder(folder: string, overwrite: boolean): Promise<void> {
  if (holdsRun(folder)) {
    if (!overwrite) throw usedFolder(folder, `evos fit --resume ${folder}`);
    // The figures go first: they are what says that a run is complete. Of every kind: what was fitted there before may
    // have been another.
    const files = [sceneFiles, meshFiles, runFiles].flatMap((each) => Object.values(each));
    for (const name of new Set(files.reverse()))
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

/** The settings among a run's options, without its places. */
export function settingsOf(options: object): Record<string, unknown> {
  const places = new Set(['input', 'out', 'overwrite']);
  return Object.fromEntries(Object.entries(options).filter(([name]) => !places.has(name)));
}
