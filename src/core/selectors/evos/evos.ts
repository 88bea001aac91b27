// EVOS (Zhang et al., CVPR 2025): individuals evolve while the network trains. Where there are samples few enough to
// evaluate, they are the individuals; where the pool has tiles, those are.
import type { Selector } from '../../contracts.js';
import { EvosSampleSelector } from './samples.js';
import { EvosTileSelector, hasPatches } from './tiles.js';
import { evosSettings } from './settings.js';
import { checkMutation } from '../schedules.js';
import { defineStrategy, makeSelector, type OptionsOf } from '../strategy.js';

/**
 * EVOS. "Official" is the EVOS code at commit 3261484.
 *
 * Over samples it evaluates the whole pool now and then, trains on all of it there, and wants errors of every sample back.
 * In between it trains on ⌊βN⌋ samples: the fittest by crossover of error and frequency fitness, and ⌊αN⌋ drawn uniformly
 * from the others, afresh each step. Memory is about 50 bytes a sample, allocated when the selector is made.
 *
 * Over tiles nothing is evaluated whole: see `EvosTileSelector`.
 */
export const evosStrategy = defineStrategy({
  name: 'evos',
  summary: 'the fittest by evaluations of everything, and random others (EVOS, CVPR 2025)',
  settings: evosSettings,
  tiled: {
    // The interval that the published one ends with: a tile's fitness changes no faster than a sample's.
    interval: 50,
    // Differences of residuals without structure have twice their squares: halved, both fitnesses are of one size.
    frequencyWeight: 0.5,
  },
  needs: ['errors'],
  create: (context, settings) => {
    checkMutation(settings.mutation, settings.mutationShare);
    const { layout } = context;
    return layout !== undefined && hasPatches(layout)
      ? new EvosTileSelector('evos', context, layout, settings)
      : new EvosSampleSelector('evos', context, settings);
  },
});

/**
 * Makes a selector by EVOS.
 * @throws ArgumentError naming the setting that is unknown or out of range
 * @example
 * const selector = evos({ size, ratio: 0.2, steps: 1000, crossover: 'no' });
 * const selection = selector.next();
 * selector.report(selection, { errors: await mine.train(selection.indices) });
 */
export function evos(options: OptionsOf<typeof evosSettings>): Selector {
  return makeSelector(evosStrategy, options);
}
