// Puts the settings of all strategies and backbones together with a modality's own. Settings of one name have one type;
// their ranges are joined, and each strategy's own range is judged once it is known which one runs.
import { ArgumentError } from '../../core/errors.js';
import type { Setting, SettingsShape } from '../../core/settings.js';
import type { Declaring } from './presets.js';

/** A setting, and what declares it. */
export interface Known {
  readonly setting: Setting;
  /** Strategies or backbones; empty where the modality itself declares it. */
  readonly owners: readonly Declaring[];
  /** What kind of owners it has. */
  readonly of: 'strategy' | 'backbone' | 'modality';
}

/** One setting that accepts what either accepts. @throws ArgumentError where their types differ */
export function joined(name: string, a: Setting, b: Setting): Setting {
  if ((a.type === 'number' || a.type === 'ramp') && (b.type === 'number' || b.type === 'ramp')) {
    const whole = a.whole && b.whole;
    const bounds = { ...lowest(a, b), ...highest(a, b) };
    const usual = a.default ?? b.default;
    if (a.type === 'ramp' || b.type === 'ramp')
      return { type: 'ramp', whole, default: usual ?? 0, ...bounds };
    return { type: 'number', whole, default: a.default ?? b.default, ...bounds };
  }
  if (a.type === 'choice' && b.type === 'choice') {
    return { ...a, choices: [...new Set([...a.choices, ...b.choices])] };
  }
  if (a.type === b.type) return a;
  throw new ArgumentError(
    `The setting ${name} is a ${a.type} for some and a ${b.type} for others; expected one type: rename one of them.`,
  );
}

type Numbers = Extract<Setting, { type: 'number' | 'ramp' }>;

function lowest(...both: readonly [Numbers, Numbers]): Pick<Numbers, 'min' | 'above'> {
  const [a, b] = both.map(({ min, above }) => min ?? above);
  if (a === undefined || b === undefined) return {};
  const limit = Math.min(a, b);
  return both.some(({ min }) => min === limit) ? { min: limit } : { above: limit };
}

function highest(...both: readonly [Numbers, Numbers]): Pick<Numbers, 'max' | 'below'> {
  const [a, b] = both.map(({ max, below }) => max ?? below);
  if (a === undefined || b === undefined) return {};
  const limit = Math.max(a, b);
  return both.some(({ max }) => max === limit) ? { max: limit } : { below: limit };
}

/** The settings that several strategies or backbones declare, but for some. */
export function unionOf(
  of: 'strategy' | 'backbone',
  declaring: readonly Declaring[],
  without: (name: string, owner: Declaring) => boolean,
): Map<string, Known> {
  const known = new Map<string, Known>();
  for (const owner of declaring) {
    for (const [name, setting] of Object.entries(owner.settings)) {
      if (without(name, owner)) continue;
      const before = known.get(name);
      known.set(name, {
        of,
        setting: before === undefined ? setting : joined(name, before.setting, setting),
        owners: [...(before?.owners ?? []), owner],
      });
    }
  }
  return known;
}

/** Settings that a modality declares itself. */
export function ownOf(shape: SettingsShape): Map<string, Known> {
  return new Map(
    Object.entries(shape).map(([name, setting]) => [name, { of: 'modality', setting, owners: [] }]),
  );
}
