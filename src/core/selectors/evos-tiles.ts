// EVOS for pools too large to evaluate whole: individuals are tiles, each standing for a block of samples. An
// evaluation draws a few samples of every tile; their mean error is the tile's fitness. In between, a step draws its
// batch from the samples of the fittest tiles and of random others. A step costs O(batch), an evaluation O(tiles), as
// many samples of each as are asked for; so does memory. Nothing grows with the samples of the pool.
import { checkFloats } from '../check.js';
import { Crossover } from './crossover.js';
import { ArgumentError, ResumeError } from '../errors.js';
import { checkFitness, checkTargetsOf, squaredErrors } from './fitness.js';
import { grown } from '../numeric/growable-array.js';
import { countsAt, evaluatesAt, mutationAt, ratioAt, type StepCounts } from './schedules.js';
import { BaseSelector } from './base.js';
import { shuffleHead, SparseShuffle } from '../numeric/sparse-draw.js';
import { measureTiles, type TileMeasures } from './tile-layout.js';
import { resolveTiles, type TileSelectorOptions, type TileSettings } from './tile-options.js';
import type { Feedback, Generation, Selector, StateArray } from '../contracts.js';

/**
 * Makes an `evos-tiles` selector. Its generations are like those of `evos`, with these differences:
 *
 * - An evaluating generation has `samplesPerTile` samples of every tile (all of a smaller one), drawn afresh, tile by
 *   tile. It wants errors for exactly those back, in their order, or predictions if it has `targets`. Frequency fitness
 *   is not used.
 * - Between evaluations, ⌊βT⌋ of T tiles are selected: the fittest, and ⌊αT⌋ drawn uniformly from the others, afresh
 *   each step. Of their samples the step gets min(batchSize, ⌊βN⌋), drawn uniformly without repeats, or all if they
 *   are fewer. With a batch of fixed size, a step's cost does not depend on N.
 *
 * @throws ArgumentError naming the setting that is unknown or out of range, or what is wrong with the tiles
 * @example
 * const tiles = imageTiles({ width: 10_000, height: 10_000 });
 * const targets = (indices: Uint32Array) => pool.gather(indices).targets;
 * createTileSelector({ strategy: 'evos-tiles', size: pool.size, steps: 5000, batchSize: 65_536, tiles, targets });
 */
export function createTileSelector(options: TileSelectorOptions): Selector {
  return new TileSelector(resolveTiles(options));
}

/** `evos-tiles`. Allocates everything of the number of tiles when it is made. */
export class TileSelector extends BaseSelector {
  readonly #settings: TileSettings;
  readonly #measures: TileMeasures;
  readonly #crossover: Crossover;
  readonly #fitness: Float32Array;
  /** Samples of the generation handed out last. */
  #drawn = new Uint32Array(0);
  /** How many of them are an evaluation's that was not reported yet. */
  #evaluated = 0;
  #errors = new Float32Array(0);
  readonly #places = new SparseShuffle();
  readonly #others = new SparseShuffle();
  /** The tiles of a step's random places, as far as they were drawn: those whose draw is the present one. */
  readonly #mutants: Uint32Array;
  readonly #drawnAt: Uint32Array;
  #draws = 0;

  constructor(settings: TileSettings) {
    const { layout, interval, mutation, samplesPerTile } = settings;
    const measures = measureTiles(layout, settings.size);
    super(settings, {
      ratio: settings.ratio,
      schedule: settings.schedule,
      interval: `${interval.from}:${interval.to}`,
      mutation: `${mutation.kind} ${mutation.from}:${mutation.to}`,
      tiles: layout.count,
      layout: measures.checksum,
      samplesPerTile,
    });
    this.#settings = settings;
    this.#measures = measures;
    this.#crossover = new Crossover(layout.count, true);
    this.#fitness = new Float32Array(layout.count);
    this.#mutants = new Uint32Array(layout.count);
    this.#drawnAt = new Uint32Array(layout.count);
  }

  protected generate(step: number, batchSize: number): Generation {
    const { layout, interval } = this.#settings;
    const { ratio, elite, mutants } = this.#countsAt(step);
    const evaluates = evaluatesAt(interval, step, this.steps);
    const generation = { step, ratio, evaluates, crossFrequency: false };
    if (evaluates) {
      const indices = this.#sampleTiles();
      return { ...generation, count: indices.length, indices };
    }
    const most = Math.min(batchSize, countsAt(ratio, 0, this.size).total);
    if (most === this.size && elite + mutants === layout.count) {
      return { ...generation, count: most, indices: 'all' };
    }
    const indices = this.#select(elite, mutants, most);
    return { ...generation, count: indices.length, indices };
  }

  protected learn(step: number, feedback: Feedback): void {
    const { layout, samplesPerTile } = this.#settings;
    const errors = this.#errorsFrom(feedback);
    const fitness = this.#fitness;
    for (let tile = 0, at = 0; tile < layout.count; tile++) {
      const count = Math.min(samplesPerTile, layout.sizeOf(tile));
      let sum = 0;
      for (const end = at + count; at < end; at++) sum += errors[at] as number;
      fitness[tile] = sum / count;
    }
    this.#crossover.update('no', fitness, undefined, 0, this.#countsAt(step).elite);
    this.#evaluated = 0;
  }

