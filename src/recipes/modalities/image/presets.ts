// Defaults of image fits by preset, strategy and backbone, and the only place where they are written down.
// `--preset evos-paper` and `int-paper` are what was published; `evos-table1`, `int-figures` and `asmr-kodak` also say what a
// comparison compares, the tables of the papers.
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

/** INT's own scripts for pictures (Zhang et al., ICML 2024). */
const intPaper = {
  steps: 5000,
  learningRate: 1e-3,
  learningRateSchedule: 'cosine',
  /** Not known of pictures; to this share it falls in INT's setting for signed distances. */
  learningRateFinal: 0.01,
  batch: 0,
  ratio: 0.2,
  schedule: 'step',
  sampling: 'incremental',
};

/** Many small steps with a decaying learning rate reach a quality soonest, whatever the backbone. */
const small = {
  steps: 3000,
  learningRate: 2e-2,
  learningRateSchedule: 'cosine',
  learningRateFinal: 0.05,
  batch: 0,
};

/** Steps of a grid cost little: a hundredth of the picture at once, 24 times all of it (fewer of large ones: `stepsForSize`). */
const ofGrid = { ratio: 0.01, steps: 2400 };

/** Pixels up to which a grid goes over a picture that often. */
const usualPixels = 2 ** 22;

/** Small steps of a SIREN, and the rate that suits them (docs/backbones.md). */
const ofWaves = { ratio: 0.01, learningRate: 3e-4 };

/** From the start that it has here twenty passes reach what full training as published does, on each of six pictures (docs/benchmarks.md). */
const ofSiren = { ratio: 0.02, learningRate: 4e-4, steps: 1000 };

/** The start that the papers train from, whatever the usual one is. */
const publishedStart = { width: 256, depth: 3, omega: 30, firstScale: 1, hiddenScale: 1 };

/** A fifth of the pixels at first, in ten steps up to all of them. */
const stepwise = 'ratio=0.2+schedule=step';

/** The rows of EVOS's Table 1, in its order; the first is the baseline. */
const table1 = [
  'standard=full',
  'uniform=uniform',
  'egra=egra',
  'expansive=expansive',
  'soft-mining=soft-mining',
  'int-incremental=int@sampling=incremental',
  'int-dense=int@sampling=dense',
  'evos-without-cfs=evos@crossFrequencyWeight=0',
  'evos=evos',
  `egra-step=egra@${stepwise}`,
  `expansive-step=expansive@${stepwise}`,
  `int-incremental-step=int@sampling=incremental+${stepwise}`,
  `evos-without-cfs-step=evos@crossFrequencyWeight=0+${stepwise}`,
  `evos-step=evos@${stepwise}`,
];

/** ASMR's own script for Kodak's pictures (Li et al., ICLR 2024): all pixels at every step, Adam 1e-4 along a cosine to 1e-5. */
const asmrKodak = {
  steps: 10_000,
  learningRate: 1e-4,
  learningRateSchedule: 'cosine',
  learningRateFinal: 0.1,
  batch: 0,
};

/** The names of the presets, for the setting. */
export const imagePresetNames = [
  'default',
  'evos-paper',
  'int-paper',
  'evos-table1',
  'int-figures',
  'asmr-kodak',
] as const;

