// The lattices of a multiresolution hash grid (Müller et al., Instant Neural Graphics Primitives, SIGGRAPH 2022,
// Sec. 3): how fine each level is, which rows of the one table are its own, and whether its corners have a row each or
// share rows by a hash. Plain numbers: graph, kernel and reference are written from them.

/** One level. */
export interface GridLevel {
  /** Cells along an axis for coordinates in [0, 1]; a coordinate u lies at u·scale + ½. A float32 number. */
  readonly scale: number;
  /** Corners along an axis. */
  readonly side: number;
  /** First row in the table. */
  readonly first: number;
  /** Rows of its own: a power of two where it is hashed. */
  readonly rows: number;
  readonly hashed: boolean;
}

/** All levels. */
export interface GridLayout {
  /** Axes: 2 or 3. */
  readonly dims: number;
  /** Numbers in a row. */
  readonly features: number;
  readonly levels: readonly GridLevel[];
  /** Rows of the whole table. */
  readonly rows: number;
}

/** What each axis' corner number is multiplied with before they are combined by exclusive or (Eq. 4). */
export const hashPrimes = [1, 2_654_435_761, 805_459_861] as const;

/** What a layout follows from. */
export interface GridShape {
  readonly dims: number;
  readonly features: number;
  readonly levels: number;
  readonly log2TableSize: number;
  readonly baseResolution: number;
  readonly perLevelScale: number;
}

/**
 * Lays the levels out, coarsest first. Level l has N = baseResolution·perLevelScaleˡ; as in the authors' code
 * (tiny-cuda-nn) a coordinate is scaled by N − 1 and moved by half a cell, so that the cells of different levels do
 * not share borders. That code saves the last corner of each axis and wraps around instead; here it exists. A level
 * with more corners than 2^log2TableSize is hashed; others have whole multiples of eight rows, so that levels begin
 * at cache lines.
 */
export function layOutGrid(shape: GridShape): GridLayout {
  const most = 2 ** shape.log2TableSize;
  let first = 0;
  const levels = Array.from({ length: shape.levels }, (_, l): GridLevel => {
    const scale = Math.fround(shape.baseResolution * shape.perLevelScale ** l - 1);
    // Rounded as the graph and the kernel round it: the last corner of a point at the border must exist.
    const side = Math.floor(Math.fround(scale + 0.5)) + 2;
    const corners = side ** shape.dims;
    const hashed = corners > most;
    const level = { scale, side, first, rows: hashed ? most : Math.ceil(corners / 8) * 8, hashed };
    first += level.rows;
    return level;
  });
  return { dims: shape.dims, features: shape.features, levels, rows: first };
}
