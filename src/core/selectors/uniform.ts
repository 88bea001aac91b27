// Uniform draws, the plain strategy that every other one is measured against: a share of the pool, drawn afresh at every
// step, or shuffled passes over pools too large for that.
import type { Selector } from '../contracts.js';
import { Passes } from '../numeric/permutation.js';
import { choice, number, toggle } from '../settings.js';
import type { State } from '../state.js';
import { BaseSelector, type Plan } from './base.js';
import type { Draw } from './draw.js';
import { Rejections } from './members.js';
import { countsAt, ratioSchedules } from './schedules.js';
import { ShareSelector } from './share.js';
import { defineStrategy, makeSelector, type OptionsOf, type SelectorContext } from './strategy.js';

/** Shuffled passes: every sample once before any comes again. No memory of the pool's size. */
class PassSelector extends BaseSelector {
  readonly #ratio: number;
  readonly #passes = new Passes();
  readonly #rejections: Rejections;

  constructor(context: SelectorContext, ratio: number) {
    super('uniform', context, { ratio, passes: true });
    this.#ratio = ratio;
    this.#rejections = new Rejections(context);
    this.#passes.start(this.size, this.random);
  }

  protected choose(draw: Draw, most: number): Plan {
    const asked = most < Infinity ? most : countsAt(this.#ratio, 0, this.size).total;
    draw.resize(asked);
    const { indices } = draw;
    for (let i = 0; i < asked;) {
      const index = this.#passes.next(this.random);
      if (!this.#rejections.rejects(index)) indices[i++] = index;
    }
    return {};
  }

  protected override state(): State {
    return { passes: this.#passes.part(() => this.size) };
  }
}

/** A uniform share of the pool. */
export const uniformStrategy = defineStrategy({
  name: 'uniform',
  summary: 'a share of the samples, drawn uniformly at every step',
  settings: {
    /** Share of the samples that a step trains on. Half, as EVOS has it, so that both do the same work. */
    ratio: number({ above: 0, max: 1, default: 0.5 }),
    /** How that share moves over the run. */
    schedule: choice(ratioSchedules, 'constant'),
    /**
     * Whether samples come in shuffled passes, every one once before any comes again: for pools too large to draw a share
     * of. The schedule is then not used.
     */
    passes: toggle(false),
  },
  // The stronger of the two baselines, at no cost.
  tiled: { passes: true },
  needs: [],
  create: (context, settings) =>
    settings.passes
      ? new PassSelector(context, settings.ratio)
      : new ShareSelector('uniform', context, settings),
});

/**
 * Makes a selector that draws ⌊ratio·N⌋ samples uniformly and without repeats at every step, or passes over the pool.
 * @throws ArgumentError naming the setting that is unknown or out of range
 * @example
 * const selector = uniform({ size, batchSize: 256 });
 * console.log(selector.next().indices.length); // 256
 */
export function uniform(options: OptionsOf<typeof uniformStrategy.settings>): Selector {
  return makeSelector(uniformStrategy, options);
}