/** Presets of image fits. */
export const imagePresets = {
  default: {
    strategy: 'evos-online',
    backbone: 'hash-grid',
    all: small,
    strategies: {
      'evos-online': { ratio: 0.02, mutationShare: 0.3 },
      evos: evosPaper,
      uniform: { ratio: 0.02 },
      full: evosPaper,
      'evos-tiles': evosPaper,
      // Small steps with the learning rate that suits them, as the usual strategy takes.
      'error-map': { ratio: 0.02 },
      egra: evosPaper,
      expansive: evosPaper,
      'soft-mining': evosPaper,
      // A small step gains nothing where it needs a look at everything.
      int: evosPaper,
      nint: { ...evosPaper, ratio: 0.2 },
      'nint-released': { ...evosPaper, ratio: 0.2 },
    },
    backbones: {
      /** Twice the published rate, and a layer fewer: better in the same time. Its size is the picture's (docs/backbones.md). */
      'hash-grid': {
        ...{ learningRate: 2e-2, learningRateSchedule: 'cosine', depth: 1 },
        /** One to two decibels more half-way; where the rate has fallen, nothing either way (docs/benchmarks.md). */
        averaging: 0.05,
      },
      /** Higher frequencies from the start, several times as fast as the published ranges. */
      siren: { firstScale: 4, hiddenScale: 1.25 },
      /** The published rate is for all pixels at every step; a few of them point too many ways for it. */
      wire: { learningRate: 1e-3 },
      /** The published rate is for hundreds of thousands of steps. */
      'positional-encoding': { learningRate: 2e-3 },
    },
    pairs: {
      'hash-grid': { 'evos-online': ofGrid, uniform: ofGrid, 'error-map': ofGrid },
      /** Most networks that people bring are SIRENs; their start is their own. */
      'onnx-file': { 'evos-online': ofWaves, uniform: { ...ofWaves, ratio: 0.03 }, 'error-map': ofWaves },
      siren: { 'evos-online': ofSiren, uniform: { ...ofWaves, ratio: 0.03 }, 'error-map': ofSiren },
    },
  },
  'evos-paper': {
    strategy: 'evos',
    backbone: 'siren',
    all: evosPaper,
    /** Its own: it counts steps until errors are first used. */
    strategies: { 'error-map': { interval: 128 } },
    backbones: { siren: publishedStart },
  },
  'int-paper': {
    strategy: 'int',
    backbone: 'siren',
    all: intPaper,
    /** Six layers: the first, four hidden ones, and the last. */
    backbones: { siren: { ...publishedStart, depth: 4 } },
  },
  /** Table 1 of EVOS, 1,000 steps: its rows are what a comparison has for strategies. */
  'evos-table1': {
    strategy: 'evos',
    backbone: 'siren',
    all: { ...evosPaper, steps: 1000 },
    strategies: { 'error-map': { interval: 128 } },
    backbones: { siren: publishedStart },
    compared: table1,
    input: { resize: 'original' },
  },
  /** INT's table of figures, with and without: the same network and learning rate. */
  'int-figures': {
    strategy: 'int',
    backbone: 'siren',
    all: intPaper,
    backbones: { siren: { ...publishedStart, depth: 4 } },
    compared: ['without=full', 'with=int'],
    input: { resize: 'original' },
  },
  /** ASMR beside SIREN at its published setting for Kodak, with four levels; bases follow from the size, for Kodak the published ones. */
  'asmr-kodak': {
    strategy: 'full',
    backbone: 'asmr',
    all: asmrKodak,
    backbones: { asmr: { levels: 4, width: 256, omega: 30 }, siren: publishedStart },
    compared: ['siren=full@backbone=siren', 'asmr=full@backbone=asmr'],
    input: { resize: 'original' },
  },
} satisfies Record<(typeof imagePresetNames)[number], Preset>;

/** What `stepsForSize` goes by. */
interface Chosen {
  readonly preset: string;
  readonly backbone: string;
  readonly strategy: string;
}

/**
 * Steps of a grid where a picture is so large that the usual number takes too long: passes fall with the root of its size, to ten
 * over 24 megapixels. Undefined where the usual number stands.
 */
export function stepsForSize({ preset, backbone, strategy }: Chosen, pixels: number): number | undefined {
  const pairs: Readonly<Record<string, Readonly<Record<string, object>>>> = imagePresets.default.pairs;
  if (preset !== 'default' || pairs[backbone]?.[strategy] !== ofGrid) return undefined;
  const passes = Math.round(ofGrid.steps * ofGrid.ratio * Math.sqrt(usualPixels / pixels));
  const steps = Math.round(passes / ofGrid.ratio);
  return steps < ofGrid.steps ? steps : undefined;
}

/** The strategies of a comparison for which none are named; the first is the baseline. */
export const imageComparison = ['full', 'uniform', 'evos', 'evos-online'];

/** What strategies do not look at: one alone has the Laplacian term in its steps, and samples that are not of tiles need no weights. */
export const unusedByImages = {
  evos: ['correction'],
  'evos-online': ['crossFrequencyWeight', 'correction'],
  uniform: ['crossFrequencyWeight'],
  full: ['crossFrequencyWeight'],
  'evos-tiles': ['crossFrequencyWeight'],
  'error-map': ['crossFrequencyWeight'],
  int: ['crossFrequencyWeight'],
  egra: ['crossFrequencyWeight'],
  expansive: ['crossFrequencyWeight'],
  'soft-mining': ['crossFrequencyWeight'],
  nint: ['crossFrequencyWeight'],
  'nint-released': ['crossFrequencyWeight'],
};

/** Backbones whose detail is in a grid. */
export const gridBackbones = ['hash-grid'];
