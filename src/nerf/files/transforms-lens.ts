// Reads lenses of transforms.json: a dozen ways to write a focal length, coefficients whose meaning depends on the model,
// and frames with lenses of their own.
import { InputError } from '../../core/errors.js';
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
const perspective = ['SIMPLE_PINHOLE', 'PINHOLE', 'SIMPLE_RADIAL', 'RADIAL', 'OPENCV', 'PERSPECTIVE'];
const fisheye = ['OPENCV_FISHEYE', 'SIMPLE_RADIAL_FISHEYE', 'RADIAL_FISHEYE', 'FISHEYE'];
const coefficients = ['k1', 'k2', 'k3', 'k4', 'p1', 'p2'] as const;
/** Fields of instant-ngp's that change what a ray is in ways that are not supported, and what they stand for. */
const foreign: Readonly<Record<string, string>> = {
  latlong: 'a panorama (latitude and longitude)',
  equirectangular: 'an equirectangular panorama',
  orthographic: 'an orthographic camera',
  ftheta_p0: 'an f-theta lens',
  from_mitsuba: "Mitsuba's axes",
  normal_mts_args: "Mitsuba's axes",
};
/** Camera models that tools name and that are not supported, spelt as `plainName` does. */
const unsupported: readonly (readonly [names: RegExp, what: string])[] = [
  [/^(EQUIRECTANGULAR|EQUIRECT|ERP|SPHERE|SPHERICAL|LATLONG|LAT_LONG|PANORAMA|PANORAMIC|360)/, 'a panorama'],
  [/^(OMNIDIRECTIONALSTEREO|OMNIDIRECTIONAL|ODS|VR_?180|CUBEMAP)/, 'a panorama'],
  [/^(ORTHOPHOTO|ORTHOGRAPHIC|ORTHO)/, 'an orthographic camera'],
  [
    /^(FISHEYE624|FISHEYE_624|FOV|THIN_PRISM|RAD_TAN|FTHETA|F_THETA|FULL_OPENCV|DIVISION|SIMPLE_DIVISION)/,
    'a lens',
  ],
];

/**
 * Reads a frame's lens. A frame's own fields go before the file's. The focal length of each axis is `fl_x`, else from
 * `camera_angle_x` (radians), else from `x_fov` (degrees), and an axis without any has the other's, in pixels.
 *
 * @throws InputError for models that are not supported, or numbers that cannot be
 */
export function readLens(frame: Fields, top: Fields): StatedLens {
  for (const [name, what] of Object.entries(foreign)) {
    const scope = frame.has(name) ? frame : top;
    if (scope.has(name) && scope.get(name) !== false) {
      throw new InputError(
        `${scope.where}: got ${name}, ${what}, which is not supported; expected a pinhole, OpenCV or OpenCV fisheye camera; ` +
          'make perspective photographs of it first',
      );
    }
  }
  const model = lensModel(frame, top);
  const listed = distortionList(frame, top);
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
    const bent = Object.fromEntries(coefficients.map((name, i) => [name, number(name) ?? listed?.[i] ?? 0]));
    return blaming(frame.where, () =>
      createIntrinsics({ ...(model && { model }), width: w, height: h, ...given, ...bent }),
    );
  };
  const size = width === undefined || height === undefined ? undefined : { width, height };
  if (size !== undefined) make(size.width, size.height);
  return { size, make };
}

/** nerfstudio's list of coefficients, in the order of `coefficients`. */
function distortionList(frame: Fields, top: Fields): readonly number[] | undefined {
  const scope = frame.has('distortion_params') ? frame : top;
  const list = scope.list('distortion_params');
  if (list === undefined) return undefined;
  if (list.length <= coefficients.length && list.every((value) => typeof value === 'number')) return list;
  return scope.fail(
    'distortion_params',
    list,
    `up to ${coefficients.length} numbers (${coefficients.join(', ')})`,
  );
}

/** Undefined: perspective, with or without distortion as its coefficients say. */
function lensModel(frame: Fields, top: Fields): LensModel | undefined {
  const fields = ['camera_model', 'camera_type'];
  const [field, scope] =
    [frame, top]
      .flatMap((one) => fields.map((name) => [name, one] as const))
      .find(([name, one]) => one.has(name)) ?? [];
  if (field === undefined || scope === undefined) {
    return (frame.boolean('is_fisheye') ?? top.boolean('is_fisheye')) ? 'opencv-fisheye' : undefined;
  }
  const named = scope.string(field)!;
  const plain = plainName(named);
  if (fisheye.includes(plain)) return 'opencv-fisheye';
  if (perspective.includes(plain)) {
    if ((frame.boolean('is_fisheye') ?? top.boolean('is_fisheye')) !== true) return undefined;
    throw new InputError(
      `${scope.where}: got is_fisheye and the ${words[field]} ${named}, which contradict each other; expected one of both; ` +
        'export it again, or mend it there',
    );
  }
  const what = unsupported.find(([names]) => names.test(plain))?.[1];
  const got =
    what === undefined
      ? `got the ${words[field]} ${named}`
      : `got the ${words[field]} ${named}, ${what} that is not supported`;
  throw new InputError(
    `${scope.where}: ${got}; expected one of ${[...perspective, ...fisheye].join(', ')}; ` +
      'undistort the photographs to one of them',
  );
}

const words: Readonly<Record<string, string>> = { camera_model: 'camera model', camera_type: 'camera type' };

/** A camera model's name as COLMAP spells it: `opencv fisheye` and `OpenCVFisheye` are OPENCV_FISHEYE. */
function plainName(named: string): string {
  return named
    .trim()
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .toUpperCase()
    .replace(/[\s.-]+/g, '_')
    .replace(/^OPEN_?CV(?=_|$|FISHEYE)/, 'OPENCV')
    .replace(/^OPENCVFISHEYE/, 'OPENCV_FISHEYE')
    .replace(/^OPENCV_PINHOLE$/, 'OPENCV');
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
