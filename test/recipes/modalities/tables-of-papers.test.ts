// The presets that are tables of papers: their rows, with the settings that each run has.
import { describe, expect, it } from 'vitest';
import { imageSettings } from '../../../src/recipes/modalities/image/settings.js';
import { meshSettings } from '../../../src/recipes/modalities/mesh/settings.js';

/** The runs of a preset by name, as far as these settings go. */
function rowsOf(
  resolver: typeof imageSettings | typeof meshSettings,
  preset: string,
  keys: readonly string[],
): Record<string, unknown[]> {
  const compared = resolver.compare({ preset }) as ReturnType<typeof imageSettings.compare>;
  const entries = compared.strategies.map((text) => resolver.entry(text));
  return Object.fromEntries(
    entries.map((entry) => {
      const run: Record<string, unknown> = { ...(resolver as typeof imageSettings).runOf(compared, entry) };
      return [entry.name, keys.map((key) => run[key])];
    }),
  );
}

describe('evos-table1', () => {
  // Zhang et al., EVOS, CVPR 2025, Table 1, in its order.
  const keys = ['strategy', 'ratio', 'schedule'];
  const steps = [0.2, 'step'] as const;
  const constant = [0.5, 'constant'] as const;

  it('has the 14 rows of Table 1', () => {
    const rows = rowsOf(imageSettings, 'evos-table1', keys);
    expect(Object.entries(rows).filter(([name]) => name !== 'standard')).toEqual([
      ['uniform', ['uniform', ...constant]],
      ['egra', ['egra', ...constant]],
      ['expansive', ['expansive', ...constant]],
      ['soft-mining', ['soft-mining', ...constant]],
      ['int-incremental', ['int', ...constant]],
      ['int-dense', ['int', ...constant]],
      ['evos-without-cfs', ['evos', ...constant]],
      ['evos', ['evos', ...constant]],
      ['egra-step', ['egra', ...steps]],
      ['expansive-step', ['expansive', ...steps]],
      ['int-incremental-step', ['int', ...steps]],
      ['evos-without-cfs-step', ['evos', ...steps]],
      ['evos-step', ['evos', ...steps]],
    ]);
    expect(Object.keys(rows)[0]).toBe('standard');
    expect(rows['standard']?.[0]).toBe('full');
  });

  it('tells INT and EVOS apart by sampling and by the Laplacian term', () => {
    const rows = rowsOf(imageSettings, 'evos-table1', [
      'sampling',
      'crossFrequencyWeight',
      'crossFrequencyUntil',
    ]);
    expect(rows['int-incremental']?.[0]).toBe('incremental');
    expect(rows['int-dense']?.[0]).toBe('dense');
    expect(rows['int-incremental-step']?.[0]).toBe('incremental');
    expect(rows['evos']?.slice(1)).toEqual([1e-5, 0.3]);
    expect(rows['evos-without-cfs']?.[1]).toBe(0);
    expect(rows['evos-without-cfs-step']?.[1]).toBe(0);
  });

  it('trains every row as published: SIREN 3×256 from its own start, Adam 1e-4, 1,000 steps, every pixel', () => {
    const keysOfAll = ['backbone', 'width', 'depth', 'omega', 'firstScale', 'hiddenScale', 'learningRate'];
    const rows = rowsOf(imageSettings, 'evos-table1', [
      ...keysOfAll,
      'learningRateSchedule',
      'steps',
      'resize',
    ]);
    const published = ['siren', 256, 3, 30, 1, 1, 1e-4, 'constant', 1000, 'original'];
    for (const run of Object.values(rows)) expect(run).toEqual(published);
  });

  it('takes what is named beside it', () => {
    const compared = imageSettings.compare({ preset: 'evos-table1', steps: 5000, resize: '64x64' });
    expect(compared).toMatchObject({ steps: 5000, resize: '64x64' });
    expect(compared.strategies).toHaveLength(14);
  });
});

describe('int-figures', () => {
  it('is with and without INT, for pictures as INT’s script has them', () => {
    const keys = ['strategy', 'ratio', 'schedule', 'sampling', 'depth', 'learningRate', 'steps'];
    const rows = rowsOf(imageSettings, 'int-figures', keys);
    expect(rows['with']).toEqual(['int', 0.2, 'step', 'incremental', 4, 1e-3, 5000]);
    expect(rows['without']?.slice(4)).toEqual([4, 1e-3, 5000]);
    expect(rows['without']?.[0]).toBe('full');
  });

  it('and for meshes', () => {
    const keys = [
      'strategy',
      'ratio',
      'schedule',
      'backbone',
      'samples',
      'split',
      'steps',
      'learningRateFinal',
    ];
    const rows = rowsOf(meshSettings, 'int-figures', keys);
    expect(rows['with']).toEqual(['int', 0.2, 'step', 'siren', 50_000, 'int', 10_000, 0.01]);
    expect(rows['without']?.slice(3)).toEqual(['siren', 50_000, 'int', 10_000, 0.01]);
  });
});

it('asmr-kodak has ASMR beside SIREN, every pixel at every step along a cosine', () => {
  const keys = [
    'strategy',
    'backbone',
    'width',
    'levels',
    'learningRate',
    'learningRateSchedule',
    'learningRateFinal',
    'steps',
  ];
  const training = [1e-4, 'cosine', 0.1, 10_000];
  expect(rowsOf(imageSettings, 'asmr-kodak', keys)).toEqual({
    siren: ['full', 'siren', 256, undefined, ...training],
    asmr: ['full', 'asmr', 256, 4, ...training],
  });
});

describe('an ellipsis', () => {
  it.each(['...', '…'])('%s stands for the rows of the preset, or the usual ones', (dots) => {
    const mine = imageSettings.compare({ preset: 'int-figures', strategies: [dots, 'mine'] });
    expect(mine.strategies).toEqual(['without=full', 'with=int', 'mine']);
    const usual = imageSettings.compare({ strategies: [dots] });
    expect(usual.strategies).toEqual(imageSettings.compare({}).strategies);
  });
});

describe('a name for an entry', () => {
  it('names its run', () => {
    expect(imageSettings.entry('plain=evos@crossFrequencyWeight=0')).toEqual({
      ...{ text: 'plain=evos@crossFrequencyWeight=0', strategy: 'evos', name: 'plain' },
      settings: { crossFrequencyWeight: 0 },
    });
  });

  it.each(['=evos', '../up=evos', 'a b=evos', '.hidden=evos'])('%s is refused', (text) => {
    expect(imageSettings.problems('compare', { strategies: [text] })[0]?.message).toContain(
      'expected letters, digits, "-", "_" and ".": it names a folder',
    );
  });
});
