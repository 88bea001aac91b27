// The bases of digits: the published ones by default, others where a size has large primes, and what is refused.
import { describe, expect, it } from 'vitest';
import { basesText, chooseBases, productOf, readBases } from '../../../../src/engine/models/asmr/bases.js';

describe('bases by default', () => {
  it.each([
    // The published ones of Kodak and of the low-MAC setting (Li et al., ICLR 2024, and the authors' code).
    [[512, 768], 4, '4,4,4,8x4,4,6,8'],
    [[512, 512], 3, '8,8,8x8,8,8'],
    [[256, 256], 4, '4,4,4,4x4,4,4,4'],
    [[7, 2], 2, '2,4x1,2'],
    [[65_521], 4, '16,16,16,16'],
  ])('%j in %i levels', (shape, levels, expected) => {
    expect(basesText(chooseBases(shape, levels))).toBe(expected);
  });

  it('hold every size, and little more', () => {
    for (let points = 2; points <= 2000; points++) {
      for (const levels of [2, 3, 4, 6]) {
        const [bases = []] = chooseBases([points], levels);
        const held = productOf(bases);
        const most = points >= 100 && levels <= 4 ? 1.1 * points : 1.5 * points + 2;
        expect(bases).toHaveLength(levels);
        expect(held, `${points} in ${levels} levels`).toBeGreaterThanOrEqual(points);
        expect(held, `${points} in ${levels} levels`).toBeLessThanOrEqual(most);
        expect(readBases(basesText([bases]), [points])).toEqual([bases]);
      }
    }
  });
});

describe('bases that are named', () => {
  it.each([
    ['4,4x4,4x4,4', [16, 16], /bases of 3 axes, expected 2 for a grid of 16×16/],
    ['4,4x2,2,4', [16, 16], /with 2 and 3 levels, expected the same number for every axis/],
    ['16x16', [16, 16], /with 1 levels, expected the same number for every axis, 2 or more/],
    [
      '4,4x4,3',
      [16, 16],
      /got 4,3 along axis 1, whose product is 12, expected 16 or a little more for a grid of 16×16/,
    ],
    ['8,8x4,4', [16, 16], /got 8,8 along axis 0, whose product is 64/],
  ])('%s for a grid of %j', (text, shape, message) => {
    expect(() => readBases(text, shape)).toThrow(message);
  });
});
