// Every setting of a scene fit, once, as options.ts has those of an image fit; the types that editors show are in
// scene-settings.ts.
import { z } from 'zod';
import { ConfigError, crossoverMethods, learningRateSchedules } from '../../../core/index.js';
import {
  completedScene,
  sceneDefaults as defaults,
  unusedByScene,
  usualSceneBackbone,
  usualSceneStrategy,
  withOwnDefaults,
} from './defaults.js';
import {
  sceneBackbones,
  sceneStrategies,
  type CompareSceneSettings,
  type FitSceneSettings,
  type SceneDefaults,
  type SceneEntrySettings,
} from './settings.js';
import { outputFields, runFields, strategiesField } from '../../settings/setting-fields.js';
import { parseSettings } from '../../settings/validate.js';

const share = z.number().min(0).max(1);

/** What was said of the settings that have several defaults, without them. */
const sentences = new Map<keyof SceneDefaults, string>();

function told(key: keyof SceneDefaults, sentence: string, usual = false): string {
  sentences.set(key, sentence);
  return withOwnDefaults(key, sentence, usual);
}

const training = {
  steps: z.int().min(1).max(10_000_000).default(defaults.steps).describe(told('steps', 'training steps')),
  rays: z
    .int()
    .min(0)
    .max(65_536)
    .default(defaults.rays)
    .describe('rays in one step; 0: as many as come to so many points'),
  points: z
    .int()
    .min(64)
    .max(2 ** 24)
    .default(defaults.points)
    .describe('points along rays that a step looks at, about, with rays 0'),
  learningRate: z
    .number()
    .gt(0)
    .default(defaults.learningRate)
    .describe(told('learningRate', "Adam's learning rate")),
  learningRateSchedule: z
    .enum(learningRateSchedules)
    .default(defaults.learningRateSchedule)
    .describe('how the learning rate changes over the run; more steps on resume lay it out anew'),
  learningRateFinal: share
    .default(defaults.learningRateFinal)
    .describe('where a schedule takes the learning rate over the run, as a share of the first'),
  ...runFields,
};

const selection = {
  strategy: z.enum(sceneStrategies).default(usualSceneStrategy).describe('how each step chooses its samples'),
  ratio: z
    .number()
    .gt(0)
    .max(1)
    .default(defaults.ratio)
    .describe('share of the tiles of pixels that a step of evos may draw from'),
  mutationShare: share
    .default(defaults.mutationShare)
    .describe(told('mutationShare', 'share of a step of evos or evos-online that pays no heed to fitness')),
  interval: z
    .int()
    .min(1)
    .max(2 ** 32)
    .default(defaults.interval)
    .describe(
      told('interval', 'steps between crossovers of evos; of error-map those before errors are first used'),
    ),
  crossover: z
    .enum(crossoverMethods)
    .default(defaults.crossover)
    .describe('how error and frequency fitness are combined'),
  tile: z
    .int()
    .min(0)
    .max(2 ** 15)
    .default(defaults.tile)
    .describe('side of a tile, in pixels; 0: 8, larger for huge scenes'),
  evaluationShare: share
    .default(defaults.evaluationShare)
    .describe('share of each step of evos that goes round all tiles to keep their fitness fresh'),
};

const network = {
  backbone: z
    .enum(sceneBackbones)
    .default(usualSceneBackbone)
    .describe('the network: a multiresolution hash grid, or the layers of the first NeRF'),
  levels: z.int().min(1).max(32).default(defaults.levels).describe('levels of the hash grid'),
  log2TableSize: z
    .int()
    .min(8)
    .max(24)
    .default(defaults.log2TableSize)
    .describe('binary logarithm of the most entries in a table of the hash grid'),
  baseResolution: z
    .int()
    .min(2)
    .max(4096)
    .default(defaults.baseResolution)
    .describe("cells along the cube's side at the coarsest level of the hash grid"),
  finestResolution: z
    .int()
    .min(2)
    .max(65_536)
    .default(defaults.finestResolution)
    .describe("cells along the cube's side at its finest level"),
  width: z.int().min(2).max(4096).default(defaults.width).describe(told('width', 'width of the layers')),
  depth: z
    .int()
    .min(1)
    .max(64)
    .default(defaults.depth)
    .describe(
      told(
        'depth',
        'hidden layers: of the network for colour behind the hash grid; of nerf those before density',
      ),
    ),
  samplesPerRay: z
    .int()
    .min(1)
    .max(1024)
    .default(defaults.samplesPerRay)
    .describe('most samples along one ray'),
};

