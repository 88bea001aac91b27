// EVOS (Zhang et al., CVPR 2025): samples are individuals, a training step is a generation. Now and then the whole
// pool is evaluated and ordered by fitness; in between, each step trains on the fittest and on random others. When to
// evaluate, and how many are random, follows schedules.
import { Crossover } from './crossover.js';
import { checkFloats } from '../check.js';
import { Draw } from '../numeric/draw.js';
import { ArgumentError, ResumeError } from '../errors.js';
import { checkFitness, responseOf, squaredDifferences, squaredErrors } from './fitness.js';
import { countsAt, evaluatesAt, mutationAt, ratioAt, type StepCounts } from './schedules.js';
import { BaseSelector } from './base.js';
import type { EvosSettings } from './options.js';
import type { Feedback, Generation, StateArray } from '../contracts.js';

/** One fitness of every sample, checked, and its mean. */
interface Fitness {
  readonly values: Float32Array;
  readonly mean: number;
}

/** The evolutionary selector. Allocates everything of size N when it is made. */
export class EvosSelector extends BaseSelector {
  readonly #settings: EvosSettings;
  readonly #crossover: Crossover;
  readonly #draw: Draw;
  /** Scratch for fitness worked out here; none when the feedback brings it along. */
  readonly #errors: Float32Array | undefined;
  readonly #frequency: Float32Array | undefined;
  /** The operator's response to the targets. */
  readonly #reference: Float32Array | undefined;
  /** The last step between evaluations that carries the cross-frequency term. */
  readonly #lastCrossFrequency: number;

  constructor(settings: EvosSettings) {
    const { size, steps, targets, operator, mutation, interval, crossFrequency } = settings;
    super(settings, {
      ratio: settings.ratio,
      schedule: settings.schedule,
      interval: `${interval.from}:${interval.to}`,
      crossover: settings.crossover,
      mutation: `${mutation.kind} ${mutation.from}:${mutation.to}`,
      frequencyOperator: operator !== undefined,
      frequencyWeight: settings.weight,
      crossFrequency: crossFrequency === false ? false : crossFrequency.until,
    });
    this.#settings = settings;
    const sameCut =
      settings.schedule === 'constant' && (mutation.kind === 'constant' || mutation.from === mutation.to);
    this.#crossover = new Crossover(size, !sameCut);
    this.#draw = new Draw(size);
    if (targets !== undefined) this.#errors = new Float32Array(size);
    if (targets !== undefined && operator !== undefined) {
      this.#frequency = new Float32Array(size);
      this.#reference = responseOf(operator, targets, size).slice();
    }
    // The share is a decimal: without the allowance 0.29 of 100 steps would be 28.
    this.#lastCrossFrequency = crossFrequency === false ? 0 : Math.floor(crossFrequency.until * steps + 1e-9);
  }

  protected generate(step: number, batchSize: number): Generation {
    const { interval, crossFrequency } = this.#settings;
    const { ratio, total, elite, mutants } = this.#countsAt(step);
    const evaluates = evaluatesAt(interval, step, this.steps);
    const generation = {
      step,
      ratio,
      evaluates,
      crossFrequency: crossFrequency !== false && (evaluates || step <= this.#lastCrossFrequency),
    };
    const count = evaluates ? this.size : Math.min(batchSize, total);
    if (count === this.size) return { ...generation, count, indices: 'all' };
    return { ...generation, count, indices: this.#select(elite, mutants, count) };
  }

  protected learn(step: number, feedback: Feedback): void {
    const { crossover, weight } = this.#settings;
    const errors = this.#errorsFrom(feedback);
    const frequency = crossover === 'no' ? undefined : this.#frequencyFrom(feedback);
    const { elite } = this.#countsAt(step);
    const means = frequency && { errors: errors.mean, frequency: frequency.mean };
    this.#crossover.update(crossover, errors.values, frequency?.values, weight, elite, means);
  }

  protected stateArrays(): Record<string, StateArray> {
    return { order: this.#crossover.order.slice() };
  }

  protected restoreArrays(arrays: Readonly<Record<string, StateArray>>): void {
    const { order } = arrays;
    const seen = new Uint8Array(this.size);
    if (
      !(order instanceof Uint32Array) ||
      order.length !== this.size ||
      order.some((i) => !(seen[i]!++ === 0))
    ) {
      throw new ResumeError(
        `The selector snapshot is damaged: its order must hold each of the ${this.size} samples once. ` +
          'Start again, or resume from another checkpoint.',
      );
    }
    this.#crossover.order.set(order);
  }

  #countsAt(step: number): StepCounts & { readonly ratio: number } {
    const { ratio: initial, schedule, mutation } = this.#settings;
    const ratio = ratioAt(schedule, initial, step, this.steps);
    return { ratio, ...countsAt(ratio, mutationAt(mutation, initial, step, this.steps), this.size) };
  }

  /**
   * `count` of the step's elite and mutants. A mini-batch of them is drawn as if the mutants had been drawn first:
   * how many of it are mutants follows the hypergeometric distribution, and only those are ever drawn.
   */
  #select(elite: number, mutants: number, count: number): Uint32Array {
    const { order } = this.#crossover;
    const draw = this.#draw;
    const head = this.size - elite;
    draw.clear();
    if (count === elite + mutants) {
      draw.take(order, head, elite);
      draw.uniform(order, 0, head, mutants, this.random);
      return draw.indices;
    }
    let mutantsLeft = mutants;
    for (let left = elite + mutants; left > elite + mutants - count; left--) {
      if (this.random.below(left) < mutantsLeft) mutantsLeft--;
    }
    const drawnMutants = mutants - mutantsLeft;
    draw.uniform(order, head, elite, count - drawnMutants, this.random);
    draw.uniform(order, 0, head, drawnMutants, this.random);
    return draw.indices;
  }

  #errorsFrom(feedback: Feedback): Fitness {
    if ('errors' in feedback) {
      const errors = checkFloats(
        'feedback.errors',
        feedback.errors,
        this.size,
        'one per sample of the pool, [N]',
      );
      return { values: errors, mean: checkFitness('The error', errors) };
    }
    const { targets } = this.#settings;
    const errors = this.#errors;
    if (targets === undefined || errors === undefined) {
      throw new ArgumentError(
        'Feedback is predictions, but the selector was made without targets: give createSelector the targets, ' +
          'or report { errors }.',
      );
    }
    const meaning = `${targets.length / this.size} per sample of the pool, as the targets have`;
    const predictions = checkFloats('feedback.predictions', feedback.predictions, targets.length, meaning);
    return { values: errors, mean: squaredErrors(predictions, targets, errors) };
  }

  #frequencyFrom(feedback: Feedback): Fitness | undefined {
    const { operator } = this.#settings;
    if ('errors' in feedback) {
      if (feedback.frequency === undefined) {
        if (operator === undefined) return undefined;
        throw new ArgumentError(
          'The selector has a frequency operator, but the feedback has errors alone: report { predictions }, or ' +
            "{ errors, frequency }, or make the selector with crossover 'no'.",
        );
      }
      const given = checkFloats(
        'feedback.frequency',
        feedback.frequency,
        this.size,
        'one per sample of the pool, [N]',
      );
      return { values: given, mean: checkFitness('The frequency fitness', given) };
    }
    const frequency = this.#frequency;
    const reference = this.#reference;
    if (operator === undefined || frequency === undefined || reference === undefined) return undefined;
    const response = responseOf(operator, feedback.predictions, this.size);
    return { values: frequency, mean: squaredDifferences(response, reference, frequency) };
  }
}
