// Finds the surface without any assumption: evaluates every point of the grid, layer by layer. It costs the whole volume's
// evaluations; the search is tested against it.
import { pointsPerBatch, type Field } from './evaluate.js';
import { capped, gridCoordinate, SparseGrid } from './grid.js';
import { growingIntegers } from '../growable-arrays.js';
import type { OnShare, SurfaceCells } from './search.js';

/** Finds the cells that the surface passes through by evaluating every point of the grid, two layers in memory. */
export async function scanSurface(field: Field, cells: number, onShare: OnShare): Promise<SurfaceCells> {
  const grid = new SparseGrid(cells);
  const found = growingIntegers();
  const { side } = grid;
  let below = new Float32Array(side * side);
  let above = new Float32Array(side * side);
  for (let z = 0; z < side; z++) {
    [below, above] = [above, below];
    await layerValues(field, cells, z, above);
    for (let y = 0; z > 0 && y < cells; y++) {
      for (let x = 0; x < cells; x++) {
        if (!layersChangeSign(below, above, x + side * y, side)) continue;
        found.push(x + cells * (y + cells * (z - 1)));
        for (let corner = 0; corner < 8; corner++) {
          const px = x + (corner & 1);
          const py = y + ((corner >> 1) & 1);
          grid.set(px, py, z - 1 + (corner >> 2), (corner & 4 ? above : below)[px + side * py]!);
        }
      }
    }
    onShare((z + 1) / side);
  }
  return { grid, cells: found.trimmed() };
}

async function layerValues(field: Field, cells: number, z: number, into: Float32Array): Promise<void> {
  const side = cells + 1;
  for (let from = 0; from < into.length; from += pointsPerBatch) {
    const points = new Float32Array(3 * Math.min(pointsPerBatch, into.length - from));
    for (let i = 0; i < points.length / 3; i++) {
      points[3 * i] = gridCoordinate((from + i) % side, cells);
      points[3 * i + 1] = gridCoordinate(Math.floor((from + i) / side), cells);
      points[3 * i + 2] = gridCoordinate(z, cells);
    }
    const values = await field.values(points);
    for (let i = 0; i < values.length; i++) {
      const x = (from + i) % side;
      into[from + i] = capped(values[i]!, x, Math.floor((from + i) / side), z, cells);
    }
  }
}

function layersChangeSign(below: Float32Array, above: Float32Array, at: number, side: number): boolean {
  const inside = below[at]! < 0;
  return (
    below[at + 1]! < 0 !== inside ||
    below[at + side]! < 0 !== inside ||
    below[at + side + 1]! < 0 !== inside ||
    above[at]! < 0 !== inside ||
    above[at + 1]! < 0 !== inside ||
    above[at + side]! < 0 !== inside ||
    above[at + side + 1]! < 0 !== inside
  );
}
