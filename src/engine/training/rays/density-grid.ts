// What is known of where a field is empty: a running mean of the density in each cell of a grid over the field's own
// coordinates. Samples along rays lie where it says that something may be; what training finds there keeps it up to date,
// and cells thought empty are looked into now and then (after Müller et al., Instant Neural Graphics Primitives, 2022,
// Sec. 5.4, whose grid keeps decaying maxima instead, and a bit for each).
import { mix } from './hash.js';

/** How the grid learns. */
export const densityGridDefaults = {
  /** Cells along a side. */
  resolution: 128,
  /** How far a sample moves its cell's mean. */
  rate: 0.1,
  /**
   * Below this density, per half side of the cube, a cell counts as empty: 1 % of the light is lost within 1/128 of the
   * half side. But never above `meanShare` of the mean, so that a field that has learnt nothing yet is nowhere empty.
   */
  emptyBelow: 1.3,
  meanShare: 0.5,
  /** Cells that are looked into at once, and after how many steps. */
  probes: 32_768,
  probeEvery: 8,
  /** How far a look moves its cell's mean: looks are few. */
  probeRate: 0.5,
  /** What cells are taken to hold of which nothing is known. */
  unknown: 0.3,
} as const;

/** The mark of a cell of which nothing is known: no density is negative. */
const nothingKnown = -1;

/** Cells along a side, as a bound of what is shared. */
export interface DensityGridSetup {
  readonly resolution: number;
  /** `[resolution³]` float32, x fastest. Shared where several threads look along rays. */
  readonly cells: SharedArrayBuffer | ArrayBuffer;
}

/** One thread's view of it. */
export class DensityGrid {
  readonly setup: DensityGridSetup;
  readonly resolution: number;
  /** Densities per half side of the cube. */
  readonly cells: Float32Array;
  #threshold: number = 0;

  /** Makes a grid of which nothing is known. @param shared for several threads; pages may not share memory */
  static allocate(resolution: number = densityGridDefaults.resolution, shared = true): DensityGrid {
    const bytes = resolution ** 3 * 4;
    const grid = new DensityGrid({
      resolution,
      cells: shared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes),
    });
    grid.cells.fill(nothingKnown);
    return grid;
  }

  constructor(setup: DensityGridSetup) {
    this.setup = setup;
    this.resolution = setup.resolution;
    this.cells = new Float32Array(setup.cells);
  }

  /** The density from which on a cell is not empty; as of the last `survey`. */
  get threshold(): number {
    return this.#threshold;
  }

  set threshold(value: number) {
    this.#threshold = value;
  }

  /**
   * Works the threshold out anew. One pass over the cells where it stays what it is, which once `emptyBelow` is reached it
   * does, and without branches, which two million cells in no order would make wait.
   * @returns the share of the cells that are not empty
   */
  survey(): number {
    const { cells } = this;
    const { emptyBelow, meanShare } = densityGridDefaults;
    const before = this.#threshold;
    let sum = 0;
    let unknown = 0;
    let full = 0;
    for (let i = 0; i < cells.length; i++) {
      const density = cells[i] as number;
      sum += Math.max(density, 0);
      unknown += Number(density < 0);
      full += Number(density > before);
    }
    const known = cells.length - unknown;
    this.#threshold = known === 0 ? 0 : Math.min(emptyBelow, (meanShare * sum) / known);
    if (this.#threshold !== before) full = this.#countAbove(this.#threshold);
    return (unknown + full) / cells.length;
  }

  #countAbove(threshold: number): number {
    const { cells } = this;
    let count = 0;
    for (let i = 0; i < cells.length; i++) count += Number((cells[i] as number) > threshold);
    return count;
  }

  /** Takes note of densities found in cells. */
  learn(cells: Int32Array, densities: Float32Array, count: number, rate: number): void {
    const means = this.cells;
    for (let i = 0; i < count; i++) {
      const cell = cells[i] as number;
      const mean = means[cell] as number;
      const density = densities[i] as number;
      means[cell] = mean < 0 ? density : mean + rate * (density - mean);
    }
  }

  /**
   * Draws cells to look into, and a point in each.
   * @param points `[n, 3]`, written, in the field's coordinates
   */
  drawProbes(seed: number, step: number, cells: Int32Array, points: Float32Array): void {
    const { resolution } = this;
    const size = 2 / resolution;
    const most = resolution ** 3;
    for (let i = 0; i < cells.length; i++) {
      const word = mix(seed, step, i);
      const cell = Math.floor((word / 2 ** 32) * most);
      cells[i] = cell;
      const x = cell % resolution;
      const y = Math.floor(cell / resolution) % resolution;
      const z = Math.floor(cell / (resolution * resolution));
      for (const [axis, corner] of [x, y, z].entries()) {
        const share = mix(word, axis, 1) / 2 ** 32;
        points[3 * i + axis] = (corner + share) * size - 1;
      }
    }
  }
}
