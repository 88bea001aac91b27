// Judges values against settings: what was got, what was expected.
import type { NumberSetting, Ramp, Setting, SettingsShape } from '../../core/settings.js';
import { didYouMean } from '../../core/did-you-mean.js';

/** Something wrong with a setting, and where. */
export interface Problem {
  readonly path: readonly (string | number)[];
  /** The whole sentence but for the place. */
  readonly message: string;
}

/** Whether a value came as text, on the command line or in an entry of a comparison. */
export type Form = 'typed' | 'value';

/** "a number above 0 and at most 1": what a setting accepts, in words. */
export function expectation(setting: Setting, form: Form): string {
  switch (setting.type) {
    case 'number':
      return `${setting.whole ? 'a whole number' : 'a number'}${range(setting)}`;
    case 'ramp': {
      const one = expectation({ ...setting, type: 'number', default: undefined }, form);
      return form === 'typed'
        ? `${one}, or FROM:TO for one that changes over the run`
        : `${one}, or { from, to } for one that changes over the run`;
    }
    case 'choice':
      return `one of ${setting.choices.join(', ')}`;
    case 'switch':
      return 'true or false';
    case 'list':
      return form === 'typed' ? 'entries separated by commas, each text that is not empty' : 'a list of text';
    case 'text':
      return setting.form?.expected ?? 'text that is not empty';
  }
}

function range({ min, max, above, below }: Bounds): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  const bounds = [
    above === undefined ? undefined : `above ${above}`,
    min === undefined ? undefined : `of at least ${min}`,
    below === undefined ? undefined : `below ${below}`,
    max === undefined ? undefined : `${above === undefined ? 'of ' : ''}at most ${max}`,
  ].filter((bound) => bound !== undefined);
  return bounds.length === 0 ? '' : ` ${bounds.join(' and ')}`;
}

type Bounds = Pick<NumberSetting, 'min' | 'max' | 'above' | 'below'>;

/** What is wrong with a setting's value; nothing where it is accepted. */
export function problemsOf(setting: Setting, value: unknown, form: Form = 'value'): readonly Problem[] {
  if (setting.type === 'list') return listProblems(setting, value, form);
  if (accepts(setting, value)) return [];
  // Among very short words everything is near: "gpu" is no slip for "cpu".
  const hint =
    setting.type === 'choice' && typeof value === 'string' && value.length > 3
      ? didYouMean(value, setting.choices)
      : '';
  const expected = `${expectation(setting, form)}${hint === '' ? '' : `.${hint}`}`;
  return [{ path: [], message: `got ${showValue(value, form)}, expected ${expected}` }];
}

function listProblems(
  setting: Extract<Setting, { type: 'list' }>,
  value: unknown,
  form: Form,
): readonly Problem[] {
  if (!Array.isArray(value) || (value.length === 0 && setting.default.length > 0)) {
    const least = setting.default.length > 0 ? 'a list with at least one entry' : 'a list';
    return [{ path: [], message: `got ${showValue(value, form)}, expected ${least}` }];
  }
  const entries: readonly unknown[] = value;
  if (form === 'typed' && entries.some((entry) => entry === '')) {
    const message = `got ${showValue(entries.join(','), form)}, expected ${expectation(setting, form)}`;
    return [{ path: [], message }];
  }
  return entries.flatMap((entry, i): Problem[] => {
    const path = form === 'typed' ? [] : [i];
    if (typeof entry !== 'string' || entry === '')
      return [{ path, message: `got ${showValue(entry, form)}, expected text that is not empty` }];
    return (setting.problems?.(entry) ?? []).map((message) => ({ path, message }));
  });
}

function accepts(setting: Exclude<Setting, { type: 'list' }>, value: unknown): boolean {
  switch (setting.type) {
    case 'number':
      return inRange(setting, value);
    case 'ramp':
      return isRamp(value)
        ? typeof value === 'number'
          ? inRange(setting, value)
          : inRange(setting, value.from) && inRange(setting, value.to)
        : false;
    case 'choice':
      return setting.choices.some((choice) => choice === value);
    case 'switch':
      return typeof value === 'boolean';
    case 'text':
      return typeof value === 'string' && value !== '' && (setting.form?.pattern.test(value) ?? true);
  }
}

function inRange({ whole, min, max, above, below }: Bounds & { readonly whole: boolean }, value: unknown) {
  return (
    typeof value === 'number' &&
    Number.isFinite(value) &&
    (!whole || Number.isSafeInteger(value)) &&
    (min === undefined || value >= min) &&
    (max === undefined || value <= max) &&
    (above === undefined || value > above) &&
    (below === undefined || value < below)
  );
}

/** Whether a value is a number, or two of them by name and nothing else. */
export function isRamp(value: unknown): value is Ramp {
  if (typeof value !== 'object' || value === null) return typeof value === 'number';
  return Object.keys(value).sort().join() === 'from,to';
}

/** What is wrong with settings by name; those that are undefined are not judged. */
export function shapeProblems(
  shape: SettingsShape,
  values: unknown,
  form: Form = 'value',
): readonly Problem[] {
  if (typeof values !== 'object' || values === null || Array.isArray(values)) {
    return [{ path: [], message: `got ${showValue(values, form)}, expected an object with settings` }];
  }
  return Object.entries(values).flatMap(([name, value]: [string, unknown]): readonly Problem[] => {
    const setting = Object.hasOwn(shape, name) ? shape[name] : undefined;
    if (setting === undefined) {
      return [{ path: [name], message: `unknown setting.${didYouMean(name, Object.keys(shape))}` }];
    }
    if (value === undefined) return [];
    return problemsOf(setting, value, form).map(({ path, message }) => ({ path: [name, ...path], message }));
  });
}

/** "fit.ratio: got NaN, expected a number above 0 and at most 1". */
export function problemSentence({ path, message }: Problem): string {
  return `${path.length === 0 ? 'the content' : path.join('.')}: ${message}`;
}

/** Reads what was typed for a setting. Text that is not of its type comes back as it is, to be judged. */
export function readValue(setting: Setting, text: string): unknown {
  switch (setting.type) {
    case 'number':
      return readNumber(text);
    case 'ramp': {
      const [from = '', to, ...more] = text.split(':');
      if (to === undefined) return readNumber(text);
      const ends = { from: readNumber(from), to: readNumber(to) };
      return more.length > 0 || Object.values(ends).some((end) => typeof end === 'string') ? text : ends;
    }
    case 'switch':
      return text === 'true' ? true : text === 'false' ? false : text;
    case 'list':
      return setting.each === undefined ? text.split(',').map((entry) => entry.trim()) : [text];
    default:
      return text;
  }
}

function readNumber(text: string): unknown {
  const value = Number(text);
  return text.trim() === '' || Number.isNaN(value) ? text : value;
}

/** A setting's value as it is typed: `100:50`, `a,b`. */
export function typedValue(value: unknown): string {
  if (Array.isArray(value)) return value.join(',');
  if (typeof value === 'object' && isRamp(value)) return `${value.from}:${value.to}`;
  return String(value);
}

/** A value as an error message shows it: short, on one line. */
export function showValue(value: unknown, form: Form = 'value'): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'number' || typeof value === 'symbol') return String(value);
  // In quotes where it would otherwise not be seen.
  if (form === 'typed') {
    const typed = typedValue(value);
    if (/^[^\s,]+(,[^\s,]+)*$/.test(typed)) return typed;
  }
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
