// Presets and layers: what a preset stands for, and who wins where it is named beside, before or after others.
import { describe, expect, it } from 'vitest';
import {
  imagePresetNames,
  imagePresets,
  stepsForSize,
} from '../../../../src/recipes/modalities/image/presets.js';
import { imageSettings } from '../../../../src/recipes/modalities/image/settings.js';
import { layered } from '../../../../src/recipes/settings/presets.js';

const fit = (...layers: object[]) => imageSettings.fit(...layers);
const compare = (...layers: object[]) => imageSettings.compare(...layers);

describe('presets', () => {
  it('the usual one has the usual strategy and backbone', () => {
    expect(fit()).toMatchObject({
      ...imagePresets.default.all,
      mutationShare: imagePresets.default.strategies['evos-online'].mutationShare,
      preset: 'default',
      ...{ strategy: 'evos-online', ratio: 0.01, steps: 2400 },
      ...{ backbone: 'hash-grid', quality: 'normal', width: 64, depth: 1, learningRate: 2e-2 },
    });
    // They follow from the picture.
    for (const name of ['levels', 'log2TableSize', 'finestResolution'])
      expect(fit()).not.toHaveProperty(name);
  });

  it('a SIREN starts with higher frequencies and small steps, and as published in the presets named after papers', () => {
    expect(fit({ backbone: 'siren' })).toMatchObject({
      ...{ width: 256, depth: 3, omega: 30, firstScale: 4, hiddenScale: 1.25 },
      ...{ strategy: 'evos-online', ratio: 0.02, learningRate: 4e-4, learningRateSchedule: 'cosine' },
    });
    for (const preset of ['evos-paper', 'int-paper'])
      expect(fit({ preset })).toMatchObject({ backbone: 'siren', firstScale: 1, hiddenScale: 1 });
  });

  it('a backbone has its own learning rate, which goes before what a preset says for another', () => {
    expect(fit({ backbone: 'relu' })).toMatchObject({ learningRate: 1e-3, width: 256, depth: 3 });
    expect(fit({ strategy: 'full' })).toMatchObject({ learningRate: 2e-2 });
    expect(fit({ strategy: 'full', backbone: 'siren' })).toMatchObject({ learningRate: 1e-4 });
    expect(fit({ learningRate: 0.3 })).toMatchObject({ learningRate: 0.3 });
    expect(() => fit({ depth: 3 })).toThrow(/depth: got 3, expected 1 or 2 with backbone hash-grid/);
    expect(() => fit({ backbone: 'nerf' })).toThrow('backbone: got "nerf", expected one of siren, hash-grid');
  });

  it('evos-paper is the published setting (Zhang et al., CVPR 2025; official code at 3261484)', () => {
    const published = {
      ratio: 0.5,
      schedule: 'constant',
      interval: { from: 100, to: 50 },
      crossover: 'select',
      mutation: 'constant',
      mutationShare: 0.5,
      crossFrequencyUntil: 0.3,
      crossFrequencyWeight: 1e-5,
      learningRate: 1e-4,
      learningRateSchedule: 'constant',
      batch: 0,
    };
    expect(fit({ preset: 'evos-paper' })).toMatchObject({
      ...published,
      preset: 'evos-paper',
      strategy: 'evos',
    });
    // The published strategy has them without the preset too, and so has full training.
    expect(fit({ strategy: 'evos', backbone: 'siren' })).toMatchObject(published);
    const { learningRate, learningRateSchedule, batch } = published;
    expect(fit({ strategy: 'full', backbone: 'siren' })).toMatchObject({
      learningRate,
      learningRateSchedule,
      batch,
    });
    expect(fit({ strategy: 'uniform', preset: 'evos-paper' })).toMatchObject({
      strategy: 'uniform',
      ratio: 0.5,
      learningRate,
    });
  });

  it.each(
    imagePresetNames.flatMap((preset) =>
      imageSettings.strategies().map((strategy) => [preset, strategy] as const),
    ),
  )('%s holds settings for %s that are accepted', (preset, strategy) => {
    const settings = fit({ preset, strategy });
    expect(settings).toMatchObject({ preset, strategy });
    expect(fit(settings)).toEqual(settings);
  });

  it('leave every strategy of a comparison its own, unless all are given one', () => {
    expect(compare()).not.toHaveProperty('ratio');
    expect(compare({ ratio: 0.2 })).toMatchObject({ ratio: 0.2 });
  });

  it('are told strategy by strategy, where they differ', () => {
    const fields = new Map(imageSettings.fields('fit').map((field) => [field.key, field]));
    expect(fields.get('ratio')).toMatchObject({
      usual: '0.01',
      apart: [
        ['evos', '0.5'],
        ['evos-tiles', '0.5'],
        ['int', '0.5'],
        ['egra', '0.5'],
        ['expansive', '0.5'],
        ['soft-mining', '0.5'],
        ['nint', '0.2'],
        ['nint-released', '0.2'],
      ],
    });
    expect(fields.get('crossover')).toMatchObject({ usual: 'select', apart: [] });
    expect(fields.get('interval')).toMatchObject({ usual: '100:50', apart: [['error-map', '128']] });
  });
});

