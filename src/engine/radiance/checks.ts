// What a radiance field's trainer refuses before it begins: batches, rays and points that are none.
import { ArgumentError, type Batch, type StepOptions } from '../../core/index.js';

/** @throws ArgumentError unless it is a batch of rays, and nothing is asked for that rays do not have */
export function checkRayBatch({ size, inputs, targets, weights }: Batch, options: StepOptions): void {
  const expect = (what: string, got: number, wanted: number): void => {
    if (got !== wanted) throw new ArgumentError(`step: got ${got} ${what}, expected ${wanted}`);
  };
  if (size < 1) throw new ArgumentError('step: got an empty batch, expected at least one ray');
  expect('input values', inputs.length, size * 6);
  expect('target values', targets.length, size * 3);
  if (weights !== undefined) {
    expect('weights', weights.length, size);
    const odd = weights.findIndex((weight) => !(weight >= 0 && weight < Infinity));
    if (odd >= 0) {
      throw new ArgumentError(
        `step: got the weight ${weights[odd]} at position ${odd}, expected finite numbers of at least 0`,
      );
    }
  }
  if (options.crossFrequency) {
    throw new ArgumentError('step: there is no cross-frequency supervision of rays, which are no picture');
  }
}

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
