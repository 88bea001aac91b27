// EVOS over samples, as published: now and then the whole pool is evaluated and ordered by fitness; in between, each step
// trains on the fittest and on random others. When to evaluate, and how many are random, follows schedules.
import type { FrequencyOperator, Want } from '../../contracts.js';
import { ArgumentError } from '../../errors.js';
import { Draw as Drawer } from '../../numeric/draw.js';
import { permutation, type State } from '../../state.js';
import { BaseSelector, type Plan } from '../base.js';
import { Crossover } from '../crossover.js';
import type { Draw } from '../draw.js';
import type { Found } from '../feedback.js';
import { checkFitness, checkTargetsOf, responseOf, squaredDifferences } from '../fitness.js';
import { membersOf } from '../members.js';
import { countsOf, endsOf, evaluatesAt, stepsFor } from '../schedules.js';
import type { SelectorContext } from '../strategy.js';
import type { EvosSettings } from './settings.js';

const terms = ['cross-frequency'];

/** Allocates everything of size N when it is made. */
export class EvosSampleSelector extends BaseSelector {
  readonly #settings: EvosSettings;
  readonly #steps: number;
  /** The samples that are not excluded, if any are. Individuals are places in this list. */
  readonly #members: Uint32Array<ArrayBuffer> | undefined;
  /** How many individuals there are. */
  readonly #count: number;
  readonly #crossover: Crossover;
  readonly #drawer: Drawer;
  readonly #frequency: FrequencyFitness | undefined;
  readonly #wants: readonly Want[];
  /** The last step between evaluations that carries the cross-frequency term. */
  readonly #lastTerm: number;

  constructor(strategy: string, context: SelectorContext, settings: EvosSettings) {
    const { operator } = context;
    const seeks = operator !== undefined && settings.crossover !== 'no';
    // Every evaluation then carries the term, and is of the whole pool.
    const measured = context.frequencyFromTrainer && settings.crossFrequency && !context.excluded;
    const brings = seeks && measured ? 'frequency' : 'predictions';
    const wants: readonly Want[] = operator === undefined ? ['errors'] : ['errors', brings];
    super(strategy, context, { ...settings, frequencyOperator: operator !== undefined }, wants);
    this.#settings = settings;
    this.#wants = wants;
    this.#steps = stepsFor(strategy, context.steps, true);
    this.#members = membersOf(context);
    this.#count = this.#members?.length ?? this.size;
    const { from, to } = endsOf(settings.mutationShare);
    const sameCut = settings.schedule === 'constant' && (settings.mutation === 'constant' || from === to);
    this.#crossover = new Crossover(this.#count, !sameCut);
    this.#drawer = new Drawer(this.#count);
    if (seeks && brings === 'predictions') {
      this.#frequency = new FrequencyFitness(operator, context, this.#members);
    }
    // The share is a decimal: without the allowance 0.29 of 100 steps would be 28.
    this.#lastTerm = Math.floor(settings.crossFrequencyUntil * this.#steps + 1e-9);
  }

