// Every setting of an image fit, once: its type, range, default, and the sentence that explains it.
// The command line, `evos.config.*` and the JSON Schema come from here; the types that editors show are in settings.ts.
import { z } from 'zod';
import { ConfigError, learningRateSchedules } from '../core/index.js';
import { completed, layered, defaultsInWords, presets } from './presets.js';
import {
  presetNames,
  strategies,
  type CompareSettings,
  type EntrySettings,
  type FitImageSettings,
  type PresetSettings,
  type SharedSettings,
  type StrategyName,
} from './settings.js';
import { entryProblems, unusedBy } from './strategy-entries.js';
import { parseSettings } from './validate.js';

const defaults = presets.default['evos-online'];

/** The sentences about settings whose defaults are the strategies'. */
const sentences = new Map<keyof PresetSettings, string>();

/** A sentence about a setting, with the defaults of strategies that have another one than the usual strategy. */
function told(key: keyof PresetSettings, sentence: string): string {
  sentences.set(key, sentence);
  return withDefaults(key, sentence, true);
}

function withDefaults(key: keyof PresetSettings, sentence: string, apart: boolean): string {
  const defaults = defaultsInWords(key, (strategy) => !unusedBy(strategy).includes(key), apart);
  return defaults === '' ? sentence : `${sentence} (${defaults})`;
}

/** A pair "from:to", or one number for both; what else the pattern allows. */
const span = (pattern: RegExp, hint: string) => z.string().regex(pattern, hint);

const selection = {
  strategy: z.enum(strategies).default('evos-online').describe('how each step chooses its samples'),
  ratio: z
    .number()
    .gt(0)
    .max(1)
    .default(defaults.ratio)
    .describe(told('ratio', 'share of the samples a step trains on (the start of the schedule)')),
  schedule: z
    .enum(['constant', 'step', 'linear', 'cosine', 'reverse-cosine'])
    .default(defaults.schedule)
    .describe(told('schedule', 'how the share changes over the run')),
  interval: span(
    /^(auto|[1-9]\d*(:[1-9]\d*)?)$/,
    'expected N or FROM:TO, whole numbers from 1, e.g. 100:50, or auto',
  )
    .default(defaults.interval)
    .describe(
      told(
        'interval',
        'steps between evaluations of the whole image; FROM:TO falls linearly over the run, auto goes by how much the ranking changed',
      ),
    ),
  crossover: z
    .enum(['select', 'add', 'no'])
    .default(defaults.crossover)
    .describe(told('crossover', 'how error and frequency fitness are combined')),
  mutation: z
    .enum(['constant', 'linear', 'exponential', 'auto'])
    .default(defaults.mutation)
    .describe(
      told(
        'mutation',
        'how the share of random samples changes over the run; auto goes by how those left out fare',
      ),
    ),
  mutationShare: span(
    /^(0|1|0?\.\d+|1\.0*|0\.)(:(0|1|0?\.\d+|1\.0*|0\.))?$/,
    'expected S or FROM:TO, numbers from 0 to 1, e.g. 0.5',
  )
    .default(defaults.mutationShare)
    .describe(
      told(
        'mutationShare',
        'random samples as a share of the ratio; FROM:TO with a linear or exponential mutation, ignored with auto',
      ),
    ),
  crossFrequencyWeight: z
    .number()
    .min(0)
    .default(defaults.crossFrequencyWeight)
    .describe(
      told(
        'crossFrequencyWeight',
        'weight of the Laplacian term (cross-frequency supervision); 0 leaves it out of the loss',
      ),
    ),
  crossFrequencyUntil: z
    .number()
    .min(0)
    .max(1)
    .default(defaults.crossFrequencyUntil)
    .describe(told('crossFrequencyUntil', 'share of the run during which every EVOS step carries that term')),
};

const network = {
  width: z.int().min(1).max(4096).default(256).describe('width of the SIREN'),
  depth: z.int().min(0).max(64).default(3).describe('hidden layers after the first'),
  omega: z.number().gt(0).default(30).describe('frequency ω of its sine layers'),
};

