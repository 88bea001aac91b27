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
  /**
   * Cells that are looked into at once, and after how many steps: each cell has its turn in 1,024. A look ends in a survey, for
   * which everything waits, so that looks are few and large.
   */
  probes: 131_072,
  probeEvery: 64,
  /** At first more often: after so many steps nothing is unknown any more. */
  probeOften: { every: 8, until: 128 },
  /** How far a look moves its cell's mean: looks are few. */
  probeRate: 0.5,
  /** What cells are taken to hold of which nothing is known. */
  unknown: 0.3,
} as const;

/** The mark of a cell of which nothing is known: no density is negative. */
const nothingKnown = -1;

/**
 * What rays need to know of most cells, two bits each, four cells to a byte: rays cross hundreds of cells, and the densities of all would
 * have to come from afar.
 */
export const cellState = { empty: 0, occupied: 1, unknown: 2 } as const;

/** Cells that are looked into together: so many, and how many had been before them. */
export interface Looks {
  readonly before: number;
  readonly count: number;
}

/** The cells that are looked into after so many steps; undefined where none are. */
export function looksAfter(steps: number): Looks | undefined {
  const { probes, probeEvery, probeOften } = densityGridDefaults;
  const { every, until } = probeOften;
  const looks = Math.min(steps, until) / every + Math.max(0, steps - until) / probeEvery;
  return Number.isInteger(looks) ? { before: (looks - 1) * probes, count: probes } : undefined;
}

/**
 * From one cell that is looked into to the next: the number of cells (128³) by the golden ratio, so that any run of them lies evenly in
 * space, and odd, so that each has its turn.
 */
export const probeStride = 1_296_101;

/** Cells along the side of a block: rays cross blocks that are empty at once. */
export const blockSide = 8;

/** What threads share of a grid. */
export interface DensityGridSetup {
  readonly resolution: number;
  /** `[resolution³]` float32, x fastest. Shared where several threads look along rays. */
  readonly cells: SharedArrayBuffer | ArrayBuffer;
  /** `[⌈resolution/blockSide⌉³]` float32, x fastest: no cell of the block is denser; Infinity where one is unknown. */
  readonly bounds: SharedArrayBuffer | ArrayBuffer;
  /** `[⌈resolution³/4⌉]` bytes: a `cellState` for each cell, the lowest bits first. */
  readonly states: SharedArrayBuffer | ArrayBuffer;
}

/** One thread's view of it. */
export class DensityGrid {
  readonly setup: DensityGridSetup;
  readonly resolution: number;
  /** Densities per half side of the cube. */
  readonly cells: Float32Array;
  /** What no cell of a block exceeds: what `survey` found, and what was learnt since. */
  readonly bounds: Float32Array;
  /** What each cell is by the threshold as of the last `survey`, see `cellState`. */
  readonly states: Uint8Array;
  /** Blocks along a side. */
  readonly blocks: number;
  #threshold: number = 0;

