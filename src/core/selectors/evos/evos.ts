// EVOS (Zhang et al., CVPR 2025): individuals evolve while the network trains. Where there are samples few enough to
// evaluate, they are the individuals; where the pool has tiles, those are.
import type { Selector } from '../../contracts.js';
import { choice, number, ramp, toggle } from '../../settings.js';
import { crossoverMethods } from '../crossover.js';
import { EvosSampleSelector } from './samples.js';
import { EvosTileSelector, hasPatches } from './tiles.js';
import { checkMutation, mutationKinds, ratioSchedules } from '../schedules.js';
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
  settings: {
    /** Share β₀ of the pool, or of the tiles, that a step trains on. The paper's main setting, half the work (Table 1). */
    ratio: number({ above: 0, max: 1, default: 0.5 }),
    /** How that share moves over the run. Official; a constant share is also the easiest to compare with. */
    schedule: choice(ratioSchedules, 'constant'),
    /**
     * Steps between evaluations, which may move over the run; over tiles, steps between crossovers. Official, "lin_dec":
     * evaluating took 1.3 % of the training time in the paper.
     */
    interval: ramp({ whole: true, min: 1, default: { from: 100, to: 50 } }),
    /** How error and frequency fitness come together. Official: the paper's "frequency-guided crossover". */
    crossover: choice(crossoverMethods, 'select'),
    /** How the share of random samples moves over the run. Official. */
    mutation: choice(mutationKinds, 'constant'),
    /** Share of a step's samples that is drawn at random, which may move over the run. Half of them: official. */
    mutationShare: ramp({ min: 0, max: 1, default: 0.5 }),
    /**
     * Weight λ of frequency fitness beside the error in the crossover. Brings squared Laplacians of 0–255 images to the
     * scale of squared errors in [−1, 1]. Official.
     */
    frequencyWeight: number({ min: 0, default: 1e-5 }),
    /** Whether steps carry the cross-frequency loss term (EVOS, Sec. 3.4), where the selector has a frequency operator. */
    crossFrequency: toggle(true),
    /** Share of the steps up to which every step carries that term; evaluating steps carry it throughout. Official. */
    crossFrequencyUntil: number({ min: 0, max: 1, default: 0.3 }),
    /**
     * Over tiles, the share of every batch that goes round all tiles in 2×2 patches: they keep every tile's fitness fresh
     * and tell its frequency fitness. Nine tenths of a batch stay for what is chosen.
     */
    evaluationShare: number({ min: 0, max: 1, default: 0.1 }),
    /**
     * Over tiles, the importance correction: weights are (1/(N·q))^correction, with q a sample's likelihood. 1 keeps the
     * weighted loss unbiased and gives away most of what choosing gains.
     */
    correction: number({ min: 0, max: 1, default: 0 }),
  },
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

/** Makes a selector by EVOS. */
export function evos(options: OptionsOf<typeof evosStrategy.settings>): Selector {
  return makeSelector(evosStrategy, options);
}
