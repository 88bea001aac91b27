// The strategies and backbones that a modality can train with, plugins among them, why it has not the others, and the settings
// of built-in ones as types.
import type { SettingsOf } from '../../core/settings.js';
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

/** What something needs, where a kind of input lacks it. */
const lacks: Readonly<Record<string, string>> = {
  views: 'needs photographs to tell apart',
  layout: 'needs samples in tiles',
  prior: 'needs edges that are known before training',
  nearest: 'needs samples that lie on a grid, to find the nearest',
  grid: 'needs inputs of two or three coordinates',
  rays: 'needs rays: it takes a direction beside the place',
};

/** Why a kind of input has not got something, by what that needs: empty where nothing is known of it. */
export function reasonsAgainst(needs: readonly string[]): string {
  return needs.flatMap((need) => lacks[need] ?? []).join('; ');
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
  const why = notOffered[known.name] ?? reasonsAgainst(known.needs);
  return `'${known.name}' does not train ${several}: ${why}; choose one of ${offered.map((each) => each.name).join(', ')}`;
}
