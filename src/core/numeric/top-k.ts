// Exact top-k in O(N). Ties go to the lowest index, so results are reproducible.
import { checkFloats, checkInteger } from '../check.js';
import { ArgumentError } from '../errors.js';
import { Sieve } from './top-k-filter.js';

/** Picks the k largest of N numbers; made once for N, since it holds the scratch memory. */
export interface TopK {
  /** How many numbers it takes, N. */
  readonly size: number;
  /**
   * The indices of the k largest values, in ascending order of index; among equals the lowest index wins.
   * O(N), allocates nothing of size N.
   * @param values `[N]`, finite or infinite, not modified
   * @param k from 0 to N
   * @returns `[k]`; owned by this object, valid until its next `select`
   * @throws ArgumentError when a value is NaN (naming its index), or a length or k does not fit
   */
  select(values: Float32Array, k: number): Uint32Array;
}

/**
 * Makes a top-k for N numbers. Holds 4 bytes per number, and up to 4 more where many are close to the k-th largest.
 * @throws ArgumentError when size is not an integer of at least 1
 * @example
 * const top = createTopK(4);
 * console.log(top.select(Float32Array.of(3, 9, 1, 9), 2)); // [1, 3]
 */
export function createTopK(size: number): TopK {
  checkInteger('size', size, 1, 2 ** 32 - 1, 'give the number of values to choose from');
  const picked = new Uint32Array(size);
  const sieve = new Sieve();
  return {
    size,
    select(values, k) {
      checkFloats('values', values, size, 'one per sample');
      checkInteger('k', k, 0, size, 'it cannot pick more than there are');
      if (!sieve.select(values, k, picked)) {
        const index = values.findIndex((value) => Number.isNaN(value));
        throw new ArgumentError(`values[${index}] is NaN, expected a number that can be ranked.`);
      }
      return picked.subarray(0, k);
    },
  };
}
