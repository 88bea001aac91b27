// What the ray sampler can be asked for, and the checks on it. Strategies check their own settings.
import { checkInteger, show } from '../../core/check.js';
import { ArgumentError } from '../../core/errors.js';
import { firstOfView } from '../../core/selectors/views.js';
import {
  createSelector,
  findStrategy,
  type GridSize,
  type Selector,
  type StrategyName,
  type StrategySettings,
} from '../../core/index.js';
import { colourGradientErrors } from '../../nerf/rays/colour-gradient.js';
import type { RaySource } from '../../nerf/rays/source.js';
import { defaultTileSide, rayTiles } from '../../nerf/rays/tiles.js';

/** What every strategy takes. */
export interface CommonRayOptions {
  /** An integer of at least 0: the same seed draws the same rays. Default 0. */
  readonly seed?: number;
  /**
   * How many batches are kept, from 1 to 64: so many `next` calls later a batch's arrays are written again, and its
   * report comes too late. Default 4.
   */
  readonly batches?: number;
  /** Side of a tile, in pixels, at least 2, for strategies over tiles. Default: 8, or what makes 65,536 tiles of the pool. */
  readonly tile?: number;
  /** Steps of the whole run, for strategies whose settings move over it. Default: not known. */
  readonly steps?: number;
}

/** What `createRaySampler` takes, told apart by `strategy`: built-in ones, or a plugin's. */
export type RaySamplerOptions<Name extends string = StrategyName> = Name extends string
  ? CommonRayOptions & { readonly strategy: Name } & StrategySettings<Name>
  : never;

/** The defaults, each with its reason. */
export const rayDefaults = Object.freeze({
  seed: 0,
  /** As many as prefetching loaders keep in flight. */
  batches: 4,
});

/** @throws ArgumentError naming the setting that is unknown or out of range, or what is wrong with the source */
export function createRaySelector(
  source: RaySource,
  options: CommonRayOptions & { readonly strategy: string },
): { readonly selector: Selector; readonly batches: number } {
  checkSource(source);
  const { size, views } = source;
  const { strategy, batches: kept = rayDefaults.batches, tile = defaultTileSide(size), ...rest } = options;
  const { needs } = findStrategy(strategy);
  if (needs.includes('score')) {
    throw new ArgumentError(
      `Strategy '${strategy}' scores rays before it trains on them, which a ray sampler cannot ask for: choose another.`,
    );
  }
  const batches = checkInteger('batches', kept, 1, 64, 'the batches whose report may still come');
  const hint = 'about so many pixels across and down are one individual';
  const side = checkInteger('tile', tile, 2, 2 ** 15, hint);
  const selector = createSelector<string>({
    seed: rayDefaults.seed,
    ...rest,
    strategy,
    size,
    views,
    open: batches,
    layout: rayTiles(views, side),
    patchOperator: colourGradientErrors,
    ...(source.excluded === undefined
      ? undefined
      : { excluded: (index) => source.excluded?.(index) === true }),
  });
  return { selector, batches };
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
