// What trainers of samples and of rays have in common beside the engine: Adam's scalars, and reading snapshots.
import { ResumeError, type Snapshot } from '../../core/index.js';
import type { AdamOptions } from './options.js';
import type { UpdateScalars } from './shared-parameters.js';

/** Adam's scalars of step t, counted from 1. */
export function updateScalars(
  { beta1, beta2 }: Required<AdamOptions>,
  t: number,
  learningRate: number,
): UpdateScalars {
  return {
    stepSize: learningRate / (1 - beta1 ** t),
    sqrtBiasCorrection2: Math.sqrt(1 - beta2 ** t),
  };
}

/** An array of a snapshot. @throws ResumeError when it is not there, or of another length */
export function floatsIn(snapshot: Snapshot, name: string, length: number): Float32Array {
  const array = snapshot.arrays[name];
  if (array instanceof Float32Array && array.length === length) return array;
  throw new ResumeError(
    `this checkpoint holds ${array === undefined ? 'no' : `${array.length} numbers of`} "${name}", expected ` +
      `${length}: it is damaged or of another model`,
  );
}
