// Points at which two insides are compared: anywhere in the cube, and near the surface.
import type { Random } from '../../core/numeric/random.js';
import type { Frame } from '../mesh.js';

/**
 * Independent uniform points in the network's cube [−1, 1]³, `[count, 3]`.
 * @throws never
 * @example
 * const points = cubePoints(1000, createRandom(1));
 */
export function cubePoints(count: number, random: Random): Float32Array {
  return Float32Array.from({ length: 3 * count }, () => 2 * random.float() - 1);
}

/**
 * Points around points of a surface: each coordinate moved by a normal deviate (Box and Muller, 1958), drawn again where
 * that leaves the cube.
 * @param surface `[n, 3]`, network units, within the cube
 * @param deviation of each coordinate, network units
 * @throws never
 * @example
 * const random = createRandom(1);
 * const { points } = sampleSurface(mesh, 1000, random);
 * const near = pointsAround(toNetworkUnits(points, frameOf(meshBounds(mesh))), 0.01, random);
 */
export function pointsAround(surface: Float32Array, deviation: number, random: Random): Float32Array {
  const points = new Float32Array(surface.length);
  for (let at = 0; at < surface.length; at += 3) {
    // Rounding may leave a surface point outside by a hair, and then no draw could be sure to end within.
    for (let axis = 0; axis < 3; axis++) {
      const start = Math.min(1, Math.max(-1, surface[at + axis]!));
      let moved: number;
      do moved = start + deviation * normalDeviate(random);
      while (Math.abs(moved) > 1);
      points[at + axis] = moved;
    }
  }
  return points;
}

function normalDeviate(random: Random): number {
  // float() is below 1, so the logarithm is finite.
  return Math.sqrt(-2 * Math.log(1 - random.float())) * Math.cos(2 * Math.PI * random.float());
}

/**
 * Points of the network's cube in the mesh's units; a new array.
 * @throws never
 * @example
 * const frame = frameOf(meshBounds(mesh));
 * const distances = await field.distances(toMeshUnits(cubePoints(1000, createRandom(1)), frame));
 */
export function toMeshUnits(points: Float32Array, { center, scale }: Frame): Float32Array {
  return points.map((value, i) => value / scale + center[i % 3]!);
}

/**
 * Points in the mesh's units in the network's cube; a new array.
 * @throws never
 * @example
 * const points = toNetworkUnits(mesh.positions, frameOf(meshBounds(mesh)));
 */
export function toNetworkUnits(points: Float32Array, { center, scale }: Frame): Float32Array {
  return points.map((value, i) => (value - center[i % 3]!) * scale);
}
