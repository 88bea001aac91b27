// Compares a fitted surface with the original: by volume, distance and direction. All metrics are of samples drawn with a
// seed. Where papers use different conventions, the one used here is named.
import { checkInteger } from '../../core/check.js';
import { createRandom } from '../../core/numeric/random.js';
import { Field, pointsPerBatch, type FieldEvaluator } from '../extract/evaluate.js';
import { faceNormal } from '../geometry.js';
import { meshBounds, type Frame, type TriangleMesh } from '../mesh.js';
import { sampleSurface, type SurfaceSamples } from './samples.js';
import { cubePoints, pointsAround, toMeshUnits, toNetworkUnits } from './volume.js';

/** What can be asked about a mesh, in its own units. */
export interface MeshQuery {
  /** For points `[n, 3]`: 1 inside, 0 outside, `[n]`. */
  inside(points: Float32Array): Promise<Uint8Array>;
  /** For points `[n, 3]`: the distance to the surface (unsigned) and the triangle that is nearest, `[n]` each. */
  closest(points: Float32Array): Promise<{ distance: Float32Array; triangle: Uint32Array }>;
}

/** The defaults of metrics. */
export const metricsDefaults = {
  /** Points on each surface, and for each of the two IoUs: as Mescheder et al. (2019). */
  samples: 100_000,
  seed: 0,
} as const;

/** How far points near the surface are from it: a normal deviate per coordinate, 1 % of the cube's side. */
export const nearDeviation = 0.02;

/** What to compare. */
export interface CompareSurfacesOptions {
  /** The fitted model: its field in network units, negative inside, and the mesh extracted from it. */
  readonly model: { readonly evaluate: FieldEvaluator; readonly mesh: TriangleMesh };
  /** The mesh it was fitted to. Both meshes are in the original's frame and units. */
  readonly original: TriangleMesh;
  readonly originalQuery: MeshQuery;
  /** Only `closest` is asked of the model's mesh: what is inside it, its field says. */
  readonly predictedQuery: Pick<MeshQuery, 'closest'>;
  /** Where the original lies in the network's cube. */
  readonly frame: Frame;
  /** Points on each surface, in the cube, and near the surface; default 100,000. */
  readonly samples?: number;
  /** Of all draws; default 0. */
  readonly seed?: number;
  /** Ends the comparison before its next step. */
  readonly signal?: AbortSignal;
}

/** How alike two surfaces are. */
export interface SurfaceMetrics {
  /**
   * Intersection over union of the insides, at uniform points of the network's cube [−1, 1]³ (the original's longest side
   * takes `frame`'s share of it). NaN when no point is inside either: a surface without an inside.
   */
  readonly iou: number;
  /** The same at points of the original's surface, each coordinate moved by a normal deviate of 0.02 network units. */
  readonly iouNear: number;
  /**
   * The mean of accuracy and completeness, which are mean distances: from the model's surface to the original, and back
   * (Mescheder et al., "Occupancy networks", CVPR 2019). In longest sides of the original's bounding box; 0 is best.
   */
  readonly chamferL1: number;
  /**
   * The sum of the mean squared distances both ways (Fan, Su and Guibas, "A point set generation network", CVPR 2017,
   * equation 1, divided by the number of points). In squared longest sides of the original's bounding box; 0 is best.
   */
  readonly chamferL2: number;
  /**
   * The mean of |n · n′| over points of the model's surface and the nearest ones of the original's, and back, averaged
   * (Mescheder et al., 2019). Normals are those of triangles; 1 is best.
   */
  readonly normalConsistency: number;
  /** The samples behind the metrics. */
  readonly counts: {
    /** Points on each surface and at each of the two places where insides are compared. */
    readonly samples: number;
    /** Of the points in the cube: those inside both, and inside either. */
    readonly both: number;
    readonly either: number;
    /** The same of the points near the surface. */
    readonly bothNear: number;
    readonly eitherNear: number;
  };
}

