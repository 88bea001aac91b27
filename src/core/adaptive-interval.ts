// The evaluation interval as what evaluations find suggests it: how long a ranking lasts, against what making a new
// one costs. Beyond the paper. A function of counts alone, never of a clock, in operations that every JavaScript
// engine rounds alike: the same run evaluates at the same steps everywhere.
import { ResumeError } from './errors.js';
import { log } from './exact-math.js';
import type { JsonValue } from './types.js';

/** The controller's constants, each with its reason. */
export const intervalConstants = Object.freeze({
  /** The shortest interval, and the first one: an evaluation takes some steps to be put to use. */
  shortest: 10,
  /** The longest, as a share of the run: even a ranking that seems to stand still is looked at again now and then. */
  longest: 0.25,
  /** The most that evaluating steps, without the first, may hold of all samples trained on; one over an integer. */
  budget: 0.1,
  /**
   * What a fresh elite is worth, as a share of a step's progress. EVOS reaches the PSNR that uniform draws have after
   * 1,000 steps in 690 (docs/benchmarks.md), so about 0.3 is owed to knowing whom to train on. Half or twice as much
   * moves the interval by a factor of 1.4.
   */
  worth: 0.3,
  /** The most by which an interval differs from the stretch before it, up or down: one evaluation is not a trend. */
  factor: 2,
});

/**
 * Decides which steps evaluate.
 *
 * How long a ranking lasts is read from the elite of the last evaluation: the share q of it that is elite again now,
 * corrected for chance. If q fades as e^(−L/τ) over a stretch of L steps, then τ = −L/ln q. An interval I costs
 * (N/n − 1)/I per step, n being the samples of an ordinary step: an evaluating step trains as well, so only what it
 * takes beyond n is a price. It loses about worth·I/(2τ), the ranking being I/2 steps old on average. The sum is least
 * at I = √(2τ(N/n − 1)/worth): stable rankings, small ratios and small batches lengthen it.
 *
 * Beside that evaluations keep to a budget: one that is due waits until ordinary steps have made room for it. The
 * first step does not count, since nothing can be chosen without it.
 */
export class IntervalController {
  readonly #size: number;
  readonly #longest: number;
  /** Ordinary samples that make room for one evaluation. */
  readonly #price: number;
  #interval: number = intervalConstants.shortest;
  /** The step of the last evaluation that was reported; 0 before the first. */
  #last = 0;
  /** Ordinary samples, less the price of every evaluation but the first. */
  #spare = 0;
  /** Samples of the ordinary steps since the last evaluation. */
  #seen = 0;

  constructor(size: number, steps: number) {
    const { shortest, longest, budget } = intervalConstants;
    this.#size = size;
    this.#longest = Math.max(shortest, Math.floor(longest * steps));
    this.#price = Math.round(1 / budget - 1) * size;
  }

  /** Steps from the last evaluation to the next, unless the budget puts it off. */
  get interval(): number {
    return this.#interval;
  }

  /** Whether this step, the next one, evaluates; changes nothing. */
  evaluates(step: number): boolean {
    return this.#last === 0 || (step >= this.#last + this.#interval && this.#spare >= this.#price);
  }

  /** Takes note of a step that is handed out. */
  count(samples: number, evaluates: boolean): void {
    if (!evaluates) {
      this.#seen += samples;
      this.#spare += samples;
    } else if (this.#last > 0) this.#spare -= this.#price;
  }

  /**
   * Sets the interval that follows the evaluation at `step`.
   * @param kept how far the new elite agrees with the old, from {@link agreement}; of no account at the first step
   */
  learn(step: number, kept: number): void {
    if (this.#last > 0) {
      const { shortest, factor } = intervalConstants;
      const length = step - this.#last;
      const wanted = Math.max(length / factor, Math.min(length * factor, this.#best(length, kept)));
      this.#interval = Math.round(Math.max(shortest, Math.min(this.#longest, wanted)));
    }
    this.#last = step;
    this.#seen = 0;
  }

  #best(length: number, kept: number): number {
    if (kept >= 1) return Infinity;
    if (kept <= 0) return 0;
    const ordinary = Math.max(1, this.#seen) / Math.max(1, length - 1);
    const cost = Math.max(0, this.#size / ordinary - 1);
    return Math.sqrt((2 * cost * -length) / log(kept) / intervalConstants.worth);
  }

  /** The state, as JSON. */
  get values(): JsonValue {
    return { interval: this.#interval, last: this.#last, spare: this.#spare, seen: this.#seen };
  }

  /**
   * Checks a state taken at `step`, and takes nothing yet.
   * @param evaluated whether an evaluation had been reported by then
   * @returns takes the state
   * @throws ResumeError when it is damaged
   */
  check(values: JsonValue | undefined, step: number, evaluated: boolean): () => void {
    const isObject = typeof values === 'object' && values !== null && !Array.isArray(values);
    const { interval, last, spare, seen } = isObject ? values : {};
    const { shortest } = intervalConstants;
    const [lowest, highest] = evaluated ? [1, step] : [0, 0];
    if (
      !isWhole(interval, shortest) ||
      !isWhole(last, lowest) ||
      last > highest ||
      !isWhole(spare, 0) ||
      !isWhole(seen, 0)
    ) {
      throw new ResumeError(
        `The selector snapshot is damaged: its adaptive interval is ${JSON.stringify(values)}, expected whole numbers: ` +
          `interval from ${shortest}, last (evaluation) from ${lowest} to ${highest}, spare and seen (samples) from 0. ` +
          'Start again, or resume from another checkpoint.',
      );
    }
    return () => {
      this.#interval = interval;
      this.#last = last;
      this.#spare = spare;
      this.#seen = seen;
    };
  }
}

/**
 * How much one set has in common with another, corrected for chance: (overlap − expected)/(most − expected), where
 * a·b/N is expected of two random sets and the smaller set's size is the most. 1: one holds the other; 0: what random
 * sets have in common; below 0: less. Where the sizes leave no choice, one of them empty or the whole pool, a ranking
 * decides nothing and so is never stale: 1.
 * @param a size of the one set, of N samples
 * @param b size of the other
 * @param size N
 */
export function agreement(overlap: number, a: number, b: number, size: number): number {
  const expected = (a * b) / size;
  const most = Math.min(a, b);
  return most > expected ? (overlap - expected) / (most - expected) : 1;
}

function isWhole(value: JsonValue | undefined, low: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= low;
}
