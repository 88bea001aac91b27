import { describe, expect, it } from 'vitest';
import { colourGradientErrors } from '../../../src/nerf/rays/colour-gradient.js';

/** A patch of four greys, and a second one that is black. */
const patch = (...greys: number[]): Float32Array => {
  const values = new Float32Array(24);
  greys.forEach((grey, i) => values.fill(grey, 3 * i, 3 * i + 3));
  return values;
};

describe('colourGradientErrors', () => {
  it.each([
    ['nothing wrong', patch(0.5, 0.25, 0, 1), patch(0.5, 0.25, 0, 1), 0],
    ['too bright all over', patch(0.75, 0.5, 0.25, 1), patch(0.5, 0.25, 0, 0.75), 0],
    // Differences that should be there are not: one across and one down, of 1 each, out of four.
    ['a corner missed', patch(0, 0, 0, 0), patch(0, 0, 0, 1), 0.5],
    ['an edge blurred', patch(0.25, 0.75, 0.25, 0.75), patch(0, 1, 0, 1), 0.125],
    ['chequered', patch(1, 0, 0, 1), patch(0, 0, 0, 0), 1],
  ])('%s (worked by hand)', (_, rendered, photographed, expected) => {
    const out = new Float32Array(2);
    expect(colourGradientErrors(rendered, photographed, 2, out)).toBe(expected);
    expect([...out]).toEqual([expected, 0]);
  });

  it('is a mean over channels', () => {
    const rendered = new Float32Array(12);
    rendered[11] = 1;
    const out = new Float32Array(1);
    colourGradientErrors(rendered, new Float32Array(12), 1, out);
    expect(out[0]).toBeCloseTo(0.5 / 3, 6);
  });

  it('answers with no finite number for colours that are none', () => {
    expect(
      colourGradientErrors(new Float32Array(12).fill(NaN), new Float32Array(12), 1, new Float32Array(1)),
    ).toBeNaN();
  });
});
