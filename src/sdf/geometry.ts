// Sums over triangles, in float64 over float32 positions.
import type { TriangleMesh } from './mesh.js';

/** The area of triangle t. */
export function triangleArea(positions: Float32Array, triangles: Uint32Array, t: number): number {
  const [a, b, c] = [3 * triangles[3 * t]!, 3 * triangles[3 * t + 1]!, 3 * triangles[3 * t + 2]!];
  const [ax, ay, az] = [positions[a]!, positions[a + 1]!, positions[a + 2]!];
  const [ux, uy, uz] = [positions[b]! - ax, positions[b + 1]! - ay, positions[b + 2]! - az];
  const [vx, vy, vz] = [positions[c]! - ax, positions[c + 1]! - ay, positions[c + 2]! - az];
  const [nx, ny, nz] = [uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx];
  return Math.sqrt(nx * nx + ny * ny + nz * nz) / 2;
}

/** The area of all triangles. */
export function surfaceArea({ positions, triangles }: TriangleMesh): number {
  let area = 0;
  for (let t = 0; t < triangles.length / 3; t++) area += triangleArea(positions, triangles, t);
  return area;
}
