// How much of a run is measuring: whole pictures where that costs little, samples where it costs much, by sizes alone.
import { describe, expect, it } from 'vitest';
import { planMeasures } from '../../../../src/recipes/runs/timing/measuring.js';

const usual = { steps: 3000, batch: 1310, size: 65_536, measureEvery: 0, fewest: 4096, targeted: false };

/** Arithmetic of the measurements on the way, as a share of that of training. */
const cost = (work: typeof usual): number => {
  const { every, samples } = planMeasures(work);
  const onTheWay = Math.ceil(work.steps / every) - 1;
  return (onTheWay * samples) / (3 * work.steps * work.batch);
};

describe('measurements of a run', () => {
  it.each([
    ['a default picture', usual],
    ['a picture at its own size', { ...usual, steps: 400, batch: 7864, size: 393_216 }],
    ['one of 24 megapixels', { ...usual, steps: 2000, batch: 100_000, size: 24e6 }],
    ['small steps', { ...usual, steps: 10_000, batch: 512, size: 262_144 }],
  ])('of %s take some hundredths of it and have ten points at least', (_, work) => {
    const { every } = planMeasures(work);
    expect(cost(work)).toBeLessThanOrEqual(0.031);
    expect(Math.floor(work.steps / every)).toBeGreaterThanOrEqual(10);
  });

  it('take less where the one at the end takes much', () => {
    // The end alone is a twelfth of training: of 393,216 pixels, of which 400 steps train on 3,932.
    const short = { ...usual, steps: 400, batch: 3932, size: 393_216 };
    expect(cost(short)).toBeLessThanOrEqual(0.01);
    expect(planMeasures(short)).toEqual({ every: 36, samples: 4096 });
  });

  it('look at everything where that is cheap, twenty times', () => {
    expect(planMeasures({ ...usual, batch: 65_536 })).toEqual({ every: 150, samples: 65_536 });
  });

  it('of a short run look at the fewest samples that say something', () => {
    expect(planMeasures({ ...usual, steps: 20, batch: 100 })).toEqual({ every: 2, samples: 4096 });
  });

  it('are of everything where the user says how often', () => {
    expect(planMeasures({ ...usual, steps: 20, measureEvery: 7 })).toEqual({ every: 7, samples: 65_536 });
  });

  it('are more where training ends at one of them', () => {
    expect(planMeasures({ ...usual, targeted: true })).toEqual({ every: 60, samples: 7074 });
  });
});
