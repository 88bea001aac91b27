// Adam's scalars, and reading snapshots.
import { ResumeError } from '../../core/errors.js';
import type { Snapshot } from '../../core/index.js';
import type { AdamOptions } from '../models/adam.js';

/** Adam's scalars of one step. */
export interface UpdateScalars {
  /** lr / (1 − β₁ᵗ) */
  readonly stepSize: number;
  /** √(1 − β₂ᵗ) */
  readonly sqrtBiasCorrection2: number;
}

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

/**
 * Compares what shapes a trainer's arithmetic with what a snapshot says of its own.
 * @throws ResumeError for the first that differs
 */
export function checkIdentity(
  { values }: Snapshot,
  identity: Readonly<Record<string, string | number>>,
): void {
  for (const [name, expected] of Object.entries(identity)) {
    const got = values[name];
    if (JSON.stringify(got) === JSON.stringify(expected)) continue;
    throw new ResumeError(
      `this checkpoint's ${name} is ${JSON.stringify(got)}, but this trainer's is ${JSON.stringify(expected)}; ` +
        'resume with the settings the run was started with',
    );
  }
}

/** A number of a snapshot. @throws ResumeError when it is not there, or below 0 */
export function numberIn({ values }: Snapshot, name: string): number {
  const value = values[name];
  if (typeof value === 'number' && value >= 0 && Number.isFinite(value)) return value;
  throw new ResumeError(
    `this checkpoint's ${name} is ${JSON.stringify(value)}, expected a number of at least 0: it is damaged`,
  );
}

/** An array of a snapshot. @throws ResumeError when it is not there, of another length, or has numbers that are not finite */
export function floatsIn(snapshot: Snapshot, name: string, length: number): Float32Array {
  const array = snapshot.arrays[name];
  if (array instanceof Float32Array && array.length === length) {
    const bad = array.findIndex((value) => !Number.isFinite(value));
    if (bad < 0) return array;
    throw new ResumeError(
      `this checkpoint's "${name}" has ${array[bad]} at ${bad}, expected finite numbers: it is damaged`,
    );
  }
  throw new ResumeError(
    `this checkpoint holds ${array === undefined ? 'no' : `${array.length} numbers of`} "${name}", expected ` +
      `${length}: it is damaged or of another model`,
  );
}
