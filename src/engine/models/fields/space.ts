// Where points of the world are in a field's own coordinates, which go from −1 to 1: a cube, or all of space drawn
// together into one (Barron et al., Mip-NeRF 360, CVPR 2022, Eq. 10, with the maximum norm, so that the image is a cube).
import { ArgumentError } from '../../../core/errors.js';
import type { GraphBuilder, Value } from '../../graph/index.js';
import type { FieldSpace } from './types.js';

/** @throws ArgumentError for a space that is none */
export function checkSpace({ centre, half, near, far }: FieldSpace): void {
  if (centre.length !== 3 || !centre.every(Number.isFinite)) {
    throw new ArgumentError(`space.centre: got [${String(centre)}], expected three finite numbers`);
  }
  if (!(half > 0) || !Number.isFinite(half)) {
    throw new ArgumentError(`space.half: got ${half}, expected half a cube's side, above 0`);
  }
  if (!(near >= 0) || !(far > near) || !Number.isFinite(far)) {
    throw new ArgumentError(
      `space.near and space.far: got ${near} and ${far}, expected 0 ≤ near < far, finite distances along rays`,
    );
  }
}

/** Points of the world `[n, 3]` in the field's coordinates, written to `into`. */
export function worldToField(space: FieldSpace, points: Float32Array, into: Float32Array): void {
  const { centre, half, contracted } = space;
  for (let i = 0; i < points.length; i += 3) {
    let norm = 1;
    for (let axis = 0; axis < 3; axis++) {
      const value = ((points[i + axis] as number) - (centre[axis] as number)) / half;
      into[i + axis] = value;
      norm = Math.max(norm, Math.abs(value));
    }
    if (!contracted) continue;
    const factor = (1 - 0.5 / norm) / norm;
    for (let axis = 0; axis < 3; axis++) into[i + axis] = (into[i + axis] as number) * factor;
  }
}

/**
 * The same as nodes of a graph.
 * @param positions `[n, 3]` in the world
 * @returns `[n, 3]` in [−1, 1], or outside where the space is a cube and the points are not in it
 */
export function fieldCoordinates(
  b: GraphBuilder,
  positions: Value,
  { centre, half, contracted }: FieldSpace,
): Value {
  const scaled = b.div(b.sub(positions, b.initializer('space.centre', [...centre], [3])), half);
  if (!contracted) return scaled;
  const columns = [0, 1, 2].map((axis) => b.abs(b.slice(scaled, [axis], [axis + 1], [1])));
  const [x, y, z] = columns as [Value, Value, Value];
  const norm = b.max(b.max(b.max(x, y), z), 1);
  // (2 − 1/m)/m is 1 at m = 1, so that inside nothing changes.
  const factor = b.div(b.sub(2, b.div(1, norm)), norm);
  return b.mul(b.mul(scaled, factor), 0.5);
}
