// From pixels to rays and back. A camera looks along its −Z axis, X to the right and Y up (OpenGL's axes); its pose takes
// points from there into the world. Pixels count from the top left corner, x to the right and y down.
import { bend, distort, undistort, unbend } from './distortion.js';
import type { Intrinsics } from './intrinsics.js';

const scratch = new Float64Array(2);

/**
 * The direction in which a camera sees a point of its picture.
 *
 * @param px pixels from the left edge; the first column's centre is at 0.5
 * @param py pixels from the top edge
 * @param out three numbers, written: a unit vector in the camera's axes (x right, y up, looking along −z)
 * @returns false where the lens model has no inverse (far outside what it was calibrated for); `out` is then the
 *   direction that a lens without distortion would see
 * @throws never
 * @example
 * const direction = new Float64Array(3);
 * pixelDirection(createIntrinsics({ width: 640, height: 480, fx: 500 }), 320, 240, direction);
 */
export function pixelDirection(lens: Intrinsics, px: number, py: number, out: Float64Array): boolean {
  const xd = (px - lens.cx) / lens.fx;
  const yd = (py - lens.cy) / lens.fy;
  if (lens.model === 'opencv-fisheye') {
    const r = Math.hypot(xd, yd);
    const solved = unbend(lens, r);
    const found = solved === solved;
    const angle = found ? solved : Math.min(r, Math.PI);
    const side = r === 0 ? 1 : Math.sin(angle) / r;
    out[0] = xd * side;
    out[1] = -yd * side;
    out[2] = -Math.cos(angle);
    return found;
  }
  const found = undistort(lens, xd, yd, scratch);
  const x = found ? scratch[0]! : xd;
  const y = found ? scratch[1]! : yd;
  const inverse = 1 / Math.sqrt(x * x + y * y + 1);
  out[0] = x * inverse;
  out[1] = -y * inverse;
  out[2] = -inverse;
  return found;
}

/**
 * Where a camera shows a point of the world.
 *
 * @param pose 16 numbers, camera to world, column by column, with a rotation that keeps lengths
 * @param point three numbers, in the world
 * @param out two numbers, written: pixels from the left and top edge; may lie outside the picture
 * @returns false where the camera cannot see it: behind it, or (fisheye) at the camera itself; `out` is untouched
 * @throws never
 * @example
 * const pixel = new Float64Array(2);
 * const pose = Float64Array.of(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 2, 1);
 * projectPoint(createIntrinsics({ width: 640, height: 480, fx: 500 }), pose, [0, 0, 0], pixel);
 */
export function projectPoint(
  lens: Intrinsics,
  pose: Float64Array,
  point: ArrayLike<number>,
  out: Float64Array,
): boolean {
  const dx = point[0]! - pose[12]!;
  const dy = point[1]! - pose[13]!;
  const dz = point[2]! - pose[14]!;
  const x = pose[0]! * dx + pose[1]! * dy + pose[2]! * dz;
  const y = -(pose[4]! * dx + pose[5]! * dy + pose[6]! * dz);
  const depth = -(pose[8]! * dx + pose[9]! * dy + pose[10]! * dz);
  if (lens.model === 'opencv-fisheye') {
    // Such a lens sees sideways and behind itself, where x / depth would not do.
    const r = Math.hypot(x, y);
    if (r === 0 && depth <= 0) return false;
    const scale = r === 0 ? 0 : bend(lens, Math.atan2(r, depth)) / r;
    out[0] = lens.cx + lens.fx * x * scale;
    out[1] = lens.cy + lens.fy * y * scale;
    return true;
  }
  if (!(depth > 0)) return false;
  distort(lens, x / depth, y / depth, scratch);
  out[0] = lens.cx + lens.fx * scratch[0]!;
  out[1] = lens.cy + lens.fy * scratch[1]!;
  return true;
}

/** Turns a direction of the camera's axes into the world's, in place. */
export function rotateDirection(pose: Float64Array, direction: Float64Array): void {
  const x = direction[0]!;
  const y = direction[1]!;
  const z = direction[2]!;
  direction[0] = pose[0]! * x + pose[4]! * y + pose[8]! * z;
  direction[1] = pose[1]! * x + pose[5]! * y + pose[9]! * z;
  direction[2] = pose[2]! * x + pose[6]! * y + pose[10]! * z;
}

/**
 * The share of a picture whose pixels the lens model sends in no direction, looked at on a grid of 33×33 points: 0 for
 * every lens that was calibrated for its whole picture.
 */
export function blindShare(lens: Intrinsics): number {
  const direction = new Float64Array(3);
  let blind = 0;
  for (let row = 0; row <= 32; row++) {
    for (let column = 0; column <= 32; column++) {
      const found = pixelDirection(lens, (column / 32) * lens.width, (row / 32) * lens.height, direction);
      if (!found) blind++;
    }
  }
  return blind / 33 ** 2;
}
