// The settings that runs and comparisons read themselves, whatever the modality.
import type { SettingsOf } from '../../core/settings.js';
import type { runSettings, trainingSettings } from './shared.js';

/** The settings that any run reads. */
export interface RunSettings extends SettingsOf<typeof runSettings>, SettingsOf<typeof trainingSettings> {
  readonly strategy: string;
  /** Where there is no such setting the trainer has its own size of passes, always the same. */
  readonly microBatch?: number;
}

/** The settings that any comparison reads. */
export interface CompareSettings extends SettingsOf<typeof runSettings> {
  readonly strategies: readonly string[];
}
