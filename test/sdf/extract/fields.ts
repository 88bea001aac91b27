// Analytic fields and what a mesh must be, for tests of extraction and of what follows it.
import type { FieldEvaluator } from '../../../src/sdf/extract/evaluate.js';
import type { TriangleMesh } from '../../../src/sdf/mesh.js';

/** A field of one point. */
export type PointField = (x: number, y: number, z: number) => number;

export const sphere =
  (radius: number, cx = 0, cy = 0, cz = 0): PointField =>
  (x, y, z) =>
    Math.hypot(x - cx, y - cy, z - cz) - radius;

export const torus =
  (ring: number, tube: number): PointField =>
  (x, y, z) =>
    Math.hypot(Math.hypot(x, z) - ring, y) - tube;

export const box =
  (hx: number, hy: number, hz: number): PointField =>
  (x, y, z) => {
    const [qx, qy, qz] = [Math.abs(x) - hx, Math.abs(y) - hy, Math.abs(z) - hz];
    return Math.hypot(Math.max(qx, 0), Math.max(qy, 0), Math.max(qz, 0)) + Math.min(Math.max(qx, qy, qz), 0);
  };

export function evaluator(field: PointField): FieldEvaluator {
  return (points) =>
    Promise.resolve(
      Float32Array.from({ length: points.length / 3 }, (_, i) =>
        field(points[3 * i]!, points[3 * i + 1]!, points[3 * i + 2]!),
      ),
    );
}

/** The volume within a closed mesh, positive when its triangles are counter-clockwise seen from outside. */
export function volume({ positions: p, triangles }: TriangleMesh): number {
  let six = 0;
  for (let f = 0; f < triangles.length; f += 3) {
    const [a, b, c] = [3 * triangles[f]!, 3 * triangles[f + 1]!, 3 * triangles[f + 2]!];
    six +=
      p[a]! * (p[b + 1]! * p[c + 2]! - p[b + 2]! * p[c + 1]!) +
      p[a + 1]! * (p[b + 2]! * p[c]! - p[b]! * p[c + 2]!) +
      p[a + 2]! * (p[b]! * p[c + 1]! - p[b + 1]! * p[c]!);
  }
  return six / 6;
}

/**
 * What keeps a mesh from being closed, consistently wound and manifold: edges that are not used exactly once each way,
 * vertices whose triangles do not form one fan, vertices that no triangle uses.
 */
export function defects({ positions, triangles }: TriangleMesh) {
  const directed = new Map<string, number>();
  const fans = new Map<number, Map<number, number>>();
  for (let f = 0; f < triangles.length; f += 3) {
    for (let k = 0; k < 3; k++) {
      const [a, b, c] = [triangles[f + k]!, triangles[f + ((k + 1) % 3)]!, triangles[f + ((k + 2) % 3)]!];
      directed.set(`${a}-${b}`, (directed.get(`${a}-${b}`) ?? 0) + 1);
      const fan = fans.get(a) ?? new Map<number, number>();
      fans.set(a, fan.set(b, c));
    }
  }
  let edges = 0;
  for (const [edge, count] of directed) {
    const back = directed.get(edge.split('-').reverse().join('-')) ?? 0;
    if (count !== 1 || back !== 1) edges++;
  }
  let vertices = 0;
  for (const fan of fans.values()) {
    const first = fan.keys().next().value!;
    let length = 1;
    for (let at = fan.get(first); at !== first && at !== undefined && length <= fan.size; length++)
      at = fan.get(at);
    if (length !== fan.size) vertices++;
  }
  return { edges, vertices, unused: positions.length / 3 - fans.size };
}

export const noDefects = { edges: 0, vertices: 0, unused: 0 };

/** Corners of a mesh's triangles as sorted text: equal for meshes that differ in order only. */
export function shapeOf({ positions, triangles }: TriangleMesh): string[] {
  const faces: string[] = [];
  for (let f = 0; f < triangles.length; f += 3) {
    const corners = [0, 1, 2].map((k) =>
      [...positions.subarray(3 * triangles[f + k]!, 3 * triangles[f + k]! + 3)].join(' '),
    );
    const first = corners.indexOf([...corners].sort()[0]!);
    faces.push([0, 1, 2].map((k) => corners[(first + k) % 3]).join(', '));
  }
  return faces.sort();
}
