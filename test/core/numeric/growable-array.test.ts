// Memory that grows: never where it is long enough, and then by twice what is needed, as far as anybody needs it.
import { expect, it } from 'vitest';
import { grown } from '../../../src/core/numeric/growable-array.js';

it('keeps an array that is long enough, and what it held where it is not', () => {
  const array = Uint32Array.of(7, 8, 9);
  for (const length of [0, 2, 3]) expect(grown(array, length, 10_000)).toBe(array);
  const longer = grown(array, 4, 10_000);
  expect([longer.length, ...longer.subarray(0, 4)]).toEqual([1024, 7, 8, 9, 0]);
  expect(grown(array, 4, 5)).toHaveLength(5);
  const twice = grown(longer, 1025, 10_000);
  expect([twice.length, twice[2]]).toEqual([2050, 9]);
  expect(grown(longer, 6000, 10_000)).toHaveLength(10_000);
});
