// Reads LLFF's poses_bounds.npy: for each photograph, in the order of their names, a 3×5 matrix and two depths. The matrix
// is camera to world with the camera's axes down, right and backwards; its last column is height, width, focal length.
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { firstLine } from '../../core/check.js';
import { InputError } from '../../core/errors.js';
import { createIntrinsics } from '../cameras/intrinsics.js';
import type { ListedScene } from './transforms.js';
import { parseNpy } from './npy.js';
import type { ListedView } from './photographs.js';
import { rigidPose } from '../cameras/pose.js';
import { blaming, kindOf, nameInScene, readSceneFile } from './scene-files.js';

/**
 * Reads poses_bounds.npy and the names of the photographs.
 * @param images the folder of the photographs, absolute; by default `images`, else the largest of `images_2`, `images_4`, …
 * @throws InputError for an array of another shape, numbers that are not finite, poses that cannot be, or photographs
 *   that are not as many as poses: the file does not name them, so none can be missing
 */
export async function readLlff(
  folder: string,
  file: string,
  images: string | undefined,
): Promise<ListedScene> {
  const expected = 'poses_bounds.npy with N rows of 17 numbers, as LLFF writes it';
  const { shape, data } = parseNpy(await readSceneFile(file, expected), file);
  const [count = 0, width] = shape;
  if (shape.length !== 2 || width !== 17 || count < 1) {
    throw new InputError(`${file}: got an array of shape (${shape.join(', ')}); expected ${expected}`);
  }
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new InputError(
      `${file}: row ${Math.floor(bad / 17) + 1}, number ${(bad % 17) + 1} is ${data[bad]}; expected finite numbers`,
    );
  }
  const from = images ?? (await imagesFolder(folder));
  if (from === undefined) {
    throw new InputError(
      `${folder}: got no folder of photographs; expected images, images_2, images_4 or images_8 in it`,
    );
  }
  const photographs = await picturesIn(from);
  if (photographs.length !== count) {
    throw new InputError(
      `${file}: got ${count} poses for the ${photographs.length} photographs in ${from}; expected as many of both, ` +
        'since poses belong to photographs by the order of their names; bring the missing ones back, or make it anew',
    );
  }
  let [near, far] = [Infinity, 0];
  const entries = photographs.map((photograph, i): ListedView => {
    const row = data.subarray(17 * i, 17 * (i + 1));
    near = Math.min(near, row[15]!);
    far = Math.max(far, row[16]!);
    const where = `${file}: row ${i + 1}`;
    const pose = rigidPose(poseOf(row));
    if (typeof pose === 'string') throw new InputError(`${where}: its pose ${pose}`);
    const size = { width: row[9]!, height: row[4]! };
    const make = () => blaming(where, () => createIntrinsics({ ...size, fx: row[14]! }));
    make();
    const name = nameInScene(folder, photograph);
    return { name, path: photograph, where, lens: { size, make }, ...pose, split: undefined };
  });
  if (!(near > 0 && far > near)) {
    throw new InputError(
      `${file}: got depths from ${near} to ${far}; expected 0 < near < far in the last two numbers`,
    );
  }
  return { entries, hint: { kind: 'depths', near, far }, warnings: [] };
}

/** Down, right, backwards (rows of 5) to right, up, backwards (column by column). */
function poseOf(row: Float64Array): Float64Array {
  const pose = new Float64Array(16);
  for (let axis = 0; axis < 3; axis++) {
    const at = 5 * axis;
    pose[axis] = row[at + 1]!;
    pose[4 + axis] = 0 - row[at]!;
    pose[8 + axis] = row[at + 2]!;
    pose[12 + axis] = row[at + 3]!;
  }
  pose[15] = 1;
  return pose;
}

/** The folder with the photographs in their full size, else the least reduced one, absolute. */
export async function imagesFolder(folder: string): Promise<string | undefined> {
  for (const name of ['images', 'images_2', 'images_4', 'images_8']) {
    if ((await kindOf(path.join(folder, name))) === 'folder') return path.join(folder, name);
  }
  return undefined;
}

/** Pictures of a folder, sorted as LLFF sorts them: by character codes, not by the value of digits. */
async function picturesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    const got = `${folder}: cannot be read (${firstLine(error)})`;
    throw new InputError(`${got}; expected a folder of photographs`, { cause: error });
  });
  const pictures = names.filter(
    (name) => /\.(png|jpe?g|webp|avif|tiff?)$/i.test(name) && !name.startsWith('.'),
  );
  return pictures.sort((a, b) => (a < b ? -1 : 1)).map((name) => path.join(folder, name));
}
