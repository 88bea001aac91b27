// The digits of a grid's coordinates: for each axis how many levels it is written in, coarse to fine, and the base of each.
import { ArgumentError } from '../../../core/errors.js';

/** Bases by axis, outermost axis first; each coarse to fine, all of one length. */
export type Bases = readonly (readonly number[])[];

/** Levels where none are named: three sine layers and a head. */
export const usualLevels = 4;

/** What the text of bases looks like. */
export const basesForm = {
  pattern: /^[1-9]\d*(,[1-9]\d*)*(x[1-9]\d*(,[1-9]\d*)*)*$/,
  expected: 'whole numbers, coarse to fine, an axis after the other, e.g. 4,4,4,8x4,4,6,8',
};

/** Bases as text: axes by "x", levels by commas. */
export const basesText = (bases: Bases): string => bases.map((own) => own.join(',')).join('x');

/**
 * Reads the text of bases.
 * @param shape points along each axis
 * @throws ArgumentError unless they have the axes and hold the points of the grid
 */
export function readBases(text: string, shape: readonly number[]): Bases {
  const bases = text.split('x').map((own) => own.split(',').map(Number));
  const size = shape.join('×');
  if (bases.length !== shape.length) {
    throw new ArgumentError(
      `bases: got ${text}, which are bases of ${bases.length} axes, expected ${shape.length} for a grid of ${size}`,
    );
  }
  const lengths = [...new Set(bases.map(({ length }) => length))];
  if (lengths.length > 1 || (lengths[0] ?? 0) < 2) {
    throw new ArgumentError(
      `bases: got ${text}, with ${lengths.join(' and ')} levels, expected the same number for every axis, 2 or more`,
    );
  }
  bases.forEach((own, axis) => {
    const points = shape[axis] ?? 0;
    const held = productOf(own);
    if (held >= points && held <= mostHeld(points)) return;
    throw new ArgumentError(
      `bases: got ${own.join(',')} along axis ${axis}, whose product is ${held}, expected ${points} or a little more for a ` +
        `grid of ${size}`,
    );
  });
  return bases;
}

/** A grid that is held in more than twice as many points would be worked out for nothing. */
const mostHeld = (points: number): number => 2 * points + 8;

/**
 * Bases for a grid. The product along an axis is its number of points, or the next number above it that has no large prime
 * factor: no level may then tell more than a few values apart. Prime factors go to the smallest base so far, the largest
 * factor first, and the largest base is the finest, which gives the published bases for 512 and 768 points.
 * @param shape points along each axis
 * @param levels how many, 2 or more
 */
export function chooseBases(shape: readonly number[], levels: number): Bases {
  return shape.map((points) => {
    for (let held = points; ; held++) {
      const bases = share(held, levels);
      // Twice the even share: room for whole numbers. The next power of two, at the latest, has such bases.
      const even = Math.max(...bases) <= Math.max(2, 2 * Math.ceil(points ** (1 / levels)));
      // A level that tells nothing apart is only for grids that have too few points.
      if (even && (Math.min(...bases) > 1 || points < 2 ** levels)) return bases;
    }
  });
}

/** A number as so many factors of about one size, smallest first. */
function share(count: number, levels: number): number[] {
  const bases = Array<number>(levels).fill(1);
  for (const prime of primesOf(count)) {
    const smallest = bases.indexOf(Math.min(...bases));
    bases[smallest] = (bases[smallest] ?? 1) * prime;
  }
  return bases.sort((a, b) => a - b);
}

/** Prime factors, largest first. */
function primesOf(count: number): number[] {
  const primes: number[] = [];
  let rest = count;
  for (let factor = 2; factor * factor <= rest; factor++) {
    for (; rest % factor === 0; rest /= factor) primes.unshift(factor);
  }
  return rest > 1 ? [rest, ...primes] : primes;
}

/** The product of numbers. */
export const productOf = (numbers: readonly number[]): number => numbers.reduce((a, b) => a * b, 1);
