// An entry of `strategies` in a comparison: a strategy's name, and settings of its own where it has some, as in
// `uniform@ratio=0.1+batch=2048`. Settings are read and judged by the schema that judges them everywhere else.
import { z } from 'zod';
import {
  strategies as builtIn,
  type EntrySettings,
  type StrategyName,
} from '../modalities/image/settings.js';
import { didYouMean } from '../../core/did-you-mean.js';
import { inputSchema, problemSentence, problemsOf } from './validate.js';

/** An entry, read. */
export interface StrategyEntry {
  /** As it was written. */
  readonly text: string;
  /** The strategy: a built-in one's name, or that of one's own selector. */
  readonly strategy: string;
  /** What names the run, its folder among them: the entry with "-" in place of what a folder may not be called. */
  readonly name: string;
  /** The settings given, and no others. */
  readonly settings: Partial<EntrySettings>;
}

const selection = ['ratio', 'schedule'];
const evolution = ['interval', 'crossover', 'frequency', 'mutation', 'mutationShare'];
const supervision = ['crossFrequencyWeight', 'crossFrequencyUntil'];

/** Settings that built-in strategies do not look at, by strategy; one's own selectors may look at all. */
export type UnusedSettings = Readonly<Record<string, readonly string[]>>;

/** Those of the strategies for pictures and meshes. */
export const unusedSettings = {
  'evos-online': ['schedule', 'interval', 'crossover', 'frequency', 'mutation', ...supervision],
  evos: [],
  uniform: [...evolution, ...supervision],
  full: [...selection, ...evolution, ...supervision],
} as const satisfies Record<StrategyName, readonly string[]>;

interface Read {
  readonly strategy: string;
  readonly settings: Record<string, unknown>;
  readonly problems: readonly string[];
}

/**
 * What is wrong with an entry, a sentence each; an empty list when nothing is.
 * @param schema the settings that may differ from strategy to strategy
 * @param common names of the settings that may not
 * @param unused what strategies do not look at
 */
export function entryProblems(
  text: string,
  schema: z.ZodObject,
  common: readonly string[] = [],
  unused: UnusedSettings = unusedSettings,
): string[] {
  const { problems, settings } = read(text, schema, common, unused);
  const wrong = problemsOf(schema.partial(), settings).map(problemSentence);
  return [...problems, ...wrong].map((problem) => `${text}: ${problem}`);
}

/** Reads an entry that `entryProblems` finds nothing wrong with. */
export function readEntry(text: string, schema: z.ZodObject): StrategyEntry {
  const { strategy, settings } = read(text, schema, [], {});
  return {
    text,
    strategy,
    name: text.replace(/[^\w.-]+/g, '-'),
    settings,
  };
}

/** Settings a strategy does not look at: they may differ without making another run. */
export function unusedBy(strategy: StrategyName): readonly string[] {
  return unusedSettings[strategy];
}

/** Whether a strategy is built in. */
export function isBuiltIn(strategy: string): strategy is StrategyName {
  return builtIn.some((name) => name === strategy);
}

/** Splits an entry; only what cannot be split or named is a problem here, values are for the schema to judge. */
function read(text: string, schema: z.ZodObject, common: readonly string[], unused: UnusedSettings): Read {
  const at = text.indexOf('@');
  const strategy = at < 0 ? text : text.slice(0, at);
  const settings: Record<string, unknown> = {};
  const problems: string[] = [];
  if (strategy === '') problems.push('expected the name of a strategy before the @');
  const nodes = inputSchema(schema).properties ?? {};
  const known = Object.keys(nodes);
  for (const pair of at < 0 ? [] : text.slice(at + 1).split('+')) {
    const [, typed = '', value = ''] = /^([^=]*)=(.*)$/s.exec(pair) ?? [];
    const key = typed.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
    const node = nodes[key];
    if (typed === '' || value === '') {
      problems.push(
        `got ${JSON.stringify(pair)}, expected KEY=VALUE, with + between settings, e.g. evos@ratio=0.1+steps=2000`,
      );
    } else if (typeof node !== 'object') {
      problems.push(unknownSetting(typed, key, known, common));
    } else if (Object.hasOwn(settings, key)) {
      problems.push(`${typed} was given twice; give it once`);
    } else if (Object.hasOwn(unused, strategy) && unused[strategy]?.includes(key) === true) {
      problems.push(`${typed} has no effect on ${strategy}; leave it out`);
    } else {
      const number = Number(value);
      const numeric = (node.type === 'number' || node.type === 'integer') && !Number.isNaN(number);
      settings[key] = numeric ? number : value;
    }
  }
  return { strategy, settings, problems };
}

function unknownSetting(
  typed: string,
  key: string,
  known: readonly string[],
  common: readonly string[],
): string {
  if (common.includes(key))
    return `${typed} is the same for every strategy; of its own one may have ${known.join(', ')}`;
  const spelled = typed.includes('-')
    ? known.map((name) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`))
    : known;
  return `${typed}: unknown setting.${didYouMean(typed, spelled)}`;
}
