// An entry of `strategies` in a comparison: a strategy's name, and settings of its own where it has some, as in
// `uniform@ratio=0.1+batch=2048`. They are judged as they are everywhere else. `plain=evos@cross-frequency-weight=0` calls it
// by another name.
import type { SettingsShape } from '../../core/settings.js';
import { problemSentence, readValue, shapeProblems } from './check.js';
import { didYouMean } from '../../core/did-you-mean.js';
import type { StrategyEntry } from './resolver.js';
import { camelCase, kebabCase } from './spelling.js';

/** An entry that stands for the strategies that the preset names, or the usual ones. */
export const isEllipsis = (entry: string): boolean => entry === '...' || entry === '…';

/** The entries of a comparison, with the usual ones where there are none, and in the place of an ellipsis. To be judged. */
export function listedEntries(named: unknown, usual: readonly string[]): unknown {
  if (!Array.isArray(named)) return named ?? usual;
  const entries: readonly unknown[] = named;
  return entries.flatMap((entry): readonly unknown[] =>
    typeof entry === 'string' && isEllipsis(entry) ? usual : [entry],
  );
}

/** The name that an entry is given, as far as there is one, and the rest of it. */
export function splitName(entry: string): { readonly given?: string; readonly rest: string } {
  const [, given, rest] = /^([^=@]*)=(.*)$/s.exec(entry) ?? [];
  return given === undefined || rest === undefined ? { rest: entry } : { given, rest };
}

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
  const { given, rest } = splitName(text);
  const at = rest.indexOf('@');
  const strategy = at < 0 ? rest : rest.slice(0, at);
  const settings: Record<string, unknown> = {};
  const problems: string[] = [];
  if (given !== undefined && !/^\w[\w.-]*$/.test(given)) {
    problems.push(`got the name "${given}", expected letters, digits, "-", "_" and ".": it names a folder`);
  }
  if (strategy === '') problems.push('expected the name of a strategy before the @');
  for (const pair of at < 0 ? [] : rest.slice(at + 1).split('+')) {
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
    name: given ?? rest.replace(/[^\w.-]+/g, '-'),
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
