// What the ray sampler needs to know of rays: views of pixels, with one ray for each pixel. The ray pool is a source, and
// somebody's own loader can be one too.
import { outsidePool } from '../../core/batch-memory.js';
import { firstOfView, viewOf } from '../../core/selectors/views.js';
import type { GridSize } from '../../core/index.js';

/** Where the rays of a batch are written, n of them; the arrays are exactly as long. */
export interface RayBuffers {
  /** `[n]`: the photograph each ray is of, from 0 in the order of the source. */
  readonly views: Uint32Array;
  /** `[n]`: its pixel's row, from 0 at the top. */
  readonly rows: Uint32Array;
  /** `[n]`: its pixel's column, from 0 at the left. */
  readonly columns: Uint32Array;
  /** `[n, 3]`: where it starts, in the world. */
  readonly origins: Float32Array;
  /** `[n, 3]`: where it goes, in the world, of length 1. */
  readonly directions: Float32Array;
  /** `[n, 3]`: the photographed colour, red, green, blue, from 0 to 1. */
  readonly targets: Float32Array;
}

/**
 * All rays of a scene. A ray's index counts pixels view by view, row by row: `firstOfView[view] + row·width + column`,
 * with the views in the order of `views`.
 */
export interface RaySource {
  /** N, from 1 to 2³² − 1: the pixels of all views. */
  readonly size: number;
  /** The sizes of the views, which may differ; not to change. */
  readonly views: readonly GridSize[];
  /** Writes the pixel of each ray; all arrays are of n. */
  pixelsOf(indices: Uint32Array, views: Uint32Array, rows: Uint32Array, columns: Uint32Array): void;
  /**
   * Fills all of `out` with the first n rays of `indices`. `out` belongs to the sampler, which hands the same arrays over
   * again some calls later.
   */
  fill(indices: Uint32Array, n: number, out: RayBuffers): void;
  /**
   * Whether a ray must not be trained on, because a mask lies over its pixel. The sampler never draws it. Default: no ray is
   * excluded.
   */
  excluded?(index: number): boolean;
}

/** The rays of one step, as typed arrays that become tensors without copying. */
export interface RayBatch extends RayBuffers {
  /** Tells batches apart: 1 for the first, and so on. */
  readonly id: number;
  /** How many rays, n. */
  readonly size: number;
  /** `[n]`: the rays' indices in the source. */
  readonly indices: Uint32Array;
  /**
   * `[n]`: what each ray's loss is to be multiplied by: 1, or the importance correction if it was asked for. Divide the
   * weighted sum by n, not by the sum of weights.
   */
  readonly weights: Float32Array;
  /** The first 4·`patches` rays are patches of 2×2 neighbouring pixels, row by row. */
  readonly patches: number;
}

/**
 * A source without photographs, for trainers that have colours and cameras themselves and only ask which pixels to take.
 * Origins, directions and targets of its batches stay 0.
 * @throws never
 * @example
 * const sampler = createRaySampler(pixelSource([{ width: 640, height: 480 }]), { strategy: 'evos-online', seed: 1 });
 * const { views, rows, columns } = sampler.next(4096);
 */
export function pixelSource(views: readonly GridSize[]): RaySource {
  const first = firstOfView(views);
  return {
    size: first.at(-1) ?? 0,
    views,
    pixelsOf: (indices, ofView, rows, columns) =>
      locatePixels(views, first, indices, indices.length, { views: ofView, rows, columns }),
    fill: (indices, n, out) => locatePixels(views, first, indices, n, out),
  };
}

/**
 * Writes the pixels of the first n rays of `indices`.
 * @param first as {@link firstOfView} gives it
 * @throws ArgumentError when an index is not below the number of rays
 * @example
 * const [views, rows, columns] = [new Uint32Array(1), new Uint32Array(1), new Uint32Array(1)];
 * const grids = [{ width: 640, height: 480 }];
 * locatePixels(grids, firstOfView(grids), Uint32Array.of(641), 1, { views, rows, columns }); // row 1, column 1
 */
export function locatePixels(
  views: readonly GridSize[],
  first: Float64Array,
  indices: Uint32Array,
  n: number,
  out: Pick<RayBuffers, 'views' | 'rows' | 'columns'>,
): void {
  const size = first[views.length] as number;
  for (let i = 0; i < n; i++) {
    const index = indices[i] as number;
    if (index >= size) throw outsidePool(index, i, size, 'the rays of all views');
    const view = viewOf(first, index);
    const width = (views[view] as GridSize).width;
    const pixel = index - (first[view] as number);
    const row = Math.floor(pixel / width);
    out.views[i] = view;
    out.rows[i] = row;
    out.columns[i] = pixel - row * width;
  }
}
