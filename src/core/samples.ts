// Which samples of a pool are meant: some, by index, or all of them, for which no indices are held until somebody asks.
import type { Samples } from './contracts.js';

/**
 * The samples at these indices, in this order. The array is kept, not copied.
 * @throws never
 * @example
 * console.log(someOf(Uint32Array.of(4, 2)).size); // 2
 */
export function someOf(indices: Uint32Array): Samples {
  return { indices, whole: false, size: indices.length };
}

/**
 * All of a pool's samples, in its own order. Their indices are made when they are first read.
 * @throws never
 * @example
 * console.log(allOf(100).whole); // true
 */
export function allOf(size: number): Samples {
  let indices: Uint32Array | undefined;
  return {
    get indices() {
      if (indices === undefined) {
        indices = new Uint32Array(size);
        for (let i = 0; i < size; i++) indices[i] = i;
      }
      return indices;
    },
    whole: true,
    size,
  };
}
