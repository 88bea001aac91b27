// NINT as its released code has it (Zhang et al., CVPR 2026): its Jacobian–vector product keeps the wrong one of two values, so
// that what it calls the kernel's score is the square of the prediction, and after some thirty steps there is none of it.
import type { Selector, Want } from '../../contracts.js';
import { exp } from '../../numeric/exact-math.js';
import { choice, number, type SettingsOf } from '../../settings.js';
import { fields, type State } from '../../state.js';
import type { Found } from '../feedback.js';
import { ScoringSelector, type Ranking, type StepParts } from '../parts/scoring.js';
import { countsAt, ratioAt, ratioSchedules, stepsFor } from '../schedules.js';
import { defineStrategy, makeSelector, type OptionsOf, type SelectorContext } from '../strategy.js';

const settings = {
  /** Share of the samples that a step trains on. A fifth, as released. */
  ratio: number({ above: 0, max: 1, default: 0.2 }),
  /** How that share moves over the run. */
  schedule: choice(ratioSchedules, 'constant'),
};

type Settings = SettingsOf<typeof settings>;

const both = ['absolute', 'predictions'] as const;
const errorAlone = ['absolute'] as const;
/** Share of a step that is random, and that is not. */
const [random, chosen] = [0.7, 0.3];
/** Of a smaller share nothing is taken. */
const least = 1e-3;

/** The share of the u-th step that goes by the "kernel's score", before it is cut off: 0.3·exp(⌊−2u/10⌋). */
export function releasedShare(u: number): number {
  const share = chosen * exp(Math.floor((-2 * u) / 10));
  return share < least ? 0 : share;
}

/**
 * A pass to score before every step. At steps 1, 10, 20, … the highest ‖prediction‖² are found; these stay until they are
 * found anew or their share is nothing. Of the others, those of the largest Σ_c |prediction − target| fill three tenths of the
 * ⌊βN⌋ samples, and random ones the rest.
 */
class ReleasedSelector extends ScoringSelector {
  readonly #settings: Settings;
  readonly #steps: number;
  /** How many the "kernel's score" chose last. */
  readonly #last = { found: 0 };

  constructor(context: SelectorContext, settings: Settings) {
    super('nint-released', context, settings, both);
    this.#settings = settings;
    this.#steps = stepsFor('nint-released', context.steps, settings.schedule !== 'constant');
  }

  protected wantsBefore(step: number, known: boolean): readonly Want[] {
    return finds(step, known) ? both : errorAlone;
  }

  protected rank({ absolute, predictions }: Found, step: number, known: boolean): readonly Ranking[] {
    const { total, elite } = this.#counts(step);
    const share = releasedShare(step);
    const most = finds(step, known) ? Math.floor(share * total) : share > 0 ? this.#last.found : 0;
    const found = Math.min(elite, most);
    this.#last.found = found;
    const first =
      predictions !== undefined && finds(step, known)
        ? { scores: squares(predictions, this.count), count: found }
        : { count: found };
    return absolute === undefined ? [first] : [first, { scores: absolute, count: elite - found }];
  }

  protected partsOf(step: number, kept: number): StepParts {
    const { ratio, total } = this.#counts(step);
    return { ratio, random: Math.max(0, total - kept) };
  }

  protected override state(): State {
    return { ...super.state(), ...fields(this.#last, (value) => value >= 0 && value <= this.count) };
  }

  #counts(step: number) {
    const { schedule, ratio: initial } = this.#settings;
    const ratio = ratioAt(schedule, initial, step, this.#steps);
    return { ratio, ...countsAt(ratio, ratio * random, this.count) };
  }
}

/** Whether a step looks for the highest predictions, for what they are called. */
function finds(step: number, known: boolean): boolean {
  return releasedShare(step) > 0 && (!known || step === 1 || step % 10 === 0);
}

/** Σ_c prediction² of each sample. */
function squares(predictions: Float32Array, count: number): Float32Array {
  const channels = predictions.length / count;
  const sums = new Float32Array(count);
  predictions.forEach((value, at) => (sums[Math.floor(at / channels)]! += value * value));
  return sums;
}

/** NINT as released. */
export const nintReleasedStrategy = defineStrategy({
  name: 'nint-released',
  summary:
    "three tenths by error, by looking at everything before every step, and random others (NINT's code)",
  settings,
  needs: [...both, 'score'],
  create: (context, settings) => new ReleasedSelector(context, settings),
});

/**
 * Makes a selector by NINT's released code: a pass to score comes before every step.
 * @throws ArgumentError naming the setting that is unknown or out of range
 * @example
 * const selector = nintReleased({ size, ratio: 0.2, steps: 1000, shape: [480, 640] });
 * const selection = selector.next();
 * selector.report(selection, { absolute: await mine.train(selection.indices), tangents: await mine.train(selection.indices) });
 */
export function nintReleased(options: OptionsOf<typeof nintReleasedStrategy.settings>): Selector {
  return makeSelector(nintReleasedStrategy, options);
}
