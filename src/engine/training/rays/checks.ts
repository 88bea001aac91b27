// What a radiance field's trainer refuses before it begins: rays and points that are none.
import { ArgumentError } from '../../../core/errors.js';
import type { PixelLens, Pool } from '../../../core/index.js';

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

/** @throws ArgumentError unless a pool's samples are rays and their colours */
export function checkRayPool({ inputDim, targetDim }: Pool): void {
  if (inputDim === 6 && targetDim === 3) return;
  throw new ArgumentError(
    `pool: got samples of ${inputDim} inputs and ${targetDim} targets, expected 6 (origin and direction) and 3 (a colour)`,
  );
}

/** @throws ArgumentError unless a camera has these pixels */
export function checkPixels({ width, height }: PixelLens, from: number, count: number): void {
  const whole = Number.isInteger(from) && Number.isInteger(count) && from >= 0 && count >= 0;
  if (whole && from + count <= width * height) return;
  throw new ArgumentError(
    `renderPixels: got ${count} pixels from ${from} on, expected some of the ${width}×${height} that the camera has`,
  );
}
