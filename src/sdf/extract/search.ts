// Finds the surface from a coarse grid. Cells that a surface may cross are halved, again and again. Where the surface leaves
// the cells that were examined, the search follows it. The work grows with the surface, not with the volume.
//
// A network is no exact distance, and how steep it may be (`slope`) is an assumption. Coarse cells around a change of sign
// are therefore halved whatever their values. Following needs no assumption: a surface found anywhere is found whole.
import { pointsPerBatch, type Field } from './evaluate.js';
import { capped, gridCoordinate, SparseGrid } from './grid.js';
import { Flags, growingIntegers } from '../growable-arrays.js';

/** Cells of the finest grid that the surface passes through. */
export interface SurfaceCells {
  readonly grid: SparseGrid;
  /** Cells' numbers, x + cells·(y + cells·z), ascending. */
  readonly cells: Uint32Array;
}

/** Cells along an axis of the coarsest grid, at least: what the surface is first looked for in. */
const coarsestCells = 32;

/** Called with the share of the work that is done, 0–1; an estimate. */
export type OnShare = (share: number) => void;

/**
 * Finds the cells that the surface passes through by halving and following.
 * @param cells of the finest grid, along an axis
 * @param slope how fast the field may change, per network unit, at most
 */
export async function searchSurface(
  field: Field,
  cells: number,
  slope: number,
  onShare: OnShare,
): Promise<SurfaceCells> {
  const grid = new SparseGrid(cells);
  let step = 1;
  while (cells / (2 * step) >= coarsestCells) step *= 2;
  const levels = Math.log2(step) + 1;
  // Around a surface each level has some four times the cells of the one before.
  const shareOf = (level: number, done: number) =>
    (4 ** level - 1 + 3 * 4 ** level * done) / (4 ** levels - 1);

  let active: Uint32Array | undefined;
  for (let level = 0; step > 1; level++, step /= 2) {
    const side = Math.ceil(cells / step);
    const list = active ?? allCells(side);
    const at = (index: number) => Math.min(index * step, cells);
    const report = (done: number) => onShare(shareOf(level, done));
    const valueAt =
      active === undefined
        ? await coarseValues(field, cells, step, report)
        : await requested(grid, field, list, side, at, report);
    const reach = (slope * 2 * step) / cells;
    active = halves(cellsToHalve(list, side, valueAt, reach, level === 0), side, cells, step);
  }
  const list = active ?? allCells(cells);
  const found = await followSurface(grid, field, cells, list, (done) => onShare(shareOf(levels - 1, done)));
  return { grid, cells: found };
}

/** Which corners of a finest cell are inside: bit x + 2y + 4z. */
export function cellCase(grid: SparseGrid, x: number, y: number, z: number): number {
  let inside = 0;
  for (let corner = 0; corner < 8; corner++) {
    if (grid.get(x + (corner & 1), y + ((corner >> 1) & 1), z + (corner >> 2)) < 0) inside |= 1 << corner;
  }
  return inside;
}

function allCells(side: number): Uint32Array {
  return Uint32Array.from({ length: side ** 3 }, (_, i) => i);
}

/** A value by a level's point indices. */
type LevelValues = (x: number, y: number, z: number) => number;

/** All points of the coarsest grid, kept in an array of their own: bricks would hold one point each. */
async function coarseValues(
  field: Field,
  cells: number,
  step: number,
  onShare: OnShare,
): Promise<LevelValues> {
  const side = Math.ceil(cells / step) + 1;
  const values = new Float32Array(side ** 3);
  for (let from = 0; from < values.length; from += pointsPerBatch) {
    const points = new Float32Array(3 * Math.min(pointsPerBatch, values.length - from));
    const index = (i: number) => Math.min((i % side) * step, cells);
    for (let i = 0; i < points.length / 3; i++) {
      points[3 * i] = gridCoordinate(index(from + i), cells);
      points[3 * i + 1] = gridCoordinate(index(Math.floor((from + i) / side)), cells);
      points[3 * i + 2] = gridCoordinate(index(Math.floor((from + i) / (side * side))), cells);
    }
    const batch = await field.values(points);
    for (let i = 0; i < batch.length; i++) {
      const z = index(Math.floor((from + i) / (side * side)));
      values[from + i] = capped(batch[i]!, index(from + i), index(Math.floor((from + i) / side)), z, cells);
    }
    onShare((from + batch.length) / values.length);
  }
  return (x, y, z) => values[x + side * (y + side * z)]!;
}

