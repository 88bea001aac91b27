// The pixels of a picture as a pool: the place in [−1, 1]² goes in, the colour comes out. A small picture's inputs and
// targets are computed once. A large picture stays bytes, and each batch is computed as it is gathered, bit for bit the same.
import { batchOf, BatchMemory, checkSamples, outsidePool } from '../core/batch-memory.js';
import { ArgumentError } from '../core/errors.js';
import { imageTiles } from '../core/selectors/tile-layout.js';
import type { Batch, GridSize, Pool, Prior, Samples } from '../core/index.js';
import { linspace } from './coordinates.js';
import { priorOf } from './edges.js';
import { checkLayout, pixelCount, type Channels, type Image, type PixelRange } from './image.js';
import { measureRange, targetTable } from './normalise.js';
import { ByteSamples, FloatSamples, poolDefaults } from './pool-samples.js';

export { coordinateGrid, coordinateStretch, linspace } from './coordinates.js';
export { poolDefaults } from './pool-samples.js';

/** How a pool keeps its samples; see {@link createPixelPool}. */
export type PixelStorage = 'floats' | 'bytes';

/** The pixels of one image as samples, in row-major order: sample `row * width + column`. */
export interface PixelPool extends Pool {
  readonly width: number;
  readonly height: number;
  readonly channels: Channels;
  /** What targets −1 and +1 stand for, in 0–255 units. */
  readonly range: PixelRange;
  readonly storage: PixelStorage;
  /** `[height, width]` */
  readonly shape: readonly [height: number, width: number];
  /** The picture itself. */
  readonly views: readonly [GridSize];
  /**
   * `[N, 2]`: (row, column), each in [−1, 1]. The pool's memory; do not write into it. A pool of bytes makes it when it
   * is first asked for, and keeps it. @throws ArgumentError beyond `poolDefaults.wholeUpTo` pixels.
   */
  readonly inputs: Float32Array;
  /** `[N, C]` in [−1, 1]; otherwise as `inputs`. */
  readonly targets: Float32Array;
  /** Writes a pixel's (row, column), each in [−1, 1]. @throws ArgumentError when the index is not below `size`. */
  locate(index: number, out: Float32Array): void;
  /** The pixel nearest to (row, column); places outside the picture go to its edge. @throws ArgumentError for NaN. */
  nearest(input: ArrayLike<number>): number;
  /** The picture's luma, or how steep it is; made anew each time, the caller's to keep. */
  prior(kind: Prior): Float32Array;
}

/** What {@link createPixelPool} takes besides the image. */
export interface PixelPoolOptions {
  /** Another range than the image's own minimum and maximum, for example a stored model's. */
  readonly range?: PixelRange;
  /** Default: `floats` up to `poolDefaults.floatsUpTo` pixels, `bytes` above. */
  readonly storage?: PixelStorage | 'auto';
}

/**
 * Makes the pool of an image's pixels. Alpha, where there is one, is the fourth target: it is learnt and measured
 * like the colours and normalised by the same range.
 *
 * Both kinds of storage gather the same numbers, into as much memory as the largest batch takes:
 * - `floats` holds `(2 + C) · N` floats besides, which `gather` hands out as they are when asked for all;
 * - `bytes` holds nothing per pixel but the image as it is, of 8 or 16 bits, which must not change meanwhile: 300 MB for
 *   10⁸ RGB pixels. Gathering all makes the floats once, up to `poolDefaults.wholeUpTo` pixels; a larger picture has
 *   to be gathered in parts, and has a `layout` of tiles to choose from.
 *
 * @throws ArgumentError when the image or an option is not one that can be
 * @example
 * const image = createImage({ width: 2, height: 2, channels: 1 }, Uint8Array.of(0, 80, 160, 255));
 * const pool = createPixelPool(image);
 * const { inputs, targets } = pool.gather(someOf(Uint32Array.of(3)));
 */
export function createPixelPool(image: Image, options: PixelPoolOptions = {}): PixelPool {
  const { width, height, channels } = image;
  checkLayout(image);
  const size = pixelCount(image);
  const range = options.range ?? measureRange(image);
  const storage = chooseStorage(options.storage, size);
  const rows = linspace(height);
  const columns = linspace(width);
  const kept =
    storage === 'bytes' ? new ByteSamples(image, range, rows, columns) : new FloatSamples(image, range);
  const giant = storage === 'bytes' && size > poolDefaults.wholeUpTo;
  const memory = new BatchMemory(2, channels);
  const what = `the pixels of ${width}×${height}`;

  function gather(samples: Samples): Batch {
    checkSamples(samples, size, what);
    if (samples.whole) return batchOf(samples, kept.inputs, kept.targets);
    const { indices } = samples;
    memory.reserve(indices.length);
    const beyond = kept.gather(indices, memory.inputs, memory.targets);
    if (beyond >= 0) throw outsidePool(indices[beyond], beyond, size, what);
    return memory.batch(samples);
  }

  return {
    size,
    inputDim: 2,
    targetDim: channels,
    width,
    height,
    channels,
    range,
    storage,
    shape: [height, width],
    views: [{ width, height }],
    ...(image.data instanceof Uint8Array
      ? { coded: { codes: image.data, values: targetTable(image.depth, range) } }
      : {}),
    ...(giant ? { layout: imageTiles({ width, height }) } : {}),
    get inputs() {
      return kept.inputs;
    },
    get targets() {
      return kept.targets;
    },
    gather,
    locate(index, out) {
      if (!(index >= 0 && index < size)) throw outsidePool(index, 0, size, what);
      const row = Math.floor(index / width);
      out[0] = rows[row]!;
      out[1] = columns[index - row * width]!;
    },
    nearest(input) {
      return nearestOf(input[0], height) * width + nearestOf(input[1], width);
    },
    prior: (kind) => priorOf(image, kind),
  };
}

/** Which of `count` places from −1 to 1 is the nearest. */
function nearestOf(place: number | undefined, count: number): number {
  if (place === undefined || Number.isNaN(place)) {
    throw new ArgumentError(`got the place ${place}; expected two numbers, (row, column), each in [−1, 1]`);
  }
  return Math.round(((Math.min(1, Math.max(-1, place)) + 1) / 2) * (count - 1));
}

function chooseStorage(storage: PixelPoolOptions['storage'] = 'auto', size: number): PixelStorage {
  if (storage === 'floats' || storage === 'bytes') return storage;
  if (storage === 'auto') return size <= poolDefaults.floatsUpTo ? 'floats' : 'bytes';
  throw new ArgumentError(`got the storage '${String(storage)}'; expected 'floats', 'bytes' or 'auto'`);
}
