// EVOS without evaluations, as a matter of when instead of whether. Every step's own errors decide how soon what it trained
// on comes back: the larger the error, the sooner. Individuals are samples, or tiles where the pool has them.
import type { Selector, TileLayout } from '../contracts.js';
import { Calendar } from '../numeric/calendar-queue.js';
import type { Random } from '../numeric/random.js';
import { number, type SettingsOf } from '../settings.js';
import { array, fields, type State } from '../state.js';
import { BaseSelector, type Plan } from './base.js';
import type { Draw } from './draw.js';
import type { Found } from './feedback.js';
import { membersOf, Rejections } from './members.js';
import { LastRoots, MeanRoots, type RootErrors } from './root-errors.js';
import { countsAt } from './schedules.js';
import { defineStrategy, makeSelector, type OptionsOf, type SelectorContext } from './strategy.js';
import { measureTiles } from './tile-layout.js';
import { TilePlaces } from './tile-places.js';

const settings = {
  /**
   * Share of the pool that a step trains on; a batch size goes before it. Many small steps reach a quality sooner than
   * few large ones.
   */
  ratio: number({ above: 0, max: 1, default: 0.02 }),
  /**
   * Share of the draws that pays no heed to fitness: no sample waits longer than its inverse, in passes over the pool.
   * At 0.3, samples once fitted are looked at a third as often as others, and no less.
   */
  mutationShare: number({ above: 0, max: 1, default: 0.3 }),
  /**
   * Over tiles, the importance correction: weights are (1/(N·q))^correction, with q a sample's likelihood. 1 keeps the
   * weighted loss unbiased and gives away most of what choosing gains.
   */
  correction: number({ min: 0, max: 1, default: 0 }),
};

type Settings = SettingsOf<typeof settings>;

const wants = ['errors'] as const;
/** Most days of a pass over samples: they need not be finer than that. */
const mostSampleDays = 2 ** 20;
/** Days of a pass over tiles, and tiles of a day. */
const fewestTileDays = 64;
const mostTileDays = 4096;
const tilesPerDay = 16;

/**
 * An individual of root error r, mean r̄ as last seen, comes at the rate m + (1 − m)·r/r̄, where a rate of 1 is once in a
 * pass over all and m the `mutationShare`: importance sampling by the root of the loss. One never reported waits one pass.
 *
 * A sample is put off by what its report says. A tile is put off when it is drawn, by what is known then, so that nothing
 * depends on a report coming; its rate also goes by its size.
 *
 * A pool drawn anew changes nothing: its parts, on the surface, near it and anywhere, keep their indices, and a part's old
 * errors foretell its new ones better than none do (IoU after 150 steps on a knot, seeds 1 to 3: see docs/benchmarks.md).
 */
class OnlineSelector extends BaseSelector {
  readonly #settings: Settings;
  readonly #tiles: Tiles | undefined;
  readonly #calendar: Calendar;
  /** Days in which every individual comes up once, on average. */
  readonly #pass: number;
  readonly #roots: RootErrors;
  /** Samples that may be drawn. */
  readonly #available: number;

