// Defaults by preset and strategy, and the only place where they are written down: the schema's defaults, the help and
// the JSON Schema are read from here. `--preset evos-paper` is what was published.
import { presetBook } from '../../settings/presets.js';
import type { PresetName, PresetSettings } from './settings.js';

/** EVOS as published (Zhang et al., CVPR 2025); what the paper leaves open follows the official code at 3261484. */
const evosPaper: PresetSettings = {
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
  interval: '100:50',
  /** The paper's frequency-guided crossover (Sec. 3.3). */
  crossover: 'select',
  /** Half of what a step trains on is random: the official code's. */
  mutation: 'constant',
  mutationShare: '0.5',
  crossFrequencyWeight: 1e-5,
  crossFrequencyUntil: 0.3,
};

/** Many small steps with a decaying learning rate, as `npm run bench -- image` found them to reach a quality soonest. */
const small: PresetSettings = {
  ...evosPaper,
  steps: 3000,
  learningRate: 5e-4,
  learningRateSchedule: 'cosine',
  learningRateFinal: 0.05,
};

/** Presets of image fits. */
export const imagePresets = presetBook<PresetName, PresetSettings>({
  presets: {
    default: {
      'evos-online': { ...small, ratio: 0.02, mutationShare: '0.3' },
      evos: evosPaper,
      uniform: { ...small, ratio: 0.03 },
      full: evosPaper,
    },
    'evos-paper': { 'evos-online': evosPaper, evos: evosPaper, uniform: evosPaper, full: evosPaper },
  },
  usualStrategy: { default: 'evos-online', 'evos-paper': 'evos' },
  usual: 'default',
});

/** Every preset, and in it the settings of each strategy. */
export const { presets, layered, completed } = imagePresets;
