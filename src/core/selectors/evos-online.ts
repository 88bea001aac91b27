// EVOS without evaluations. Every step's feedback refreshes the fitness of just the samples it trained on, and decides
// when each of them comes back: the larger its error, the sooner. Nothing is ever evaluated for fitness alone, so it
// needs no more of a trainer than what a step knows anyway, and its fitness is as fresh as the last visit.
import { Calendar } from '../numeric/calendar-queue.js';
import { checkFloats } from '../check.js';
import { ArgumentError, ResumeError } from '../errors.js';
import { checkFitness, checkTargetsOf, squaredErrors } from './fitness.js';
import { grown } from '../numeric/growable-array.js';
import { resolveOnline, type OnlineSelectorOptions, type OnlineSettings } from './online-options.js';
import { countsAt } from './schedules.js';
import { BaseSelector } from './base.js';
import type { Feedback, Generation, Selector, Snapshot, StateArray } from '../contracts.js';

/** Most days of the calendar: they need not be finer than that. */
const mostDays = 2 ** 20;

/**
 * Makes an `evos-online` selector: EVOS as a matter of when instead of whether. Its generations are like those of `evos`,
 * with these differences:
 *
 * - Each has `batchSize` samples, else ⌊ratio·N⌋, and each wants its samples' errors or predictions back
 *   (`generation.evaluates`), in its order. Nothing else is asked for.
 * - A sample of root error r, mean r̄ over the pool as last seen, returns at the rate m + (1 − m)·r/r̄, where a rate of 1
 *   is once in a pass over the pool and m the `mutationShare`: elite and random draws (EVOS, Sec. 3.3), without a line
 *   between them.
 * - The first pass visits every sample once, in random order; a fresh pass over a fitted pool would do the same. Draws
 *   without repeats over a whole pass are a good part of what this gains: see docs/benchmarks.md.
 *
 * Choosing costs O(samples drawn), memory is 8 bytes a sample.
 *
 * @throws ArgumentError naming the setting that is unknown or out of range
 * @example
 * const selector = createOnlineSelector({ strategy: 'evos-online', size: rays.length, steps: 5000, batchSize: 4096 });
 * for (let step = 0; step < 5000; step++) {
 *   const generation = selector.next();
 *   const errors = await mine.train(generation.indices); // squared error of each, before the update
 *   selector.report(generation, { errors });
 * }
 */
export function createOnlineSelector(options: OnlineSelectorOptions): Selector {
  return new OnlineSelector(resolveOnline(options));
}

/** `evos-online`. Allocates everything of size N when it is made. */
export class OnlineSelector extends BaseSelector {
  readonly #settings: OnlineSettings;
  /** Days in which a pass over the pool goes by. */
  readonly #pass: number;
  readonly #calendar: Calendar;
  /** Root error of each sample when it was last visited; NaN before the first visit. */
  readonly #fitness: Float32Array;
  /** Sum of those that are known, and how many are. */
  #sum = 0;
  #known = 0;
  /** Samples of the generation handed out last. */
  #drawn = new Uint32Array(0);
  /** How many of them were not reported yet. */
  #open = 0;
  /** Scratch of a step's size. */
  #errors = new Float32Array(0);
  #targets = new Float32Array(0);

  constructor(settings: OnlineSettings) {
    const { size, ratio, mutationShare } = settings;
    const usual = Math.min(size, settings.batchSize ?? countsAt(ratio, 0, size).total);
    super({ ...settings, batchSize: usual }, { mutationShare });
    this.#settings = settings;
    // A day has about one step's samples, so that a step takes what is due and little else.
    const longest = 1 / mutationShare;
    this.#pass = Math.max(1, Math.min(Math.round(size / usual), Math.floor(mostDays / longest)));
    this.#calendar = new Calendar(size, Math.ceil(longest * this.#pass) + 2, this.#pass, this.random);
    this.#fitness = new Float32Array(size).fill(NaN);
  }

