// Defaults of mesh fits by preset and strategy, and the only place where they are written down. `--preset int-paper` is
// what was published.
import type { MeshPresetName, MeshPresetSettings } from './settings.js';
import { presetBook } from '../../settings/presets.js';

/** A hash grid as instant-ngp has it for signed distances, at a size for two CPU cores. */
const hashGrid: MeshPresetSettings = {
  steps: 600,
  learningRate: 5e-3,
  learningRateSchedule: 'cosine',
  learningRateFinal: 0.05,
  batch: 0,
  /** 32,768 of the pool's samples: one pass through the network (`hashGrid`). */
  ratio: 0.125,
  schedule: 'constant',
  interval: '100:50',
  crossover: 'select',
  mutation: 'constant',
  mutationShare: '0.3',
  frequency: 'none',
  backbone: 'hash-grid',
  /** As fine as the samples of a run can fill: finer cells are learnt by heart, the noise between samples and all. */
  levels: 8,
  log2TableSize: 15,
  baseResolution: 16,
  finestResolution: 128,
  width: 64,
  depth: 2,
  omega: 30,
  samples: 262_144,
  /** Müller et al., "Instant Neural Graphics Primitives" (2022): split and loss of the signed distance task. */
  split: 'instant-ngp',
  loss: 'mape',
  /** New points after two or three passes: a pool that stays is learnt by heart. */
  refresh: 20,
  truncate: 0,
  eikonal: 0,
  /** Room for the field to be positive all around. */
  fill: 0.9,
};

/** What a SIREN takes in place of the grid's: the published size, and a learning rate that it bears. */
const siren = { width: 256, depth: 3, learningRate: 1e-4 } as const;

/**
 * INT's signed distance setting (Zhang et al., ICML 2024): 50,000 points a step, half with coarse and half with fine
 * Laplace noise, a cube of side 0.9. There every step has new points; here they are drawn once, so that what selectors
 * know of a point is about that point. `refresh` 1 draws as INT does.
 */
const intPaper: MeshPresetSettings = {
  ...hashGrid,
  ...siren,
  backbone: 'siren',
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
  mutationShare: '0.5',
};

/** Presets of mesh fits. */
export const meshPresets = presetBook<MeshPresetName, MeshPresetSettings>({
  presets: {
    default: {
      'evos-online': hashGrid,
      evos: { ...hashGrid, mutationShare: '0.5' },
      uniform: hashGrid,
      /** A step costs what eight of the others do. */
      full: { ...hashGrid, steps: 150 },
    },
    'int-paper': { 'evos-online': intPaper, evos: intPaper, uniform: intPaper, full: intPaper },
  },
  usualStrategy: { default: 'evos-online', 'int-paper': 'evos' },
  usual: 'default',
});

/** Settings of a run with what its preset, its strategy and its network fill in. Nothing is checked. */
export function completedMesh(given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return meshPresets.completed(given['backbone'] === 'siren' ? { ...sirenUnless(given), ...given } : given);
}

/** A preset with a SIREN has settings for it already. */
function sirenUnless(given: Readonly<Record<string, unknown>>): object {
  const preset = given['preset'] ?? 'default';
  return preset === 'default' ? siren : {};
}