  protected choose(draw: Draw, most: number, step: number): Plan {
    const { ratio, total, elite, mutants } = countsOf(this.#settings, step, this.#steps, this.#count);
    const evaluates = evaluatesAt(this.#settings.interval, step, this.#steps);
    const carries =
      this.#settings.crossFrequency &&
      this.context.operator !== undefined &&
      (evaluates || step <= this.#lastTerm);
    const count = evaluates ? this.#count : Math.min(most, total);
    if (count < this.#count) draw.take(this.#select(elite, mutants, count));
    else if (this.#members === undefined) draw.takeAll(this.size);
    else draw.take(this.#members);
    const plan = { ratio, ...(carries ? { terms } : undefined) };
    return evaluates ? { ...plan, wants: this.#wants, awaited: true } : plan;
  }

  protected override learn({ step }: Draw, found: Found): void {
    const { errors, errorMean } = found;
    const { crossover, frequencyWeight } = this.#settings;
    if (errors === undefined) return;
    const { elite } = countsOf(this.#settings, step, this.#steps, this.#count);
    const given = crossover === 'no' ? undefined : this.#frequencyOf(found);
    const means = given && { errors: errorMean, frequency: given.mean };
    this.#crossover.update(crossover, errors, given?.values, frequencyWeight, elite, means);
  }

  // The order stays until the next evaluation: a pool drawn anew keeps its parts at their indices.
  protected override renewed(): void {
    this.#frequency?.renew();
  }

  protected override state(): State {
    return { order: permutation(this.#crossover.order, 'samples') };
  }

  /**
   * `count` of the step's elite and mutants. A mini-batch of them is drawn as if the mutants had been drawn first:
   * how many of it are mutants follows the hypergeometric distribution, and only those are ever drawn.
   */
  #select(elite: number, mutants: number, count: number): Uint32Array<ArrayBuffer> {
    const { order } = this.#crossover;
    const drawer = this.#drawer;
    const head = this.#count - elite;
    drawer.clear();
    if (count === elite + mutants) {
      drawer.take(order, head, elite);
      drawer.atRandom(order, 0, head, mutants, this.random);
    } else {
      let mutantsLeft = mutants;
      for (let left = elite + mutants; left > elite + mutants - count; left--) {
        if (this.random.below(left) < mutantsLeft) mutantsLeft--;
      }
      const drawnMutants = mutants - mutantsLeft;
      drawer.atRandom(order, head, elite, count - drawnMutants, this.random);
      drawer.atRandom(order, 0, head, drawnMutants, this.random);
    }
    const { indices } = drawer;
    const members = this.#members;
    if (members !== undefined) for (let i = 0; i < count; i++) indices[i] = members[indices[i]!]!;
    return indices;
  }

  #frequencyOf({ predictions, frequency: values, frequencyMean: mean }: Found): Fitness | undefined {
    if (values !== undefined && mean !== undefined) return { values, mean };
    if (this.#frequency === undefined) return undefined;
    if (predictions !== undefined) return this.#frequency.of(predictions);
    throw new ArgumentError(
      'The selector has a frequency operator, but the feedback has errors alone: report { predictions }, or ' +
        "{ errors, frequency }, or make the selector with crossover 'no'.",
    );
  }
}

/** One fitness of every individual, checked, and its mean. */
interface Fitness {
  readonly values: Float32Array;
  readonly mean: number;
}

/** The squared differences of an operator's responses to predictions and to targets. */
class FrequencyFitness {
  readonly #operator: FrequencyOperator;
  readonly #context: SelectorContext;
  readonly #members: Uint32Array | undefined;
  readonly #values: Float32Array;
  readonly #reference: Float32Array;
  /** Predictions of the whole pool where some samples are excluded: there the target itself. */
  readonly #filled: Float32Array | undefined;

  constructor(operator: FrequencyOperator, context: SelectorContext, members: Uint32Array | undefined) {
    const { size } = context;
    const targets = targetsOf(context);
    this.#operator = operator;
    this.#context = context;
    this.#members = members;
    this.#values = new Float32Array(size);
    this.#reference = this.#response(targets).slice();
    this.#filled = members && targets.slice();
  }

  /** Takes the targets anew: the pool's samples are others. */
  renew(): void {
    const targets = targetsOf(this.#context);
    this.#reference.set(this.#response(targets));
    this.#filled?.set(targets);
  }

  of(predictions: Float32Array): Fitness {
    const [members, filled, values] = [this.#members, this.#filled, this.#values];
    if (members === undefined || filled === undefined) {
      return { values, mean: squaredDifferences(this.#response(predictions), this.#reference, values) };
    }
    const channels = predictions.length / members.length;
    for (let i = 0, at = 0; i < members.length; i++) {
      const to = members[i]! * channels;
      for (let c = 0; c < channels; c++) filled[to + c] = predictions[at++] as number;
    }
    squaredDifferences(this.#response(filled), this.#reference, values);
    for (let i = 0; i < members.length; i++) values[i] = values[members[i]!]!;
    const known = values.subarray(0, members.length);
    return { values: known, mean: checkFitness('The frequency fitness', known) };
  }

  #response(values: Float32Array): Float32Array {
    return responseOf(this.#operator, values, this.#context.size);
  }
}

/** The targets of the whole pool. */
function targetsOf({ targets, size }: SelectorContext): Float32Array {
  if (typeof targets !== 'function') return targets ?? new Float32Array(0);
  return checkTargetsOf(targets(Uint32Array.from({ length: size }, (_, i) => i)), size);
}
