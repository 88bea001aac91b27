// The values of options: read from what was typed and judged by the settings that they come from, with everything that is
// wrong told at once.
import { problemsOf, readValue, type Problem } from '../recipes/settings/check.js';
import type { Field } from '../recipes/settings/resolver.js';
import type { Command } from './command.js';
import { namesOf } from './field-groups.js';
import type { Option } from './fields.js';
import { statSync } from 'node:fs';
import path from 'node:path';
import { modalities, modalitiesByName } from '../recipes/modalities/registry.js';
import type { Modality } from '../recipes/runs/modality.js';
import { UsageError } from './usage-error.js';

/** What was typed, as yargs split it and word by word. */
export interface Typed {
  readonly values: Readonly<Record<string, unknown>>;
  readonly argv: readonly string[];
}

/** What names an option and judges its value; of several settings, one that accepts it is enough. */
interface Judged extends Pick<Option, 'key' | 'flag' | 'setting' | 'bare'> {
  readonly others?: readonly Option['setting'][];
}

/**
 * A command's settings as far as they were typed. What the input is decides which there are; where it is not known, a
 * setting of any kind will do.
 * @param inputs as they were typed, none where there are none
 * @param cwd where relative inputs start
 * @throws UsageError naming all that is wrong
 */
export function readSettings(
  { name, settings: purpose, positional }: Command,
  inputs: readonly string[],
  typed: Typed,
  cwd: string,
): Record<string, unknown> {
  if (purpose === undefined) return {};
  const kinds = modalities();
  const fieldsOf = (kind: Modality): readonly Field[] => kind.settings.fields(purpose);
  const asked = typed.values['kind'];
  // A folder may hold several inputs of any kind.
  const open = positional?.several === true;
  const kindsOf = (input: string): readonly Modality[] =>
    open && isFolder(path.resolve(cwd, input)) ? kinds : modalitiesByName(path.resolve(cwd, input));
  const found = [...new Set(inputs.flatMap(kindsOf))];
  // Where a name may stand for several kinds, a setting of any kind will do, until the input is looked at.
  const kind = kinds.find((each) => each.kind === asked) ?? (found.length === 1 ? found[0] : undefined);
  if (kind !== undefined) {
    const own = fieldsOf(kind);
    const foreign = new Set(kinds.flatMap((each) => fieldsOf(each).map(({ flag }) => flag)));
    for (const { flag } of own) foreign.delete(flag);
    const lines = [...foreign]
      .filter((flag) => typed.values[flag] !== undefined)
      .map((flag) => {
        const having = kinds.filter((each) => fieldsOf(each).some((field) => field.flag === flag));
        return `--${flag} is a setting of ${namesOf(having)}; ${inputs[0] ?? ''} is ${kind.one}.`;
      });
    const why = kind.settings.whyNot(typed.values['strategy']);
    if (why === undefined) return withPaths(own, readOptions(own, typed, name, lines), cwd);
    lines.push(`--strategy: ${why}.`);
    return readOptions(
      own.filter(({ key }) => key !== 'strategy'),
      typed,
      name,
      lines,
    );
  }
  const byFlag = new Map<string, Judged>();
  for (const field of kinds.flatMap(fieldsOf)) {
    const first = byFlag.get(field.flag);
    const others = first === undefined ? [] : [...(first.others ?? []), field.setting];
    byFlag.set(field.flag, { ...(first ?? field), others });
  }
  const judged = [...byFlag.values()];
  return withPaths(judged, readOptions(judged, typed, name), cwd);
}

/** Settings whose paths start in a folder. */
export function withPaths<Values extends object>(
  fields: readonly Pick<Field, 'key' | 'setting'>[],
  values: Values,
  folder: string,
): Values {
  const paths = fields.filter(({ setting }) => setting.type === 'text' && setting.path === true);
  const keys = new Set(paths.map(({ key }) => key));
  const absolute = Object.entries(values).flatMap(([key, value]: [string, unknown]) =>
    keys.has(key) && typeof value === 'string' ? [[key, path.resolve(folder, value)] as const] : [],
  );
  return { ...values, ...Object.fromEntries(absolute) };
}

const isFolder = (file: string): boolean => statSync(file, { throwIfNoEntry: false })?.isDirectory() === true;

/**
 * The values of options.
 * @param problems what is wrong already
 * @throws UsageError naming all that is wrong
 */
export function readOptions(
  options: readonly Judged[],
  { values, argv }: Typed,
  command: string,
  problems: string[] = [],
): Record<string, unknown> {
  const read: Record<string, unknown> = {};
  for (const { key, flag, setting, bare = false, others = [] } of options) {
    const typed = values[flag];
    const option = `--${flag}`;
    if (typed === undefined) continue;
    // yargs lets the last of repeated switches win, so they are counted in the words themselves
    const texts = [typed].flat().map((text) => (typeof text === 'string' ? text : ''));
    const times = bare ? argv.filter((word) => word === option).length : texts.length;
    const repeats = setting.type === 'list' && setting.each !== undefined;
    if (times > 1 && !repeats) {
      problems.push(`${option} was given ${times} times; give it once.`);
    } else if (bare && argv.some((word) => word.startsWith(`${option}=`))) {
      problems.push(`${option} takes no value.`);
    } else {
      const value = bare ? typed === true : repeats ? texts : readValue(setting, texts.join());
      const verdicts = [setting, ...others].map((each) => problemsOf(each, value, 'typed'));
      const found: readonly Problem[] = verdicts.some((verdict) => verdict.length === 0)
        ? []
        : (verdicts[0] ?? []);
      problems.push(...found.map(({ message }) => `${option}: ${message}`));
      if (!(bare && value === false)) read[key] = value;
    }
  }
  if (problems.length > 0) throw new UsageError(problems.join('\n'), command);
  return read;
}
