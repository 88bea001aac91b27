// The data of all queries, laid out once in memory that threads share: the nodes of three-mesh-bvh's tree, and the triangles
// in the order of its leaves, so that a leaf's corners lie side by side.
import { sharedBytes } from '../../core/shared-memory.js';
import { InputError } from '../../core/errors.js';
import type { HalfEdges } from '../half-edges.js';
import type { TriangleMesh } from '../mesh.js';
import type { Orientation } from '../sign/orientation.js';

/**
 * Words per node: the boxes of both children, so that choosing between them reads one line of the cache. Floats 0 to 5
 * are the left one's centre and half its size, 6 to 11 the right one's; words 12 and 13 are the left one's link and
 * count, 14 and 15 the right one's. A child with a count is a leaf, of so many triangles from its link on; one without
 * is a node, and its link the word where that begins. A count of −1 is a leaf without triangles.
 */
export const nodeStride = 16;

/** A mesh ready for queries. All arrays lie in shared memory and are never written to again. */
export interface DistanceTree {
  /** `[nodes, 16]`; see {@link nodeStride}. The root is the first. */
  readonly nodes: Float32Array;
  /** The same memory as words. */
  readonly words: Int32Array;
  /** `[F, 9]`: corners in the order of the leaves, turned where the orientation says so. */
  readonly corners: Float32Array;
  /** `[F, 8]`: the smallest disc around each triangle, as centre, radius and unit normal (zero for none); 0. */
  readonly discs: Float32Array;
  /** How far rounding may have moved a disc. */
  readonly slack: number;
  /** `[F]`: which triangle of the mesh this is. */
  readonly ids: Uint32Array;
  /** `[F, 3]`: vertices of the corners. */
  readonly vertices: Uint32Array;
  /** `[F, 3]`: the triangle, in the order of the leaves, across the edge from corner k to k + 1; −1 where there is not exactly one. */
  readonly neighbours: Int32Array;
}

/** Triangles a leaf should have at most. Testing one is little more work than testing a box: 16 beat 4 and 8, and 24 gained no more. */
const leafSize = 16;

/**
 * Builds the tree. Triangles that name a vertex twice are left out: they are no part of the surface.
 * Takes some 200 bytes a triangle, and half as much again while it works.
 */
export async function buildTree(
  mesh: TriangleMesh,
  edges: HalfEdges,
  { turned }: Orientation,
): Promise<DistanceTree> {
  // Imported here, since loading three takes longer than most of what imports this room.
  const [{ BufferAttribute, BufferGeometry }, { MeshBVH, CENTER }] = await Promise.all([
    import('three'),
    import('three-mesh-bvh'),
  ]);
  const kept = keptTriangles(mesh.triangles, edges.collapsedTriangles);
  const geometry = new BufferGeometry();
  geometry.setAttribute('position', new BufferAttribute(mesh.positions, 3));
  geometry.setIndex(new BufferAttribute(kept?.triangles ?? mesh.triangles, 1));
  const bvh = new MeshBVH(geometry, {
    indirect: true,
    strategy: CENTER,
    targetLeafSize: leafSize,
    setBoundingBox: false,
    verbose: false,
  });
  const { roots, indirectBuffer } = MeshBVH.serialize(bvh, { cloneBuffers: false });
  const root = roots[0];
  if (root === undefined || indirectBuffer === null) throw new Error('three-mesh-bvh gave no tree');
  const count = indirectBuffer.length;
  const ids = new Uint32Array(sharedBytes(4 * count));
  for (let i = 0; i < count; i++) {
    const at = indirectBuffer[i]!;
    ids[i] = kept === undefined ? at : kept.ids[at]!;
  }
  const arrays = layOut(mesh, edges, turned, ids);
  return { ...packNodes(root, count), ids, ...arrays, ...discsAround(arrays.corners) };
}

/** The triangles that name three vertices, and which they are; undefined where all do. */
function keptTriangles(
  triangles: Uint32Array,
  collapsed: number,
): { readonly triangles: Uint32Array; readonly ids: Uint32Array } | undefined {
  if (collapsed === 0) return undefined;
  const count = triangles.length / 3 - collapsed;
  const kept = new Uint32Array(3 * count);
  const ids = new Uint32Array(count);
  let next = 0;
  for (let t = 0; t < triangles.length / 3; t++) {
    const [a, b, c] = [triangles[3 * t]!, triangles[3 * t + 1]!, triangles[3 * t + 2]!];
    if (a === b || b === c || c === a) continue;
    kept[3 * next] = a;
    kept[3 * next + 1] = b;
    kept[3 * next + 2] = c;
    ids[next++] = t;
  }
  return { triangles: kept, ids };
}

/** Bits in three-mesh-bvh's nodes: `[box min, box max, right child or first triangle, mark and count]`. */
const sourceStride = 8;
const leafMark = 0xffff;

