// How large a grid is for samples that are themselves one: within its share of their numbers, and near it.
import { describe, expect, it } from 'vitest';
import { gridSize, type GridSettings } from '../../../../src/engine/models/hash-grid/budget.js';
import { createModel } from '../../../../src/engine/models/index.js';

const settings: GridSettings = { quality: 'normal', baseResolution: 16, width: 64, depth: 1 };

/** Parameters of the backbone's own model for a picture of `height`×`width`. */
const model = (height: number, width: number, outputDim: number, given: object = {}) =>
  createModel('hash-grid', { inputDim: 2, outputDim, shape: [height, width] }, { depth: 1, ...given });

describe('a grid for a picture', () => {
  it.each([
    [512, 768, 3, 'normal', 0.5],
    [512, 768, 3, 'high', 1],
    [1365, 2048, 3, 'normal', 0.5],
    [300, 400, 1, 'normal', 0.5],
    [512, 512, 4, 'normal', 0.5],
    // Small pictures may have as many numbers as values.
    [64, 96, 3, 'normal', 1],
  ] as const)(
    'of %i×%i×%i, quality %s, has at most %f of its values, and not much less',
    (h, w, c, quality, share) => {
      const { parameterCount } = model(h, w, c, { quality });
      expect(parameterCount / (h * w * c)).toBeLessThanOrEqual(share);
      expect(parameterCount / (h * w * c)).toBeGreaterThan(0.97 * share);
    },
  );

  it('has levels without collisions, about twice as fine as one another', () => {
    const { levels, log2TableSize, finestResolution } = gridSize([512, 768], { outputDim: 3 }, settings);
    expect([levels, log2TableSize]).toEqual([5, 18]);
    expect(2 ** log2TableSize).toBeGreaterThanOrEqual((finestResolution + 2) ** 2);
    expect((finestResolution / 16) ** (1 / (levels - 1))).toBeCloseTo(2.35, 1);
  });

  it('is never finer than the pixels, nor without a grid at all', () => {
    expect(
      gridSize([40, 40], { outputDim: 3 }, { ...settings, quality: 'high' }).finestResolution,
    ).toBeLessThan(40);
    expect(gridSize([2, 3], { outputDim: 1 }, settings)).toEqual({
      levels: 1,
      log2TableSize: 9,
      finestResolution: 16,
    });
    expect(model(2, 3, 1).parameterCount).toBeLessThan(1000);
  });

  it('keeps what is given, and fits the rest to it', () => {
    expect(model(512, 768, 3, { levels: 8 }).settings).toMatchObject({ levels: 8, log2TableSize: 18 });
    expect(model(512, 768, 3, { finestResolution: 100 }).settings).toMatchObject({
      levels: 3,
      finestResolution: 100,
    });
    const hashed = model(512, 768, 3, { log2TableSize: 14 });
    expect(hashed.settings).toMatchObject({ log2TableSize: 14 });
    expect(hashed.parameterCount).toBeLessThanOrEqual((512 * 768 * 3) / 2);
  });

  it('does not grow without bounds where its coarsest level is asked to be finer than it may be', () => {
    const { settings: made, parameterCount } = model(64, 96, 3, { baseResolution: 65_536 });
    expect(made).toMatchObject({ levels: 1, finestResolution: 65_536 });
    expect(parameterCount).toBeLessThan(2 * 64 * 96 * 3);
  });

  it('is as elsewhere where the samples are no grid', () => {
    const { settings: made } = createModel('hash-grid', { inputDim: 2, outputDim: 3 });
    expect(made).toMatchObject({ levels: 12, log2TableSize: 16, finestResolution: 512 });
  });
});
