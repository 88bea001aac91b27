// The competition's arms: what the grid holds, and how many steps a budget pays for.
import { describe, expect, it } from 'vitest';
import { makeArm, planArms, samplesOf, stepsFor } from '../../bench/image-arms.js';
import { readImageOptions } from '../../bench/image-options.js';
import { imageSettings } from '../../src/recipes/modalities/image/settings.js';

const pixels = 1000;
const options = (...words: string[]) => readImageOptions(['image', '--json', ...words]);

describe('the options', () => {
  it('have defaults: the grid of the issue on one crop', () => {
    expect(options()).toMatchObject({
      inputs: [],
      crop: 256,
      fullSteps: 1000,
      budget: 0.5,
      ratios: [0.02, 0.05, 0.1, 0.2, 0.35, 0.5],
      learningRates: [1e-4],
      schedules: ['constant', 'cosine'],
      only: undefined,
      report: false,
      device: 'cpu',
    });
  });

  it('are read among others', () => {
    expect(
      options(
        '--input',
        'a.png',
        '--input',
        'b.png',
        '--ratios',
        '0.1,0.2',
        '--only',
        'arms',
        '--arms',
        'x,y',
      ),
    ).toMatchObject({ inputs: ['a.png', 'b.png'], ratios: [0.1, 0.2], only: 'arms', arms: ['x', 'y'] });
  });

  it.each([
    [['--ratios', '0.1,2'], '--ratios: got 2, expected a number of at least 0.000001 and at most 1'],
    [['--crop', 'big'], '--crop: got big, expected a number of at least 0'],
    [['--only', 'full'], '--only: got full, expected one of uniform, evos, arms'],
    [['--budget'], '--budget needs a value'],
  ])('%j are refused', (words, message) => {
    expect(() => options(...words)).toThrow(message);
  });
});

describe('the plan', () => {
  it('has full training first, and then every ratio, strategy, rate and schedule once, cheapest first', () => {
    const arms = planArms(options('--ratios', '0.5,0.1', '--learning-rates', '1e-4,3e-4'), pixels);
    expect(arms[0]).toMatchObject({ settings: { strategy: 'full', steps: 1000, learningRate: 1e-4 } });
    const rest = arms.slice(1).map(({ settings }) => settings);
    expect(rest).toHaveLength(2 * 2 * 2 * 2);
    expect(rest.map(({ ratio }) => ratio)).toEqual([
      ...Array<number>(8).fill(0.1),
      ...Array<number>(8).fill(0.5),
    ]);
    const kinds = new Set(
      rest.map((each) => [each.ratio, each.strategy, each.learningRate, each.learningRateSchedule].join(' ')),
    );
    expect(kinds.size).toBe(16);
  });

  it('takes named arms, alone or among the grid', () => {
    const named = ['--arms', 'evos@ratio=0.3+batch=100'];
    const alone = planArms(options(...named, '--only', 'arms'), pixels).map(({ text }) => text);
    expect(alone).toEqual(['full@preset=evos-paper+steps=1000', 'evos@ratio=0.3+batch=100']);
    const among = planArms(options(...named, '--only', 'uniform', '--ratios', '0.2,0.4'), pixels);
    expect(among.map(({ settings }) => settings.ratio)).toEqual([1, 0.2, 0.2, 0.3, 0.4, 0.4]);
  });

  it('lets settings of the grid’s EVOS arms be named', () => {
    const arms = planArms(options('--evos', 'interval=300', '--only', 'evos', '--ratios', '0.2'), pixels);
    expect(arms.slice(1).map(({ settings }) => settings.interval)).toEqual([300, 300]);
  });

  it.each([
    ['evos@raito=1', '--arms: evos@raito=1: raito: unknown setting. Did you mean ratio?'],
    [
      'mine',
      "--arms: strategy must be one of evos, evos-online, uniform, full, evos-tiles, error-map, int, egra, expansive, soft-mining, nint, nint-released, got 'mine'",
    ],
    ['evos@ratio=0.3,evos@ratio=0.3', '--arms: evos@ratio=0.3 is there twice'],
  ])('refuses %s', (arms, message) => {
    expect(() => planArms(options('--arms', arms), pixels)).toThrow(message);
  });
});

describe('the budget', () => {
  const settings = (own: object) => imageSettings.fit({ preset: 'evos-paper' }, own);

  it.each([
    ['uniform', { strategy: 'uniform', ratio: 0.1 }, 5000],
    ['uniform in mini-batches', { strategy: 'uniform', ratio: 0.5, batch: 50 }, 10_000],
    // Ten steps are nine of 100 samples and an evaluation of 1,000; after 263 times that the next evaluation is too much
    ['evos', { strategy: 'evos', ratio: 0.1, interval: 10 }, 2630],
  ])('pays for as many steps of %s as can be worked out by hand', (_, own, steps) => {
    expect(stepsFor(settings(own), pixels, 500 * pixels)).toBe(steps);
  });

  it('is spent and not overdrawn, whatever the schedule', () => {
    for (const schedule of ['constant', 'step', 'linear', 'cosine', 'reverse-cosine']) {
      const own = settings({ strategy: 'evos', ratio: 0.2, schedule });
      const steps = stepsFor(own, pixels, 300 * pixels);
      expect(samplesOf(own, pixels, steps)).toBeLessThanOrEqual(300 * pixels);
      expect(samplesOf(own, pixels, steps)).toBeGreaterThan(295 * pixels);
    }
  });

  it('gives way to an entry’s own steps, and both are in the name of the files', () => {
    const plan = options();
    expect(makeArm('uniform@ratio=0.1+steps=77', plan, pixels)).toMatchObject({
      name: 'uniform-ratio-0.1-steps-77',
      settings: { steps: 77 },
    });
    expect(makeArm('uniform@ratio=0.1', plan, pixels)).toMatchObject({
      name: 'uniform-ratio-0.1-steps-5000',
      settings: { steps: 5000, learningRateSchedule: 'cosine' },
    });
  });
});
