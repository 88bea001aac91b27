// What a trainer of rays knows of empty space, and how steps keep it up: what samples found goes into their cells, and every few
// steps cells are looked into that nothing passed through.
import type { Snapshot } from '../../../core/index.js';
import { RayBudget, spaceIn, spaceParts } from './budget.js';
import { DensityGrid, densityGridDefaults, looksAfter } from './density-grid.js';

/** The density grid of a trainer that keeps it on the CPU, and what follows from it. */
export class RayUpkeep {
  readonly grid: DensityGrid;
  /** The share of space that is not known to be empty. */
  occupancy: number;
  readonly #budget: RayBudget;
  /** Samples of the step that is under way. */
  #found = 0;
  readonly #seed: number;
  readonly #cells = new Int32Array(densityGridDefaults.probes);
  readonly #points = new Float32Array(3 * densityGridDefaults.probes);

  /** The grid is shared: several threads look along rays. */
  constructor(seed: number, samplesPerRay: number) {
    this.#seed = seed;
    this.#budget = new RayBudget(samplesPerRay);
    this.grid = DensityGrid.allocate();
    this.occupancy = this.grid.survey();
  }

  /** How many points the last step looked at. */
  get lastSamples(): number {
    return this.#budget.lastSamples;
  }

  /** How many rays a step may take to look at about so many points. @throws ArgumentError for less than one point */
  raysFor(points: number): number {
    return this.#budget.raysFor(points);
  }

  /** Takes note of what a step found; `settle` ends it. @param found cells and densities of so many samples, each */
  learn(
    found: readonly {
      readonly cells: Int32Array;
      readonly densities: Float32Array;
      readonly count: number;
    }[],
  ): void {
    this.#found = 0;
    for (const { cells, densities, count } of found) {
      this.grid.learn(cells, densities, count, densityGridDefaults.rate);
      this.#found += count;
    }
  }

  /**
   * Ends a step: looks into cells that are thought empty, where it is time to.
   * @param steps taken, this one too
   * @param rays of the step
   * @param atOnce how many points `evaluate` takes at most
   * @param evaluate densities at points in the field's coordinates, `[n, 3]`; what it gives is read before it is called again
   */
  async settle(
    steps: number,
    rays: number,
    atOnce: number,
    evaluate: (points: Float32Array) => Promise<Float32Array>,
  ): Promise<void> {
    const looks = looksAfter(steps);
    if (looks !== undefined) {
      const { count } = looks;
      this.grid.drawProbes(this.#seed, steps, looks, this.#cells, this.#points);
      for (let from = 0; from < count; from += atOnce) {
        const to = Math.min(count, from + atOnce);
        const densities = await evaluate(this.#points.subarray(3 * from, 3 * to));
        this.grid.learn(this.#cells.subarray(from, to), densities, to - from, densityGridDefaults.probeRate);
      }
      this.occupancy = this.grid.survey();
    }
    this.#budget.took(this.#found, rays);
  }

  /** What a snapshot keeps of it; a copy. */
  state(): ReturnType<typeof spaceParts> {
    const { grid, occupancy } = this;
    const { perRay } = this.#budget;
    return spaceParts({ cells: grid.cells.slice(), threshold: grid.threshold, occupancy, perRay });
  }

  /** Reads that again. @returns sets it. @throws ResumeError where it is not there */
  take(snapshot: Snapshot): () => void {
    const { cells, threshold, occupancy, perRay } = spaceIn(snapshot, this.grid.cells.length);
    return () => {
      this.grid.take(cells, threshold);
      this.occupancy = occupancy;
      this.#budget.perRay = perRay;
    };
  }
}
