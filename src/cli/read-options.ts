// The values of options: read from what was typed and judged by the schema they come from, with everything that is wrong
// told at once.
import type { z } from 'zod';
import type { RunKind } from '../recipes/runs/folder.js';
import { problemsOf, type Problem } from '../recipes/settings/validate.js';
import type { Command } from './command.js';
import { namesOf, type FieldsByKind } from './field-groups.js';
import { kebabCase, readText, type Field } from './fields.js';
import { kindNames, kindOfFile, kinds } from './kinds.js';
import { UsageError } from './usage-error.js';

/** What was typed, as yargs split it and word by word. */
export interface Typed {
  readonly values: Readonly<Record<string, unknown>>;
  readonly argv: readonly string[];
}

/**
 * A command's settings as far as they were typed. What the input is decides which there are; where it is not known, a
 * setting of any kind will do.
 * @param cwd where a relative input starts
 * @throws UsageError naming all that is wrong
 */
export function readSettings(
  { name, settings, settingFields }: Command,
  input: string | undefined,
  typed: Typed,
  cwd: string,
): Record<string, unknown> {
  if (settings === undefined || settingFields === undefined) return {};
  const kind = input === undefined ? undefined : kindOfFile(input, cwd);
  if (kind !== undefined) {
    const lines = foreignOptions(settingFields, kind, typed).map(
      ({ flag, of }) => `--${flag} is a setting of ${namesOf(of)}; ${input} is ${kinds[kind].one}.`,
    );
    return readFields(settingFields[kind], settings[kind], typed, name, lines);
  }
  const fields = kindNames.flatMap((each) => settingFields[each]);
  const distinct = fields.filter((field, i) => fields.findIndex(({ flag }) => flag === field.flag) === i);
  return readFields(
    distinct,
    kindNames.map((each) => settings[each]),
    typed,
    name,
  );
}

/** Options that were typed and are other kinds' alone, with those kinds. */
function foreignOptions(
  fields: FieldsByKind,
  own: RunKind,
  { values }: Typed,
): { readonly flag: string; readonly of: readonly RunKind[] }[] {
  const having = (flag: string): RunKind[] =>
    kindNames.filter((kind) => fields[kind].some((field) => field.flag === flag));
  const flags = new Set(kindNames.flatMap((kind) => fields[kind].map(({ flag }) => flag)));
  return [...flags]
    .filter((flag) => values[flag] !== undefined)
    .map((flag) => ({ flag, of: having(flag) }))
    .filter(({ of }) => !of.includes(own));
}

/**
 * The values of options.
 * @param schema what judges them; of several, one that accepts a value is enough
 * @param problems what is wrong already
 * @throws UsageError naming all that is wrong
 */
export function readFields(
  fields: readonly Field[],
  schema: z.ZodObject | readonly z.ZodObject[],
  { values, argv }: Typed,
  command: string,
  problems: string[] = [],
): Record<string, unknown> {
  const read: Record<string, unknown> = {};
  for (const field of fields) {
    const typed = values[field.flag];
    const option = `--${field.flag}`;
    if (typed === undefined) continue;
    // yargs lets the last of repeated switches win, so they are counted in the words themselves
    const times =
      field.kind === 'switch' ? argv.filter((word) => word === option).length : [typed].flat().length;
    if (times > 1) {
      problems.push(`${option} was given ${times} times; give it once.`);
    } else if (field.kind === 'switch') {
      if (argv.some((word) => word.startsWith(`${option}=`))) problems.push(`${option} takes no value.`);
      else if (typed === true) read[field.key] = true;
    } else {
      const text = typeof typed === 'string' ? typed : '';
      const value = readText(field, text);
      if (value === undefined) problems.push(`${option}: got ${shown(text)}, expected ${field.expected}`);
      else read[field.key] = value;
    }
  }
  for (const problem of judged([schema].flat(), read)) {
    const key = String(problem.path[0]);
    if (problem.kind === 'custom') {
      problems.push(`--${kebabCase(key)}: ${problem.message}`);
      continue;
    }
    const text = values[kebabCase(key)];
    const wanted = problem.kind === 'value' ? problem.expected : '';
    const expected = problem.path.length > 1 ? `entries separated by commas, each ${wanted}` : wanted;
    const line = `--${kebabCase(key)}: got ${shown(typeof text === 'string' ? text : '')}, expected ${expected}`;
    if (!problems.includes(line)) problems.push(line);
  }
  if (problems.length > 0) throw new UsageError(problems.join('\n'), command);
  return read;
}

/** What every schema that has a setting finds wrong with it, in the words of the first. */
function judged(schemas: readonly z.ZodObject[], read: Readonly<Record<string, unknown>>): Problem[] {
  return Object.entries(read).flatMap(([key, value]) => {
    const verdicts = schemas
      .filter(({ shape }) => Object.hasOwn(shape, key))
      .map((schema) => problemsOf(schema.partial(), { [key]: value }));
    return verdicts.every((problems) => problems.length > 0) ? (verdicts[0] ?? []) : [];
  });
}

/** What was typed, in quotes where it would otherwise not be seen. */
function shown(text: string): string {
  return /^[^\s,]+(,[^\s,]+)*$/.test(text) ? text : JSON.stringify(text);
}
