// Samples of a pool that is made up of grids of pixels, one behind the other.
import type { GridSize } from '../contracts.js';

/**
 * `[views + 1]`: the index of each view's first sample, and behind them the number of all samples.
 * @throws never
 * @example
 * console.log(firstOfView([{ width: 4, height: 2 }, { width: 3, height: 3 }])); // [0, 8, 17]
 */
export function firstOfView(views: readonly GridSize[]): Float64Array {
  const first = new Float64Array(views.length + 1);
  views.forEach(({ width, height }, i) => (first[i + 1] = (first[i] as number) + width * height));
  return first;
}

/**
 * The view that a sample is of, found by halving.
 * @param first as {@link firstOfView} gives it
 * @throws never
 * @example
 * const first = firstOfView([{ width: 4, height: 2 }, { width: 3, height: 3 }]);
 * console.log(viewOf(first, 8)); // 1
 */
export function viewOf(first: Float64Array, index: number): number {
  let low = 0;
  let high = first.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((first[middle] as number) <= index) low = middle;
    else high = middle;
  }
  return low;
}
