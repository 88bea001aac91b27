// What a run remembers beside weights and selector: its history, its clock, and how often each pixel was used.
import { ResumeError, type JsonValue, type Snapshot, type StepEvent, type Timings } from '../core/index.js';
import type { HistoryEntry } from './artifacts.js';
import type { Stopwatch } from './stopwatch.js';

/** The running record of a fit. */
export class RunState {
  readonly history: HistoryEntry[] = [];
  /** How often each sample was trained on, [N]. */
  readonly counts: Uint32Array;
  samples = 0;
  evaluations = 0;
  elapsed: Timings = { train: 0, select: 0, evaluate: 0 };
  /** Wall-clock seconds of earlier sittings of the same run. */
  #earlier = 0;
  readonly #watch: Stopwatch;
  /** Steps over everything need no loop over the samples. */
  #wholeSteps = 0;

  /** @param watch runs while this run works, and stands still while others do. */
  constructor(size: number, watch: Stopwatch) {
    this.#watch = watch;
    this.counts = new Uint32Array(size);
  }

  /** Wall-clock seconds, all sittings together. */
  get total(): number {
    return this.#earlier + this.#watch.seconds;
  }

  /** Takes note of a step. */
  record(event: StepEvent): void {
    this.elapsed = event.seconds;
    this.samples += event.samples;
    if (event.evaluates) this.evaluations++;
    if (event.indices === 'all') {
      this.#wholeSteps++;
      return;
    }
    const { counts } = this;
    for (const index of event.indices) counts[index] = (counts[index] ?? 0) + 1;
  }

  /** How often each sample was trained on; a copy. */
  selectionCounts(): Uint32Array {
    return this.counts.map((count) => count + this.#wholeSteps);
  }

  snapshot(): Snapshot {
    return {
      values: {
        history: this.history.map((entry): JsonValue => ({ ...entry })),
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
      throw new ResumeError(
        `the checkpoint is of a picture with ${counts?.length ?? 0} pixels, this one has ${this.counts.length}; ` +
          "the run's target.png must be the one it was started with",
      );
    }
    this.counts.set(counts);
    this.#wholeSteps = 0;
    this.history.push(...(history as unknown as HistoryEntry[]));
    this.samples = Number(samples);
    this.evaluations = Number(evaluations);
    this.elapsed = elapsed as unknown as Timings;
    this.#earlier = Number(total);
  }
}
