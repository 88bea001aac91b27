// Defaults of image fits by preset, strategy and backbone, and the only place where they are written down.
// `--preset evos-paper` is what was published.
import type { Preset } from '../../settings/presets.js';

/** EVOS as published (Zhang et al., CVPR 2025); what the paper leaves open follows the official code at 3261484. */
const evosPaper = {
  /** Enough for a first look; the papers go on to 5,000. */
  steps: 500,
  /** The official SIREN trainers', without a schedule. */
  learningRate: 1e-4,
  learningRateSchedule: 'constant',
  /** Where a schedule that is asked for ends; the published setting has none. */
  learningRateFinal: 0.1,
  /** All that is selected, in one batch. */
  batch: 0,
  /** The paper's main setting (Table 1). */
  ratio: 0.5,
  schedule: 'constant',
  /** The official "lin_dec". */
  interval: { from: 100, to: 50 },
  /** The paper's frequency-guided crossover (Sec. 3.3). */
  crossover: 'select',
  /** Half of what a step trains on is random: the official code's. */
  mutation: 'constant',
  mutationShare: 0.5,
  crossFrequencyWeight: 1e-5,
  crossFrequencyUntil: 0.3,
};

/** Many small steps with a decaying learning rate, as `npm run bench -- image` found them to reach a quality soonest. */
const small = {
  steps: 3000,
  learningRate: 5e-4,
  learningRateSchedule: 'cosine',
  learningRateFinal: 0.05,
  batch: 0,
};

/** The names of the presets, for the setting. */
export const imagePresetNames = ['default', 'evos-paper'] as const;

/** Presets of image fits. */
export const imagePresets = {
  default: {
    strategy: 'evos-online',
    backbone: 'siren',
    all: small,
    strategies: {
      'evos-online': { ratio: 0.02, mutationShare: 0.3 },
      evos: evosPaper,
      uniform: { ratio: 0.03 },
      full: evosPaper,
      'evos-tiles': evosPaper,
    },
    /**
     * For pictures of some hundred pixels a side: 570,000 numbers, half of what a picture of 768×512 has. Beyond 512 cells a
     * corner belongs to one pixel alone.
     */
    backbones: {
      'hash-grid': { learningRateSchedule: 'cosine', levels: 12, log2TableSize: 16, finestResolution: 512 },
      /** The published rate is for all pixels at every step; a few of them point too many ways for it. */
      wire: { learningRate: 1e-3 },
      /** The published rate is for hundreds of thousands of steps. */
      'positional-encoding': { learningRate: 2e-3 },
    },
    /** Steps of a grid cost little, and many small ones get further than few large ones. */
    pairs: { 'hash-grid': { 'evos-online': { ratio: 0.01 }, uniform: { ratio: 0.01 } } },
  },
  'evos-paper': { strategy: 'evos', backbone: 'siren', all: evosPaper },
} satisfies Record<(typeof imagePresetNames)[number], Preset>;

/** The strategies of a comparison for which none are named; the first is the baseline. */
export const imageComparison = ['full', 'uniform', 'evos', 'evos-online'];

/** Strategies whose steps carry no Laplacian term. */
export const withoutLaplacian = {
  'evos-online': ['crossFrequencyWeight'],
  uniform: ['crossFrequencyWeight'],
  full: ['crossFrequencyWeight'],
  'evos-tiles': ['crossFrequencyWeight'],
};

/** Backbones whose detail is in a grid. */
export const gridBackbones = ['hash-grid'];
