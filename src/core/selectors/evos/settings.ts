// What `evos` can be told. "Official" is the EVOS code at commit 3261484.
import { choice, number, ramp, toggle, type SettingsOf } from '../../settings.js';
import { crossoverMethods } from '../crossover.js';
import { mutationKinds, ratioSchedules } from '../schedules.js';

/** The settings, declared. */
export const evosSettings = {
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
};

/** Their values. */
export type EvosSettings = SettingsOf<typeof evosSettings>;
