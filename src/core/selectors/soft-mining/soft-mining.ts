// Soft mining (Kheradmand et al., CVPR 2024, arXiv 2312.00075): the samples of a step are particles that walk over the input by
// Langevin steps, towards where the error is large; the loss is weighed against where they have gathered. Here each trains on
// the sample of the pool that is nearest to it.
import type { Selector } from '../../contracts.js';
import { ArgumentError } from '../../errors.js';
import { choice, number, integer, type SettingsOf } from '../../settings.js';
import { fields, type Part, type State } from '../../state.js';
import { BaseSelector, type Plan } from '../base.js';
import type { Draw } from '../draw.js';
import type { Found } from '../feedback.js';
import { membersOf } from '../members.js';
import { countsAt, ratioAt, ratioSchedules, stepsFor } from '../schedules.js';
import { defineStrategy, makeSelector, type OptionsOf, type SelectorContext } from '../strategy.js';
import { lossWeights, lowestShare } from './weights.js';

const settings = {
  /** Share of the samples that a step trains on. Half, as EVOS compares it (Table 1). */
  ratio: number({ above: 0, max: 1, default: 0.5 }),
  /** How that share moves over the run. */
  schedule: choice(ratioSchedules, 'constant'),
  /**
   * What a particle walks along, of its loss L and weight c. `released`: ∇L/(n·L), as in the authors' code, whose loss is a mean
   * over n; `evos-port`: ∇L/(n·c·L), as in the code that EVOS compares with, where the weight counts twice; `paper`: ∇ log |error|.
   */
  walk: choice(['released', 'evos-port', 'paper'], 'released'),
  /** How far a particle goes along it, where a picture's sides are 1 long. As published. */
  stepLength: number({ min: 0, default: 20 }),
  /** Standard deviation of a particle's random step, on the same scale. As published. */
  noise: number({ min: 0, default: 0.02 }),
  /** Share of the particles that are drawn uniformly at every step. As published. */
  freshShare: number({ min: 0, max: 1, default: 0.1 }),
  /** Share of the particles, those of the lowest loss, that begin anew at an edge. As published. */
  edgeShare: number({ min: 0, max: 1, default: 0.1 }),
  /**
   * How far weights undo that samples gather at errors: they are (1/|error|)^r with r up to this. As published for synthetic
   * scenes; 0 leaves weights out, and the pass that they take.
   */
  softness: number({ min: 0, max: 1, default: 0.6 }),
  /** Steps in which r would come to 1; it stops at `softness`. As published. */
  warmUp: integer({ min: 1, default: 1000 }),
};

type Settings = SettingsOf<typeof settings>;

const wants = ['errors', 'inputGradients'] as const;
const toWeigh = ['errors'] as const;
/** An edge counts from this share of the strongest on, as published. */
const faintest = 1e-5;
/** Keeps quotients finite where nothing is wrong any more. */
const tiny = 1e-12;

/**
 * Before a step, where losses are weighed, comes a pass to score its samples. The released code weighs inside the step, with the
 * same errors. After the step every particle but the fresh ones, which are the last, walks on; those that have left the input's
 * [−1, 1] or its members and those of the lowest loss begin anew, drawn by the prior `edges`.
 */
class SoftMiningSelector extends BaseSelector {
  readonly #settings: Settings;
  readonly #steps: number;
  readonly #dims: number;
  readonly #members: Uint32Array | undefined;
  /** Cumulative shares of the members by their edges. */
  readonly #byEdge: Float64Array;
  readonly #place: Float32Array;
  /** `[particles, dims]`, in network inputs. */
  #places = new Float32Array(0);
  /** `[particles]`: the samples they train on, and what those's losses count for. */
  #samples = new Uint32Array(0);
  #weights = new Float32Array(0);
  /** How many particles the step has that is drawn, 0 before it is; and whether they are weighed. */
  readonly #now = { drawn: 0, weighed: false };

