// Reads camera paths: nerfstudio's camera_path.json, and lists of frames as in transforms.json.
import { InputError } from '../../core/errors.js';
import type { CameraPath, PathCamera } from '../cameras/camera-path.js';
import { createIntrinsics, resizeIntrinsics, type Intrinsics } from '../cameras/intrinsics.js';
import { Fields } from './json-fields.js';
import { rigidPose } from '../cameras/pose.js';
import { blaming } from './scene-files.js';
import { readLens } from './transforms-lens.js';

/** How much a path may ask for. */
export const cameraPathLimits = {
  /** Six minutes at 30 frames a second. */
  frames: 10_000,
  /** The longest side of a WebP, pixels. */
  side: 16_383,
  /** Of one picture: a rendering takes 11 bytes for each. */
  pixels: 2 ** 26,
} as const;

const expected =
  "camera_path.json as nerfstudio's viewer writes it (camera_path, render_width, render_height), or frames with " +
  'transform_matrix as in transforms.json';

/**
 * Reads a camera path.
 *
 * nerfstudio's `camera_path.json`: each camera has `camera_to_world`, 16 numbers row by row, and `fov`, the vertical angle
 * in degrees, for pictures of `render_width` × `render_height` (its `get_path_from_json`; `aspect` is not read there either).
 * `fps`, or `seconds` for all cameras, says how fast. Or an object with `frames` as in transforms.json, or the frames alone:
 * each has `transform_matrix` and, for itself or for all, `w`, `h` and a focal length; what is left out is as `usual` has it.
 *
 * Poses are camera to world in the world of the scene's own files. nerfstudio's viewer shows a world that it has centred,
 * turned and scaled unless it was told not to (`--orientation-method none --center-method none --auto-scale-poses False`).
 *
 * @param json what the file holds, parsed
 * @param name the file, for messages
 * @param usual the lens of frames that state none
 * @returns cameras that belong to the caller
 * @throws InputError naming the file and the frame: another structure, poses that are singular, mirrored or not finite,
 *   angles or sizes out of range, cameras other than perspective ones
 * @example
 * const usual = createIntrinsics({ width: 640, height: 480, fx: 500 });
 * const { cameras } = readCameraPath(JSON.parse('{}'), 'path.json', usual);
 */
export function readCameraPath(json: unknown, name: string, usual: Intrinsics): CameraPath {
  const top = new Fields(Array.isArray(json) ? { frames: json } : json, name);
  const path = top.list('camera_path');
  const list = path ?? top.list('frames');
  if (list === undefined)
    throw new InputError(`${name}: got neither camera_path nor frames; expected ${expected}`);
  if (list.length === 0) throw new InputError(`${name}: got no cameras; expected at least one`);
  if (list.length > cameraPathLimits.frames) {
    throw new InputError(
      `${name}: got ${list.length} cameras; expected at most ${cameraPathLimits.frames}; divide the path`,
    );
  }
  const frames = list.map((frame, i) => new Fields(frame, `${name}: frame ${i + 1}`));
  const cameras =
    path === undefined
      ? frames.map((frame) => transformsCamera(frame, top, usual))
      : frames.map((frame) => nerfstudioCamera(frame, top));
  for (const [i, { intrinsics }] of cameras.entries()) {
    const { width, height } = intrinsics;
    if (width * height <= cameraPathLimits.pixels) continue;
    throw new InputError(
      `${frames[i]!.where}: got ${width}×${height} pixels; expected at most ${cameraPathLimits.pixels} in a picture`,
    );
  }
  return { cameras, fps: speed(top, cameras.length) };
}

function nerfstudioCamera(frame: Fields, top: Fields): PathCamera {
  const type = top.string('camera_type') ?? 'perspective';
  if (type.toLowerCase() !== 'perspective') {
    throw new InputError(
      `${top.where}: got camera_type ${type}; expected perspective; choose it where the path is made`,
    );
  }
  const [width, height] = [side(top, 'render_width'), side(top, 'render_height')];
  if (width === undefined || height === undefined) {
    throw new InputError(`${top.where}: got no render_width and render_height; expected ${expected}`);
  }
  const fov = frame.number('fov') ?? top.number('default_fov');
  if (fov === undefined)
    throw new InputError(`${frame.where}: got no fov; expected degrees, from top to bottom`);
  if (!(fov > 0 && fov < 180)) frame.fail('fov', fov, 'degrees from top to bottom, between 0 and 180');
  const fx = height / (2 * Math.tan((fov * Math.PI) / 360));
  return {
    pose: pose(frame, 'camera_to_world'),
    intrinsics: blaming(frame.where, () => createIntrinsics({ model: 'pinhole', width, height, fx })),
  };
}

function transformsCamera(frame: Fields, top: Fields, usual: Intrinsics): PathCamera {
  const size = (axis: 'w' | 'h'): number | undefined => side(frame, axis) ?? side(top, axis);
  const [width, height] = [size('w') ?? usual.width, size('h') ?? usual.height];
  const names = ['fl_x', 'fl_y', 'camera_angle_x', 'camera_angle_y', 'x_fov', 'y_fov'];
  const states = names.some((one) => frame.has(one) || top.has(one));
  return {
    pose: pose(frame, 'transform_matrix'),
    intrinsics: states ? readLens(frame, top).make(width, height) : resizeIntrinsics(usual, width, height),
  };
}

function side(scope: Fields, name: string): number | undefined {
  const value = scope.number(name);
  if (value === undefined) return undefined;
  // transforms.json often has sizes as 1920.0, which is the same in JSON.
  if (Number.isInteger(value) && value >= 1 && value <= cameraPathLimits.side) return value;
  return scope.fail(name, value, `whole pixels, from 1 to ${cameraPathLimits.side}`);
}

/** 16 numbers row by row, flat or as 4 rows (the last, 0 0 0 1, may be missing), to a pose. */
function pose(frame: Fields, name: string): Float64Array {
  const given = frame.get(name);
  const shape = '16 numbers, camera to world, row by row';
  if (!Array.isArray(given)) return frame.fail(name, given, shape);
  const rows = given as readonly unknown[];
  const inRows = rows.some((row) => Array.isArray(row));
  if (inRows && !rows.every((row) => Array.isArray(row) && row.length === 4)) {
    return frame.fail(name, given, '4 rows of 4 numbers, camera to world');
  }
  const values = rows.flat();
  if (values.length !== 16 && values.length !== 12) {
    throw new InputError(`${frame.where}: got a ${name} of ${values.length} numbers; expected ${shape}`);
  }
  const matrix = Float64Array.from([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]);
  for (const [i, value] of values.entries()) {
    matrix[4 * (i % 4) + Math.floor(i / 4)] = typeof value === 'number' ? value : NaN;
  }
  const rigid = rigidPose(matrix);
  if (typeof rigid === 'string') throw new InputError(`${frame.where}: its ${name} ${rigid}`);
  return rigid.pose;
}

/** nerfstudio states both; by hand either will do. */
function speed(top: Fields, frames: number): number | undefined {
  const seconds = top.number('seconds');
  if (seconds !== undefined && !(seconds > 0)) top.fail('seconds', seconds, 'a time above 0');
  const fps = top.number('fps') ?? (seconds === undefined ? undefined : frames / seconds);
  if (fps === undefined || (fps >= 0.1 && fps <= 1000)) return fps;
  return top.fail('fps', fps, 'frames a second, from 0.1 to 1000');
}
