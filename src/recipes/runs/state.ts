// What a run remembers beside weights and selector: its history, its clock, and how often each sample was used.
import { ResumeError } from '../../core/errors.js';
import type { JsonValue, Snapshot, StepEvent, Timings } from '../../core/index.js';
import type { TrainingFigures } from './metrics.js';
import type { Stopwatch } from './timing/stopwatch.js';

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
    if (event.awaited) this.evaluations++;
    if (this.#tally !== undefined) {
      this.#tally.add(event.indices);
      return;
    }
    if (event.whole) {
      this.#wholeSteps++;
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

  /** Goes on from a snapshot. @throws ResumeError when it is of another input, or has numbers that make no sense */
  restore(snapshot: Snapshot): void {
    const { history, samples, evaluations, elapsed, total } = snapshot.values;
    const { counts } = snapshot.arrays;
    if (!(counts instanceof Uint32Array) || counts.length !== this.counts.length || !Array.isArray(history)) {
      const { thing, samples: things, file } = this.#words;
      if (this.#tally !== undefined) {
        throw new ResumeError(
          `the checkpoint has ${counts?.length ?? 0} counts of what was trained on, this ${thing} has ` +
            `${this.counts.length}: it is of another ${thing}, or another version of evos wrote it; resume with that ` +
            'version, or start the run anew',
        );
      }
      throw new ResumeError(
        `the checkpoint is of a ${thing} with ${counts?.length ?? 0} ${things}, this one has ${this.counts.length}; ` +
          `the run's ${file} must be the one it was started with`,
      );
    }
    const read = {
      samples: count(samples, 'samples'),
      evaluations: count(evaluations, 'evaluations'),
      elapsed: timings(elapsed),
      total: seconds(total, 'total'),
    };
    history.forEach(checkLine);
    this.counts.set(counts);
    this.#wholeSteps = 0;
    this.history.push(...(history as unknown as Entry[]));
    this.samples = read.samples;
    this.evaluations = read.evaluations;
    this.elapsed = read.elapsed;
    this.#earlier = read.total;
  }
}

function refuse(value: JsonValue | undefined, name: string, expected: string): never {
  throw new ResumeError(
    `the checkpoint's run.${name} is ${JSON.stringify(value)}, expected ${expected}: it is damaged`,
  );
}

function count(value: JsonValue | undefined, name: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  return refuse(value, name, 'a whole number from 0');
}

function seconds(value: JsonValue | undefined, name: string): number {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  return refuse(value, name, 'a number of at least 0');
}

function timings(value: JsonValue | undefined): Timings {
  if (!isObject(value)) return refuse(value, 'elapsed', 'seconds by purpose');
  const { train, select, evaluate } = value;
  return {
    train: seconds(train, 'elapsed.train'),
    select: seconds(select, 'elapsed.select'),
    evaluate: seconds(evaluate, 'elapsed.evaluate'),
  };
}

/** A line of the history. What a modality adds is a number, or null where there is none. */
function checkLine(line: JsonValue, i: number, lines: readonly JsonValue[]): void {
  const name = `history[${i}]`;
  if (!isObject(line)) return refuse(line, name, 'a measurement');
  const before = lines[i - 1];
  const least = isObject(before) ? count(before['step'], `history[${i - 1}].step`) : 0;
  if (count(line['step'], `${name}.step`) <= least)
    refuse(line['step'], `${name}.step`, `more than ${least}`);
  for (const key of ['seconds', 'ratio']) seconds(line[key], `${name}.${key}`);
  if (typeof line['loss'] !== 'number') refuse(line['loss'], `${name}.loss`, 'a number');
  for (const [key, value] of Object.entries(line)) {
    const known = value === null || (typeof value === 'number' && Number.isFinite(value));
    if (!known) refuse(value, `${name}.${key}`, 'a finite number');
  }
}

const isObject = (value: JsonValue | undefined): value is Record<string, JsonValue> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
