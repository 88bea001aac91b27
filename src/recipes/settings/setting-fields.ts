// The settings that image and mesh fits share, as zod fields: types, ranges and sentences once, defaults from each kind's
// own presets.
import { z } from 'zod';
import { ConfigError, learningRateSchedules } from '../../core/index.js';
import type { PresetBook } from './presets.js';
import {
  strategies,
  type CommonSettings,
  type EntryName,
  type SharedSettings,
  type StrategyName,
} from '../modalities/image/settings.js';
import { entryProblems, unusedBy, unusedSettings, type UnusedSettings } from './strategy-entries.js';

/** The settings of presets that both kinds have. */
type SharedPreset = Pick<CommonSettings, EntryName>;

/** Sentences about settings, with the defaults of the strategies where they differ. */
export class Sentences<Settings extends object> {
  readonly #book: PresetBook<string, Settings>;
  readonly #sentences = new Map<string, string>();

  constructor(book: PresetBook<string, Settings>) {
    this.#book = book;
  }

  /** A sentence about a setting, with the defaults of strategies that have another one than the usual strategy. */
  told(key: keyof Settings & string, sentence: string): string {
    this.#sentences.set(key, sentence);
    return this.#withDefaults(key, true);
  }

  /** The same setting where every strategy has its own default, and none goes for all. */
  optional<Field extends z.ZodType>(
    key: keyof Settings & string,
    field: z.ZodDefault<Field>,
  ): z.ZodOptional<Field> {
    return z.optional(field.unwrap()).describe(this.#withDefaults(key, false));
  }

  #withDefaults(key: keyof Settings & string, apart: boolean): string {
    const sentence = this.#sentences.get(key) ?? '';
    const defaults = this.#book.defaultsInWords(key, (strategy) => !unusedBy(strategy).includes(key), apart);
    return defaults === '' ? sentence : `${sentence} (${defaults})`;
  }
}

/** A pair "from:to", or one number for both; what else the pattern allows. */
const span = (pattern: RegExp, hint: string) => z.string().regex(pattern, hint);

/**
 * How samples are chosen.
 * @param whole what an evaluation looks at
 */
export function selectionFields<Settings extends SharedPreset>(
  words: Sentences<Settings>,
  defaults: SharedPreset,
  whole: string,
) {
  return {
    strategy: z.enum(strategies).default('evos-online').describe('how each step chooses its samples'),
    ratio: z
      .number()
      .gt(0)
      .max(1)
      .default(defaults.ratio)
      .describe(
        words.told(
          'ratio',
          'share of the samples a step trains on (the start of the schedule); with evos-online and ' +
            'uniform at least 512 samples, unless a batch is set',
        ),
      ),
    schedule: z
      .enum(['constant', 'step', 'linear', 'cosine', 'reverse-cosine'])
      .default(defaults.schedule)
      .describe(words.told('schedule', 'how the share changes over the run')),
    interval: span(/^[1-9]\d*(:[1-9]\d*)?$/, 'expected N or FROM:TO, whole numbers from 1, e.g. 100:50')
      .default(defaults.interval)
      .describe(
        words.told(
          'interval',
          `steps between evaluations of the whole ${whole}; FROM:TO falls linearly over the run`,
        ),
      ),
    crossover: z
      .enum(['select', 'add', 'no'])
      .default(defaults.crossover)
      .describe(words.told('crossover', 'how error and frequency fitness are combined')),
    mutation: z
      .enum(['constant', 'linear', 'exponential'])
      .default(defaults.mutation)
      .describe(words.told('mutation', 'how the share of random samples changes over the run')),
    mutationShare: span(
      /^(0|1|0?\.\d+|1\.0*|0\.)(:(0|1|0?\.\d+|1\.0*|0\.))?$/,
      'expected S or FROM:TO, numbers from 0 to 1, e.g. 0.5',
    )
      .default(defaults.mutationShare)
      .describe(
        words.told(
          'mutationShare',
          'random samples as a share of the ratio; FROM:TO with a linear or exponential mutation',
        ),
      ),
  };
}

/** What every run has. */
export const runFields = {
  seed: z.int().min(0).max(0xffff_ffff).default(3407).describe('seed of weights and draws'),
  device: z
    .enum(['auto', 'cpu', 'webgpu', 'cuda'])
    .default('auto')
    .describe('where to train; auto takes the first that works'),
  workers: z.int().min(0).max(256).default(0).describe('CPU worker threads; 0: one per core'),
};

