// Options of the command line, made from the declarations of settings. No option is written down a second time.
import type { Setting, SettingsShape } from '../core/settings.js';
import { typedValue } from '../recipes/settings/check.js';
import { kebabCase } from '../recipes/settings/spelling.js';
import { wordsOf } from '../recipes/settings/words.js';

/** One option. */
export interface Option {
  /** The setting's name, `learningRate`. */
  readonly key: string;
  /** Its name as an option, `learning-rate`. */
  readonly flag: string;
  readonly setting: Setting;
  readonly description: string;
  /** The default as the help shows it; undefined when there is none. */
  readonly shownDefault: string | undefined;
  /** Whether naming it is enough: a command's own switches take no value, those among the settings are true or false. */
  readonly bare?: boolean;
}

/** The words that an option may be, if it is one of a few. */
export function choicesOf({ setting, bare = false }: Option): readonly string[] {
  if (setting.type === 'switch') return bare ? [] : ['true', 'false'];
  return setting.type === 'choice' ? setting.choices : [];
}

/** The options of a command's own. */
export function controlOptions(id: string, controls: SettingsShape): Option[] {
  return Object.entries(controls).map(([key, setting]) => ({
    key,
    flag: kebabCase(key),
    setting,
    description: wordsOf(id, key),
    bare: setting.type === 'switch',
    shownDefault:
      setting.default === undefined || setting.type === 'switch' ? undefined : typedValue(setting.default),
  }));
}
