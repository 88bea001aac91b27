// Reports at a fixed lag. A trainer that runs ahead hands its errors back some steps later; applied as they happen to
// arrive, the same seed would draw other samples. So each waits for its turn.
import { checkInteger, checkSelection } from '../check.js';
import type { Feedback, NextOptions, Selection, Selector, Snapshot } from '../contracts.js';
import { ResumeError } from '../errors.js';

const kinds = [
  'errors',
  'absolute',
  'predictions',
  'targets',
  'inputGradients',
  'tangents',
  'frequency',
] as const;

interface Waiting {
  readonly id: number;
  readonly feedback: Feedback;
}

/**
 * Wraps a selector so that the report of each selection reaches it just before the `lag` + 1st selection after it is chosen;
 * awaited ones at once. Reports are copied, and snapshots hold those that wait.
 * @param selector must keep at least `lag` + 1 selections open
 * @param lag 0: as without
 * @throws ArgumentError for a lag that is no whole number from 0 to 63
 * @example
 * // Reports come two steps late, and draws are the same on every run.
 * const selector = delayReports(evosOnline({ size, batchSize: 256, open: 3 }), 2);
 */
export function delayReports(selector: Selector, lag: number): Selector {
  checkInteger('lag', lag, 0, 63, 'how many selections a report waits for');
  return new DelayedSelector(selector, lag);
}

class DelayedSelector implements Selector {
  readonly lag: number;
  readonly #selector: Selector;
  #waiting: Waiting[] = [];
  /** The selection handed out last, and whether it is awaited. */
  #id = 0;
  #awaited = false;

  constructor(selector: Selector, lag: number) {
    this.#selector = selector;
    this.lag = lag;
  }

  get strategy(): string {
    return this.#selector.strategy;
  }

  get size(): number {
    return this.#selector.size;
  }

  get step(): number {
    return this.#selector.step;
  }

  get needs(): Selector['needs'] {
    return this.#selector.needs;
  }

  next(options?: NextOptions): Selection {
    this.#apply(this.#id - this.lag);
    const selection = this.#selector.next(options);
    this.#id = selection.id;
    this.#awaited = selection.awaited;
    return selection;
  }

  report(selection: { readonly id: number }, feedback: Feedback | Float32Array): boolean {
    const id = checkSelection(selection, this.#id);
    if (this.lag === 0 || (this.#awaited && this.#id === id)) {
      return this.#selector.report(selection, feedback);
    }
    if (id <= this.#id - this.lag - 1 || this.#waiting.some((waiting) => waiting.id === id)) return false;
    this.#waiting.push({ id, feedback: copied(feedback) });
    this.#waiting.sort((a, b) => a.id - b.id);
    return true;
  }

  snapshot(): Snapshot {
    const { values, arrays } = this.#selector.snapshot();
    const held = this.#waiting.flatMap(({ id, feedback }) =>
      Object.entries(copied(feedback)).map(([kind, array]) => [`report${id}.${kind}`, array] as const),
    );
    const reports = this.#waiting.map(({ id }) => id);
    return {
      values: { ...values, lag: this.lag, reports, handedOut: this.#id, awaited: this.#awaited },
      arrays: { ...arrays, ...Object.fromEntries(held) },
    };
  }

  restore(snapshot: Snapshot): void {
    const { lag, reports, handedOut, awaited } = snapshot.values;
    if (lag !== this.lag || !Array.isArray(reports) || typeof handedOut !== 'number') {
      throw new ResumeError(
        `The snapshot's reports wait for ${JSON.stringify(lag)} selections, this selector's for ${this.lag}: make it with the ` +
          'lag of the snapshot, or start a new run.',
      );
    }
    this.#selector.restore(snapshot);
    this.#id = handedOut;
    this.#awaited = awaited === true;
    this.#waiting = reports.map(Number).map((id) => ({
      id,
      feedback: pick((kind) => snapshot.arrays[`report${id}.${kind}`]),
    }));
  }

  /** Applies the reports of selections up to `last`, in their order. */
  #apply(last: number): void {
    while (this.#waiting[0] !== undefined && this.#waiting[0].id <= last) {
      const { id, feedback } = this.#waiting[0];
      this.#waiting.shift();
      this.#selector.report({ id }, feedback);
    }
  }
}

function copied(feedback: Feedback | Float32Array): Record<string, Float32Array> {
  const given: Feedback = feedback instanceof Float32Array ? { errors: feedback } : feedback;
  return pick((kind) => given[kind]);
}

/** Copies of the arrays that are there. */
function pick(of: (kind: (typeof kinds)[number]) => unknown): Record<string, Float32Array> {
  return Object.fromEntries(
    kinds.flatMap((kind) => {
      const array = of(kind);
      return array instanceof Float32Array ? [[kind, array.slice()]] : [];
    }),
  );
}
