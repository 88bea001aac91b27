// The settings of a mesh fit as types, for whoever writes them in an editor. What is allowed and what is the default is
// in the schema (mesh-options.ts), which is checked against these types.
import type { CommonSettings, StrategyName } from './settings.js';

/** Names of the presets of a mesh fit. */
export const meshPresetNames = ['default', 'int-paper'] as const;
/** A named set of defaults of a mesh fit. */
export type MeshPresetName = (typeof meshPresetNames)[number];

/** What a network that answers with distances may be. */
export const backbones = ['hash-grid', 'siren'] as const;
/** A kind of network. */
export type Backbone = (typeof backbones)[number];

/** What a mesh fit has in common with an image fit. */
export type SharedWithImages = Pick<
  CommonSettings,
  | 'steps'
  | 'learningRate'
  | 'learningRateSchedule'
  | 'learningRateFinal'
  | 'batch'
  | 'seed'
  | 'device'
  | 'workers'
  | 'microBatch'
  | 'ratio'
  | 'schedule'
  | 'interval'
  | 'crossover'
  | 'mutation'
  | 'mutationShare'
  | 'width'
  | 'depth'
  | 'omega'
  | 'measureEvery'
  | 'checkpointEvery'
>;

/** The settings of `fitMesh`, complete. */
export interface FitMeshSettings extends SharedWithImages {
  /**
   * A named set of defaults: `int-paper` is the signed distance setting of INT (ICML 2024), SIREN and all. It stands for
   * its settings at the place where it is named: those named beside it win. Default `default`.
   */
  readonly preset: MeshPresetName;
  /** How each step chooses its samples. Default `evos-online`. */
  readonly strategy: StrategyName;
  /** The network: a multiresolution hash grid (Müller et al., 2022), or a SIREN (Sitzmann et al., 2020). */
  readonly backbone: Backbone;
  /** Levels of the hash grid. */
  readonly levels: number;
  /** Binary logarithm of the most entries in one of its tables. */
  readonly log2TableSize: number;
  /** Cells along the cube's side at its coarsest level. */
  readonly baseResolution: number;
  /** Cells along the cube's side at its finest level. */
  readonly finestResolution: number;
  /** Points in the pool, N. */
  readonly samples: number;
  /** Where they lie: `instant-ngp` or `int`. */
  readonly split: 'instant-ngp' | 'int';
  /** Steps after which the pool is drawn anew; 0: never. */
  readonly refresh: number;
  /** What is minimised: squared, absolute (`l1`) or relative (`mape`, instant-ngp's) errors. */
  readonly loss: 'squared' | 'l1' | 'mape';
  /** Distances beyond it, in network units, all count as this one (DeepSDF); 0: none do. */
  readonly truncate: number;
  /** Weight of the eikonal term (Gropp et al., 2020), for `siren` alone; 0 leaves it out. */
  readonly eikonal: number;
  /** How inside is told from outside; `auto` goes by what the mesh is. */
  readonly sign: 'auto' | 'parity' | 'pseudonormal' | 'winding';
  /** Share of the network's cube that the longest side takes, above 0 and below 1. */
  readonly fill: number;
  /** Cells along the cube's side when the mesh is extracted. */
  readonly resolution: number;
}

/** What a caller of `fitMesh` may pass: everything has a default. */
export type FitMeshSettingsInput = Partial<FitMeshSettings>;
