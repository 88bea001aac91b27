// Turns triangles that face the wrong way. Neighbours must use their common edge in opposite directions, so one triangle of
// a shell settles all others. The side with the larger area stays as it is.
import { triangleArea } from '../geometry.js';
import type { HalfEdges } from '../half-edges.js';
import type { TriangleMesh } from '../mesh.js';

/** How triangles have to be turned. */
export interface Orientation {
  /** `[F]`: 1 for a triangle that is to be turned round. */
  readonly turned: Uint8Array;
  readonly turnedCount: number;
  /** Whether neighbours agree everywhere now; a Möbius strip or a Klein bottle cannot. */
  readonly consistent: boolean;
}

/** Finds the triangles to turn. Goes across edges of exactly two triangles only: elsewhere it is not clear who is whose neighbour. */
export function orientTriangles(mesh: TriangleMesh, { twins, inconsistent }: HalfEdges): Orientation {
  const { positions, triangles } = mesh;
  const count = triangles.length / 3;
  const turned = new Uint8Array(count);
  if (inconsistent === 0) return { turned, turnedCount: 0, consistent: true };
  const seen = new Uint8Array(count);
  const queue = new Int32Array(count);
  let consistent = true;
  let turnedCount = 0;
  for (let start = 0; start < count; start++) {
    if (seen[start] === 1) continue;
    seen[start] = 1;
    queue[0] = start;
    let length = 1;
    let balance = 0;
    let turnedHere = 0;
    for (let at = 0; at < length; at++) {
      const t = queue[at]!;
      const area = triangleArea(positions, triangles, t);
      balance += turned[t] === 1 ? -area : area;
      turnedHere += turned[t]!;
      for (let half = 3 * t; half < 3 * t + 3; half++) {
        const twin = twins[half]!;
        if (twin < 0) continue;
        const other = (twin / 3) | 0;
        const wanted = turned[t]! ^ (triangles[half] === triangles[twin] ? 1 : 0);
        if (seen[other] === 0) {
          seen[other] = 1;
          turned[other] = wanted;
          queue[length++] = other;
        } else if (turned[other] !== wanted) consistent = false;
      }
    }
    if (balance < 0) {
      for (let at = 0; at < length; at++) turned[queue[at]!]! ^= 1;
      turnedHere = length - turnedHere;
    }
    turnedCount += turnedHere;
  }
  return { turned, turnedCount, consistent };
}
