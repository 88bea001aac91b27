// What a run remembers beside weights and selector: its history, its clock, and how often each sample was used.
import {
  ResumeError,
  type JsonValue,
  type Snapshot,
  type StepEvent,
  type Timings,
} from '../../core/index.js';
import type { TrainingFigures } from './metrics.js';
import type { Stopwatch } from './stopwatch.js';

/** How errors call what a run was started with. */
export interface TargetWords {
  /** Thing and samples: `picture` and `pixels`. */
  readonly thing: string;
  readonly samples: string;
  /** The file that holds it in the run's folder. */
  readonly file: string;
}

/** Counts what was trained on, where there are too many samples to count each. */
export interface Tally {
  /** What is counted, as it is kept in checkpoints; changed in place. */
  readonly counts: Uint32Array;
  /** Counts a step's samples. */
  add(samples: Uint32Array): void;
}

/** The running record of a fit; `Entry` is a line of its history, plain JSON. */
export class RunState<Entry extends object> {
  readonly history: Entry[] = [];
  /** How often each sample was trained on, [N]; with a tally, its counts. */
  readonly counts: Uint32Array;
  samples = 0;
  evaluations = 0;
  elapsed: Timings = { train: 0, select: 0, evaluate: 0 };
  /** Wall-clock seconds of earlier sittings of the same run. */
  #earlier = 0;
  readonly #watch: Stopwatch;
  readonly #words: TargetWords;
  readonly #tally: Tally | undefined;
  /** Steps over everything need no loop over the samples. */
  #wholeSteps = 0;

  /** @param watch runs while this run works, and stands still while others do. */
  constructor(size: number, watch: Stopwatch, words: TargetWords, tally?: Tally) {
    this.#watch = watch;
    this.#words = words;
    this.#tally = tally;
    this.counts = tally?.counts ?? new Uint32Array(size);
  }

  /** Wall-clock seconds, all sittings together. */
  get total(): number {
    return this.#earlier + this.#watch.seconds;
  }

  /** What training came to so far, for the run's figures. */
  figures(): TrainingFigures {
    return {
      seconds: { total: this.total, ...this.elapsed },
      samples: this.samples,
      evaluations: this.evaluations,
    };
  }

  /** Takes note of a step. */
  record(event: StepEvent): void {
    this.elapsed = event.seconds;
    this.samples += event.samples;
    if (event.whole) {
      if (event.wants.length > 0) this.evaluations++;
      this.#wholeSteps++;
      return;
    }
    if (this.#tally !== undefined) {
      this.#tally.add(event.indices);
      return;
    }
    const { counts } = this;
    for (const index of event.indices) counts[index] = (counts[index] ?? 0) + 1;
  }

  /** `counts` and the steps over everything; a copy. */
  selectionCounts(): Uint32Array {
    return this.counts.map((count) => count + this.#wholeSteps);
  }

  snapshot(): Snapshot {
    return {
      values: {
        history: this.history.map((entry) => ({ ...entry })) as JsonValue,
        samples: this.samples,
        evaluations: this.evaluations,
        elapsed: { ...this.elapsed },
        total: this.total,
      },
      arrays: { counts: this.selectionCounts() },
    };
  }

  /** Goes on from a snapshot. The checkpoint's checksum has vouched for the content; only the fit is checked. */
  restore(snapshot: Snapshot): void {
    const { history, samples, evaluations, elapsed, total } = snapshot.values;
    const { counts } = snapshot.arrays;
    if (!(counts instanceof Uint32Array) || counts.length !== this.counts.length || !Array.isArray(history)) {
      const { thing, samples: things, file } = this.#words;
      throw new ResumeError(
        `the checkpoint is of a ${thing} with ${counts?.length ?? 0} ${things}, this one has ${this.counts.length}; ` +
          `the run's ${file} must be the one it was started with`,
      );
    }
    this.counts.set(counts);
    this.#wholeSteps = 0;
    this.history.push(...(history as unknown as Entry[]));
    this.samples = Number(samples);
    this.evaluations = Number(evaluations);
    this.elapsed = elapsed as unknown as Timings;
    this.#earlier = Number(total);
  }
}
