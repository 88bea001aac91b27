// Reads transforms.json as instant-ngp and nerfstudio write it, and the original Blender sets, which have three such files.
// Poses are camera to world in the axes used here, so they are taken as they are.
import path from 'node:path';
import { InputError } from '../../core/errors.js';
import { present } from '../../core/present.js';
import type { ExtentHint } from '../extent.js';
import { inParallel } from '../in-parallel.js';
import { Fields, readJson } from './json-fields.js';
import type { ListedView } from './photographs.js';
import { rigidPose } from '../cameras/pose.js';
import type { Mask, Split, Xyz } from '../scene.js';
import { kindOf, nameInScene, pathInScene } from './scene-files.js';
import { extentHint, statedUp } from './transforms-extent.js';
import { fieldWarnings } from './transforms-fields.js';
import { readLens } from './transforms-lens.js';
import { SplitLists } from './transforms-splits.js';

/** What a loader read of a scene's files. */
export interface ListedScene {
  readonly entries: readonly ListedView[];
  readonly hint: ExtentHint;
  /** Which way is up, where the files say; a unit vector. */
  readonly up?: Xyz;
  readonly warnings: readonly string[];
}

const expected = 'a transforms.json with frames, as instant-ngp, nerfstudio or the Blender sets have it';

/** A transforms file, and the split that all its frames belong to, if its name says one. */
export interface TransformsFile {
  readonly file: string;
  readonly split: Split | undefined;
}

/**
 * Reads one or more transforms files.
 *
 * @param folder absolute; the paths in the files are relative to it
 * @param images the folder of the photographs, absolute, in place of the first folder of each path; default: as the paths say
 * @throws InputError for files that are no such thing, and for frames that cannot be used
 */
export async function readTransforms(
  folder: string,
  files: readonly TransformsFile[],
  images?: string,
): Promise<ListedScene> {
  const entries: ListedView[] = [];
  const warnings: string[] = [];
  const hints: ExtentHint[] = [];
  const ups: Xyz[] = [];
  for (const { file, split } of files) {
    const top = await readJson(file, expected);
    const list = top.list('frames');
    if (list === undefined || list.length === 0) {
      throw new InputError(`${file}: got no frames; expected ${expected}`);
    }
    const frames = list.map((frame, i) => new Fields(frame, `${file}: frame ${i + 1}`));
    const lists = new SplitLists(top, folder);
    const own: ListedView[] = [];
    for (const frame of frames) own.push(await readFrame(frame, { top, folder, split, lists, images }));
    entries.push(...own);
    hints.push(extentHint(top));
    const up = statedUp(top);
    if (up !== undefined) ups.push(up);
    warnings.push(
      ...fieldWarnings(file, top, frames),
      ...lists.warnings(frames.map((frame) => photographOf(frame, folder))),
      ...movements(file, top, frames),
      ...(await companions(own)),
    );
  }
  return { entries, hint: hints[0] ?? { kind: 'cameras' }, ...present({ up: ups[0] }), warnings };
}

/** What a frame is read with. */
interface Surroundings {
  readonly top: Fields;
  readonly folder: string;
  readonly split: Split | undefined;
  readonly lists: SplitLists;
  readonly images: string | undefined;
}

async function readFrame(frame: Fields, around: Surroundings): Promise<ListedView> {
  const { top, folder, split, lists, images } = around;
  const stated = photographOf(frame, folder);
  const file = images === undefined ? stated : inFolder(images, folder, stated);
  const name = nameInScene(folder, file);
  const where = `${frame.where} (${name})`;
  const matrix = frame.has('transform_matrix_start') ? 'transform_matrix_start' : 'transform_matrix';
  const pose = rigidPose(readMatrix(frame, matrix, where));
  if (typeof pose === 'string') throw new InputError(`${where}: its ${matrix} ${pose}`);
  const mask = await readMask(frame, folder, stated);
  return {
    ...{ name, path: file, where, lens: readLens(frame, top), ...pose },
    split: split ?? lists.of(stated),
    ...present({ mask, transparent: transparentGreys(top) }),
  };
}