/** How the weights follow. */
export function trainingFields<Settings extends SharedPreset>(
  words: Sentences<Settings>,
  defaults: SharedPreset,
) {
  return {
    steps: z
      .int()
      .min(1)
      .max(10_000_000)
      .default(defaults.steps)
      .describe(words.told('steps', 'training steps')),
    learningRate: z
      .number()
      .gt(0)
      .default(defaults.learningRate)
      .describe(words.told('learningRate', "Adam's learning rate")),
    learningRateSchedule: z
      .enum(learningRateSchedules)
      .default(defaults.learningRateSchedule)
      .describe(
        words.told(
          'learningRateSchedule',
          'how the learning rate changes over the run; more steps on resume lay it out anew',
        ),
      ),
    learningRateFinal: z
      .number()
      .min(0)
      .max(1)
      .default(defaults.learningRateFinal)
      .describe(
        words.told(
          'learningRateFinal',
          'where a schedule takes the learning rate over the run, as a share of the first',
        ),
      ),
    batch: z
      .int()
      .min(0)
      .default(defaults.batch)
      .describe(
        words.told('batch', 'most samples in one step, drawn from the selected ones; 0: all of them'),
      ),
    ...runFields,
    microBatch: z
      .int()
      .min(0)
      .default(0)
      .describe('samples per pass through the network; 0: what suits the device'),
  };
}

/** The settings that a strategy may have of its own in a comparison, as zod picks them. */
export const entryNames = {
  steps: true,
  learningRate: true,
  learningRateSchedule: true,
  learningRateFinal: true,
  batch: true,
  ratio: true,
  schedule: true,
  interval: true,
  crossover: true,
  mutation: true,
  mutationShare: true,
} as const satisfies Record<EntryName, true>;

/** The same settings where each strategy has its own default: there only if they were named. */
export function optionalEntryFields<Settings extends SharedPreset>(
  words: Sentences<Settings>,
  shape: ReturnType<typeof trainingFields> & Omit<ReturnType<typeof selectionFields>, 'strategy'>,
) {
  return {
    steps: words.optional('steps', shape.steps),
    learningRate: words.optional('learningRate', shape.learningRate),
    learningRateSchedule: words.optional('learningRateSchedule', shape.learningRateSchedule),
    learningRateFinal: words.optional('learningRateFinal', shape.learningRateFinal),
    batch: words.optional('batch', shape.batch),
    ratio: words.optional('ratio', shape.ratio),
    schedule: words.optional('schedule', shape.schedule),
    interval: words.optional('interval', shape.interval),
    crossover: words.optional('crossover', shape.crossover),
    mutation: words.optional('mutation', shape.mutation),
    mutationShare: words.optional('mutationShare', shape.mutationShare),
  };
}

/** The bounds of a network's size. */
export const networkFields = {
  width: z.int().min(1).max(4096),
  depth: z.int().min(0).max(64),
  omega: z.number().gt(0),
};

/** When to measure and to save. */
export const outputFields = {
  measureEvery: z
    .int()
    .min(0)
    .default(0)
    .describe('steps between quality measurements; 0: twenty over the run'),
  checkpointEvery: z
    .number()
    .min(0)
    .default(15)
    .describe('seconds between checkpoints; 0: one after every step'),
};

/**
 * The strategies of a comparison.
 * @param entry settings that a strategy may have of its own
 * @param known all settings of a fit
 * @param of the strategies that run unless told otherwise, and the settings that each does not look at
 */
export function strategiesField(
  entry: z.ZodObject,
  known: readonly string[],
  of: { readonly usual: string[]; readonly unused: UnusedSettings } = usualComparison,
) {
  const strategyEntry = z
    .string()
    .min(1)
    .superRefine((text, context) => {
      if (text === '') return;
      for (const message of entryProblems(text, entry, known, of.unused)) {
        context.addIssue({ code: 'custom', message });
      }
    });
  return z
    .array(strategyEntry)
    .min(1)
    .default(of.usual)
    .describe(
      'strategies to compare, in this order; the first is the baseline. Settings of their own: evos@ratio=0.1+steps=900',
    );
}

const usualComparison = { usual: ['full', 'uniform', 'evos', 'evos-online'], unused: unusedSettings };

/** Settings that can only be judged together. @throws ConfigError */
export function checkTogether(
  settings: SharedSettings & { readonly strategy?: StrategyName | undefined },
): void {
  checkLearningRate(settings);
  checkMutationShare(settings);
}

/** No step takes an exponential to 0: found here, before anything is written. */
function checkLearningRate(settings: SharedSettings): void {
  if (settings.learningRateSchedule !== 'exponential' || settings.learningRateFinal !== 0) return;
  throw new ConfigError(
    'learningRateFinal: got 0, expected a number above 0 with an exponential schedule, which never reaches 0; ' +
      'linear and cosine do',
  );
}

/** One share, and not none: a sample that was fitted once would never be looked at again. */
function checkMutationShare(
  settings: SharedSettings & { readonly strategy?: StrategyName | undefined },
): void {
  const { strategy, mutationShare } = settings;
  if (strategy !== 'evos-online' || mutationShare === undefined || Number(mutationShare) > 0) return;
  throw new ConfigError(
    `mutationShare: got ${mutationShare}, expected one number above 0 for evos-online, e.g. 0.3`,
  );
}
