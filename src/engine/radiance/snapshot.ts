// What a radiance field's snapshot holds beside its identity, read whole before anything of a trainer changes.
import type { Snapshot } from '../../core/index.js';
import { floatsIn, numberIn } from '../onnx/trainer-state.js';

/** A trainer's state. The arrays are the snapshot's own. */
export interface FieldState {
  readonly parameters: Float32Array;
  readonly m: Float32Array;
  readonly v: Float32Array;
  /** The density grid's cells. */
  readonly grid: Float32Array;
  readonly steps: number;
  /** Both as of the last survey, which was before the last of the cells were learnt. */
  readonly threshold: number;
  readonly occupancy: number;
  /** Samples per ray, a running mean. */
  readonly perRay: number;
}

/** @throws ResumeError for what is missing or of another length */
export function readFieldState(
  snapshot: Snapshot,
  lengths: { readonly parameters: number; readonly grid: number },
): FieldState {
  return {
    parameters: floatsIn(snapshot, 'parameters', lengths.parameters),
    m: floatsIn(snapshot, 'm', lengths.parameters),
    v: floatsIn(snapshot, 'v', lengths.parameters),
    grid: floatsIn(snapshot, 'grid', lengths.grid),
    steps: numberIn(snapshot, 'steps'),
    threshold: numberIn(snapshot, 'threshold'),
    occupancy: numberIn(snapshot, 'occupancy'),
    perRay: numberIn(snapshot, 'perRay'),
  };
}
