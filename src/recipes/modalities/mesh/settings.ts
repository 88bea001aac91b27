// The settings of a mesh fit: what they are, and what they are asked for.
import type { PointOperator } from '../../../sdf/index.js';
import { choice, defineSettings, integer, number } from '../../../core/settings.js';
import { backbonesFor, strategiesFor } from '../../settings/built-in.js';
import { fileProblems } from '../../settings/network-file.js';
import { depthProblems, resolutionProblems } from '../../settings/grids.js';
import { settingsOf } from '../../settings/settings-of.js';
import {
  batchSettings,
  onlyOfScenes,
  trainingSettings,
  withoutPictures,
  withoutPixels,
} from '../../settings/shared.js';
import { gridBackbones, meshComparison, meshPresetNames, meshPresets, withoutFrequency } from './presets.js';

const frequencyOperators = ['none', 'graph-laplacian', 'plane-residual'] as const satisfies readonly (
  'none' | PointOperator
)[];

const own = defineSettings('mesh', {
  /**
   * Named defaults; int-paper: the signed distance setting of INT (ICML 2024), SIREN and all. Default `default`.
   *
   * int-figures: the same for a comparison of INT with training on everything, as its table has it.
   * It stands for its settings at the place where it is named: those named beside it win.
   */
  preset: choice(meshPresetNames, 'default'),
  /** How inside is told from outside; auto goes by what the mesh is. Default `auto`. */
  sign: choice(['auto', 'parity', 'pseudonormal', 'winding'], 'auto'),
  /** Cells along the cube's side when the mesh is extracted. Default 256. */
  resolution: integer({ min: 4, max: 1024, default: 256 }),
});

const training = defineSettings('mesh', {
  ...trainingSettings,
  ...batchSettings,
  /** Points in the pool that training draws from. */
  samples: integer({ min: 64, max: 2 ** 27, default: 524_288 }),
  /**
   * Where the points lie; instant-ngp: on and close to the surface, and some anywhere; int: far and close.
   *
   * `instant-ngp` puts half on the surface, most others close to it, an eighth anywhere; `int` half far and half close.
   */
  split: choice(['instant-ngp', 'int'], 'instant-ngp'),
  /** Steps after which the points are drawn anew; 0: never. */
  refresh: integer({ min: 0, default: 1024 }),
  /** Share of the network's cube that the longest side of the mesh takes. */
  fill: number({ above: 0, below: 1, default: 0.9 }),
  /** What is minimised: squared, absolute (l1) or relative errors (mape). */
  loss: choice(['squared', 'l1', 'mape'], 'mape'),
  /** Distances beyond it, with half the cube's side as unit, count as this one (DeepSDF); 0: none do. */
  truncate: number({ min: 0, default: 0 }),
  /** Weight of the eikonal term (Gropp et al., 2020), for backbones that are smooth; 0 leaves it out. */
  eikonal: number({ min: 0, default: 0 }),
  /**
   * What evos goes by beside the error: an operator on each point's neighbours, with refresh 0.
   *
   * How far a point's distance is from its neighbours' mean (`graph-laplacian`) or from the plane through them
   * (`plane-residual`); `none`: the error alone.
   */
  frequency: choice(frequencyOperators, 'none'),
});

/** The settings of mesh fits. */
export const meshSettings = settingsOf({
  kind: 'mesh',
  several: 'meshes',
  own,
  training,
  strategies: () => strategiesFor([]),
  backbones: () => backbonesFor(['grid', 'file']),
  presets: meshPresets,
  compared: meshComparison,
  perEntry: [...Object.keys(trainingSettings), 'batch', 'frequency'],
  unused: withoutFrequency,
  foreign: {
    ...onlyOfScenes,
    ...withoutPixels,
    ...withoutPictures,
    crossFrequency: 'a mesh has no Laplacian term; leave it out',
    crossFrequencyWeight: 'a mesh has no Laplacian term; leave it out',
    crossFrequencyUntil: 'a mesh has no Laplacian term; leave it out',
    crop: 'a mesh is fitted whole; cut it in a modelling program',
    resize:
      'a mesh has no size in pixels; samples says how many points are trained on, resolution how finely it is extracted',
  },
  check: (settings) => [
    ...fileProblems(settings),
    ...eikonalProblems(settings),
    ...depthProblems(settings, gridBackbones),
    ...resolutionProblems(settings),
    ...frequencyProblems(settings),
  ],
});

/** The settings of `fitMesh`, complete. */
export interface FitMeshSettings extends ReturnType<typeof meshSettings.fit> {}

/** The settings of `compareMesh`; as `CompareSettings`. */
export interface CompareMeshSettings extends ReturnType<typeof meshSettings.compare> {}

/** What a caller of `fitMesh` may pass: everything has a default. */
export type FitMeshSettingsInput = Partial<FitMeshSettings>;

/** What a caller of `compareMesh` may pass: everything has a default. */
export type CompareMeshSettingsInput = Partial<CompareMeshSettings>;

function frequencyProblems({ frequency, refresh }: Readonly<Record<string, unknown>>): string[] {
  if (frequency === 'none' || refresh === 0) return [];
  return [
    `frequency: got ${String(frequency)} with points that are drawn anew every ${String(refresh)} steps, and their ` +
      'neighbours with them; expected points that stay: use refresh 0, or leave the operator out',
  ];
}

function eikonalProblems({ backbone, eikonal }: Readonly<Record<string, unknown>>): string[] {
  if (eikonal === 0 || !gridBackbones.some((name) => name === backbone)) return [];
  return [
    `eikonal: got ${String(eikonal)} with backbone ${String(backbone)}, whose slope jumps from cell to cell; expected 0; ` +
      'use a backbone that is smooth, siren say, or leave the term out',
  ];
}
