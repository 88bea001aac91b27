// NINT (Zhang et al., CVPR 2026, arXiv 2511.15487), as its paper has it: an error counts for how strongly learning from it moves
// the network's answers everywhere, which the neural tangent kernel tells.
import type { Selector, Want } from '../../contracts.js';
import { exp } from '../../numeric/exact-math.js';
import { choice, integer, number, type SettingsOf } from '../../settings.js';
import type { Found } from '../feedback.js';
import { ScoringSelector, type Ranking, type StepParts } from '../parts/scoring.js';
import { countsAt, ratioAt, ratioSchedules, stepsFor } from '../schedules.js';
import { defineStrategy, makeSelector, type OptionsOf, type SelectorContext } from '../strategy.js';

const settings = {
  /** Share of the samples that a step trains on. A fifth, as published. */
  ratio: number({ above: 0, max: 1, default: 0.2 }),
  /** How that share moves over the run. Between passes over everything it is the random samples that grow or shrink. */
  schedule: choice(ratioSchedules, 'constant'),
  /** Share ξ of a step's samples that is random, afresh at every step. As published. */
  randomShare: number({ min: 0, max: 1, default: 0.7 }),
  /** How fast the kernel gives way to the error: by exp(−λt/α). λ as published. */
  kernelDecay: number({ min: 0, default: 1 }),
  /** Steps α from one pass over everything to the next. As published. */
  scoreEvery: integer({ min: 1, default: 10 }),
};

type Settings = SettingsOf<typeof settings>;

const both = ['absolute', 'tangents'] as const;
const errorAlone = ['absolute'] as const;
const nothing = [] as const;

/**
 * Every α steps a pass to score: of a step's ⌊βN⌋ samples a share (1 − ξ)·exp(−λs/α) are those of the highest ‖J·Jᵀg‖, over all
 * samples, the rest of 1 − ξ those of the largest Σ_c |prediction − target| among the others; both stay until the next pass.
 * Steps s count from 0. Where the kernel's share comes to no sample, tangents are not asked for.
 */
class NintSelector extends ScoringSelector {
  readonly #settings: Settings;
  readonly #steps: number;

  constructor(context: SelectorContext, settings: Settings) {
    super('nint', context, settings, both);
    this.#settings = settings;
    this.#steps = stepsFor('nint', context.steps, settings.schedule !== 'constant');
  }

  protected wantsBefore(step: number, known: boolean): readonly Want[] {
    if (known && (step - 1) % this.#settings.scoreEvery !== 0) return nothing;
    return this.#counts(step).kernel > 0 ? both : errorAlone;
  }

  protected rank({ absolute, tangents }: Found, step: number): readonly Ranking[] {
    const { kernel, error } = this.#counts(step);
    const byKernel = tangents === undefined || kernel === 0 ? [] : [{ scores: tangents, count: kernel }];
    return absolute === undefined ? byKernel : [...byKernel, { scores: absolute, count: error }];
  }

  protected partsOf(step: number, kept: number): StepParts {
    const { ratio, total } = this.#counts(step);
    return { ratio, random: Math.max(0, total - kept) };
  }

  #counts(step: number): {
    readonly ratio: number;
    readonly total: number;
    readonly kernel: number;
    readonly error: number;
  } {
    const { schedule, ratio: initial, randomShare, kernelDecay, scoreEvery } = this.#settings;
    const ratio = ratioAt(schedule, initial, step, this.#steps);
    const { total, elite } = countsAt(ratio, ratio * randomShare, this.count);
    const share = (1 - randomShare) * exp((-kernelDecay * (step - 1)) / scoreEvery);
    const kernel = Math.min(elite, Math.floor(share * total + 1e-9));
    return { ratio, total, kernel, error: elite - kernel };
  }
}

/** NINT as in its paper. */
export const nintStrategy = defineStrategy({
  name: 'nint',
  summary: 'those that move the network most, by its tangent kernel, and random others (NINT, CVPR 2026)',
  settings,
  needs: [...both, 'score'],
  create: (context, settings) => new NintSelector(context, settings),
});

/**
 * Makes a selector by NINT: its passes to score need `absolute` and `tangents` of every sample back.
 * @throws ArgumentError naming the setting that is unknown or out of range
 * @example
 * const selector = nint({ size, ratio: 0.2, steps: 1000 });
 * const selection = selector.next();
 * selector.report(selection, { absolute: await mine.train(selection.indices), tangents: await mine.train(selection.indices) });
 */
export function nint(options: OptionsOf<typeof nintStrategy.settings>): Selector {
  return makeSelector(nintStrategy, options);
}
