// A multiresolution hash grid written from the paper (Müller et al. 2022, Sec. 3), point by point, level by level and
// corner by corner, in double precision, with the gradient of the table. Nothing is shared with what it checks.

/** What a grid is made of; as for `hashGrid`, with every number given. */
export interface ReferenceGrid {
  readonly dims: number;
  readonly features: number;
  readonly levels: number;
  readonly log2TableSize: number;
  readonly baseResolution: number;
  readonly finestResolution: number;
}

const primes = [1n, 2_654_435_761n, 805_459_861n];

/** One corner that a point sees: its row in the table, and its weight. */
interface Corner {
  readonly level: number;
  readonly row: number;
  readonly weight: number;
}

/** All corners around a point, level by level. */
function cornersOf(grid: ReferenceGrid, x: readonly number[]): Corner[] {
  const { dims, levels, baseResolution, finestResolution } = grid;
  const most = 2 ** grid.log2TableSize;
  const growth =
    levels === 1 ? 1 : Math.exp((Math.log(finestResolution) - Math.log(baseResolution)) / (levels - 1));
  const corners: Corner[] = [];
  let first = 0;
  for (let level = 0; level < levels; level++) {
    const scale = baseResolution * growth ** level - 1;
    const side = Math.floor(scale + 0.5) + 2;
    const hashed = side ** dims > most;
    const place = x.map((value) => Math.min(1, Math.max(0, (value + 1) / 2)) * scale + 0.5);
    for (let choice = 0; choice < 2 ** dims; choice++) {
      let weight = 1;
      let dense = 0;
      let hash = 0n;
      place.forEach((value, axis) => {
        const upper = Math.floor(choice / 2 ** axis) % 2;
        const fraction = value - Math.floor(value);
        const corner = Math.floor(value) + upper;
        weight *= upper === 1 ? fraction : 1 - fraction;
        dense += corner * side ** axis;
        // 32-bit arithmetic, as in the authors' code.
        hash ^= BigInt.asUintN(32, BigInt(corner) * (primes[axis] ?? 0n));
      });
      corners.push({ level, row: first + (hashed ? Number(hash % BigInt(most)) : dense), weight });
    }
    first += hashed ? most : Math.ceil(side ** dims / 8) * 8;
  }
  return corners;
}

/** Values at points `[n, dims]`: `[n, levels·features]`. */
export function referenceEncode(
  grid: ReferenceGrid,
  table: ArrayLike<number>,
  points: ArrayLike<number>,
): Float64Array {
  const { dims, features, levels } = grid;
  const count = points.length / dims;
  const values = new Float64Array(count * levels * features);
  for (let i = 0; i < count; i++) {
    const x = Array.from({ length: dims }, (_, axis) => points[i * dims + axis] ?? Number.NaN);
    for (const { level, row, weight } of cornersOf(grid, x)) {
      for (let f = 0; f < features; f++) {
        const at = (i * levels + level) * features + f;
        values[at] = (values[at] ?? 0) + weight * (table[row * features + f] ?? Number.NaN);
      }
    }
  }
  return values;
}

/** Gradient of a table of `rows` rows from the gradient of the values at points. */
export function referenceScatter(
  grid: ReferenceGrid,
  rows: number,
  points: ArrayLike<number>,
  gradient: ArrayLike<number>,
): Float64Array {
  const { dims, features, levels } = grid;
  const table = new Float64Array(rows * features);
  for (let i = 0; i < points.length / dims; i++) {
    const x = Array.from({ length: dims }, (_, axis) => points[i * dims + axis] ?? Number.NaN);
    for (const { level, row, weight } of cornersOf(grid, x)) {
      for (let f = 0; f < features; f++) {
        const given = gradient[(i * levels + level) * features + f] ?? Number.NaN;
        table[row * features + f] = (table[row * features + f] ?? 0) + weight * given;
      }
    }
  }
  return table;
}
