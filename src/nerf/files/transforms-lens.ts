// Reads lenses of transforms.json: a dozen ways to write a focal length, coefficients whose meaning depends on the model,
// and frames with lenses of their own.
import { InputError } from '../../core/index.js';
import { createIntrinsics, type Intrinsics, type LensModel } from '../cameras/intrinsics.js';
import type { Fields } from './json-fields.js';
import { blaming } from './scene-files.js';

/** A lens before the photograph's size is known. */
export interface StatedLens {
  /** The size that its pixels count in, where the file says. */
  readonly size: { readonly width: number; readonly height: number } | undefined;
  /** The lens for pictures of a size: the stated one, or, where none is stated, the photograph's. */
  readonly make: (width: number, height: number) => Intrinsics;
}

/** Camera models of nerfstudio that differ in nothing but how many coefficients are 0. */
const perspective = ['SIMPLE_PINHOLE', 'PINHOLE', 'SIMPLE_RADIAL', 'RADIAL', 'OPENCV'];
const fisheye = ['OPENCV_FISHEYE', 'SIMPLE_RADIAL_FISHEYE', 'RADIAL_FISHEYE'];
const coefficients = ['k1', 'k2', 'k3', 'k4', 'p1', 'p2'] as const;
/** Fields that change what a ray is in ways that are not supported. */
const foreign = ['ftheta_p0', 'from_mitsuba'];

/**
 * Reads a frame's lens. A frame's own fields go before the file's. The focal length of each axis is `fl_x`, else from
 * `camera_angle_x` (radians), else from `x_fov` (degrees), and an axis without any has the other's, in pixels.
 *
 * @throws InputError for models that are not supported, or numbers that cannot be
 */
export function readLens(frame: Fields, top: Fields): StatedLens {
  for (const name of foreign) {
    const scope = frame.has(name) ? frame : top;
    if (scope.has(name) && scope.get(name) !== false) {
      throw new InputError(
        `${scope.where}: got ${name}, which is not supported; expected a pinhole, OpenCV or OpenCV fisheye camera; ` +
          'undistort the photographs first',
      );
    }
  }
  const model = lensModel(frame, top);
  const number = (name: string): number | undefined => frame.number(name) ?? top.number(name);
  const [width, height] = [number('w'), number('h')];
  if ((width === undefined) !== (height === undefined)) {
    throw new InputError(
      `${top.where}: got ${width === undefined ? 'h without w' : 'w without h'}; expected both, or neither`,
    );
  }
  const make = (w: number, h: number): Intrinsics => {
    const [fx, fy] = focalLengths(frame, top, w, h);
    const given = { fx, fy, cx: number('cx') ?? w / 2, cy: number('cy') ?? h / 2 };
    const bent = Object.fromEntries(coefficients.map((name) => [name, number(name) ?? 0]));
    return blaming(frame.where, () =>
      createIntrinsics({ ...(model && { model }), width: w, height: h, ...given, ...bent }),
    );
  };
  const size = width === undefined || height === undefined ? undefined : { width, height };
  if (size !== undefined) make(size.width, size.height);
  return { size, make };
}

/** Undefined: perspective, with or without distortion as its coefficients say. */
function lensModel(frame: Fields, top: Fields): LensModel | undefined {
  const named = frame.string('camera_model') ?? top.string('camera_model');
  if (named === undefined) {
    return (frame.boolean('is_fisheye') ?? top.boolean('is_fisheye')) ? 'opencv-fisheye' : undefined;
  }
  if (fisheye.includes(named)) return 'opencv-fisheye';
  if (perspective.includes(named)) return undefined;
  throw new InputError(
    `${top.where}: got the camera model ${named}; expected one of ${[...perspective, ...fisheye].join(', ')}; ` +
      'undistort the photographs to one of them',
  );
}

function focalLengths(frame: Fields, top: Fields, width: number, height: number): [number, number] {
  for (const scope of [frame, top]) {
    const x = focalLength(scope, 'x', width);
    const y = focalLength(scope, 'y', height);
    if (x !== undefined || y !== undefined) return [(x ?? y)!, (y ?? x)!];
  }
  throw new InputError(
    `${top.where}: got no focal length; expected fl_x (pixels), camera_angle_x (radians) or x_fov (degrees), ` +
      `in the file or in each frame (${frame.where})`,
  );
}

function focalLength(scope: Fields, axis: 'x' | 'y', size: number): number | undefined {
  const pixels = scope.number(`fl_${axis}`);
  if (pixels !== undefined) return pixels;
  const radians = scope.number(`camera_angle_${axis}`);
  if (radians !== undefined) {
    if (!(radians > 0 && radians < Math.PI)) {
      scope.fail(
        `camera_angle_${axis}`,
        radians,
        `an angle in radians, between 0 and π (degrees go to ${axis}_fov)`,
      );
    }
    return size / (2 * Math.tan(radians / 2));
  }
  const degrees = scope.number(`${axis}_fov`);
  if (degrees === undefined) return undefined;
  if (!(degrees > 0 && degrees < 180)) {
    scope.fail(`${axis}_fov`, degrees, 'an angle in degrees, between 0 and 180');
  }
  return size / (2 * Math.tan((degrees * Math.PI) / 360));
}
