// From settings to selectors: what the recipes add to what a preset says.
import { describe, expect, it } from 'vitest';
import { fitImageSettings, resolveSettings } from '../../../src/recipes/modalities/image/options.js';
import { makeSelector, selectorFactory } from '../../../src/recipes/runs/selectors.js';

/** Samples of the first step. */
function drawn(size: number, settings: object): number {
  const resolved = resolveSettings(fitImageSettings, settings);
  const selector = makeSelector(selectorFactory(resolved.strategy), {
    size,
    steps: resolved.steps,
    seed: 1,
    targets: new Float32Array(size),
    settings: resolved,
  });
  const { indices } = selector.next();
  return indices === 'all' ? size : indices.length;
}

describe('small steps', () => {
  it.each(['evos-online', 'uniform'])('of %s have 512 samples at least, or all there are', (strategy) => {
    expect(drawn(6144, { strategy, ratio: 0.02 })).toBe(512);
    for (let size = 513; size < 3000; size += 97) expect(drawn(size, { strategy, ratio: 0.02 })).toBe(512);
    expect(drawn(100, { strategy, ratio: 0.02 })).toBe(100);
    expect(drawn(65_536, { strategy, ratio: 0.02 })).toBe(1310);
  });

  it('have as many as were named', () => {
    expect(drawn(6144, { strategy: 'evos-online', batch: 64 })).toBe(64);
    expect(drawn(6144, { strategy: 'uniform', ratio: 0.5, batch: 64 })).toBe(64);
  });
});
