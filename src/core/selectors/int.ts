// INT, nonparametric teaching (Zhang et al., ICML 2024): the teacher looks at every sample and shows the network those that
// it has most wrong, until it looks again.
import type { Selector, Want } from '../contracts.js';
import { choice, number, type SettingsOf } from '../settings.js';
import type { Found } from './feedback.js';
import { countsAt, ratioAt, ratioSchedules, samplesAt, samplingSchedules, stepsFor } from './schedules.js';
import { ScoringSelector, type Ranking, type StepParts } from './parts/scoring.js';
import { defineStrategy, makeSelector, type OptionsOf, type SelectorContext } from './strategy.js';

const settings = {
  /** Share of the samples that a step trains on. Half, as EVOS compares it (Table 1); INT's own scripts have a fifth. */
  ratio: number({ above: 0, max: 1, default: 0.5 }),
  /** How that share moves over the run. It counts when samples are chosen; INT's own scripts have `step`. */
  schedule: choice(ratioSchedules, 'constant'),
  /**
   * When all samples are looked at: always, every second step, always for a quarter and then less and less, or more and more
   * often. `incremental` is what INT's own scripts have.
   */
  sampling: choice(samplingSchedules, 'incremental'),
};

type Settings = SettingsOf<typeof settings>;

const wants = ['absolute'] as const;
const nothing = [] as const;

/**
 * A pass to score when `sampling` says so; then the ⌊βN⌋ samples of the largest Σ_c |prediction − target| (INT, Algorithm 1)
 * until the next one. Schedules count steps from 0, as the published code does.
 */
class IntSelector extends ScoringSelector {
  readonly #settings: Settings;
  readonly #steps: number;

  constructor(context: SelectorContext, settings: Settings) {
    super('int', context, settings, wants);
    this.#settings = settings;
    const { schedule, sampling } = settings;
    const moves = schedule !== 'constant' || !sampling.startsWith('dense');
    this.#steps = stepsFor('int', context.steps, moves);
  }

  protected wantsBefore(step: number, known: boolean): readonly Want[] {
    return !known || samplesAt(this.#settings.sampling, step, this.#steps) ? wants : nothing;
  }

  protected rank({ absolute }: Found, step: number): readonly Ranking[] {
    return absolute === undefined
      ? []
      : [{ scores: absolute, count: countsAt(this.#ratio(step), 0, this.count).total }];
  }

  protected partsOf(step: number): StepParts {
    return { ratio: this.#ratio(step), random: 0 };
  }

  #ratio(step: number): number {
    const { schedule, ratio } = this.#settings;
    return ratioAt(schedule, ratio, step - 1, this.#steps);
  }
}

/** INT. */
export const intStrategy = defineStrategy({
  name: 'int',
  summary: 'those of the largest error, by looking at everything now and then (INT, ICML 2024)',
  settings,
  needs: ['absolute', 'score'],
  create: (context, settings) => new IntSelector(context, settings),
});

/**
 * Makes a selector by INT: it hands out passes to score over the whole pool, and needs `absolute` of every sample back.
 * @throws ArgumentError naming the setting that is unknown or out of range
 * @example
 * const selector = int({ size, ratio: 0.2, steps: 1000 });
 * const selection = selector.next();
 * selector.report(selection, { absolute: await mine.train(selection.indices) });
 */
export function int(options: OptionsOf<typeof intStrategy.settings>): Selector {
  return makeSelector(intStrategy, options);
}
