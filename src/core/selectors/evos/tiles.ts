// EVOS where nothing can be evaluated whole: individuals are tiles; their fitness is a running mean of the errors that
// training reports anyway. A small share of every batch are 2×2 patches that go round all tiles in turn: no tile is
// forgotten, and the differences inside a patch tell its frequency fitness. Every so many steps crossover orders the
// tiles anew; in between, steps draw from the fittest tiles and from the others.
import type { Need, Snapshot, TileLayout, Want } from '../../contracts.js';
import { ArgumentError } from '../../errors.js';
import { Passes } from '../../numeric/permutation.js';
import type { Random } from '../../numeric/random.js';
import { RunningMeans } from '../../numeric/running-means.js';
import type { Ramp } from '../../settings.js';
import { array, fields, permutation, type State } from '../../state.js';
import { BaseSelector, type Plan } from '../base.js';
import { Crossover } from '../crossover.js';
import type { Draw } from '../draw.js';
import type { Found } from '../feedback.js';
import { checkFitness } from '../fitness.js';
import { Rejections, TileMembers } from '../members.js';
import { tileMemory } from '../root-errors.js';
import { countsAt } from '../schedules.js';
import type { SelectorContext } from '../strategy.js';
import type { EvosSettings } from './settings.js';
import { measureTiles, type TileMeasures } from '../tile-layout.js';
import { TilePlaces } from '../tile-places.js';

/** Tiles that know which of their samples are neighbours. */
export interface PatchLayout extends TileLayout {
  readonly patchAt: NonNullable<TileLayout['patchAt']>;
}

/** Whether the tiles of a layout have patches. */
export function hasPatches(layout: TileLayout): layout is PatchLayout {
  return layout.patchAt !== undefined;
}

/** How often a patch is drawn again inside its tile where a sample is excluded, and how many tiles are tried. */
const patchTries = 4;
/** After so many excluded samples in a row, a group of tiles counts as wholly excluded, and any tile is drawn from. */
const mostRejected = 4096;

/**
 * A draw of n samples has ⌊evaluationShare·n/4⌋ patches, rounded at random, of as many tiles: every tile once in a pass,
 * in random order. Of the others, the share that the elite tiles have in the samples of elite and mutant tiles comes from
 * elite tiles, the rest from all that are not elite; in either, tiles come in shuffled passes, and so do the samples of
 * each tile. That differs from the published mutation in one way: mutant tiles are not listed afresh at each step, since
 * a batch is too small to tell. Until the first crossover, after `interval` draws, every tile is alike.
 *
 * Costs O(n) a draw and O(tiles) a crossover, and 40 bytes a tile. Where samples are excluded, tiles count by those that are
 * not, a tile without any is never among the elite, and weights are approximate.
 */
export class EvosTileSelector extends BaseSelector {
  readonly #layout: PatchLayout;
  readonly #measures: TileMeasures;
  readonly #places: TilePlaces;
  readonly #rejections: Rejections;
  readonly #members: TileMembers;
  readonly #settings: EvosSettings;
  readonly #mutationShare: number;
  readonly #interval: number;
  readonly #wants: readonly Want[];
  readonly #error: RunningMeans;
  readonly #frequency: RunningMeans;
  /** Frequency fitness of the patches of one report. */
  #ofPatches = new Float32Array(0);
  readonly #crossover: Crossover;
  /** Both fitnesses, filled up, of the crossover under way. */
  readonly #scratch: readonly [Float32Array, Float32Array];
  readonly #isElite: Uint8Array;
  /** How often it has drawn, and tiles and samples of the elite: none before the first crossover. */
  readonly #now = { draws: 0, elite: 0, eliteSamples: 0 };
  /** Walks over the elite, over the others, and over all tiles for patches. */
  readonly #walks = [new Passes(), new Passes(), new Passes()] as const;
  readonly #patch = new Uint32Array(4);

