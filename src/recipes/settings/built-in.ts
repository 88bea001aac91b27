// The strategies and backbones that a modality can train with, plugins among them, why it has not the others, and the settings
// of built-in ones as types.
import type { SettingsOf } from '../../core/settings.js';
import { needsInWords } from './needs.js';
import type { Declaring } from './presets.js';
import { strategies, type BuiltInStrategies } from '../../core/selectors/registry.js';
import { backbones, type BuiltInBackbones } from '../../engine/models/registry.js';

/** The settings of both; where both have one, either's values. Editors show the first one's words. */
type Both<First, Other> = {
  readonly [Name in keyof First]: Name extends keyof Other ? First[Name] | Other[Name] : First[Name];
} & Omit<Other, keyof First>;

/** The settings of several. */
type All<Several extends readonly Declaring[]> = Several extends readonly [
  infer First extends Declaring,
  ...infer Rest extends readonly Declaring[],
]
  ? Rest extends readonly []
    ? SettingsOf<First['settings']>
    : Both<SettingsOf<First['settings']>, All<Rest>>
  : never;

/** The settings of all built-in strategies. */
export type StrategySettings = All<BuiltInStrategies>;
/** The settings of all built-in backbones. */
export type BackboneSettings = All<BuiltInBackbones>;

/** What strategies may need of a pool, and not every pool has. */
const ofPools: readonly string[] = ['views', 'layout', 'prior', 'nearest'];

/** The strategies that need no more of a pool than it offers. Whether a trainer gives what they want, a run says. */
export function strategiesFor(offers: readonly string[]): readonly Declaring[] {
  return strategies().filter(({ needs }) =>
    needs.every((need) => offers.includes(need) || !ofPools.includes(need)),
  );
}

/** The backbones that need no more than a modality offers. */
export function backbonesFor(offers: readonly string[]): readonly Declaring[] {
  return backbones().filter(({ needs }) => needs.every((need) => offers.includes(need)));
}

/**
 * Why a kind of input does not offer a strategy that there is, in a sentence.
 * @param own reasons of the kind's own
 * @returns undefined where there is no such strategy, or it is offered
 */
export function whyNot(
  name: unknown,
  offered: readonly { readonly name: string }[],
  {
    several,
    notOffered = {},
  }: { readonly several: string; readonly notOffered?: Readonly<Record<string, string>> },
): string | undefined {
  const known = strategies().find((strategy) => strategy.name === name);
  if (known === undefined || offered.some((strategy) => strategy.name === known.name)) return undefined;
  const why = notOffered[known.name] ?? needsInWords(known.needs);
  return `'${known.name}' does not train ${several}: ${why}; choose one of ${offered.map((each) => each.name).join(', ')}`;
}

/** What a backbone that is registered needs, in words; empty for what is none, and where it needs nothing. */
export const backboneNeeds = (name: unknown): string =>
  needsInWords(backbones().find((backbone) => backbone.name === name)?.needs ?? []);
