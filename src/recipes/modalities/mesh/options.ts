// Every setting of a mesh fit, once, as options.ts has those of an image fit; the types that editors show are in
// mesh-settings.ts.
import { z } from 'zod';
import { ConfigError } from '../../../core/index.js';
import { completedMesh, meshPresets } from './presets.js';
import {
  backbones,
  frequencyOperators,
  meshPresetNames,
  type CompareMeshSettings,
  type FitMeshSettings,
  type MeshEntrySettings,
  type MeshPresetSettings,
} from './settings.js';
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
import { parseSettings } from '../../settings/validate.js';

export type { CompareMeshSettings, FitMeshSettings } from './settings.js';

const defaults = meshPresets.presets.default['evos-online'];
const words = new Sentences<MeshPresetSettings>(meshPresets);
const told = words.told.bind(words);

const network = {
  backbone: z
    .enum(backbones)
    .default(defaults.backbone)
    .describe(told('backbone', 'the network: a multiresolution hash grid, or a SIREN')),
  levels: z.int().min(1).max(32).default(defaults.levels).describe(told('levels', 'levels of the hash grid')),
  log2TableSize: z
    .int()
    .min(8)
    .max(24)
    .default(defaults.log2TableSize)
    .describe(told('log2TableSize', 'binary logarithm of the most entries in a table of the hash grid')),
  baseResolution: z
    .int()
    .min(2)
    .max(4096)
    .default(defaults.baseResolution)
    .describe(told('baseResolution', "cells along the cube's side at the coarsest level of the hash grid")),
  finestResolution: z
    .int()
    .min(2)
    .max(65_536)
    .default(defaults.finestResolution)
    .describe(told('finestResolution', "cells along the cube's side at its finest level")),
  width: networkFields.width
    .default(defaults.width)
    .describe(told('width', 'width of the layers; with siren 256 unless said otherwise')),
  depth: networkFields.depth
    .default(defaults.depth)
    .describe(
      told(
        'depth',
        'hidden layers: of a hash grid 1 or 2, of a siren those after the first, 3 unless said otherwise',
      ),
    ),
  omega: networkFields.omega
    .default(defaults.omega)
    .describe(told('omega', "frequency ω of a siren's sine layers")),
};

const samples = {
  samples: z
    .int()
    .min(64)
    .max(2 ** 27)
    .default(defaults.samples)
    .describe(told('samples', 'points that training draws from')),
  split: z
    .enum(['instant-ngp', 'int'])
    .default(defaults.split)
    .describe(
      told(
        'split',
        'where they lie; instant-ngp: on and close to the surface, and some anywhere; int: far and close',
      ),
    ),
  refresh: z
    .int()
    .min(0)
    .default(defaults.refresh)
    .describe(told('refresh', 'steps after which the points are drawn anew; 0: never')),
  sign: z
    .enum(['auto', 'parity', 'pseudonormal', 'winding'])
    .default('auto')
    .describe('how inside is told from outside; auto goes by what the mesh is'),
  fill: z
    .number()
    .gt(0)
    .lt(1)
    .default(defaults.fill)
    .describe(told('fill', "share of the network's cube that the longest side of the mesh takes")),
};

const loss = {
  loss: z
    .enum(['squared', 'l1', 'mape'])
    .default(defaults.loss)
    .describe(told('loss', 'what is minimised: squared, absolute (l1) or relative errors (mape)')),
  truncate: z
    .number()
    .min(0)
    .default(defaults.truncate)
    .describe(
      told(
        'truncate',
        "distances beyond it, with half the cube's side as unit, count as this one; 0: none do",
      ),
    ),
  eikonal: z
    .number()
    .min(0)
    .default(defaults.eikonal)
    .describe(told('eikonal', 'weight of the eikonal term, with siren alone; 0 leaves it out')),
};

const selection = {
  ...selectionFields(words, defaults, 'pool'),
  frequency: z
    .enum(frequencyOperators)
    .default(defaults.frequency)
    .describe(
      told(
        'frequency',
        "what evos goes by beside the error: an operator on each point's neighbours, with refresh 0",
      ),
    ),
};

const training = {
  preset: z
    .enum(meshPresetNames)
    .default('default')
    .describe(
      'named defaults, before which settings named beside it go; int-paper: the signed distance setting of INT',
    ),
  ...trainingFields(words, defaults),
};

/** The settings of `fitMesh`, as zod schema; presets are filled in by {@link resolveMeshSettings}. */
export const fitMeshSettings = z.strictObject({
  ...training,
  ...selection,
  ...network,
  ...samples,
  ...loss,
  resolution: z
    .int()
    .min(4)
    .max(1024)
    .default(256)
    .describe("cells along the cube's side when the mesh is extracted"),
  ...outputFields,
}) satisfies z.ZodType<FitMeshSettings>;

