// The settings that runs really have: those of a comparison that play a part, the same in all of its runs or not, and those that
// a run has unless it names others.
import { present } from '../../core/present.js';
import { backbones } from '../../engine/models/index.js';
import type { CompareSettings, Resolver } from './resolver.js';

/** The settings of all arms. */
export interface Effective {
  /** The arms' names. */
  readonly strategies: readonly string[];
  /** Each arm's settings, as far as they play a part. */
  readonly runs: readonly Readonly<Record<string, unknown>>[];
  /** What is the same in all runs where it plays a part. */
  readonly common: Readonly<Record<string, unknown>>;
  /** What is not, for each strategy; undefined where it plays no part. */
  readonly differing: readonly (readonly [string, readonly unknown[]])[];
}

/** The settings that play a part in each arm of a comparison. */
export function effectiveSettings(settings: CompareSettings, resolver: Resolver): Effective {
  const entries = settings.strategies.map((text) => resolver.entry(text));
  const runs = entries.map((entry) => {
    const complete = resolver.runOf(settings, entry);
    const inPlay = new Set(resolver.inPlay({ strategy: entry.strategy, backbone: complete.backbone }));
    return Object.fromEntries(Object.entries<unknown>({ ...complete }).filter(([key]) => inPlay.has(key)));
  });
  const common: Record<string, unknown> = {};
  const differing: [string, unknown[]][] = [];
  for (const key of new Set(runs.flatMap((run) => Object.keys(run)))) {
    if (key === 'strategy') continue;
    const values = runs.map((run) => run[key]);
    const said = new Set(values.filter((value) => value !== undefined).map((value) => JSON.stringify(value)));
    if (said.size === 1) common[key] = values.find((value) => value !== undefined);
    else differing.push([key, values]);
  }
  return { strategies: entries.map(({ name }) => name), runs, common, differing };
}

/**
 * What a run would have by the preset, the strategy and the backbone that it has: settings that are so need not be named. The
 * backbone is the one that those would have by themselves.
 */
export function usualBeside(settings: object, resolver: Resolver): Readonly<Record<string, unknown>> {
  const values = new Map<string, unknown>(Object.entries(settings));
  const [strategy, preset, backbone] = ['strategy', 'preset', 'backbone'].map((name) => values.get(name));
  // What a backbone cannot do without is none of its defaults, and names it.
  const namedBy = backbones().find(({ name }) => name === backbone)?.namedBy;
  const needed = namedBy === undefined ? {} : { [namedBy]: values.get(namedBy) };
  const named = present({ strategy, preset, ...needed });
  return {
    ...resolver.fit(named, present({ backbone })),
    ...Object.fromEntries(Object.keys(needed).map((name) => [name, undefined])),
    backbone: resolver.fit(named).backbone,
  };
}