describe('a strategy with a narrower range than others', () => {
  it.each([0, { from: 0.5, to: 0.2 }])(
    'evos-online cannot do with a mutation share of %j',
    (mutationShare) => {
      const settings = { strategy: 'evos-online', mutationShare };
      expect(() => fit(settings)).toThrow(
        `mutationShare: got ${JSON.stringify(mutationShare)}, expected a number above 0 and at most 1 with strategy evos-online`,
      );
      expect(() => fit({ ...settings, mutation: 'linear', strategy: 'evos' })).not.toThrow();
      expect(() => compare({ mutationShare })).toThrow(/with strategy evos-online/);
      expect(() =>
        compare({ mutationShare, mutation: 'linear', strategies: ['evos', 'full'] }),
      ).not.toThrow();
    },
  );
});

describe('layers', () => {
  const paper = imagePresets['evos-paper'].all.ratio;

  it.each<[string, object[], number]>([
    ['a setting beside the preset wins', [{ preset: 'evos-paper', ratio: 0.11 }], 0.11],
    ['whatever the order they are written in', [{ ratio: 0.11, preset: 'evos-paper' }], 0.11],
    ['a later layer wins over a preset', [{ preset: 'evos-paper' }, { ratio: 0.12 }], 0.12],
    ['a later preset wins over an earlier layer', [{ ratio: 0.11 }, { preset: 'evos-paper' }], paper],
    ['what is undefined is not given', [{ ratio: 0.11 }, { ratio: undefined }], 0.11],
  ])('%s', (_, layers, ratio) => {
    expect(fit(...layers).ratio).toBe(ratio);
  });

  it('keep the number of steps when a later one names a preset', () => {
    expect(layered(imagePresets, [{ steps: 70, ratio: 0.1 }, { preset: 'evos-paper' }])).toEqual({
      steps: 70,
      preset: 'evos-paper',
    });
  });

  it('leave the judging to the declarations', () => {
    expect(() => fit({ preset: 'evos-papre' })).toThrow(
      'preset: got "evos-papre", expected one of default, evos-paper, int-paper, evos-table1, int-figures, asmr-kodak. Did you mean evos-paper?',
    );
  });
});

describe('an exponential learning rate', () => {
  it('cannot end at 0, and the error names what can', () => {
    const settings = { learningRateSchedule: 'exponential', learningRateFinal: 0 } as const;
    expect(() => fit(settings)).toThrow(
      /^learningRateFinal: got 0, expected a number above 0 with an exponential schedule.*linear and cosine do$/,
    );
    for (const learningRateSchedule of ['constant', 'linear', 'cosine'] as const) {
      expect(fit({ ...settings, learningRateSchedule })).toMatchObject({
        learningRateSchedule,
        learningRateFinal: 0,
      });
    }
  });
});

describe('steps for a size', () => {
  const usual = { preset: 'default', backbone: 'hash-grid', strategy: 'evos-online' };

  it.each([
    ['a photograph of 4 megapixels', 2 ** 22, undefined],
    ['one of 12', 4000 * 3000, 1400],
    ['one of 24', 6000 * 4000, 1000],
    ['one of 25', 25_000_000, 1000],
  ])('of %s: passes fall with its root', (_, pixels, steps) => {
    expect(stepsForSize(usual, pixels)).toBe(steps);
  });

  it('are those of settings whose number was chosen for a grid', () => {
    for (const strategy of ['uniform', 'error-map'])
      expect(stepsForSize({ ...usual, strategy }, 6000 * 4000)).toBe(1000);
    for (const other of [{ preset: 'evos-paper' }, { backbone: 'siren' }, { strategy: 'evos' }])
      expect(stepsForSize({ ...usual, ...other }, 6000 * 4000)).toBeUndefined();
  });
});
