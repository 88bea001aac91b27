// A strategy that a kind of input is not trained with says why, by name.
import { describe, expect, it } from 'vitest';
import { imageSettings } from '../../../src/recipes/modalities/image/settings.js';
import { meshSettings } from '../../../src/recipes/modalities/mesh/settings.js';
import { sceneSettings } from '../../../src/recipes/modalities/scene/settings.js';

describe('a strategy that is not offered', () => {
  it.each([
    [meshSettings, 'egra', "'egra' does not train meshes: needs edges that are known before training"],
    [meshSettings, 'expansive', "'expansive' does not train meshes: needs edges that are known"],
    [meshSettings, 'soft-mining', "'soft-mining' does not train meshes: needs edges"],
    [meshSettings, 'error-map', "'error-map' does not train meshes: needs photographs to tell apart"],
    [sceneSettings, 'int', "'int' does not train scenes: a pass to score would look at every ray"],
    [sceneSettings, 'egra', "'egra' does not train scenes: needs edges"],
  ])('says why, $1', (settings, strategy, why) => {
    expect(() => settings.fit({ strategy })).toThrow(`strategy: ${why}`);
    expect(settings.problems('fit', { strategy })[0]?.message).toContain(why);
    expect(settings.whyNot(strategy)).toMatch(/; choose one of evos, .*uniform/);
  });

  it('is no reason where it is offered, or where nobody knows it', () => {
    expect(imageSettings.whyNot('egra')).toBeUndefined();
    expect(meshSettings.whyNot('egar')).toBeUndefined();
    expect(() => meshSettings.fit({ strategy: 'egar' })).toThrow(/expected one of evos/);
  });

  it('pictures are trained with every strategy', () => {
    for (const strategy of [
      'int',
      'egra',
      'expansive',
      'soft-mining',
      'nint',
      'nint-released',
      'error-map',
    ]) {
      expect(imageSettings.fit({ strategy }).strategy).toBe(strategy);
    }
    const paper = imageSettings.fit({ preset: 'int-paper' });
    expect(paper).toMatchObject({ strategy: 'int', ratio: 0.2, schedule: 'step', sampling: 'incremental' });
    expect(paper).toMatchObject({ backbone: 'siren', width: 256, depth: 4, learningRate: 1e-3, steps: 5000 });
    expect(imageSettings.fit({ preset: 'int-paper', backbone: 'hash-grid' })).not.toMatchObject({
      width: 256,
    });
  });
});
