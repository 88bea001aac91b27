// Inside or outside by the pseudonormal of the closest feature. A face has its normal. An edge has the sum of its faces'
// normals, and a corner the sum of all around it, each weighted by its angle there; that weighting makes the sign right
// (J. A. Bærentzen and H. Aanæs, "Signed Distance Computation Using the Angle Weighted Pseudonormal", 2005). It costs next
// to nothing once the closest point is known.
import { sharedBytes } from '../../core/shared-memory.js';
import { onFace, type ClosestTriangle } from '../distance/closest.js';
import type { DistanceTree } from '../distance/tree.js';

/** `[V, 3]` in shared memory: at each vertex the unit normals of the triangles there, weighted by their angles; not scaled. */
export function vertexPseudonormals(tree: DistanceTree, vertexCount: number): Float32Array {
  const { corners, vertices } = tree;
  const sums = new Float64Array(3 * vertexCount);
  const edges = new Float64Array(9);
  const normal = new Float64Array(3);
  for (let t = 0; t < vertices.length / 3; t++) {
    if (!faceNormal(corners, t, normal)) continue;
    for (let k = 0; k < 3; k++) {
      for (let axis = 0; axis < 3; axis++) {
        edges[3 * k + axis] = corners[9 * t + 3 * ((k + 1) % 3) + axis]! - corners[9 * t + 3 * k + axis]!;
      }
    }
    for (let k = 0; k < 3; k++) {
      const angle = angleBetween(edges, k, (k + 2) % 3);
      const vertex = 3 * vertices[3 * t + k]!;
      for (let axis = 0; axis < 3; axis++) sums[vertex + axis]! += angle * normal[axis]!;
    }
  }
  const shared = new Float32Array(sharedBytes(12 * vertexCount));
  shared.set(sums);
  return shared;
}

/** The angle between edge `out`, which leaves a corner, and edge `back`, which arrives there. */
function angleBetween(edges: Float64Array, out: number, back: number): number {
  const [ux, uy, uz] = [edges[3 * out]!, edges[3 * out + 1]!, edges[3 * out + 2]!];
  const [vx, vy, vz] = [-edges[3 * back]!, -edges[3 * back + 1]!, -edges[3 * back + 2]!];
  const [nx, ny, nz] = [uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx];
  return Math.atan2(Math.sqrt(nx * nx + ny * ny + nz * nz), ux * vx + uy * vy + uz * vz);
}

/** Writes a triangle's unit normal. @returns whether it has one. */
function faceNormal(corners: Float32Array, t: number, normal: Float64Array): boolean {
  const k = 9 * t;
  const [ax, ay, az] = [corners[k]!, corners[k + 1]!, corners[k + 2]!];
  const [ux, uy, uz] = [corners[k + 3]! - ax, corners[k + 4]! - ay, corners[k + 5]! - az];
  const [vx, vy, vz] = [corners[k + 6]! - ax, corners[k + 7]! - ay, corners[k + 8]! - az];
  const [nx, ny, nz] = [uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx];
  const length = Math.sqrt(nx * nx + ny * ny + nz * nz);
  if (!(length > 0)) return false;
  normal[0] = nx / length;
  normal[1] = ny / length;
  normal[2] = nz / length;
  return true;
}

/** Below this cosine between pseudo-normal and the way to the point, rounding could decide. */
const decisive = 1e-4;

/** Asks for sides on one tree; one per thread. */
export class PseudonormalSide {
  readonly #tree: DistanceTree;
  readonly #atVertices: Float32Array;
  readonly #normal = new Float64Array(3);
  readonly #other = new Float64Array(3);

  constructor(tree: DistanceTree, atVertices: Float32Array) {
    this.#tree = tree;
    this.#atVertices = atVertices;
  }

  /**
   * On which side of its closest point a point lies.
   * @param closest has just located that point
   * @returns 1 in front (where normals point), −1 behind, 0 where it takes another method to say
   */
  of(x: number, y: number, z: number, triangle: number, feature: number, closest: ClosestTriangle): number {
    if (!this.#normalAt(triangle, feature)) return 0;
    const { point } = closest;
    const normal = this.#normal;
    const [dx, dy, dz] = [x - point[0]!, y - point[1]!, z - point[2]!];
    const [nx, ny, nz] = [normal[0]!, normal[1]!, normal[2]!];
    const dot = dx * nx + dy * ny + dz * nz;
    const scale = Math.sqrt((dx * dx + dy * dy + dz * dz) * (nx * nx + ny * ny + nz * nz));
    if (!(Math.abs(dot) > decisive * scale)) return 0;
    return dot > 0 ? 1 : -1;
  }

  #normalAt(triangle: number, feature: number): boolean {
    const { corners, vertices, neighbours } = this.#tree;
    const normal = this.#normal;
    if (feature < 3) {
      const vertex = 3 * vertices[3 * triangle + feature]!;
      for (let axis = 0; axis < 3; axis++) normal[axis] = this.#atVertices[vertex + axis]!;
      return true;
    }
    if (!faceNormal(corners, triangle, normal)) return false;
    if (feature === onFace) return true;
    const neighbour = neighbours[3 * triangle + feature - 3]!;
    if (neighbour < 0 || !faceNormal(corners, neighbour, this.#other)) return false;
    for (let axis = 0; axis < 3; axis++) normal[axis]! += this.#other[axis]!;
    return true;
  }
}
