// The point that a scene's cameras look at, and measures of how the cameras stand.
import type { Bounds, Xyz, View } from './scene.js';

/**
 * The point nearest to all viewing axes: Σ (I − d dᵀ)(x − o) = 0.
 * @returns the point, and whether the cameras look at it: their axes are not nearly parallel, and most cameras
 *   have it before them
 */
export function cameraFocus(views: readonly View[]): { readonly focus: Xyz; readonly meets: boolean } {
  const m = new Float64Array(6);
  const b = new Float64Array(3);
  for (const { pose } of views) {
    const d = [-pose[8]!, -pose[9]!, -pose[10]!];
    for (let r = 0, at = 0; r < 3; r++) {
      for (let c = 0; c < 3; c++) {
        const entry = ((r === c ? 1 : 0) - d[r]! * d[c]!) / views.length;
        b[r]! += entry * pose[12 + c]!;
        if (c >= r) m[at++]! += entry;
      }
    }
  }
  const [a, bb, c, d, e, f] = [m[0]!, m[1]!, m[2]!, m[3]!, m[4]!, m[5]!];
  const [c0, c1, c2] = [d * f - e * e, c * e - bb * f, bb * e - c * d];
  const [c3, c4, c5] = [a * f - c * c, bb * c - a * e, a * d - bb * bb];
  const determinant = a * c0 + bb * c1 + c * c2;
  // The mean of sin² of the angle between the axes, roughly: below half a degree it says nothing.
  if (!(determinant > 1e-4)) return { focus: ahead(views), meets: false };
  const [x, y, z] = [b[0]! / determinant, b[1]! / determinant, b[2]! / determinant];
  const focus: Xyz = [c0 * x + c1 * y + c2 * z, c1 * x + c3 * y + c4 * z, c2 * x + c4 * y + c5 * z];
  const before = views.filter(({ pose }) => depthOf(pose, focus) > 0).length;
  return before > views.length / 2 ? { focus, meets: true } : { focus: centreOf(views), meets: false };
}

/** For cameras that look side by side: straight ahead, at five times the distance that they stand apart. */
function ahead(views: readonly View[]): Xyz {
  const centre = centreOf(views);
  const apart = Math.max(...views.map(({ pose }) => distance(pose, centre))) || 1;
  const forward = meanAxis(views, 8);
  const along = (axis: 0 | 1 | 2): number => centre[axis] - 5 * apart * forward[axis];
  return [along(0), along(1), along(2)];
}

/** How far a point lies before a camera, along its axis. */
export function depthOf(pose: Float64Array, [x, y, z]: Xyz): number {
  return -(pose[8]! * (x - pose[12]!) + pose[9]! * (y - pose[13]!) + pose[10]! * (z - pose[14]!));
}

/** A camera's distance from a point. */
export function distance(pose: Float64Array, [x, y, z]: Xyz): number {
  return Math.hypot(pose[12]! - x, pose[13]! - y, pose[14]! - z);
}

/** The mean of the cameras' places. */
export function centreOf(views: readonly View[]): Xyz {
  const mean = (axis: number): number =>
    views.reduce((sum, { pose }) => sum + pose[12 + axis]!, 0) / views.length;
  return [mean(0), mean(1), mean(2)];
}

/** The mean of the cameras' up directions, a unit vector. */
export function meanUp(views: readonly View[]): Xyz {
  return meanAxis(views, 4);
}

function meanAxis(views: readonly View[], at: number): Xyz {
  const sum = [0, 1, 2].map((axis) => views.reduce((total, { pose }) => total + pose[at + axis]!, 0));
  const length = Math.hypot(...sum);
  // Cameras that cancel each other out have no common axis: the world's will do.
  if (!(length > 1e-6 * views.length)) return at === 4 ? [0, 0, 1] : [0, 1, 0];
  return [sum[0]! / length, sum[1]! / length, sum[2]! / length];
}

/** The largest distance between a camera and a corner of a box. */
export function farthestCorner(views: readonly View[], { min, max }: Bounds): number {
  let most = 0;
  for (const { pose } of views) {
    const reach = [0, 1, 2].map((axis) =>
      Math.max(Math.abs(pose[12 + axis]! - min[axis]!), Math.abs(pose[12 + axis]! - max[axis]!)),
    );
    most = Math.max(most, Math.hypot(...reach));
  }
  return most;
}

export function median(values: readonly number[]): number {
  return quantile(Float64Array.from(values).sort(), 0.5);
}

/** @param sorted at least one number, ascending */
export function quantile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const low = Math.floor(at);
  const high = Math.min(sorted.length - 1, low + 1);
  return sorted[low]! + (at - low) * (sorted[high]! - sorted[low]!);
}
