// Entries of a comparison's strategies: read, named, and judged as settings are judged elsewhere.
import { describe, expect, it } from 'vitest';
import { imageSettings } from '../../../src/recipes/modalities/image/settings.js';
import { problemSentence } from '../../../src/recipes/settings/check.js';

describe('an entry', () => {
  it.each([
    ['full', 'full', 'full', {}],
    ['uniform@ratio=0.1', 'uniform', 'uniform-ratio-0.1', { ratio: 0.1 }],
    [
      'evos@interval=100:50+learning-rate=3e-4+preset=evos-paper',
      'evos',
      'evos-interval-100-50-learning-rate-3e-4-preset-evos-paper',
      { interval: { from: 100, to: 50 }, learningRate: 3e-4, preset: 'evos-paper' },
    ],
    ['evos@mutationShare=0.5', 'evos', 'evos-mutationShare-0.5', { mutationShare: 0.5 }],
    ['mine@steps=9+interval=30', 'mine', 'mine-steps-9-interval-30', { steps: 9, interval: 30 }],
  ])('%s', (text, strategy, name, settings) => {
    expect(imageSettings.entry(text)).toEqual({ text, strategy, name, settings });
  });

  it.each([
    ['evos@raito=0.1', 'raito: unknown setting. Did you mean ratio?'],
    ['evos@learning-rat=0.1', 'learning-rat: unknown setting. Did you mean learning-rate?'],
    ['evos@learningRat=0.1', 'learningRat: unknown setting. Did you mean learningRate?'],
    ['evos@ratio=3', 'ratio: got 3, expected a number above 0 and at most 1'],
    ['evos@ratio=half', 'ratio: got half, expected a number above 0 and at most 1'],
    ['evos@steps=1.5', 'steps: got 1.5, expected a whole number from 1 to 10000000'],
    [
      'evos@interval=0',
      'interval: got 0, expected a whole number of at least 1, or FROM:TO for one that changes',
    ],
    [
      'evos@preset=evos-papre',
      'preset: got evos-papre, expected one of default, evos-paper, int-paper, evos-table1, int-figures, asmr-kodak. Did you mean',
    ],
    ['evos@ratio', 'got "ratio", expected KEY=VALUE, with + between settings'],
    ['evos@', 'got "", expected KEY=VALUE'],
    ['evos@ratio=0.1++steps=3', 'got "", expected KEY=VALUE'],
    ['@ratio=0.1', 'expected the name of a strategy before the @'],
    ['evos@ratio=0.1+ratio=0.2', 'ratio was given twice; give it once'],
    [
      'evos@micro-batch=64',
      'micro-batch is the same for every strategy; of its own one may have steps, time, learningRate',
    ],
    ['uniform@interval=9', 'interval has no effect on uniform; leave it out'],
    ['full@ratio=0.1', 'ratio has no effect on full; leave it out'],
  ])('%s is told: %s', (text, message) => {
    const [problem, ...more] = imageSettings.problems('compare', { strategies: [text] });
    expect(problem?.message).toContain(`${text}: ${message}`);
    expect(more).toEqual([]);
    expect(() => imageSettings.entry(text)).toThrow(message);
  });

  it('is judged inside the settings, with its place', () => {
    const wrong = imageSettings.problems('compare', { strategies: ['full', 'evos@raito=1+ratio=2'] });
    expect(wrong.map(problemSentence)).toEqual([
      'strategies.1: evos@raito=1+ratio=2: raito: unknown setting. Did you mean ratio?',
      'strategies.1: evos@raito=1+ratio=2: ratio: got 2, expected a number above 0 and at most 1',
    ]);
  });
});
