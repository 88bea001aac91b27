// Presets of one kind of run: named sets of defaults by strategy, how they are filled in, and how they are told.
import { strategies, type StrategyName } from '../modalities/image/settings.js';

/** Presets and what can be done with them. */
export interface PresetBook<Name extends string, Settings extends object> {
  readonly presets: Readonly<Record<Name, Readonly<Record<StrategyName, Settings>>>>;
  /**
   * Lays settings over one another, later layers last. A preset wins over what earlier layers say of the settings that
   * it stands for; settings beside it in the same layer win over it, and so do later layers.
   * @param layers objects with some settings each; what is undefined counts as not given. Nothing is checked.
   */
  readonly layered: (...layers: readonly object[]) => Record<string, unknown>;
  /** Settings of a run with what its preset and its strategy fill in. Nothing is checked. */
  readonly completed: (given: Readonly<Record<string, unknown>>) => Record<string, unknown>;
  /**
   * The defaults of strategies in words: "evos: 0.5, uniform: 0.03"; "default: 0.5" where all have that one.
   * @param apart only those that differ from the usual strategy's; then empty where all have the same
   */
  readonly defaultsInWords: (
    key: keyof Settings & string,
    uses: (strategy: StrategyName) => boolean,
    apart: boolean,
  ) => string;
}

/** What a book is made from. */
export interface PresetBookOptions<Name extends string, Settings extends object> {
  readonly presets: PresetBook<Name, Settings>['presets'];
  /** The strategy of a run for which none is named, by preset. */
  readonly usualStrategy: Readonly<Record<Name, StrategyName>>;
  /** The preset of a run for which none is named. */
  readonly usual: Name;
}

/** What stands for the strategies' names where all have one default. */
export const everyStrategy = 'default';

/** Makes a book of presets. */
export function presetBook<Name extends string, Settings extends object>({
  presets,
  usualStrategy,
  usual,
}: PresetBookOptions<Name, Settings>): PresetBook<Name, Settings> {
  const names = Object.keys(presets) as Name[];
  // How long to train is nothing a preset takes back once it was said.
  const keys = Object.keys(presets[usual]['evos-online']).filter((key) => key !== 'steps');
  return {
    presets,

    layered(...layers) {
      const result: Record<string, unknown> = {};
      for (const layer of layers) {
        const given = Object.entries(layer).filter(([, value]) => value !== undefined);
        if (given.some(([key]) => key === 'preset')) for (const key of keys) delete result[key];
        Object.assign(result, Object.fromEntries(given));
      }
      return result;
    },

    completed(given) {
      const preset = names.find((name) => name === given['preset']) ?? usual;
      const { strategy = usualStrategy[preset] } = given;
      const known = strategies.find((name) => name === strategy);
      return { ...(known === undefined ? {} : presets[preset][known]), strategy, ...given };
    },

    defaultsInWords(key, uses, apart) {
      const shown = (name: StrategyName): string => String(presets[usual][name][key]);
      const named = strategies.filter(
        (name) => uses(name) && !(apart && shown(name) === shown('evos-online')),
      );
      // Where all that use it have the same, one word for all says more than a list.
      const alike = named.length > 1 && named.every((name) => shown(name) === shown('evos-online'));
      if (alike) return `${everyStrategy}: ${shown('evos-online')}`;
      return named.map((name) => `${name}: ${shown(name)}`).join(', ');
    },
  };
}