  constructor(context: SelectorContext, settings: Settings) {
    const { layout, size } = context;
    const { mutationShare: m, correction } = settings;
    const measures = layout && measureTiles(layout, size);
    const fingerprint = { ...settings, tiles: layout?.count, layout: measures?.checksum };
    super('evos-online', context, fingerprint, correction > 0 ? ['errors', 'weights'] : ['errors']);
    this.#settings = settings;
    if (layout !== undefined && measures !== undefined) {
      const { count } = layout;
      this.#tiles = new Tiles(layout, context, this.random);
      this.#available = count;
      this.#pass = Math.max(fewestTileDays, Math.min(mostTileDays, Math.floor(count / tilesPerDay)));
      this.#roots = new MeanRoots(count);
      const smallest = (measures.least * count) / size;
      // A mere sliver of a tile waits no longer than a hundred passes.
      const days = daysFor(Math.min(100, 1 / (m * smallest)), this.#pass);
      this.#calendar = new Calendar(count, days, this.#pass, this.random);
    } else {
      const members = membersOf(context);
      this.#available = members?.length ?? size;
      const usual = Math.min(this.#available, this.#asked(context.batchSize ?? Infinity));
      // A day has about one step's samples, so that a step takes what is due and little else.
      const longest = 1 / m;
      const days = Math.min(Math.round(this.#available / usual), Math.floor(mostSampleDays / longest));
      this.#pass = Math.max(1, days);
      this.#roots = new LastRoots(size);
      this.#calendar = new Calendar(size, daysFor(longest, this.#pass), this.#pass, this.random, members);
    }
  }

  protected choose(draw: Draw, most: number): Plan {
    const asked = this.#asked(most);
    if (this.#tiles === undefined) this.#drawSamples(draw, Math.min(this.#available, asked));
    else this.#drawTiles(draw, asked, this.#tiles);
    return { wants };
  }

  protected override learn(draw: Draw, { errors }: Found): void {
    const { individuals, whole, size } = draw;
    const roots = this.#roots;
    if (errors === undefined) return;
    for (let i = 0; i < size; i++) roots.see(whole ? i : (individuals[i] as number), errors[i] as number);
    if (this.#tiles === undefined) this.#putBack(draw);
  }

  protected override missed(draw: Draw): void {
    if (this.#tiles === undefined) this.#putBack(draw);
  }

  protected override state(open: readonly Draw[]): State {
    const out = this.#tiles === undefined ? open.flatMap((draw) => listOf(draw)) : [];
    return { ...this.#calendar.state(Uint32Array.from(out)), ...this.#roots.state, ...this.#tiles?.state };
  }

  /** Samples of a step. */
  #asked(most: number): number {
    return most < Infinity ? most : countsAt(this.#settings.ratio, 0, this.size).total;
  }

  #drawSamples(draw: Draw, count: number): void {
    while (this.#available - this.waiting < count && this.closeOldest());
    draw.resize(count);
    this.#calendar.take(draw.indices);
    // Everything goes in the pool's own order, and so does its feedback.
    if (count === this.size) draw.takeAll(count);
  }

  #drawTiles(draw: Draw, count: number, tiles: Tiles): void {
    draw.resize(count, true);
    const { indices, individuals, inverse } = draw;
    const rateOf = this.#rates();
    // One at a time: a tile taken early and put off late would lose the days between.
    for (let at = 0; at < count;) {
      const tile = this.#calendar.takeOne();
      const index = tiles.next(tile);
      if (index >= 0) {
        individuals[at] = tile;
        indices[at] = index;
        inverse[at++] = tiles.inverse(tile);
      }
      this.#putOff(tile, tiles.setRate(tile, rateOf(tile)));
    }
    draw.weigh(this.#settings.correction);
  }

  /** Puts samples off by what their fitness has made of a pass. */
  #putBack({ individuals, whole, size }: Draw): void {
    const rateOf = this.#rates();
    for (let i = 0; i < size; i++) {
      const sample = whole ? i : (individuals[i] as number);
      this.#putOff(sample, rateOf(sample));
    }
  }

  #putOff(individual: number, rate: number): void {
    // Days are whole: the fraction decides by chance.
    this.#calendar.putOff(individual, this.#pass / rate + this.random.float());
  }

  /** The rates of individuals, by what is known of them and of the mean now. */
  #rates(): (individual: number) => number {
    const { mutationShare: m } = this.#settings;
    const roots = this.#roots;
    const { mean } = roots;
    if (!(mean > 0)) return () => 1;
    const slope = (1 - m) / mean;
    return (individual) => {
      const root = roots.of(individual);
      // NaN alone differs from itself.
      return root === root ? m + slope * root : 1;
    };
  }
}

/** Tiles of a pool, the samples that they give, and the rates at which they come. */
class Tiles {
  readonly #layout: TileLayout;
  readonly #size: number;
  readonly #places: TilePlaces;
  readonly #rejections: Rejections;
  /** At which rate each tile is to come next, and the sum of that, as it was added up. */
  readonly #rates: Float32Array;
  readonly #sum: { rateSum: number };

  constructor(layout: TileLayout, context: SelectorContext, random: Random) {
    this.#layout = layout;
    this.#size = context.size;
    this.#places = new TilePlaces(layout.count, random);
    this.#rejections = new Rejections(context);
    this.#rates = new Float32Array(layout.count).fill(1);
    this.#sum = { rateSum: layout.count };
  }

  /** The sample that a tile gives next; −1 where that one is excluded. */
  next(tile: number): number {
    const layout = this.#layout;
    const index = layout.sampleAt(tile, this.#places.next(tile, layout.sizeOf(tile)));
    return this.#rejections.rejects(index) ? -1 : index;
  }

  /** 1/(N·q) of a tile's samples: without bias in the long run, not step by step. */
  inverse(tile: number): number {
    return (this.#sum.rateSum * this.#layout.sizeOf(tile)) / (this.#size * (this.#rates[tile] as number));
  }

  /** Scales a rate by the tile's size, and keeps it. */
  setRate(tile: number, rate: number): number {
    const { count } = this.#layout;
    const scaled = Math.fround(((this.#layout.sizeOf(tile) * count) / this.#size) * rate);
    this.#sum.rateSum += scaled - (this.#rates[tile] as number);
    this.#rates[tile] = scaled;
    return scaled;
  }

  get state(): State {
    const fits = (rate: number): boolean => rate > 0 && rate < Infinity;
    return {
      ...this.#places.state,
      rates: array(this.#rates, `rates of ${this.#rates.length} tiles`, (rates) => rates.every(fits)),
      ...fields(this.#sum, fits),
    };
  }
}

/** Length of the calendar's ring, for a longest wait in passes. */
function daysFor(longest: number, pass: number): number {
  return Math.ceil(longest * pass) + 2;
}

/** The samples of a selection, one by one. */
function listOf({ whole, size, indices }: Draw): number[] {
  return whole ? Array.from({ length: size }, (_, i) => i) : [...indices];
}

/** EVOS without evaluations. Not in the paper. */
export const evosOnlineStrategy = defineStrategy({
  name: 'evos-online',
  summary: 'every sample as often as its last error asks for, without evaluations',
  settings,
  needs: ['errors'],
  create: (context, settings) => new OnlineSelector(context, settings),
});

/**
 * Makes a selector by EVOS without evaluations.
 *
 * - Each step has `batchSize` samples, else ⌊ratio·N⌋, and wants their errors back. Reports may be late, or missing.
 * - The first pass visits every sample once, in random order; a fresh pass over a fitted pool would do the same. Draws
 *   without repeats over a whole pass are a good part of what this gains: see docs/benchmarks.md.
 *
 * Choosing costs O(samples drawn), memory is 8 bytes a sample, or 17 a tile.
 *
 * @throws ArgumentError naming the setting that is unknown or out of range
 * @example
 * const selector = evosOnline({ size: rays.length, batchSize: 4096 });
 * for (;;) {
 *   const selection = selector.next();
 *   selector.report(selection, await mine.train(selection.indices)); // squared error of each, before the update
 * }
 */
export function evosOnline(options: OptionsOf<typeof evosOnlineStrategy.settings>): Selector {
  return makeSelector(evosOnlineStrategy, options);
}
