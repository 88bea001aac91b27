// The memory that a trainer of rays and its worker threads share: what they see of it, and which part of it is whose.
import { each } from '../training/each.js';
import { rayArrays, rayWidths, type RayArray, type RayRows } from '../training/rays/batch.js';

/** Shared memory for rays and points; sent again when it has grown. */
export interface RayMemory extends Readonly<Record<RayArray, SharedArrayBuffer>> {
  /** Rays. */
  readonly capacity: number;
  /** `[workers, ⌈capacity / workers⌉ · samplesPerRay]`: the cells that each worker's samples lay in, and what was there. */
  readonly cells: SharedArrayBuffer;
  readonly densities: SharedArrayBuffer;
}

/** The same as numbers. */
export interface RayViews extends RayRows {
  readonly cells: Int32Array;
  readonly densities: Float32Array;
}

/** Rays of one worker at most, of W that take every W-th. */
export const raysOfWorker = (capacity: number, workers: number): number => Math.ceil(capacity / workers);

/** Memory for so many rays, of up to `samplesPerRay` samples. */
export function allocateRays(capacity: number, workers: number, samplesPerRay: number): RayMemory {
  const numbers = (count: number): SharedArrayBuffer => new SharedArrayBuffer(count * 4);
  const samples = workers * raysOfWorker(capacity, workers) * samplesPerRay;
  const own = each(rayArrays, (name) => numbers(rayWidths[name] * capacity));
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
