// Stand-ins for the entries of core's strategies and the engine's backbones, until those have their registries.
import { choice, integer, number, ramp } from '../../core/settings.js';
import { crossoverMethods } from '../../core/index.js';

const evos = {
  name: 'evos',
  needs: [],
  settings: {
    /** Share of the samples that a step trains on: the start of the schedule. */
    ratio: number({ above: 0, max: 1, default: 0.5 }),
    /** How that share changes over the run. */
    schedule: choice(['constant', 'step', 'linear', 'cosine', 'reverse-cosine'], 'constant'),
    /** Steps between evaluations of everything. */
    interval: ramp({ min: 1, whole: true, default: { from: 100, to: 50 } }),
    /** How error and frequency fitness are combined. */
    crossover: choice(crossoverMethods, 'select'),
    /** How the share of random samples changes over the run. */
    mutation: choice(['constant', 'linear', 'exponential'], 'constant'),
    /** Share of a step's samples drawn at random. */
    mutationShare: ramp({ min: 0, max: 1, default: 0.5 }),
    /** Weight of the frequency term in the loss (cross-frequency supervision); 0 leaves it out. */
    crossFrequencyWeight: number({ min: 0, default: 1e-5 }),
    /** Share of the run during which every step carries that term. */
    crossFrequencyUntil: number({ min: 0, max: 1, default: 0.3 }),
    /** Share of each step that goes round all tiles to keep their fitness fresh. */
    evaluationShare: number({ min: 0, max: 1, default: 0.1 }),
  },
} as const;

const evosOnline = {
  name: 'evos-online',
  needs: [],
  settings: {
    /** Share of the samples that a step trains on; at least 512 samples, unless a batch is set. */
    ratio: number({ above: 0, max: 1, default: 0.02 }),
    /** Share of a step's samples drawn at random. */
    mutationShare: number({ above: 0, max: 1, default: 0.3 }),
  },
} as const;

const uniform = {
  name: 'uniform',
  needs: [],
  settings: {
    /** Share of the samples that a step trains on: the start of the schedule; at least 512 samples, unless a batch is set. */
    ratio: number({ above: 0, max: 1, default: 0.03 }),
    /** How that share changes over the run. */
    schedule: choice(['constant', 'step', 'linear', 'cosine', 'reverse-cosine'], 'constant'),
  },
} as const;

const full = { name: 'full', needs: [], settings: {} } as const;

const errorMap = {
  name: 'error-map',
  needs: ['views'],
  settings: {
    /** Steps before errors are first used. */
    interval: integer({ min: 1, default: 128 }),
    /** What each later interval is multiplied by. */
    growth: number({ min: 1, default: 1.5 }),
    /** Share of the draws that is uniform within its view. */
    uniformShare: number({ min: 0, max: 1, default: 0.5 }),
  },
} as const;

const hashGrid = {
  name: 'hash-grid',
  needs: [],
  settings: {
    /** Levels of the grid. */
    levels: integer({ min: 1, max: 32, default: 12 }),
    /** Binary logarithm of the most entries in a table of the grid. */
    log2TableSize: integer({ min: 8, max: 24, default: 15 }),
    /** Cells along a side at the coarsest level of the grid. */
    baseResolution: integer({ min: 2, max: 4096, default: 16 }),
    /** Cells along a side at its finest level. */
    finestResolution: integer({ min: 2, max: 65_536, default: 128 }),
    /** Width of the layers. */
    width: integer({ min: 1, max: 4096, default: 64 }),
    /** Hidden layers behind the grid. */
    depth: integer({ min: 1, max: 2, default: 2 }),
  },
} as const;

const siren = {
  name: 'siren',
  needs: [],
  settings: {
    /** Width of the layers. */
    width: integer({ min: 1, max: 4096, default: 256 }),
    /** Hidden layers after the first. */
    depth: integer({ min: 0, max: 64, default: 3 }),
    /** Frequency ω of the sine layers. */
    omega: number({ above: 0, default: 30 }),
  },
} as const;

const nerf = {
  name: 'nerf',
  needs: ['rays'],
  settings: {
    /** Width of the layers. */
    width: integer({ min: 1, max: 4096, default: 64 }),
    /** Hidden layers before density. */
    depth: integer({ min: 1, max: 64, default: 4 }),
  },
} as const;

/** All strategies. */
export const builtInStrategies = [evosOnline, evos, uniform, full, errorMap] as const;
/** All backbones. */
export const builtInBackbones = [hashGrid, siren, nerf] as const;
