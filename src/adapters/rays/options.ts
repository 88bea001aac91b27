// What the ray sampler can be asked for, the defaults with their reasons, and the checks on both.
import { checkChoice, checkInteger, checkKeys, checkNumber, show } from '../../core/check.js';
import { ArgumentError, crossoverMethods, type CrossoverMethod, type GridSize } from '../../core/index.js';
import { createOpenEvos, openEvosDefaults } from '../../core/selectors/streaming-evos.js';
import { createOpenOnline } from '../../core/selectors/streaming-online.js';
import { createOpenUniform } from '../../core/selectors/streaming-uniform.js';
import type { OpenSelector } from '../../core/selectors/streaming.js';
import { createErrorMap, errorMapDefaults } from './error-map.js';
import { defaultTileSide, rayTiles } from '../../nerf/rays/tiles.js';
import { firstOfView, type RaySource } from '../../nerf/rays/source.js';

/** What every strategy takes. */
export interface CommonRayOptions {
  /** An integer of at least 0: the same seed draws the same rays. Default 0. */
  readonly seed?: number;
  /**
   * How many batches are kept, from 1 to 64: so many `next` calls later a batch's arrays are written again, and its
   * report comes too late. Default 4.
   */
  readonly batches?: number;
  /**
   * Importance correction, from 0 to 1: each weight is (1/(N·q))^correction, q the likelihood of the ray. 1 keeps the
   * gradient of the weighted loss an unbiased estimate of the whole pool's, and gives away most of what choosing gains;
   * 0, the default, leaves every weight at 1, as instant-ngp does.
   */
  readonly correction?: number;
}

/** Uniform draws. */
export interface UniformRayOptions extends CommonRayOptions {
  readonly strategy: 'uniform';
  /** Every ray once before any comes again, in shuffled passes; `false` draws each ray independently. Default true. */
  readonly passes?: boolean;
}

/** instant-ngp's error map. */
export interface ErrorMapRayOptions extends CommonRayOptions {
  readonly strategy: 'error-map';
  /** Steps before errors are first used, at least 1. Default 128. */
  readonly interval?: number;
  /** What each later interval is multiplied by, from 1. Default 1.5. */
  readonly growth?: number;
  /** Share of the draws that is uniform within its view, in [0, 1]. Default 0.5. */
  readonly uniformShare?: number;
}

/** EVOS with tiles of pixels for individuals. */
export interface EvosRayOptions extends CommonRayOptions {
  readonly strategy: 'evos';
  /** Side of a tile, in pixels, at least 2. Default: 8, or what makes 65,536 tiles of the pool. */
  readonly tile?: number;
  /** β in (0, 1]: the share of the tiles that a step may draw from. Default 0.5. */
  readonly ratio?: number;
  /** Share of that which is drawn at random instead of by fitness, in [0, 1]. Default 0.5. */
  readonly mutation?: number;
  /** Steps between crossovers, at least 1; the first `interval` steps are uniform. Default 50. */
  readonly interval?: number;
  /** How error and frequency fitness come together. Default `'select'`. */
  readonly crossover?: CrossoverMethod;
  /** λ of the crossover, at least 0. Default 0.5. */
  readonly frequencyWeight?: number;
  /**
   * Share of every batch, in [0, 1], that goes round all tiles in 2×2 patches: they are trained on like the others, keep
   * every tile's fitness fresh, and tell its frequency fitness. Default 0.1.
   */
  readonly evaluationShare?: number;
}

/** EVOS as a matter of when: every tile comes at a rate of its own. */
export interface EvosOnlineRayOptions extends CommonRayOptions {
  readonly strategy: 'evos-online';
  /** Side of a tile, in pixels, at least 2. Default: 8, or what makes 65,536 tiles of the pool. */
  readonly tile?: number;
  /** Share of the draws that pays no heed to fitness, in (0, 1]. Default 0.3. */
  readonly mutationShare?: number;
}

/** What `createRaySampler` takes, told apart by `strategy`. */
export type RaySamplerOptions =
  UniformRayOptions | ErrorMapRayOptions | EvosRayOptions | EvosOnlineRayOptions;

/** The names of the strategies for rays. */
export const rayStrategies = ['evos', 'evos-online', 'uniform', 'error-map'] as const;

/** The defaults, each with its reason. */
export const rayDefaults = Object.freeze({
  seed: 0,
  /** As many as prefetching loaders keep in flight. */
  batches: 4,
  /** instant-ngp does not divide by the likelihood either: choosing is meant to shift the loss. */
  correction: 0,
  /** The stronger of the two baselines, at no cost. */
  passes: true,
  /** Tiles once fitted are looked at a third as often as others, as for pictures. */
  mutationShare: 0.3,
  evos: openEvosDefaults,
  errorMap: errorMapDefaults,
});

const commonKeys = ['strategy', 'seed', 'batches', 'correction'];
const keysOf = {
  uniform: [...commonKeys, 'passes'],
  'error-map': [...commonKeys, 'interval', 'growth', 'uniformShare'],
  evos: [
    ...commonKeys,
    'tile',
    'ratio',
    'mutation',
    'interval',
    'crossover',
    'frequencyWeight',
    'evaluationShare',
  ],
  'evos-online': [...commonKeys, 'tile', 'mutationShare'],
};

