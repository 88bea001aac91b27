// Defaults of mesh fits by preset, strategy and backbone, and the only place where they are written down.
// `--preset int-paper` is what was published.
import type { Preset } from '../../settings/presets.js';

const common = {
  steps: 800,
  learningRate: 5e-3,
  learningRateSchedule: 'cosine',
  learningRateFinal: 0.05,
  batch: 0,
  /** 8,192 of the pool's samples: small steps learn more from as many samples, and what a step costs besides is little. */
  ratio: 1 / 64,
  schedule: 'constant',
  interval: { from: 100, to: 50 },
  crossover: 'select',
  mutation: 'constant',
  mutationShare: 0.3,
  frequency: 'none',
  samples: 524_288,
  /** Müller et al., "Instant Neural Graphics Primitives" (2022): split and loss of the signed distance task. */
  split: 'instant-ngp',
  loss: 'mape',
  /**
   * New points after sixteen passes, for long runs: what stays longer is learnt by heart. A drawing takes as long as some
   * fifty steps, so that a usual run draws once.
   */
  refresh: 1024,
  truncate: 0,
  eikonal: 0,
  /** Room for the field to be positive all around. */
  fill: 0.9,
};

const backbones = {
  /** As instant-ngp has it for signed distances, at a size for two CPU cores. */
  'hash-grid': {
    /** As fine as the samples of a run can fill: finer cells are learnt by heart, the noise between samples and all. */
    levels: 8,
    log2TableSize: 15,
    baseResolution: 16,
    finestResolution: 128,
    width: 64,
    depth: 2,
    /** Outside everywhere: a grid that starts at 0 has a surface wherever its random numbers change sign, and spends its first steps on that. */
    outputBias: 0.03,
  },
};

const intPaper = {
  ...common,
  learningRate: 1e-4,
  steps: 10_000,
  /** To 1e-6. */
  learningRateFinal: 0.01,
  samples: 50_000,
  split: 'int',
  refresh: 0,
  loss: 'squared',
  fill: 0.45,
  /** EVOS's main setting, half of them random (CVPR 2025). */
  ratio: 0.5,
  mutationShare: 0.5,
};

/** The names of the presets, for the setting. */
export const meshPresetNames = ['default', 'int-paper', 'int-figures'] as const;

/** Presets of mesh fits. */
export const meshPresets = {
  default: {
    strategy: 'evos-online',
    backbone: 'hash-grid',
    all: common,
    /** A step of full costs what many of the others do. */
    strategies: { evos: { mutationShare: 0.5 }, full: { steps: 150 } },
    backbones,
  },
  /**
   * INT's signed distance setting (Zhang et al., ICML 2024): 50,000 points a step, half with coarse and half with fine
   * Laplace noise, a cube of side 0.9. There every step has new points; here they are drawn once, so that what selectors
   * know of a point is about that point. `refresh` 1 draws as INT does.
   */
  'int-paper': { strategy: 'evos', backbone: 'siren', all: intPaper, backbones },
  /** INT's table of figures, with and without. The fifth and its steps are those of INT's own scripts. */
  'int-figures': {
    strategy: 'int',
    backbone: 'siren',
    all: { ...intPaper, ratio: 0.2, schedule: 'step', sampling: 'incremental' },
    backbones: { ...backbones, siren: { width: 256, depth: 3, omega: 30, firstScale: 1, hiddenScale: 1 } },
    compared: ['without=full', 'with=int'],
  },
} satisfies Record<(typeof meshPresetNames)[number], Preset>;

/** The strategies of a comparison for which none are named; the first is the baseline. */
export const meshComparison = ['full', 'uniform', 'evos', 'evos-online'];

/** Strategies that look at no frequency operator. */
export const withoutFrequency = {
  'evos-tiles': ['frequency'],
  'evos-online': ['frequency'],
  uniform: ['frequency'],
  full: ['frequency'],
  int: ['frequency'],
  nint: ['frequency'],
  'nint-released': ['frequency'],
};

/** Backbones whose slope jumps from cell to cell, and so has no eikonal term; their detail is in the grid. */
export const gridBackbones = ['hash-grid'];