/** The photograph of a frame, absolute, as the file has it. @throws InputError where there is none, or it lies elsewhere */
function photographOf(frame: Fields, folder: string): string {
  const named = frame.string('file_path');
  if (named === undefined || named === '') {
    throw new InputError(`${frame.where}: got no file_path; expected the photograph's path, from ${folder}`);
  }
  return pathInScene(folder, named, frame.where);
}

/** The same photograph in another folder: in the place of the first folder of its path. */
function inFolder(images: string, folder: string, file: string): string {
  const [first, ...rest] = path.relative(folder, file).split(path.sep);
  return path.join(images, ...(rest.length > 0 ? rest : [first!]));
}

/** What instant-ngp reads beside photographs, and what is not used here. */
async function companions(entries: readonly ListedView[]): Promise<string[]> {
  const beside = await inParallel(entries, 8, async ({ path: file }) => {
    const { dir, name, ext } = path.parse(file);
    const alpha = (await kindOf(`${file}.alpha${ext}`)) === 'file';
    return { alpha, rays: (await kindOf(path.join(dir, `rays_${name}.dat`))) === 'file' };
  });
  const [alphas, rays] = [
    beside.filter(({ alpha }) => alpha).length,
    beside.filter((one) => one.rays).length,
  ];
  return [
    ...(alphas > 0
      ? [
          `${alphas} photographs have alpha in a file of its own (NAME.alpha), which is not used; put it into the photographs`,
        ]
      : []),
    ...(rays > 0 ? [`${rays} photographs have rays of their own (rays_NAME.dat), which are not used`] : []),
  ];
}

/** instant-ngp makes pixels transparent that are wholly white or wholly black. */
function transparentGreys(top: Fields): readonly number[] | undefined {
  const greys = [
    ...(top.boolean('black_transparent') === true ? [0] : []),
    ...(top.boolean('white_transparent') === true ? [255] : []),
  ];
  return greys.length > 0 ? greys : undefined;
}

/** instant-ngp moves a camera while its photograph is taken; here it stands still, where it started. */
function movements(file: string, top: Fields, frames: readonly Fields[]): string[] {
  const name = path.basename(file);
  const rolls = [top, ...frames].some((fields) =>
    fields.list('rolling_shutter')?.some((value) => value !== 0),
  );
  const differs = (a: string, b: string): number =>
    frames.filter((frame) => frame.has(a) && frame.has(b) && !sameMatrix(frame.get(a), frame.get(b))).length;
  const [moving, other] = [
    differs('transform_matrix_start', 'transform_matrix_end'),
    differs('transform_matrix_start', 'transform_matrix'),
  ];
  const first = top.number('n_frames');
  return [
    ...(rolls ? [`${name} states a rolling shutter, which is not supported and left out`] : []),
    ...(moving > 0
      ? [`${name} has ${moving} cameras that move, which is not supported; they stand where they start`]
      : []),
    ...(other > 0
      ? [
          `${name} has ${other} frames whose transform_matrix_start is not their transform_matrix; the start is taken, as in instant-ngp`,
        ]
      : []),
    ...(first !== undefined && first < frames.length
      ? [`${name} has n_frames ${first}, which is left out: all ${frames.length} frames are taken`]
      : []),
  ];
}

function sameMatrix(a: unknown, b: unknown): boolean {
  const rows = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
  return rows(a).every((row, r) => rows(row).every((value, c) => value === rows(rows(b)[r])[c]));
}

/** Rows of 4 numbers, 3 or 4 of them, to 16 numbers column by column. */
function readMatrix(frame: Fields, field: string, where: string): Float64Array {
  const rows = frame.list(field);
  const shape = 'expected 4 rows of 4 numbers, camera to world';
  if (rows === undefined) throw new InputError(`${where}: got no ${field}; ${shape}`);
  const matrix = Float64Array.from([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]);
  if (rows.length !== 4 && rows.length !== 3) {
    throw new InputError(`${where}: got a ${field} of ${rows.length} rows; ${shape}`);
  }
  for (const [r, row] of rows.entries()) {
    const values: readonly unknown[] = Array.isArray(row) ? row : [];
    if (values.length !== 4) {
      throw new InputError(`${where}: got a ${field} whose row ${r + 1} is not 4 numbers; ${shape}`);
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
