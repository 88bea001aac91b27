// Turns zod's findings into sentences: what was got, what was expected. Zod decides what is wrong; the
// expectation is read from the schema itself (as JSON Schema), so it always names the whole range.
import { z } from 'zod';
import { ConfigError } from '../../core/index.js';
import { didYouMean } from '../../core/did-you-mean.js';

type Node = z.core.JSONSchema.BaseSchema;

/** Something wrong with a value, and where. */
export type Problem =
  | {
      readonly kind: 'value';
      readonly path: readonly PropertyKey[];
      readonly got: unknown;
      readonly expected: string;
    }
  | {
      readonly kind: 'unknown';
      readonly path: readonly PropertyKey[];
      readonly key: string;
      readonly hint: string;
    }
  | {
      /** A finding of the schema's own, which is a sentence already. */
      readonly kind: 'custom';
      readonly path: readonly PropertyKey[];
      readonly message: string;
    };

/** The JSON Schema of what a caller may pass. */
export function inputSchema(schema: z.ZodType): Node {
  return z.toJSONSchema(schema, { io: 'input' });
}

/** Everything wrong with `value`; an empty list when `schema` accepts it. */
export function problemsOf(schema: z.ZodType, value: unknown): Problem[] {
  const result = schema.safeParse(value);
  if (result.success) return [];
  const root = inputSchema(schema);
  return result.error.issues.flatMap((issue): Problem[] => {
    const node = nodeAt(root, issue.path);
    if (issue.code === 'unrecognized_keys') {
      const known = Object.keys(node?.properties ?? {});
      return issue.keys.map((key) => ({
        kind: 'unknown',
        path: issue.path,
        key,
        hint: didYouMean(key, known),
      }));
    }
    if (issue.code === 'custom') return [{ kind: 'custom', path: issue.path, message: issue.message }];
    const got = valueAt(value, issue.path);
    const byPattern = issue.code === 'invalid_format';
    const expected =
      byPattern || node === undefined ? issue.message.replace(/^expected /, '') : expectation(node);
    // among very short words everything is near: "gpu" is no slip for "cpu"
    const hint = typeof got === 'string' && got.length > 3 ? didYouMean(got, choicesOf(node)) : '';
    return [
      { kind: 'value', path: issue.path, got, expected: hint === '' ? expected : `${expected}.${hint}` },
    ];
  });
}

/** "fit.ratio: got NaN, expected a number above 0 and at most 1". */
export function problemSentence(problem: Problem): string {
  const where = (keys: readonly PropertyKey[]) => keys.map(String).join('.');
  if (problem.kind === 'unknown') {
    return `${where([...problem.path, problem.key])}: unknown setting.${problem.hint}`;
  }
  const place = problem.path.length === 0 ? 'the content' : where(problem.path);
  if (problem.kind === 'custom') return `${place}: ${problem.message}`;
  return `${place}: got ${showValue(problem.got)}, expected ${problem.expected}`;
}

/** The words a setting may be, if it is one of a few. */
export function choicesOf(node: Node | undefined): string[] {
  return (node?.enum ?? []).map(String);
}

/** "a number above 0 and at most 1": what a JSON Schema node accepts, in words. */
export function expectation(node: Node): string {
  if (node.enum !== undefined) return `one of ${choicesOf(node).join(', ')}`;
  switch (node.type) {
    case 'integer':
      return `a whole number${range(node)}`;
    case 'number':
      return `a number${range(node)}`;
    case 'string':
      return (node.minLength ?? 0) > 0 ? 'text that is not empty' : 'text';
    case 'array':
      return (node.minItems ?? 0) > 0 ? 'a list with at least one entry' : 'a list';
    case 'boolean':
      return 'true or false';
    default:
      return 'an object with settings';
  }
}

function range(node: Node): string {
  // zod writes the largest safe integer where a schema sets no upper bound of its own
  const max = node.maximum === Number.MAX_SAFE_INTEGER ? undefined : node.maximum;
  const min = node.minimum === Number.MIN_SAFE_INTEGER ? undefined : node.minimum;
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  const bounds = [
    node.exclusiveMinimum === undefined ? undefined : `above ${node.exclusiveMinimum}`,
    min === undefined ? undefined : `of at least ${min}`,
    node.exclusiveMaximum === undefined ? undefined : `below ${node.exclusiveMaximum}`,
    max === undefined ? undefined : `${node.exclusiveMinimum === undefined ? 'of ' : ''}at most ${max}`,
  ].filter((bound) => bound !== undefined);
  return bounds.length === 0 ? '' : ` ${bounds.join(' and ')}`;
}

function nodeAt(root: Node, path: readonly PropertyKey[]): Node | undefined {
  return path.reduce<Node | undefined>((node, key) => {
    const next = typeof key === 'number' ? node?.items : node?.properties?.[String(key)];
    return typeof next !== 'object' || Array.isArray(next) ? undefined : next;
  }, root);
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

/**
 * Fills in defaults and checks.
 * @throws ConfigError naming each setting that is wrong, what was got and what was expected.
 */
export function parseSettings<Schema extends z.ZodType>(schema: Schema, values: unknown): z.output<Schema> {
  const problems = problemsOf(schema, values);
  if (problems.length > 0) throw new ConfigError(problems.map(problemSentence).join('; '));
  return schema.parse(values);
}

/** A value as an error message shows it: short, on one line. */
export function showValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'number' || typeof value === 'symbol') return String(value);
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
