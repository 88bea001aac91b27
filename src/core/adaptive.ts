// What 'auto' stands for in an EVOS selector's settings: the controllers of what adapts, fed at each evaluation with
// the elite it replaces, the elite it makes, and the errors. Allocates everything of size N when it is made.
import { agreement, IntervalController } from './adaptive-interval.js';
import { MutationController } from './adaptive-mutation.js';
import type { JsonValue, Snapshot, StateArray } from './types.js';

/** The figures of an adapting selector that are in force now; a setting that does not adapt has none. */
export interface Adaptation {
  /** Steps from the last evaluation to the next, unless its budget puts that off. */
  readonly interval?: number;
  /** Mutants as a share of the samples trained on, from 0.1 to 0.9. */
  readonly mutationShare?: number;
}

/** Adapts the interval, the mutation share, or both. */
export class Adaptive {
  readonly #interval: IntervalController | undefined;
  readonly #mutation: MutationController | undefined;
  /** Marks the elite that an evaluation replaces; written and read within one report. */
  readonly #marks: Uint8Array;
  #marked = 0;

  /**
   * @param size N
   * @param steps T
   */
  constructor(
    size: number,
    steps: number,
    adapts: { readonly interval: boolean; readonly mutation: boolean },
  ) {
    if (adapts.interval) this.#interval = new IntervalController(size, steps);
    if (adapts.mutation) this.#mutation = new MutationController(size);
    this.#marks = new Uint8Array(size);
  }

  /** What is in force now. */
  get figures(): Adaptation {
    const interval = this.#interval?.interval;
    const mutationShare = this.#mutation?.share;
    return {
      ...(interval === undefined ? {} : { interval }),
      ...(mutationShare === undefined ? {} : { mutationShare }),
    };
  }

  /** Whether this step, the next one, evaluates; `undefined` where that does not adapt. Changes nothing. */
  evaluates(step: number): boolean | undefined {
    return this.#interval?.evaluates(step);
  }

  /** Mutants as a share of the samples trained on; `undefined` where that does not adapt. */
  get mutationShare(): number | undefined {
    return this.#mutation?.share;
  }

  /** Takes note of a step that is handed out. */
  count(samples: number, evaluates: boolean): void {
    this.#interval?.count(samples, evaluates);
  }

  /**
   * Takes in an evaluation before the order is made anew; sets the mutation share.
   * @param errors `[N]`, not modified
   * @param order `[N]`, fittest last
   * @param elite how many of its last samples were trained on at each step since the last evaluation; 0 at the first
   */
  before(errors: Float32Array, order: Uint32Array, elite: number, first: boolean): void {
    this.#marked = elite;
    const marks = this.#marks.fill(0);
    for (let i = order.length - elite; i < order.length; i++) marks[order[i] as number] = 1;
    if (first) this.#mutation?.begin(errors);
    else this.#mutation?.learn(errors, marks);
  }

  /**
   * Takes in the order made anew; sets the interval.
   * @param order `[N]`, fittest last
   * @param elite how many of its last samples are elite now
   */
  after(step: number, order: Uint32Array, elite: number): void {
    if (this.#interval === undefined) return;
    const n = order.length;
    let overlap = 0;
    for (let i = n - elite; i < n; i++) overlap += this.#marks[order[i] as number] as number;
    this.#interval.learn(step, agreement(overlap, this.#marked, elite, n));
  }

  /** The state that goes into a snapshot's values. */
  get values(): Record<string, JsonValue> {
    return {
      ...(this.#interval === undefined ? {} : { interval: this.#interval.values }),
      ...(this.#mutation === undefined ? {} : { mutationShare: this.#mutation.share }),
    };
  }

  /** Copies of the state that goes into a snapshot's arrays. */
  get arrays(): Record<string, StateArray> {
    return this.#mutation === undefined ? {} : { previousErrors: this.#mutation.previousErrors };
  }

  /**
   * Checks the state in a snapshot whose step and pending flag are known to be sound, and takes nothing yet.
   * @returns takes the state
   * @throws ResumeError when it is damaged
   */
  check({ values, arrays }: Snapshot): () => void {
    const { adaptive, step, pending } = values;
    const at = typeof step === 'number' ? step : 0;
    const isObject = typeof adaptive === 'object' && adaptive !== null && !Array.isArray(adaptive);
    const { interval, mutationShare } = isObject ? adaptive : {};
    // The first step always evaluates: from then on an evaluation has been reported, unless that one is still owed.
    const takeInterval = this.#interval?.check(interval, at, at > 1 || (at === 1 && pending === false));
    const takeMutation = this.#mutation?.check(mutationShare, arrays['previousErrors']);
    return () => {
      takeInterval?.();
      takeMutation?.();
    };
  }
}
