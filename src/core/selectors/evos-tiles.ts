// EVOS for pools too large to evaluate whole: individuals are tiles, each standing for a block of samples. An
// evaluation draws a few samples of every tile; their mean error is the tile's fitness. In between, a step draws its
// batch from the samples of the fittest tiles and of random others. A step costs O(batch), an evaluation O(tiles), as
// many samples of each as are asked for; so does memory. Nothing grows with the samples of the pool.
import type { Selector, TileLayout } from '../contracts.js';
import { grown } from '../numeric/growable-array.js';
import { shuffleHead, SparseShuffle } from '../numeric/sparse-draw.js';
import { choice, integer, number, ramp, type SettingsOf } from '../settings.js';
import { permutation, type State } from '../state.js';
import { BaseSelector, type Plan } from './base.js';
import { Crossover } from './crossover.js';
import type { Draw } from './draw.js';
import type { Found } from './feedback.js';
import { allExcluded, Rejections, TileMembers } from './members.js';
import {
  checkMutation,
  countsAt,
  countsOf,
  evaluatesAt,
  mutationKinds,
  ratioSchedules,
  stepsFor,
} from './schedules.js';
import { defineStrategy, makeSelector, type OptionsOf, type SelectorContext } from './strategy.js';
import { defaultTile, imageTiles, measureTiles, runTiles, type TileMeasures } from './tile-layout.js';

const settings = {
  /** Share β₀ of the tiles that a step draws from. As published for samples. */
  ratio: number({ above: 0, max: 1, default: 0.5 }),
  /** How that share moves over the run. */
  schedule: choice(ratioSchedules, 'constant'),
  /** Steps between evaluations, which may move over the run. As published: a tile changes no faster than a sample. */
  interval: ramp({ whole: true, min: 1, default: { from: 100, to: 50 } }),
  /** How the share of random tiles moves over the run. */
  mutation: choice(mutationKinds, 'constant'),
  /** Share of a step's tiles that is drawn at random, which may move over the run. As published for samples. */
  mutationShare: ramp({ min: 0, max: 1, default: 0.5 }),
  /** How many samples make a tile, about, where the pool has no tiles: as many as 64 × 64 pixels. */
  tile: integer({ min: 1, max: 2 ** 32 - 1, default: defaultTile * defaultTile }),
  /**
   * How many samples of each tile an evaluation draws. The mean of 16 errors is within a quarter of their spread of the
   * tile's: enough to tell hard tiles from easy ones.
   */
  samplesPerTile: integer({ min: 1, max: 2 ** 32 - 1, default: 16 }),
};

type Settings = SettingsOf<typeof settings>;

const wants = ['errors'] as const;

/** `evos-tiles`. Allocates everything of the number of tiles when it is made. */
class TileSelector extends BaseSelector {
  readonly #settings: Settings;
  readonly #steps: number;
  readonly #layout: TileLayout;
  readonly #measures: TileMeasures;
  readonly #rejections: Rejections;
  readonly #members: TileMembers;
  readonly #crossover: Crossover;
  readonly #fitness: Float32Array;
  #drawn = new Uint32Array(0);
  readonly #places = new SparseShuffle();
  readonly #others = new SparseShuffle();
  /** The tiles of a step's random places, as far as they were drawn: `#drawnAt` says in which draw. */
  readonly #mutants: Uint32Array;
  readonly #drawnAt: Uint32Array;
  #draws = 0;

  constructor(context: SelectorContext, settings: Settings) {
    const layout = context.layout ?? layoutOf(context, settings.tile);
    const measures = measureTiles(layout, context.size);
    super('evos-tiles', context, { ...settings, tiles: layout.count, layout: measures.checksum }, wants);
    this.#settings = settings;
    this.#steps = stepsFor('evos-tiles', context.steps, true);
    this.#layout = layout;
    this.#measures = measures;
    this.#rejections = new Rejections(context);
    this.#members = new TileMembers(layout, context);
    this.#crossover = new Crossover(layout.count, true);
    this.#fitness = new Float32Array(layout.count);
    this.#mutants = new Uint32Array(layout.count);
    this.#drawnAt = new Uint32Array(layout.count);
  }