const training = {
  preset: z
    .enum(presetNames)
    .default('default')
    .describe(
      'named defaults, before which settings named beside it go; evos-paper: the strategy evos, and its published settings for any other',
    ),
  steps: z.int().min(1).max(10_000_000).default(defaults.steps).describe(told('steps', 'training steps')),
  learningRate: z
    .number()
    .gt(0)
    .default(defaults.learningRate)
    .describe(told('learningRate', "Adam's learning rate")),
  learningRateSchedule: z
    .enum(learningRateSchedules)
    .default(defaults.learningRateSchedule)
    .describe(
      told(
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
      told(
        'learningRateFinal',
        'where a schedule takes the learning rate over the run, as a share of the first',
      ),
    ),
  batch: z
    .int()
    .min(0)
    .default(defaults.batch)
    .describe(told('batch', 'most samples in one step, drawn from the selected ones; 0: all of them')),
  seed: z.int().min(0).max(0xffff_ffff).default(3407).describe('seed of weights and draws'),
  device: z
    .enum(['auto', 'cpu', 'webgpu', 'cuda'])
    .default('auto')
    .describe('where to train; auto takes the first that works'),
  workers: z.int().min(0).max(256).default(0).describe('CPU worker threads; 0: one per core'),
  microBatch: z
    .int()
    .min(0)
    .default(0)
    .describe('samples per pass through the network; 0: what suits the device'),
};

const input = {
  crop: z.int().min(2).optional().describe('train on the centre N×N pixels'),
  resize: z
    .string()
    .regex(/^(auto|original|[1-9]\d*x[1-9]\d*)$/, 'expected WxH, auto or original')
    .default('auto')
    .describe('size to train at: WxH, original, or auto (at most 65,536 pixels unless cropped)'),
};

const output = {
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
 * The settings of `fitImage`, as zod schema: validates, fills in the usual defaults, explains. What a `preset` stands
 * for is filled in by {@link resolveSettings}, not by the schema alone.
 */
export const fitImageSettings = z.strictObject({
  ...training,
  ...selection,
  ...network,
  ...input,
  ...output,
}) satisfies z.ZodType<FitImageSettings>;

/** The settings that a strategy may have of its own in a comparison. */
export const entrySettings = fitImageSettings.pick({
  preset: true,
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
  crossFrequencyWeight: true,
  crossFrequencyUntil: true,
}) satisfies z.ZodType<EntrySettings>;

const strategyEntry = z
  .string()
  .min(1)
  .superRefine((text, context) => {
    if (text === '') return;
    for (const message of entryProblems(text, entrySettings, Object.keys(fitImageSettings.shape))) {
      context.addIssue({ code: 'custom', message });
    }
  });

/** The same setting, whose default is for each strategy to say. */
function optional<Field extends z.ZodType>(
  key: keyof PresetSettings,
  field: z.ZodDefault<Field>,
): z.ZodOptional<Field> {
  return z.optional(field.unwrap()).describe(withDefaults(key, sentences.get(key) ?? '', false));
}

const { shape } = entrySettings;
const forAll = {
  steps: optional('steps', shape.steps),
  learningRate: optional('learningRate', shape.learningRate),
  learningRateSchedule: optional('learningRateSchedule', shape.learningRateSchedule),
  learningRateFinal: optional('learningRateFinal', shape.learningRateFinal),
  batch: optional('batch', shape.batch),
  ratio: optional('ratio', shape.ratio),
  schedule: optional('schedule', shape.schedule),
  interval: optional('interval', shape.interval),
  crossover: optional('crossover', shape.crossover),
  mutation: optional('mutation', shape.mutation),
  mutationShare: optional('mutationShare', shape.mutationShare),
  crossFrequencyWeight: optional('crossFrequencyWeight', shape.crossFrequencyWeight),
  crossFrequencyUntil: optional('crossFrequencyUntil', shape.crossFrequencyUntil),
};

/** The settings of `compare`: those of a fit, and which strategies to run. As `fitImageSettings`. */
export const compareSettings = fitImageSettings
  .omit({ strategy: true })
  .extend(forAll)
  .extend({
    strategies: z
      .array(strategyEntry)
      .min(1)
      .default(['full', 'uniform', 'evos', 'evos-online'])
      .describe(
        'strategies to compare, in this order; the first is the baseline. Settings of their own: uniform@ratio=0.1+steps=900',
      ),
  }) satisfies z.ZodType<CompareSettings>;

/**
 * Complete settings from layers of them, later ones going before earlier ones: a configuration file's, then the command
 * line's. A preset stands for its settings at the place where it is named.
 * @throws ConfigError naming each setting that is wrong, what was got and what was expected.
 */
export function resolveSettings(
  schema: typeof fitImageSettings,
  ...layers: readonly object[]
): FitImageSettings;
export function resolveSettings(
  schema: typeof compareSettings,
  ...layers: readonly object[]
): CompareSettings;
export function resolveSettings(
  schema: typeof fitImageSettings | typeof compareSettings,
  ...layers: readonly object[]
): FitImageSettings | CompareSettings {
  const given = layered(...layers);
  const settings = parseSettings(schema, 'strategy' in schema.shape ? completed(given) : given);
  checkLearningRate(settings);
  checkMutationShare(settings);
  return settings;
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
function checkMutationShare(settings: SharedSettings & { readonly strategy?: StrategyName }): void {
  const { strategy, mutationShare } = settings;
  if (strategy !== 'evos-online' || mutationShare === undefined || Number(mutationShare) > 0) return;
  throw new ConfigError(
    `mutationShare: got ${mutationShare}, expected one number above 0 for evos-online, e.g. 0.3`,
  );
}

/** What `evos.config.{json,ts,js}` holds: settings for each command that takes some. */
export const configFile = z.strictObject({
  $schema: z.string().optional().describe('where the JSON Schema lies, for editors'),
  fit: fitImageSettings.partial().optional().describe('settings for `evos fit`'),
  compare: compareSettings.partial().optional().describe('settings for `evos compare`'),
});
