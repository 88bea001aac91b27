// The frequency operator of scattered points: how much a signal at a point differs from what its neighbours predict. It is
// to points what the Laplacian is to images (EVOS, CVPR 2025, Sec. 3.3).
import { checkInteger } from '../core/check.js';
import { ArgumentError } from '../core/errors.js';
import type { FrequencyOperator } from '../core/index.js';
import { nearestPoints } from './near-points.js';

/** The operators there are. */
export const pointOperators = ['graph-laplacian', 'plane-residual'] as const;
/**
 * - `graph-laplacian`: the value less the mean of the neighbours', weighted by a Gaussian of their distances (Belkin and
 *   Niyogi, 2003; random-walk normalised). Where points lie unevenly it also answers to a slope.
 * - `plane-residual`: the value less that of the plane fitted through the neighbours by weighted least squares. It ignores
 *   slopes, however the points lie, and answers to curvature and noise alone.
 */
export type PointOperator = (typeof pointOperators)[number];

/** What {@link createPointOperator} takes. */
export interface PointOperatorOptions {
  /** `[N, 3]`, N above `neighbours`. Read now and not kept: after a refresh of the pool make a new operator. */
  readonly points: Float32Array;
  /** Default `plane-residual`. */
  readonly kind?: PointOperator;
  /** Neighbours of each point, from 4 to 64. Default 8. */
  readonly neighbours?: number;
}

/**
 * A frequency operator for points anywhere. Both kinds are linear: each point's response is its own value less a fixed
 * combination of its neighbours', worked out here once.
 *
 * Memory: 8 bytes per point and neighbour. Time: O(N log N) now, O(N · neighbours) per response.
 * @throws ArgumentError for too few points, points that are not finite, and numbers of neighbours out of range
 * @example
 * const pool = await createSdfPool({ mesh, field, count: 8192, seed: 1 });
 * const operator = createPointOperator({ points: pool.inputs });
 * const selector = createSelector({ strategy: 'evos', size: pool.size, steps: 1000, operator, targets: pool.targets });
 */
export function createPointOperator(options: PointOperatorOptions): FrequencyOperator {
  const { points, kind = 'plane-residual', neighbours: k = 8 } = options;
  const size = points.length / 3;
  checkInteger('neighbours', k, 4, 64, 'points that each is compared with');
  if (!Number.isInteger(size) || size <= k) {
    throw new ArgumentError(
      `points has ${points.length} numbers, expected 3 for each of more than ${k} points.`,
    );
  }
  const bad = points.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new ArgumentError(`points[${bad}] is ${points[bad]}, expected a finite number.`);
  const near = nearestPoints(points, k);
  const weights = new Float32Array(size * k);
  const fit = kind === 'plane-residual' ? new PlaneFit(k) : undefined;
  const distances = new Float64Array(k);
  for (let i = 0; i < size; i++) {
    const row = weights.subarray(i * k, (i + 1) * k);
    const neighbours = near.subarray(i * k, (i + 1) * k);
    gaussian(points, i, neighbours, distances, row);
    fit?.weigh(points, i, neighbours, row);
  }
  return new PointFilter(near, weights, k);
}

/** Weights by distance that add up to 1; the Gaussian's width is the mean distance of these neighbours. */
function gaussian(
  points: Float32Array,
  point: number,
  neighbours: Uint32Array,
  distances: Float64Array,
  weights: Float32Array,
): void {
  let mean = 0;
  for (const [j, other] of neighbours.entries()) {
    let sum = 0;
    for (let a = 0; a < 3; a++) sum += (points[3 * other + a]! - points[3 * point + a]!) ** 2;
    distances[j] = sum;
    mean += sum / neighbours.length;
  }
  let total = 0;
  for (let j = 0; j < weights.length; j++) {
    const weight = mean > 0 ? Math.exp(-distances[j]! / mean) : 1;
    weights[j] = weight;
    total += weight;
  }
  for (let j = 0; j < weights.length; j++) weights[j] = weights[j]! / total;
}

