// Lens distortion in both directions, between where a pinhole would see a point (x right, y down, at distance 1) and where
// the lens puts it. Forward is OpenCV's published formula (camera calibration and 3D reconstruction, and its fisheye
// module). Backward has no closed form; Newton's method solves it with the formula's own derivatives.
import type { Intrinsics } from './intrinsics.js';

/** Newton's method doubles its digits with every turn: lenses that exist need three to six. */
const turns = 24;
/** In units of the focal length. The step after one as small would be of the order of its square, which is rounding. */
const lastStep = 1e-7;

/**
 * Where the lens puts the direction (x, y, 1). For `opencv-fisheye` too, directions up to 90° from the axis.
 * @param out two numbers, written
 */
export function distort(lens: Intrinsics, x: number, y: number, out: Float64Array): void {
  if (lens.model === 'pinhole') {
    out[0] = x;
    out[1] = y;
    return;
  }
  if (lens.model === 'opencv-fisheye') {
    const r = Math.hypot(x, y);
    const scale = r === 0 ? 1 : bend(lens, Math.atan(r)) / r;
    out[0] = x * scale;
    out[1] = y * scale;
    return;
  }
  const { p1, p2 } = lens;
  const rr = x * x + y * y;
  const g = gain(lens, rr);
  out[0] = x * g + 2 * p1 * x * y + p2 * (rr + 2 * x * x);
  out[1] = y * g + p1 * (rr + 2 * y * y) + 2 * p2 * x * y;
}

/**
 * The direction (x, y, 1) that the lens puts at (xd, yd): the inverse of `distort` for `pinhole`, `opencv` and
 * `opencv-rational`. A fisheye sees directions that have no such form; it has `unbend`.
 *
 * @param out two numbers, written; what the iteration got to where it found none
 * @returns false where no direction was found: the polynomial turns back before it gets there
 */
export function undistort(lens: Intrinsics, xd: number, yd: number, out: Float64Array): boolean {
  let x = xd;
  let y = yd;
  let found = lens.model === 'pinhole';
  if (!found) {
    const { k1, k2, k3, k4, k5, k6, p1, p2 } = lens;
    const rational = lens.model === 'opencv-rational';
    for (let turn = 0; !found && turn < turns; turn++) {
      const rr = x * x + y * y;
      // As `gain`, and its derivative by rr. This is the hottest loop of gathering rays.
      let g = 1 + rr * (k1 + rr * (k2 + rr * (rational ? k3 : k3 + rr * k4)));
      let slope = k1 + rr * (2 * k2 + rr * (rational ? 3 * k3 : 3 * k3 + rr * 4 * k4));
      if (rational) {
        const below = 1 + rr * (k4 + rr * (k5 + rr * k6));
        g /= below;
        slope = (slope - g * (k4 + rr * (2 * k5 + rr * 3 * k6))) / below;
      }
      const ex = x * g + 2 * p1 * x * y + p2 * (rr + 2 * x * x) - xd;
      const ey = y * g + p1 * (rr + 2 * y * y) + 2 * p2 * x * y - yd;
      const mixed = 2 * x * y * slope + 2 * p1 * x + 2 * p2 * y;
      const xx = g + 2 * x * x * slope + 2 * p1 * y + 6 * p2 * x;
      const yy = g + 2 * y * y * slope + 6 * p1 * y + 2 * p2 * x;
      const determinant = xx * yy - mixed * mixed;
      // Beyond the fold a solution is a ghost: nothing that the lens sees lies there.
      if (!(determinant > 0) || !(xx > 0)) break;
      const dx = (yy * ex - mixed * ey) / determinant;
      const dy = (xx * ey - mixed * ex) / determinant;
      x -= dx;
      y -= dy;
      found = Math.abs(dx) + Math.abs(dy) < lastStep;
    }
  }
  out[0] = x;
  out[1] = y;
  return found;
}

/** The angle's image under a fisheye lens: its distance from the optical centre in focal lengths. */
export function bend(lens: Intrinsics, angle: number): number {
  const { k1, k2, k3, k4 } = lens;
  const t = angle * angle;
  return angle * (1 + t * (k1 + t * (k2 + t * (k3 + t * k4))));
}

/**
 * The angle from the axis whose image lies `distance` focal lengths from the optical centre: the inverse of `bend`.
 * @returns NaN where no angle up to 180° does
 */
export function unbend(lens: Intrinsics, distance: number): number {
  const { k1, k2, k3, k4 } = lens;
  let angle = Math.min(distance, Math.PI);
  for (let turn = 0; turn < turns; turn++) {
    const t = angle * angle;
    const slope = 1 + t * (3 * k1 + t * (5 * k2 + t * (7 * k3 + t * 9 * k4)));
    if (!(slope > 0)) return NaN;
    const step = (bend(lens, angle) - distance) / slope;
    angle -= step;
    if (Math.abs(step) < lastStep) return angle >= 0 && angle <= Math.PI ? angle : NaN;
  }
  return NaN;
}

/** The radial factor at the squared distance rr. */
function gain(lens: Intrinsics, rr: number): number {
  const { k1, k2, k3, k4, k5, k6 } = lens;
  if (lens.model === 'opencv') return 1 + rr * (k1 + rr * (k2 + rr * (k3 + rr * k4)));
  return (1 + rr * (k1 + rr * (k2 + rr * k3))) / (1 + rr * (k4 + rr * (k5 + rr * k6)));
}
