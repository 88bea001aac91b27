// Points on a surface, evenly by area. The cumulative area is cut into as many stretches as there are points, with one point
// in each: every region gets its share of points, to one.
import { ArgumentError } from '../core/errors.js';
import type { Random } from '../core/numeric/random.js';
import { triangleArea } from './geometry.js';
import type { TriangleMesh } from './mesh.js';

/** Draws points on one mesh's surface. */
export interface SurfaceSampler {
  /** In square mesh units. */
  readonly area: number;
  /**
   * Draws points, in the order of the triangles.
   * @param points `[n, 3]`, overwritten, in mesh units
   * @param random each point takes three numbers
   * @param triangles `[n]`, overwritten: the triangle of each point
   */
  draw(points: Float32Array, random: Random, triangles?: Uint32Array): void;
}

/**
 * Makes a sampler of a mesh, which must not change. Holds 8 bytes a triangle.
 * @throws ArgumentError for a mesh without area.
 * @example
 * console.log(createSurfaceSampler(mesh).area);
 */
export function createSurfaceSampler(mesh: TriangleMesh): SurfaceSampler {
  const { positions, triangles: corners } = mesh;
  const ends = new Float64Array(corners.length / 3);
  let area = 0;
  for (let t = 0; t < ends.length; t++) {
    area += triangleArea(positions, corners, t);
    ends[t] = area;
  }
  if (!(area > 0))
    throw new ArgumentError(
      'createSurfaceSampler: got a mesh without area; expected triangles that have some',
    );
  return {
    area,
    draw(points, random, triangles) {
      const count = points.length / 3;
      let t = 0;
      for (let i = 0; i < count; i++) {
        const at = ((i + random.float()) / count) * area;
        while (ends[t]! <= at && t < ends.length - 1) t++;
        // Uniform in the triangle: R. Osada et al., "Shape Distributions" (2002), eq. 1.
        const root = Math.sqrt(random.float());
        const share = random.float();
        const [fa, fb, fc] = [1 - root, root * (1 - share), root * share];
        const [a, b, c] = [3 * corners[3 * t]!, 3 * corners[3 * t + 1]!, 3 * corners[3 * t + 2]!];
        for (let axis = 0; axis < 3; axis++) {
          points[3 * i + axis] =
            fa * positions[a + axis]! + fb * positions[b + axis]! + fc * positions[c + axis]!;
        }
        if (triangles !== undefined) triangles[i] = t;
      }
    },
  };
}
