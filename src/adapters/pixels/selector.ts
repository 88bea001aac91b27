// A selector over the pixels of a picture: core's, told what the picture knows. A pixel's fitness is its squared error;
// its frequency fitness compares Laplacians of what was predicted and of the picture (EVOS, CVPR 2025, Sec. 3.3).
import { createSelector, type Selector, type StrategyName } from '../../core/index.js';
import { createLaplacian, createPixelPool, type Image, type PixelPool } from '../../image/index.js';
import type { OptionsWithout } from '../selector-options.js';

/** A strategy and its settings; the pool says the rest. */
export type PixelSelectorOptions<Name extends string = StrategyName> = OptionsWithout<
  'size' | 'targets' | 'operator' | 'shape' | 'views',
  Name
>;

/**
 * Makes a selector of pixels.
 *
 * The selector knows the pool's targets and has the Laplacian for its frequency operator, which takes 8 bytes a pixel. A
 * pool of bytes makes its floats for that. A picture beyond `poolDefaults.wholeUpTo` pixels is chosen from by its tiles
 * instead, without targets and operator: report errors, or predictions with the targets of the batch.
 *
 * @param from the pool that batches are gathered from, or the picture, whose pixels then count row by row
 * @param options a strategy's name and settings
 * @throws ArgumentError for a picture or a setting that cannot be
 * @example
 * const pool = createPixelPool(image);
 * const selector = createPixelSelector(pool, { strategy: 'evos-online', batchSize: 4096 });
 * for (let step = 1; step <= 5000; step++) {
 *   const selection = selector.next();
 *   const { inputs, targets } = pool.gather(selection);
 *   selector.report(selection, { errors: await mine.train(inputs, targets) });
 * }
 */
export function createPixelSelector<const Name extends string>(
  from: PixelPool | Image,
  options: PixelSelectorOptions<Name>,
): Selector {
  const pool = 'gather' in from ? from : createPixelPool(from);
  const { size, shape, views, layout } = pool;
  // A pool with a layout is too large to hold its targets whole.
  const known =
    layout === undefined ? { targets: pool.targets, operator: createLaplacian(pool) } : { layout };
  return createSelector<string>({ size, shape, views, ...known, ...options });
}
