// The core's own cos, exp and log beside the engine's, which are good to about one unit in the last place.
import { describe, expect, it } from 'vitest';
import { cosPi, exp, log } from '../../../src/core/numeric/exact-math.js';

const grid = Array.from({ length: 2001 }, (_, i) => i / 2000);
const ulp = Number.EPSILON;

describe('exact-math', () => {
  it('cosPi is the cosine, with exact values where they are known', () => {
    // Two: the engine's is of π·u, which is rounded before.
    for (const u of grid) expect(Math.abs(cosPi(u) - Math.cos(Math.PI * u))).toBeLessThanOrEqual(2 * ulp);
    expect([cosPi(0), cosPi(0.5), cosPi(1)]).toEqual([1, 0, -1]);
  });

  it('exp and log are those of the engine to a few units in the last place', () => {
    for (const u of grid) {
      const x = 60 * (u - 0.5);
      expect(Math.abs(exp(x) / Math.exp(x) - 1)).toBeLessThanOrEqual(32 * ulp);
      const y = Math.exp(x);
      expect(Math.abs(log(y) - Math.log(y))).toBeLessThanOrEqual(8 * ulp * Math.max(1, Math.abs(x)));
    }
    expect([exp(0), log(1)]).toEqual([1, 0]);
    expect(Math.abs(log(5e-324) / Math.log(5e-324) - 1)).toBeLessThanOrEqual(4 * ulp);
  });
});