  override snapshot(): Snapshot {
    const { values, arrays } = super.snapshot();
    return { arrays, values: { ...values, sum: this.#sum } };
  }

  override restore(snapshot: Snapshot): void {
    const { sum } = snapshot.values;
    if (typeof sum !== 'number' || !Number.isFinite(sum)) {
      throw new ResumeError(
        'The selector snapshot is not of an online selector, or damaged: expected the sum of root errors. ' +
          'Start again, or resume from another checkpoint.',
      );
    }
    super.restore(snapshot);
    // As it was added up: in another order its last bits would differ, and the run with them.
    this.#sum = sum;
  }

  protected generate(step: number, batchSize: number): Generation {
    const count = Math.min(batchSize, this.size);
    this.#drawn = grown(this.#drawn, count, this.size);
    const drawn = this.#drawn.subarray(0, count);
    this.#calendar.take(drawn);
    this.#open = count;
    const generation = { step, count, ratio: count / this.size, evaluates: true, crossFrequency: false };
    if (count < this.size) return { ...generation, indices: drawn };
    // Everything goes in the pool's own order, and so does its feedback.
    for (let i = 0; i < count; i++) drawn[i] = i;
    return { ...generation, indices: 'all' };
  }

  protected learn(_step: number, feedback: Feedback): void {
    const drawn = this.#drawn.subarray(0, this.#open);
    const errors = this.#errorsFrom(feedback, drawn);
    const fitness = this.#fitness;
    let [sum, known] = [this.#sum, this.#known];
    for (let i = 0; i < drawn.length; i++) {
      const sample = drawn[i] as number;
      const before = fitness[sample] as number;
      const now = Math.fround(Math.sqrt(errors[i] as number));
      fitness[sample] = now;
      // NaN alone differs from itself.
      if (before === before) sum += now - before;
      else {
        sum += now;
        known++;
      }
    }
    this.#sum = sum;
    this.#known = known;
    this.#putOff(drawn);
    this.#open = 0;
  }

  protected stateArrays(): Record<string, StateArray> {
    const { arrays } = this.#calendar;
    return { ...arrays, fitness: this.#fitness.slice(), open: this.#drawn.slice(0, this.#open) };
  }

  protected restoreArrays(arrays: Readonly<Record<string, StateArray>>): void {
    const { fitness, open } = arrays;
    if (
      !(open instanceof Uint32Array) ||
      !(fitness instanceof Float32Array) ||
      fitness.length !== this.size ||
      fitness.some((root) => root < 0 || root === Infinity)
    ) {
      throw new ResumeError(
        `The selector snapshot is damaged: expected a root error for each of ${this.size} samples. ` +
          'Start again, or resume from another checkpoint.',
      );
    }
    this.#calendar.check(arrays, open)();
    this.#fitness.set(fitness);
    this.#known = fitness.reduce((known, root) => (Number.isNaN(root) ? known : known + 1), 0);
    this.#drawn = grown(this.#drawn, open.length, this.size);
    this.#drawn.set(open);
    this.#open = open.length;
  }

  /** Puts samples off by what their fitness has made of a pass. */
  #putOff(drawn: Uint32Array): void {
    const { mutationShare } = this.#settings;
    // Rounding may leave a trace of errors that are all gone.
    const mean = Math.max(0, this.#sum) / this.#known;
    const floor = mean > 0 ? mutationShare : 1;
    const slope = mean > 0 ? (1 - mutationShare) / mean : 0;
    const [calendar, random, fitness] = [this.#calendar, this.random, this.#fitness];
    for (let i = 0; i < drawn.length; i++) {
      const sample = drawn[i] as number;
      const rate = floor + slope * (fitness[sample] as number);
      // Days are whole: the fraction decides by chance.
      calendar.putOff(sample, this.#pass / rate + random.float());
    }
  }

  #errorsFrom(feedback: Feedback, drawn: Uint32Array): Float32Array {
    const count = drawn.length;
    if ('errors' in feedback) {
      const meaning = 'one per sample of the generation';
      const errors = checkFloats('feedback.errors', feedback.errors, count, meaning);
      checkFitness('The error', errors);
      return errors;
    }
    const targets = this.#targetsOf(drawn);
    const meaning = `${targets.length / count} per sample of the generation, as the targets have`;
    const predictions = checkFloats('feedback.predictions', feedback.predictions, targets.length, meaning);
    if (this.#errors.length !== count) this.#errors = new Float32Array(count);
    squaredErrors(predictions, targets, this.#errors);
    return this.#errors;
  }

  #targetsOf(drawn: Uint32Array): Float32Array {
    const { targets } = this.#settings;
    if (targets === undefined) {
      throw new ArgumentError(
        'Feedback is predictions, but the selector was made without targets: give it the targets, or report { errors }.',
      );
    }
    if (typeof targets !== 'function') {
      const channels = targets.length / this.size;
      const needed = drawn.length * channels;
      if (this.#targets.length !== needed) this.#targets = new Float32Array(needed);
      const own = this.#targets;
      for (let i = 0, at = 0; i < drawn.length; i++) {
        const from = (drawn[i] as number) * channels;
        for (let c = 0; c < channels; c++) own[at++] = targets[from + c] as number;
      }
      return own;
    }
    return checkTargetsOf(targets(drawn), drawn.length);
  }
}
