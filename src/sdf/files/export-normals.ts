// Smooth normals at vertices: the mean of the faces around, each weighted by its angle there. How a flat part was cut into
// triangles then does not tilt them (G. Thürmer and C. Wüthrich, "Computing vertex normals from polygonal facets", Journal
// of Graphics Tools, 1998).
import { faceNormal } from '../geometry.js';
import type { TriangleMesh } from '../mesh.js';

/**
 * Unit normals at a mesh's vertices, pointing to where its triangles are counter-clockwise.
 * @returns `[V, 3]`, the caller's; (0, 0, 1) where no triangle with an area uses a vertex
 */
export function vertexNormals({ positions, triangles }: TriangleMesh): Float32Array {
  const normals = new Float32Array(positions.length);
  const face = new Float64Array(3);
  for (let f = 0; f < triangles.length; f += 3) {
    if (!faceNormal(positions, triangles, f / 3, face)) continue;
    for (let k = 0; k < 3; k++) {
      const a = 3 * triangles[f + k]!;
      const b = 3 * triangles[f + ((k + 1) % 3)]!;
      const c = 3 * triangles[f + ((k + 2) % 3)]!;
      const weight = angleAt(positions, a, b, c);
      for (let axis = 0; axis < 3; axis++) normals[a + axis]! += weight * face[axis]!;
    }
  }
  for (let at = 0; at < normals.length; at += 3) {
    const length = Math.hypot(normals[at]!, normals[at + 1]!, normals[at + 2]!);
    if (length === 0) normals[at + 2] = 1;
    else for (let axis = 0; axis < 3; axis++) normals[at + axis]! /= length;
  }
  return normals;
}

/** The angle at the vertex that begins at a, between those at b and c. */
function angleAt(p: Float32Array, a: number, b: number, c: number): number {
  const [ux, uy, uz] = [p[b]! - p[a]!, p[b + 1]! - p[a + 1]!, p[b + 2]! - p[a + 2]!];
  const [vx, vy, vz] = [p[c]! - p[a]!, p[c + 1]! - p[a + 1]!, p[c + 2]! - p[a + 2]!];
  const lengths = Math.sqrt((ux * ux + uy * uy + uz * uz) * (vx * vx + vy * vy + vz * vz));
  return lengths > 0 ? Math.acos(Math.min(1, Math.max(-1, (ux * vx + uy * vy + uz * vz) / lengths))) : 0;
}
