// Turns the surface's cells into triangles. Cells come layer by layer. A vertex is found again by its edge of the grid, in
// tables of two layers, so vertices are shared without a map of all of them.
import type { Field } from './evaluate.js';
import { pointsPerBatch } from './evaluate.js';
import { gridCoordinate } from './grid.js';
import { growingFloats, growingIntegers } from '../growable-arrays.js';
import { cellCase, type SurfaceCells } from './search.js';
import { cellTriangles, edgeStarts } from './table.js';
import type { TriangleMesh } from '../mesh.js';

/** Vertices keep this much of a cell's side from the grid's points, so that no triangle shrinks to nothing. */
const apart = 1e-4;

/** Vertices as they lie on the grid's edges. */
interface EdgeVertices {
  /** Grid points' numbers, times 3, plus the axis: where the edge begins and which way it goes. */
  readonly edges: Uint32Array;
  /** What is known of each edge: two places on it, 0–1 from its beginning, and the field there, of opposite signs. */
  readonly low: Float32Array;
  readonly high: Float32Array;
  readonly lowValue: Float32Array;
  readonly highValue: Float32Array;
}

/**
 * Triangles through the surface's cells, in the cube's units, each vertex once.
 * @param refine evaluations of the field at each vertex, to move it nearer to the surface
 */
export async function polygonise(
  { grid, cells: list }: SurfaceCells,
  field: Field,
  refine: number,
  onShare: (share: number) => void,
): Promise<TriangleMesh> {
  const cells = grid.side - 1;
  const triangles = growingIntegers();
  const edges = growingIntegers();
  const [lowValue, highValue] = [growingFloats(), growingFloats()];
  const table = new EdgeTable(grid.side);
  let layer = -1;
  for (const cell of list) {
    const x = cell % cells;
    const y = Math.floor(cell / cells) % cells;
    const z = Math.floor(cell / (cells * cells));
    if (z !== layer) table.enter(z, edges.length);
    layer = z;
    for (const edge of cellTriangles[cellCase(grid, x, y, z)]!) {
      const [corner, axis] = edgeStarts[edge]!;
      const [px, py, pz] = [x + (corner & 1), y + ((corner >> 1) & 1), z + (corner >> 2)];
      let vertex = table.find(px, py, pz, axis);
      if (vertex < 0) {
        vertex = edges.length;
        table.add(px, py, pz, axis, vertex);
        edges.push(3 * (px + grid.side * (py + grid.side * pz)) + axis);
        lowValue.push(grid.get(px, py, pz));
        highValue.push(
          grid.get(px + (axis === 0 ? 1 : 0), py + (axis === 1 ? 1 : 0), pz + (axis === 2 ? 1 : 0)),
        );
      }
      triangles.push(vertex);
    }
  }
  const vertices: EdgeVertices = {
    edges: edges.trimmed(),
    low: new Float32Array(edges.length),
    high: new Float32Array(edges.length).fill(1),
    lowValue: lowValue.trimmed(),
    highValue: highValue.trimmed(),
  };
  for (let step = 0; step < refine; step++) {
    await narrow(vertices, cells, field, (share) => onShare((step + share) / refine));
  }
  return { positions: placed(vertices, cells, 0, edges.length), triangles: triangles.trimmed() };
}

/** Regula falsi: the field at each vertex takes the place of the end that has its sign. */
async function narrow(
  vertices: EdgeVertices,
  cells: number,
  field: Field,
  onShare: (share: number) => void,
): Promise<void> {
  const { edges, low, high, lowValue, highValue } = vertices;
  for (let from = 0; from < edges.length; from += pointsPerBatch) {
    const to = Math.min(edges.length, from + pointsPerBatch);
    const values = await field.values(placed(vertices, cells, from, to));
    for (let i = from; i < to; i++) {
      const value = values[i - from]!;
      const t = place(vertices, i);
      if (value < 0 === lowValue[i]! < 0) {
        low[i] = t;
        lowValue[i] = value;
      } else {
        high[i] = t;
        highValue[i] = value;
      }
    }
    onShare(to / edges.length);
  }
}

/** Where on its edge a vertex lies, 0–1: the zero of the line through both ends. */
function place({ low, high, lowValue, highValue }: EdgeVertices, i: number): number {
  const t = low[i]! + ((high[i]! - low[i]!) * lowValue[i]!) / (lowValue[i]! - highValue[i]!);
  return Math.min(1 - apart, Math.max(apart, t));
}

/** Positions of the vertices from one number to another, `[n, 3]`. */
function placed(vertices: EdgeVertices, cells: number, from: number, to: number): Float32Array {
  const side = cells + 1;
  const positions = new Float32Array(3 * (to - from));
  for (let i = from; i < to; i++) {
    const edge = vertices.edges[i]!;
    const axis = edge % 3;
    const point = (edge - axis) / 3;
    const t = place(vertices, i);
    const at = 3 * (i - from);
    positions[at] = gridCoordinate((point % side) + (axis === 0 ? t : 0), cells);
    positions[at + 1] = gridCoordinate((Math.floor(point / side) % side) + (axis === 1 ? t : 0), cells);
    positions[at + 2] = gridCoordinate(Math.floor(point / (side * side)) + (axis === 2 ? t : 0), cells);
  }
  return positions;
}

/**
 * The vertices on the edges of one layer of cells: those in its lower and upper plane, and those between. What a plane's
 * table held two layers ago is told from what it holds now by vertices' numbers, which only grow: nothing is cleared.
 */
class EdgeTable {
  readonly #side: number;
  readonly #planes: readonly [Int32Array, Int32Array];
  readonly #between: Int32Array;
  #layer = -2;
  #layerFirst = 0;
  #planeFirst: [number, number] = [0, 0];

  constructor(side: number) {
    this.#side = side;
    const table = (axes: number) => new Int32Array(axes * side * side).fill(-1);
    this.#planes = [table(2), table(2)];
    this.#between = table(1);
  }

  /** Goes on to the layer of cells between the planes z and z + 1; `first` is the number of its first new vertex. */
  enter(z: number, first: number): void {
    // The lower plane's vertices are of the layer before, if that one had any.
    this.#planeFirst[z & 1] = z === this.#layer + 1 ? this.#layerFirst : first;
    this.#planeFirst[(z + 1) & 1] = first;
    this.#layer = z;
    this.#layerFirst = first;
  }

  /** The vertex on the edge from a point along an axis, or −1. */
  find(x: number, y: number, z: number, axis: number): number {
    const vertex =
      axis === 2
        ? this.#between[x + this.#side * y]!
        : this.#planes[z & 1 ? 1 : 0][2 * (x + this.#side * y) + axis]!;
    const first = axis === 2 ? this.#layerFirst : this.#planeFirst[z & 1]!;
    return vertex >= first ? vertex : -1;
  }

  add(x: number, y: number, z: number, axis: number, vertex: number): void {
    if (axis === 2) this.#between[x + this.#side * y] = vertex;
    else this.#planes[z & 1 ? 1 : 0][2 * (x + this.#side * y) + axis] = vertex;
  }
}
