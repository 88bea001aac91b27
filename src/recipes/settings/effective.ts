// The settings that the runs of a comparison really have: those that play a part, the same in all of them or not.
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
