// What a modality says of its settings, as plain data.
import type { SettingsOf, SettingsShape } from '../../core/settings.js';
import type { Declaring, Presets, Values } from './presets.js';
import type { chosenSettings, comparisonSettings, runSettings } from './shared.js';
import type { BackboneSettings, StrategySettings } from './built-in.js';

/** What {@link settingsOf} makes a resolver from. */
export interface SettingsDescription<
  Own extends SettingsShape = SettingsShape,
  Training extends SettingsShape = SettingsShape,
  Foreign extends Readonly<Record<string, string>> = Readonly<Record<string, string>>,
> {
  /** The modality's name, by which the words of its settings are found. */
  readonly kind: string;
  /** What its inputs are called: "meshes". */
  readonly several: string;
  /** Settings of the input, the same for all strategies of a comparison. */
  readonly own: Own;
  /** Settings that presets, strategies and backbones have defaults for: in a comparison each strategy has its own. */
  readonly training: Training;
  /** The strategies that it can be trained with. */
  strategies(): readonly Declaring[];
  /** Strategies that could train it and are not among them, and why. */
  readonly notOffered?: Readonly<Record<string, string>>;
  /** The networks that it can train. */
  backbones(): readonly Declaring[];
  readonly presets: Presets;
  /** The strategies of a comparison for which none are named. */
  readonly compared: readonly string[];
  /** Defaults of `own` that are others in a comparison. */
  readonly inComparisons?: Values;
  /** Names of `own` and `training` that a strategy of a comparison may have of its own, as it may its own settings. */
  readonly perEntry: readonly string[];
  /** Whether it trains fields, on tiles of rays: defaults that strategies and backbones have for these then hold. */
  readonly rays?: boolean;
  /** Settings that a strategy does not look at here, though it declares them or the modality does. */
  readonly unused?: Readonly<Record<string, readonly string[]>>;
  /** Settings of strategies and other modalities that this one has not, and what it has in their place. */
  readonly foreign: Foreign;
  /** What is wrong with complete settings only together, a sentence each. */
  check?(settings: Readonly<Record<string, unknown>>): readonly string[];
}

/** Settings whose defaults come from presets, strategies and backbones. */
type Decided<Training, Foreign> = SettingsOf<Training> &
  Omit<StrategySettings, keyof Foreign | keyof Training> &
  Omit<BackboneSettings, keyof Foreign | keyof Training> &
  Pick<SettingsOf<typeof chosenSettings>, 'backbone'>;

/** A run's settings, complete. */
export type FitOf<Of> =
  Of extends SettingsDescription<infer Own, infer Training, infer Foreign>
    ? SettingsOf<Own> &
        SettingsOf<typeof runSettings> &
        Decided<Training, Foreign> &
        Pick<SettingsOf<typeof chosenSettings>, 'strategy'>
    : never;

/** A comparison's settings: what differs from strategy to strategy is there only where it is named. */
export type CompareOf<Of> =
  Of extends SettingsDescription<infer Own, infer Training, infer Foreign>
    ? SettingsOf<Own> &
        SettingsOf<typeof runSettings> &
        Partial<Decided<Training, Foreign>> &
        SettingsOf<typeof comparisonSettings>
    : never;
