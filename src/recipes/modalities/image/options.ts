// Every setting of an image fit, once: its type, range, default, and the sentence that explains it.
// The command line, `evos.config.*` and the JSON Schema come from here; the types that editors show are in settings.ts.
import { z } from 'zod';
import { compareMeshSettings, fitMeshSettings } from '../mesh/options.js';
import { completed, imagePresets, layered, presets } from './presets.js';
import {
  checkTogether,
  entryNames,
  networkFields,
  optionalEntryFields,
  outputFields,
  selectionFields,
  Sentences,
  strategiesField,
  trainingFields,
} from '../../settings/setting-fields.js';
import {
  presetNames,
  type CompareSettings,
  type EntrySettings,
  type FitImageSettings,
  type PresetSettings,
} from './settings.js';
import { compareSceneSettings, fitSceneSettings } from '../scene/options.js';
import { parseSettings } from '../../settings/validate.js';

const defaults = presets.default['evos-online'];
const words = new Sentences<PresetSettings>(imagePresets);

const selection = {
  ...selectionFields(words, defaults, 'image'),
  crossFrequencyWeight: z
    .number()
    .min(0)
    .default(defaults.crossFrequencyWeight)
    .describe(
      words.told(
        'crossFrequencyWeight',
        'weight of the Laplacian term (cross-frequency supervision); 0 leaves it out of the loss',
      ),
    ),
  crossFrequencyUntil: z
    .number()
    .min(0)
    .max(1)
    .default(defaults.crossFrequencyUntil)
    .describe(
      words.told('crossFrequencyUntil', 'share of the run during which every EVOS step carries that term'),
    ),
};

const network = {
  width: networkFields.width.default(256).describe('width of the SIREN'),
  depth: networkFields.depth.default(3).describe('hidden layers after the first'),
  omega: networkFields.omega.default(30).describe('frequency ω of its sine layers'),
};

const training = {
  preset: z
    .enum(presetNames)
    .default('default')
    .describe(
      'named defaults, before which settings named beside it go; evos-paper: the strategy evos, and its published settings for any other',
    ),
  ...trainingFields(words, defaults),
};

const input = {
  crop: z.int().min(2).optional().describe('train on the centre N×N pixels'),
  resize: z
    .string()
    .regex(/^(auto|original|[1-9]\d*x[1-9]\d*)$/, 'expected WxH, auto or original')
    .default('auto')
    .describe('size to train at: WxH, original, or auto (at most 65,536 pixels unless cropped)'),
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
  ...outputFields,
}) satisfies z.ZodType<FitImageSettings>;

/** The settings that a strategy may have of its own in a comparison. */
export const entrySettings = fitImageSettings.pick({
  preset: true,
  ...entryNames,
  crossFrequencyWeight: true,
  crossFrequencyUntil: true,
}) satisfies z.ZodType<EntrySettings>;

const { shape } = fitImageSettings;
const forAll = {
  ...optionalEntryFields(words, shape),
  crossFrequencyWeight: words.optional('crossFrequencyWeight', shape.crossFrequencyWeight),
  crossFrequencyUntil: words.optional('crossFrequencyUntil', shape.crossFrequencyUntil),
};

/** The settings of `compare`: those of a fit, and which strategies to run. As `fitImageSettings`. */
export const compareSettings = fitImageSettings
  .omit({ strategy: true })
  .extend(forAll)
  .extend({
    strategies: strategiesField(entrySettings, Object.keys(shape)),
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
  checkTogether(settings);
  return settings;
}

/** What `evos.config.{json,ts,js}` holds: settings for each command that takes some. */
export const configFile = z.strictObject({
  $schema: z.string().optional().describe('where the JSON Schema lies, for editors'),
  fit: fitImageSettings.partial().optional().describe('settings for `evos fit` with an image'),
  compare: compareSettings.partial().optional().describe('settings for `evos compare` with an image'),
  fitMesh: fitMeshSettings.partial().optional().describe('settings for `evos fit` with a mesh'),
  compareMesh: compareMeshSettings.partial().optional().describe('settings for `evos compare` with a mesh'),
  fitScene: fitSceneSettings.partial().optional().describe('settings for `evos fit` with a scene'),
  compareScene: compareSceneSettings
    .partial()
    .optional()
    .describe('settings for `evos compare` with a scene'),
});
