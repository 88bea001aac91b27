// What soft mining makes of a step's errors: weights against the gathering of samples, and which are the lowest.
import { KthLargest } from '../../numeric/kth-largest.js';
import { exp, log } from '../../numeric/exact-math.js';

/** No weight is below it, as published. */
const least = 0.2;
/** Errors count at least so much. */
const tiny = 1e-6;

/**
 * Writes (1/|error|)^r, at least 0.2 and at most the mean plus the standard deviation of all (Kheradmand et al., Sec. 3.3, as
 * their code clamps it).
 * @param errors `[n]`, mean squares over channels: their roots are the errors here
 * @param r in [0, 1]
 * @param weights `[n]`, written
 */
export function lossWeights(errors: Float32Array, r: number, weights: Float32Array): void {
  const n = errors.length;
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const weight = exp(-r * log(Math.max(tiny, Math.sqrt(errors[i] as number))));
    weights[i] = weight;
    sum += weight;
  }
  const mean = sum / n;
  let squares = 0;
  for (let i = 0; i < n; i++) squares += ((weights[i] as number) - mean) ** 2;
  const most = Math.max(least, mean + Math.sqrt(squares / Math.max(1, n - 1)));
  for (let i = 0; i < n; i++) weights[i] = Math.min(most, Math.max(least, weights[i] as number));
}

/** Marks the ⌊share·n⌋ lowest errors; of equal ones the last. */
export function lowestShare(errors: Float32Array, share: number): Uint8Array {
  const n = errors.length;
  const count = Math.floor(share * n);
  const marks = new Uint8Array(n);
  if (count === 0) return marks;
  if (count === n) return marks.fill(1);
  const kth = new KthLargest();
  // The bits of numbers that are not negative are in the order of the numbers.
  const bits = new Uint32Array(errors.buffer, errors.byteOffset, n);
  kth.find(bits, n, n - count, 0, 0x7f800000);
  let ties = kth.ties;
  for (let i = 0; i < n; i++) {
    const key = bits[i] as number;
    if (key < kth.key || (key === kth.key && ties-- <= 0)) marks[i] = 1;
  }
  return marks;
}
