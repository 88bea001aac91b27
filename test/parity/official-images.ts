// The small images on which the official code's golden vectors were made, with what it made a network predict.
import { createImage, type Image } from '../../src/image/index.js';
import { golden } from '../support/reference-data.js';

/** One image: `gt…` of the original, `…_map` of the fitness of `pred`. */
export interface OfficialCase {
  readonly id: number;
  readonly width: number;
  readonly height: number;
  readonly gt8: readonly number[];
  /** `[N, 3]` in network units. */
  readonly pred: readonly number[];
  /** `[N, 3]`: the targets. */
  readonly gt: readonly number[];
  /** In units of 255. */
  readonly transform_min_max: readonly [number, number];
  readonly laplace_map: readonly number[];
  readonly gt_laplacian: readonly number[];
}

/** The cases of crossover.json. */
export const officialCases: readonly OfficialCase[] = golden<{ readonly cases: readonly OfficialCase[] }>(
  'crossover',
).cases;

export function hasCase(id: number): boolean {
  return officialCases.some((one) => one.id === id);
}

/** The image of a case and the predictions for it. */
export function testCase(id: number): { image: Image; pred: Float64Array } {
  const found = officialCases.find((one) => one.id === id);
  if (found === undefined) throw new RangeError(`no golden image ${id}`);
  const { width, height, gt8, pred } = found;
  const image = createImage({ width, height, channels: 3 }, Uint8Array.from(gt8));
  return { image, pred: Float64Array.from(pred) };
}
