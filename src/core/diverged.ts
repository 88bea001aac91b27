// Training that has left the numbers: the words are the same wherever it is noticed.
import { DivergedError } from './errors.js';

/** What is known of it. */
export interface Divergence {
  /** What is no finite number: `the loss is NaN`. */
  readonly what: string;
  readonly step: number;
  readonly steps: number;
  /** The learning rate of that step, where it is known. */
  readonly rate: number | undefined;
}

/** The error for it; a lower learning rate is the user's to set. */
export function diverged({ what, step, steps, rate }: Divergence): DivergedError {
  const lower =
    rate === undefined || rate === 0
      ? 'Lower the learning rate'
      : `The learning rate was ${shown(rate)}: lower it, to ${shown(rate / 10)} for example,`;
  return new DivergedError(
    `Training diverged: ${what} at step ${step} of ${steps}, expected a finite number. ` +
      `${lower} and start again, or resume from a checkpoint before that step.`,
    { step, steps },
  );
}

/** `0.005`, `1e-7`, `9.94e+9`: no digits that nobody counts. */
function shown(rate: number): string {
  const rounded = Number(rate.toPrecision(3));
  return rounded < 1e6 ? String(rounded) : rounded.toExponential();
}
