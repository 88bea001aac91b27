// Normals and areas of triangles, in float64 over float32 positions.
import type { TriangleMesh } from './mesh.js';

/**
 * A triangle's unit normal, written to `into`.
 * @returns twice the triangle's area; where that is 0 the normal is (0, 0, 0)
 */
export function faceNormal(
  positions: Float32Array,
  triangles: Uint32Array,
  t: number,
  into: Float32Array | Float64Array,
): number {
  const [a, b, c] = [3 * triangles[3 * t]!, 3 * triangles[3 * t + 1]!, 3 * triangles[3 * t + 2]!];
  const [ax, ay, az] = [positions[a]!, positions[a + 1]!, positions[a + 2]!];
  const [ux, uy, uz] = [positions[b]! - ax, positions[b + 1]! - ay, positions[b + 2]! - az];
  const [vx, vy, vz] = [positions[c]! - ax, positions[c + 1]! - ay, positions[c + 2]! - az];
  const [nx, ny, nz] = [uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx];
  const length = Math.sqrt(nx * nx + ny * ny + nz * nz);
  const factor = length > 0 ? 1 / length : 0;
  into[0] = nx * factor;
  into[1] = ny * factor;
  into[2] = nz * factor;
  return length;
}

const unused = new Float64Array(3);

/** The area of triangle t. */
export function triangleArea(positions: Float32Array, triangles: Uint32Array, t: number): number {
  return faceNormal(positions, triangles, t, unused) / 2;
}

/** The area of all triangles. */
export function surfaceArea({ positions, triangles }: TriangleMesh): number {
  let area = 0;
  for (let t = 0; t < triangles.length / 3; t++) area += triangleArea(positions, triangles, t);
  return area;
}
