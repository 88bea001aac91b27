// What a modality's settings are asked for, by runs, reports and the command line. `settingsOf` makes one from a description.
import type { Setting, SettingsOf } from '../../core/settings.js';
import type { Form, Problem } from './check.js';
import type { JsonSchema } from './json-schema.js';
import type { chosenSettings, comparisonSettings, runSettings, trainingSettings } from './shared.js';

/** A command that takes settings. */
export type Purpose = 'fit' | 'compare';

/** An entry of `strategies` in a comparison, `uniform@ratio=0.1+steps=900` or `small=uniform@ratio=0.1`, read. */
export interface StrategyEntry {
  /** As it was written. */
  readonly text: string;
  /** The strategy's name. */
  readonly strategy: string;
  /** What names the run and its folder: the name given, else the text with "-" in place of what a folder may not be called. */
  readonly name: string;
  /** The settings given, and no others. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** What one setting does, in words, and for whom. */
export interface Words {
  /** The strategies or backbones that declare it; empty where all do, or the modality itself. */
  readonly owners: readonly string[];
  readonly text: string;
}

/** One setting as an option of the command line. */
export interface Field {
  /** Its name, `learningRate`. */
  readonly key: string;
  /** Its name as an option, `learning-rate`. */
  readonly flag: string;
  /** Its type and range, with the choices that there are. */
  readonly setting: Setting;
  readonly words: readonly Words[];
  /** The default as the help shows it; undefined where there is none. */
  readonly usual: string | undefined;
  /** Strategies and backbones with another default, and that one. */
  readonly apart: readonly (readonly [owner: string, shown: string])[];
}

/** The settings that any run reads. */
export interface RunSettings
  extends
    SettingsOf<typeof runSettings>,
    SettingsOf<typeof trainingSettings>,
    SettingsOf<typeof chosenSettings> {
  /** Where there is no such setting the trainer has its own size of passes, always the same. */
  readonly microBatch?: number;
}

/** The settings that any comparison reads. */
export interface CompareSettings
  extends SettingsOf<typeof runSettings>, SettingsOf<typeof comparisonSettings> {}

/**
 * The settings of one modality. Everything is worked out from the registries when it is asked for, so that plugins count.
 * `Fit` are the settings of a run, `Compare` those of a comparison.
 */
export interface Resolver<
  Fit extends RunSettings = RunSettings,
  Compare extends CompareSettings = CompareSettings,
> {
  /**
   * A run's settings, complete.
   * @param layers settings as far as they are named, later layers before earlier ones; what is undefined is not named
   * @throws ConfigError naming each setting that is wrong, what was got and what was expected
   */
  fit(...layers: readonly object[]): Fit;
  /** A comparison's settings. What differs from strategy to strategy is there only where it is named. @throws ConfigError */
  compare(...layers: readonly object[]): Compare;
  /** Reads an entry of a comparison's strategies. @throws ConfigError */
  entry(text: string): StrategyEntry;
  /** The settings of one run of a comparison, complete. @throws ConfigError */
  runOf(compared: Compare, entry: StrategyEntry): Fit;
  /** Names of the settings that play a part in a run: those of its strategy and its backbone, and those of all. */
  inPlay(run: { readonly strategy: string; readonly backbone?: unknown }): readonly string[];
  /** Names of the strategies that this modality can be trained with. */
  strategies(): readonly string[];
  /** Why it cannot be trained with a strategy that there is; undefined where it can, or there is none of that name. */
  whyNot(strategy: unknown): string | undefined;
  /** Names of its backbones. */
  backbones(): readonly string[];
  /** The options of the command line. */
  fields(purpose: Purpose): readonly Field[];
  /** What is wrong with settings that are named, one by one; defaults are not filled in. */
  problems(purpose: Purpose, named: unknown, form?: Form): readonly Problem[];
  /** The JSON Schema of settings that are named. */
  schema(purpose: Purpose): JsonSchema;
}
