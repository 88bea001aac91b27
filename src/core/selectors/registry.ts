// The strategies there are: one line each. Plugins add theirs at run time.
import { checkKeys } from '../check.js';
import type { Selector } from '../contracts.js';
import { createRegistry } from '../registry.js';
import type { SettingsOf } from '../settings.js';
import { egraStrategy } from './egra.js';
import { errorMapStrategy } from './error-map/error-map.js';
import { evosOnlineStrategy } from './evos-online.js';
import { evosTilesStrategy } from './evos-tiles.js';
import { evosStrategy } from './evos/evos.js';
import { expansiveStrategy } from './expansive.js';
import { fullStrategy } from './full.js';
import { intStrategy } from './int.js';
import { nintReleasedStrategy } from './nint-released/nint-released.js';
import { nintStrategy } from './nint/nint.js';
import { softMiningStrategy } from './soft-mining/soft-mining.js';
import { makeSelector, type ContextOptions, type Strategy } from './strategy.js';
import { uniformStrategy } from './uniform.js';

const builtIns = [
  evosStrategy,
  evosOnlineStrategy,
  uniformStrategy,
  fullStrategy,
  evosTilesStrategy,
  errorMapStrategy,
  intStrategy,
  egraStrategy,
  expansiveStrategy,
  softMiningStrategy,
  nintStrategy,
  nintReleasedStrategy,
] as const;

/** The strategies that come with the package, as types. */
export type BuiltInStrategies = typeof builtIns;

type BuiltIn = BuiltInStrategies[number];
/** The names of the strategies that come with the package. */
export type StrategyName = BuiltIn['name'];

/** The settings of a strategy by name; of one that a plugin brings, whatever it takes. */
export type StrategySettings<Name extends string> = Name extends StrategyName
  ? Partial<SettingsOf<Extract<BuiltIn, { readonly name: Name }>['settings']>>
  : Readonly<Record<string, unknown>>;

/** What {@link createSelector} takes, told apart by `strategy`. */
export type SelectorOptions<Name extends string = StrategyName> = Name extends string
  ? ContextOptions & { readonly strategy: Name } & StrategySettings<Name>
  : never;

/** A strategy that does not come with the package: of those that do, the settings are known and checked. */
export interface OthersName<Name extends string> {
  readonly strategy: Name extends StrategyName ? never : Name;
}

const registry = createRegistry<Strategy>('strategy', builtIns);

/**
 * All strategies: those that come with the package, and those that were registered.
 * @throws never
 * @example
 * for (const { name, summary } of strategies()) console.log(name, summary);
 */
export function strategies(): readonly Strategy[] {
  return registry.all();
}

/**
 * @throws ArgumentError naming the strategies there are, and the one that was probably meant
 * @example
 * console.log(findStrategy('uniform').summary);
 */
export function findStrategy(name: string): Strategy {
  return registry.find(name);
}

/** What a plugin brings. Its module's default export is one. */
export interface Plugin {
  readonly strategies?: readonly Strategy[];
  /** For `evos/engine` to register. */
  readonly backbones?: readonly { readonly name: string }[];
  /** For `evos/recipes` to register. */
  readonly modalities?: readonly { readonly kind: string }[];
}

/**
 * A plugin, its types checked.
 * @throws never
 * @example
 * export default definePlugin({ strategies: [findStrategy('uniform')] });
 */
export function definePlugin(plugin: Plugin): Plugin {
  return plugin;
}

/**
 * Makes a plugin's strategies known by name.
 * @throws ArgumentError when a name is taken
 * @example
 * register(definePlugin({ strategies: [{ ...findStrategy('uniform'), name: 'even' }] }));
 */
export function register(plugin: Pick<Plugin, 'strategies'>): void {
  for (const strategy of plugin.strategies ?? []) registry.register(strategy);
}

/**
 * Makes a selector: it decides which samples each training step sees.
 *
 * Indices come in drawing order, not sorted. The same settings and seed give the same indices on every machine. A bundle
 * that needs one strategy pays for that one by its own function: `evosOnline`, `evos`, `uniform`, …
 *
 * @throws ArgumentError naming the strategy or setting that is unknown or out of range
 * @example
 * const selector = createSelector({ strategy: 'evos-online', size: rays.length, batchSize: 4096 });
 * for (;;) {
 *   const selection = selector.next();
 *   selector.report(selection, { errors: await mine.train(selection.indices) });
 * }
 */
export function createSelector(options: SelectorOptions): Selector;
export function createSelector<const Name extends string>(
  options: OthersName<Name> & SelectorOptions<string>,
): Selector;
export function createSelector(options: SelectorOptions<string>): Selector {
  if (typeof options !== 'object' || options === null) {
    checkKeys('The options', options, ['strategy']);
  }
  return makeSelector(findStrategy(options.strategy), options);
}
