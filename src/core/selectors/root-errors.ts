// Root errors of individuals as training reports them, and their mean over those that are known.
import type { Snapshot } from '../contracts.js';
import { RunningMeans } from '../numeric/running-means.js';
import { damaged } from './snapshot.js';

/** Root errors by individual. */
export interface RootErrors {
  /** Mean of those that are known; 0 for none. */
  readonly mean: number;
  /** The root error of an individual; NaN where it is not known. */
  of(individual: number): number;
  /** Takes the error of an individual in. */
  see(individual: number, error: number): void;
  /** Forgets all of them. */
  clear(): void;
  /** A copy of the state. */
  readonly state: Snapshot;
  /** Checks a state, and gives what takes it over. @throws ResumeError */
  check(snapshot: Snapshot): () => void;
}

/** Of each individual the last one: four bytes. */
export class LastRoots implements RootErrors {
  readonly #roots: Float32Array;
  /** Sum of those that are known, and how many are. */
  #sum = 0;
  #known = 0;

  constructor(count: number) {
    this.#roots = new Float32Array(count).fill(NaN);
  }

  get mean(): number {
    // Rounding may leave a trace of errors that are all gone.
    return this.#known > 0 ? Math.max(0, this.#sum) / this.#known : 0;
  }

  of(individual: number): number {
    return this.#roots[individual] as number;
  }

  see(individual: number, error: number): void {
    const before = this.#roots[individual] as number;
    const now = Math.fround(Math.sqrt(error));
    this.#roots[individual] = now;
    // NaN alone differs from itself.
    if (before === before) this.#sum += now - before;
    else {
      this.#sum += now;
      this.#known++;
    }
  }

  clear(): void {
    this.#roots.fill(NaN);
    this.#sum = this.#known = 0;
  }

  get state(): Snapshot {
    return { values: { sum: this.#sum }, arrays: { fitness: this.#roots.slice() } };
  }

  check({ values, arrays }: Snapshot): () => void {
    const { sum } = values;
    const { fitness } = arrays;
    const count = this.#roots.length;
    if (
      typeof sum !== 'number' ||
      !Number.isFinite(sum) ||
      !(fitness instanceof Float32Array) ||
      fitness.length !== count ||
      fitness.some((root) => root < 0 || root === Infinity)
    ) {
      throw damaged(`a root error for each of ${count} samples, and their sum`);
    }
    return () => {
      this.#roots.set(fitness);
      this.#known = fitness.reduce((known, root) => known + +!Number.isNaN(root), 0);
      // As it was added up: in another order its last bits would differ, and the run with them.
      this.#sum = sum;
    };
  }
}

/** Values that a tile's fitness remembers. */
const memory = 16;

/** Of each individual the root of a running mean, for individuals that stand for blocks: five bytes. */
export class MeanRoots implements RootErrors {
  readonly #errors: RunningMeans;
  #sum = 0;
  #known = 0;

  constructor(count: number) {
    this.#errors = new RunningMeans(count, memory);
  }

  get mean(): number {
    return this.#known > 0 ? Math.max(0, this.#sum) / this.#known : 0;
  }

  of(individual: number): number {
    return this.#errors.counts[individual] === 0 ? NaN : Math.sqrt(this.#errors.values[individual] as number);
  }

  see(individual: number, error: number): void {
    this.#known += +(this.#errors.counts[individual] === 0);
    const before = Math.sqrt(this.#errors.values[individual] as number);
    this.#sum += Math.sqrt(this.#errors.see(individual, error)) - before;
  }

  clear(): void {
    this.#errors.values.fill(0);
    this.#errors.counts.fill(0);
    this.#sum = this.#known = 0;
  }

  get state(): Snapshot {
    const { values, counts } = this.#errors;
    return { values: { sum: this.#sum }, arrays: { error: values.slice(), errorCounts: counts.slice() } };
  }

  check({ values, arrays }: Snapshot): () => void {
    const { sum } = values;
    const take = this.#errors.check(arrays['error'], arrays['errorCounts']);
    if (typeof sum !== 'number' || !Number.isFinite(sum) || take === undefined) {
      throw damaged(
        `the mean error of each of ${this.#errors.values.length} tiles, and the sum of their roots`,
      );
    }
    return () => {
      take();
      this.#known = this.#errors.counts.reduce((known, seen) => known + +(seen > 0), 0);
      this.#sum = sum;
    };
  }
}