  /** Makes a grid of which nothing is known. @param shared for several threads; pages may not share memory */
  static allocate(resolution: number = densityGridDefaults.resolution, shared = true): DensityGrid {
    const allocate = (bytes: number): SharedArrayBuffer | ArrayBuffer =>
      shared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes);
    const cells = allocate(4 * resolution ** 3);
    const bounds = allocate(4 * Math.ceil(resolution / blockSide) ** 3);
    const grid = new DensityGrid({
      resolution,
      cells,
      bounds,
      states: allocate(Math.ceil(resolution ** 3 / 4)),
    });
    grid.cells.fill(nothingKnown);
    grid.bounds.fill(Infinity);
    grid.#sort();
    return grid;
  }

  constructor(setup: DensityGridSetup) {
    this.setup = setup;
    this.resolution = setup.resolution;
    this.cells = new Float32Array(setup.cells);
    this.bounds = new Float32Array(setup.bounds);
    this.states = new Uint8Array(setup.states);
    this.blocks = Math.ceil(setup.resolution / blockSide);
  }

  /** The density from which on a cell is not empty; as of the last `survey`. */
  get threshold(): number {
    return this.#threshold;
  }

  /** Takes the threshold over that another thread has: all else of a grid is shared. */
  follow(threshold: number): void {
    this.#threshold = threshold;
  }

  /** Takes densities and a threshold over, as they were when they were kept. @param cells `[resolution³]`, copied */
  take(cells: Float32Array, threshold: number): void {
    this.cells.set(cells);
    this.#threshold = threshold;
    this.#bound();
    this.#sort();
  }

  /**
   * Works the threshold out anew, and what each cell is by it.
   * @returns the share of the cells that are not empty
   */
  survey(): number {
    const { emptyBelow, meanShare } = densityGridDefaults;
    const { sum, unknown } = this.#bound();
    const known = this.cells.length - unknown;
    this.#threshold = known === 0 ? 0 : Math.min(emptyBelow, (meanShare * sum) / known);
    return (unknown + this.#sort()) / this.cells.length;
  }

  /**
   * Finds what no cell of a block exceeds, without branches, which two million cells in no order would make wait.
   * @returns the sum of what is known, and how many cells are unknown
   */
  #bound(): { readonly sum: number; readonly unknown: number } {
    const { cells, bounds, resolution } = this;
    let sum = 0;
    let unknown = 0;
    bounds.fill(0);
    for (let from = 0; from < cells.length; from += resolution) {
      let block = this.blockOf(from);
      for (let x = 0; x < resolution; block++) {
        const end = Math.min(x + blockSide, resolution);
        const unknownBefore = unknown;
        let most = 0;
        for (; x < end; x++) {
          const density = cells[from + x] as number;
          most = Math.max(most, density);
          sum += Math.max(density, 0);
          unknown += Number(density < 0);
        }
        if (unknown !== unknownBefore) most = Infinity;
        if (!(most <= (bounds[block] as number))) bounds[block] = most;
      }
    }
    return { sum, unknown };
  }

  /** Says of each cell what it is. @returns how many are occupied */
  #sort(): number {
    const { cells, states } = this;
    const threshold = this.#threshold;
    const { occupied, unknown } = cellState;
    let count = 0;
    for (let byte = 0, cell = 0; byte < states.length; byte++) {
      let bits = 0;
      const end = Math.min(cell + 4, cells.length);
      for (let shift = 0; cell < end; cell++, shift += 2) {
        const density = cells[cell] as number;
        const above = Number(density > threshold);
        count += above;
        bits |= (above * occupied + Number(density < 0) * unknown) << shift;
      }
      states[byte] = bits;
    }
    return count;
  }

  /** Takes note of densities found in cells. */
  learn(cells: Int32Array, densities: Float32Array, count: number, rate: number): void {
    const { cells: means, bounds, states } = this;
    const threshold = this.#threshold;
    for (let i = 0; i < count; i++) {
      const cell = cells[i] as number;
      const mean = means[cell] as number;
      const density = densities[i] as number;
      const now = mean < 0 ? density : mean + rate * (density - mean);
      means[cell] = now;
      const full = now > threshold;
      if (mean < 0 || full !== mean > threshold) {
        const shift = (cell & 3) << 1;
        const others = (states[cell >> 2] as number) & ~(3 << shift);
        states[cell >> 2] = others | ((full ? cellState.occupied : cellState.empty) << shift);
      }
      if (now <= mean) continue;
      const block = this.blockOf(cell);
      if (!(now <= (bounds[block] as number))) bounds[block] = now;
    }
  }

  /** The block that a cell is in. */
  blockOf(cell: number): number {
    const { resolution, blocks } = this;
    const row = (cell / resolution) | 0;
    const z = (row / resolution) | 0;
    const x = ((cell - row * resolution) / blockSide) | 0;
    const y = ((row - z * resolution) / blockSide) | 0;
    return (((z / blockSide) | 0) * blocks + y) * blocks + x;
  }

  /**
   * Draws cells to look into, and a point in each: in an order in which each cell has its turn before any has another.
   * @param looks which of them; the grid's resolution is a power of two
   * @param cells `[n]`, written
   * @param points `[n, 3]`, written, in the field's coordinates
   */
  drawProbes(
    seed: number,
    step: number,
    { before, count }: Looks,
    cells: Int32Array,
    points: Float32Array,
  ): void {
    const { resolution } = this;
    const size = 2 / resolution;
    const last = resolution ** 3 - 1;
    const start = probesFrom(seed, before);
    for (let i = 0; i < count; i++) {
      const cell = Math.imul(start + i, probeStride) & last;
      cells[i] = cell;
      const word = mix(seed, step, i);
      const x = cell % resolution;
      const y = Math.floor(cell / resolution) % resolution;
      const z = Math.floor(cell / (resolution * resolution));
      points[3 * i] = (x + mix(word, 0, 1) / 2 ** 32) * size - 1;
      points[3 * i + 1] = (y + mix(word, 1, 1) / 2 ** 32) * size - 1;
      points[3 * i + 2] = (z + mix(word, 2, 1) / 2 ** 32) * size - 1;
    }
  }
}

/** The place in the order of cells of a run's probe that has so many before it. */
export const probesFrom = (seed: number, before: number): number => (mix(seed, 0, 0) + before) >>> 0;
