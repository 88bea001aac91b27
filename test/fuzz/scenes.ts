// The readers of scenes, for fuzzing: small files that are right, by the names that say who reads them, and a function that
// reads one. A file alone is no scene, so each lies in a folder of its own with what belongs to it.
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '../../src/core/errors.js';
import { readCameraPath } from '../../src/nerf/files/index.js';
import { loadScene } from '../../src/nerf/files/load.js';
import { createIntrinsics, createRayPool, holdOut } from '../../src/nerf/index.js';
import { readJson } from '../../src/recipes/runs/files.js';
import {
  bytes,
  colmapBinary,
  colmapText,
  emptyFolder,
  photographs,
  png,
  posesBounds,
  real,
  transforms,
  writeAll,
} from '../nerf/files/scene-folders.js';

/** Photographs that are there; the files list nine, and the others are missing. */
const present = 4;

type Files = Readonly<Record<string, Uint8Array>>;

const utf8 = (text: string): Uint8Array => Buffer.from(text);

/** Every field that is read. */
const rich = transforms(
  {
    ...{ camera_model: 'OPENCV', k2: 0, p2: 0.001, distortion_params: [0, 0, 0, 0, 0, 0], is_fisheye: false },
    ...{ aabb_scale: 4, scale: 0.5, offset: [0.5, 0.5, 0.5], up: [0, 0, 1], rolling_shutter: [0, 0, 0, 0] },
    ...{ train_filenames: ['images/p1.png', './images/p2.png'], test_filenames: ['images\\p3'], n_frames: 9 },
    ...{ black_transparent: false, white_transparent: true, sharpen: 1 },
  },
  (frame, i) => {
    if (i === 0) frame['mask_path'] = 'masks/p1.png';
    if (i === 1) frame['transform_matrix_start'] = frame.transform_matrix;
  },
);
const blender = JSON.stringify({
  camera_angle_x: 0.69,
  aabb: [
    [-2, -3, -1],
    [2, 1, 3],
  ],
  frames: (JSON.parse(transforms()) as { frames: unknown[] }).frames,
});
const cameraPath = JSON.stringify({
  ...{ camera_type: 'perspective', render_width: 16, render_height: 9, fps: 24, seconds: 2 },
  camera_path: [0, 1].map((x) => ({
    camera_to_world: [1, 0, 0, x, 0, 1, 0, 0, 0, 0, 1, 4, 0, 0, 0, 1],
    ...{ fov: 50, aspect: 1.78 },
  })),
});
const framesPath = JSON.stringify({
  ...{ fl_x: 10, w: 16, h: 9, fps: 12 },
  frames: [
    {
      transform_matrix: [
        [1, 0, 0, 0],
        [0, 1, 0, 0],
        [0, 0, 1, 3],
        [0, 0, 0, 1],
      ],
    },
  ],
});

function pointsBinary(): Uint8Array {
  const point = (id: number): Uint8Array =>
    Buffer.concat([
      bytes([8, id], real(id / 40), real(-0.1), real(0.4)),
      Buffer.of(9, 9, 9),
      bytes(real(0.5), [8, 2], [4, 1], [4, 0], [4, 2], [4, 0]),
    ]);
  return Buffer.concat([bytes([8, 60]), ...Array.from({ length: 60 }, (_, i) => point(i))]);
}

const pointsText = Array.from({ length: 60 }, (_, i) => `${i} ${i / 40} -0.1 0.4 9 9 9 0.5 1 0 2 0\n`).join(
  '',
);

/** A scene for each file: where the file is in it, and what lies beside it. */
function scenes(): Readonly<Record<string, { readonly at: string; readonly files: Files }>> {
  const binary: Files = { ...colmapBinary(), 'sparse/0/points3D.bin': pointsBinary() };
  const text: Files = Object.fromEntries(
    Object.entries({ ...colmapText(), 'sparse/0/points3D.txt': pointsText }).map(([name, all]) => [
      name,
      utf8(all),
    ]),
  );
  const sparse = (name: string, files: Files) => [name, { at: `sparse/0/${name}`, files }] as const;
  const alone = (name: string, content: Uint8Array) =>
    [name, { at: name, files: { [name]: content } }] as const;
  return Object.fromEntries([
    alone('transforms.json', utf8(rich)),
    alone('transforms_train.json', utf8(blender)),
    alone('poses_bounds.npy', posesBounds(present)),
    ...['cameras.bin', 'images.bin', 'points3D.bin'].map((name) => sparse(name, binary)),
    ...['cameras.txt', 'images.txt', 'points3D.txt'].map((name) => sparse(name, text)),
    alone('camera_path.json', utf8(cameraPath)),
    alone('camera_frames.json', utf8(framesPath)),
  ]);
}

const all = scenes();

/** Small inputs that are right, by the name that their reader goes by. */
export const seeds: Files = Object.fromEntries(
  Object.entries(all).map(([name, { at, files }]) => [name, files[at] ?? new Uint8Array()]),
);

const folders = new Map<string, Promise<string>>();

/** The scene of a file of this name, made when it is first asked for. */
function folderFor(name: string): Promise<string> {
  const made = folders.get(name) ?? makeFolder(name);
  folders.set(name, made);
  return made;
}

async function makeFolder(name: string): Promise<string> {
  const masks = { 'masks/p1.png': await png(12, 8) };
  return writeAll(emptyFolder(), { ...(await photographs(present)), ...masks, ...all[name]?.files });
}

const usual = createIntrinsics({ width: 16, height: 9, fx: 12 });

/**
 * Reads a file, whose name must be one of the seeds', as a part of its scene.
 * @throws EvosError for what is damaged, and nothing else
 */
export async function read(file: string): Promise<void> {
  const name = path.basename(file);
  if (name.startsWith('camera_')) {
    readCameraPath(await readJson(file), file, usual);
    return;
  }
  const own = all[name];
  if (own === undefined) throw new InputError(`${file}: expected one of ${Object.keys(all).join(', ')}`);
  const folder = await folderFor(name);
  const place = path.join(folder, own.at);
  if (!existsSync(path.dirname(place))) mkdirSync(path.dirname(place), { recursive: true });
  copyFileSync(file, place);
  const scene = await loadScene(folder);
  const { train } = holdOut(scene);
  // Lenses of any numbers, for pictures small enough to be traced whole.
  const pool = createRayPool(scene, { views: train });
  await pool.load();
  const { inputs } = pool.gather({ size: 1, whole: false, indices: Uint32Array.of(pool.size - 1) });
  if (!inputs.every(Number.isFinite)) throw new Error(`${name}: a ray is not finite: ${inputs.join(' ')}`);
}