  protected stateArrays(): Record<string, StateArray> {
    return { order: this.#crossover.order.slice(), evaluated: this.#drawn.slice(0, this.#evaluated) };
  }

  protected restoreArrays(arrays: Readonly<Record<string, StateArray>>): void {
    const { order, evaluated } = arrays;
    const tiles = this.#crossover.order.length;
    const seen = new Uint8Array(tiles);
    if (
      !(order instanceof Uint32Array) ||
      order.length !== tiles ||
      order.some((tile) => tile >= tiles || (seen[tile] as number)++ > 0) ||
      !(evaluated instanceof Uint32Array) ||
      (evaluated.length !== 0 && evaluated.length !== this.#samplesOfEvaluation()) ||
      evaluated.some((index) => index >= this.size)
    ) {
      throw new ResumeError(
        `The selector snapshot is damaged: its order must hold each of the ${tiles} tiles once, and the samples of an ` +
          'evaluation be those of the pool. Start again, or resume from another checkpoint.',
      );
    }
    this.#crossover.order.set(order);
    this.#drawn = grown(this.#drawn, evaluated.length, this.size);
    this.#drawn.set(evaluated);
    this.#evaluated = evaluated.length;
  }

  #countsAt(step: number): StepCounts & { readonly ratio: number } {
    const { ratio: initial, schedule, mutation, layout } = this.#settings;
    const ratio = ratioAt(schedule, initial, step, this.steps);
    return { ratio, ...countsAt(ratio, mutationAt(mutation, initial, step, this.steps), layout.count) };
  }

  #samplesOfEvaluation(): number {
    const { layout, samplesPerTile } = this.#settings;
    if (samplesPerTile <= this.#measures.least) return layout.count * samplesPerTile;
    let count = 0;
    for (let tile = 0; tile < layout.count; tile++) count += Math.min(samplesPerTile, layout.sizeOf(tile));
    return count;
  }

  /** A few samples of every tile. */
  #sampleTiles(): Uint32Array {
    const { layout, samplesPerTile } = this.#settings;
    const count = this.#samplesOfEvaluation();
    this.#drawn = grown(this.#drawn, count, this.size);
    const drawn = this.#drawn;
    const places = this.#places;
    for (let tile = 0, at = 0; tile < layout.count; tile++) {
      const size = layout.sizeOf(tile);
      const end = at + Math.min(samplesPerTile, size);
      places.start(size, end - at);
      while (at < end) drawn[at++] = layout.sampleAt(tile, places.next(this.random));
    }
    this.#evaluated = count;
    return drawn.subarray(0, count);
  }

  /** Up to `most` samples of as many of the fittest tiles and of others as the step has places for. */
  #select(elite: number, mutants: number, most: number): Uint32Array {
    const { order } = this.#crossover;
    this.#draws++;
    this.#others.start(order.length - elite, Math.min(mutants, most));
    const few = 2 * most <= (elite + mutants) * this.#measures.least;
    const count = few ? this.#drawSome(elite, mutants, most) : this.#drawFromAll(elite, mutants, most);
    return this.#drawn.subarray(0, count);
  }

  /**
   * Draws places among tiles that all count as large as the largest, and draws again where a tile is smaller. Of the
   * random tiles only those are drawn at all that a place falls into.
   */
  #drawSome(elite: number, mutants: number, most: number): number {
    const { layout } = this.#settings;
    const { largest } = this.#measures;
    this.#drawn = grown(this.#drawn, most, this.size);
    const drawn = this.#drawn;
    const places = this.#places;
    places.start((elite + mutants) * largest, most);
    let count = 0;
    while (count < most) {
      const place = places.next(this.random);
      const at = Math.floor(place / largest);
      const tile = this.#tileAt(at, elite);
      const i = place - at * largest;
      if (i < layout.sizeOf(tile)) drawn[count++] = layout.sampleAt(tile, i);
    }
    return count;
  }

  /** Lists all samples of the tiles selected; if they are more than wanted, shuffles those wanted to the front. */
  #drawFromAll(elite: number, mutants: number, most: number): number {
    const { layout } = this.#settings;
    let total = 0;
    for (let at = 0; at < elite + mutants; at++) total += layout.sizeOf(this.#tileAt(at, elite));
    this.#drawn = grown(this.#drawn, total, this.size);
    const drawn = this.#drawn;
    for (let at = 0, next = 0; at < elite + mutants; at++) {
      const tile = this.#tileAt(at, elite);
      const size = layout.sizeOf(tile);
      for (let i = 0; i < size; i++) drawn[next++] = layout.sampleAt(tile, i);
    }
    if (total > most) shuffleHead(drawn.subarray(0, total), most, this.random);
    return Math.min(total, most);
  }

  /** The step's tile at a place: the elite's places come first, those of random tiles are drawn when first asked for. */
  #tileAt(at: number, elite: number): number {
    const { order } = this.#crossover;
    if (at < elite) return order[order.length - elite + at] as number;
    const mutant = at - elite;
    if (this.#drawnAt[mutant] !== this.#draws) {
      this.#drawnAt[mutant] = this.#draws;
      this.#mutants[mutant] = order[this.#others.next(this.random)] as number;
    }
    return this.#mutants[mutant] as number;
  }

  #errorsFrom(feedback: Feedback): Float32Array {
    const count = this.#evaluated;
    if ('errors' in feedback) {
      const errors = checkFloats(
        'feedback.errors',
        feedback.errors,
        count,
        'one per sample of the evaluating generation',
      );
      checkFitness('The error', errors);
      return errors;
    }
    const { targets: targetsOf } = this.#settings;
    if (targetsOf === undefined) {
      throw new ArgumentError(
        'Feedback is predictions, but the selector was made without targets: give it the function that answers with ' +
          'the targets of samples, or report { errors }.',
      );
    }
    const targets = checkTargetsOf(targetsOf(this.#drawn.subarray(0, count)), count);
    const meaning = `${targets.length / count} per sample of the evaluating generation, as the targets have`;
    const predictions = checkFloats('feedback.predictions', feedback.predictions, targets.length, meaning);
    if (this.#errors.length !== count) this.#errors = new Float32Array(count);
    squaredErrors(predictions, targets, this.#errors);
    return this.#errors;
  }
}
