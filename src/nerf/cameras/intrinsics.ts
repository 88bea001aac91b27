// The intrinsics of a camera: focal lengths, optical centre and distortion coefficients, in pixels of one picture size.
import { ArgumentError } from '../../core/errors.js';
import type { PixelLens } from '../../core/pixel-rays.js';

/**
 * The distortion models of lenses.
 *
 * - `pinhole`: none.
 * - `opencv`: radial polynomial 1 + k1 r² + k2 r⁴ + k3 r⁶ + k4 r⁸ and the tangential terms p1, p2. With k4 = 0 this is
 *   OpenCV's model of five coefficients; k4 is the term of r⁸, as nerfstudio has it.
 * - `opencv-rational`: OpenCV's model of eight coefficients (COLMAP's FULL_OPENCV), where k4, k5, k6 belong to the
 *   denominator: (1 + k1 r² + k2 r⁴ + k3 r⁶) / (1 + k4 r² + k5 r⁴ + k6 r⁶).
 * - `opencv-fisheye`: the angle θ from the axis becomes θ (1 + k1 θ² + k2 θ⁴ + k3 θ⁶ + k4 θ⁸).
 */
export type LensModel = 'pinhole' | 'opencv' | 'opencv-rational' | 'opencv-fisheye';

/**
 * The intrinsics of a camera. Lengths are in pixels; the centre of the top left pixel is at (0.5, 0.5), so a picture's middle is at
 * (width / 2, height / 2) and sizes scale without offsets. OpenCV itself counts from pixel centres: its cx is ours − 0.5.
 */
export interface Intrinsics extends PixelLens {
  readonly model: LensModel;
}

/** What `createIntrinsics` takes; coefficients left out are 0. */
export type IntrinsicsInit = Pick<Intrinsics, 'width' | 'height' | 'fx'> & Partial<Intrinsics>;

/** The numbers of a lens besides its focal lengths and centre. */
export const coefficients = ['k1', 'k2', 'k3', 'k4', 'k5', 'k6', 'p1', 'p2'] as const;

/**
 * Completes and checks intrinsics: fy is fx, the optical centre the picture's middle, and coefficients are 0
 * unless given. Without a model it is `opencv`, or `pinhole` where all coefficients are 0.
 *
 * @throws ArgumentError for a size that is not whole pixels, a focal length that is not above 0, anything that is not
 *   finite or beyond what lenses have, or coefficients that the model does not have
 * @example
 * const lens = createIntrinsics({ width: 640, height: 480, fx: 500 });
 */
export function createIntrinsics(init: IntrinsicsInit): Intrinsics {
  const { width, height, fx, fy = fx, cx = width / 2, cy = height / 2 } = init;
  const zeros = { k1: 0, k2: 0, k3: 0, k4: 0, k5: 0, k6: 0, p1: 0, p2: 0 };
  for (const name of coefficients) zeros[name] = init[name] ?? 0;
  const distorts = coefficients.some((name) => zeros[name] !== 0);
  const model = init.model ?? (distorts ? 'opencv' : 'pinhole');
  const made = { model, width, height, fx, fy, cx, cy, ...zeros };
  for (const [name, value] of Object.entries(made)) {
    if (name === 'model' || (typeof value === 'number' && Number.isFinite(value))) continue;
    throw new ArgumentError(`got ${name} ${String(value)}; expected a finite number`);
  }
  for (const [name, value] of Object.entries({ width, height })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new ArgumentError(`got a picture's ${name} of ${value}; expected whole pixels, at least 1`);
    }
  }
  if (!(fx > 0 && fy > 0)) {
    throw new ArgumentError(`got focal lengths ${fx} and ${fy}; expected pixels, above 0`);
  }
  const odd = Object.entries(made).find(
    ([, value]) => typeof value === 'number' && Math.abs(value) > mostOfLens,
  );
  if (odd !== undefined || Math.min(fx, fy) < leastFocalLength) {
    const [name, value] = odd ?? ['a focal length of', Math.min(fx, fy)];
    throw new ArgumentError(
      `got ${name} ${String(value)}; expected numbers of a lens: up to ${mostOfLens}, and focal lengths from ${leastFocalLength} pixels`,
    );
  }
  const unused = coefficients.filter((name) => zeros[name] !== 0 && !taken[model].includes(name));
  if (unused.length > 0) {
    throw new ArgumentError(
      `got ${unused.join(', ')} for the lens model ${model}; expected ` +
        `${taken[model].length === 0 ? 'no coefficients' : `only ${taken[model].join(', ')}`}; choose another model`,
    );
  }
  return made;
}

/** Beyond these rays are no numbers any more, and no lens is. */
const mostOfLens = 1e9;
const leastFocalLength = 1e-6;

const taken: Readonly<Record<LensModel, readonly string[]>> = {
  pinhole: [],
  opencv: ['k1', 'k2', 'k3', 'k4', 'p1', 'p2'],
  'opencv-rational': coefficients,
  'opencv-fisheye': ['k1', 'k2', 'k3', 'k4'],
};

/**
 * The same camera with pictures of another size: lengths in pixels scale, the distortion stays.
 * @throws ArgumentError for a size that is not of whole pixels, at least 1
 * @example
 * const half = resizeIntrinsics(createIntrinsics({ width: 640, height: 480, fx: 500 }), 320, 240);
 */
export function resizeIntrinsics(intrinsics: Intrinsics, width: number, height: number): Intrinsics {
  const { fx, fy, cx, cy } = intrinsics;
  const [sx, sy] = [width / intrinsics.width, height / intrinsics.height];
  return createIntrinsics({
    ...intrinsics,
    ...{ width, height, fx: fx * sx, fy: fy * sy, cx: cx * sx, cy: cy * sy },
  });
}
