// Reads COLMAP's sparse models. Their poses are world to camera in OpenCV's axes; they are inverted and turned here. The
// world stays COLMAP's, whose up is only known from the cameras.
import path from 'node:path';
import { mat4 } from 'gl-matrix';
import { InputError } from '../../core/errors.js';
import { present } from '../../core/present.js';
import * as binaryModel from './colmap-binary.js';
import { colmapMasks } from './colmap-masks.js';
import type { ColmapImage, ColmapModel } from './colmap-models.js';
import * as textModel from './colmap-text.js';
import type { ExtentHint } from '../extent.js';
import type { ListedScene } from './transforms.js';
import type { ListedView } from './photographs.js';
import { fromOpenCv, rigidPose } from '../cameras/pose.js';
import { nameInScene, pathInScene, readSceneFile, sizeOf } from './scene-files.js';

/** So many distances tell near and far well enough. */
const mostDistances = 200_000;

/**
 * Reads a sparse model, and the masks that lie beside its photographs.
 * @param folder the scene's, absolute
 * @param model the folder with cameras, images and maybe points3D
 * @param images the folder of the photographs, absolute
 * @throws InputError for files that are damaged, cameras that are missing or not supported, poses that cannot be
 */
export async function readColmap(
  folder: string,
  model: string,
  binary: boolean,
  images: string,
): Promise<ListedScene> {
  const read = await readModel(model, binary);
  const file = path.join(model, binary ? 'images.bin' : 'images.txt');
  if (read.images.length === 0) {
    throw new InputError(
      `${file}: got no images; expected those that COLMAP found cameras for; run its mapper again`,
    );
  }
  const entries = read.images.map((image): ListedView => {
    const where = `${file}: image ${image.id} (${image.name})`;
    const intrinsics = read.cameras.get(image.camera);
    if (intrinsics === undefined) {
      throw new InputError(
        `${where}: got the camera ${image.camera}, which cameras.* does not list; export both again`,
      );
    }
    const pose = poseOf(image, where);
    const photograph = pathInScene(folder, path.join(images, image.name), where);
    const lens = { size: { width: intrinsics.width, height: intrinsics.height }, make: () => intrinsics };
    return {
      ...{ name: nameInScene(folder, photograph), path: photograph, where, lens },
      ...{ pose, mended: false, split: undefined },
    };
  });
  const photographs = entries.map((entry) => entry.path);
  const { masks, warnings } = await colmapMasks(images, photographs);
  const masked = entries.map((entry, i): ListedView => ({ ...entry, ...present({ mask: masks[i] }) }));
  return {
    entries: masked,
    hint: pointsHint(read, entries),
    warnings: [...read.warnings, ...warnings, ...oddPoints(read)],
  };
}

async function readModel(model: string, binary: boolean): Promise<ColmapModel> {
  const at = (name: string): string => path.join(model, `${name}.${binary ? 'bin' : 'txt'}`);
  const read = (name: string): Promise<Buffer> => readSceneFile(at(name), "a file of COLMAP's sparse model");
  const [cameras, images] = [await read('cameras'), await read('images')];
  const { parseCameras, parseImages, parsePoints } = binary ? binaryModel : textModel;
  // For known poses COLMAP's own FAQ asks for an empty file of points.
  const points = (await sizeOf(at('points3D'))) > 0 ? await read('points3D') : undefined;
  return {
    cameras: parseCameras(cameras, at('cameras')),
    ...parseImages(images, at('images')),
    points: points === undefined ? [] : parsePoints(points, at('points3D')),
  };
}

function poseOf({ rotation: [w, x, y, z], translation }: ColmapImage, where: string): Float64Array {
  const length = Math.hypot(w, x, y, z);
  if (!(length > 1e-9) || !Number.isFinite(length)) {
    throw new InputError(
      `${where}: got the quaternion ${w} ${x} ${y} ${z}; expected one of length 1; export it again`,
    );
  }
  if (!translation.every(Number.isFinite)) {
    throw new InputError(
      `${where}: got the translation ${translation.join(' ')}; expected finite numbers; export it again`,
    );
  }
  const unit = [x / length, y / length, z / length, w / length] as const;
  const toCamera = mat4.fromQuat(new Float64Array(16), [...unit]);
  // The inverse: the rotation's transpose, and the place that it gives −t.
  const inverse = mat4.transpose(new Float64Array(16), toCamera) as Float64Array;
  for (let axis = 0; axis < 3; axis++) {
    inverse[12 + axis] = 0 - translation.reduce((sum, value, k) => sum + value * inverse[4 * k + axis]!, 0);
  }
  const pose = rigidPose(fromOpenCv(inverse));
  if (typeof pose === 'string') throw new InputError(`${where}: its pose ${pose}`);
  return pose.pose;
}

function oddPoints({ points }: ColmapModel): string[] {
  const odd = points.filter(({ position }) => !position.every(Number.isFinite)).length;
  return odd > 0 ? [`${odd} of ${points.length} points are not finite, and left out`] : [];
}

/** Points that are finite, and their distances from the cameras that see them; of very many, every k-th. */
function pointsHint({ images, points }: ColmapModel, entries: readonly ListedView[]): ExtentHint {
  const places = new Map(images.map(({ id }, i) => [id, entries[i]!.pose]));
  const finite = points.filter(({ position }) => position.every(Number.isFinite));
  const tracks = finite.reduce((sum, { seenBy }) => sum + seenBy.length, 0);
  const stride = Math.max(1, Math.ceil(tracks / mostDistances));
  const distances: number[] = [];
  let turn = 0;
  for (const { position, seenBy } of finite) {
    for (const id of seenBy) {
      const pose = places.get(id);
      if (pose === undefined || turn++ % stride !== 0) continue;
      distances.push(Math.hypot(position[0] - pose[12]!, position[1] - pose[13]!, position[2] - pose[14]!));
    }
  }
  if (distances.length === 0) return { kind: 'cameras' };
  return {
    kind: 'points',
    points: Float64Array.from(finite.flatMap(({ position }) => position)),
    distances: Float64Array.from(distances),
  };
}
