// EVOS where nothing can be evaluated whole: individuals are tiles; their fitness is a running mean of the errors that
// training reports anyway. A small share of every batch are 2×2 patches that go round all tiles in turn: no tile is
// forgotten, and the differences inside a patch tell its frequency fitness. Every so many steps crossover orders the
// tiles anew, as the published selector orders samples; between, steps draw from the fittest tiles and from the others.
import { Crossover, type CrossoverMethod } from './crossover.js';
import { Passes } from '../numeric/permutation.js';
import type { Random } from '../numeric/random.js';
import { RunningMeans } from '../numeric/running-means.js';
import { countsAt } from './schedules.js';
import { damaged, type OpenDraw, type OpenSelector } from './streaming.js';
import { OpenTiles, type PatchLayout } from './streaming-tiles.js';
import type { Snapshot } from '../contracts.js';

/** The settings of {@link createOpenEvos}, all of them needed. */
export interface OpenEvosSettings {
  /** N, from 1 to 2³² − 1. */
  readonly size: number;
  readonly seed: number;
  readonly layout: PatchLayout;
  /** β in (0, 1]: the share of the tiles that a step may draw from. */
  readonly ratio: number;
  /** Share of that which is random, in [0, 1]. */
  readonly mutation: number;
  /** Steps between crossovers, at least 1. */
  readonly interval: number;
  readonly crossover: CrossoverMethod;
  /** λ of the crossover, at least 0. */
  readonly frequencyWeight: number;
  /** Share of every batch that is patches, in [0, 1]. */
  readonly evaluationShare: number;
}

/** The defaults, each with its reason. */
export const openEvosDefaults = Object.freeze({
  /** As published for samples. */
  ratio: 0.5,
  /** As published for samples: half of what is trained on is random. */
  mutation: 0.5,
  /** The interval that the published one ends with: a tile's fitness changes no faster than a sample's. */
  interval: 50,
  /** As published. */
  crossover: 'select',
  /** Differences of residuals without structure have twice their squares: halved, both fitnesses are of one size. */
  frequencyWeight: 0.5,
  /** Patches come evenly from everywhere: nine tenths of a batch stay for what is chosen. */
  evaluationShare: 0.1,
});

/** Values that a tile's fitness remembers: the mean of 16 errors is within a quarter of their spread. */
const memory = 16;

/**
 * Makes the open EVOS selector. Settings are not checked.
 *
 * A draw of n samples has ⌊evaluationShare·n/4⌋ patches, rounded at random, of as many tiles: every tile once in a pass,
 * in random order. Of the others, the share that the elite tiles have in the samples of elite and mutant tiles comes from
 * elite tiles, the rest from all that are not elite; in either, tiles come in shuffled passes, and so do the samples of
 * each tile. That differs from the published mutation in one way: mutant tiles are not listed afresh at each step, since
 * a batch is too small to tell. Until the first crossover, after `interval` draws, every tile is alike.
 *
 * Costs O(n) a draw and O(tiles) a crossover, and 40 bytes a tile.
 */
export function createOpenEvos(settings: OpenEvosSettings): OpenSelector {
  return new OpenEvos(settings);
}

class OpenEvos extends OpenTiles<PatchLayout> {
  readonly #settings: OpenEvosSettings;
  readonly #error: RunningMeans;
  readonly #frequency: RunningMeans;
  readonly #crossover: Crossover;
  /** Both fitnesses, filled up, of the crossover under way. */
  readonly #scratch: readonly [Float32Array, Float32Array];
  readonly #isElite: Uint8Array;
  /** Tiles and samples of the elite; none before the first crossover. */
  #elite = 0;
  #eliteSamples = 0;
  #draws = 0;
  /** Walks over the elite, over the others, and over all tiles for patches. */
  readonly #walks = [new Passes(), new Passes(), new Passes()] as const;
  readonly #places = new Uint32Array(4);

