// Whether directions through a lens come out the same in single precision, as graphics cards work: for every lens that was calibrated
// for its whole picture they do. Where a lens nearly bends its picture back into itself, rounding moves directions a long way.
import { bend, distort, unbend, undistort } from './distortion.js';
import type { Intrinsics } from './intrinsics.js';

/** How many roundings of a number of order 1 a direction may be off, about, before it counts as another. */
const mostRoundings = 32;

/** Pixels looked at along each side, the outermost among them. */
const across = 9;

/** A small step, for derivatives in double precision. */
const small = 1e-6;

/**
 * Why directions in single precision would be others than `pixelDirection`'s, the end of a sentence; undefined: they are the same
 * within 4·10⁻⁶, through the middle of every pixel.
 */
export function whyNotSingle(lens: Intrinsics): string | undefined {
  let worst = 0;
  for (let row = 0; row < across; row++) {
    for (let column = 0; column < across; column++) {
      const px = 0.5 + (column / (across - 1)) * (lens.width - 1);
      const py = 0.5 + (row / (across - 1)) * (lens.height - 1);
      worst = Math.max(worst, roundingsAt(lens, px, py));
    }
  }
  if (worst <= mostRoundings) return undefined;
  return worst === Infinity
    ? 'bends its picture back into itself, so that some of its pixels have no direction'
    : 'needs more than single precision';
}

/** How many roundings a direction is off; infinite where there is none. */
function roundingsAt(lens: Intrinsics, px: number, py: number): number {
  const xd = (px - lens.cx) / lens.fx;
  const yd = (py - lens.cy) / lens.fy;
  // What is lost before the lens: in pixels, single precision has so many of them.
  const lost =
    Math.max(lens.width, lens.cx, -lens.cx) / lens.fx + Math.max(lens.height, lens.cy, -lens.cy) / lens.fy;
  const image = Math.hypot(xd, yd);
  if (lens.model === 'opencv-fisheye') {
    const angle = unbend(lens, image);
    if (Number.isNaN(angle)) return Infinity;
    const slope = (bend(lens, angle + small) - bend(lens, angle - small)) / (2 * small);
    const { k1, k2, k3, k4 } = lens;
    return 1 + (image + lost + angle * sizeOf([k1, k2, k3, k4], angle * angle)) / slope;
  }
  const found = new Float64Array(2);
  if (!undistort(lens, xd, yd, found)) return Infinity;
  const [x = 0, y = 0] = found;
  const rr = x * x + y * y;
  const r = Math.sqrt(rr);
  const shrunk = Math.sqrt(1 + rr);
  const { k1, k2, k3, k4, k5, k6, p1, p2 } = lens;
  const rational = lens.model === 'opencv-rational';
  const below = rational ? Math.abs(1 + rr * (k4 + rr * (k5 + rr * k6))) : 1;
  const terms = rational
    ? sizeOf([k1, k2, k3], rr) / below + (image / Math.max(r, small)) * (sizeOf([k4, k5, k6], rr) / below)
    : sizeOf([k1, k2, k3, k4], rr);
  const size = r * (terms + 4 * r * (Math.abs(p1) + Math.abs(p2)));
  return 1 + (image + lost + size) / (leastStretch(lens, x, y) * shrunk);
}

/** The sum of a polynomial's terms without their signs: 1 + |k1| x + |k2| x² + … */
const sizeOf = (terms: readonly number[], x: number): number =>
  1 + terms.reduceRight((sum, k) => x * (Math.abs(k) + sum), 0);

/** How little a lens stretches directions there, along the way that it stretches them least. */
function leastStretch(lens: Intrinsics, x: number, y: number): number {
  const [low, high] = [new Float64Array(2), new Float64Array(2)];
  const slopes = [
    [small, 0],
    [0, small],
  ].flatMap(([dx = 0, dy = 0]) => {
    distort(lens, x - dx, y - dy, low);
    distort(lens, x + dx, y + dy, high);
    return [0, 1].map((i) => ((high[i] ?? 0) - (low[i] ?? 0)) / (2 * small));
  });
  const [a = 0, b = 0, c = 0, d = 0] = slopes;
  // The smaller singular value of a matrix of two by two.
  const squares = a * a + b * b + c * c + d * d;
  const determinant = a * d - b * c;
  const larger = Math.sqrt(
    (squares + Math.sqrt(Math.max(0, squares * squares - 4 * determinant * determinant))) / 2,
  );
  return Math.abs(determinant) / larger;
}
