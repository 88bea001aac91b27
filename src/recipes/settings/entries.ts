// An entry of `strategies` in a comparison: a strategy's name, and settings of its own where it has some, as in
// `uniform@ratio=0.1+batch=2048`. They are judged as they are everywhere else.
import type { SettingsShape } from '../../core/settings.js';
import { problemSentence, readValue, shapeProblems } from './check.js';
import { didYouMean } from '../../core/index.js';
import type { StrategyEntry } from './resolver.js';
import { camelCase, kebabCase } from './spelling.js';

/** What an entry is read by. */
export interface Reading {
  /** The settings that may differ from strategy to strategy. */
  readonly perEntry: SettingsShape;
  /** Names of the settings that may not. */
  readonly common: readonly string[];
  /** Whether a strategy goes by a setting. */
  readonly looksAt: (strategy: string, setting: string) => boolean;
}

/** Reads an entry; with what is wrong with it, a sentence each. */
export function readEntry(
  text: string,
  { perEntry, common, looksAt }: Reading,
): StrategyEntry & { readonly problems: readonly string[] } {
  const at = text.indexOf('@');
  const strategy = at < 0 ? text : text.slice(0, at);
  const settings: Record<string, unknown> = {};
  const problems: string[] = [];
  if (strategy === '') problems.push('expected the name of a strategy before the @');
  for (const pair of at < 0 ? [] : text.slice(at + 1).split('+')) {
    const [, typed = '', value = ''] = /^([^=]*)=(.*)$/s.exec(pair) ?? [];
    const key = camelCase(typed);
    const setting = Object.hasOwn(perEntry, key) ? perEntry[key] : undefined;
    if (typed === '' || value === '') {
      problems.push(
        `got ${JSON.stringify(pair)}, expected KEY=VALUE, with + between settings, e.g. evos@ratio=0.1+steps=2000`,
      );
    } else if (setting === undefined) {
      problems.push(unknownSetting(typed, Object.keys(perEntry), common));
    } else if (Object.hasOwn(settings, key)) {
      problems.push(`${typed} was given twice; give it once`);
    } else if (!looksAt(strategy, key)) {
      problems.push(`${typed} has no effect on ${strategy}; leave it out`);
    } else {
      settings[key] = readValue(setting, value);
    }
  }
  problems.push(...shapeProblems(perEntry, settings, 'typed').map(problemSentence));
  return {
    text,
    strategy,
    name: text.replace(/[^\w.-]+/g, '-'),
    settings,
    problems: problems.map((problem) => `${text}: ${problem}`),
  };
}

function unknownSetting(typed: string, known: readonly string[], common: readonly string[]): string {
  if (common.includes(camelCase(typed))) {
    return `${typed} is the same for every strategy; of its own one may have ${known.join(', ')}`;
  }
  const spelled = typed.includes('-') ? known.map(kebabCase) : known;
  return `${typed}: unknown setting.${didYouMean(typed, spelled)}`;
}
