// From settings to a selector: the built-in strategies for images and meshes, and the door for anybody's own.
import { ArgumentError, createSelector, type FrequencyOperator, type Selector } from '../../core/index.js';
import type { Ramp } from '../../core/settings.js';
import { pluginStrategies } from './strategies.js';
import type { CrossoverMethod, MutationSchedule, RatioSchedule } from '../../core/index.js';

/** The settings that strategies read. */
export interface SelectionSettings {
  readonly batch: number;
  readonly ratio: number;
  readonly schedule: RatioSchedule;
  readonly interval: Ramp;
  readonly crossover: CrossoverMethod;
  readonly mutation: MutationSchedule['kind'];
  readonly mutationShare: Ramp;
  readonly crossFrequencyWeight?: number;
  readonly crossFrequencyUntil?: number;
}

/** What a selector is made from. */
export interface SelectorContext {
  /** Number of pixels, or of points, N. */
  readonly size: number;
  /** Steps of the whole run, T. */
  readonly steps: number;
  readonly seed: number;
  /**
   * What predictions are compared with, `[N, C]`; not to be written into. Of an image: the values, in [−1, 1]. Of a mesh:
   * the distances, on the scale on which the loss weighs them; they change when the pool is drawn anew.
   */
  readonly targets: Float32Array;
  /** The image Laplacian, or what `frequency` names of a mesh. */
  readonly operator?: FrequencyOperator;
  readonly settings: SelectionSettings;
}

/** Makes a selector; give one to a fit or a comparison to try a strategy of your own. */
export type SelectorFactory = (context: SelectorContext) => Selector;

/**
 * Samples that a step of `evos-online` and `uniform` has at least, unless a batch size is named. A few per cent of a small
 * picture are too few for the learning rate: training would not get off the ground.
 */
const fewest = 512;

/** The ratio with which a step has that many, or all there are. */
function leastRatio({ size, settings }: SelectorContext): number {
  // Rounded down by whoever counts: half a sample keeps that from taking one away.
  return settings.batch > 0 ? 0 : Math.min(1, (fewest + 0.5) / size);
}

/** The built-in strategies by name. */
export const builtInSelectors: Readonly<Record<string, SelectorFactory>> = {
  'evos-online': (context) => {
    const { ratio, mutationShare } = context.settings;
    return createSelector({
      strategy: 'evos-online',
      ...common(context),
      ratio: Math.max(ratio, leastRatio(context)),
      mutationShare: span(mutationShare)[0],
      targets: context.targets,
    });
  },
  full: (context) => createSelector({ strategy: 'full', ...common(context) }),
  uniform: (context) => {
    const { ratio, schedule } = context.settings;
    const start = Math.max(ratio, leastRatio(context));
    return createSelector({ strategy: 'uniform', ...common(context), ratio: start, schedule });
  },
  evos: (context) => {
    const { settings, targets, operator } = context;
    const [from, to] = span(settings.interval);
    const [mutationFrom, mutationTo] = span(settings.mutationShare);
    return createSelector({
      strategy: 'evos',
      ...common(context),
      ratio: settings.ratio,
      schedule: settings.schedule,
      interval: { from, to },
      crossover: settings.crossover,
      mutation: { kind: settings.mutation, from: mutationFrom, to: mutationTo },
      targets,
      // The weight also sets how crossover shares places out, so leaving the term out of the loss keeps it there.
      ...(operator === undefined ? {} : { frequency: { operator } }),
      crossFrequency: supervisionOf(settings),
    });
  },
};

function supervisionOf(settings: SelectorContext['settings']): { until: number } | false {
  const { crossFrequencyWeight = 0, crossFrequencyUntil = 0 } = settings;
  return crossFrequencyWeight === 0 ? false : { until: crossFrequencyUntil };
}

/** A factory's selector. @throws ArgumentError when it is for another number of samples. */
export function makeSelector(
  {
    selector: own,
    settings,
  }: { readonly selector: SelectorFactory | undefined; readonly settings: { readonly strategy: string } },
  context: SelectorContext,
): Selector {
  const selector = (own ?? selectorFactory(settings.strategy))(context);
  if (selector.size === context.size) return selector;
  throw new ArgumentError(
    `the selector was made for ${selector.size} samples, expected ${context.size}: use the context's size`,
  );
}

/** The factory of a strategy by name. @throws ArgumentError naming those there are. */
export function selectorFactory(
  strategy: string,
  own: Readonly<Record<string, SelectorFactory>> = {},
): SelectorFactory {
  const plugged = pluginStrategies
    .all()
    .map((each): [string, SelectorFactory] => [
      each.name,
      (context) => each.create(context, context.settings),
    ]);
  const known: Readonly<Record<string, SelectorFactory>> = {
    ...builtInSelectors,
    ...Object.fromEntries(plugged),
    ...own,
  };
  const factory = Object.hasOwn(known, strategy) ? known[strategy] : undefined;
  if (factory !== undefined) return factory;
  throw new ArgumentError(
    `unknown strategy "${strategy}": expected one of ${Object.keys(known).join(', ')}, or a selector of your own`,
  );
}

function common({ size, steps, seed, settings }: SelectorContext) {
  return { size, steps, seed, ...(settings.batch > 0 ? { batchSize: settings.batch } : {}) };
}

const span = (value: Ramp): [number, number] =>
  typeof value === 'number' ? [value, value] : [value.from, value.to];
