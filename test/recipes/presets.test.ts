// Presets and layers: what a preset stands for, and who wins where it is named beside, before or after others.
import { describe, expect, it } from 'vitest';
import { layered, presetDifference, presets } from '../../src/recipes/presets.js';
import { compareSettings, fitImageSettings, resolveSettings } from '../../src/recipes/options.js';
import { presetNames } from '../../src/recipes/settings.js';

describe('presets', () => {
  it('the usual one is what the schema fills in', () => {
    expect(fitImageSettings.parse({})).toMatchObject({ ...presets.default, preset: 'default' });
    expect(resolveSettings(fitImageSettings)).toEqual(fitImageSettings.parse({}));
    expect(resolveSettings(compareSettings)).toEqual(compareSettings.parse({}));
  });

  it('evos-paper is the published setting (Zhang et al., CVPR 2025; official code at 3261484)', () => {
    expect(resolveSettings(fitImageSettings, { preset: 'evos-paper' })).toMatchObject({
      preset: 'evos-paper',
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
    });
  });

  it.each(presetNames)('%s holds settings that the schema accepts', (preset) => {
    const settings = resolveSettings(fitImageSettings, { preset });
    expect(settings).toMatchObject({ ...presets[preset], preset });
    expect(resolveSettings(fitImageSettings, settings)).toEqual(settings);
  });

  it('are told apart in words', () => {
    expect(presetDifference('default')).toBe('');
    const paper = Object.entries(presets['evos-paper']);
    const usual: Record<string, unknown> = { ...presets.default };
    for (const [key, value] of paper) {
      expect(presetDifference('evos-paper').includes(`${key} ${String(value)}`)).toBe(usual[key] !== value);
    }
  });
});

describe('layers', () => {
  const paper = presets['evos-paper'].ratio;

  it.each<[string, object[], number]>([
    ['a setting beside the preset wins', [{ preset: 'evos-paper', ratio: 0.11 }], 0.11],
    ['whatever the order they are written in', [{ ratio: 0.11, preset: 'evos-paper' }], 0.11],
    ['a later layer wins over a preset', [{ preset: 'evos-paper' }, { ratio: 0.12 }], 0.12],
    ['a later preset wins over an earlier layer', [{ ratio: 0.11 }, { preset: 'evos-paper' }], paper],
    ['what is undefined is not given', [{ ratio: 0.11 }, { ratio: undefined }], 0.11],
  ])('%s', (_, layers, ratio) => {
    expect(layered(...layers)['ratio']).toBe(ratio);
    expect(resolveSettings(fitImageSettings, ...layers).ratio).toBe(ratio);
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