  protected choose(draw: Draw, most: number, step: number): Plan {
    const layout = this.#layout;
    const { ratio, elite, mutants } = countsOf(this.#settings, step, this.#steps, this.#members.tiles);
    if (evaluatesAt(this.#settings.interval, step, this.#steps)) {
      this.#sampleTiles(draw);
      return { ratio, wants, awaited: true };
    }
    const count = Math.min(most, countsAt(ratio, 0, this.size).total);
    const everything = count === this.size && elite + mutants === layout.count;
    if (everything && !this.#rejections.possible) draw.takeAll(count);
    else draw.take(this.#select(elite, mutants, count));
    return { ratio };
  }

  protected override learn(draw: Draw, { errors }: Found): void {
    if (errors === undefined) return;
    const { individuals, size } = draw;
    const fitness = this.#fitness.fill(0);
    for (let at = 0; at < size;) {
      const [tile, start] = [individuals[at] as number, at];
      let sum = 0;
      for (; at < size && individuals[at] === tile; at++) sum += errors[at] as number;
      fitness[tile] = sum / (at - start);
    }
    this.#members.putLast(fitness);
    const { elite } = countsOf(this.#settings, draw.step, this.#steps, this.#members.tiles);
    this.#crossover.update('no', fitness, undefined, 0, elite);
  }

  protected override state(): State {
    return { order: permutation(this.#crossover.order, 'tiles') };
  }

  /** A few samples of every tile, tile by tile. */
  #sampleTiles(draw: Draw): void {
    const { samplesPerTile } = this.#settings;
    const [layout, places, rejections] = [this.#layout, this.#places, this.#rejections];
    let most = layout.count * samplesPerTile;
    if (samplesPerTile > this.#measures.least) {
      most = 0;
      for (let tile = 0; tile < layout.count; tile++) most += Math.min(samplesPerTile, layout.sizeOf(tile));
    }
    draw.resize(most, true);
    draw.inverse.fill(1);
    const { indices, individuals } = draw;
    let count = 0;
    for (let tile = 0; tile < layout.count; tile++) {
      const size = layout.sizeOf(tile);
      const end = count + Math.min(samplesPerTile, size);
      places.start(size, end - count);
      for (let left = size; left > 0 && count < end; left--) {
        const index = layout.sampleAt(tile, places.next(this.random));
        if (rejections.rejects(index)) continue;
        individuals[count] = tile;
        indices[count++] = index;
      }
    }
    if (count === 0) throw allExcluded();
    if (count < most) draw.resize(count, true);
  }

  /** Up to `most` samples of as many of the fittest tiles and of others as the step has places for. */
  #select(elite: number, mutants: number, most: number): Uint32Array<ArrayBuffer> {
    this.#draws++;
    this.#others.start(this.#members.tiles - elite, Math.min(mutants, most));
    const few = 2 * most <= (elite + mutants) * this.#measures.least;
    const count = few ? this.#drawSome(elite, mutants, most) : this.#drawFromAll(elite, mutants, most);
    if (count > 0) return this.#drawn.subarray(0, count);
    // All samples of these tiles are excluded: one from anywhere keeps the run going.
    do this.#drawn[0] = this.random.below(this.size);
    while (this.#rejections.rejects(this.#drawn[0]));
    return this.#drawn.subarray(0, 1);
  }

  /**
   * Draws places among tiles that all count as large as the largest, and draws again where a tile is smaller. Of the
   * random tiles only those are drawn at all that a place falls into.
   */
  #drawSome(elite: number, mutants: number, most: number): number {
    const [layout, places, rejections] = [this.#layout, this.#places, this.#rejections];
    const { largest } = this.#measures;
    this.#drawn = grown(this.#drawn, most, this.size);
    const drawn = this.#drawn;
    const all = (elite + mutants) * largest;
    places.start(all, most);
    let count = 0;
    for (let left = all; left > 0 && count < most; left--) {
      const place = places.next(this.random);
      const at = Math.floor(place / largest);
      const tile = this.#tileAt(at, elite);
      const i = place - at * largest;
      if (i >= layout.sizeOf(tile)) continue;
      const index = layout.sampleAt(tile, i);
      if (!rejections.rejects(index)) drawn[count++] = index;
    }
    return count;
  }

  /** Lists all samples of the tiles selected; if they are more than wanted, shuffles those wanted to the front. */
  #drawFromAll(elite: number, mutants: number, most: number): number {
    const [layout, rejections] = [this.#layout, this.#rejections];
    let room = 0;
    for (let at = 0; at < elite + mutants; at++) room += layout.sizeOf(this.#tileAt(at, elite));
    this.#drawn = grown(this.#drawn, room, this.size);
    const drawn = this.#drawn;
    let total = 0;
    for (let at = 0; at < elite + mutants; at++) {
      const tile = this.#tileAt(at, elite);
      const size = layout.sizeOf(tile);
      for (let i = 0; i < size; i++) {
        const index = layout.sampleAt(tile, i);
        if (!rejections.rejects(index)) drawn[total++] = index;
      }
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
      // Tiles without samples to train on come first in the order.
      const without = order.length - this.#members.tiles;
      this.#mutants[mutant] = order[without + this.#others.next(this.random)] as number;
    }
    return this.#mutants[mutant] as number;
  }
}

/** Tiles of a pool that brings none: squares of a picture, else runs of so many samples. */
function layoutOf({ size, shape }: SelectorContext, tile: number): TileLayout {
  const [height, width] = shape ?? [];
  if (height === undefined || width === undefined || shape?.length !== 2) return runTiles(size, tile);
  return imageTiles({ width, height, tile: Math.max(1, Math.round(Math.sqrt(tile))) });
}

/** EVOS over tiles that are evaluated by a few of their samples. Not in the paper. */
export const evosTilesStrategy = defineStrategy({
  name: 'evos-tiles',
  summary: 'the fittest tiles by evaluations of a few samples each, and random others',
  settings,
  needs: ['errors', 'steps'],
  create: (context, settings) => {
    checkMutation(settings.mutation, settings.mutationShare);
    return new TileSelector(context, settings);
  },
});

/**
 * Makes a selector by EVOS over tiles, for pools too large to evaluate whole.
 *
 * - An evaluation has `samplesPerTile` samples of every tile (all of a smaller one), drawn afresh, tile by tile. It wants
 *   errors for exactly those back. Frequency fitness is not used.
 * - Between evaluations, ⌊βT⌋ of T tiles are selected: the fittest, and ⌊αT⌋ drawn uniformly from the others, afresh
 *   each step. Of their samples the step gets min(batchSize, ⌊βN⌋), drawn uniformly without repeats, or all if they
 *   are fewer. With a batch of fixed size, a step's cost does not depend on N.
 *
 * @throws ArgumentError naming the setting that is unknown or out of range, or what is wrong with the tiles
 * @example
 * const layout = imageTiles({ width: 10_000, height: 10_000 });
 * evosTiles({ size: pool.size, steps: 5000, batchSize: 65_536, layout });
 */
export function evosTiles(options: OptionsOf<typeof evosTilesStrategy.settings>): Selector {
  return makeSelector(evosTilesStrategy, options);
}
