// How many samples a step has where a ratio makes few of them.
import { expect, it } from 'vitest';
import { enough } from '../../../src/recipes/modalities/presets.js';

it.each(['evos-online', 'uniform', 'error-map'])(
  '%s trains on 512 samples of a small pool, on all of a tiny one, and on what was asked for of others',
  (strategy) => {
    const samples = (size: number, batch = 0): number | undefined => {
      const { ratio } = enough({ strategy, ratio: 0.01, batch }, size);
      return ratio === undefined ? undefined : Math.floor(ratio * size);
    };
    expect([6144, 513, 300, 1_000_000].map((size) => samples(size))).toEqual([512, 512, 300, 10_000]);
    expect(samples(6144, 64)).toBeUndefined();
  },
);

it('leaves strategies alone whose papers have ratios, but not a selector of the caller’s own', () => {
  const settings = { strategy: 'evos', ratio: 0.01, batch: 0 };
  expect(enough(settings, 6144)).toEqual({});
  expect(enough(settings, 6144, true)).toEqual({ ratio: 512.5 / 6144 });
});
