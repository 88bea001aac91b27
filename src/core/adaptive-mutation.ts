// The mutation share as what evaluations find suggests it: whether the samples outside the elite keep up. Beyond the
// paper. Sums in a fixed order and the core's own exponential: the same run has the same shares everywhere.
import { ResumeError } from './errors.js';
import { exp } from './exact-math.js';
import type { JsonValue } from './types.js';

/** The controller's constants, each with its reason. */
export const mutationConstants = Object.freeze({
  /** The share at the start: the published one. */
  start: 0.5,
  /** Never without random samples: the elite of the next evaluation would have been left to itself until then. */
  lowest: 0.1,
  /** Never without an elite, or choosing is for nothing. */
  highest: 0.9,
  /**
   * The relative fall of the others' error aimed at, as a share of the whole pool's. At 1 both would have to fall alike,
   * and an elite would be pointless; below 0 the others might lose what was learnt. In small trials anything from 0.15
   * to 0.6 came out alike.
   */
  pace: 1 / 3,
});

/**
 * Sets which share of the samples trained on is drawn at random.
 *
 * Between two evaluations the elite is seen at every step, any other sample only when it is drawn, or through what the
 * network makes of its neighbours. Some lag is right: a place is worth most where the error is. But others whose error
 * hardly falls, or grows again, are being neglected. So the relative fall of the others' error is compared with that of
 * the whole pool: while it is under a third of it, mutants are added; while it is over, the others learn well enough
 * with fewer. (To compare what a mutant's place and an elite one gained would be plainer, but takes places from the
 * others just when they are being forgotten and their gain is below zero.)
 *
 * A share moves by a factor of √2 per evaluation at most. Where the pool's error has not fallen there is no pace to
 * keep up with, and where the others had none there is nothing to lag: the share stays.
 */
export class MutationController {
  /** `[N]`: the errors of the last evaluation, for the next one. */
  readonly #previous: Float32Array;
  #share: number = mutationConstants.start;

  constructor(size: number) {
    this.#previous = new Float32Array(size);
  }

  /** Mutants as a share of the samples trained on. */
  get share(): number {
    return this.#share;
  }

  /** Keeps the errors of the first evaluation, which has nothing to be compared with. */
  begin(errors: Float32Array): void {
    this.#previous.set(errors);
  }

  /**
   * Sets the share from how errors changed since the last evaluation.
   * @param errors `[N]`, not modified
   * @param elite `[N]`: 1 for the samples that were elite in between, else 0; not modified
   */
  learn(errors: Float32Array, elite: Uint8Array): void {
    const previous = this.#previous;
    let before = 0;
    let after = 0;
    let eliteBefore = 0;
    let eliteAfter = 0;
    for (let i = 0; i < errors.length; i++) {
      const marked = elite[i] as number;
      const was = previous[i] as number;
      const is = errors[i] as number;
      before += was;
      after += is;
      eliteBefore += marked * was;
      eliteAfter += marked * is;
    }
    previous.set(errors);
    const othersBefore = before - eliteBefore;
    if (!(after < before && othersBefore > 0)) return;
    const { lowest, highest, pace } = mutationConstants;
    const othersFall = 1 - (after - eliteAfter) / othersBefore;
    const lag = pace - othersFall / (1 - after / before);
    const share = this.#share * exp((Math.LN2 / 2) * Math.max(-1, Math.min(1, lag)));
    this.#share = Math.max(lowest, Math.min(highest, share));
  }

  /** A copy of the errors of the last evaluation. */
  get previousErrors(): Float32Array {
    return this.#previous.slice();
  }

  /**
   * Checks a state, and takes nothing yet.
   * @returns takes the state, copying the errors
   * @throws ResumeError when it is damaged
   */
  check(share: JsonValue | undefined, previous: unknown): () => void {
    const { lowest, highest } = mutationConstants;
    const n = this.#previous.length;
    if (typeof share !== 'number' || !(share >= lowest && share <= highest)) {
      throw new ResumeError(
        `The selector snapshot is damaged: its mutation share is ${JSON.stringify(share)}, expected a number from ` +
          `${lowest} to ${highest}. Start again, or resume from another checkpoint.`,
      );
    }
    if (
      !(previous instanceof Float32Array) ||
      previous.length !== n ||
      !previous.every((error) => error >= 0 && error < Infinity)
    ) {
      throw new ResumeError(
        `The selector snapshot is damaged: its errors of the last evaluation must be ${n} finite numbers of at least 0. ` +
          'Start again, or resume from another checkpoint.',
      );
    }
    return () => {
      this.#share = share;
      this.#previous.set(previous);
    };
  }
}
