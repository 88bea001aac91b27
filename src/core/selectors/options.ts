// What a selector can be asked for, the defaults with their sources, and the checks on both.
// Settings are resolved once, here; the selectors see complete values only.
import { checkChoice, checkInteger, checkKeys, checkNumber, show } from '../check.js';
import { crossoverMethods, type CrossoverMethod } from './crossover.js';
import { ArgumentError } from '../errors.js';
import {
  checkInterval,
  checkMutation,
  checkRatio,
  checkSchedule,
  type EvaluationInterval,
  type MutationSchedule,
  type RatioSchedule,
} from './schedules.js';
import type { FrequencyOperator } from '../contracts.js';

/** How long non-evaluating steps carry the cross-frequency term. */
export interface CrossFrequency {
  /** Up to and including this share of the steps, in [0, 1]. Evaluating steps carry the term throughout. */
  readonly until: number;
}

/** How frequency fitness comes about. */
export interface FrequencyOptions {
  /**
   * The modality's high-frequency operator; needs `targets`, its response to which is computed once, at the start.
   * Leave it out when the feedback brings the frequency fitness along.
   */
  readonly operator?: FrequencyOperator;
  /** λ of the crossover, at least 0. Default `coreDefaults.frequencyWeight`. */
  readonly weight?: number;
}

/** What every strategy takes. */
export interface CommonSelectorOptions {
  /** Number of samples in the pool, N: an integer of at least 1. */
  readonly size: number;
  /** Steps of the whole run, T: schedules are laid out over them, and `next` refuses to go beyond. */
  readonly steps: number;
  /** An integer of at least 0. Default `coreDefaults.seed`. */
  readonly seed?: number;
  /** Draw at most so many samples of the selected set each step. Default: all of it. `next` may override it. */
  readonly batchSize?: number;
}

/** Everything at every step. */
export interface FullSelectorOptions extends CommonSelectorOptions {
  readonly strategy: 'full';
}

/** A share of the pool, drawn uniformly without repeats, afresh at every step. */
export interface UniformSelectorOptions extends CommonSelectorOptions {
  readonly strategy: 'uniform';
  /** β₀ in (0, 1]. Default `coreDefaults.ratio`. */
  readonly ratio?: number;
  /** Default `coreDefaults.schedule`. */
  readonly schedule?: RatioSchedule;
}

/** The evolutionary selector (EVOS, CVPR 2025). */
export interface EvosSelectorOptions extends CommonSelectorOptions {
  readonly strategy: 'evos';
  /** β₀ in (0, 1]. Default `coreDefaults.ratio`. */
  readonly ratio?: number;
  /** Default `coreDefaults.schedule`. */
  readonly schedule?: RatioSchedule;
  /** Steps between evaluations. Default `coreDefaults.interval`. */
  readonly interval?: EvaluationInterval;
  /** Default `coreDefaults.crossover`. Without a frequency fitness every method ranks by error alone. */
  readonly crossover?: CrossoverMethod;
  /** Random samples inside the ratio. Default `coreDefaults.mutation`. */
  readonly mutation?: MutationSchedule;
  /** Where frequency fitness comes from; or hand it over in the feedback. */
  readonly frequency?: FrequencyOptions;
  /** `[N, C]`, needed when feedback is predictions. Not copied: must not change during the run. */
  readonly targets?: Float32Array;
  /**
   * Which steps carry the cross-frequency term (EVOS, Sec. 3.4): `false` none, and crossover still uses frequency
   * fitness ("w/o CFS" in the paper). Default: `coreDefaults.crossFrequency` with a frequency operator, else `false`.
   */
  readonly crossFrequency?: CrossFrequency | false;
}

/** What {@link createSelector} takes, told apart by `strategy`. */
export type SelectorOptions = EvosSelectorOptions | UniformSelectorOptions | FullSelectorOptions;

/** The settings that have defaults. */
export type CoreDefaults = Readonly<
  Required<
    Pick<
      EvosSelectorOptions,
      'seed' | 'ratio' | 'schedule' | 'interval' | 'crossover' | 'mutation' | 'crossFrequency'
    >
  >
> & { readonly frequencyWeight: number };

/** The defaults of the core, each with its reason. "Official" is the EVOS code at commit 3261484. */
export const coreDefaults: CoreDefaults = Object.freeze({
  /** The seed of the official code. */
  seed: 3407,
  /** β₀: the paper's main setting, half the work of full training (EVOS, Table 1). */
  ratio: 0.5,
  /** Official; a constant share is also the easiest to compare with. */
  schedule: 'constant',
  /** Falling from 100 to 50 steps: official, "lin_dec". Evaluating took 1.3 % of the training time in the paper. */
  interval: Object.freeze({ from: 100, to: 50 }),
  /** Official; the paper's "frequency-guided crossover". */
  crossover: 'select',
  /** Half of what is trained on is random: official (one summary of the paper speaks of 5 % of the pool). */
  mutation: Object.freeze({ kind: 'constant', from: 0.5, to: 0.5 }),
  /** λ: brings squared Laplacians of 0–255 images to the scale of squared errors in [−1, 1]. Official. */
  frequencyWeight: 1e-5,
  /** Cross-frequency supervision between evaluations for the first 30 % of training: official. */
  crossFrequency: Object.freeze({ until: 0.3 }),
});

/** The names of the strategies. */
export const strategies = ['evos', 'evos-online', 'uniform', 'full', 'evos-tiles'] as const;

