// Every pixel is a sample: its place in [−1, 1]² goes in, its colour comes out. A small picture's inputs and targets are
// worked out once; a large one's stay the bytes they were decoded to, and are worked out as they are gathered, bit for
// bit the same. Either way a step's batch is written into buffers that only ever grow.
import { ArgumentError, type Batch, type Indices, type SamplePool } from '../core/index.js';
import { checkLayout, pixelCount, type Channels, type Image, type PixelRange } from './image.js';
import { measureRange } from './normalise.js';
import { ByteSamples, FloatSamples, poolDefaults } from './pool-samples.js';

export { coordinateGrid, linspace } from './coordinates.js';
export { poolDefaults } from './pool-samples.js';

/** How a pool keeps its samples; see {@link createPixelPool}. */
export type PixelStorage = 'floats' | 'bytes';

/** The pixels of one image as samples, in row-major order: sample `row * width + column`. */
export interface PixelPool extends SamplePool {
  readonly width: number;
  readonly height: number;
  readonly channels: Channels;
  /** What targets −1 and +1 stand for, in 0–255 units. */
  readonly range: PixelRange;
  readonly storage: PixelStorage;
  /**
   * `[N, 2]`: (row, column), each in [−1, 1]. The pool's memory; do not write into it. A pool of bytes makes it when it
   * is first asked for, and keeps it. @throws ArgumentError beyond `poolDefaults.wholeUpTo` pixels.
   */
  readonly inputs: Float32Array;
  /** `[N, C]` in [−1, 1]; otherwise as `inputs`. */
  readonly targets: Float32Array;
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
 * - `floats` holds `(2 + C) · N` floats besides, all of which `gather('all')` hands out as they are;
 * - `bytes` holds nothing per pixel but the image as it is, of 8 or 16 bits, which must not change meanwhile: 300 MB for
 *   10⁸ RGB pixels. `gather('all')` needs the floats after all: it makes them once, up to `poolDefaults.wholeUpTo`
 *   pixels, and a whole larger picture has to be gathered in parts.
 *
 * @throws ArgumentError when the image or an option is not one that can be
 */
export function createPixelPool(image: Image, options: PixelPoolOptions = {}): PixelPool {
  const { width, height, channels } = image;
  checkLayout(image);
  const size = pixelCount(image);
  const range = options.range ?? measureRange(image);
  const storage = chooseStorage(options.storage, size);
  const samples = storage === 'bytes' ? new ByteSamples(image, range) : new FloatSamples(image, range);
  let inputBuffer = new Float32Array(0);
  let targetBuffer = new Float32Array(0);

  function gather(indices: Indices): Batch {
    if (indices === 'all') return { indices, size, inputs: samples.inputs, targets: samples.targets };
    const count = indices.length;
    if (inputBuffer.length < count * 2) {
      inputBuffer = new Float32Array(count * 2);
      targetBuffer = new Float32Array(count * channels);
    }
    const beyond = samples.gather(indices, inputBuffer, targetBuffer);
    if (beyond >= 0) {
      throw new ArgumentError(
        `got index ${indices[beyond]} at position ${beyond}; expected indices below ${size}, the pixels of ` +
          `${width}×${height}; use indices of a selector made with the pool’s size`,
      );
    }
    return {
      indices,
      size: count,
      inputs: inputBuffer.subarray(0, count * 2),
      targets: targetBuffer.subarray(0, count * channels),
    };
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
    get inputs() {
      return samples.inputs;
    },
    get targets() {
      return samples.targets;
    },
    gather,
  };
}

function chooseStorage(storage: PixelPoolOptions['storage'] = 'auto', size: number): PixelStorage {
  if (storage === 'floats' || storage === 'bytes') return storage;
  if (storage === 'auto') return size <= poolDefaults.floatsUpTo ? 'floats' : 'bytes';
  throw new ArgumentError(`got the storage '${String(storage)}'; expected 'floats', 'bytes' or 'auto'`);
}