/** The settings that a strategy may have of its own in a comparison. */
export const meshEntrySettings = fitMeshSettings.pick({
  ...entryNames,
  frequency: true,
}) satisfies z.ZodType<MeshEntrySettings>;

const { shape } = fitMeshSettings;
const optional = words.optional.bind(words);
/** What a preset stands for is there only if it was named. */
const forAll = {
  ...optionalEntryFields(words, shape),
  frequency: optional('frequency', shape.frequency),
  backbone: optional('backbone', shape.backbone),
  levels: optional('levels', shape.levels),
  log2TableSize: optional('log2TableSize', shape.log2TableSize),
  baseResolution: optional('baseResolution', shape.baseResolution),
  finestResolution: optional('finestResolution', shape.finestResolution),
  width: optional('width', shape.width),
  depth: optional('depth', shape.depth),
  omega: optional('omega', shape.omega),
  samples: optional('samples', shape.samples),
  split: optional('split', shape.split),
  refresh: optional('refresh', shape.refresh),
  fill: optional('fill', shape.fill),
  loss: optional('loss', shape.loss),
  truncate: optional('truncate', shape.truncate),
  eikonal: optional('eikonal', shape.eikonal),
};

/** The settings of `compareMesh`: those of a fit, and which strategies to run. As `fitMeshSettings`. */
export const compareMeshSettings = fitMeshSettings
  .omit({ strategy: true })
  .extend(forAll)
  .extend({
    strategies: strategiesField(meshEntrySettings, Object.keys(shape)),
  }) satisfies z.ZodType<CompareMeshSettings>;

/** As `resolveSettings`, of a mesh fit or a comparison of them. @throws ConfigError */
export function resolveMeshSettings(
  schema: typeof fitMeshSettings,
  ...layers: readonly object[]
): FitMeshSettings;
export function resolveMeshSettings(
  schema: typeof compareMeshSettings,
  ...layers: readonly object[]
): CompareMeshSettings;
export function resolveMeshSettings(
  schema: typeof fitMeshSettings | typeof compareMeshSettings,
  ...layers: readonly object[]
): FitMeshSettings | CompareMeshSettings {
  const given = meshPresets.layered(...layers);
  checkForeign(given);
  if ('strategy' in schema.shape) {
    const settings: FitMeshSettings = parseSettings(fitMeshSettings, completedMesh(given));
    checkNetwork(settings);
    checkFrequency(settings);
    checkTogether(settings);
    return settings;
  }
  // Together with what the preset fills in, as each strategy's run will have them.
  const settings: CompareMeshSettings = parseSettings(compareMeshSettings, given);
  const common = Object.entries(settings).filter(([name]) => name !== 'strategies');
  checkNetwork(
    parseSettings(fitMeshSettings, completedMesh(meshPresets.layered(Object.fromEntries(common)))),
  );
  checkTogether(settings);
  return settings;
}

/** Settings of image fits, and what a mesh has in their place. */
const foreign: Readonly<Record<string, string>> = {
  crossFrequencyWeight: 'a mesh has no Laplacian term; leave it out',
  crossFrequencyUntil: 'a mesh has no Laplacian term; leave it out',
  crop: 'a mesh is fitted whole; cut it in a modelling program',
  resize:
    'a mesh has no size in pixels; samples says how many points are trained on, resolution how finely it is extracted',
};

function checkForeign(given: Readonly<Record<string, unknown>>): void {
  for (const [name, hint] of Object.entries(foreign)) {
    if (Object.hasOwn(given, name)) throw new ConfigError(`${name}: is a setting of images; ${hint}`);
  }
}

/** Found before the pool is drawn. */
function checkFrequency({ frequency, refresh }: FitMeshSettings): void {
  if (frequency === 'none' || refresh === 0) return;
  throw new ConfigError(
    `frequency: got ${frequency} with points that are drawn anew every ${refresh} steps, and their neighbours with them; ` +
      'expected points that stay: use refresh 0, or leave the operator out',
  );
}

/** What the networks cannot be, found before anything is written. */
function checkNetwork(settings: FitMeshSettings): void {
  const { backbone, eikonal, depth, baseResolution, finestResolution } = settings;
  if (backbone === 'siren') return;
  if (eikonal > 0) {
    throw new ConfigError(
      `eikonal: got ${eikonal} with backbone hash-grid, whose slope jumps from cell to cell; expected 0; ` +
        'use backbone siren, or leave the term out',
    );
  }
  if (depth !== 1 && depth !== 2) {
    throw new ConfigError(
      `depth: got ${depth}, expected 1 or 2 with backbone hash-grid; its detail is in the grid: raise levels or ` +
        'finestResolution, or use backbone siren',
    );
  }
  if (finestResolution < baseResolution) {
    throw new ConfigError(
      `finestResolution: got ${finestResolution}, expected at least baseResolution (${baseResolution})`,
    );
  }
}
