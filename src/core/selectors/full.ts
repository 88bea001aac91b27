// Full training: every sample at every step, the baseline of all others.
import type { Selector } from '../contracts.js';
import { BaseSelector, type Plan } from './base.js';
import type { Draw } from './draw.js';
import { membersOf } from './members.js';
import { defineStrategy, makeSelector, type ContextOptions, type SelectorContext } from './strategy.js';

class FullSelector extends BaseSelector {
  readonly #members: Uint32Array<ArrayBuffer> | undefined;

  constructor(context: SelectorContext) {
    super(fullStrategy.name, context, {});
    this.#members = membersOf(context);
  }

  protected choose(draw: Draw): Plan {
    if (this.#members === undefined) draw.takeAll(this.size);
    else draw.take(this.#members);
    return {};
  }
}

/** Every sample at every step. */
export const fullStrategy = defineStrategy({
  name: 'full',
  summary: 'every sample at every step',
  settings: {},
  needs: [],
  create: (context) => new FullSelector(context),
});

/** Makes a selector that takes every sample at every step, in the pool's own order. It holds none. */
export function full(options: ContextOptions): Selector {
  return makeSelector(fullStrategy, options);
}
