// Settings of mesh fits: what presets, strategies and networks fill in, and what does not go together.
import { describe, expect, it } from 'vitest';
import { poolSeed } from '../../../../src/recipes/modalities/mesh/run.js';
import { meshPresetNames } from '../../../../src/recipes/modalities/mesh/presets.js';
import { meshSettings } from '../../../../src/recipes/modalities/mesh/settings.js';
import { sceneSettings } from '../../../../src/recipes/modalities/scene/settings.js';
import { GraphBuilder } from '../../../../src/engine/graph/index.js';
import { createModel } from '../../../../src/engine/index.js';
import { cubePoints } from '../../../../src/sdf/index.js';
import { createRandom } from '../../../../src/core/index.js';
import { evaluate, tensor } from '../../../reference/evaluate.js';

const resolve = (...layers: object[]) => meshSettings.fit(...layers);

describe('presets of meshes', () => {
  it('the usual one has a hash grid', () => {
    expect(resolve()).toMatchObject({
      strategy: 'evos-online',
      backbone: 'hash-grid',
      split: 'instant-ngp',
      learningRate: 5e-3,
      levels: 8,
      log2TableSize: 15,
      finestResolution: 128,
      ratio: 1 / 64,
      refresh: 1024,
      mutationShare: 0.3,
    });
    expect(resolve({ strategy: 'evos' })).toMatchObject({ ratio: 1 / 64, mutationShare: 0.5, steps: 800 });
    expect(resolve({ strategy: 'full' })).toMatchObject({ steps: 150 });
  });

  it.each(
    meshPresetNames.flatMap((preset) =>
      meshSettings.strategies().map((strategy) => [preset, strategy] as const),
    ),
  )('%s holds settings for %s that are accepted', (preset, strategy) => {
    const settings = resolve({ preset, strategy });
    expect(settings).toMatchObject({ preset, strategy });
    expect(resolve(settings)).toEqual(settings);
  });

  it('int-paper is the published setting (Zhang et al., ICML 2024), but for points drawn once', () => {
    expect(resolve({ preset: 'int-paper' })).toMatchObject({
      backbone: 'siren',
      width: 256,
      depth: 3,
      omega: 30,
      samples: 50_000,
      split: 'int',
      loss: 'squared',
      learningRate: 1e-4,
      learningRateSchedule: 'cosine',
      learningRateFinal: 0.01,
      steps: 10_000,
      fill: 0.45,
      refresh: 0,
    });
  });

  it('a siren has its own size and rate, before which named ones go', () => {
    expect(resolve({ backbone: 'siren' })).toMatchObject({ width: 256, depth: 3, learningRate: 1e-4 });
    expect(resolve({ backbone: 'siren', width: 64 })).toMatchObject({ width: 64, depth: 3 });
  });

  it('reach the strategies of a comparison whole', () => {
    const settings = meshSettings.compare({ preset: 'int-paper' });
    const run = (entry: string) => meshSettings.runOf(settings, meshSettings.entry(entry));
    expect(settings).not.toHaveProperty('backbone');
    expect(run('full')).toMatchObject({ backbone: 'siren', samples: 50_000 });
    expect(run('uniform@ratio=0.2')).toMatchObject({ ratio: 0.2 });
  });
});

describe('a network that has not been trained', () => {
  it('says outside everywhere: it has no surface to unlearn', () => {
    const { levels, log2TableSize, finestResolution, outputBias } = resolve();
    const grid = { levels, log2TableSize, finestResolution, outputBias };
    const model = createModel('hash-grid', { inputDim: 3, outputDim: 1 }, grid);
    const b = new GraphBuilder('grid', { elementType: 'float64', opset: model.opset ?? 0 });
    const x = b.input('x', ['n', 3]);
    const parameters = model.parameters.map(({ name, shape }) => b.input(name, shape));
    const y = model.build(b, x, parameters);
    const random = createRandom(7);
    const first = model.initialise(random);
    const values = evaluate(b.graph(), {
      x: tensor([1024, 3], [...cubePoints(1024, random)]),
      ...Object.fromEntries(
        model.parameters.map(({ name, shape }, i) => [name, tensor(shape, [...(first[i] ?? [])])]),
      ),
    });
    expect(Math.min(...(values.get(y.name)?.data ?? [-1]))).toBeGreaterThan(0);
  });

  it('starts from another number where one is named; a scene has none', () => {
    expect(resolve({ outputBias: -0.5 })).toMatchObject({ outputBias: -0.5 });
    expect(() => sceneSettings.fit({ outputBias: 0 })).toThrow(
      /outputBias: is no setting of scenes; the density of a field has no bias/,
    );
  });
});

describe('settings that do not go together', () => {
  it.each([
    [{ eikonal: 0.1 }, /eikonal: got 0\.1 with backbone hash-grid.*use a backbone that is smooth/],
    [
      { frequency: 'plane-residual' },
      /frequency: got plane-residual with points.*every 1024 steps.*use refresh 0/,
    ],
    [{ depth: 3 }, /depth: got 3, expected 1 or 2 with backbone hash-grid/],
    [
      { baseResolution: 64, finestResolution: 32 },
      /finestResolution: got 32, expected at least baseResolution \(64\)/,
    ],
    [
      { learningRateSchedule: 'exponential', learningRateFinal: 0 },
      /learningRateFinal: got 0.*linear and cosine do/,
    ],
    [
      { mutationShare: 0 },
      /mutationShare: got 0, expected a number above 0 and at most 1 with strategy evos-online/,
    ],
    [{ resolution: 2000 }, /resolution: got 2000, expected a whole number from 4 to 1024/],
    [{ fill: 1 }, /fill: got 1, expected a number above 0 and below 1/],
    [
      { crossFrequencyWeight: 1e-5 },
      /crossFrequencyWeight: is no setting of meshes; a mesh has no Laplacian term/,
    ],
    [{ resize: 'auto' }, /resize: is no setting of meshes.*samples.*resolution/],
    [{ sampels: 3 }, /sampels: unknown setting\. Did you mean samples/],
    [{ truncate: -1 }, /truncate: got -1/],
  ])('%j', (settings, message) => {
    expect(() => resolve(settings)).toThrow(expect.objectContaining({ code: 'config' }) as Error);
    expect(() => resolve(settings)).toThrow(message);
  });

  it('are found for all strategies of a comparison too', () => {
    const compare = (settings: object) => meshSettings.compare(settings);
    expect(() => compare({ eikonal: 0.1 })).toThrow(/use a backbone that is smooth/);
    expect(() => compare({ eikonal: 0.1, backbone: 'siren' })).not.toThrow();
    expect(() => compare({ eikonal: 0.1, preset: 'int-paper' })).not.toThrow();
    expect(() => compare({ strategies: ['evos@backbone=siren'] })).toThrow(
      /backbone is the same for every strategy/,
    );
  });
});

describe('the seed of a pool', () => {
  it("is the run's, until it is drawn anew: then every draw has its own", () => {
    expect([0, 1, 99].map((step) => poolSeed({ seed: 7, refresh: 0 }, step))).toEqual([7, 7, 7]);
    const seeds = [0, 1, 2, 3, 4, 5, 6].map((step) => poolSeed({ seed: 7, refresh: 3 }, step));
    expect(seeds).toEqual([7, 7, 7, 2 ** 32 + 7, 2 ** 32 + 7, 2 ** 32 + 7, 2 ** 33 + 7]);
    expect(Number.isSafeInteger(poolSeed({ seed: 2 ** 32 - 1, refresh: 1 }, 10_000_000))).toBe(true);
  });
});
