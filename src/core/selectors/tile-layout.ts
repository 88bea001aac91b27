// How a pool too large to evaluate whole is cut into tiles, each standing for a block of samples.
import { checkInteger } from '../check.js';
import type { TileLayout } from '../contracts.js';
import { ArgumentError } from '../errors.js';

/** Samples in a tile, unless told otherwise: as many as 64 × 64 pixels. */
export const defaultTile = 64;

/**
 * Runs of consecutive samples, for pools without a better notion of neighbourhood.
 * @param size N
 * @param length samples in a run, about: runs differ by at most one sample, so that they come out even
 * @throws ArgumentError
 * @example
 * const layout = runTiles(1_000_000);
 * const selector = createSelector({ strategy: 'evos-tiles', size: 1_000_000, layout });
 * console.log(layout.count, selector.size);
 */
export function runTiles(size: number, length: number = defaultTile * defaultTile): TileLayout {
  checkInteger('size', size, 1, 2 ** 32 - 1, 'the number of samples in the pool');
  checkInteger('length', length, 1, 2 ** 32 - 1, 'about so many consecutive samples make a tile');
  const starts = divide(size, length);
  const start = (tile: number): number => starts[tile] as number;
  return {
    count: starts.length - 1,
    sizeOf: (tile) => start(tile + 1) - start(tile),
    sampleAt: (tile, i) => start(tile) + i,
  };
}

/**
 * Squares of an image's pixels, which are samples row by row.
 * @param image.width columns
 * @param image.height rows
 * @param image.tile about how many columns and rows a tile has; tiles differ by at most one of each
 * @throws ArgumentError
 * @example
 * const layout = imageTiles({ width: 1920, height: 1080, tile: 32 });
 * console.log(layout.count);
 */
export function imageTiles(image: {
  readonly width: number;
  readonly height: number;
  readonly tile?: number;
}): TileLayout {
  const { width, height, tile: side = defaultTile } = image;
  checkInteger('width', width, 1, 2 ** 32 - 1, 'the columns of the image');
  checkInteger('height', height, 1, Math.floor((2 ** 32 - 1) / width), 'the rows of the image');
  checkInteger('tile', side, 1, 2 ** 16, 'about so many columns and rows of pixels make a tile');
  const lefts = divide(width, side);
  const tops = divide(height, side);
  const columns = lefts.length - 1;
  const left = (column: number): number => lefts[column] as number;
  const top = (row: number): number => tops[row] as number;
  return {
    count: columns * (tops.length - 1),
    sizeOf: (tile) => {
      const row = (tile / columns) >>> 0;
      const column = tile - row * columns;
      return (left(column + 1) - left(column)) * (top(row + 1) - top(row));
    },
    sampleAt: (tile, i) => {
      const row = (tile / columns) >>> 0;
      const column = tile - row * columns;
      const x = left(column);
      const down = (i / (left(column + 1) - x)) >>> 0;
      return (top(row) + down) * width + x + i - down * (left(column + 1) - x);
    },
  };
}

/** What a selector wants to know of a layout beforehand. */
export interface TileMeasures {
  /** Samples in the smallest tile and in the largest. */
  readonly least: number;
  readonly largest: number;
  /** Of sizes and first samples: tells one layout from another. */
  readonly checksum: number;
}

/**
 * Looks at every tile once.
 * @param size N
 * @throws ArgumentError when the tiles are not a division of N samples, as far as that can be seen
 */
export function measureTiles(layout: TileLayout, size: number): TileMeasures {
  const { count } = layout;
  checkInteger('layout.count', count, 1, size, 'a tile has at least one sample of the pool');
  let least = Infinity;
  let largest = 0;
  let total = 0;
  let checksum = 0;
  for (let tile = 0; tile < count; tile++) {
    const samples = checkInteger(
      `layout.sizeOf(${tile})`,
      layout.sizeOf(tile),
      1,
      size,
      'the samples of that tile',
    );
    const hint = 'an index of a sample in the pool';
    const first = checkInteger(`layout.sampleAt(${tile}, 0)`, layout.sampleAt(tile, 0), 0, size - 1, hint);
    least = Math.min(least, samples);
    largest = Math.max(largest, samples);
    total += samples;
    checksum = Math.imul(checksum ^ samples, 0x01000193);
    checksum = Math.imul(checksum ^ first, 0x01000193);
  }
  if (total !== size) {
    throw new ArgumentError(
      `The tiles have ${total} samples, expected ${size}, the pool's: every sample must be in exactly one tile.`,
    );
  }
  if (count * largest > 2 ** 32 - 1) {
    throw new ArgumentError(
      `${count} tiles, the largest of ${largest} samples, are too many to draw from: make them about equal.`,
    );
  }
  return { least, largest, checksum };
}

/** Where parts of about `part` begin, as equal as whole numbers can be, and where the last one ends, at `length`. */
function divide(length: number, part: number): Uint32Array {
  const count = Math.max(1, Math.round(length / part));
  return Uint32Array.from({ length: count + 1 }, (_, i) => Math.floor((i * length) / count));
}
