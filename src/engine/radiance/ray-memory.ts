// The memory that a trainer of rays and its worker threads share: what they see of it, and which part of it is whose.

/** Shared memory for rays and points; sent again when it has grown. */
export interface RayMemory {
  /** Rays. */
  readonly capacity: number;
  /** `[capacity, 6]`: rays; or points, `[≤ 2·capacity, 3]` */
  readonly rays: SharedArrayBuffer;
  /** `[capacity, 3]`: what the rays should see; or directions of points */
  readonly targets: SharedArrayBuffer;
  /** `[capacity]`: what their errors count for. */
  readonly weights: SharedArrayBuffer;
  /** `[capacity, 3]`: what the rays show; before they are rendered, their backgrounds. */
  readonly colours: SharedArrayBuffer;
  /** `[capacity]`: how wrong they are, see the core's `Want`. */
  readonly errors: SharedArrayBuffer;
  readonly absolute: SharedArrayBuffer;
  /** `[capacity]` */
  readonly opacities: SharedArrayBuffer;
  /** `[capacity]` */
  readonly depths: SharedArrayBuffer;
  /** `[workers, ⌈capacity / workers⌉ · samplesPerRay]`: the cells that each worker's samples lay in, and what was there. */
  readonly cells: SharedArrayBuffer;
  readonly densities: SharedArrayBuffer;
}

/** The same as numbers. */
export interface RayViews {
  readonly rays: Float32Array;
  readonly targets: Float32Array;
  readonly weights: Float32Array;
  readonly colours: Float32Array;
  readonly errors: Float32Array;
  readonly absolute: Float32Array;
  readonly opacities: Float32Array;
  readonly depths: Float32Array;
  readonly cells: Int32Array;
  readonly densities: Float32Array;
}

/** Rays of one worker at most, of W that take every W-th. */
export const raysOfWorker = (capacity: number, workers: number): number => Math.ceil(capacity / workers);

/** Memory for so many rays, of up to `samplesPerRay` samples. */
export function allocateRays(capacity: number, workers: number, samplesPerRay: number): RayMemory {
  const numbers = (count: number): SharedArrayBuffer => new SharedArrayBuffer(count * 4);
  const samples = workers * raysOfWorker(capacity, workers) * samplesPerRay;
  return {
    capacity,
    rays: numbers(6 * capacity),
    targets: numbers(3 * capacity),
    weights: numbers(capacity),
    colours: numbers(3 * capacity),
    errors: numbers(capacity),
    absolute: numbers(capacity),
    opacities: numbers(capacity),
    depths: numbers(capacity),
    cells: numbers(samples),
    densities: numbers(samples),
  };
}

/** One thread's views of it. */
export function viewRays(memory: RayMemory): RayViews {
  return {
    rays: new Float32Array(memory.rays),
    targets: new Float32Array(memory.targets),
    weights: new Float32Array(memory.weights),
    colours: new Float32Array(memory.colours),
    errors: new Float32Array(memory.errors),
    absolute: new Float32Array(memory.absolute),
    opacities: new Float32Array(memory.opacities),
    depths: new Float32Array(memory.depths),
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
