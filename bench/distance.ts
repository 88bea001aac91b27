// What signed distances cost: a million points, uniform in the cube around a torus knot of 100,000 triangles, on two
// worker threads; and a sample of them by three-mesh-bvh's own search, which says how far away its point is but not on
// which side.
import { createRandom } from 'evos';
import { BufferAttribute, BufferGeometry, Vector3 } from 'three';
import { MeshBVH } from 'three-mesh-bvh';
import { torusKnot } from '../fixtures/mesh/surfaces.js';
import { createDistanceField, type SignMethod } from 'evos/sdf';
import type { Options } from './options.js';
import { showSpread, spreadOf, type Spread } from './support-timing.js';

const workers = 2;
const seed = 1;
/** Half the side of the cube: the knot's longest half side over 0.9. */
const half = 1.2 / 0.9;
const plainSample = 20_000;

/** What `--json` gives under `distance`. */
export interface DistanceReport {
  readonly triangles: number;
  readonly points: number;
  readonly sign: SignMethod;
  /** Seconds until the first question can be asked. */
  readonly prepare: number;
  /** Seconds for all points. */
  readonly seconds: Spread;
  /** Microseconds a point and thread, and of three-mesh-bvh's own search on one thread. */
  readonly perPoint: number;
  readonly plainPerPoint: number;
  /** The largest difference of a distance from three-mesh-bvh's, on the sample, in mesh units. */
  readonly worst: number;
}

/** Times distances. */
export async function distance({ say, repeats = 5, samples = 1_000_000 }: Options): Promise<DistanceReport> {
  const mesh = torusKnot(0.2, 1000, 50);
  const random = createRandom(seed);
  const points = new Float32Array(3 * samples).map(() => half * (2 * random.float() - 1));
  const out = new Float32Array(samples);
  const start = performance.now();
  const field = await createDistanceField(mesh, { workers });
  const prepare = (performance.now() - start) / 1000;
  const times: number[] = [];
  for (let round = 0; round <= repeats; round++) {
    const before = performance.now();
    await field.distances(points, out);
    // The first one starts the threads and warms them up.
    if (round > 0) times.push((performance.now() - before) / 1000);
  }
  await field.dispose();
  const seconds = spreadOf(times);
  const { plainPerPoint, worst } = plain(mesh, points, out);
  const triangles = mesh.triangles.length / 3;
  const perPoint = (seconds.median * workers * 1e6) / samples;
  say(
    `${samples.toLocaleString('en')} signed distances to ${triangles.toLocaleString('en')} triangles, ${workers} workers, ` +
      `sign by ${field.sign}, seed ${seed}: ${showSpread(seconds, 2)} s, median of ${repeats} (min–max), ` +
      `after ${prepare.toFixed(2)} s of preparing`,
  );
  say(
    `${perPoint.toFixed(1)} µs a point and thread; three-mesh-bvh’s closestPointToPoint, without sign: ` +
      `${plainPerPoint.toFixed(1)} µs; distances differ by at most ${worst.toExponential(1)}`,
  );
  return { triangles, points: samples, sign: field.sign, prepare, seconds, perPoint, plainPerPoint, worst };
}

function plain(
  mesh: { readonly positions: Float32Array; readonly triangles: Uint32Array },
  points: Float32Array,
  distances: Float32Array,
): { plainPerPoint: number; worst: number } {
  const geometry = new BufferGeometry();
  geometry.setAttribute('position', new BufferAttribute(mesh.positions, 3));
  geometry.setIndex(new BufferAttribute(mesh.triangles.slice(), 1));
  const bvh = new MeshBVH(geometry);
  const target = { point: new Vector3(), distance: 0, faceIndex: 0 };
  const point = new Vector3();
  const count = Math.min(plainSample, distances.length);
  let worst = 0;
  const start = performance.now();
  for (let i = 0; i < count; i++) {
    bvh.closestPointToPoint(point.fromArray(points, 3 * i), target);
    worst = Math.max(worst, Math.abs(target.distance - Math.abs(distances[i] ?? 0)));
  }
  return { plainPerPoint: ((performance.now() - start) * 1000) / count, worst };
}