function packNodes(root: ArrayBuffer, triangles: number): Pick<DistanceTree, 'nodes' | 'words'> {
  const boxes = new Float32Array(root);
  const source = new Uint32Array(root);
  const isLeaf = (node: number): boolean => source[node + 7]! >>> 16 === leafMark;
  let inner = 0;
  let covered = 0;
  for (let node = 0; node < source.length; node += sourceStride) {
    if (isLeaf(node)) covered += source[node + 7]! & leafMark;
    else inner++;
  }
  if (covered !== triangles) {
    throw new InputError(
      `the mesh has more than ${leafMark} triangles with their middle in the same place; expected a surface; ` +
        'remove what lies there many times over',
    );
  }
  const memory = sharedBytes(4 * nodeStride * Math.max(1, inner));
  const nodes = new Float32Array(memory);
  const words = new Int32Array(memory);
  const places = new Uint32Array(source.length / sourceStride);
  for (let node = 0, next = 0; node < source.length; node += sourceStride) {
    if (!isLeaf(node)) places[node / sourceStride] = nodeStride * next++;
  }
  const put = (to: number, side: 0 | 1, node: number): void => {
    for (let axis = 0; axis < 3; axis++) {
      const [low, high] = [boxes[node + axis]!, boxes[node + 3 + axis]!];
      const middle = Math.fround((low + high) / 2);
      nodes[to + 6 * side + axis] = middle;
      // Rounded up: the box must not lose what lies on its faces.
      nodes[to + 6 * side + 3 + axis] = Math.max(high - middle, middle - low) * (1 + 2 ** -22);
    }
    const leaf = isLeaf(node);
    words[to + 12 + 2 * side] = leaf ? source[node + 6]! : places[node / sourceStride]!;
    words[to + 13 + 2 * side] = leaf ? source[node + 7]! & leafMark : 0;
  };
  if (inner === 0) {
    // All triangles are one leaf: the root's left child. The right one has none, and is infinitely far away.
    put(0, 0, 0);
    nodes.fill(Infinity, 6, 9);
    words[15] = -1;
  }
  for (let node = 0; node < source.length; node += sourceStride) {
    if (isLeaf(node)) continue;
    const to = places[node / sourceStride]!;
    put(to, 0, node + sourceStride);
    put(to, 1, node + sourceStride * source[node + 6]!);
  }
  return { nodes, words };
}

function layOut(
  { positions, triangles }: TriangleMesh,
  { twins }: HalfEdges,
  turned: Uint8Array,
  ids: Uint32Array,
): Pick<DistanceTree, 'corners' | 'vertices' | 'neighbours'> {
  const count = ids.length;
  const corners = new Float32Array(sharedBytes(36 * count));
  const vertices = new Uint32Array(sharedBytes(12 * count));
  const neighbours = new Int32Array(sharedBytes(12 * count));
  const places = new Int32Array(triangles.length / 3);
  for (let i = 0; i < count; i++) places[ids[i]!] = i;
  for (let i = 0; i < count; i++) {
    const t = ids[i]!;
    for (let k = 0; k < 3; k++) {
      // Turned, corners come as 0, 2, 1, and edges as (0, 2), (2, 1), (1, 0): half-edges 2, 1, 0.
      const corner = turned[t] === 1 ? (3 - k) % 3 : k;
      const half = turned[t] === 1 ? 2 - k : k;
      const vertex = triangles[3 * t + corner]!;
      const twin = twins[3 * t + half]!;
      vertices[3 * i + k] = vertex;
      neighbours[3 * i + k] = twin < 0 ? -1 : places[(twin / 3) | 0]!;
      for (let axis = 0; axis < 3; axis++) corners[9 * i + 3 * k + axis] = positions[3 * vertex + axis]!;
    }
  }
  return { corners, vertices, neighbours };
}

function discsAround(corners: Float32Array): Pick<DistanceTree, 'discs' | 'slack'> {
  const count = corners.length / 9;
  const discs = new Float32Array(sharedBytes(32 * count));
  let largest = 0;
  for (const value of corners) largest = Math.max(largest, Math.abs(value));
  for (let t = 0; t < count; t++) {
    const k = 9 * t;
    const [ax, ay, az] = [corners[k]!, corners[k + 1]!, corners[k + 2]!];
    const [ux, uy, uz] = [corners[k + 3]! - ax, corners[k + 4]! - ay, corners[k + 5]! - az];
    const [vx, vy, vz] = [corners[k + 6]! - ax, corners[k + 7]! - ay, corners[k + 8]! - az];
    const [nx, ny, nz] = [uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx];
    const uu = ux * ux + uy * uy + uz * uz;
    const uv = ux * vx + uy * vy + uz * vz;
    const vv = vx * vx + vy * vy + vz * vz;
    const nn = nx * nx + ny * ny + nz * nz;
    // The centre is a + f·u + g·v: of the circle through the corners, or of the edge across from an obtuse angle.
    let [f, g] = [(vv * (uu - uv)) / (2 * nn), (uu * (vv - uv)) / (2 * nn)];
    if (uv <= 0) [f, g] = [0.5, 0.5];
    else if (uu - uv <= 0) [f, g] = [0, 0.5];
    else if (vv - uv <= 0) [f, g] = [0.5, 0];
    const at = 8 * t;
    discs[at] = ax + f * ux + g * vx;
    discs[at + 1] = ay + f * uy + g * vy;
    discs[at + 2] = az + f * uz + g * vz;
    const [x, y, z] = [discs[at], discs[at + 1]!, discs[at + 2]!];
    let square = 0;
    for (let corner = k; corner < k + 9; corner += 3) {
      const [dx, dy, dz] = [corners[corner]! - x, corners[corner + 1]! - y, corners[corner + 2]! - z];
      square = Math.max(square, dx * dx + dy * dy + dz * dz);
    }
    discs[at + 3] = Math.sqrt(square) * (1 + 1e-6);
    // A sliver's normal is mostly rounding; without one the disc is a ball, which is right in any case.
    const scale = nn > 1e-8 * Math.max(uu, vv) ** 2 ? 1 / Math.sqrt(nn) : 0;
    discs[at + 4] = nx * scale;
    discs[at + 5] = ny * scale;
    discs[at + 6] = nz * scale;
  }
  return { discs, slack: largest * 2 ** -22 };
}
