// The settings of a scene fit as types, for whoever writes them in an editor. What is allowed and what is the default is
// in the schema (scene-options.ts), which is checked against these types.
import type { CrossoverMethod } from '../../../core/index.js';
import type { CommonSettings } from '../image/settings.js';

/** Names of the ways of choosing rays. */
export const sceneStrategies = ['evos-online', 'evos', 'uniform', 'error-map'] as const;
/** A way of choosing rays. */
export type SceneStrategy = (typeof sceneStrategies)[number];

/** What a network that answers with density and colour may be. */
export const sceneBackbones = ['hash-grid', 'nerf'] as const;
/** A kind of network. */
export type SceneBackbone = (typeof sceneBackbones)[number];

/** What a scene fit has in common with an image fit. */
type SharedWithImages = Pick<
  CommonSettings,
  | 'steps'
  | 'learningRate'
  | 'learningRateFinal'
  | 'seed'
  | 'device'
  | 'workers'
  | 'measureEvery'
  | 'checkpointEvery'
>;

/** The settings of `fitScene`, complete. */
export interface FitSceneSettings extends SharedWithImages {
  /**
   * How each step chooses its rays. Default `evos-online`: tiles of pixels come back the sooner, the larger their errors.
   * `evos` takes tiles for individuals, `uniform` is shuffled passes over all rays, `error-map` instant-ngp's.
   */
  readonly strategy: SceneStrategy;
  /** Training steps, T: a whole number from 1. Default 4000. */
  readonly steps: number;
  /** Rays in one step, at most 65,536; 0, the default: as many as come to `points`. */
  readonly rays: number;
  /**
   * Points along rays that a step looks at, about, with `rays` 0: a whole number from 64. A step then has few rays at the
   * start, when everything may be anywhere, and more the better empty space is known. Default 16384.
   */
  readonly points: number;
  /** Adam's learning rate, above 0. Default 1e-2; with `nerf` 5e-4. */
  readonly learningRate: number;
  /**
   * How the learning rate changes over the run. Going on with more steps lays the schedule out over the new number, so
   * the rate jumps up there unless it is constant. Default `cooldown`: it falls in the last fifth alone.
   */
  readonly learningRateSchedule: CommonSettings['learningRateSchedule'];
  /** With `evos`: the share β of the tiles that a step may draw from, in (0, 1]. Default 0.5. */
  readonly ratio: number;
  /**
   * Of `evos` the share of a step that is drawn at random instead of by fitness, from 0 to 1, default 0.5; of `evos-online`
   * the share of the draws that pays no heed to fitness, above 0, default 0.3.
   */
  readonly mutationShare: number;
  /** Steps between crossovers of `evos`, default 50; of `error-map` those before errors are first used, default 128. */
  readonly interval: number;
  /** With `evos`: how error and frequency fitness are combined. Default `select`. */
  readonly crossover: CrossoverMethod;
  /** Side of a tile of `evos` and `evos-online`, in pixels, at least 2; 0, the default: 8, larger for huge scenes. */
  readonly tile: number;
  /** With `evos`: share of each step, from 0 to 1, that goes round all tiles to keep their fitness fresh. Default 0.1. */
  readonly evaluationShare: number;
  /**
   * The network: a multiresolution hash grid with small layers (Müller et al., 2022), or the layers of Mildenhall et al.
   * (2020) on encoded positions. Default `hash-grid`.
   */
  readonly backbone: SceneBackbone;
  /** Levels of the hash grid, from 1 to 32. Default 12. */
  readonly levels: number;
  /** Binary logarithm of the most entries in one of its tables, from 8 to 24. Default 17. */
  readonly log2TableSize: number;
  /** Cells along the cube's side at its coarsest level, at least 2. Default 16. */
  readonly baseResolution: number;
  /** Cells along the cube's side at its finest level, at least those of its coarsest. Default 1024. */
  readonly finestResolution: number;
  /** Width of the layers: a whole number from 2. Default 64. */
  readonly width: number;
  /** Hidden layers: of the hash grid's network for colour, default 2; of `nerf` those before density, default 4. */
  readonly depth: number;
  /** Most samples along one ray: a whole number from 1. Default 32. */
  readonly samplesPerRay: number;
  /**
   * Every so-manieth photograph is held out to measure with, at least 2, where the scene's files do not say which.
   * Default 8.
   */
  readonly holdOut: number;
  /** Photographs are made smaller by this factor, at least 1. Default 1. */
  readonly shrink: number;
  /**
   * What shows where there is nothing. Default `auto`: white behind transparent photographs; of others no ray ends at a
   * background, so that each trains before a random colour, lest black things become holes, and renderings have mid-grey
   * where the field lets light through. Say `white` or `black` for pictures of something before a plain wall of that colour.
   */
  readonly background: 'auto' | 'white' | 'black';
  /**
   * The cube that is trained at full resolution, `X,Y,Z,HALF` in the units of the scene's files: its middle and half its
   * side. Default: what the scene's files or cameras say.
   */
  readonly bounds?: string | undefined;
  /** The folder of the photographs, inside the scene's, for LLFF and COLMAP. Default: `images`. */
  readonly images?: string | undefined;
}

/** The settings that differ from strategy to strategy or from network to network unless they are named. */
export type SceneDefaults = Omit<
  FitSceneSettings,
  | 'strategy'
  | 'backbone'
  | 'seed'
  | 'device'
  | 'workers'
  | 'measureEvery'
  | 'checkpointEvery'
  | 'bounds'
  | 'images'
>;

/** The settings that a strategy may have of its own in a comparison; scene, network, seed and device are common. */
export type SceneEntrySettings = Pick<
  FitSceneSettings,
  | 'steps'
  | 'rays'
  | 'points'
  | 'learningRate'
  | 'learningRateSchedule'
  | 'learningRateFinal'
  | 'ratio'
  | 'mutationShare'
  | 'interval'
  | 'crossover'
  | 'tile'
  | 'evaluationShare'
>;

/** What each strategy or network has a default of its own for: there only if it was named. */
type Named = 'mutationShare' | 'interval' | 'learningRate' | 'depth';

/** The settings of `compareScene`. */
export interface CompareSceneSettings extends Omit<FitSceneSettings, 'strategy' | Named> {
  /** As for `fitScene`, for every strategy that takes it. Default: each strategy's own, `evos` 0.5, `evos-online` 0.3. */
  readonly mutationShare?: number | undefined;
  /** As for `fitScene`, for every strategy that takes it. Default: each strategy's own, `evos` 50, `error-map` 128. */
  readonly interval?: number | undefined;
  /** Adam's learning rate, above 0. Default: the network's own, 1e-2, with `nerf` 5e-4. */
  readonly learningRate?: number | undefined;
  /** Hidden layers. Default: the network's own, of the hash grid's network for colour 2, of `nerf` before density 4. */
  readonly depth?: number | undefined;
  /**
   * Strategies to compare, in this order; the first is the baseline. After an `@` settings of the strategy's own, joined
   * by `+`: `evos@interval=100+tile=4`. Default `uniform`, `error-map`, `evos`, `evos-online`.
   */
  readonly strategies: readonly string[];
}

/** What a caller of `fitScene` may pass: everything has a default. */
export type FitSceneSettingsInput = Partial<FitSceneSettings>;

/** What a caller of `compareScene` may pass: everything has a default. */
export type CompareSceneSettingsInput = Partial<CompareSceneSettings>;
