// The memory that a trainer of rays and its worker threads share: what they see of it, and which part of it is whose.
import { each } from '../training/each.js';

/** Arrays with a row for each ray. */
const ofRays = {
  /** Rays; or points, `[≤ 2·capacity, 3]`. */
  rays: 6,
  /** What the rays should see; or directions of points. */
  targets: 3,
  /** What their errors count for. */
  weights: 1,
  /** What the rays show; before they are rendered, their backgrounds. */
  colours: 3,
  /** How wrong they are, see the core's `Want`. */
  errors: 1,
  absolute: 1,
  opacities: 1,
  depths: 1,
} as const;

type RayArray = keyof typeof ofRays;
const rayArrays = Object.keys(ofRays) as RayArray[];

/** Shared memory for rays and points; sent again when it has grown. */
export interface RayMemory extends Readonly<Record<RayArray, SharedArrayBuffer>> {
  /** Rays. */
  readonly capacity: number;
  /** `[workers, ⌈capacity / workers⌉ · samplesPerRay]`: the cells that each worker's samples lay in, and what was there. */
  readonly cells: SharedArrayBuffer;
  readonly densities: SharedArrayBuffer;
}

/** The same as numbers. */
export interface RayViews extends Readonly<Record<RayArray, Float32Array>> {
  readonly cells: Int32Array;
  readonly densities: Float32Array;
}

/** Rays of one worker at most, of W that take every W-th. */
export const raysOfWorker = (capacity: number, workers: number): number => Math.ceil(capacity / workers);

/** Memory for so many rays, of up to `samplesPerRay` samples. */
export function allocateRays(capacity: number, workers: number, samplesPerRay: number): RayMemory {
  const numbers = (count: number): SharedArrayBuffer => new SharedArrayBuffer(count * 4);
  const samples = workers * raysOfWorker(capacity, workers) * samplesPerRay;
  const own = each(rayArrays, (name) => numbers(ofRays[name] * capacity));
  return { ...own, capacity, cells: numbers(samples), densities: numbers(samples) };
}

/** One thread's views of it. */
export function viewRays(memory: RayMemory): RayViews {
  return {
    ...each(rayArrays, (name) => new Float32Array(memory[name])),
    cells: new Int32Array(memory.cells),
    densities: new Float32Array(memory.densities),
  };
}

/** The part of one worker: of what is kept by sample. */
export function samplesOfWorker(
  { cells, densities }: RayViews,
  worker: number,
  workers: number,
): Pick<RayViews, 'cells' | 'densities'> {
  const stretch = cells.length / workers;
  const [from, to] = [worker * stretch, (worker + 1) * stretch];
  return { cells: cells.subarray(from, to), densities: densities.subarray(from, to) };
}
