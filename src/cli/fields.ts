// From a zod schema to command-line options and back: one field per setting, with everything the help
// shows, and the reading of what was typed. No option is written down a second time anywhere.
import type { z } from 'zod';
import { choicesOf, expectation, inputSchema } from '../recipes/settings/validate.js';

/** How an option's text is read. */
export type FieldKind = 'number' | 'text' | 'list' | 'switch';

/** One setting as an option of the command line. */
export interface Field {
  /** Its name in the schema, `learningRate`. */
  readonly key: string;
  /** Its name as an option, `learning-rate`. */
  readonly flag: string;
  readonly kind: FieldKind;
  readonly description: string;
  /** The schema's default as the help shows it; undefined when there is none. */
  readonly shownDefault: string | undefined;
  readonly choices: readonly string[];
  /** What it accepts, in words. */
  readonly expected: string;
}

/** `learningRate` → `learning-rate` */
export function kebabCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** The options a schema gives. */
export function fieldsOf(schema: z.ZodObject): Field[] {
  return Object.entries(inputSchema(schema).properties ?? {}).map(([key, node]) => {
    if (typeof node === 'boolean')
      throw new TypeError(`The setting ${key} has no type to make an option from.`);
    return {
      key,
      flag: kebabCase(key),
      kind: kindOf(node.type),
      description: node.description ?? '',
      shownDefault: node.default === undefined ? undefined : showDefault(node.default),
      choices: choicesOf(node),
      expected: expectation(node),
    };
  });
}

function kindOf(type: unknown): FieldKind {
  if (type === 'integer' || type === 'number') return 'number';
  if (type === 'boolean') return 'switch';
  return type === 'array' ? 'list' : 'text';
}

function showDefault(value: unknown): string {
  return Array.isArray(value) ? value.join(',') : String(value);
}

/**
 * Reads what was typed for an option.
 * @returns the value for the schema to judge; undefined when the text is not even of the field's kind.
 */
export function readText(field: Field, text: string): unknown {
  if (field.kind === 'list') return text.split(',').map((item) => item.trim());
  if (field.kind !== 'number') return text;
  const value = Number(text);
  return text.trim() === '' || Number.isNaN(value) ? undefined : value;
}
