// EVOS's selection without mutation, by plain sorting and with the official code's own counts. Those round in two
// directions: crossover at ratio β takes N − ⌊(1 − β)N⌋ survivors, the steps after it train on ⌊βN⌋ of them.
import {
  allOf,
  evaluatesAt,
  ratioAt,
  someOf,
  type Feedback,
  type FrequencyOperator,
  type Ramp,
  type RatioSchedule,
  type Selection,
  type Selector,
} from '../../src/core/index.js';

export interface OfficialEvosOptions {
  readonly size: number;
  readonly steps: number;
  readonly ratio: number;
  readonly schedule: RatioSchedule;
  readonly interval: Ramp;
  /** Share of the steps that carry the cross-frequency term between evaluations. */
  readonly until: number;
  readonly targets: Float32Array;
  readonly operator: FrequencyOperator;
  readonly lambda: number;
}

/** Crossover `select`, α = 0, feedback in predictions. */
export class OfficialEvos implements Pick<Selector, 'next' | 'report'> {
  readonly #options: OfficialEvosOptions;
  #step = 0;
  #order: number[] = [];

  constructor(options: OfficialEvosOptions) {
    this.#options = options;
  }

  next(): Selection {
    const { size, steps, interval, until } = this.#options;
    const step = ++this.#step;
    const ratio = this.#ratio();
    const evaluates = evaluatesAt(interval, step, steps);
    const selected = this.#order.slice(size - Math.floor(ratio * size));
    const terms = evaluates || step <= until * steps ? ['cross-frequency'] : [];
    const wants = evaluates ? (['predictions'] as const) : [];
    const samples = evaluates ? allOf(size) : someOf(Uint32Array.from(selected));
    return Object.assign(samples, {
      ...{ id: step, step, pass: 'train' as const, ratio, terms, wants, awaited: evaluates },
    });
  }

  report(_: { readonly id: number }, feedback: Feedback | Float32Array): boolean {
    if (feedback instanceof Float32Array || feedback.predictions === undefined) return false;
    const { size, targets, operator, lambda } = this.#options;
    const { predictions } = feedback;
    const channels = targets.length / size;
    const wanted = Array.from(operator.response(targets));
    const response = operator.response(predictions);
    const pixels = Array.from({ length: size }, (_, i) => i);
    const errors = pixels.map((i) => {
      let sum = 0;
      for (let c = 0; c < channels; c++)
        sum += (predictions[i * channels + c]! - targets[i * channels + c]!) ** 2;
      return sum / channels;
    });
    const frequency = wanted.map((value, i) => lambda * (response[i]! - value) ** 2);
    const survivors = size - Math.floor((1 - this.#ratio()) * size);
    this.#order = crossover(errors, frequency, survivors);
    return true;
  }

  #ratio(): number {
    const { schedule, ratio, steps } = this.#options;
    return ratioAt(schedule, ratio, this.#step, steps);
  }
}

/** All samples, the fittest last: rest, by frequency alone, by error alone, by both. */
function crossover(errors: readonly number[], frequency: readonly number[], survivors: number): number[] {
  const ascending = (fitness: readonly number[]): number[] =>
    fitness.map((_, i) => i).sort((a, b) => fitness[a]! - fitness[b]!);
  const byError = ascending(errors);
  const byFrequency = ascending(frequency);
  const errorSide = new Set(byError.slice(errors.length - survivors));
  const frequencySide = new Set(byFrequency.slice(errors.length - survivors));
  const both = byError.filter((i) => errorSide.has(i) && frequencySide.has(i));
  const rest = survivors - both.length;
  const share = mean(errors) / (mean(errors) + mean(frequency));
  const errorPlaces = Math.floor(rest * share);
  const errorOnly = lastOf(
    byError.filter((i) => errorSide.has(i) && !frequencySide.has(i)),
    errorPlaces,
  );
  const frequencyOnly = lastOf(
    byFrequency.filter((i) => frequencySide.has(i) && !errorSide.has(i)),
    rest - errorPlaces,
  );
  const chosen = new Set([...both, ...errorOnly, ...frequencyOnly]);
  return [...byError.filter((i) => !chosen.has(i)), ...frequencyOnly, ...errorOnly, ...both];
}

function lastOf(values: readonly number[], count: number): number[] {
  return values.slice(values.length - count);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
