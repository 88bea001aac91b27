// Means, spreads and paired differences, worked by hand; and what is averaged of curves.
import { describe, expect, it } from 'vitest';
import { imageModality } from '../../../../src/recipes/modalities/image/modality.js';
import { meanCurve } from '../../../../src/recipes/runs/comparing/curves.js';
import { front } from '../../../../src/recipes/runs/comparing/front.js';
import { spreadOf, summarise } from '../../../../src/recipes/runs/comparing/summary.js';
import { someCells } from './data.js';

const summary = summarise(someCells, imageModality);
const [full, quick] = summary.strategies;

describe('a summary', () => {
  it('names baseline, inputs and seeds', () => {
    expect(summary).toMatchObject({ baseline: 'full', inputs: ['a.png', 'b,"x".png'], seeds: [7, 8] });
    expect(summary.strategies.map(({ strategy }) => strategy)).toEqual(['full', 'quick', 'evos']);
  });

  it('has mean and standard deviation over inputs and seeds', () => {
    const psnr = full?.measures.find(({ key }) => key === 'psnr');
    // 20, 30, 22, 32: squares of 6, 4, 4 and 6 are 104; a third of them.
    expect(psnr?.value).toEqual({ mean: 26, deviation: Math.sqrt(104 / 3), count: 4 });
    expect(full?.seconds).toEqual({ mean: 8, deviation: 0, count: 4 });
  });

  it('pairs differences by input and seed', () => {
    const psnr = quick?.measures.find(({ key }) => key === 'psnr');
    // 1, 1, 1 and −2: the inputs themselves are 10 dB apart.
    expect(psnr?.difference.mean).toBeCloseTo(0.25, 12);
    expect(psnr?.difference.deviation).toBeCloseTo(1.5, 12);
    expect(psnr?.above).toBe(3);
    expect(quick?.timeRatio.mean).toBe(0.25);
    expect(quick?.work.mean).toBeCloseTo(0.1, 12);
  });

  it('says how many came to a quality, and averages over those', () => {
    expect(quick?.toBaseline).toMatchObject({ reached: 3, count: 4 });
    expect(quick?.toBaseline.seconds?.mean).toBeCloseTo(1.6, 12);
    expect(quick?.speedUp).toBeCloseTo(5, 12);
    expect(quick?.targets).toMatchObject([
      { target: 10, reached: 4, count: 4, seconds: { mean: 1 } },
      { target: 25, reached: 2, count: 4, seconds: { mean: 1.5 } },
    ]);
    expect(full?.targets[1]).toEqual({ target: 25, reached: 0, count: 4, seconds: null });
  });

  it('leaves out measures that no run has', () => {
    expect(full?.measures.map(({ key }) => key)).toEqual(['psnr', 'ssim']);
  });

  it('has no spread of one number, and nothing of none', () => {
    expect(spreadOf([3])).toEqual({ mean: 3, deviation: null, count: 1 });
    expect(spreadOf([])).toBeNull();
  });

  it('averages curves over steps, seconds and work', () => {
    // At step 1 half of 20, 30, 22 and 32.
    expect(full?.curves.steps).toEqual({ x: [1, 2], mean: [13, 26] });
    expect(full?.curves.seconds.x.at(-1)).toBe(8);
    expect(full?.curves.seconds.mean.at(-1)).toBeCloseTo(26, 12);
    expect(quick?.curves.work.x.at(-1)).toBeCloseTo(0.1, 12);
  });
});

describe('a mean curve', () => {
  it('goes as far as all of them go, linear in between', () => {
    const short = [
      [0, 0],
      [2, 4],
    ] as const;
    const long = [
      [1, 10],
      [5, 10],
    ] as const;
    const { x, mean } = meanCurve([short, long], false);
    expect([x[0], x.at(-1)]).toEqual([1, 2]);
    expect(mean[0]).toBe(6);
    expect(mean[20]).toBeCloseTo((3 + 10) / 2, 12);
    expect(mean.at(-1)).toBe(7);
    expect(meanCurve([short, long], true).x).toEqual([1, 2]);
  });

  it('is empty where they do not meet, or one has no points', () => {
    const nothing = { x: [], mean: [] };
    expect(meanCurve([[[0, 1]], [[2, 1]]], false)).toEqual(nothing);
    expect(meanCurve([[[0, 1]], []], true)).toEqual(nothing);
    expect(meanCurve([], true)).toEqual(nothing);
  });
});

describe('the front', () => {
  it('has what nothing else beats in both, by rising cost', () => {
    const places = [
      { cost: 3, value: 30 },
      { cost: 1, value: 10 },
      { cost: 2, value: 9 },
      { cost: 3, value: 31 },
      { cost: 9, value: 31 },
      { cost: 0.5, value: NaN },
    ];
    expect(front(places)).toEqual([
      { cost: 1, value: 10 },
      { cost: 3, value: 31 },
    ]);
  });
});
