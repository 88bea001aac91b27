// The network's coordinates of pixels: row and column, each from −1 to 1.
import { ArgumentError } from '../core/errors.js';
import { checkLayout, imageDefaults } from './image.js';

/**
 * The network inputs of a picture of any resolution: a grid over [−1, 1]² whose corners are the corners' pixel
 * centres. A model trained at one size is rendered at another by asking for another grid.
 *
 * @param width columns, at least 2
 * @param height rows, at least 2
 * @returns `[height · width, 2]`: (row, column), row-major, freshly allocated
 * @throws ArgumentError when a side is not a whole number of at least 2
 * @example
 * const inputs = coordinateGrid(640, 480); // (row, column) of each pixel
 */
export function coordinateGrid(width: number, height: number): Float32Array {
  return coordinateStretch(width, height, 0, width * height);
}

/**
 * A part of `coordinateGrid`, of pixels one after the other: what a large picture is predicted from, part by part.
 * @param from the first pixel, row-major
 * @param to the one after the last
 * @returns `[to − from, 2]`, freshly allocated
 * @throws ArgumentError when a side is not a whole number of at least 2, or the pixels are not all in the picture
 * @example
 * const inputs = coordinateStretch(640, 480, 640, 1280); // of the second row
 */
export function coordinateStretch(width: number, height: number, from: number, to: number): Float32Array {
  checkLayout({ width, height, channels: 1 });
  if (!(from >= 0 && from <= to && to <= width * height)) {
    throw new ArgumentError(`got the pixels ${from} to ${to}; expected some of ${width * height}, in order`);
  }
  const rows = linspace(height);
  const columns = linspace(width);
  const places = new Float32Array(2 * (to - from));
  let y = Math.floor(from / width);
  let x = from - y * width;
  for (let at = 0; at < places.length;) {
    places[at++] = rows[y]!;
    places[at++] = columns[x]!;
    if (++x < width) continue;
    x = 0;
    y++;
  }
  return places;
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
 * @example
 * console.log(linspace(3)); // [-1, 0, 1]
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
