// The one door to the selectors.
import { checkChoice } from '../check.js';
import { EvosSelector } from './evos.js';
import { resolveEvos, resolveUniform, strategies, type SelectorOptions } from './options.js';
import type { OnlineSelectorOptions } from './online-options.js';
import { createOnlineSelector } from './evos-online.js';
import { createTileSelector } from './evos-tiles.js';
import { UniformSelector } from './uniform.js';
import type { TileSelectorOptions } from './tile-options.js';
import type { Selector } from '../contracts.js';

/**
 * Makes a selector: it decides which samples each training step sees.
 *
 * - `evos` (Zhang et al., CVPR 2025) evaluates the whole pool now and then (`generation.evaluates`), trains on all of
 *   it there, and wants predictions or errors for every sample back. In between it trains on ⌊βN⌋ samples: the
 *   fittest by crossover of error and frequency fitness, and ⌊αN⌋ drawn uniformly from the others, afresh each step.
 * - `evos-online` asks for no evaluations: each step's own errors decide when its samples come back. See
 *   {@link createOnlineSelector}.
 * - `evos-tiles` is EVOS over tiles of samples, for pools too large to evaluate whole: see {@link createTileSelector}.
 * - `uniform` draws ⌊βN⌋ samples uniformly at every step.
 * - `full` takes everything; so do the others when their ratio reaches 1, in the pool's own order (`'all'`).
 *
 * Indices have no repeats. They come in drawing order, not sorted: `evos` gives the elite first, then the mutants.
 * They are the selector's memory, valid until its next `next`. The same settings and seed give the same indices on
 * every machine. Memory: at most about 50 bytes per sample, allocated when the selector is made; `uniform` holds at most
 * 4, and only where it draws a large share, `full` and `evos-tiles` nothing of size N. Choosing costs O(samples drawn), evaluating O(N).
 *
 * @throws ArgumentError naming the setting that is unknown or out of range
 * @example
 * const selector = createSelector({ strategy: 'evos', size: rays.length, steps: 5000, ratio: 0.5 });
 * for (let step = 0; step < 5000; step++) {
 *   const generation = selector.next();
 *   const errors = await mine.train(generation.indices); // squared error per sample, before the update
 *   selector.report(generation, { errors });
 * }
 */
export function createSelector(
  options: SelectorOptions | OnlineSelectorOptions | TileSelectorOptions,
): Selector {
  checkChoice('strategy', options.strategy, strategies);
  if (options.strategy === 'evos-online') return createOnlineSelector(options);
  if (options.strategy === 'evos-tiles') return createTileSelector(options);
  return options.strategy === 'evos'
    ? new EvosSelector(resolveEvos(options))
    : new UniformSelector(resolveUniform(options));
}