  constructor(settings: OpenEvosSettings) {
    const { layout, ratio, mutation, interval, crossover, frequencyWeight, evaluationShare } = settings;
    super({ ...settings, strategy: 'evos' }, layout, {
      ratio,
      mutation,
      interval,
      crossover,
      frequencyWeight,
      evaluationShare,
    });
    const { count } = layout;
    this.#settings = settings;
    this.#error = new RunningMeans(count, memory);
    this.#frequency = new RunningMeans(count, memory);
    this.#crossover = new Crossover(count, false);
    this.#scratch = [new Float32Array(count), new Float32Array(count)];
    this.#isElite = new Uint8Array(count);
    this.#startWalks();
    this.#walks[2].start(count, this.random);
  }

  draw(out: OpenDraw): void {
    const { interval } = this.#settings;
    if (this.#draws > 0 && this.#draws % interval === 0) this.#cross();
    this.#draws++;
    const n = out.indices.length;
    const wanted = Math.min((n * this.#settings.evaluationShare) / 4, n >> 2);
    const patches = roundedAtRandom(wanted, n >> 2, this.random);
    out.patches = patches;
    this.#drawPatches(patches, out);
    const share = this.#eliteShare();
    const elite = roundedAtRandom((n - 4 * patches) * share, n - 4 * patches, this.random);
    this.#drawFrom(0, this.#elite, 4 * patches, 4 * patches + elite, out);
    this.#drawFrom(1, this.layout.count - this.#elite, 4 * patches + elite, n, out);
    this.#weigh(wanted, share, out);
  }

  learn(draw: Readonly<OpenDraw>, errors: Float32Array, frequency?: Float32Array): void {
    const { individuals, inverse, patches } = draw;
    for (let i = 0; i < errors.length; i++) {
      if (inverse[i] !== 0) this.#error.see(individuals[i] as number, errors[i] as number);
    }
    if (frequency === undefined) return;
    for (let p = 0, i = 0; p < patches; p++, i += 4) {
      // A patch with a sample left out has a difference that means nothing.
      const whole = inverse[i]! * inverse[i + 1]! * inverse[i + 2]! * inverse[i + 3]! > 0;
      if (whole) this.#frequency.see(individuals[i] as number, frequency[p] as number);
    }
  }

  protected override state(): Snapshot {
    const { values, arrays } = super.state();
    return {
      values: {
        ...values,
        draws: this.#draws,
        elite: this.#elite,
        walks: this.#walks.map(({ state }) => [...state]),
      },
      arrays: {
        ...arrays,
        order: this.#crossover.order.slice(),
        error: this.#error.values.slice(),
        errorCounts: this.#error.counts.slice(),
        frequency: this.#frequency.values.slice(),
        frequencyCounts: this.#frequency.counts.slice(),
      },
    };
  }

  protected override restoreState(snapshot: Snapshot): void {
    const { draws, elite, walks } = snapshot.values;
    const { order, error, errorCounts, frequency, frequencyCounts } = snapshot.arrays;
    const { count } = this.layout;
    if (
      !this.#error.fits(error, errorCounts) ||
      !this.#frequency.fits(frequency, frequencyCounts) ||
      !(order instanceof Uint32Array) ||
      !isPermutation(order, count)
    ) {
      throw damaged(`an order and both fitnesses of ${count} tiles`);
    }
    const eliteNow = elite === 0 ? 0 : this.#counts().elite;
    const [first, second, third]: unknown[] = Array.isArray(walks) ? walks : [];
    if (
      elite !== eliteNow ||
      typeof draws !== 'number' ||
      !Number.isSafeInteger(draws) ||
      draws < 0 ||
      !Passes.isState(first, Math.max(1, eliteNow)) ||
      !Passes.isState(second, Math.max(1, count - eliteNow)) ||
      !Passes.isState(third, count)
    ) {
      throw damaged(`a count of draws, and places in the passes over ${count} tiles`);
    }
    super.restoreState(snapshot);
    this.#error.values.set(error as Float32Array);
    this.#error.counts.set(errorCounts as Uint8Array);
    this.#frequency.values.set(frequency as Float32Array);
    this.#frequency.counts.set(frequencyCounts as Uint8Array);
    this.#crossover.order.set(order);
    this.#draws = draws;
    this.#setElite(eliteNow);
    [first, second, third].forEach((state, i) => (this.#walks[i]!.state = state));
  }

  #counts(): { readonly elite: number; readonly mutants: number } {
    const { ratio, mutation } = this.#settings;
    return countsAt(ratio, mutation * ratio, this.layout.count);
  }

  /** Orders the tiles by what is known of them, if anything is. */
  #cross(): void {
    const { crossover, frequencyWeight } = this.#settings;
    const [errors, frequency] = this.#scratch;
    if (!this.#error.fill(errors)) return;
    const known = this.#frequency.fill(frequency);
    const { elite } = this.#counts();
    this.#crossover.update(crossover, errors, known ? frequency : undefined, frequencyWeight, elite);
    this.#setElite(elite);
    this.#startWalks();
  }

  #setElite(elite: number): void {
    const { order } = this.#crossover;
    this.#elite = elite;
    this.#isElite.fill(0);
    this.#eliteSamples = 0;
    for (let at = order.length - elite; at < order.length; at++) {
      const tile = order[at] as number;
      this.#isElite[tile] = 1;
      this.#eliteSamples += this.layout.sizeOf(tile);
    }
  }

  #startWalks(): void {
    this.#walks[0].start(Math.max(1, this.#elite), this.random);
    this.#walks[1].start(Math.max(1, this.layout.count - this.#elite), this.random);
  }

  /** The elite's share of the samples of elite and mutants. */
  #eliteShare(): number {
    const others = this.layout.count - this.#elite;
    if (this.#elite === 0) return 0;
    if (others === 0) return 1;
    const mutants = (this.#counts().mutants / others) * (this.size - this.#eliteSamples);
    return this.#eliteSamples / (this.#eliteSamples + mutants);
  }

  #drawPatches(patches: number, { indices, individuals }: OpenDraw): void {
    const [layout, places, random, walk] = [this.layout, this.#places, this.random, this.#walks[2]];
    for (let p = 0, at = 0; p < patches; p++) {
      const tile = walk.next(random);
      layout.patchAt(tile, random, places);
      for (let k = 0; k < 4; k++, at++) {
        individuals[at] = tile;
        // The place for now; what a sample weighs goes by it.
        indices[at] = places[k] as number;
      }
    }
  }

  /** Draws from one group of tiles, the elite (0) or the others (1), `tiles` of them. */
  #drawFrom(group: 0 | 1, tiles: number, start: number, end: number, out: OpenDraw): void {
    const { indices, individuals } = out;
    const [layout, random, walk] = [this.layout, this.random, this.#walks[group]];
    const { order } = this.#crossover;
    const { least, largest } = this.measures;
    const first = group === 0 ? order.length - tiles : 0;
    for (let at = start; at < end;) {
      const tile = order[first + walk.next(random)] as number;
      const size = layout.sizeOf(tile);
      // Smaller tiles are passed over in proportion: it is samples that are drawn uniformly.
      if (least < largest && random.below(largest) >= size) continue;
      individuals[at] = tile;
      indices[at++] = this.nextPlace(tile, size);
    }
  }

  /** Turns places into samples, and says how likely each was to come up in this draw, one way or the other. */
  #weigh(patches: number, share: number, { indices, individuals, inverse }: OpenDraw): void {
    const { layout, size } = this;
    const n = indices.length;
    const rest = n - 4 * patches;
    const ofElite = share > 0 ? (rest * share) / this.#eliteSamples : 0;
    const ofOthers = share < 1 ? (rest * (1 - share)) / (size - this.#eliteSamples) : 0;
    const perTile = patches / layout.count;
    for (let at = 0; at < n; at++) {
      const tile = individuals[at] as number;
      const place = indices[at] as number;
      indices[at] = layout.sampleAt(tile, place);
      const drawn = this.#isElite[tile] === 1 ? ofElite : ofOthers;
      const patched = perTile > 0 ? perTile * layout.coverage(tile, place) : 0;
      inverse[at] = n / (size * (drawn + patched));
    }
  }
}

/** Rounds up as often as the fraction says; up to `most`. */
function roundedAtRandom(value: number, most: number, random: Random): number {
  return Math.min(most, Math.floor(value + random.float()));
}

function isPermutation(order: Uint32Array, size: number): boolean {
  const seen = new Uint8Array(size);
  return order.length === size && order.every((i) => i < size && seen[i]!++ === 0);
}
