// Signed distances as colours: white at 0, and from there to red outside of the original and to blue inside.
import { checkNumber } from '../../core/check.js';
import { ArgumentError } from '../../core/errors.js';

/** Linear RGB at −limit, 0 and +limit. */
const inside = [0.02, 0.12, 0.6] as const;
const none = [0.75, 0.75, 0.72] as const;
const outside = [0.62, 0.03, 0.03] as const;

/**
 * Twice the magnitude that 95 % of the errors do not exceed, at most the largest; 0 when there are none. A lid over a hole, which
 * may be one or two in a hundred of a surface and is off by far more than the rest, does not bleach it.
 * @throws ArgumentError when one is not finite
 * @example
 * console.log(usualErrorLimit(Float32Array.of(0, 0.1, -0.2)));
 */
export function usualErrorLimit(errors: Float32Array): number {
  const sorted = errors.map(Math.abs).sort();
  const last = sorted.at(-1) ?? 0;
  if (!Number.isFinite(last)) throw notFinite(last);
  const most = sorted[Math.max(0, Math.ceil(0.95 * sorted.length) - 1)] ?? 0;
  return Math.min(last, 2 * most || last);
}

/**
 * Colours of signed distances, linear RGB, `[n, 3]`, for vertices or for the scale of a legend.
 * @param limit the distance shown in full colour, above 0; default `usualErrorLimit`
 * @throws ArgumentError when an error is not finite or the limit is out of range
 * @example
 * const errors = new Float32Array(mesh.positions.length / 3);
 * const bytes = await encodeMesh(mesh, 'ply', { colours: errorColours(errors) });
 */
export function errorColours(errors: Float32Array, limit?: number): Float32Array {
  if (limit !== undefined) {
    checkNumber('errorLimit', limit, { low: 0, high: Number.MAX_VALUE, open: true }, 'a distance');
    const bad = errors.find((error) => !Number.isFinite(error));
    if (bad !== undefined) throw notFinite(bad);
  }
  // Without any error there is nothing to tell apart, and everything is white.
  const full = limit ?? (usualErrorLimit(errors) || 1);
  const colours = new Float32Array(3 * errors.length);
  for (let i = 0; i < errors.length; i++) {
    const share = Math.min(1, Math.abs(errors[i]!) / full);
    const end = errors[i]! < 0 ? inside : outside;
    for (let channel = 0; channel < 3; channel++) {
      colours[3 * i + channel] = none[channel]! + (end[channel]! - none[channel]!) * share;
    }
  }
  return colours;
}

const notFinite = (error: number): ArgumentError =>
  new ArgumentError(
    `got ${error} among the errors of a preview; expected finite distances; leave out what could not be measured`,
  );
