// Reads transforms.json as instant-ngp and nerfstudio write it, and the original Blender sets, which have three such files.
// Poses are camera to world in the axes used here, so they are taken as they are.
import path from 'node:path';
import { InputError } from '../../core/index.js';
import type { ExtentHint } from '../extent.js';
import { Fields, readJson } from './json-fields.js';
import type { ListedView } from './photographs.js';
import { rigidPose } from '../cameras/pose.js';
import type { Mask, Split } from '../scene.js';
import { kindOf, nameInScene, pathInScene } from './scene-files.js';
import { readLens } from './transforms-lens.js';

/** What a loader read of a scene's files. */
export interface ListedScene {
  readonly entries: readonly ListedView[];
  readonly hint: ExtentHint;
  readonly warnings: readonly string[];
}

const expected = 'a transforms.json with frames, as instant-ngp, nerfstudio or the Blender sets have it';

/**
 * Reads one or more transforms files.
 *
 * @param folder absolute; the paths in the files are relative to it
 * @param files with the split that all their frames belong to, if the file's name says one
 * @throws InputError for files that are no such thing, and for frames that cannot be used
 */
export async function readTransforms(
  folder: string,
  files: readonly { readonly file: string; readonly split: Split | undefined }[],
): Promise<ListedScene> {
  const entries: ListedView[] = [];
  const warnings: string[] = [];
  const hints: ExtentHint[] = [];
  for (const { file, split } of files) {
    const top = await readJson(file, expected);
    const frames = top.list('frames');
    if (frames === undefined || frames.length === 0) {
      throw new InputError(`${file}: got no frames; expected ${expected}`);
    }
    const splits = statedSplits(top, folder);
    for (const [i, frame] of frames.entries()) {
      entries.push(await readFrame(new Fields(frame, `${file}: frame ${i + 1}`), top, folder, split, splits));
    }
    hints.push(extentHint(top, split));
    if (top.list('rolling_shutter')?.some((value) => value !== 0)) {
      warnings.push(`${path.basename(file)} states a rolling shutter, which is not supported and left out`);
    }
  }
  return { entries, hint: hints[0] ?? { kind: 'cameras' }, warnings };
}

async function readFrame(
  frame: Fields,
  top: Fields,
  folder: string,
  split: Split | undefined,
  splits: ReadonlyMap<string, Split>,
): Promise<ListedView> {
  const named = frame.string('file_path');
  if (named === undefined || named === '') {
    throw new InputError(`${frame.where}: got no file_path; expected the photograph's path, from ${folder}`);
  }
  const file = pathInScene(folder, named, frame.where);
  const name = nameInScene(folder, file);
  const where = `${frame.where} (${name})`;
  const pose = rigidPose(readMatrix(frame, where));
  if (typeof pose === 'string') throw new InputError(`${where}: its transform_matrix ${pose}`);
  const mask = await readMask(frame, folder, file);
  return {
    ...{ name, path: file, where, lens: readLens(frame, top), ...pose },
    split: split ?? splits.get(file),
    ...(mask !== undefined && { mask }),
  };
}

/** Rows of 4 numbers, 3 or 4 of them, to 16 numbers column by column. */
function readMatrix(frame: Fields, where: string): Float64Array {
  const rows = frame.list('transform_matrix');
  const shape = 'expected 4 rows of 4 numbers, camera to world';
  if (rows === undefined) throw new InputError(`${where}: got no transform_matrix; ${shape}`);
  const matrix = Float64Array.from([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]);
  if (rows.length !== 4 && rows.length !== 3) {
    throw new InputError(`${where}: got a transform_matrix of ${rows.length} rows; ${shape}`);
  }
  for (const [r, row] of rows.entries()) {
    const values: readonly unknown[] = Array.isArray(row) ? row : [];
    if (values.length !== 4) {
      throw new InputError(`${where}: got a transform_matrix whose row ${r + 1} is not 4 numbers; ${shape}`);
    }
    for (const [c, value] of values.entries()) matrix[4 * c + r] = typeof value === 'number' ? value : NaN;
  }
  return matrix;
}

/** nerfstudio names a mask; instant-ngp looks for one beside the photograph. */
async function readMask(frame: Fields, folder: string, file: string): Promise<Mask | undefined> {
  const named = frame.string('mask_path');
  if (named !== undefined) return { file: pathInScene(folder, named, frame.where), ignore: 'black' };
  const { dir, name } = path.parse(file);
  const beside = path.join(dir, `dynamic_mask_${name}.png`);
  return (await kindOf(beside)) === 'file' ? { file: beside, ignore: 'white' } : undefined;
}

/** nerfstudio's lists of which photograph is for what, by absolute path. */
function statedSplits(top: Fields, folder: string): ReadonlyMap<string, Split> {
  const splits = new Map<string, Split>();
  for (const split of ['train', 'val', 'test'] as const) {
    for (const name of top.list(`${split}_filenames`) ?? []) {
      if (typeof name === 'string') splits.set(path.resolve(folder, name), split);
    }
  }
  return splits;
}

/**
 * instant-ngp's box: a cube of side `aabb_scale` around the middle of a unit cube into which the scene goes by `scale`
 * (0.33 unless stated) and `offset` (0.5), and which it never looks nearer than 0.1 in.
 */
function extentHint(top: Fields, split: Split | undefined): ExtentHint {
  const side = top.number('aabb_scale');
  if (side === undefined) return { kind: split === undefined ? 'cameras' : 'blender' };
  const scale = top.number('scale') ?? 0.33;
  if (!(side > 0)) top.fail('aabb_scale', side, 'a number above 0');
  if (!(scale > 0)) top.fail('scale', scale, 'a number above 0');
  const offset = top.list('offset') ?? [0.5, 0.5, 0.5];
  const [x, y, z] = offset.map((value) => (0.5 - Number(value)) / scale);
  if (x === undefined || y === undefined || z === undefined || !Number.isFinite(x + y + z)) {
    return top.fail('offset', offset, '3 numbers');
  }
  const half = side / 2 / scale;
  return {
    kind: 'box',
    box: { min: [x - half, y - half, z - half], max: [x + half, y + half, z + half] },
    near: 0.1 / scale,
    source: `aabb_scale ${side} of the file`,
  };
}