/** The common settings, checked and complete. */
export interface CommonSettings {
  readonly strategy: string;
  readonly size: number;
  readonly steps: number;
  readonly seed: number;
  readonly batchSize: number | undefined;
}

/** The settings of `uniform`, and of `full` as its ratio of 1. */
export interface UniformSettings extends CommonSettings {
  readonly ratio: number;
  readonly schedule: RatioSchedule;
}

/** The settings of `evos`, checked and complete. */
export interface EvosSettings extends UniformSettings {
  readonly interval: EvaluationInterval;
  readonly crossover: CrossoverMethod;
  readonly mutation: MutationSchedule;
  readonly operator: FrequencyOperator | undefined;
  readonly weight: number;
  readonly targets: Float32Array | undefined;
  readonly crossFrequency: CrossFrequency | false;
}

/** Settings that every strategy has. */
export const commonKeys = ['strategy', 'size', 'steps', 'seed', 'batchSize'];
const uniformKeys = [...commonKeys, 'ratio', 'schedule'];
const evosKeys = [
  ...uniformKeys,
  'interval',
  'crossover',
  'mutation',
  'frequency',
  'targets',
  'crossFrequency',
];

/** Checks a batch size, the selector's own or one call's. */
export function checkBatchSize(batchSize: number): number {
  return checkInteger(
    'batchSize',
    batchSize,
    1,
    Number.MAX_SAFE_INTEGER,
    'leave it out to train on everything selected',
  );
}

/** What every strategy has, checked. @param keys all settings of the strategy @throws ArgumentError */
export function resolveCommon(
  options: CommonSelectorOptions & { readonly strategy: string },
  keys: readonly string[],
): CommonSettings {
  checkKeys(`The '${options.strategy}' selector`, options, keys);
  return {
    strategy: options.strategy,
    size: checkInteger('size', options.size, 1, 2 ** 32 - 1, 'the number of samples in the pool'),
    steps: checkInteger(
      'steps',
      options.steps,
      1,
      Number.MAX_SAFE_INTEGER,
      'the training steps of the whole run',
    ),
    seed: options.seed ?? coreDefaults.seed,
    batchSize: options.batchSize === undefined ? undefined : checkBatchSize(options.batchSize),
  };
}

/** @throws ArgumentError */
export function resolveUniform(options: UniformSelectorOptions | FullSelectorOptions): UniformSettings {
  if (options.strategy === 'full')
    return { ...resolveCommon(options, commonKeys), ratio: 1, schedule: 'constant' };
  return {
    ...resolveCommon(options, uniformKeys),
    ratio: checkRatio(options.ratio ?? coreDefaults.ratio),
    schedule: checkSchedule(options.schedule ?? coreDefaults.schedule),
  };
}

/** @throws ArgumentError */
export function resolveEvos(options: EvosSelectorOptions): EvosSettings {
  const common = resolveCommon(options, evosKeys);
  const { frequency, targets } = options;
  if (targets !== undefined) checkTargets(targets, common.size);
  if (frequency !== undefined) checkFrequency(frequency, targets);
  const weight = frequency?.weight ?? coreDefaults.frequencyWeight;
  return {
    ...common,
    ratio: checkRatio(options.ratio ?? coreDefaults.ratio),
    schedule: checkSchedule(options.schedule ?? coreDefaults.schedule),
    interval: checkInterval(options.interval ?? coreDefaults.interval),
    crossover: checkChoice('crossover', options.crossover ?? coreDefaults.crossover, crossoverMethods),
    mutation: checkMutation(options.mutation ?? coreDefaults.mutation),
    operator: frequency?.operator,
    weight: checkNumber(
      'frequency.weight',
      weight,
      { low: 0, high: Number.MAX_VALUE },
      'it scales frequency fitness',
    ),
    targets,
    crossFrequency: checkCrossFrequency(
      options.crossFrequency ?? (frequency?.operator === undefined ? false : coreDefaults.crossFrequency),
    ),
  };
}

function checkTargets(targets: Float32Array, size: number): void {
  if (!(targets instanceof Float32Array) || targets.length === 0 || targets.length % size !== 0) {
    const got = targets instanceof Float32Array ? `${targets.length} numbers` : show(targets);
    throw new ArgumentError(`targets must be a Float32Array of N × channels, N = ${size}; got ${got}.`);
  }
  const bad = targets.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new ArgumentError(`targets[${bad}] is ${targets[bad]}, expected a finite number.`);
}

function checkFrequency(frequency: FrequencyOptions, targets: Float32Array | undefined): void {
  checkKeys('frequency', frequency, ['operator', 'weight']);
  const operator: Partial<FrequencyOperator> | undefined = frequency.operator;
  if (operator === undefined) return;
  if (typeof operator.response !== 'function') {
    throw new ArgumentError(`frequency.operator must have a method response(values), got ${show(operator)}.`);
  }
  if (targets === undefined) {
    throw new ArgumentError(
      'A frequency operator was given without targets: fitness compares its responses to both, so give targets too, ' +
        'or leave the operator out and report errors and frequency fitness yourself.',
    );
  }
}

function checkCrossFrequency(crossFrequency: CrossFrequency | false): CrossFrequency | false {
  if (crossFrequency === false) return false;
  checkKeys('crossFrequency', crossFrequency, ['until']);
  const hint =
    'the share of training during which steps between evaluations carry the term; false switches it off';
  return { until: checkNumber('crossFrequency.until', crossFrequency.until, { low: 0, high: 1 }, hint) };
}
