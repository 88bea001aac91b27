// Full training: every sample at every step, the baseline of all others.
import type { Selector } from '../contracts.js';
import { ShareSelector } from './share.js';
import { defineStrategy, makeSelector, type ContextOptions } from './strategy.js';

/** Every sample at every step. */
export const fullStrategy = defineStrategy({
  name: 'full',
  summary: 'every sample at every step',
  settings: {},
  needs: [],
  create: (context) => new ShareSelector('full', context, { ratio: 1, schedule: 'constant' }),
});

/**
 * Makes a selector that takes every sample at every step, in the pool's own order, and holds none; with a batch size, so
 * many of them, drawn uniformly.
 * @throws ArgumentError naming the setting that is unknown or out of range
 * @example
 * const selector = full({ size });
 * console.log(selector.next().whole); // true
 */
export function full(options: ContextOptions): Selector {
  return makeSelector(fullStrategy, options);
}
