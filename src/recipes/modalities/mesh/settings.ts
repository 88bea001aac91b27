// The settings of a mesh fit as types, for whoever writes them in an editor. What is allowed and what is the default is
// in the schema (mesh-options.ts), which is checked against these types.
import type { PointOperator } from '../../../sdf/index.js';
import type { CommonSettings, EntryName, StrategyName } from '../image/settings.js';

/** Names of the presets of a mesh fit. */
export const meshPresetNames = ['default', 'int-paper'] as const;
/** A named set of defaults of a mesh fit. */
export type MeshPresetName = (typeof meshPresetNames)[number];

/** What a network that answers with distances may be. */
export const backbones = ['hash-grid', 'siren'] as const;
/** A kind of network. */
export type Backbone = (typeof backbones)[number];

/** The frequency operators that `evos` may go by on a mesh's points, or none. */
export const frequencyOperators = ['none', 'graph-laplacian', 'plane-residual'] as const satisfies readonly (
  'none' | PointOperator
)[];
/** A frequency operator, or none. */
export type FrequencyOperatorName = (typeof frequencyOperators)[number];

/** What a mesh fit has in common with an image fit. */
export type SharedWithImages = Pick<
  CommonSettings,
  | EntryName
  | 'seed'
  | 'device'
  | 'workers'
  | 'microBatch'
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
  /**
   * How each step chooses its samples. Default `evos-online`: those with large errors come back sooner. `evos` is the
   * published selector, by error alone unless `frequency` names an operator, `uniform` draws at random, `full` takes everything.
   */
  readonly strategy: StrategyName;
  /** Training steps, T: a whole number from 1. Default 600; with `full`, whose steps are larger, 150. */
  readonly steps: number;
  /** Adam's learning rate, above 0. Default 5e-3; with `siren` 1e-4. */
  readonly learningRate: number;
  /**
   * How the learning rate changes over the run. Going on with more steps lays the schedule out over the new number, so
   * the rate jumps up there unless it is constant. Default `cosine`.
   */
  readonly learningRateSchedule: CommonSettings['learningRateSchedule'];
  /**
   * Share β₀ of the samples a step trains on, in (0, 1]: the start of the schedule. Default 0.125. `evos-online` and
   * `uniform` take 512 samples if that is more and no `batch` is named.
   */
  readonly ratio: number;
  /**
   * What `evos` goes by beside the error, as it goes by the Laplacian of an image: how far a point's distance is from its
   * neighbours' mean (`graph-laplacian`) or from the plane through them (`plane-residual`). It is worked out for points
   * that stay, so it needs `refresh` 0. Default `none`: the error alone.
   */
  readonly frequency: FrequencyOperatorName;
  /** Width of the layers: a whole number from 1. Default 64; with `siren` 256. */
  readonly width: number;
  /** Hidden layers: of a hash grid 1 or 2, of a SIREN those after the first. Default 2; with `siren` 3. */
  readonly depth: number;
  /** Frequency ω of a SIREN's sine layers, above 0; a hash grid has none. Default 30. */
  readonly omega: number;
  /**
   * The network: a multiresolution hash grid (Müller et al., 2022), or a SIREN (Sitzmann et al., 2020). Default
   * `hash-grid`.
   */
  readonly backbone: Backbone;
  /** Levels of the hash grid, from 1 to 32. Default 8. */
  readonly levels: number;
  /** Binary logarithm of the most entries in one of its tables, from 8 to 24. Default 15. */
  readonly log2TableSize: number;
  /** Cells along the cube's side at its coarsest level, at least 2. Default 16. */
  readonly baseResolution: number;
  /** Cells along the cube's side at its finest level, at least those of its coarsest. Default 128. */
  readonly finestResolution: number;
  /** Points in the pool, N: a whole number from 64. Default 262144. */
  readonly samples: number;
  /**
   * Where they lie: `instant-ngp`, the default: half on the surface, most others close to it, an eighth anywhere; or
   * `int`: half far from it and half close.
   */
  readonly split: 'instant-ngp' | 'int';
  /**
   * Steps after which the pool is drawn anew, in place; 0: never. Default 20; with `int-paper` 0. Selectors are not told:
   * what they remember of a sample then belongs to another one of the same kind, on the surface near the first one's place.
   */
  readonly refresh: number;
  /**
   * What is minimised: squared, absolute (`l1`) or relative (`mape`, instant-ngp's) errors. Default `mape`. Selectors
   * see errors as the loss weighs them.
   */
  readonly loss: 'squared' | 'l1' | 'mape';
  /** Distances beyond it, in network units, all count as this one (DeepSDF); 0, the default: none do. */
  readonly truncate: number;
  /** Weight of the eikonal term (Gropp et al., 2020), for `siren` alone; 0, the default, leaves it out. */
  readonly eikonal: number;
  /**
   * How inside is told from outside: by the parity of rays, by angle-weighted pseudo-normals, or by the winding number.
   * Default `auto`: by what suits the mesh.
   */
  readonly sign: 'auto' | 'parity' | 'pseudonormal' | 'winding';
  /** Share of the network's cube that the longest side takes, above 0 and below 1. Default 0.9. */
  readonly fill: number;
  /** Cells along the cube's side when the mesh is extracted, from 4 to 1024. Default 256. */
  readonly resolution: number;
}

/** The settings a mesh preset stands for. */
export type MeshPresetSettings = Omit<
  FitMeshSettings,
  | 'preset'
  | 'strategy'
  | 'seed'
  | 'device'
  | 'workers'
  | 'microBatch'
  | 'measureEvery'
  | 'checkpointEvery'
  | 'sign'
  | 'resolution'
>;

/** The settings that a strategy may have of its own in a comparison; mesh, samples, network, seed and device are common. */
export type MeshEntrySettings = Pick<FitMeshSettings, EntryName | 'frequency'>;

/** Settings that a mesh preset stands for, as far as they were named. */
export type SharedMeshSettings = {
  readonly [Key in keyof MeshPresetSettings]?: MeshPresetSettings[Key] | undefined;
};

/**
 * The settings of `compareMesh`. Those that a preset stands for are there only if they were named, for all strategies
 * alike; otherwise the preset and each strategy have their own.
 */
export interface CompareMeshSettings
  extends Omit<FitMeshSettings, 'strategy' | keyof MeshPresetSettings>, SharedMeshSettings {
  /**
   * Strategies to compare, in this order; the first is the baseline. Built-in names, or those of your own
   * `selectors`; after an `@` settings of the strategy's own, joined by `+`: `uniform@ratio=0.1+steps=2000`. Default
   * `full`, `uniform`, `evos`, `evos-online`.
   */
  readonly strategies: readonly string[];
}

/** What a caller of `fitMesh` may pass: everything has a default. */
export type FitMeshSettingsInput = Partial<FitMeshSettings>;

/** What a caller of `compareMesh` may pass: everything has a default. */
export type CompareMeshSettingsInput = Partial<CompareMeshSettings>;