  constructor(context: SelectorContext, settings: Settings) {
    super('soft-mining', context, settings, settings.softness > 0 ? [...wants, 'score', 'weights'] : wants);
    const { inputDim, steps, size } = context;
    if (inputDim === undefined || context.locate === undefined) {
      throw new ArgumentError(
        "The 'soft-mining' selector needs inputDim and locate beside nearest, which it was not given: take them from the pool.",
      );
    }
    this.#settings = settings;
    this.#steps = stepsFor('soft-mining', steps, settings.schedule !== 'constant');
    this.#dims = inputDim;
    this.#members = membersOf(context);
    this.#byEdge = cumulated(context.prior?.('edges') ?? new Float32Array(0), this.#members, size);
    this.#place = new Float32Array(inputDim);
  }

  protected choose(draw: Draw, most: number, step: number): Plan {
    const { schedule, ratio: initial, softness } = this.#settings;
    const ratio = ratioAt(schedule, initial, step, this.#steps);
    const now = this.#now;
    if (now.drawn === 0 || now.drawn > most)
      this.#draw(Math.min(most, countsAt(ratio, 0, this.#count).total));
    draw.resize(now.drawn);
    draw.indices.set(this.#samples.subarray(0, now.drawn));
    if (softness === 0) return { ratio, wants, awaited: true };
    if (!now.weighed) return { pass: 'score', ratio, wants: toWeigh, awaited: true };
    draw.weights = this.#weights.subarray(0, now.drawn);
    return { ratio, wants, awaited: true };
  }

  protected override learn({ step, size, wants: asked }: Draw, { errors, inputGradients }: Found): void {
    if (errors === undefined) return;
    const { softness, warmUp } = this.#settings;
    const now = this.#now;
    if (!asked.includes('inputGradients')) {
      lossWeights(errors, Math.min(step / warmUp, softness), this.#weights.subarray(0, size));
      now.weighed = true;
      return;
    }
    if (inputGradients === undefined) return;
    this.#walk(errors, inputGradients);
    now.drawn = 0;
    now.weighed = false;
  }

  protected override renewed(): void {
    this.#now.drawn = 0;
    this.#now.weighed = false;
  }

  protected override state(): State {
    const growing = (
      read: () => Float32Array,
      take: (floats: Float32Array<ArrayBuffer>) => void,
      width: number,
    ): Part => ({
      expected: `particles of ${this.#dims} coordinates each`,
      read: () => read().slice(),
      check: (value, { arrays }) =>
        value instanceof Float32Array &&
        arrays['samples'] instanceof Uint32Array &&
        value.length === arrays['samples'].length * width &&
        value.every(Number.isFinite)
          ? () => take(value.slice())
          : undefined,
    });
    return {
      samples: {
        expected: `samples below ${this.size}`,
        read: () => this.#samples.slice(),
        check: (value) =>
          value instanceof Uint32Array && value.every((index) => index < this.size)
            ? () => (this.#samples = value.slice())
            : undefined,
      },
      places: growing(
        () => this.#places,
        (floats) => (this.#places = floats),
        this.#dims,
      ),
      weights: growing(
        () => this.#weights,
        (floats) => (this.#weights = floats),
        1,
      ),
      ...fields(this.#now, (value) => value >= 0 && value <= this.size),
    };
  }

  get #count(): number {
    return this.#members?.length ?? this.size;
  }

  /** Draws the fresh ones of a step's particles, and those that no earlier step had; the others are where they walked to. */
  #draw(count: number): void {
    const had = this.#samples.length;
    if (count !== had) {
      const [places, samples] = [new Float32Array(count * this.#dims), new Uint32Array(count)];
      places.set(this.#places.subarray(0, places.length));
      samples.set(this.#samples.subarray(0, count));
      [this.#places, this.#samples, this.#weights] = [places, samples, new Float32Array(count)];
    }
    const staying = Math.min(had, count - Math.floor(this.#settings.freshShare * count));
    for (let i = staying; i < count; i++) {
      const place = this.random.below(this.#count);
      this.#put(i, this.#members?.[place] ?? place);
    }
    this.#now.drawn = count;
    this.#now.weighed = false;
  }

  /** Puts a particle where a sample is. */
  #put(i: number, sample: number): void {
    this.#samples[i] = sample;
    this.context.locate?.(sample, this.#place);
    this.#places.set(this.#place, i * this.#dims);
  }

  #walk(errors: Float32Array, gradients: Float32Array): void {
    const { walk, stepLength, noise, edgeShare, softness } = this.#settings;
    const [dims, places, samples] = [this.#dims, this.#places, this.#samples];
    const count = errors.length;
    const lowest = lowestShare(errors, edgeShare);
    for (let i = 0; i < count; i++) {
      const loss = (errors[i] as number) + tiny;
      const weight = walk === 'evos-port' && softness > 0 ? (this.#weights[i] as number) : 1;
      // Half the slope of log L is that of log |error|. Sides are 2 long here and 1 there: twice for the slope, twice for the way.
      const scale = (4 * stepLength) / (walk === 'paper' ? 2 * loss : count * weight * loss);
      let inside = true;
      for (let d = 0, at = i * dims; d < dims; d++, at++) {
        const drift = scale * (gradients[at] as number);
        const next = (places[at] as number) + drift + 2 * noise * this.#normal();
        places[at] = next;
        inside &&= Math.abs(next) <= 1;
      }
      const sample = inside ? (this.context.nearest?.(places.subarray(i * dims, (i + 1) * dims)) ?? 0) : 0;
      if (!inside || lowest[i] === 1 || this.context.excluded?.(sample) === true) this.#put(i, this.#edge());
      else samples[i] = sample;
    }
  }

  /** Draws a sample by the edges. */
  #edge(): number {
    const shares = this.#byEdge;
    const u = this.random.float() * (shares.at(-1) as number);
    let [low, high] = [0, shares.length - 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((shares[middle] as number) > u) high = middle;
      else low = middle + 1;
    }
    return this.#members?.[low] ?? low;
  }

  /** About a normal number: the sum of twelve uniform ones, the same in every JavaScript engine. */
  #normal(): number {
    let sum = -6;
    for (let i = 0; i < 12; i++) sum += this.random.float();
    return sum;
  }
}

/** @returns `[members]`: sums of what each counts, from the first on */
function cumulated(edges: Float32Array, members: Uint32Array | undefined, size: number): Float64Array {
  const bad = edges.findIndex((value) => !(value >= 0 && value < Infinity));
  if (edges.length !== size || bad >= 0) {
    const got = bad >= 0 ? `${edges[bad]} for sample ${bad}` : `${edges.length} numbers`;
    throw new ArgumentError(
      `prior('edges') must give a finite number of at least 0 for each of ${size} samples, got ${got}.`,
    );
  }
  const strongest = edges.reduce((most, edge) => Math.max(most, edge), 0);
  let sum = 0;
  return Float64Array.from({ length: members?.length ?? size }, (_, i) => {
    const share = strongest > 0 ? (edges[members?.[i] ?? i] as number) / strongest : 1;
    return (sum += Math.max(faintest, share));
  });
}

/** Soft mining. */
export const softMiningStrategy = defineStrategy({
  name: 'soft-mining',
  summary: 'samples that walk to where the error is, by its slope (Soft Mining, CVPR 2024)',
  settings,
  needs: [...wants, 'prior', 'nearest'],
  create: (context, settings) => new SoftMiningSelector(context, settings),
});

/**
 * Makes a selector by soft mining: it needs the prior `edges`, `inputDim`, `locate` and `nearest` of the pool, and `errors` and
 * `inputGradients` of every step back.
 * @throws ArgumentError naming the setting that is unknown or out of range
 * @example
 * const edges = new Float32Array(size);
 * const selector = softMining({
 *   ...{ size, inputDim: 1, prior: () => edges },
 *   locate: (index, out) => void (out[0] = index / size),
 *   nearest: (input) => Math.round((input[0] ?? 0) * size),
 * });
 */
export function softMining(options: OptionsOf<typeof softMiningStrategy.settings>): Selector {
  return makeSelector(softMiningStrategy, options);
}
