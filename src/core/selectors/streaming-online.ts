// `evos-online` for pools whose samples are seen less than once: what waits in the calendar are tiles. A tile's running
// error decides how soon it gives a sample again. It is put off when it is drawn, by what is known then, so nothing
// depends on a report coming.
import { Calendar } from '../numeric/calendar-queue.js';
import { RunningMeans } from '../numeric/running-means.js';
import { damaged, type OpenDraw, type OpenSelector } from './streaming.js';
import { OpenTiles } from './streaming-tiles.js';
import type { TileLayout } from './tile-layout.js';
import type { Snapshot } from '../contracts.js';

/** The settings of {@link createOpenOnline}, all of them needed. */
export interface OpenOnlineSettings {
  /** N, from 1 to 2³² − 1. */
  readonly size: number;
  readonly seed: number;
  readonly layout: TileLayout;
  /** Share of the draws that pays no heed to fitness, in (0, 1]. */
  readonly mutationShare: number;
}

/** Values that a tile's fitness remembers. */
const memory = 16;
/** Days of a pass over the tiles, and tiles of a day: days need be no finer. */
const fewestDays = 64;
const mostDays = 4096;
const tilesPerDay = 16;

/**
 * Makes the open online selector. Settings are not checked.
 *
 * A tile of s samples whose root mean error is r gives samples at the rate s/s̄·(m + (1 − m)·r/r̄), where s̄ and r̄ are
 * means over the tiles, a rate of 1 is one sample a pass over the tiles, and m the `mutationShare`; a tile never reported
 * counts as r̄. Its samples come in shuffled passes. That is importance sampling by the root of a tile's loss. The
 * weights go by the rates at which tiles were put off: they make means unbiased in the long run, not step by step.
 *
 * Costs O(n) a draw, and 17 bytes a tile.
 */
export function createOpenOnline(settings: OpenOnlineSettings): OpenSelector {
  return new OpenOnline(settings);
}

class OpenOnline extends OpenTiles<TileLayout> {
  readonly #mutationShare: number;
  readonly #calendar: Calendar;
  /** Days in which every tile comes up once, on average. */
  readonly #pass: number;
  readonly #error: RunningMeans;
  /** Sum of the roots of what is known, and how many tiles that is of. */
  #roots = 0;
  #known = 0;
  /** At which rate each tile is to come next, and the sum of that. */
  readonly #rates: Float32Array;
  #rateSum: number;
  /** One at a time: a tile taken early and put off late would lose the days between. */
  readonly #taken = new Uint32Array(1);

  constructor(settings: OpenOnlineSettings) {
    const { layout, mutationShare } = settings;
    super({ ...settings, strategy: 'evos-online' }, layout, { mutationShare });
    const { count } = layout;
    this.#mutationShare = mutationShare;
    this.#error = new RunningMeans(count, memory);
    this.#rates = new Float32Array(count).fill(1);
    this.#rateSum = count;
    this.#pass = Math.max(fewestDays, Math.min(mostDays, Math.floor(count / tilesPerDay)));
    const smallest = (this.measures.least * count) / settings.size;
    // The longest wait there can be, within reason: a mere sliver of a tile waits no longer than a hundred passes.
    const longest = Math.min(100, 1 / (mutationShare * smallest));
    this.#calendar = new Calendar(count, Math.ceil(longest * this.#pass) + 2, this.#pass, this.random);
  }

  draw(out: OpenDraw): void {
    const { indices, individuals, inverse } = out;
    const { layout, size } = this;
    const n = indices.length;
    const rates = this.#rates;
    const taken = this.#taken;
    for (let at = 0; at < n; at++) {
      this.#calendar.take(taken);
      const tile = taken[0] as number;
      const samples = layout.sizeOf(tile);
      individuals[at] = tile;
      indices[at] = layout.sampleAt(tile, this.nextPlace(tile, samples));
      inverse[at] = (this.#rateSum * samples) / (size * (rates[tile] as number));
      this.#putOff(tile);
    }
    out.patches = 0;
  }

  learn(draw: Readonly<OpenDraw>, errors: Float32Array): void {
    const { individuals, inverse } = draw;
    const { values, counts } = this.#error;
    let [roots, known] = [this.#roots, this.#known];
    for (let i = 0; i < errors.length; i++) {
      if (inverse[i] === 0) continue;
      const tile = individuals[i] as number;
      known += +(counts[tile] === 0);
      const before = Math.sqrt(values[tile] as number);
      roots += Math.sqrt(this.#error.see(tile, errors[i] as number)) - before;
    }
    this.#roots = roots;
    this.#known = known;
  }

  protected override state(): Snapshot {
    const { values, arrays } = super.state();
    const calendar = this.#calendar.arrays;
    return {
      values: { ...values, roots: this.#roots, rateSum: this.#rateSum },
      arrays: {
        ...arrays,
        ...calendar,
        error: this.#error.values.slice(),
        errorCounts: this.#error.counts.slice(),
        rates: this.#rates.slice(),
      },
    };
  }

  protected override restoreState(snapshot: Snapshot): void {
    const { roots, rateSum } = snapshot.values;
    const { error, errorCounts, rates } = snapshot.arrays;
    const { count } = this.layout;
    if (
      !this.#error.fits(error, errorCounts) ||
      !(rates instanceof Float32Array) ||
      rates.length !== count ||
      !rates.every((rate) => rate > 0 && rate < Infinity) ||
      typeof roots !== 'number' ||
      !Number.isFinite(roots) ||
      typeof rateSum !== 'number' ||
      !(rateSum > 0 && rateSum < Infinity)
    ) {
      throw damaged(`errors and rates of ${count} tiles, and their sums`);
    }
    const takeCalendar = this.#calendar.check(snapshot.arrays, new Uint32Array(0));
    super.restoreState(snapshot);
    takeCalendar();
    this.#error.values.set(error as Float32Array);
    this.#error.counts.set(errorCounts as Uint8Array);
    this.#known = this.#error.counts.reduce((known, seen) => known + +(seen > 0), 0);
    this.#rates.set(rates);
    // As they were added up: in another order the last bits would differ, and the run with them.
    this.#roots = roots;
    this.#rateSum = rateSum;
  }

  #putOff(tile: number): void {
    const { layout, size } = this;
    const m = this.#mutationShare;
    const mean = this.#known > 0 ? Math.max(0, this.#roots) / this.#known : 0;
    const counted = mean > 0 && (this.#error.counts[tile] as number) > 0;
    const fitness = counted ? Math.sqrt(this.#error.values[tile] as number) / mean : 1;
    const rate = Math.fround(((layout.sizeOf(tile) * layout.count) / size) * (m + (1 - m) * fitness));
    this.#rateSum += rate - (this.#rates[tile] as number);
    this.#rates[tile] = rate;
    // Days are whole: the fraction decides by chance.
    this.#calendar.putOff(tile, this.#pass / rate + this.random.float());
  }
}
