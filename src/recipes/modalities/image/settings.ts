// The settings of a run as types, for whoever writes them in an editor. What is allowed and what is the default is in
// the schema beside this file (options.ts), which is checked against these types.
import type {
  CrossoverMethod,
  LearningRateSchedule,
  MutationSchedule,
  RatioSchedule,
} from '../../../core/index.js';

/** Names of the strategies that are built in. */
export const strategies = ['evos-online', 'evos', 'uniform', 'full'] as const;
/** A built-in way of choosing samples. */
export type StrategyName = (typeof strategies)[number];

/** Names of the presets. */
export const presetNames = ['default', 'evos-paper'] as const;
/** A named set of defaults. */
export type PresetName = (typeof presetNames)[number];

/** What a fit and a comparison have in common. */
export interface CommonSettings {
  /**
   * A named set of defaults: `evos-paper` is EVOS as published, and its setting for the other strategies. It stands for
   * its settings at the place where it is named: those named beside it win. Default `default`.
   */
  readonly preset: PresetName;
  /**
   * Training steps, T: a whole number from 1. Default 3000; with `evos` and `full`, whose steps are
   * larger, 500.
   */
  readonly steps: number;
  /** Adam's learning rate, above 0. Default 5e-4; with `evos` and `full` 1e-4, the official SIREN trainers'. */
  readonly learningRate: number;
  /**
   * How the learning rate changes over the run. Going on with more steps lays the schedule out over the new number, so
   * the rate jumps up there unless it is constant. Default `cosine`; with `evos` and `full` `constant`.
   */
  readonly learningRateSchedule: LearningRateSchedule;
  /**
   * Where the schedule takes the learning rate over the whole run, as a share of the first step's, from 0 to 1; above 0
   * with `exponential`, ignored with `constant`. Default 0.05.
   */
  readonly learningRateFinal: number;
  /** Most samples in one step, drawn without repeats from the selected ones; 0, the default: all of them. */
  readonly batch: number;
  /** Seed of initial weights and draws: a whole number below 2³². Default 3407. */
  readonly seed: number;
  /** Where to train. Default `auto`: the first of CUDA, WebGPU (if it beats the CPU) and CPU that works. */
  readonly device: 'auto' | 'cpu' | 'webgpu' | 'cuda';
  /** CPU worker threads; 0, the default: one per core. Results are the same bits for the same number. */
  readonly workers: number;
  /** Samples per pass through the network; 0, the default: what suits the device (on a CPU, measured at the start). */
  readonly microBatch: number;
  /**
   * Share β₀ of the samples a step trains on, in (0, 1]: the start of the schedule. Default 0.02; with `uniform` 0.03,
   * with `evos` 0.5. `evos-online` and `uniform` take 512 samples if that is more and no `batch` is named.
   */
  readonly ratio: number;
  /** How that share changes over the run (EVOS, Sec. 4). Default `constant`. */
  readonly schedule: RatioSchedule;
  /** Steps between evaluations of everything: `N`, or `FROM:TO` falling linearly. Default `100:50`. */
  readonly interval: string;
  /** How error and frequency fitness are combined (EVOS, Sec. 3.3). Default `select`. */
  readonly crossover: CrossoverMethod;
  /** How the share of random samples changes over the run (EVOS, Sec. 3.3). Default `constant`. */
  readonly mutation: MutationSchedule['kind'];
  /**
   * Random samples as a share of the initial ratio, from 0 to 1: `S`, or `FROM:TO`. `evos-online` takes one number
   * above 0. Default `0.3`; with `evos` `0.5`.
   */
  readonly mutationShare: string;
  /** Weight λ of the Laplacian term in the loss (EVOS, Sec. 3.4); 0 leaves it out. Default 1e-5. */
  readonly crossFrequencyWeight: number;
  /** Share of the run, from 0 to 1, during which every EVOS step carries that term. Default 0.3. */
  readonly crossFrequencyUntil: number;
  /** Width of the SIREN: a whole number from 1. Default 256. */
  readonly width: number;
  /** Its hidden layers after the first. Default 3. */
  readonly depth: number;
  /** Frequency ω of its sine layers, above 0. Default 30. */
  readonly omega: number;
  /** Train on the centre N×N pixels. Default: the whole picture. */
  readonly crop?: number | undefined;
  /** Size to train at: `WxH`, `original`, or `auto`, the default: at most 65,536 pixels unless cropped. */
  readonly resize: string;
  /** Steps between quality measurements; 0, the default: twenty over the run. */
  readonly measureEvery: number;
  /** Seconds between checkpoints; 0: one after every step. Default 15. */
  readonly checkpointEvery: number;
}

/** What a strategy may have of its own in a comparison, of pictures and of meshes. */
export type EntryName =
  | 'steps'
  | 'learningRate'
  | 'learningRateSchedule'
  | 'learningRateFinal'
  | 'batch'
  | 'ratio'
  | 'schedule'
  | 'interval'
  | 'crossover'
  | 'mutation'
  | 'mutationShare';

/** The settings a preset stands for: what decides how samples are chosen and how the weights follow. */
export type PresetSettings = Pick<CommonSettings, EntryName | 'crossFrequencyWeight' | 'crossFrequencyUntil'>;

/** The settings that a strategy may have of its own in a comparison; picture, network, seed and device are common. */
export type EntrySettings = PresetSettings & Pick<CommonSettings, 'preset'>;

/** The settings of `fitImage`, complete. */
export interface FitImageSettings extends CommonSettings {
  /**
   * How each step chooses its samples. Default `evos-online`: those with large errors come back sooner. `evos` is the
   * published selector, `uniform` draws at random, `full` takes everything.
   */
  readonly strategy: StrategyName;
}

/** Settings that a preset stands for, as far as they were named. */
export type SharedSettings = { readonly [Key in keyof PresetSettings]?: PresetSettings[Key] | undefined };

/**
 * The settings of `compare`. Those that a preset stands for are there only if they were named, for all strategies alike;
 * otherwise each strategy has its own defaults.
 */
export interface CompareSettings extends Omit<CommonSettings, keyof PresetSettings>, SharedSettings {
  /**
   * Strategies to compare, in this order; the first is the baseline. Built-in names, or those of your own
   * `selectors`; after an `@` settings of the strategy's own, joined by `+`: `uniform@ratio=0.1+steps=2000`. Default
   * `full`, `uniform`, `evos`, `evos-online`.
   */
  readonly strategies: readonly string[];
}

/** What a caller of `fitImage` may pass: everything has a default. */
export type FitImageSettingsInput = Partial<FitImageSettings>;

/** What a caller of `compare` may pass: everything has a default. */
export type CompareSettingsInput = Partial<CompareSettings>;
