// Plain, slow and obviously right: the distance to every triangle, the solid angle of every triangle.
import { createRandom } from '../../src/core/index.js';
import type { TriangleMesh } from '../../src/sdf/mesh.js';

type Vector = readonly [number, number, number];
const minus = (a: Vector, b: Vector): Vector => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
const dot = (a: Vector, b: Vector): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const cross = (a: Vector, b: Vector): Vector => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];
const length = (a: Vector): number => Math.sqrt(dot(a, a));

function corners({ positions, triangles }: TriangleMesh, t: number): [Vector, Vector, Vector] {
  return [0, 1, 2].map((k) => {
    const at = 3 * triangles[3 * t + k]!;
    return [positions[at]!, positions[at + 1]!, positions[at + 2]!];
  }) as unknown as [Vector, Vector, Vector];
}

function toSegment(p: Vector, a: Vector, b: Vector): number {
  const ab = minus(b, a);
  const f = Math.min(1, Math.max(0, dot(minus(p, a), ab) / dot(ab, ab)));
  return length(minus(minus(p, a), [f * ab[0], f * ab[1], f * ab[2]]));
}

/** To its plane where the foot of the perpendicular lies on the triangle, else to the nearest edge. */
function toTriangle(p: Vector, [a, b, c]: [Vector, Vector, Vector]): number {
  const normal = cross(minus(b, a), minus(c, a));
  const sides = [
    [a, b],
    [b, c],
    [c, a],
  ] as const;
  if (sides.every(([from, to]) => dot(cross(minus(to, from), minus(p, from)), normal) >= 0)) {
    return Math.abs(dot(minus(p, a), normal)) / length(normal);
  }
  return Math.min(...sides.map(([from, to]) => toSegment(p, from, to)));
}

/** The distance of a point to a mesh, without sign. */
export function bruteDistance(mesh: TriangleMesh, p: Vector): number {
  let best = Infinity;
  for (let t = 0; t < mesh.triangles.length / 3; t++) best = Math.min(best, toTriangle(p, corners(mesh, t)));
  return best;
}

/** How often a mesh goes round a point. */
export function bruteWinding(mesh: TriangleMesh, p: Vector): number {
  let sum = 0;
  for (let t = 0; t < mesh.triangles.length / 3; t++) {
    const [a, b, c] = corners(mesh, t).map((corner) => minus(corner, p)) as [Vector, Vector, Vector];
    const [la, lb, lc] = [length(a), length(b), length(c)];
    sum += Math.atan2(dot(a, cross(b, c)), la * lb * lc + dot(a, b) * lc + dot(b, c) * la + dot(c, a) * lb);
  }
  return sum / (2 * Math.PI);
}

/** Points in the cube [−half, half]³, `[n, 3]`. */
export function cubePoints(count: number, half: number, seed: number): Float32Array {
  const random = createRandom(seed);
  return new Float32Array(3 * count).map(() => half * (2 * random.float() - 1));
}

/** The i-th of them. */
export const pointAt = (points: Float32Array, i: number): [number, number, number] => [
  points[3 * i]!,
  points[3 * i + 1]!,
  points[3 * i + 2]!,
];
