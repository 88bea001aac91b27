// Root errors of individuals as training reports them, and their mean over those that are known.
import { RunningMeans } from '../numeric/running-means.js';
import { fields, type State } from '../state.js';

/** The mean of root errors. */
export class RootMean {
  /**
   * Of those that are known: their sum, as it was added up, for in another order its last bits would differ, and the run
   * with them; and how many they are.
   */
  protected readonly all = { sum: 0, known: 0 };

  /** Mean of those that are known; 0 for none. */
  get mean(): number {
    // Rounding may leave a trace of errors that are all gone.
    return this.all.known > 0 ? Math.max(0, this.all.sum) / this.all.known : 0;
  }

  /**
   * Replaces root errors by those of errors that came in.
   * @param roots those of before, NaN where not known; overwritten
   */
  replace(roots: Float32Array, errors: Float32Array): void {
    let { sum, known } = this.all;
    for (let i = 0; i < errors.length; i++) {
      const before = roots[i] as number;
      const now = Math.fround(Math.sqrt(errors[i] as number));
      roots[i] = now;
      // NaN alone differs from itself.
      if (before === before) sum += now - before;
      else {
        sum += now;
        known++;
      }
    }
    this.all.sum = sum;
    this.all.known = known;
  }

  get state(): State {
    return fields(this.all);
  }
}

/** Values that a tile's fitness remembers: the mean of 16 errors is within a quarter of their spread. */
export const tileMemory = 16;

/** Of each individual the root of a running mean, for individuals that stand for blocks: five bytes. */
export class MeanRoots extends RootMean {
  readonly #errors: RunningMeans;

  constructor(count: number) {
    super();
    this.#errors = new RunningMeans(count, tileMemory);
  }

  /** The root error of an individual; NaN where it is not known. */
  of(individual: number): number {
    return this.#errors.counts[individual] === 0 ? NaN : Math.sqrt(this.#errors.values[individual] as number);
  }

  /** Takes errors of individuals in, one after the other. */
  see(individuals: Uint32Array, errors: Float32Array): void {
    const means = this.#errors;
    const { counts, values } = means;
    let { sum, known } = this.all;
    for (let i = 0; i < errors.length; i++) {
      const individual = individuals[i] as number;
      known += +(counts[individual] === 0);
      const before = Math.sqrt(values[individual] as number);
      sum += Math.sqrt(means.see(individual, errors[i] as number)) - before;
    }
    this.all.sum = sum;
    this.all.known = known;
  }

  override get state(): State {
    return { ...super.state, ...this.#errors.state('error', 'tiles') };
  }
}