/** What is left of the options: a selector, and what the sampler itself goes by. */
export interface RaySettings {
  readonly selector: OpenSelector;
  readonly batches: number;
  readonly correction: number;
}

/** @throws ArgumentError naming the setting that is unknown or out of range, or what is wrong with the source */
export function resolveRayOptions(source: RaySource, options: RaySamplerOptions): RaySettings {
  checkSource(source);
  const strategy = checkChoice('strategy', (options as Partial<RaySamplerOptions>).strategy, rayStrategies);
  checkKeys(`The '${strategy}' ray sampler`, options, keysOf[strategy]);
  const { seed = rayDefaults.seed, batches, correction } = options;
  const settings = {
    batches: checkInteger(
      'batches',
      batches ?? rayDefaults.batches,
      1,
      64,
      'the batches whose report may still come',
    ),
    correction: share('correction', correction ?? rayDefaults.correction, '1 for an unbiased gradient'),
  };
  return { ...settings, selector: createSelector(source, options, seed, settings.correction) };
}

function createSelector(
  { size, views }: RaySource,
  options: RaySamplerOptions,
  seed: number,
  correction: number,
): OpenSelector {
  switch (options.strategy) {
    case 'uniform':
      return createOpenUniform({ size, seed, passes: options.passes ?? rayDefaults.passes });
    case 'error-map': {
      const { interval, growth, uniformShare } = { ...errorMapDefaults, ...options };
      return createErrorMap({
        seed,
        views,
        interval: checkInteger('interval', interval, 1, 2 ** 32, 'steps before errors are first used'),
        growth: checkNumber('growth', growth, { low: 1, high: 1000 }, 'the next interval over this one'),
        uniformShare: share(
          'uniformShare',
          uniformShare,
          'draws that pay no heed to where in a view errors are',
        ),
      });
    }
    case 'evos':
      return createEvos(size, views, options, seed, correction);
    case 'evos-online':
      return createOpenOnline({
        size,
        seed,
        layout: rayTiles(views, tileSide(options.tile, size)),
        mutationShare: checkNumber(
          'mutationShare',
          options.mutationShare ?? rayDefaults.mutationShare,
          { low: 0, high: 1, open: true },
          'the share of the draws that is uniform; without any, tiles once fitted would never be looked at again',
        ),
      });
  }
}

function createEvos(
  size: number,
  views: readonly GridSize[],
  options: EvosRayOptions,
  seed: number,
  correction: number,
): OpenSelector {
  const { ratio, mutation, interval, crossover, frequencyWeight, evaluationShare } = {
    ...openEvosDefaults,
    ...options,
  };
  const settings = {
    ratio: checkNumber(
      'ratio',
      ratio,
      { low: 0, high: 1, open: true },
      'the share of tiles a step draws from',
    ),
    mutation: share('mutation', mutation, 'the share of a step that is random'),
    interval: checkInteger('interval', interval, 1, 2 ** 32, 'steps between crossovers'),
    crossover: checkChoice('crossover', crossover, crossoverMethods),
    frequencyWeight: checkNumber(
      'frequencyWeight',
      frequencyWeight,
      { low: 0, high: Number.MAX_VALUE },
      'it scales frequency fitness',
    ),
    evaluationShare: share(
      'evaluationShare',
      evaluationShare,
      'the share of a batch that goes round all tiles',
    ),
  };
  if (correction > 0 && settings.mutation === 0 && settings.evaluationShare === 0) {
    throw new ArgumentError(
      'correction needs every ray to be drawn now and then, but mutation and evaluationShare are 0: set one above 0, ' +
        'or correction to 0.',
    );
  }
  return createOpenEvos({ size, seed, layout: rayTiles(views, tileSide(options.tile, size)), ...settings });
}

function tileSide(tile: number | undefined, size: number): number {
  const hint = 'about so many pixels across and down are one individual';
  return checkInteger('tile', tile ?? defaultTileSide(size), 2, 2 ** 15, hint);
}

function share(name: string, value: unknown, hint: string): number {
  return checkNumber(name, value, { low: 0, high: 1 }, hint);
}

function checkSource(source: Partial<RaySource>): void {
  if (typeof source !== 'object' || source === null || typeof source.fill !== 'function') {
    throw new ArgumentError(
      `A ray source has size, views, pixelsOf and fill, got ${show(source)}: give it a ray pool, or pixelSource(views).`,
    );
  }
  const { size, views } = source;
  checkInteger('source.size', size, 1, 2 ** 32 - 1, 'the rays of all views');
  if (!Array.isArray(views) || views.length === 0) {
    throw new ArgumentError(`source.views must be a list of { width, height }, got ${show(views)}.`);
  }
  (views as readonly GridSize[]).forEach(({ width, height }, i) => {
    checkInteger(`source.views[${i}].width`, width, 1, 2 ** 16 - 1, 'the columns of that photograph');
    checkInteger(`source.views[${i}].height`, height, 1, 2 ** 16 - 1, 'the rows of that photograph');
  });
  const pixels = firstOfView(views as readonly GridSize[]).at(-1);
  if (pixels !== size) {
    throw new ArgumentError(
      `source.size is ${size}, but its views have ${pixels} pixels: every pixel of every view is one ray.`,
    );
  }
}
