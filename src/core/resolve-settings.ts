// Settings as they were given, checked against their declaration and completed by its defaults.
import { show } from './check.js';
import { didYouMean } from './did-you-mean.js';
import { ArgumentError } from './errors.js';
import type {
  ListSetting,
  NumberSetting,
  Ramp,
  RampSetting,
  Setting,
  SettingsOf,
  SettingsShape,
  ValueOf,
} from './settings.js';

/**
 * @param owner whose settings these are, as messages call it: `The 'evos' selector`
 * @param given what was asked for; `undefined` stands for the default
 * @param others further names that `given` may have, for somebody else to read
 * @throws ArgumentError naming the setting that is unknown or out of range
 * @example
 * const shape = defineSettings('mine', { ratio: number({ above: 0, max: 1, default: 0.5 }) });
 * const { ratio } = resolveSettings("The 'mine' selector", shape, { ratio: 0.2 });
 * console.log(ratio);
 */
export function resolveSettings<Shape extends SettingsShape>(
  owner: string,
  shape: Shape,
  given: object,
  others: readonly string[] = [],
): SettingsOf<Shape> {
  const values = new Map<string, unknown>(Object.entries(given));
  const known = [...others, ...Object.keys(shape)];
  for (const name of values.keys()) {
    if (known.includes(name)) continue;
    throw new ArgumentError(
      `${owner} has no setting ${show(name)}: it takes ${known.join(', ')}.${didYouMean(name, known)}`,
    );
  }
  const resolved = Object.entries(shape).map(([name, setting]) => {
    const asked = values.get(name);
    return [name, checkSetting(name, setting, asked === undefined ? setting.default : asked)];
  });
  // Each value was checked against the setting whose type it stands for.
  return Object.fromEntries(resolved) as SettingsOf<Shape>;
}

/**
 * @throws ArgumentError unless the value is one that the setting takes
 * @example
 * checkSetting('ratio', number({ above: 0, max: 1, default: 0.5 }), 0.2);
 */
export function checkSetting(name: string, setting: Setting, value: unknown): unknown {
  return value === undefined ? undefined : checkGiven(name, setting, value);
}

/** Its type has the compiler see to it that no kind of setting is forgotten. */
function checkGiven(name: string, setting: Setting, value: unknown): NonNullable<ValueOf<Setting>> {
  switch (setting.type) {
    case 'number':
      return checkBounds(name, setting, value);
    case 'ramp':
      return checkRamp(name, setting, value);
    case 'list':
      return checkList(name, setting, value);
    case 'choice': {
      const found = setting.choices.find((choice) => choice === value);
      if (found !== undefined) return found;
      throw new ArgumentError(`${name} must be one of ${setting.choices.join(', ')}, got ${show(value)}.`);
    }
    case 'text':
      if (typeof value === 'string' && setting.form?.pattern.test(value) !== false) return value;
      throw new ArgumentError(`${name} must be ${setting.form?.expected ?? 'text'}, got ${show(value)}.`);
    case 'switch':
      if (typeof value === 'boolean') return value;
      throw new ArgumentError(`${name} must be true or false, got ${show(value)}.`);
  }
}

function checkList(name: string, setting: ListSetting, value: unknown): readonly string[] {
  const some = setting.default.length > 0;
  if (!Array.isArray(value) || (some && value.length === 0)) {
    throw new ArgumentError(
      `${name} must be a list of ${some ? 'one or more ' : ''}texts, got ${show(value)}.`,
    );
  }
  return value.map((entry: unknown, i) => {
    const text = typeof entry === 'string' ? entry : '';
    const [problem] = text === '' ? [`got ${show(entry)}, expected text.`] : (setting.problems?.(text) ?? []);
    if (problem === undefined) return text;
    throw new ArgumentError(`${name}[${i}]: ${problem}`);
  });
}

function checkRamp(name: string, setting: RampSetting, value: unknown): Ramp {
  if (isMoving(value)) {
    return {
      from: checkBounds(`${name}.from`, setting, value.from),
      to: checkBounds(`${name}.to`, setting, value.to),
    };
  }
  if (typeof value === 'object' || typeof value === 'string') {
    throw new ArgumentError(`${name} must be a number or { from, to }, got ${show(value)}.`);
  }
  return checkBounds(name, setting, value);
}

/** Whether a value is two of something by name, and nothing else. */
function isMoving(value: unknown): value is Record<'from' | 'to', unknown> {
  return typeof value === 'object' && value !== null && Object.keys(value).sort().join() === 'from,to';
}

function checkBounds(name: string, setting: NumberSetting | RampSetting, value: unknown): number {
  const { whole, min = -Infinity, max = Infinity, above = -Infinity, below = Infinity } = setting;
  const fits =
    typeof value === 'number' &&
    value >= min &&
    value <= max &&
    value > above &&
    value < below &&
    Number.isFinite(value) &&
    (!whole || Number.isInteger(value));
  if (fits) return value;
  throw new ArgumentError(`${name} must be ${rangeOf(setting)}, got ${show(value)}.`);
}

/**
 * A number's range in words: `an integer of at least 1`, `a number in (0, 1]`.
 * @throws never
 * @example
 * console.log(rangeOf(number({ above: 0, max: 1, default: 0.5 }))); // a number in (0, 1]
 */
export function rangeOf({ whole, min, max, above, below }: NumberSetting | RampSetting): string {
  const noun = whole ? 'an integer' : 'a number';
  const low = min ?? above;
  const high = max ?? below;
  if (low !== undefined && high !== undefined) {
    if (whole && min !== undefined && max !== undefined) return `${noun} from ${min} to ${max}`;
    return `${noun} in ${min === undefined ? '(' : '['}${low}, ${high}${max === undefined ? ')' : ']'}`;
  }
  if (low !== undefined) return `${noun} ${min === undefined ? 'above' : 'of at least'} ${low}`;
  if (high !== undefined) return `${noun} ${max === undefined ? 'below' : 'of at most'} ${high}`;
  return noun;
}
