// Presets and layers: what a preset stands for, and who wins where it is named beside, before or after others.
import { describe, expect, it } from 'vitest';
import { layered, presets } from '../../../../src/recipes/modalities/image/presets.js';
import {
  compareSettings,
  fitImageSettings,
  resolveSettings,
} from '../../../../src/recipes/modalities/image/options.js';
import { presetNames, strategies } from '../../../../src/recipes/modalities/image/settings.js';

describe('presets', () => {
  it('the usual one is what the schema fills in, for the strategy that is usual', () => {
    const usual = fitImageSettings.parse({});
    expect(usual).toMatchObject({
      ...presets.default['evos-online'],
      preset: 'default',
      strategy: 'evos-online',
    });
    expect(resolveSettings(fitImageSettings)).toEqual(usual);
    expect(resolveSettings(compareSettings)).toEqual(compareSettings.parse({}));
  });

  it('evos-paper is the published setting (Zhang et al., CVPR 2025; official code at 3261484)', () => {
    const published = {
      ratio: 0.5,
      schedule: 'constant',
      interval: '100:50',
      crossover: 'select',
      mutation: 'constant',
      mutationShare: '0.5',
      crossFrequencyUntil: 0.3,
      crossFrequencyWeight: 1e-5,
      learningRate: 1e-4,
      learningRateSchedule: 'constant',
      batch: 0,
    };
    expect(resolveSettings(fitImageSettings, { preset: 'evos-paper' })).toMatchObject({
      ...published,
      preset: 'evos-paper',
      strategy: 'evos',
    });
    // The published strategy has them without the preset too, and so has full training.
    expect(resolveSettings(fitImageSettings, { strategy: 'evos' })).toMatchObject(published);
    const { learningRate, learningRateSchedule, batch } = published;
    expect(resolveSettings(fitImageSettings, { strategy: 'full' })).toMatchObject({
      learningRate,
      learningRateSchedule,
      batch,
    });
    expect(resolveSettings(fitImageSettings, { strategy: 'uniform', preset: 'evos-paper' })).toMatchObject({
      strategy: 'uniform',
      ratio: 0.5,
      learningRate,
    });
  });

  it.each(presetNames.flatMap((preset) => strategies.map((strategy) => [preset, strategy] as const)))(
    '%s holds settings for %s that the schema accepts',
    (preset, strategy) => {
      const settings = resolveSettings(fitImageSettings, { preset, strategy });
      expect(settings).toMatchObject({ ...presets[preset][strategy], preset, strategy });
      expect(resolveSettings(fitImageSettings, settings)).toEqual(settings);
    },
  );

  it('leave every strategy of a comparison its own, unless all are given one', () => {
    expect(resolveSettings(compareSettings)).not.toHaveProperty('ratio');
    expect(resolveSettings(compareSettings, { ratio: 0.2 })).toMatchObject({ ratio: 0.2 });
  });

  it('are told in words, strategy by strategy, where they differ', () => {
    const { shape } = fitImageSettings;
    expect(shape.ratio.description).toContain('(evos: 0.5, uniform: 0.03)');
    expect(shape.crossover.description).not.toContain('evos:');
    expect(compareSettings.shape.ratio.description).toContain(
      '(evos-online: 0.02, evos: 0.5, uniform: 0.03)',
    );
  });
});

describe('evos-online', () => {
  it.each(['0', '0.5:0.2'])('cannot do with a mutation share of %s', (mutationShare) => {
    const settings = { strategy: 'evos-online', mutationShare };
    expect(() => resolveSettings(fitImageSettings, settings)).toThrow(
      `mutationShare: got ${mutationShare}, expected one number above 0 for evos-online`,
    );
    expect(() => resolveSettings(fitImageSettings, { ...settings, strategy: 'evos' })).not.toThrow();
  });
});

describe('layers', () => {
  const paper = presets['evos-paper'].evos.ratio;

  it.each<[string, object[], number]>([
    ['a setting beside the preset wins', [{ preset: 'evos-paper', ratio: 0.11 }], 0.11],
    ['whatever the order they are written in', [{ ratio: 0.11, preset: 'evos-paper' }], 0.11],
    ['a later layer wins over a preset', [{ preset: 'evos-paper' }, { ratio: 0.12 }], 0.12],
    ['a later preset wins over an earlier layer', [{ ratio: 0.11 }, { preset: 'evos-paper' }], paper],
    ['what is undefined is not given', [{ ratio: 0.11 }, { ratio: undefined }], 0.11],
  ])('%s', (_, layers, ratio) => {
    expect(resolveSettings(fitImageSettings, ...layers).ratio).toBe(ratio);
  });

  it('keep the number of steps when a later one names a preset', () => {
    expect(layered({ steps: 70, ratio: 0.1 }, { preset: 'evos-paper' })).toEqual({
      steps: 70,
      preset: 'evos-paper',
    });
  });

  it('leave the judging to the schema', () => {
    expect(() => resolveSettings(fitImageSettings, { preset: 'evos-papre' })).toThrow(
      'preset: got "evos-papre", expected one of default, evos-paper. Did you mean evos-paper?',
    );
  });
});

describe('an exponential learning rate', () => {
  it('cannot end at 0, and the error names what can', () => {
    const settings = { learningRateSchedule: 'exponential', learningRateFinal: 0 } as const;
    expect(() => resolveSettings(fitImageSettings, settings)).toThrow(
      /^learningRateFinal: got 0, expected a number above 0 with an exponential schedule.*linear and cosine do$/,
    );
    for (const learningRateSchedule of ['constant', 'linear', 'cosine'] as const) {
      expect(resolveSettings(fitImageSettings, { ...settings, learningRateSchedule })).toMatchObject({
        learningRateSchedule,
        learningRateFinal: 0,
      });
    }
  });
});
