// The grids of the error map: where their cells lie in one array and on the pixels, and cumulative shares to draw from.

/** One view's grid. */
export interface Grid {
  readonly across: number;
  readonly down: number;
  /** Where its cells, and its rows, begin among those of all views. */
  readonly cells: number;
  readonly rows: number;
}

/** @param cut columns and rows of each */
export function grids(cut: readonly number[]): Grid[] {
  const made: Grid[] = [];
  for (let i = 0, cells = 0, rows = 0; i < cut.length; i += 2) {
    const [across, down] = [cut[i] as number, cut[i + 1] as number];
    made.push({ across, down, cells, rows });
    cells += across * down;
    rows += down;
  }
  return made;
}

/** Cells and rows of all grids. */
export function extentOf(all: readonly Grid[]): { readonly cells: number; readonly rows: number } {
  const last = all.at(-1);
  if (last === undefined) return { cells: 0, rows: 0 };
  return { cells: last.cells + last.across * last.down, rows: last.rows + last.down };
}

/**
 * Turns `count` sums into cumulative shares, a part `floor` of which is even.
 * @param even the shares of that part; as they come, if left out
 * @returns what the sums came to
 */
export function cumulate(
  values: Float64Array,
  start: number,
  count: number,
  floor: number,
  even?: readonly number[],
): number {
  let total = 0;
  for (let i = start; i < start + count; i++) total += values[i] as number;
  let [sum, evenly] = [0, 0];
  for (let i = 0; i < count; i++) {
    sum += values[start + i] as number;
    evenly += even === undefined ? 1 / count : (even[i] as number);
    values[start + i] = (1 - floor) * (sum / total) + floor * evenly;
  }
  values[start + count - 1] = 1;
  return total;
}

/** The first of `count` cumulative shares that is above u in [0, 1), from `start` on. */
export function search(shares: Float64Array, start: number, count: number, u: number): number {
  let low = 0;
  let high = count - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((shares[start + middle] as number) > u) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The share of the i-th of cumulative shares. */
export function share(shares: Float64Array, start: number, i: number): number {
  return (shares[start + i] as number) - (i === 0 ? 0 : (shares[start + i - 1] as number));
}

/** The first of `pixels` pixels that is in a cell, of `count` of them. */
export function startOf(cell: number, count: number, pixels: number): number {
  return Math.floor((cell * pixels) / count);
}

/** The cell that a pixel is in. */
export function cellOf(pixel: number, count: number, pixels: number): number {
  const near = Math.floor(((pixel + 0.5) * count) / pixels);
  // A boundary inside a pixel leaves it to the cell behind the boundary.
  return startOf(near + 1, count, pixels) <= pixel ? near + 1 : near;
}

/** A pixel of a cell, by a random number below 2²⁴. */
export function within(cell: number, count: number, pixels: number, u: number): number {
  const start = startOf(cell, count, pixels);
  return start + Math.floor(((startOf(cell + 1, count, pixels) - start) * u) / 2 ** 24);
}
