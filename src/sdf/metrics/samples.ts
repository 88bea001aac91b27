// Points drawn uniformly from a mesh's surface: a triangle by its share of the area, then a place in it.
import { checkInteger } from '../../core/check.js';
import { ArgumentError } from '../../core/errors.js';
import type { Random } from '../../core/numeric/random.js';
import { faceNormal } from '../geometry.js';
import type { TriangleMesh } from '../mesh.js';

/** Points on a surface; the arrays are the caller's. */
export interface SurfaceSamples {
  /** `[n, 3]`, in the mesh's units. */
  readonly points: Float32Array;
  /** Unit normals of the triangles that the points lie on, `[n, 3]`. */
  readonly normals: Float32Array;
  /** Numbers of those triangles, `[n]`. */
  readonly triangle: Uint32Array;
}

/**
 * Independent uniform points on a mesh's surface. Triangles without area are never drawn from.
 * @param count how many, from 1 to 10⁸
 * @param random gives four numbers per point
 * @throws ArgumentError when the mesh has no area
 * @example
 * const { points, normals } = sampleSurface(mesh, 1000, createRandom(1));
 */
export function sampleSurface(mesh: TriangleMesh, count: number, random: Random): SurfaceSamples {
  checkInteger('count', count, 1, 1e8, 'points on the surface');
  const { positions, triangles } = mesh;
  const faces = triangles.length / 3;
  const upTo = new Float64Array(faces);
  const normal = new Float64Array(3);
  let total = 0;
  for (let f = 0; f < faces; f++) {
    total += faceNormal(positions, triangles, f, normal);
    upTo[f] = total;
  }
  if (!(total > 0 && total < Infinity)) {
    throw new ArgumentError(
      `got a mesh of ${faces} triangles whose area is ${total / 2}; expected a finite area above 0; ` +
        'there is no surface to draw points from',
    );
  }
  const points = new Float32Array(3 * count);
  const normals = new Float32Array(3 * count);
  const triangle = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    // Two draws make 48 bits: with 24, triangles of a mesh of millions would have visibly unequal chances.
    const f = firstAbove(upTo, (random.float() + random.float() * 2 ** -24) * total);
    // The square's half beyond the diagonal is folded back, which keeps the triangle uniform.
    let u = random.float();
    let v = random.float();
    if (u + v > 1) [u, v] = [1 - u, 1 - v];
    const [a, b, c] = [3 * triangles[3 * f]!, 3 * triangles[3 * f + 1]!, 3 * triangles[3 * f + 2]!];
    faceNormal(positions, triangles, f, normal);
    for (let axis = 0; axis < 3; axis++) {
      const corner = positions[a + axis]!;
      points[3 * i + axis] =
        corner + u * (positions[b + axis]! - corner) + v * (positions[c + axis]! - corner);
    }
    normals.set(normal, 3 * i);
    triangle[i] = f;
  }
  return { points, normals, triangle };
}

/** The first index whose value is above `value`, which is below the last one. */
function firstAbove(ascending: Float64Array, value: number): number {
  let low = 0;
  let high = ascending.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle]! > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
