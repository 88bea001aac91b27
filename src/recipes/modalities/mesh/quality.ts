// Quality while a mesh fit goes on: whether the network tells inside from outside at a fixed set of points, whose truth
// is found once. Cheap enough for twenty times a run; the whole comparison of surfaces waits for the end.
import { createRandom } from '../../../core/numeric/random.js';
import {
  cubePoints,
  nearDeviation,
  pointsAround,
  sampleSurface,
  toMeshUnits,
  toNetworkUnits,
  type DistanceField,
  type Frame,
  type TriangleMesh,
} from '../../../sdf/index.js';

/** Points of either kind. */
const count = 32_768;

/** The same for every run, and another than what pools are drawn with. */
const seed = 2 ** 40;

/** Measures a network. */
export interface InsideMeter {
  /** How many points there are, and how many of them are inside the mesh. */
  readonly points: number;
  readonly inside: number;
  /**
   * Intersections over unions, from 0 to 1: at uniform points of the network's cube, and at points near the surface, each
   * coordinate moved by a normal deviate of `nearDeviation`.
   * @param predict signed distances at `[n, 3]` network units, negative inside
   */
  measure(
    predict: (points: Float32Array) => Promise<Float32Array>,
  ): Promise<{ iou: number; iouNear: number }>;
}

/** Draws the points and asks the field about them. */
export async function createInsideMeter(
  mesh: TriangleMesh,
  field: DistanceField,
  frame: Frame,
): Promise<InsideMeter> {
  const random = createRandom(seed);
  const points = new Float32Array(6 * count);
  points.set(cubePoints(count, random));
  const surface = toNetworkUnits(sampleSurface(mesh, count, random).points, frame);
  points.set(pointsAround(surface, nearDeviation, random), 3 * count);
  const truth = await field.inside(toMeshUnits(points, frame));
  return {
    points: 2 * count,
    inside: truth.reduce((sum, inside) => sum + inside, 0),
    async measure(predict) {
      const values = await predict(points);
      return {
        iou: overlap(values.subarray(0, count), truth.subarray(0, count)),
        iouNear: overlap(values.subarray(count), truth.subarray(count)),
      };
    },
  };
}

function overlap(values: Float32Array, truth: Uint8Array): number {
  let both = 0;
  let either = 0;
  for (let i = 0; i < truth.length; i++) {
    const modelled = values[i]! < 0;
    const real = truth[i] === 1;
    if (modelled && real) both++;
    if (modelled || real) either++;
  }
  return shareOf(both, either);
}

/** An intersection over a union: of two empty sets 0, since nothing says that they agree. */
export function shareOf(both: number, either: number): number {
  return either === 0 ? 0 : both / either;
}
