// EVOS without evaluations, as a matter of when instead of whether. Every step's own errors decide how soon what it trained
// on comes back: the larger the error, the sooner. Individuals are samples, or tiles where the pool has them.
import type { Selector, TileLayout } from '../contracts.js';
import { Calendar } from '../numeric/calendar-queue.js';
import type { Random } from '../numeric/random.js';
import { number, type SettingsOf } from '../settings.js';
import { fields, type State } from '../state.js';
import { BaseSelector, type Plan } from './base.js';
import type { Draw } from './draw.js';
import type { Found } from './feedback.js';
import { membersOf, Rejections } from './members.js';
import { MeanRoots, RootMean } from './root-errors.js';
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
  readonly #roots: RootMean;
  /** Samples that may be drawn. */
  readonly #available: number;
  /** The notes of all samples in the pool's order, once they are drawn all. */
  #ordered: Float32Array | undefined;

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
      this.#roots = this.#tiles.roots;
      const smallest = (measures.least * count) / size;
      // A mere sliver of a tile waits no longer than a hundred passes.
      const days = daysFor(Math.min(100, 1 / (m * smallest)), this.#pass);
      // Noted of a tile is the rate at which it is to come next.
      this.#calendar = new Calendar(count, days, this.#pass, this.random, 1, isRate);
    } else {
      const members = membersOf(context);
      this.#available = members?.length ?? size;
      const usual = Math.min(this.#available, this.#asked(context.batchSize ?? Infinity));
      // A day has about one step's samples, so that a step takes what is due and little else.
      // Rates next to nothing are as good as none: the ring stays within bounds.
      const longest = Math.min(1 / m, mostSampleDays);
      const days = Math.min(Math.round(this.#available / usual), Math.floor(mostSampleDays / longest));
      this.#pass = Math.max(1, days);
      this.#roots = new RootMean();
      const ring = daysFor(longest, this.#pass);
      // Noted of a sample is its last root error.
      this.#calendar = new Calendar(size, ring, this.#pass, this.random, NaN, isRoot, members);
    }
  }

  protected choose(draw: Draw, most: number): Plan {
    const asked = this.#asked(most);
    if (this.#tiles === undefined) this.#drawSamples(draw, Math.min(this.#available, asked));
    else this.#drawTiles(draw, asked, this.#tiles);
    return { wants };
  }

  protected override learn(draw: Draw, { errors }: Found): void {
    if (errors === undefined) return;
    if (this.#tiles === undefined) {
      this.#roots.replace(draw.notes, errors);
      this.#putBack(draw);
      return;
    }
    this.#tiles.roots.see(draw.individuals, errors);
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
    draw.note();
    const { indices: items, notes } = draw;
    this.#calendar.take({ items, notes });
    if (count < this.size) return;
    // Everything goes in the pool's own order, and so does its feedback.
    const ordered = this.#ordered ?? new Float32Array(count);
    for (let i = 0; i < count; i++) ordered[items[i] as number] = notes[i] as number;
    notes.set(ordered);
    this.#ordered = ordered;
    draw.takeAll(count);
  }

  #drawTiles(draw: Draw, count: number, tiles: Tiles): void {
    draw.resize(count, true);
    const { indices, individuals, inverse } = draw;
    const [calendar, random, pass] = [this.#calendar, this.random, this.#pass];
    const { least, slope } = this.#rates();
    const corrects = this.#settings.correction > 0;
    // One at a time: a tile taken early and put off late would lose the days between.
    for (let at = 0; at < count;) {
      const tile = calendar.takeOne();
      const { noted } = calendar;
      const length = tiles.sizeOf(tile);
      const index = tiles.next(tile, length);
      if (index >= 0) {
        individuals[at] = tile;
        indices[at] = index;
        if (corrects) inverse[at] = tiles.inverse(length, noted);
        at++;
      }
      const root = tiles.roots.of(tile);
      const rate = tiles.scale(root === root ? least + slope * root : 1, length, noted);
      calendar.putOff(tile, pass / rate + random.float(), rate);
    }
    draw.weigh(this.#settings.correction);
  }

  /** Puts samples off by what their fitness has made of a pass. They have waited since they were drawn, not since the report. */
  #putBack({ individuals, whole, size, notes, step }: Draw): void {
    const [calendar, random, pass] = [this.#calendar, this.random, this.#pass];
    const { least, slope } = this.#rates();
    const waited = ((this.step - step) * pass * size) / this.#available;
    for (let i = 0; i < size; i++) {
      const root = notes[i] as number;
      // NaN alone differs from itself.
      const rate = root === root ? least + slope * root : 1;
      // Days are whole: the fraction decides by chance.
      calendar.putOff(whole ? i : (individuals[i] as number), pass / rate - waited + random.float(), root);
    }
  }

  /** A root error r that is known has the rate least + slope·r now. */
  #rates(): { readonly least: number; readonly slope: number } {
    const { mutationShare: m } = this.#settings;
    const { mean } = this.#roots;
    return mean > 0 ? { least: m, slope: (1 - m) / mean } : { least: 1, slope: 0 };
  }
}

/** Tiles of a pool, the samples that they give, what is known of them, and the sum of their rates. */
class Tiles {
  readonly roots: MeanRoots;
  readonly #layout: TileLayout;
  readonly #size: number;
  readonly #places: TilePlaces;
  readonly #rejections: Rejections;
  /** As it was added up. */
  readonly #sum: { rateSum: number };

  constructor(layout: TileLayout, context: SelectorContext, random: Random) {
    const { count } = layout;
    this.roots = new MeanRoots(count);
    this.#layout = layout;
    this.#size = context.size;
    this.#places = new TilePlaces(count, random);
    this.#rejections = new Rejections(context);
    this.#sum = { rateSum: count };
  }

  /** How many samples a tile has. */
  sizeOf(tile: number): number {
    return this.#layout.sizeOf(tile);
  }

  /** The sample that a tile of `size` gives next; −1 where that one is excluded. */
  next(tile: number, size: number): number {
    const index = this.#layout.sampleAt(tile, this.#places.next(tile, size));
    return this.#rejections.rejects(index) ? -1 : index;
  }

  /** 1/(N·q) of the samples of a tile that came at a rate: without bias in the long run, not step by step. */
  inverse(size: number, rate: number): number {
    return (this.#sum.rateSum * size) / (this.#size * rate);
  }

  /** Scales a rate by the tile's size. @param before the one that it replaces */
  scale(rate: number, size: number, before: number): number {
    const scaled = Math.fround(((size * this.#layout.count) / this.#size) * rate);
    this.#sum.rateSum += scaled - before;
    return scaled;
  }

  get state(): State {
    return { ...this.#places.state, ...fields(this.#sum, isRate) };
  }
}

function isRate(note: number): boolean {
  return note > 0 && note < Infinity;
}

function isRoot(note: number): boolean {
  return !(note < 0 || note === Infinity);
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
 * Choosing costs O(samples drawn). Memory is 9 bytes a sample, or 17 a tile, and for each step of a pass over the pool
 * 140/mutationShare bytes.
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
