// Defaults by name, and the only place where they are written down: the schema's defaults, the help and the JSON Schema
// are read from `presets.default`, and `--preset evos-paper` is the setting that was published.
import { presetNames, type PresetName, type PresetSettings } from './settings.js';

/** EVOS as published (Zhang et al., CVPR 2025); what the paper leaves open follows the official code at 3261484. */
const evosPaper: PresetSettings = {
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

/** Every preset. `default` holds what a setting is when nobody names it. */
export const presets: Readonly<Record<PresetName, PresetSettings>> = {
  default: { ...evosPaper },
  'evos-paper': evosPaper,
};

/**
 * Lays settings over one another, later layers last. A preset stands for its settings at the place where it is named:
 * settings beside it in the same layer win, and so do later layers; it wins over earlier ones.
 * @param layers objects with some settings each; what is undefined counts as not given. Nothing is checked.
 */
export function layered(...layers: readonly object[]): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const layer of layers) {
    const given = Object.entries(layer).filter(([, value]) => value !== undefined);
    const name: unknown = Object.fromEntries(given)['preset'];
    Object.assign(result, isPreset(name) ? presets[name] : {}, Object.fromEntries(given));
  }
  return result;
}

/** What a preset has otherwise than `default`, as the command line would say it: "ratio 0.5, interval 100:50". */
export function presetDifference(name: PresetName): string {
  const usual: Readonly<Record<string, unknown>> = { ...presets.default };
  return Object.entries(presets[name])
    .filter(([key, value]) => usual[key] !== value)
    .map(([key, value]) => `${key} ${String(value)}`)
    .join(', ');
}

function isPreset(name: unknown): name is PresetName {
  return presetNames.some((known) => known === name);
}