/**
 * Compares a fitted model with the mesh it was fitted to.
 *
 * Distances are from points to surfaces, exact on the triangles, and not between two sets of points: they have no floor
 * that depends on how many points were drawn.
 *
 * @throws ArgumentError when a mesh has no area or the evaluator does not return one value per point; EvosError when a
 *   value is not finite; the signal's reason when it is aborted; what the queries throw
 * @example
 * const original = mesh;
 * const frame = frameOf(meshBounds(original));
 * const evaluate = async (points: Float32Array): Promise<Float32Array> =>
 *   (await field.distances(toMeshUnits(points, frame))).map((distance) => distance * frame.scale);
 * const model = { evaluate, mesh: original };
 * const { iou } = await compareSurfaces({ model, original, originalQuery: field, predictedQuery: field, frame });
 */
export async function compareSurfaces(options: CompareSurfacesOptions): Promise<SurfaceMetrics> {
  const { model, original, originalQuery, predictedQuery, frame, signal } = options;
  const samples = options.samples ?? metricsDefaults.samples;
  checkInteger('samples', samples, 1, 1e8, 'points on each surface');
  const random = createRandom(options.seed ?? metricsDefaults.seed);
  const field = new Field(model.evaluate, 0, signal);
  const { min, max } = meshBounds(original);
  const longest = Math.max(max[0] - min[0], max[1] - min[1], max[2] - min[2]);

  // All draws come first and in this order: none depends on what another step finds.
  const onOriginal = sampleSurface(original, samples, random);
  const onModel = sampleSurface(model.mesh, samples, random);
  const anywhere = cubePoints(samples, random);
  const near = pointsAround(toNetworkUnits(onOriginal.points, frame), nearDeviation, random);

  const cube = await overlap(anywhere, field, originalQuery, frame, signal);
  const band = await overlap(near, field, originalQuery, frame, signal);
  const accuracy = await towards(onModel, original, originalQuery, signal);
  const completeness = await towards(onOriginal, model.mesh, predictedQuery, signal);
  return {
    iou: cube.both / cube.either,
    iouNear: band.both / band.either,
    chamferL1: (accuracy.distance + completeness.distance) / 2 / longest,
    chamferL2: (accuracy.squared + completeness.squared) / longest ** 2,
    normalConsistency: (accuracy.alignment + completeness.alignment) / 2,
    counts: { samples, both: cube.both, either: cube.either, bothNear: band.both, eitherNear: band.either },
  };
}

/** How many points (network units) are inside both, and inside either. */
async function overlap(
  points: Float32Array,
  field: Field,
  original: MeshQuery,
  frame: Frame,
  signal: AbortSignal | undefined,
): Promise<{ both: number; either: number }> {
  signal?.throwIfAborted();
  const truth = await original.inside(toMeshUnits(points, frame));
  let both = 0;
  let either = 0;
  for (let from = 0; from < truth.length; from += pointsPerBatch) {
    const values = await field.values(points.slice(3 * from, 3 * (from + pointsPerBatch)));
    for (let i = 0; i < values.length; i++) {
      const modelled = values[i]! < 0;
      const real = truth[from + i] === 1;
      if (modelled && real) both++;
      if (modelled || real) either++;
    }
  }
  return { both, either };
}

/** Means over points of one surface against the nearest places of another. */
async function towards(
  { points, normals }: SurfaceSamples,
  { positions, triangles }: TriangleMesh,
  query: Pick<MeshQuery, 'closest'>,
  signal: AbortSignal | undefined,
): Promise<{ distance: number; squared: number; alignment: number }> {
  signal?.throwIfAborted();
  // The query may transfer what it is given to a thread.
  const { distance, triangle } = await query.closest(points.slice());
  const count = distance.length;
  const normal = new Float64Array(3);
  let sum = 0;
  let squares = 0;
  let alignments = 0;
  for (let i = 0; i < count; i++) {
    const d = distance[i]!;
    sum += d;
    squares += d * d;
    faceNormal(positions, triangles, triangle[i]!, normal);
    const at = 3 * i;
    alignments += Math.abs(
      normals[at]! * normal[0]! + normals[at + 1]! * normal[1]! + normals[at + 2]! * normal[2]!,
    );
  }
  return { distance: sum / count, squared: squares / count, alignment: alignments / count };
}
