// Every pixel is a sample: its place in [−1, 1]² goes in, its colour comes out. Inputs and targets of the whole
// picture are worked out once; a step's batch is copied out of them into buffers that only ever grow.
import { ArgumentError, type Batch, type Indices, type SamplePool } from '../core/index.js';
import {
  checkLayout,
  imageDefaults,
  pixelCount,
  type Channels,
  type Image,
  type PixelRange,
} from './image.js';
import { measureRange, toTargets } from './normalise.js';

/** The pixels of one image as samples, in row-major order: sample `row * width + column`. */
export interface PixelPool extends SamplePool {
  readonly width: number;
  readonly height: number;
  readonly channels: Channels;
  /** What targets −1 and +1 stand for, in 0–255 units. */
  readonly range: PixelRange;
  /** `[N, 2]`: (row, column), each in [−1, 1]. The pool's memory; do not write into it. */
  readonly inputs: Float32Array;
  /** `[N, C]` in [−1, 1]. The pool's memory; do not write into it. */
  readonly targets: Float32Array;
}

/**
 * Makes the pool of an image's pixels. Alpha, where there is one, is the fourth target: it is learnt and measured
 * like the colours and normalised by the same range.
 *
 * Holds `(2 + C) · N` floats, plus as much as the largest batch gathered so far.
 *
 * @param options.range another range than the image's own minimum and maximum, for example a stored model's
 */
export function createPixelPool(image: Image, options: { readonly range?: PixelRange } = {}): PixelPool {
  const { width, height, channels } = image;
  checkLayout(image);
  const range = options.range ?? measureRange(image);
  const inputs = coordinateGrid(width, height);
  const targets = toTargets(image, range);
  const size = pixelCount(image);
  const whole: Batch = { indices: 'all', size, inputs, targets };
  let inputBuffer = new Float32Array(0);
  let targetBuffer = new Float32Array(0);

  function gather(indices: Indices): Batch {
    if (indices === 'all') return whole;
    const count = indices.length;
    if (inputBuffer.length < count * 2) {
      inputBuffer = new Float32Array(count * 2);
      targetBuffer = new Float32Array(count * channels);
    }
    for (let i = 0; i < count; i++) {
      const index = indices[i]!;
      if (index >= size) {
        throw new ArgumentError(
          `got index ${index} at position ${i}; expected indices below ${size}, the pixels of ${width}×${height}; ` +
            'use indices of a selector made with the pool’s size',
        );
      }
      inputBuffer[2 * i] = inputs[2 * index]!;
      inputBuffer[2 * i + 1] = inputs[2 * index + 1]!;
      for (let c = 0; c < channels; c++) targetBuffer[i * channels + c] = targets[index * channels + c]!;
    }
    return {
      indices,
      size: count,
      inputs: inputBuffer.subarray(0, count * 2),
      targets: targetBuffer.subarray(0, count * channels),
    };
  }

  return { size, inputDim: 2, targetDim: channels, width, height, channels, range, inputs, targets, gather };
}

/**
 * The network inputs of a picture of any resolution: a grid over [−1, 1]² whose corners are the corners' pixel
 * centres. A model trained at one size is rendered at another by asking for another grid.
 *
 * @param width columns, at least 2
 * @param height rows, at least 2
 * @returns `[height · width, 2]`: (row, column), row-major, freshly allocated
 * @throws ArgumentError when a side is not a whole number of at least 2
 */
export function coordinateGrid(width: number, height: number): Float32Array {
  checkLayout({ width, height, channels: 1 });
  const rows = linspace(height);
  const columns = linspace(width);
  const grid = new Float32Array(width * height * 2);
  let at = 0;
  for (let y = 0; y < height; y++) {
    const row = rows[y]!;
    for (let x = 0; x < width; x++) {
      grid[at++] = row;
      grid[at++] = columns[x]!;
    }
  }
  return grid;
}

/** Floats in the vector registers for which PyTorch's CPU kernels are built. */
const lanes = 8;

/**
 * `count` numbers from −1 to 1, evenly spaced, bit for bit what `torch.linspace(-1, 1, count)` answers on a CPU, so
 * that runs compare with the official code's. That means single precision; each half counted from its own end; and
 * blocks of eight, whose first number is rounded before the offsets inside the block are added. The last one to
 * eight numbers are worked out one by one.
 *
 * @throws ArgumentError when `count` is not a whole number of at least 2
 */
export function linspace(count: number): Float32Array {
  if (!Number.isInteger(count) || count < imageDefaults.minSide) {
    throw new ArgumentError(
      `got ${count} points; expected a whole number of at least ${imageDefaults.minSide}`,
    );
  }
  const step = Math.fround(2 / (count - 1));
  const half = Math.floor(count / 2);
  // The product is exact in double precision, so one rounding remains: a fused multiply-add.
  const single = (i: number): number => Math.fround(i < half ? step * i - 1 : 1 - step * (count - 1 - i));
  const points = new Float32Array(count);
  let i = 0;
  for (; i < count - lanes; i += lanes) {
    const base = single(i);
    for (let j = 0; j < lanes; j++) points[i + j] = base + Math.fround(step * j);
  }
  for (; i < count; i++) points[i] = single(i);
  return points;
}
