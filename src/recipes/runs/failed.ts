// Runs that fail by what their settings made of training. Each ends by itself, and the others of a comparison go on: what is missing
// is the user's to mend.
import { ConfigError, DivergedError } from '../../core/errors.js';

/** How far a run came that left nothing. */
export interface Failure {
  /** The step at which that was noticed. */
  readonly step: number;
  /** How many the run was to have. */
  readonly steps: number;
  /** What became of it, as a table says it: `diverged`. */
  readonly outcome: string;
}

/** Training that came to its end and left nothing that a result could be made of, such as a field without a surface. */
export class NoResultError extends ConfigError {
  override readonly name: string = 'NoResultError';
  readonly failure: Failure;

  /** @param failure its `outcome` says what there is not: `left no surface` */
  constructor(message: string, failure: Failure, options?: ErrorOptions) {
    super(message, options);
    this.failure = failure;
  }
}

/** How a run failed, where it did so by itself; undefined for errors that end everything. */
export function failureOf(error: unknown): Failure | undefined {
  if (error instanceof NoResultError) return error.failure;
  if (!(error instanceof DivergedError)) return undefined;
  const { step, steps } = error;
  return { step, steps, outcome: 'diverged' };
}
