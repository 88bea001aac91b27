// COLMAP's camera models (src/colmap/sensor/models.h) as lenses, and what its two file formats share.
import { InputError } from '../../core/errors.js';
import { createIntrinsics, type Intrinsics, type LensModel } from '../cameras/intrinsics.js';
import { blaming } from './scene-files.js';

/** A sparse model, as far as it is used here. */
export interface ColmapModel {
  /** By camera id. */
  readonly cameras: ReadonlyMap<number, Intrinsics>;
  readonly images: readonly ColmapImage[];
  readonly points: readonly ColmapPoint[];
  /** What is odd about the files. */
  readonly warnings: readonly string[];
}

/** A photograph: world to camera, in OpenCV's axes. */
export interface ColmapImage {
  readonly id: number;
  /** w, x, y, z. */
  readonly rotation: readonly [w: number, x: number, y: number, z: number];
  readonly translation: readonly [x: number, y: number, z: number];
  readonly camera: number;
  readonly name: string;
}

/** A point, and the photographs that show it. */
export interface ColmapPoint {
  readonly position: readonly [x: number, y: number, z: number];
  readonly seenBy: readonly number[];
}

interface Known {
  readonly id: number;
  readonly model: LensModel;
  /** What its parameters are; `f` is both focal lengths. */
  readonly parameters: readonly ('f' | keyof Intrinsics)[];
}

const models: Readonly<Record<string, Known>> = {
  SIMPLE_PINHOLE: { id: 0, model: 'pinhole', parameters: ['f', 'cx', 'cy'] },
  PINHOLE: { id: 1, model: 'pinhole', parameters: ['fx', 'fy', 'cx', 'cy'] },
  SIMPLE_RADIAL: { id: 2, model: 'opencv', parameters: ['f', 'cx', 'cy', 'k1'] },
  RADIAL: { id: 3, model: 'opencv', parameters: ['f', 'cx', 'cy', 'k1', 'k2'] },
  OPENCV: { id: 4, model: 'opencv', parameters: ['fx', 'fy', 'cx', 'cy', 'k1', 'k2', 'p1', 'p2'] },
  OPENCV_FISHEYE: {
    id: 5,
    model: 'opencv-fisheye',
    parameters: ['fx', 'fy', 'cx', 'cy', 'k1', 'k2', 'k3', 'k4'],
  },
  FULL_OPENCV: {
    id: 6,
    model: 'opencv-rational',
    parameters: ['fx', 'fy', 'cx', 'cy', 'k1', 'k2', 'p1', 'p2', 'k3', 'k4', 'k5', 'k6'],
  },
  SIMPLE_RADIAL_FISHEYE: { id: 8, model: 'opencv-fisheye', parameters: ['f', 'cx', 'cy', 'k1'] },
  RADIAL_FISHEYE: { id: 9, model: 'opencv-fisheye', parameters: ['f', 'cx', 'cy', 'k1', 'k2'] },
};

/** COLMAP's other models, which have no lens here. */
const unsupported: Readonly<Record<string, number>> = {
  FOV: 7,
  THIN_PRISM_FISHEYE: 10,
  RAD_TAN_THIN_PRISM_FISHEYE: 11,
  SIMPLE_DIVISION: 12,
  DIVISION: 13,
  SIMPLE_FISHEYE: 14,
  FISHEYE: 15,
};

/** The model of a name or number. @throws InputError for one that is not supported. */
export function colmapModel(named: string | number, where: string): Known {
  const found =
    typeof named === 'string'
      ? Object.entries(models).find(([name]) => name === named)?.[1]
      : Object.values(models).find(({ id }) => id === named);
  if (found !== undefined) return found;
  const other = Object.keys(unsupported).find((name) => name === named || unsupported[name] === named);
  const got =
    other === undefined
      ? `got the camera model ${named}, which is not known`
      : `got the camera model ${other}, which is not supported`;
  throw new InputError(
    `${where}: ${got}; expected one of ${Object.keys(models).join(', ')}; ` +
      "run COLMAP's image_undistorter, which makes PINHOLE cameras",
  );
}

/** A camera of COLMAP's as a lens; both count pixels from the corner. @throws InputError for numbers that cannot be. */
export function colmapLens(
  known: Known,
  width: number,
  height: number,
  parameters: readonly number[],
  where: string,
): Intrinsics {
  if (parameters.length !== known.parameters.length) {
    throw new InputError(
      `${where}: got ${parameters.length} parameters; expected ${known.parameters.length} (${known.parameters.join(', ')})`,
    );
  }
  const named: Record<string, number> = {};
  known.parameters.forEach((name, i) => {
    for (const key of name === 'f' ? ['fx', 'fy'] : [name]) named[key] = parameters[i]!;
  });
  return blaming(where, () =>
    createIntrinsics({ model: known.model, width, height, fx: named['fx'] ?? NaN, ...named }),
  );
}
