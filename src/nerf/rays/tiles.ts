// Views cut into tiles of pixels, which stand for their rays. A tile takes twelve bytes, however large the views are.
import type { GridSize, TileLayout } from '../../core/index.js';

/** About the most tiles of a pool. Crossover over so many costs a millisecond, their state a few megabytes. */
const mostTiles = 65_536;
/** Smaller tiles would hardly have neighbours inside. */
const leastSide = 8;

/** The usual side of a tile, in pixels, for a pool of so many rays. */
export function defaultTileSide(size: number): number {
  return Math.max(leastSide, Math.ceil(Math.sqrt(size / mostTiles)));
}

/**
 * Cuts views into tiles of about `side` × `side` pixels, row by row, view by view; of one view they differ by at most a
 * column and a row. Arguments are not checked.
 */
export function rayTiles(views: readonly GridSize[], side: number): Required<TileLayout> {
  const parts = (length: number): number => Math.max(1, Math.round(length / side));
  const count = views.reduce((sum, { width, height }) => sum + parts(width) * parts(height), 0);
  const corners = new Uint32Array(count);
  const strides = new Uint32Array(count);
  const widths = new Uint16Array(count);
  const heights = new Uint16Array(count);
  let tile = 0;
  let first = 0;
  for (const { width, height } of views) {
    const [across, down] = [parts(width), parts(height)];
    for (let y = 0; y < down; y++) {
      const top = Math.floor((y * height) / down);
      const bottom = Math.floor(((y + 1) * height) / down);
      for (let x = 0; x < across; x++, tile++) {
        const left = Math.floor((x * width) / across);
        corners[tile] = first + top * width + left;
        strides[tile] = width;
        widths[tile] = Math.floor(((x + 1) * width) / across) - left;
        heights[tile] = bottom - top;
      }
    }
    first += width * height;
  }
  return {
    count,
    sizeOf: (of) => (widths[of] as number) * (heights[of] as number),
    sampleAt: (of, i) => {
      const width = widths[of] as number;
      const row = (i / width) >>> 0;
      return (corners[of] as number) + row * (strides[of] as number) + i - row * width;
    },
    patchAt: (of, random, places) => {
      const width = widths[of] as number;
      const height = heights[of] as number;
      const place = random.below(height - 1) * width + random.below(width - 1);
      // One pixel across or down is its own neighbour: no difference that way.
      const right = width > 1 ? 1 : 0;
      const below = height > 1 ? width : 0;
      places[0] = place;
      places[1] = place + right;
      places[2] = place + below;
      places[3] = place + below + right;
    },
    coverage: (of, i) => {
      const width = widths[of] as number;
      const height = heights[of] as number;
      const row = (i / width) >>> 0;
      return covered(row, height) * covered(i - row * width, width);
    },
  };
}

/** How many pixels of two neighbours out of `length`, drawn uniformly, are the one at `place`, on average. */
function covered(place: number, length: number): number {
  if (length === 1) return 2;
  return (place === 0 || place === length - 1 ? 1 : 2) / (length - 1);
}