/** Turns weights of neighbours into the coefficients with which their values make the fitted plane's at the point. */
class PlaneFit {
  /** Normal equations of `value = c₀ + c·(neighbour − point)`, and their Cholesky factor in place. */
  readonly #matrix = new Float64Array(16);
  readonly #solution = new Float64Array(4);
  readonly #offsets: Float64Array;

  constructor(k: number) {
    this.#offsets = new Float64Array(4 * k);
  }

  /** Leaves the weights as they are where the neighbours lie on a line or a point and have no plane. */
  weigh(points: Float32Array, point: number, neighbours: Uint32Array, weights: Float32Array): void {
    const [matrix, offsets] = [this.#matrix.fill(0), this.#offsets];
    let reach = 0;
    for (const [j, other] of neighbours.entries()) {
      offsets[4 * j] = 1;
      for (let a = 0; a < 3; a++) {
        const along = points[3 * other + a]! - points[3 * point + a]!;
        offsets[4 * j + 1 + a] = along;
        reach = Math.max(reach, Math.abs(along));
      }
    }
    if (reach === 0) return;
    for (let j = 0; j < neighbours.length; j++) {
      for (let a = 1; a < 4; a++) offsets[4 * j + a] = offsets[4 * j + a]! / reach;
      for (let r = 0; r < 4; r++) {
        for (let c = 0; c <= r; c++)
          matrix[4 * r + c]! += weights[j]! * offsets[4 * j + r]! * offsets[4 * j + c]!;
      }
    }
    // Points of a surface may lie in a plane: a trace of ridge then leaves the slope across it at 0.
    for (let r = 1; r < 4; r++) matrix[5 * r]! += 1e-6;
    if (!this.#solve()) return;
    for (let j = 0; j < weights.length; j++) {
      let value = 0;
      for (let r = 0; r < 4; r++) value += this.#solution[r]! * offsets[4 * j + r]!;
      weights[j] = weights[j]! * value;
    }
  }

  /** Solves for the first unit vector, since the plane's value at the point itself is its constant. */
  #solve(): boolean {
    const [m, x] = [this.#matrix, this.#solution.fill(0)];
    for (let r = 0; r < 4; r++) {
      for (let c = 0; c <= r; c++) {
        let sum = m[4 * r + c]!;
        for (let i = 0; i < c; i++) sum -= m[4 * r + i]! * m[4 * c + i]!;
        if (r !== c) m[4 * r + c] = sum / m[5 * c]!;
        else if (sum > 1e-12) m[5 * r] = Math.sqrt(sum);
        else return false;
      }
    }
    x[0] = 1;
    for (let r = 0; r < 4; r++) {
      for (let c = 0; c < r; c++) x[r]! -= m[4 * r + c]! * x[c]!;
      x[r] = x[r]! / m[5 * r]!;
    }
    for (let r = 3; r >= 0; r--) {
      for (let c = r + 1; c < 4; c++) x[r]! -= m[4 * c + r]! * x[c]!;
      x[r] = x[r]! / m[5 * r]!;
    }
    return true;
  }
}

/** Each point's value less a weighted sum of its neighbours'. */
class PointFilter implements FrequencyOperator {
  readonly #near: Uint32Array;
  readonly #weights: Float32Array;
  readonly #k: number;
  readonly #response: Float32Array;

  constructor(near: Uint32Array, weights: Float32Array, k: number) {
    this.#near = near;
    this.#weights = weights;
    this.#k = k;
    this.#response = new Float32Array(near.length / k);
  }

  response(values: Float32Array): Float32Array {
    const [response, near, weights, k] = [this.#response, this.#near, this.#weights, this.#k];
    if (values.length !== response.length) {
      throw new ArgumentError(
        `The operator was made for ${response.length} points of one value each, got ${values.length} values.`,
      );
    }
    for (let i = 0; i < response.length; i++) {
      let sum = values[i]!;
      for (let j = i * k; j < (i + 1) * k; j++) sum -= weights[j]! * values[near[j]!]!;
      response[i] = sum;
    }
    return response;
  }
}
