// Root errors of individuals as training reports them, and their mean over those that are known.
import { RunningMeans } from '../numeric/running-means.js';
import { array, fields, type State } from '../state.js';

/** Root errors by individual. */
export abstract class RootErrors {
  /**
   * Those that are known: their sum, as it was added up, for in another order its last bits would differ, and the run with
   * them; and how many they are.
   */
  protected readonly all = { sum: 0, known: 0 };

  /** Mean of those that are known; 0 for none. */
  get mean(): number {
    // Rounding may leave a trace of errors that are all gone.
    return this.all.known > 0 ? Math.max(0, this.all.sum) / this.all.known : 0;
  }

  /** The root error of an individual; NaN where it is not known. */
  abstract of(individual: number): number;
  /** Takes the error of an individual in. */
  abstract see(individual: number, error: number): void;
  /** Forgets all of them. */
  abstract clear(): void;

  get state(): State {
    return fields(this.all);
  }
}

/** Of each individual the last one: four bytes. */
export class LastRoots extends RootErrors {
  readonly #roots: Float32Array;

  constructor(count: number) {
    super();
    this.#roots = new Float32Array(count).fill(NaN);
  }

  of(individual: number): number {
    return this.#roots[individual] as number;
  }

  see(individual: number, error: number): void {
    const before = this.#roots[individual] as number;
    const now = Math.fround(Math.sqrt(error));
    this.#roots[individual] = now;
    // NaN alone differs from itself.
    if (before === before) this.all.sum += now - before;
    else {
      this.all.sum += now;
      this.all.known++;
    }
  }

  clear(): void {
    this.#roots.fill(NaN);
    this.all.sum = this.all.known = 0;
  }

  override get state(): State {
    const expected = `a root error for each of ${this.#roots.length} samples`;
    const fitness = array(
      this.#roots,
      expected,
      (roots) => !roots.some((root) => root < 0 || root === Infinity),
    );
    return { ...super.state, fitness };
  }
}

/** Values that a tile's fitness remembers: the mean of 16 errors is within a quarter of their spread. */
export const tileMemory = 16;

/** Of each individual the root of a running mean, for individuals that stand for blocks: five bytes. */
export class MeanRoots extends RootErrors {
  readonly #errors: RunningMeans;

  constructor(count: number) {
    super();
    this.#errors = new RunningMeans(count, tileMemory);
  }

  of(individual: number): number {
    return this.#errors.counts[individual] === 0 ? NaN : Math.sqrt(this.#errors.values[individual] as number);
  }

  see(individual: number, error: number): void {
    this.all.known += +(this.#errors.counts[individual] === 0);
    const before = Math.sqrt(this.#errors.values[individual] as number);
    this.all.sum += Math.sqrt(this.#errors.see(individual, error)) - before;
  }

  clear(): void {
    this.#errors.values.fill(0);
    this.#errors.counts.fill(0);
    this.all.sum = this.all.known = 0;
  }

  override get state(): State {
    return { ...super.state, ...this.#errors.state('error', 'tiles') };
  }
}
