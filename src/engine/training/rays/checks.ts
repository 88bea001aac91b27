// What a radiance field's trainer refuses before it begins: rays and points that are none.
import { ArgumentError } from '../../../core/errors.js';

/** @returns how many rays these are */
export function countRays(rays: Float32Array): number {
  const size = rays.length / 6;
  if (Number.isInteger(size)) return size;
  throw new ArgumentError(
    `render: got ${rays.length} numbers, expected a multiple of 6: origin and direction of each ray`,
  );
}

/** @returns how many points these are */
export function countPoints(points: Float32Array, directions: Float32Array | undefined): number {
  const size = points.length / 3;
  if (!Number.isInteger(size)) {
    throw new ArgumentError(`query: got ${points.length} numbers, expected a multiple of 3: a position each`);
  }
  if (directions !== undefined && directions.length !== points.length) {
    throw new ArgumentError(
      `query: got ${directions.length} numbers of directions for ${size} points, expected ${points.length}`,
    );
  }
  return size;
}
