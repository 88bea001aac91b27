// Expansive supervision: the pixels at a picture's edges are trained on at every step, and stand for others like them; the rest
// of a step is random. The edges are known before training; errors play no part.
import type { Selector } from '../contracts.js';
import { Canny, otsu } from '../numeric/canny.js';
import { choice, number, type SettingsOf } from '../settings.js';
import { BaseSelector, type Plan } from './base.js';
import type { Draw } from './draw.js';
import { edgesOf, type Edges } from './parts/edges.js';
import { KeptPlaces } from './parts/kept-places.js';
import { countsAt, ratioAt, ratioSchedules, stepsFor } from './schedules.js';
import { defineStrategy, makeSelector, type OptionsOf, type SelectorContext } from './strategy.js';

const settings = {
  /** Share of the samples that a step trains on. Half, as EVOS compares it (Table 1). */
  ratio: number({ above: 0, max: 1, default: 0.5 }),
  /** How that share moves over the run. How many are at edges stays as it is at first. */
  schedule: choice(ratioSchedules, 'constant'),
  /** Share of a step's samples, at first, that are at edges. Half of them, as published. */
  edgeShare: number({ min: 0, max: 1, default: 0.5 }),
  /**
   * How the upper threshold of the edges is found. `released`: as the released code does, which may go below 0 or never
   * settle, and then takes what it has after 100 tries; `bisection`: the threshold that comes closest.
   */
  thresholdSearch: choice(['released', 'bisection'], 'released'),
};

type Settings = SettingsOf<typeof settings>;

/** Lower threshold over Otsu's. */
const lower = 0.5;
/** What the released search takes: how fast it goes, how many more tries, how far from the aim is near enough. */
const [speed, tries, near] = [15, 100, 0.2];
/** No |dx| + |dy| is above it. */
const steepest = 2040;

/** Edges, how large a share of the pixels they are, and what thresholds were tried for them. */
export interface FoundEdges {
  readonly edges: Uint8Array;
  /** The upper thresholds in turn. */
  readonly tried: readonly number[];
}

/** Edges of about a share of the pixels, by the released code's search. @param anchor Otsu's threshold */
export function searchAsReleased(canny: Canny, anchor: number, share: number): FoundEdges {
  const tried: number[] = [];
  for (let factor = 1; ;) {
    const edges = canny.edges(lower * anchor, factor * anchor);
    tried.push(factor * anchor);
    const area = shareOf(edges);
    if (Math.abs(area - share) <= near * share || tried.length > tries) return { edges, tried };
    factor *= 1 + speed * (area - share);
  }
}

/** Edges of about a share of the pixels: the upper threshold that comes closest. The lower it is, the more they are. */
export function searchByBisection(canny: Canny, anchor: number, share: number): FoundEdges {
  const at = (threshold: number): Uint8Array => canny.edges(lower * anchor, threshold);
  const tried: number[] = [];
  let [low, high] = [0, steepest];
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    tried.push(middle);
    if (shareOf(at(middle)) > share) low = middle;
    else high = middle;
  }
  const [more, fewer] = [at(low), at(high)];
  const closer = share - shareOf(fewer) <= shareOf(more) - share ? fewer : more;
  return { edges: closer, tried };
}

/** Edges made two pixels wide, to the right and down. */
export function dilate(edges: Uint8Array, { width }: Edges['grid']): Uint8Array {
  return edges.map((edge, i) => {
    const left = i % width > 0 ? 1 : 0;
    return edge | edges[i - left]! | (i < width ? 0 : edges[i - width]! | edges[i - width - left]!);
  });
}

function shareOf(edges: Uint8Array): number {
  let count = 0;
  for (let i = 0; i < edges.length; i++) count += edges[i]!;
  return count / edges.length;
}

/**
 * Every step trains on ⌊`edgeShare`·β₀N⌋ pixels at edges, chosen once, and on random others, ⌊βN⌋ in all, as the code that EVOS
 * compares with does (at 3261484): Canny's edges between half of Otsu's threshold and an upper one that leaves about so many,
 * made two pixels wide; what is too many is taken away at random. Holds 12 bytes a sample.
 */
class ExpansiveSelector extends BaseSelector {
  readonly #settings: Settings;
  readonly #steps: number;
  readonly #places: KeptPlaces;
  /** How many are at edges. */
  readonly #kept: number;

  constructor(context: SelectorContext, settings: Settings) {
    super('expansive', context, settings);
    this.#settings = settings;
    this.#steps = stepsFor('expansive', context.steps, settings.schedule !== 'constant');
    this.#places = new KeptPlaces(context);
    this.#kept = this.#keep(edgesOf('expansive', context));
  }

  protected choose(draw: Draw, most: number, step: number): Plan {
    const ratio = ratioAt(this.#settings.schedule, this.#settings.ratio, step, this.#steps);
    const { total } = countsAt(ratio, 0, this.#places.count);
    const kept = Math.min(this.#kept, total);
    draw.take(
      kept < this.#kept
        ? this.#places.drawBoth(this.#kept, Math.min(most, kept), 0, this.random)
        : this.#places.draw(kept, total - kept, most, this.random),
    );
    return { ratio };
  }

  /** Puts the pixels at edges last. @returns how many they are */
  #keep({ grid, luma, canny }: Edges): number {
    const { ratio, edgeShare, thresholdSearch } = this.#settings;
    const { order, members, count } = this.#places;
    const share = edgeShare * ratio;
    const search = thresholdSearch === 'released' ? searchAsReleased : searchByBisection;
    const wide = dilate(search(canny, otsu(luma), share).edges, grid);
    let [first, last] = [0, count];
    for (let i = 0; i < count; i++) {
      if (wide[members?.[i] ?? i] === 1) order[--last] = i;
      else order[first++] = i;
    }
    const most = Math.floor(share * count);
    // The first ones of a shuffle go back to the others.
    for (; count - last > most; last++) {
      const other = last + this.random.below(count - last);
      [order[last], order[other]] = [order[other]!, order[last]!];
    }
    return count - last;
  }
}

/** Expansive supervision. */
export const expansiveStrategy = defineStrategy({
  name: 'expansive',
  summary: "the pixels at the picture's edges, and random others (Expansive Supervision)",
  settings,
  needs: ['prior'],
  create: (context, settings) => new ExpansiveSelector(context, settings),
});

/**
 * Makes a selector by expansive supervision: it needs the prior `luma`, and the `shape` of the grid.
 * @throws ArgumentError naming the setting that is unknown or out of range
 * @example
 * const luma = new Float32Array(size);
 * const selector = expansive({ size, ratio: 0.2, steps: 1000, shape: [480, 640], prior: () => luma });
 * const selection = selector.next();
 * selector.report(selection, {  });
 */
export function expansive(options: OptionsOf<typeof expansiveStrategy.settings>): Selector {
  return makeSelector(expansiveStrategy, options);
}
