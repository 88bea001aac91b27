// The frequency operators of scattered points against signals whose answer is known, and the neighbours against a search
// of all pairs.
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/core/numeric/random.js';
import { createPointOperator, pointOperators } from '../../src/sdf/frequency.js';
import { nearestPoints } from '../../src/sdf/near-points.js';

function scattered(count: number, seed: number): Float32Array {
  const random = createRandom(seed);
  return Float32Array.from({ length: 3 * count }, () => 2 * random.float() - 1);
}

/** Points on a sphere, a small cluster, and a few copies of one point. */
function uneven(): Float32Array {
  const points = scattered(900, 5);
  for (let i = 0; i < 500; i++) {
    const length = Math.hypot(points[3 * i]!, points[3 * i + 1]!, points[3 * i + 2]!);
    for (let a = 0; a < 3; a++) points[3 * i + a]! /= length;
  }
  for (let i = 600; i < 800; i++) for (let a = 0; a < 3; a++) points[3 * i + a]! *= 1e-3;
  for (let i = 880; i < 890; i++) for (let a = 0; a < 3; a++) points[3 * i + a] = 0.25;
  return points;
}

const valuesOf = (points: Float32Array, signal: (x: number, y: number, z: number) => number): Float32Array =>
  Float32Array.from({ length: points.length / 3 }, (_, i) =>
    signal(points[3 * i]!, points[3 * i + 1]!, points[3 * i + 2]!),
  );

const rms = (values: Float32Array): number =>
  Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);

describe('the nearest points', () => {
  it.each([
    [30, 4],
    [900, 8],
    [900, 1],
    [10, 9],
  ])('of %i points, %i each, are those of a search of all pairs', (count, k) => {
    const points = count === 900 ? uneven() : scattered(count, count);
    const near = nearestPoints(points, k);
    const square = (i: number, j: number): number =>
      [0, 1, 2].reduce((sum, a) => sum + (points[3 * i + a]! - points[3 * j + a]!) ** 2, 0);
    for (let i = 0; i < count; i++) {
      const own = Array.from(near.subarray(i * k, (i + 1) * k));
      expect(new Set([...own, i]).size).toBe(k + 1);
      const all = Array.from({ length: count }, (_, j) => j).filter((j) => j !== i);
      const expected = all.map((j) => square(i, j)).sort((a, b) => a - b);
      expect(own.map((j) => square(i, j))).toEqual(expected.slice(0, k));
    }
  });
});

describe('the frequency operators of points', () => {
  it.each(pointOperators)('%s answers nothing to a constant', (kind) => {
    const points = uneven();
    const response = createPointOperator({ points, kind }).response(valuesOf(points, () => 3));
    expect(Math.max(...response.map(Math.abs))).toBeLessThan(1e-5);
  });

  it('plane-residual is blind to a slope, to which the graph Laplacian answers', () => {
    // Without the copies: beside nothing but one and the same point, no slope is known.
    const points = uneven().subarray(0, 3 * 880);
    const slope = valuesOf(points, (x, y, z) => 1 + 2 * x - y + 0.5 * z);
    const plane = createPointOperator({ points, kind: 'plane-residual' }).response(slope);
    const graph = createPointOperator({ points, kind: 'graph-laplacian' }).response(slope);
    // Neighbours that hardly leave a plane say little of the slope across it, and no more is made of that than it is worth.
    expect(rms(plane)).toBeLessThan(0.1 * rms(graph));
    const volume = scattered(2000, 9);
    const inside = createPointOperator({ points: volume, neighbours: 16 }).response(
      valuesOf(volume, (x, y, z) => 1 + 2 * x - y + 0.5 * z),
    );
    expect(Math.max(...inside.map(Math.abs))).toBeLessThan(1e-3);
  });

  it.each(pointOperators)('%s answers more, the faster a signal changes', (kind) => {
    const points = scattered(4000, 6);
    const operator = createPointOperator({ points, kind });
    const strength = [1, 4, 16].map((frequency) => {
      const wave = valuesOf(points, (x, y, z) => Math.sin(frequency * (x + y + z)));
      return rms(operator.response(wave)) / rms(wave);
    });
    expect(strength[1]! / strength[0]!).toBeGreaterThan(1.5);
    expect(strength[2]! / strength[1]!).toBeGreaterThan(1.5);
  });

  it('is linear, and finds the one point that is off', () => {
    const points = scattered(500, 7);
    const operator = createPointOperator({ points });
    const values = new Float32Array(500);
    values[123] = 2;
    const response = operator.response(values);
    expect(response[123]).toBe(2);
    expect(response.indexOf(Math.max(...response))).toBe(123);
    expect(response.filter((value) => value !== 0).length).toBeLessThan(40);
    const once = response.slice();
    expect(operator.response(values.map((value) => 3 * value))).toEqual(once.map((value) => 3 * value));
  });

  it('says what is wrong with what it is given', () => {
    const points = scattered(20, 8);
    expect(() => createPointOperator({ points, neighbours: 3 })).toThrow(
      /neighbours must be an integer from 4 to 64, got 3/,
    );
    expect(() => createPointOperator({ points: points.subarray(0, 24) })).toThrow(
      /24 numbers, expected 3 for each of more than 8/,
    );
    expect(() => createPointOperator({ points: points.fill(NaN, 5, 6) })).toThrow(/points\[5\] is NaN/);
    const operator = createPointOperator({ points: scattered(20, 8) });
    expect(() => operator.response(new Float32Array(21))).toThrow(/made for 20 points.*got 21/);
  });
});
