// From what was named to complete settings, for one modality.
import type { z } from 'zod';
import type { LearningRateSchedule } from '../../core/index.js';
import type { Device } from '../../engine/index.js';
import { pluginStrategies } from '../runs/strategies.js';
import { readEntry, type StrategyEntry } from './strategy-entries.js';

/** The settings that any run reads. */
export interface RunSettings {
  readonly strategy: string;
  readonly steps: number;
  readonly seed: number;
  readonly learningRate: number;
  readonly learningRateSchedule: LearningRateSchedule;
  readonly learningRateFinal: number;
  readonly device: Device | 'auto';
  readonly workers: number;
  readonly measureEvery: number;
  readonly checkpointEvery: number;
  /** Where there is no such setting the trainer has its own size of passes, always the same. */
  readonly microBatch?: number;
}

/** The settings that any comparison reads. */
export interface CompareSettings {
  readonly strategies: readonly string[];
  readonly device: Device | 'auto';
}

/** Settings of one modality. Later layers go before earlier ones. @throws ConfigError from each of its functions */
export interface Resolver<
  Fit extends RunSettings = RunSettings,
  Compare extends CompareSettings = CompareSettings,
> {
  /** The schemas that the command line and the configuration are judged by. */
  readonly schemas: { readonly fit: z.ZodObject; readonly compare: z.ZodObject };
  fit(...layers: readonly object[]): Fit;
  compare(...layers: readonly object[]): Compare;
  /** An entry of `strategies`: `uniform@ratio=0.1`. */
  entry(text: string): StrategyEntry;
  /** Names of the strategies that there are. */
  strategies(): readonly string[];
  /** The settings of one entry's run. */
  runOf(common: Compare, entry: StrategyEntry): Fit;
}

/** A resolver out of schemas and the functions that fill them in. */
export function resolverOf<Fit extends RunSettings, Compare extends CompareSettings>(parts: {
  readonly schemas: { readonly fit: z.ZodObject; readonly compare: z.ZodObject; readonly entry: z.ZodObject };
  readonly strategies: readonly string[];
  fit(...layers: readonly object[]): Fit;
  compare(...layers: readonly object[]): Compare;
}): Resolver<Fit, Compare> {
  return {
    schemas: parts.schemas,
    fit(...layers) {
      const named = layers
        .map((layer) => ('strategy' in layer ? layer.strategy : undefined))
        .findLast(Boolean);
      const plugin = pluginStrategies.all().find(({ name }) => name === named);
      if (plugin === undefined) return parts.fit(...layers);
      const others = layers.map((layer) =>
        Object.fromEntries(Object.entries(layer).filter(([key]) => key !== 'strategy')),
      );
      return { ...parts.fit(...others), strategy: plugin.name };
    },
    compare: (...layers) => parts.compare(...layers),
    strategies: () => [...parts.strategies, ...pluginStrategies.all().map(({ name }) => name)],
    entry: (text) => readEntry(text, parts.schemas.entry),
    runOf(common, { strategy, settings }) {
      const { strategies, ...shared } = common;
      void strategies;
      // A selector of the caller's own has no name among the settings.
      const known = this.strategies().includes(strategy);
      return this.fit(shared, settings, known ? { strategy } : {});
    },
  };
}
