// Cross-frequency supervision couples neighbouring pixels, so its micro-batches are tiles of the image.
// A tile's loss terms are those of its own pixels; the Laplacian there also reads one ring of pixels around
// it. Selected pixels of that ring take part in the pass, so their share of the gradient is not lost:
// the tiles' gradients add up to exactly the whole image's.

/** A rectangle of pixels: rows `[top, bottom)`, columns `[left, right)`. */
export interface Tile {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** An image cut into nearly equal tiles, in raster order. */
export interface TileGrid {
  readonly rows: number;
  readonly columns: number;
  readonly tiles: readonly Tile[];
  /** The tile a pixel (by flat index) lies in. */
  tileOf(index: number): number;
}

/**
 * Cuts an image into nearly square tiles of at most about `area` pixels.
 * @param area pixels per tile aimed at; the grid is as coarse as that allows.
 */
export function cutTiles(width: number, height: number, area: number): TileGrid {
  const side = Math.max(1, Math.sqrt(area));
  // A narrow image has fewer columns than a square tile: its tiles may be taller instead.
  const columns = Math.max(1, Math.round(width / Math.max(side, area / height)));
  const rows = Math.max(1, Math.round(height / Math.max(1, area / Math.ceil(width / columns))));
  const tileHeight = Math.ceil(height / rows);
  const tileWidth = Math.ceil(width / columns);
  const tiles: Tile[] = [];
  const tileRows = Math.ceil(height / tileHeight);
  const tileColumns = Math.ceil(width / tileWidth);
  for (let row = 0; row < tileRows; row++) {
    for (let column = 0; column < tileColumns; column++) {
      tiles.push({
        top: row * tileHeight,
        bottom: Math.min(height, (row + 1) * tileHeight),
        left: column * tileWidth,
        right: Math.min(width, (column + 1) * tileWidth),
      });
    }
  }
  return {
    rows: tileRows,
    columns: tileColumns,
    tiles,
    tileOf: (index) => {
      const row = Math.floor(index / width);
      return Math.floor(row / tileHeight) * tileColumns + Math.floor((index - row * width) / tileWidth);
    },
  };
}

/**
 * Shares tiles out among workers: each tile, in order, goes to the worker with the fewest samples so far.
 * Deterministic for given counts.
 */
export function shareTiles(counts: ArrayLike<number>, workers: number): number[][] {
  const shares = Array.from({ length: workers }, (): number[] => []);
  const load = new Array<number>(workers).fill(0);
  for (let tile = 0; tile < counts.length; tile++) {
    const count = counts[tile] ?? 0;
    if (count === 0) continue;
    let least = 0;
    for (let worker = 1; worker < workers; worker++) {
      if ((load[worker] ?? 0) < (load[least] ?? 0)) least = worker;
    }
    load[least] = (load[least] ?? 0) + count;
    shares[least]?.push(tile);
  }
  return shares;
}
