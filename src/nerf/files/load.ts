// Reads a folder as a scene: detects which of the usual formats it is.
import path from 'node:path';
import { InputError } from '../../core/index.js';
import { sceneExtent } from '../extent.js';
import { readColmap } from './colmap.js';
import { readLlff } from './llff.js';
import { readTransforms, type ListedScene } from './transforms.js';
import { findPhotographs } from './photographs.js';
import type { Scene, SceneFormat, Split } from '../scene.js';
import { kindOf, pathInScene } from './scene-files.js';

/** What may be said about a scene's files. */
export interface LoadSceneOptions {
  /**
   * The folder of the photographs, inside the scene's, for LLFF and COLMAP: `images_4` for a set that was scaled down.
   * Default: `images`.
   */
  readonly images?: string;
}

/**
 * Reads a scene.
 *
 * In a folder the first of these is taken: `transforms_train.json` and its like (the Blender sets), `transforms.json`
 * (instant-ngp, nerfstudio), `poses_bounds.npy` (LLFF), and COLMAP's sparse model, binary before text, in `sparse/0`,
 * `sparse`, `colmap/sparse/0` or the folder itself. A file chooses for itself. The world's frame and units stay the
 * file's. No pixels are read yet, only the pictures' headers.
 *
 * Masks are nerfstudio's (`mask_path`), instant-ngp's (`dynamic_mask_NAME.png` beside the photograph) and, with COLMAP's
 * models, those in `masks` beside the photographs' folder: `masks/NAME.jpg.png`, else `masks/NAME.png`, whose black pixels
 * are left out. Photographs that lack theirs count whole, and `warnings` says how many.
 *
 * Photographs that are listed but missing are left out and named in `missing` and `warnings`; the rest goes on if it is a
 * quarter of the list and at least three.
 *
 * @param folderOrFile a scene's folder, or its transforms.json, poses_bounds.npy, or a cameras or images file of COLMAP
 * @returns a scene that belongs to the caller; near, far and bounds as `sceneExtent` says
 * @throws InputError naming the file: no scene, bad JSON, a singular or mirrored pose, numbers that are not finite, paths
 *   outside the folder, too few photographs, sizes that do not agree, unsupported cameras
 */
export async function loadScene(folderOrFile: string, options: LoadSceneOptions = {}): Promise<Scene> {
  const found = await recognise(path.resolve(folderOrFile), options);
  const { format, folder, described } = found;
  const { entries, hint, warnings } = await found.read();
  const photographs = await findPhotographs(entries, described);
  const { extent, warnings: odd } = sceneExtent(photographs.views, hint, photographs.hasAlpha);
  return {
    ...{ format, folder, listed: entries.length },
    ...photographs,
    ...extent,
    warnings: [...warnings, ...photographs.warnings, ...odd],
  };
}

/**
 * Whether a folder or file is a scene by its name, or by the names in it: what {@link loadScene} would begin to read. What
 * the files hold is not looked at.
 */
export async function isScene(folderOrFile: string): Promise<boolean> {
  try {
    await recognise(path.resolve(folderOrFile), {});
    return true;
  } catch (error) {
    if (error instanceof InputError) return false;
    throw error;
  }
}

interface Recognised {
  readonly format: SceneFormat;
  /** Absolute. */
  readonly folder: string;
  /** For messages about the whole. */
  readonly described: string;
  readonly read: () => Promise<ListedScene>;
}

const splits: readonly Split[] = ['train', 'val', 'test'];

async function recognise(target: string, options: LoadSceneOptions): Promise<Recognised> {
  const kind = await kindOf(target);
  if (kind === undefined) {
    throw new InputError(`${target}: no such file or folder; expected a scene; check the path`);
  }
  return kind === 'file' ? recogniseFile(target, options) : recogniseFolder(target, options);
}

function recogniseFile(file: string, options: LoadSceneOptions): Recognised {
  const name = path.basename(file);
  const folder = path.dirname(file);
  if (name.endsWith('.json')) {
    const split = splits.find((one) => name === `transforms_${one}.json`);
    return transforms(folder, [{ file, split }], file);
  }
  if (name.endsWith('.npy')) return llff(folder, file, options);
  const colmap = /^(?:cameras|images|points3D)\.(bin|txt)$/.exec(name);
  if (colmap !== null) return sparse(sceneOfModel(folder), folder, colmap[1] === 'bin', options);
  throw new InputError(
    `${file}: not a scene that is known by its name; expected a folder, a .json, poses_bounds.npy, or a file of COLMAP's model`,
  );
}

async function recogniseFolder(folder: string, options: LoadSceneOptions): Promise<Recognised> {
  const is = async (...names: string[]): Promise<boolean> =>
    (await kindOf(path.join(folder, ...names))) === 'file';
  const parts = [];
  for (const split of splits) {
    const file = path.join(folder, `transforms_${split}.json`);
    if ((await kindOf(file)) === 'file') parts.push({ file, split });
  }
  if (parts.length > 0) return transforms(folder, parts, folder);
  if (await is('transforms.json')) {
    const file = path.join(folder, 'transforms.json');
    return transforms(folder, [{ file, split: undefined }], file);
  }
  if (await is('poses_bounds.npy')) return llff(folder, path.join(folder, 'poses_bounds.npy'), options);
  for (const place of ['sparse/0', 'sparse', 'colmap/sparse/0', '.']) {
    for (const binary of [true, false]) {
      if (!(await is(place, binary ? 'cameras.bin' : 'cameras.txt'))) continue;
      const scene = place === '.' ? sceneOfModel(folder) : folder;
      return sparse(scene, path.join(folder, place), binary, options);
    }
  }
  throw new InputError(
    `${folder}: got no scene; expected transforms.json, transforms_train.json, poses_bounds.npy, or COLMAP's ` +
      'sparse/0/cameras.bin or .txt in it; name the folder that holds one of them',
  );
}

/** A model by itself, named directly, belongs to the folder above `sparse` or `sparse/0`. */
function sceneOfModel(model: string): string {
  const parts = model.split(path.sep);
  const at = parts.lastIndexOf('sparse');
  return at > 0 && at >= parts.length - 2 ? parts.slice(0, at).join(path.sep) || path.sep : model;
}

function transforms(
  folder: string,
  files: readonly { readonly file: string; readonly split: Split | undefined }[],
  described: string,
): Recognised {
  const format = files.some(({ split }) => split !== undefined) ? 'blender' : 'transforms';
  return { format, folder, described, read: () => readTransforms(folder, files) };
}

function llff(folder: string, file: string, { images }: LoadSceneOptions): Recognised {
  const at = images === undefined ? undefined : pathInScene(folder, images, 'the setting images');
  return { format: 'llff', folder, described: file, read: () => readLlff(folder, file, at) };
}

function sparse(folder: string, model: string, binary: boolean, options: LoadSceneOptions): Recognised {
  const images = pathInScene(folder, options.images ?? 'images', 'the setting images');
  return {
    ...{ format: binary ? 'colmap-binary' : 'colmap-text', folder, described: model },
    read: () => readColmap(folder, model, binary, images),
  };
}
