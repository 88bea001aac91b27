// The configuration file: found beside the user, loaded whatever its kind, judged by the same schema as the
// options. Whatever is wrong is told with the file, the place in it, what was got and what was expected.
import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { didYouMean } from '../core/did-you-mean.js';
import { ConfigError } from '../core/errors.js';
import { problemSentence, problemsOf, shapeProblems, type Problem } from '../recipes/settings/check.js';
import { configMembers } from './config-schema.js';
import { messageOf } from '../recipes/runs/files.js';
import { loadModule } from '../recipes/runs/load-module.js';
import { shownPath } from './format.js';
import type { Field } from '../recipes/settings/resolver.js';
import { withPaths } from './read-options.js';
import { placeAt, placeOf, type Place } from './source-place.js';
import { modalities } from '../recipes/modalities/registry.js';

const names = ['evos.config.ts', 'evos.config.js', 'evos.config.mjs', 'evos.config.json'];

/** A configuration file's content: judged, and without defaults for what it does not say. */
export interface Config {
  /** Settings by section, `fitMesh` say. */
  readonly sections: Readonly<Record<string, object>>;
  /** The plugins that it names, as absolute paths. */
  readonly plugins: readonly string[];
}

/**
 * Finds, reads and judges the configuration.
 * @param asked the file named by --config; without it, one of the usual names in `cwd`
 * @returns an empty configuration when there is no file and none was asked for
 * @throws ConfigError
 */
export async function loadConfig(asked: string | undefined, cwd: string): Promise<Config> {
  const file = asked === undefined ? findConfig(cwd) : path.resolve(cwd, asked);
  if (file === undefined) return { sections: {}, plugins: [] };
  const shown = shownPath(file, cwd);
  const content = await readConfig(file, shown);
  const problems = contentProblems(content);
  if (!holdsSections(content, problems)) throw new ConfigError(await explained(problems, file, shown));
  // Without defaults: with them nobody could tell which settings the file names.
  const sections = Object.entries(content)
    .filter(([name]) => !Object.hasOwn(configMembers, name))
    .map(([name, values]) => [name, withPaths(fieldsOf(name), values, path.dirname(file))] as const);
  return { sections: Object.fromEntries(sections), plugins: pluginsIn(content, file) };
}

/** The settings of a section. */
function fieldsOf(section: string): readonly Field[] {
  const kind = modalities().find(({ sections }) => Object.values(sections).includes(section));
  return kind?.settings.fields(kind.sections.fit === section ? 'fit' : 'compare') ?? [];
}

/**
 * The plugins that a command line and its configuration name, as absolute paths. To be loaded before the words are
 * parsed, so that what they bring has options. What is wrong with either is told later.
 */
export async function namedPlugins(words: readonly string[], cwd: string): Promise<string[]> {
  const typed = valuesOf(words, 'plugin').map((file) => path.resolve(cwd, file));
  try {
    const [asked] = valuesOf(words, 'config');
    const file = asked === undefined ? findConfig(cwd) : path.resolve(cwd, asked);
    if (file === undefined) return typed;
    return [...pluginsIn(await readConfig(file, file), file), ...typed];
  } catch (error) {
    if (error instanceof ConfigError) return typed;
    throw error;
  }
}

/** What was typed for an option, before the words are parsed. */
export function valuesOf(words: readonly string[], flag: string): string[] {
  return words.flatMap((word, i) => {
    if (word.startsWith(`--${flag}=`)) return [word.slice(flag.length + 3)];
    const next = words[i + 1];
    return word === `--${flag}` && next !== undefined ? [next] : [];
  });
}

function pluginsIn(content: unknown, file: string): string[] {
  const plugins =
    typeof content === 'object' && content !== null && 'plugins' in content ? content.plugins : [];
  if (!Array.isArray(plugins)) return [];
  return plugins
    .filter((plugin) => typeof plugin === 'string')
    .map((plugin) => path.resolve(path.dirname(file), plugin));
}

/** What is wrong with a file's content; each section is judged by its kind. */
function contentProblems(content: unknown): readonly Problem[] {
  if (typeof content !== 'object' || content === null || Array.isArray(content))
    return shapeProblems({}, content);
  const judges = new Map<string, (value: unknown) => readonly Problem[]>();
  for (const [name, setting] of Object.entries(configMembers)) {
    judges.set(name, (value) => problemsOf(setting, value));
  }
  for (const { settings, sections } of modalities()) {
    judges.set(sections.fit, (value) => settings.problems('fit', value));
    judges.set(sections.compare, (value) => settings.problems('compare', value));
  }
  return Object.entries(content).flatMap(([name, value]: [string, unknown]): readonly Problem[] => {
    const judge = judges.get(name);
    if (judge === undefined) {
      return [{ path: [name], message: `unknown setting.${didYouMean(name, [...judges.keys()])}` }];
    }
    const problems = value === undefined ? [] : judge(value);
    return problems.map((problem) => ({ ...problem, path: [name, ...problem.path] }));
  });
}

/** Each problem with the place in the file where its setting stands. */
async function explained(problems: readonly Problem[], file: string, shown: string): Promise<string> {
  const text = await readFile(file, 'utf8');
  return problems
    .map((problem) => `${atPlace(shown, placeOf(text, problem.path))}: ${problemSentence(problem)}`)
    .join('\n');
}

/** `file:line:column`, as terminals and editors open it. */
const atPlace = (shown: string, place: Place | undefined): string =>
  place === undefined ? shown : `${shown}:${place.line}:${place.column}`;

function holdsSections(
  content: unknown,
  problems: readonly Problem[],
): content is Readonly<Record<string, object>> {
  return typeof content === 'object' && content !== null && problems.length === 0;
}

async function readConfig(file: string, shown: string): Promise<unknown> {
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) {
    throw new ConfigError(`--config: there is no file ${shown}.`);
  }
  return path.extname(file) === '.json'
    ? readJson(file, shown)
    : loadModule(file, shown, '`export default { fit: { … } }`');
}

function findConfig(cwd: string): string | undefined {
  const found = names.filter((name) => existsSync(path.join(cwd, name)));
  if (found.length > 1) {
    throw new ConfigError(
      `Found ${found.join(' and ')}: keep one, or name the one to use with --config FILE.`,
    );
  }
  return found[0] === undefined ? undefined : path.join(cwd, found[0]);
}

async function readJson(file: string, shown: string): Promise<unknown> {
  const text = await readFile(file, 'utf8');
  try {
    return JSON.parse(text);
  } catch (error) {
    // Where it is not said, the text ends too early.
    const at = Number(/position (\d+)/.exec(messageOf(error))?.[1] ?? text.trimEnd().length);
    const where = atPlace(shown, placeAt(text, at));
    throw new ConfigError(`${where}: cannot be read as JSON: ${messageOf(error)}`, { cause: error });
  }
}
