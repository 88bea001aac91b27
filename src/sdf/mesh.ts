// A mesh, as positions and triangles, and the map between its own frame and the network's cube.
import { ArgumentError } from '../core/errors.js';
import type { Bounds } from '../core/index.js';

export type { Bounds } from '../core/index.js';

/** A triangle mesh in the frame and units of its file. The arrays are the mesh's own: nobody writes into them. */
export interface TriangleMesh {
  /** Vertex positions, `[V, 3]`, less `origin` where there is one. */
  readonly positions: Float32Array;
  /** Vertex indices, `[F, 3]`, counter-clockwise seen from outside where the mesh has an outside. */
  readonly triangles: Uint32Array;
  /**
   * What was subtracted from all positions, in doubles, because float32 could not hold them: the mesh lies far from the
   * file's origin. Writing the mesh adds it again. Left out: nothing.
   */
  readonly origin?: readonly [x: number, y: number, z: number];
}

/**
 * Where a mesh's positions lie in the network's cube [−1, 1]³: `network = (position − center) · scale`. Distances scale alike, so a
 * network's distance divided by `scale` is in the mesh's own units.
 */
export interface Frame {
  /** In the mesh's units. */
  readonly center: readonly [x: number, y: number, z: number];
  /** Network units per mesh unit, above 0. */
  readonly scale: number;
}

/** Share of the cube's side that a mesh's longest side takes. */
export const usualFill = 0.9;

/**
 * The smallest box around all vertices that triangles use.
 * @throws ArgumentError when there are none.
 * @example
 * const { min, max } = meshBounds(mesh);
 */
export function meshBounds({ positions, triangles }: TriangleMesh): Bounds {
  const min: [number, number, number] = [Infinity, Infinity, Infinity];
  const max: [number, number, number] = [-Infinity, -Infinity, -Infinity];
  for (const vertex of triangles) {
    for (let axis = 0; axis < 3; axis++) {
      const value = positions[3 * vertex + axis] ?? NaN;
      if (value < (min[axis] ?? 0)) min[axis] = value;
      if (value > (max[axis] ?? 0)) max[axis] = value;
    }
  }
  if (!(min[0] <= max[0]))
    throw new ArgumentError('meshBounds: got a mesh without triangles; expected at least one');
  return { min, max };
}

/**
 * Centres a box in the cube, its longest side `fill` of the cube's.
 * @throws never
 * @example
 * const { center, scale } = frameOf(meshBounds(mesh));
 */
export function frameOf({ min, max }: Bounds, fill = usualFill): Frame {
  const longest = Math.max(max[0] - min[0], max[1] - min[1], max[2] - min[2]);
  return {
    center: [(min[0] + max[0]) / 2, (min[1] + max[1]) / 2, (min[2] + max[2]) / 2],
    scale: (2 * fill) / longest,
  };
}
