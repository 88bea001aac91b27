// Rays of a three.js camera. Only its two matrices are read, so three itself is not needed.
import { mat4 } from 'gl-matrix';
import { ArgumentError } from '../../core/errors.js';
import { createIntrinsics } from './intrinsics.js';
import { rigidPose } from './pose.js';
import type { Split, View } from '../scene.js';

/** The matrices of a three.js camera. Call its `updateMatrixWorld()` and `updateProjectionMatrix()` first. */
export interface ThreeCamera {
  /** 16 numbers, column by column. */
  readonly matrixWorld: { readonly elements: ArrayLike<number> };
  readonly projectionMatrixInverse: { readonly elements: ArrayLike<number> };
}

/** Rays through the pixel centres of a picture, row by row. */
export interface CameraRays {
  /** `[height · width, 3]`: the camera's place; of an orthographic camera points of the plane through it. */
  readonly origins: Float32Array;
  /** `[height · width, 3]`, unit vectors. */
  readonly directions: Float32Array;
}

/**
 * The rays of any three.js camera, perspective or orthographic, view offsets included.
 *
 * @param camera its matrices must be up to date
 * @param width of the picture, pixels
 * @param height of the picture, pixels; three's cameras have an aspect ratio of their own, which should agree
 * @returns arrays that belong to the caller
 * @throws ArgumentError for matrices of the wrong length, not finite or singular, or a size that is not whole pixels
 * @example
 * const { origins, directions } = cameraRays(camera, 640, 480);
 */
export function cameraRays(camera: ThreeCamera, width: number, height: number): CameraRays {
  checkSize(width, height);
  const world = matrix('matrixWorld', camera.matrixWorld.elements);
  const unproject = matrix('projectionMatrixInverse', camera.projectionMatrixInverse.elements);
  const origins = new Float32Array(3 * width * height);
  const directions = new Float32Array(3 * width * height);
  const orthographic = isOrthographic(unproject);
  const ray = new Float64Array(4);
  for (let row = 0, at = 0; row < height; row++) {
    const y = 1 - (2 * (row + 0.5)) / height;
    for (let column = 0; column < width; column++, at += 3) {
      const x = (2 * (column + 0.5)) / width - 1;
      // Any depth will do, whichever way the depth buffer runs: what is in front of the camera has z below 0.
      for (let i = 0; i < 4; i++) {
        ray[i] = unproject[i]! * x + unproject[4 + i]! * y + unproject[8 + i]! * 0.5 + unproject[12 + i]!;
      }
      const px = ray[0]!;
      const py = ray[1]!;
      const pz = ray[2]!;
      const w = ray[3]!;
      const turn = pz > 0 ? -1 : 1;
      if (orthographic) place(world, px / w, py / w, 0, 1, origins, at);
      else place(world, 0, 0, 0, 1, origins, at);
      if (orthographic) place(world, 0, 0, -1, 0, directions, at);
      else place(world, turn * px, turn * py, turn * pz, 0, directions, at);
      const length = Math.hypot(directions[at]!, directions[at + 1]!, directions[at + 2]!);
      for (let axis = 0; axis < 3; axis++) directions[at + axis]! /= length;
    }
  }
  return { origins, directions };
}

/**
 * A perspective three.js camera as a view, for a ray pool beside photographs. Off-centre frusta and view offsets
 * become the optical centre.
 *
 * @param options.file the picture it made, if there is one
 * @throws ArgumentError for an orthographic camera, whose rays have no common origin (use `cameraRays`), a mirrored or
 *   singular one, or as `cameraRays`
 * @example
 * const view = viewFromCamera(camera, 640, 480, { name: 'front' });
 * const pool = createRayPool({ views: [view], hasAlpha: false });
 */
export function viewFromCamera(
  camera: ThreeCamera,
  width: number,
  height: number,
  options: { readonly name?: string; readonly file?: string; readonly split?: Split } = {},
): View {
  checkSize(width, height);
  const unproject = matrix('projectionMatrixInverse', camera.projectionMatrixInverse.elements);
  if (isOrthographic(unproject)) {
    throw new ArgumentError(
      'got an orthographic camera; expected a perspective one, whose rays start at one point; use cameraRays()',
    );
  }
  const projection = mat4.invert(new Float64Array(16), unproject) as Float64Array;
  const pose = rigidPose(matrix('matrixWorld', camera.matrixWorld.elements));
  if (typeof pose === 'string') throw new ArgumentError(`the camera's matrixWorld ${pose}`);
  return {
    name: options.name ?? 'camera',
    file: options.file,
    intrinsics: createIntrinsics({
      ...{ model: 'pinhole', width, height },
      fx: (projection[0]! * width) / 2,
      fy: (projection[5]! * height) / 2,
      cx: ((1 - projection[8]!) * width) / 2,
      cy: ((1 + projection[9]!) * height) / 2,
    }),
    pose: pose.pose,
    split: options.split,
  };
}

/** A perspective projection divides by the distance, an orthographic one by 1. */
function isOrthographic(unproject: Float64Array): boolean {
  return unproject[11] === 0 && unproject[15] !== 0;
}

/** A point (w = 1) or direction (w = 0) of the camera's in the world's axes. */
function place(
  m: Float64Array,
  x: number,
  y: number,
  z: number,
  w: number,
  out: Float32Array,
  at: number,
): void {
  for (let axis = 0; axis < 3; axis++) {
    out[at + axis] = m[axis]! * x + m[4 + axis]! * y + m[8 + axis]! * z + m[12 + axis]! * w;
  }
}

function matrix(name: string, elements: ArrayLike<number>): Float64Array {
  if (elements.length !== 16) {
    throw new ArgumentError(`got a ${name} of ${elements.length} numbers; expected 16, a camera of three's`);
  }
  const copy = Float64Array.from(elements);
  if (!copy.every(Number.isFinite)) {
    throw new ArgumentError(
      `got a ${name} with numbers that are not finite; expected a camera that is set up`,
    );
  }
  if (mat4.invert(new Float64Array(16), copy) === null) {
    throw new ArgumentError(
      `got a ${name} that is singular; expected a camera whose matrices are up to date and whose scale is not 0`,
    );
  }
  return copy;
}

function checkSize(width: number, height: number): void {
  if (Number.isInteger(width) && Number.isInteger(height) && width >= 1 && height >= 1) return;
  throw new ArgumentError(`got a picture of ${width}×${height} pixels; expected whole numbers of at least 1`);
}
