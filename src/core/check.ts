// What rooms share to complain alike: argument checks, and values and others' errors as messages show them. Every message
// says what was got, what was expected and what to do.
import { ArgumentError } from './errors.js';

/** A value as an error message shows it: short, and telling strings from numbers. */
export function show(value: unknown): string {
  if (typeof value === 'string') return `'${value.length > 40 ? `${value.slice(0, 40)}…` : value}'`;
  if (ArrayBuffer.isView(value)) return `${value.constructor.name}(${value.byteLength} bytes)`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'object' && value !== null)
    return `an object with keys ${Object.keys(value).join(', ') || '(none)'}`;
  return String(value);
}

/** What others' code threw, in one line: decoders and parsers answer with many, and the first one says it. */
export function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split('\n', 1)[0]!.trim();
}

/** @throws ArgumentError unless `value` is an integer from `low` to `high`. */
export function checkInteger(name: string, value: unknown, low: number, high: number, hint: string): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < low || value > high) {
    const range = high === Number.MAX_SAFE_INTEGER ? `of at least ${low}` : `from ${low} to ${high}`;
    throw new ArgumentError(`${name} must be an integer ${range}, got ${show(value)}: ${hint}.`);
  }
  return value;
}

/**
 * The id of a selection that was handed out.
 * @param last the last one's
 * @throws ArgumentError for any other, and for what is no selection
 */
export function checkSelection(selection: { readonly id: unknown } | undefined, last: number): number {
  const hint = 'report what `next` gave';
  return checkInteger('The id of the selection', selection?.id, 1, last, hint);
}

/** @throws ArgumentError unless `value` is a number in [low, high], or (low, high] where `open`. */
export function checkNumber(
  name: string,
  value: unknown,
  range: { low: number; high: number; open?: boolean },
  hint: string,
): number {
  const { low, high, open = false } = range;
  if (typeof value !== 'number' || !(open ? value > low : value >= low) || !(value <= high)) {
    throw new ArgumentError(
      `${name} must be a number in ${open ? '(' : '['}${low}, ${high}], got ${show(value)}: ${hint}.`,
    );
  }
  return value;
}

/** @throws ArgumentError unless `value` is one of `choices`. */
export function checkChoice<T extends string>(name: string, value: unknown, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value);
  if (found === undefined) {
    throw new ArgumentError(`${name} must be one of ${choices.join(', ')}, got ${show(value)}.`);
  }
  return found;
}

/** @throws ArgumentError when `value` is no object or has a key that is not in `known`: a typing error, usually. */
export function checkKeys(name: string, value: unknown, known: readonly string[]): void {
  if (typeof value !== 'object' || value === null) {
    throw new ArgumentError(`${name} must be an object with keys ${known.join(', ')}, got ${show(value)}.`);
  }
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) {
      throw new ArgumentError(`${name} has no setting ${show(key)}: it takes ${known.join(', ')}.`);
    }
  }
}

/** @throws ArgumentError unless `value` is a Float32Array of `length`. */
export function checkFloats(name: string, value: unknown, length: number, meaning: string): Float32Array {
  if (!(value instanceof Float32Array)) {
    throw new ArgumentError(`${name} must be a Float32Array (${meaning}), got ${show(value)}.`);
  }
  if (value.length !== length) {
    throw new ArgumentError(`${name} has ${value.length} numbers, expected ${length} (${meaning}).`);
  }
  return value;
}
