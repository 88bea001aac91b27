// Coordinates far from the origin. Positions are float32, which at a distance of some thousand times a mesh's size cannot tell
// its vertices apart. So a point near such a mesh, its origin, is subtracted in double precision when it is read, and added
// again when it is written. Everything between works on what is left.
import type { Bounds, Frame, TriangleMesh } from './mesh.js';

/** A point, or a vector, in doubles. */
export type Point = readonly [x: number, y: number, z: number];

/**
 * A mesh may lie so many of its longest sides away before an origin is taken off. Around the origin float32 tells apart
 * 2⁻²⁵ of the longest side; eight sides away it is 2⁻²¹, still far below what a network learns.
 */
const near = 8;

/**
 * The origin to take off a mesh; undefined for one that is near enough to the real one. On each axis it is 0 where that is near
 * enough, else a round number within the mesh: the difference of two doubles that are within a factor of two of each other
 * is exact (P. Sterbenz, "Floating-Point Computation", 1974).
 */
export function originOf({ min, max }: Bounds): Point | undefined {
  const longest = Math.max(max[0] - min[0], max[1] - min[1], max[2] - min[2]);
  if (!(longest > 0) || longest === Infinity) return undefined;
  const step = 2 ** Math.floor(Math.log2(longest));
  const along = (axis: 0 | 1 | 2): number => {
    const center = min[axis] / 2 + max[axis] / 2;
    return Math.abs(center) > near * longest ? Math.round(center / step) * step : 0;
  };
  const origin: Point = [along(0), along(1), along(2)];
  return origin.some((value) => value !== 0) && origin.every(Number.isFinite) ? origin : undefined;
}

/** Positions less an origin, `[V, 3]`, rounded once. */
export function takeOff(positions: Float32Array | Float64Array, origin: Point): Float32Array {
  const result = new Float32Array(positions.length);
  for (let i = 0; i < result.length; i++) result[i] = positions[i]! - origin[i % 3]!;
  return result;
}

/** Positions in the frame of the mesh's file, in doubles. */
export function putBack({ positions, origin }: TriangleMesh): Float32Array | Float64Array {
  if (origin === undefined) return positions;
  const result = new Float64Array(positions.length);
  for (let i = 0; i < result.length; i++) result[i] = positions[i]! + origin[i % 3]!;
  return result;
}

/** How far apart float32's numbers are at the largest of some coordinates. */
export function floatStep(largest: number): number {
  return largest > 0 ? 2 ** (Math.floor(Math.log2(largest)) - 23) : 0;
}

/**
 * A frame of a mesh less its origin as a frame of the file's coordinates: the same map, for whoever has no mesh.
 * @throws never
 * @example
 * const { mesh } = await loadMesh('bunny.obj');
 * const frame = fileFrame(frameOf(meshBounds(mesh)), mesh.origin);
 */
export function fileFrame({ center, scale }: Frame, origin: Point = [0, 0, 0]): Frame {
  return { center: [center[0] + origin[0], center[1] + origin[1], center[2] + origin[2]], scale };
}

/**
 * A frame of the file's coordinates as an origin and a frame around it; `origin` is undefined where none is needed.
 * @throws never
 * @example
 * const { frame, origin } = nearFrame({ center: [1e6, 0, 0], scale: 1 });
 */
export function nearFrame({ center, scale }: Frame): { frame: Frame; origin: Point | undefined } {
  const half = 1 / scale;
  const origin = originOf({
    min: [center[0] - half, center[1] - half, center[2] - half],
    max: [center[0] + half, center[1] + half, center[2] + half],
  });
  const [x, y, z] = origin ?? [0, 0, 0];
  return { frame: { center: [center[0] - x, center[1] - y, center[2] - z], scale }, origin };
}
