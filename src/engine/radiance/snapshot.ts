// What a radiance field's snapshot holds beside weights and moments, read whole before anything of a trainer changes.
import type { Snapshot } from '../../core/index.js';
import { floatsIn, numberIn } from '../training/state.js';

/** What is known of empty space. The array is the snapshot's own. */
export interface FieldState {
  /** The density grid's cells. */
  readonly grid: Float32Array;
  /** Both as of the last survey, which was before the last of the cells were learnt. */
  readonly threshold: number;
  readonly occupancy: number;
  /** Samples per ray, a running mean. */
  readonly perRay: number;
}

/** @throws ResumeError for what is missing or of another length */
export function readFieldState(snapshot: Snapshot, cells: number): FieldState {
  return {
    grid: floatsIn(snapshot, 'grid', cells),
    threshold: numberIn(snapshot, 'threshold'),
    occupancy: numberIn(snapshot, 'occupancy'),
    perRay: numberIn(snapshot, 'perRay'),
  };
}