async function requested(
  grid: SparseGrid,
  field: Field,
  list: Uint32Array,
  side: number,
  at: (index: number) => number,
  onShare: OnShare,
): Promise<LevelValues> {
  for (const cell of list) {
    const x = cell % side;
    const y = Math.floor(cell / side) % side;
    const z = Math.floor(cell / (side * side));
    for (let corner = 0; corner < 8; corner++) {
      grid.request(at(x + (corner & 1)), at(y + ((corner >> 1) & 1)), at(z + (corner >> 2)));
    }
  }
  await grid.flush(field, onShare);
  return (x, y, z) => grid.get(at(x), at(y), at(z));
}

/**
 * The cells that a surface may pass through.
 * @param reach how much the field may change along a cell's side
 * @param around whether to take the cells around a change of sign too
 */
function cellsToHalve(
  list: Uint32Array,
  side: number,
  valueAt: LevelValues,
  reach: number,
  around: boolean,
): Uint32Array {
  const chosen = growingIntegers();
  const flags = new Flags(side ** 3);
  const choose = (cell: number) => {
    if (flags.add(cell)) chosen.push(cell);
  };
  for (const cell of list) {
    const x = cell % side;
    const y = Math.floor(cell / side) % side;
    const z = Math.floor(cell / (side * side));
    let least = Infinity;
    let most = 0;
    let inside = 0;
    for (let corner = 0; corner < 8; corner++) {
      const value = valueAt(x + (corner & 1), y + ((corner >> 1) & 1), z + (corner >> 2));
      if (value < 0) inside++;
      least = Math.min(least, Math.abs(value));
      most = Math.max(most, Math.abs(value));
    }
    if (inside > 0 && inside < 8) {
      if (around) chooseAround(x, y, z, side, choose);
      else choose(cell);
    }
    // No point of the cell is farther than half a diagonal from all corners, nor than a diagonal from any one.
    else if (least <= (reach * Math.sqrt(3)) / 2 && most <= reach * Math.sqrt(3)) choose(cell);
  }
  return chosen.trimmed();
}

function chooseAround(x: number, y: number, z: number, side: number, choose: (cell: number) => void): void {
  for (let cz = Math.max(0, z - 1); cz <= Math.min(side - 1, z + 1); cz++) {
    for (let cy = Math.max(0, y - 1); cy <= Math.min(side - 1, y + 1); cy++) {
      for (let cx = Math.max(0, x - 1); cx <= Math.min(side - 1, x + 1); cx++) {
        choose(cx + side * (cy + side * cz));
      }
    }
  }
}

/** The cells of half the step that lie in the given ones. */
function halves(list: Uint32Array, side: number, cells: number, step: number): Uint32Array {
  const half = Math.ceil((2 * cells) / step);
  const found = growingIntegers();
  for (const cell of list) {
    const x = 2 * (cell % side);
    const y = 2 * (Math.floor(cell / side) % side);
    const z = 2 * Math.floor(cell / (side * side));
    for (let child = 0; child < 8; child++) {
      const cx = x + (child & 1);
      const cy = y + ((child >> 1) & 1);
      const cz = z + (child >> 2);
      if (cx < half && cy < half && cz < half) found.push(cx + half * (cy + half * cz));
    }
  }
  return found.trimmed();
}

/** The surface's cells among the given ones, and all that the surface goes on to from there. */
async function followSurface(
  grid: SparseGrid,
  field: Field,
  cells: number,
  list: Uint32Array,
  onShare: OnShare,
): Promise<Uint32Array> {
  const visited = new Flags(cells ** 3);
  const found = growingIntegers();
  for (const cell of list) visited.add(cell);
  let now = list;
  while (now.length > 0) {
    const front = growingIntegers();
    await requested(grid, field, now, cells, (index) => index, now === list ? onShare : () => undefined);
    for (const cell of now) {
      const x = cell % cells;
      const y = Math.floor(cell / cells) % cells;
      const z = Math.floor(cell / (cells * cells));
      const inside = cellCase(grid, x, y, z);
      if (inside === 0 || inside === 255) continue;
      found.push(cell);
      for (let axis = 0; axis < 3; axis++) {
        const stride = cells ** axis;
        // The surface crosses a face whose corners differ. The cube's own faces have all corners outside.
        if (mixed(inside & lowFace[axis]!, lowFace[axis]!) && visited.add(cell - stride))
          front.push(cell - stride);
        const highFace = 255 ^ lowFace[axis]!;
        if (mixed(inside & highFace, highFace) && visited.add(cell + stride)) front.push(cell + stride);
      }
    }
    now = front.trimmed();
  }
  return found.trimmed().sort();
}

/** The corners with coordinate 0 along each axis. */
const lowFace = [0b01010101, 0b00110011, 0b00001111];

function mixed(inside: number, face: number): boolean {
  return inside !== 0 && inside !== face;
}