  constructor(strategy: string, context: SelectorContext, layout: PatchLayout, settings: EvosSettings) {
    const { count } = layout;
    const measures = measureTiles(layout, context.size);
    const wants: readonly Want[] =
      context.patchOperator === undefined ? ['errors'] : ['errors', 'predictions'];
    const needs: readonly Need[] = settings.correction > 0 ? [...wants, 'weights'] : wants;
    super(strategy, context, { ...settings, tiles: count, layout: measures.checksum }, needs);
    this.#layout = layout;
    this.#measures = measures;
    this.#places = new TilePlaces(count, this.random);
    this.#rejections = new Rejections(context);
    this.#members = new TileMembers(layout, context);
    this.#settings = settings;
    if (settings.schedule !== 'constant') {
      throw new ArgumentError(
        `Over tiles the ratio stays: schedule must be constant, got '${settings.schedule}'.`,
      );
    }
    this.#mutationShare = fixed('mutationShare', settings.mutationShare);
    this.#interval = fixed('interval', settings.interval);
    this.#wants = wants;
    const { elite, mutants } = countsAt(settings.ratio, this.#mutationShare * settings.ratio, count);
    // What is neither elite nor ever a mutant comes in patches or not at all.
    if (settings.correction > 0 && elite < count && mutants === 0 && settings.evaluationShare === 0) {
      throw new ArgumentError(
        'correction needs every sample to be drawn now and then, but evaluationShare is 0 and mutationShare comes to none ' +
          `of ${count} tiles: set one higher, or correction to 0.`,
      );
    }
    this.#error = new RunningMeans(count, tileMemory);
    this.#frequency = new RunningMeans(count, tileMemory);
    this.#crossover = new Crossover(count, false);
    this.#scratch = [new Float32Array(count), new Float32Array(count)];
    this.#isElite = new Uint8Array(count);
    this.#startWalks();
    this.#walks[2].start(count, this.random);
  }

  protected choose(draw: Draw, most: number): Plan {
    if (this.#now.draws > 0 && this.#now.draws % this.#interval === 0) this.#cross();
    this.#now.draws++;
    const n = most < Infinity ? most : countsAt(this.#settings.ratio, 0, this.size).total;
    draw.resize(n, true);
    const wanted = Math.min((n * this.#settings.evaluationShare) / 4, n >> 2);
    const patches = this.#drawPatches(roundedAtRandom(wanted, n >> 2, this.random), draw);
    draw.patches = patches;
    const share = this.#eliteShare();
    const elite = roundedAtRandom((n - 4 * patches) * share, n - 4 * patches, this.random);
    this.#drawFrom(0, this.#now.elite, 4 * patches, 4 * patches + elite, draw);
    this.#drawFrom(1, this.#layout.count - this.#now.elite, 4 * patches + elite, n, draw);
    const { correction } = this.#settings;
    if (correction > 0) this.#invert(wanted, share, draw);
    this.#toSamples(draw);
    draw.weigh(correction);
    return { wants: this.#wants };
  }

  protected override learn(draw: Draw, { errors, predictions, targets, frequency }: Found): void {
    const { individuals, patches } = draw;
    if (errors === undefined) return;
    const fitness = frequency ?? this.#patchFitness(patches, predictions, targets);
    for (let i = 0; i < errors.length; i++) this.#error.see(individuals[i] as number, errors[i] as number);
    if (fitness === undefined) return;
    for (let p = 0; p < patches; p++) this.#frequency.see(individuals[4 * p] as number, fitness[p] as number);
  }

  protected override state(): State {
    const [ofElite, ofOthers, ofPatches] = this.#walks;
    const { count } = this.#layout;
    const eliteIn = ({ values }: Snapshot): number => Number(values['elite']);
    return {
      ...this.#places.state,
      ...this.#error.state('error', 'tiles'),
      ...this.#frequency.state('frequency', 'tiles'),
      order: permutation(this.#crossover.order, 'tiles'),
      isElite: array(this.#isElite),
      ...fields(
        this.#now,
        (value, name) => value >= 0 && (name !== 'elite' || value === 0 || value === this.#counts().elite),
      ),
      ofElite: ofElite.part((snapshot) => Math.max(1, eliteIn(snapshot))),
      ofOthers: ofOthers.part((snapshot) => Math.max(1, count - eliteIn(snapshot))),
      ofPatches: ofPatches.part(() => count),
    };
  }

  #counts(): { readonly elite: number; readonly mutants: number } {
    const { ratio } = this.#settings;
    return countsAt(ratio, this.#mutationShare * ratio, this.#members.tiles);
  }

  /** Orders the tiles by what is known of them, if anything is. */
  #cross(): void {
    const { crossover, frequencyWeight } = this.#settings;
    const [errors, frequency] = this.#scratch;
    if (!this.#error.fill(errors)) return;
    const known = this.#frequency.fill(frequency);
    this.#members.putLast(errors);
    this.#members.putLast(frequency);
    const { elite } = this.#counts();
    this.#crossover.update(crossover, errors, known ? frequency : undefined, frequencyWeight, elite);
    this.#now.elite = elite;
    this.#now.eliteSamples = 0;
    this.#isElite.fill(0);
    for (const tile of this.#crossover.order.subarray(this.#layout.count - elite)) {
      this.#isElite[tile] = 1;
      this.#now.eliteSamples += this.#members.of(tile);
    }
    this.#startWalks();
  }

  #startWalks(): void {
    this.#walks[0].start(Math.max(1, this.#now.elite), this.random);
    this.#walks[1].start(Math.max(1, this.#layout.count - this.#now.elite), this.random);
  }

  /** The elite's share of the samples of elite and mutants. */
  #eliteShare(): number {
    const { tiles, samples } = this.#members;
    const others = tiles - this.#now.elite;
    if (this.#now.elite === 0) return 0;
    if (others === 0) return 1;
    const mutants = (this.#counts().mutants / others) * (samples - this.#now.eliteSamples);
    return this.#now.eliteSamples / (this.#now.eliteSamples + mutants);
  }

  /** @returns how many patches there are: fewer than asked for where too many samples are excluded */
  #drawPatches(patches: number, { indices, individuals }: Draw): number {
    const [patch, random, walk] = [this.#patch, this.random, this.#walks[2]];
    let drawn = 0;
    for (let tries = patchTries * patches; drawn < patches && tries > 0; tries--) {
      const tile = walk.next(random);
      if (!this.#findPatch(tile)) continue;
      for (let k = 0, at = 4 * drawn; k < 4; k++, at++) {
        individuals[at] = tile;
        // The place for now; what a sample weighs goes by it.
        indices[at] = patch[k] as number;
      }
      drawn++;
    }
    return drawn;
  }

  /** Draws a patch without an excluded sample. @returns whether there is one */
  #findPatch(tile: number): boolean {
    const [layout, patch] = [this.#layout, this.#patch];
    for (let tries = 0; tries < patchTries; tries++) {
      layout.patchAt(tile, this.random, patch);
      if (!this.#rejections.possible) return true;
      if (!patch.some((place) => this.#rejections.rejects(layout.sampleAt(tile, place)))) return true;
    }
    return false;
  }

  /** Draws from one group of tiles, the elite (0) or the others (1), `tiles` of them. */
  #drawFrom(group: 0 | 1, tiles: number, start: number, end: number, { indices, individuals }: Draw): void {
    const [layout, places, rejections] = [this.#layout, this.#places, this.#rejections];
    const [random, walk] = [this.random, this.#walks[group]];
    const excludes = rejections.possible;
    const { order } = this.#crossover;
    const { least, largest } = this.#measures;
    const first = group === 0 ? order.length - tiles : 0;
    for (let at = start, rejected = 0; at < end;) {
      const tile =
        rejected < mostRejected ? (order[first + walk.next(random)] as number) : random.below(order.length);
      const size = layout.sizeOf(tile);
      // Smaller tiles are passed over in proportion: it is samples that are drawn uniformly.
      if (least < largest && random.below(largest) >= size) continue;
      const place = places.next(tile, size);
      if (excludes && rejections.rejects(layout.sampleAt(tile, place))) {
        rejected++;
        continue;
      }
      rejected = 0;
      individuals[at] = tile;
      indices[at++] = place;
    }
  }

  #toSamples({ indices, individuals, size }: Draw): void {
    const layout = this.#layout;
    for (let at = 0; at < size; at++) {
      indices[at] = layout.sampleAt(individuals[at] as number, indices[at] as number);
    }
  }

  /** Says how likely each place was to come up in this draw, one way or the other. */
  #invert(patches: number, share: number, { indices, individuals, inverse, size: n }: Draw): void {
    const layout = this.#layout;
    const { tiles, samples } = this.#members;
    const rest = n - 4 * patches;
    const ofElite = share > 0 ? (rest * share) / this.#now.eliteSamples : 0;
    const ofOthers = share < 1 ? (rest * (1 - share)) / (samples - this.#now.eliteSamples) : 0;
    const perTile = patches / tiles;
    for (let at = 0; at < n; at++) {
      const tile = individuals[at] as number;
      const place = indices[at] as number;
      const drawn = this.#isElite[tile] === 1 ? ofElite : ofOthers;
      const patched = perTile > 0 ? perTile * (layout.coverage?.(tile, place) ?? 4 / layout.sizeOf(tile)) : 0;
      inverse[at] = n / (samples * (drawn + patched));
    }
  }

  #patchFitness(
    patches: number,
    predictions: Float32Array | undefined,
    targets: Float32Array | undefined,
  ): Float32Array | undefined {
    const { patchOperator } = this.context;
    if (patches === 0 || predictions === undefined || targets === undefined) return undefined;
    if (patchOperator === undefined) return undefined;
    if (this.#ofPatches.length !== patches) this.#ofPatches = new Float32Array(patches);
    const sum = patchOperator(predictions, targets, patches, this.#ofPatches);
    if (!(sum < Infinity)) checkFitness('The frequency fitness', this.#ofPatches);
    return this.#ofPatches;
  }
}

/** @throws ArgumentError unless a number stays the same */
function fixed(name: string, value: Ramp): number {
  if (typeof value === 'number') return value;
  throw new ArgumentError(
    `Over tiles ${name} stays the same: it must be one number, got ${value.from}:${value.to}.`,
  );
}

/** Rounds up as often as the fraction says; up to `most`. */
function roundedAtRandom(value: number, most: number, random: Random): number {
  return Math.min(most, Math.floor(value + random.float()));
}
