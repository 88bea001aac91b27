// Small solids as texts and bytes, for the cases of mesh files.
import { bruteDistance, bruteWinding } from '../../sdf/oracle.js';
import { surfaceArea } from '../../../src/sdf/geometry.js';
import type { TriangleMesh } from '../../../src/sdf/mesh.js';

/** The unit cube: corners, counted from 0, and quads that face outwards. */
export const cubeCorners: readonly (readonly number[])[] = [
  [0, 0, 0],
  [0, 0, 1],
  [0, 1, 0],
  [0, 1, 1],
  [1, 0, 0],
  [1, 0, 1],
  [1, 1, 0],
  [1, 1, 1],
];
export const cubeQuads: readonly (readonly number[])[] = [
  [0, 1, 3, 2],
  [4, 6, 7, 5],
  [0, 4, 5, 1],
  [2, 3, 7, 6],
  [0, 2, 6, 4],
  [1, 5, 7, 3],
];

/** Quads as two triangles each. */
export const cubeTriangles = cubeQuads.flatMap(([a, b, c, d]) => [
  [a!, b!, c!],
  [a!, c!, d!],
]);

export const objVertices = (corners = cubeCorners): string[] =>
  corners.map((point) => `v ${point.join(' ')}`);
export const objFaces = (faces = cubeQuads): string[] =>
  faces.map((corners) => `f ${corners.map((i) => i + 1).join(' ')}`);

/** A text PLY of any polygons. */
export function plyText(
  corners: readonly (readonly number[])[],
  faces: readonly (readonly number[])[],
): string {
  return [
    ...['ply', 'format ascii 1.0', `element vertex ${corners.length}`],
    ...['x', 'y', 'z'].map((axis) => `property float ${axis}`),
    ...[`element face ${faces.length}`, 'property list uchar int vertex_indices', 'end_header'],
    ...corners.map((point) => point.join(' ')),
    ...faces.map((face) => `${face.length} ${face.join(' ')}`),
    '',
  ].join('\n');
}

/** What a mesh encloses, around its own middle, so that nothing cancels far from the origin. */
export function volume(mesh: TriangleMesh): number {
  const { positions, triangles } = mesh;
  const [x, y, z] = [positions[0]!, positions[1]!, positions[2]!];
  let sum = 0;
  for (let t = 0; t < triangles.length; t += 3) {
    const [a, b, c] = [0, 1, 2].map((k) => {
      const at = 3 * triangles[t + k]!;
      return [positions[at]! - x, positions[at + 1]! - y, positions[at + 2]! - z] as const;
    }) as [Corner, Corner, Corner];
    sum +=
      a[0] * (b[1] * c[2] - b[2] * c[1]) +
      a[1] * (b[2] * c[0] - b[0] * c[2]) +
      a[2] * (b[0] * c[1] - b[1] * c[0]);
  }
  return sum / 6;
}

type Corner = readonly [number, number, number];

export const area = surfaceArea;

/** The signed distance of a point, by brute force: negative where the mesh goes round it. */
export function distance(mesh: TriangleMesh, point: Corner): number {
  return bruteDistance(mesh, point) * (bruteWinding(mesh, point) > 0.5 ? -1 : 1);
}
