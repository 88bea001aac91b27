// How a pass over rays is cut, and where what it finds lies: fixed functions of sizes.
import type { RayArray } from '../../training/rays/batch.js';
import type { PaddedLayer } from '../layout.js';
import { bindingBytes, tuning } from '../plan.js';
import type { Tile } from '../wgsl/dense.js';
import { thinWidth } from '../wgsl/thin.js';
import type { FieldLayout } from './layout.js';

/** How a step's sums are cut: by its largest pass, so that all of its passes add to the same slices. */
export interface FieldPlan {
  /** Of layers that are not thin. */
  readonly tile: Tile;
  /** Slices of a pass, and rows of a slice. */
  readonly slices: number;
  readonly chunk: number;
}

/** From so many rows on wider layers take the large tile, as in networks of samples. */
const largeFrom = 16_384;

/** Rows of a slice where all layers are thin: so many invocations share a pass as a large GPU has. */
const thinChunk = 128;

/** Whether a layer takes the kernels without tiles. */
export const isThin = ({ inner, outer }: PaddedLayer): boolean => Math.max(inner, outer) <= thinWidth;

/** Cuts passes of at most so many samples: a fixed function of sizes, since it changes the last bits. */
export function planField({ network }: FieldLayout, rows: number): FieldPlan {
  const tile = rows >= largeFrom ? 128 : 64;
  const tiled = tile === 128 ? tuning.largeChunk : tuning.smallChunk;
  const wanted = Math.ceil(rows / (network.layers.every(isThin) ? thinChunk : tiled));
  const most = Math.max(1, Math.floor(bindingBytes / (network.total * 4)));
  // Whole steps of the kernels' inner loop.
  const chunk = Math.ceil(rows / Math.min(wanted, most) / 16) * 16;
  return { tile, slices: Math.ceil(rows / chunk), chunk };
}

/** Buffers grow in powers of two, so that steps of other sizes seldom need new ones. */
export const roomFor = (count: number): number => 2 ** Math.ceil(Math.log2(Math.max(1024, count)));

/** Numbers of `out` for so many rays. */
export const rayNumbers = 8;

/** Where numbers of so many rays begin in `out`: errors and absolute errors of a step lie where opacities and depths of a view do. */
export const rayPlaces = (rays: number): Readonly<Record<FoundArray, number>> => ({
  ...{ errors: 0, absolute: rays, opacities: 0, depths: rays },
  ...{ colours: 2 * rays, targets: 5 * rays },
});

/** What is found out of rays. */
export type FoundArray = Exclude<RayArray, 'rays' | 'weights'>;
