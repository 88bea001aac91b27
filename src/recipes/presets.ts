// Defaults by preset and strategy, and the only place where they are written down: the schema's defaults, the help and
// the JSON Schema are read from here. `--preset evos-paper` is what was published.
import {
  presetNames,
  strategies,
  type PresetName,
  type PresetSettings,
  type StrategyName,
} from './settings.js';

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
  steps: 2200,
  learningRate: 5e-4,
  learningRateSchedule: 'cosine',
  learningRateFinal: 0.05,
};

/** Every preset, and in it the settings of each strategy. */
export const presets: Readonly<Record<PresetName, Readonly<Record<StrategyName, PresetSettings>>>> = {
  default: {
    'evos-online': { ...small, ratio: 0.02, mutationShare: '0.3' },
    evos: evosPaper,
    uniform: { ...small, steps: 2800, ratio: 0.03 },
    full: evosPaper,
  },
  'evos-paper': { 'evos-online': evosPaper, evos: evosPaper, uniform: evosPaper, full: evosPaper },
};

/** The strategy of a run for which none is named. */
const usualStrategy: Readonly<Record<PresetName, StrategyName>> = {
  default: 'evos-online',
  'evos-paper': 'evos',
};

/** How long to train is nothing a preset takes back once it was said. */
const presetKeys = Object.keys(evosPaper).filter((key) => key !== 'steps');

/**
 * Lays settings over one another, later layers last. A preset wins over what earlier layers say of the settings that it
 * stands for; settings beside it in the same layer win over it, and so do later layers.
 * @param layers objects with some settings each; what is undefined counts as not given. Nothing is checked.
 */
export function layered(...layers: readonly object[]): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const layer of layers) {
    const given = Object.entries(layer).filter(([, value]) => value !== undefined);
    if (given.some(([key]) => key === 'preset')) for (const key of presetKeys) delete result[key];
    Object.assign(result, Object.fromEntries(given));
  }
  return result;
}

/** Settings of a run with what its preset and its strategy fill in. Nothing is checked. */
export function completed(given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const preset = presetNames.find((name) => name === given['preset']) ?? 'default';
  const { strategy = usualStrategy[preset] } = given;
  const known = strategies.find((name) => name === strategy);
  return { ...(known === undefined ? {} : presets[preset][known]), strategy, ...given };
}

/**
 * The defaults of strategies in words: "evos: 0.5, uniform: 0.03".
 * @param apart only those that differ from the usual strategy's; then empty where all have the same
 */
export function defaultsInWords(
  key: keyof PresetSettings,
  uses: (strategy: StrategyName) => boolean,
  apart: boolean,
): string {
  const usual = presets.default['evos-online'][key];
  const named = strategies.filter((name) => uses(name) && !(apart && presets.default[name][key] === usual));
  return named.map((name) => `${name}: ${presets.default[name][key]}`).join(', ');
}
