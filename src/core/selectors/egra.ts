// EGRA, edge-guided allocation: pixels at a picture's edges are somewhat likelier than others. The edges are known before
// training; errors play no part.
import type { Selector } from '../contracts.js';
import { choice, number, type SettingsOf } from '../settings.js';
import { BaseSelector, type Plan } from './base.js';
import type { Draw } from './draw.js';
import { edgesOf } from './parts/edges.js';
import { KeptPlaces } from './parts/kept-places.js';
import { countsAt, ratioAt, ratioSchedules, stepsFor } from './schedules.js';
import { defineStrategy, makeSelector, type OptionsOf, type SelectorContext } from './strategy.js';

const settings = {
  /** Share of the samples that a step trains on. Half, as EVOS compares it (Table 1). */
  ratio: number({ above: 0, max: 1, default: 0.5 }),
  /** How that share moves over the run. */
  schedule: choice(ratioSchedules, 'constant'),
  /** What an edge counts beside a pixel anywhere. As published, which makes an edge 1.39 times as likely. */
  edgeWeight: number({ min: 0, max: 1, default: 0.0025 }),
  /**
   * Whether edges are moved 6 to 9 pixels on, at random and anew at every step. `flat` is what the released code does: to the
   * right, from a row's end into the next row, from the last into the first.
   */
  jitter: choice(['flat', 'none'], 'flat'),
};

type Settings = SettingsOf<typeof settings>;

/** Thresholds of the edges, as published. */
const thresholds = [30, 40] as const;
/** What any pixel counts: 4,096 rays of a photograph of 800×800 pixels, as published. */
const anywhere = 4096 / 640_000;
/** How far an edge is moved: at least, and among how many distances. */
const [nearest, distances] = [6, 4];

/**
 * Marks where edges come to lie when each is moved along the flat index, beyond the last pixel to the first ones.
 * @param offset how far, of each edge in ascending order
 * @param marks `[N]`, 1 where one lies
 */
export function moveEdges(edges: Uint32Array, offset: () => number, marks: Uint8Array): void {
  marks.fill(0);
  for (let i = 0; i < edges.length; i++) marks[(edges[i]! + offset()) % marks.length] = 1;
}

/** How likely a draw is to be of an edge, over how likely it is to be of a pixel that is none: of one of either. */
export function edgeOdds(edgeWeight: number): number {
  return (edgeWeight + (1 - edgeWeight) * anywhere) / ((1 - edgeWeight) * anywhere);
}

/**
 * Draws ⌊βN⌋ pixels, one after the other and without repeats, each by p = w·edge + (1 − w)·4096/640000 with w the `edgeWeight`
 * and Canny's edges at 30 and 40, as the code that EVOS compares with does (at 3261484). Holds 13 bytes a sample.
 */
class EgraSelector extends BaseSelector {
  readonly #settings: Settings;
  readonly #steps: number;
  readonly #edges: Uint32Array;
  readonly #marks: Uint8Array;
  readonly #places: KeptPlaces;
  readonly #odds: number;

  constructor(context: SelectorContext, settings: Settings) {
    super('egra', context, settings);
    this.#settings = settings;
    this.#steps = stepsFor('egra', context.steps, settings.schedule !== 'constant');
    this.#odds = edgeOdds(settings.edgeWeight);
    this.#places = new KeptPlaces(context);
    this.#marks = edgesOf('egra', context).canny.edges(...thresholds);
    const edges: number[] = [];
    this.#marks.forEach((mark, i) => mark === 1 && edges.push(i));
    this.#edges = Uint32Array.from(edges);
    if (settings.jitter === 'none') this.#part();
  }

  protected choose(draw: Draw, most: number, step: number): Plan {
    const { schedule, ratio: initial, jitter } = this.#settings;
    const ratio = ratioAt(schedule, initial, step, this.#steps);
    const { random } = this;
    if (jitter === 'flat') {
      moveEdges(this.#edges, () => nearest + random.below(distances), this.#marks);
      this.#part();
    }
    const places = this.#places;
    const count = Math.min(most, countsAt(ratio, 0, places.count).total);
    const edges = this.#atEdges;
    // One draw after the other: an edge with the edges' share of what is left.
    let fromEdges = 0;
    for (let i = 0; i < count; i++) {
      const left = edges - fromEdges;
      // Divided, not multiplied: where edges count for everything, their odds are endless.
      const others = (places.count - edges - (i - fromEdges)) / this.#odds;
      if (random.float() * (left + others) < left) fromEdges++;
    }
    draw.take(places.drawBoth(edges, fromEdges, count - fromEdges, random));
    return { ratio };
  }

  /** How many places are at edges. */
  #atEdges = 0;

  /** Puts the places at edges last. */
  #part(): void {
    const { order, members, count } = this.#places;
    const marks = this.#marks;
    let [first, last] = [0, count];
    for (let i = 0; i < count; i++) {
      if (marks[members?.[i] ?? i] === 1) order[--last] = i;
      else order[first++] = i;
    }
    this.#atEdges = count - last;
  }
}

/** EGRA. */
export const egraStrategy = defineStrategy({
  name: 'egra',
  summary: "a share of the pixels, those at the picture's edges somewhat likelier (EGRA-NeRF)",
  settings,
  needs: ['prior'],
  create: (context, settings) => new EgraSelector(context, settings),
});

/**
 * Makes a selector by EGRA: it needs the prior `luma`, and the `shape` of the grid.
 * @throws ArgumentError naming the setting that is unknown or out of range
 * @example
 * const luma = new Float32Array(size);
 * const selector = egra({ size, ratio: 0.2, steps: 1000, shape: [480, 640], prior: () => luma });
 * const selection = selector.next();
 * selector.report(selection, {  });
 */
export function egra(options: OptionsOf<typeof egraStrategy.settings>): Selector {
  return makeSelector(egraStrategy, options);
}
