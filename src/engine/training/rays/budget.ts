// How many rays a step takes, and what trainers of rays keep of empty space in snapshots.
import type { Snapshot } from '../../../core/index.js';
import { checkAtLeast } from '../options.js';
import { floatsIn, numberIn } from '../state.js';

/** How fast the mean number of samples per ray follows the last steps. */
const forgetting = 0.1;

/** Steps look at about as many points as one another: the fewer samples rays have, the more rays are taken. */
export class RayBudget {
  /** How many points the last step looked at. */
  lastSamples = 0;
  /** Samples per ray, a running mean. */
  perRay: number;

  constructor(samplesPerRay: number) {
    this.perRay = samplesPerRay;
  }

  /** How many rays a step may take to look at about so many points. @throws ArgumentError for less than one point */
  raysFor(points: number): number {
    checkAtLeast('points', points, 1);
    const rays = Math.round(points / this.perRay / 64) * 64;
    return Math.min(65_536, Math.max(64, rays));
  }

  /** Takes note of a step: so many samples along so many rays. */
  took(samples: number, rays: number): void {
    this.lastSamples = samples;
    // Never none: a field that has become empty is not looked into for free.
    this.perRay += forgetting * (Math.max(1, samples / rays) - this.perRay);
  }
}

/** What is known of empty space. */
export interface SpaceState {
  /** The density grid's, see `DensityGrid`. */
  readonly cells: Float32Array;
  readonly threshold: number;
  /** The share of space that is not known to be empty. */
  readonly occupancy: number;
  /** Samples per ray, see `RayBudget`. */
  readonly perRay: number;
}

/** That as snapshots have it, whoever keeps the grid. */
export const spaceParts = ({
  cells,
  ...values
}: SpaceState): {
  readonly values: Snapshot['values'];
  readonly arrays: Readonly<Record<string, Float32Array>>;
} => ({ values, arrays: { grid: cells } });

/** Reads it again. @param cells of the grid @throws ResumeError where it is not there */
export const spaceIn = (snapshot: Snapshot, cells: number): SpaceState => ({
  cells: floatsIn(snapshot, 'grid', cells),
  threshold: numberIn(snapshot, 'threshold'),
  occupancy: numberIn(snapshot, 'occupancy'),
  perRay: numberIn(snapshot, 'perRay'),
});
