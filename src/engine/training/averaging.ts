// The average of the weights over training. Adam's steps are noisy where the learning rate is large; the average is not, and is
// what a trainer predicts with and gives away. Steps, scores and errors are those of the weights themselves.
import type { Snapshot } from '../../core/index.js';
import { checkNumber } from '../../core/check.js';
import { floatsIn } from './state.js';

/** Steps from one look at the weights to the next: few against what the average spans, and a look costs next to nothing. */
const every = 16;

/** How an average is called in a snapshot. */
export const averageName = 'average';

/**
 * Says when the average moves, and how far. Step s counts as s^(1/share − 1), so that the average always spans about that share of the steps so far:
 * polynomial-decay averaging (O. Shamir, T. Zhang, "Stochastic Gradient Descent for Non-smooth Optimization", ICML 2013, section 4).
 */
export class Averaging {
  readonly #share: number;
  #started = false;

  /** @param share from 0 to 1; 0: no average. @throws ArgumentError for others */
  constructor(share: number) {
    const hint = 'the share of the steps so far that the average of the weights spans; 0 for none';
    checkNumber('averaging', share, { low: 0, high: 1 }, hint);
    this.#share = share;
  }

  /** Whether there is to be an average. */
  get wanted(): boolean {
    return this.#share > 0;
  }

  /** Whether there is one already. */
  get started(): boolean {
    return this.#started;
  }

  /** How far the average moves towards the weights after a step, counted from 1: from 0 to 1; undefined: it stays. */
  after(step: number): number | undefined {
    if (!this.wanted || step % every !== 0) return undefined;
    const rate = this.#started ? 1 - ((step - every) / step) ** (1 / this.#share) : 1;
    this.#started = true;
    return rate;
  }

  /** The average in a snapshot, from which it goes on; of one without it begins anew. @throws ResumeError when it is damaged */
  in(snapshot: Snapshot, count: number): Float32Array | undefined {
    return this.wanted && averageName in snapshot.arrays ? floatsIn(snapshot, averageName, count) : undefined;
  }

  /** Takes over whether there is one. */
  restored(average: Float32Array | undefined): void {
    this.#started = average !== undefined;
  }
}
