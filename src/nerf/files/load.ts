// Reads a folder as a scene: detects which of the usual formats it is.
import path from 'node:path';
import { InputError } from '../../core/errors.js';
import { present } from '../../core/present.js';
import { sceneExtent } from '../extent.js';
import { nearOrigin } from '../origin.js';
import type { PhotoScene } from '../scene.js';
import { findPhotographs } from './photographs.js';
import { recognise, type Recognised } from './recognise.js';

/** What may be said about a scene's files. */
export interface LoadSceneOptions {
  /**
   * The folder of the photographs, inside the scene's, for transforms.json, LLFF and COLMAP: `images_4` for a set that was
   * scaled down. Of the paths in transforms.json it takes the place of the first folder. Default: `images`, or as the file says.
   */
  readonly images?: string;
}

/**
 * Reads a scene.
 *
 * In a folder the first of these is taken: `transforms_train.json` and its like (the Blender sets), `transforms.json`
 * (instant-ngp, nerfstudio), COLMAP's sparse model, the largest in `sparse/*`, `sparse`, `colmap/sparse` or the folder
 * itself, binary before text, and `poses_bounds.npy` (LLFF). A file chooses for itself. The world's frame and units stay the
 * file's, except that a far `origin` is taken off. Only the pictures' headers are read yet, and, where they have a channel of
 * alpha, pixels until one is not opaque. docs/scenes.md says what each format's fields come to.
 *
 * Masks are nerfstudio's (`mask_path`), instant-ngp's (`dynamic_mask_NAME.png` beside the photograph) and, with COLMAP's
 * models, those in `masks` beside the photographs' folder: `masks/NAME.jpg.png`, else `masks/NAME.png`, whose black pixels
 * are left out. Photographs that lack theirs count whole, and `warnings` says how many.
 *
 * Photographs that are listed but missing are left out and named in `missing` and `warnings`; the rest goes on if it is a
 * quarter of the list and at least three.
 *
 * @param folderOrFile a scene's folder, or its transforms.json, poses_bounds.npy, or a cameras or images file of COLMAP
 * @returns a scene that belongs to the caller; near, far, bounds and up as `sceneExtent` says
 * @throws InputError naming the file: no scene, bad JSON, a singular or mirrored pose, numbers that are not finite, paths
 *   outside the folder, too few photographs, sizes that do not agree, unsupported cameras
 * @example
 * const { views, warnings } = await loadScene('fox/');
 * for (const warning of warnings) console.warn(warning);
 */
export async function loadScene(folderOrFile: string, options: LoadSceneOptions = {}): Promise<PhotoScene> {
  const found = await recognise(path.resolve(folderOrFile), options);
  if (found.otherwise === undefined) return load(found);
  try {
    return await load(found);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const other = found.otherwise(error.message);
    return load(other).catch((reason: unknown) => {
      throw reason instanceof InputError ? error : reason;
    });
  }
}

/** Beyond this, single precision has no squares of lengths. */
const largest = 1e18;

async function load({ format, folder, described, notes, read }: Recognised): Promise<PhotoScene> {
  const { entries, hint, up, warnings } = await read();
  const photographs = await findPhotographs(entries, described);
  const near = nearOrigin(photographs.views, hint);
  const found = sceneExtent(near.views, near.hint, { hasAlpha: photographs.hasAlpha, ...present({ up }) });
  const { bounds, near: nearest, far, radius } = found.extent;
  if (![...bounds.min, ...bounds.max, nearest, far, radius].every((value) => Math.abs(value) < largest)) {
    throw new InputError(
      `${described}: got cameras or a box whose numbers reach beyond ${largest}; expected a scene in units that suit it; ` +
        'export it again',
    );
  }
  return {
    ...{ format, folder, listed: entries.length },
    ...photographs,
    ...{ views: near.views, origin: near.origin },
    ...found.extent,
    warnings: [...notes, ...warnings, ...photographs.warnings, ...near.warnings, ...found.warnings],
  };
}

/**
 * Whether a folder or file is a scene by its name, or by the names in it: what {@link loadScene} would begin to read. What
 * the files hold is not looked at.
 * @throws never
 * @example
 * if (await isScene('fox/')) console.log('photographs and cameras');
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