const scene = {
  holdOut: z
    .int()
    .min(2)
    .default(defaults.holdOut)
    .describe("every so-manieth photograph is held out to measure with, where the scene's files do not say"),
  shrink: z
    .number()
    .min(1)
    .max(64)
    .default(defaults.shrink)
    .describe('factor to make photographs smaller by'),
  background: z
    .enum(['auto', 'white', 'black'])
    .default(defaults.background)
    .describe(
      'what shows where nothing is; auto: white behind transparent photographs; else random in training, grey in renderings',
    ),
  bounds: z
    .string()
    .regex(
      /^\s*(-?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*,\s*){3}(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*$/i,
      "expected X,Y,Z,HALF: the middle of a cube and half its side, in the units of the scene's files, e.g. 0,0,0,1.5",
    )
    .optional()
    .describe('cube to train at full resolution, X,Y,Z,HALF: its middle and half its side'),
  images: z
    .string()
    .min(1)
    .optional()
    .describe('folder of the photographs of a scene from COLMAP or LLFF (default: images)'),
};

/** The settings of `fitScene`, as zod schema; what strategies and networks fill in comes by {@link resolveSceneSettings}. */
export const fitSceneSettings = z.strictObject({
  ...training,
  ...selection,
  ...network,
  ...scene,
  ...outputFields,
}) satisfies z.ZodType<FitSceneSettings>;

/** The settings that a strategy may have of its own in a comparison. */
export const sceneEntrySettings = fitSceneSettings.pick({
  steps: true,
  rays: true,
  points: true,
  learningRate: true,
  learningRateSchedule: true,
  learningRateFinal: true,
  ratio: true,
  mutationShare: true,
  interval: true,
  crossover: true,
  tile: true,
  evaluationShare: true,
}) satisfies z.ZodType<SceneEntrySettings>;

const { shape } = fitSceneSettings;
/** A field without its default, which differs from strategy to strategy or from network to network. */
const optional = <Field extends z.ZodType>(
  key: keyof SceneDefaults,
  field: z.ZodDefault<Field>,
): z.ZodOptional<Field> => z.optional(field.unwrap()).describe(told(key, sentences.get(key) ?? '', true));

/** The settings of `compareScene`: those of a fit, and which strategies to run. */
export const compareSceneSettings = fitSceneSettings
  .omit({ strategy: true })
  .extend({
    mutationShare: optional('mutationShare', shape.mutationShare),
    interval: optional('interval', shape.interval),
    learningRate: optional('learningRate', shape.learningRate),
    depth: optional('depth', shape.depth),
  })
  .extend({
    strategies: strategiesField(sceneEntrySettings, Object.keys(shape), {
      usual: ['uniform', 'error-map', 'evos', 'evos-online'],
      unused: unusedByScene,
    }),
  }) satisfies z.ZodType<CompareSceneSettings>;

/** As `resolveSettings`, of a scene fit or a comparison of them. @throws ConfigError */
export function resolveSceneSettings(
  schema: typeof fitSceneSettings,
  ...layers: readonly object[]
): FitSceneSettings;
export function resolveSceneSettings(
  schema: typeof compareSceneSettings,
  ...layers: readonly object[]
): CompareSceneSettings;
export function resolveSceneSettings(
  schema: typeof fitSceneSettings | typeof compareSceneSettings,
  ...layers: readonly object[]
): FitSceneSettings | CompareSceneSettings {
  const given = layered(layers);
  checkForeign(given);
  if ('strategy' in schema.shape) {
    const settings: FitSceneSettings = parseSettings(fitSceneSettings, completedScene(given));
    checkTogether(settings);
    return settings;
  }
  const settings: CompareSceneSettings = parseSettings(compareSceneSettings, given);
  const { strategies, ...common } = settings;
  void strategies;
  checkTogether(parseSettings(fitSceneSettings, completedScene(common)));
  return settings;
}

function layered(layers: readonly object[]): Record<string, unknown> {
  const given = layers.map((layer) =>
    Object.fromEntries(Object.entries(layer).filter(([, value]) => value !== undefined)),
  );
  return Object.assign({}, ...given) as Record<string, unknown>;
}

/** Settings of other kinds of fits, and what a scene has in their place. */
const foreign: Readonly<Record<string, string>> = {
  preset: 'a scene has none; leave it out',
  batch: 'rays says how many rays a step has',
  mutation: 'mutationShare says how large the share is that pays no heed to fitness',
  schedule: 'a scene has rays in every step; leave it out',
  resize: 'shrink makes photographs smaller',
  crop: 'bounds says which part of the world is trained at full resolution',
};

function checkForeign(given: Readonly<Record<string, unknown>>): void {
  for (const [name, hint] of Object.entries(foreign)) {
    if (Object.hasOwn(given, name)) throw new ConfigError(`${name}: is no setting of scenes; ${hint}`);
  }
}

/** Settings that can only be judged together, found before anything is written. */
function checkTogether(settings: FitSceneSettings): void {
  const { strategy, mutationShare, tile, backbone, baseResolution, finestResolution } = settings;
  if (settings.learningRateSchedule === 'exponential' && settings.learningRateFinal === 0) {
    throw new ConfigError(
      'learningRateFinal: got 0, expected a number above 0 with an exponential schedule, which never reaches 0; ' +
        'linear and cosine do',
    );
  }
  if (strategy === 'evos-online' && mutationShare === 0) {
    throw new ConfigError('mutationShare: got 0, expected a number above 0 for evos-online, e.g. 0.3');
  }
  if (tile === 1) throw new ConfigError('tile: got 1, expected at least 2 pixels, or 0 for the default');
  if (backbone === 'hash-grid' && finestResolution < baseResolution) {
    throw new ConfigError(
      `finestResolution: got ${finestResolution}, expected at least baseResolution (${baseResolution})`,
    );
  }
}
