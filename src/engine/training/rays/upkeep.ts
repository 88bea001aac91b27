// What a trainer of rays knows of empty space, and how steps keep it up: what samples found goes into their cells, and every few
// steps cells are looked into that nothing passed through.
import type { Snapshot } from '../../../core/index.js';
import { checkAtLeast } from '../options.js';
import { floatsIn, numberIn } from '../state.js';
import { DensityGrid, densityGridDefaults } from './density-grid.js';

/** How fast the mean number of samples per ray follows the last steps. */
const forgetting = 0.1;

/** The density grid of a trainer, and what follows from it. */
export class RayUpkeep {
  readonly grid: DensityGrid;
  /** The share of space that is not known to be empty. */
  occupancy: number;
  /** How many points the last step looked at. */
  lastSamples = 0;
  readonly #seed: number;
  readonly #cells = new Int32Array(densityGridDefaults.probes);
  readonly #points = new Float32Array(3 * densityGridDefaults.probes);
  /** Samples per ray, a running mean. */
  #perRay: number;

  /** @param shared whether several threads look along rays */
  constructor(seed: number, samplesPerRay: number, shared: boolean) {
    this.#seed = seed;
    this.#perRay = samplesPerRay;
    this.grid = DensityGrid.allocate(undefined, shared);
    this.occupancy = this.grid.survey();
  }

  /** How many rays a step may take to look at about so many points. @throws ArgumentError for less than one point */
  raysFor(points: number): number {
    checkAtLeast('points', points, 1);
    const rays = Math.round(points / this.#perRay / 64) * 64;
    return Math.min(65_536, Math.max(64, rays));
  }

  /** Takes note of what a step found; `settle` ends it. @param found cells and densities of so many samples, each */
  learn(
    found: readonly {
      readonly cells: Int32Array;
      readonly densities: Float32Array;
      readonly count: number;
    }[],
  ): void {
    this.lastSamples = 0;
    for (const { cells, densities, count } of found) {
      this.grid.learn(cells, densities, count, densityGridDefaults.rate);
      this.lastSamples += count;
    }
  }

  /**
   * Ends a step: looks into cells that are thought empty, where it is time to.
   * @param steps taken, this one too
   * @param rays of the step
   * @param atOnce how many points `evaluate` takes at most
   * @param evaluate densities at points in the field's coordinates, `[n, 3]`; what it gives is read before it is called again
   * @returns the cells that were looked into; this object's own
   */
  async settle(
    steps: number,
    rays: number,
    atOnce: number,
    evaluate: (points: Float32Array) => Promise<Float32Array>,
  ): Promise<Int32Array> {
    const looks = steps % densityGridDefaults.probeEvery === 0;
    if (looks) {
      const count = this.#cells.length;
      this.grid.drawProbes(this.#seed, steps, this.#cells, this.#points);
      for (let from = 0; from < count; from += atOnce) {
        const to = Math.min(count, from + atOnce);
        const densities = await evaluate(this.#points.subarray(3 * from, 3 * to));
        this.grid.learn(this.#cells.subarray(from, to), densities, to - from, densityGridDefaults.probeRate);
      }
      this.occupancy = this.grid.survey();
    }
    // Never none: a field that has become empty is not looked into for free.
    const perRay = Math.max(1, this.lastSamples / rays);
    this.#perRay += forgetting * (perRay - this.#perRay);
    return looks ? this.#cells : this.#cells.subarray(0, 0);
  }

  /** What a snapshot keeps of it; a copy. */
  state(): { readonly values: Snapshot['values']; readonly arrays: Readonly<Record<string, Float32Array>> } {
    const { grid, occupancy } = this;
    return {
      values: { threshold: grid.threshold, occupancy, perRay: this.#perRay },
      arrays: { grid: grid.cells.slice() },
    };
  }

  /** Reads that again. @returns sets it. @throws ResumeError where it is not there */
  take(snapshot: Snapshot): () => void {
    const cells = floatsIn(snapshot, 'grid', this.grid.cells.length);
    const threshold = numberIn(snapshot, 'threshold');
    const occupancy = numberIn(snapshot, 'occupancy');
    const perRay = numberIn(snapshot, 'perRay');
    return () => {
      this.grid.cells.set(cells);
      this.grid.threshold = threshold;
      this.occupancy = occupancy;
      this.#perRay = perRay;
    };
  }
}
