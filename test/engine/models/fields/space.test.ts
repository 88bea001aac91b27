// Where a field's points are, in JavaScript and in the graph, and the harmonics that stand for directions.
import { describe, expect, it } from 'vitest';
import { GraphBuilder, type Value } from '../../../../src/engine/graph/index.js';
import { checkSpace, fieldCoordinates, worldToField } from '../../../../src/engine/models/fields/space.js';
import {
  harmonicsWidth,
  sphericalHarmonics,
} from '../../../../src/engine/models/fields/spherical-harmonics.js';
import type { FieldSpace } from '../../../../src/engine/models/index.js';
import { evaluate, tensor } from '../../../reference/evaluate.js';
import { referenceCoordinates, referenceHarmonics } from '../../../reference/radiance.js';
import { relativeError, seeded } from '../../graph/support.js';

const SEED = 360;
const cube: FieldSpace = { centre: [1, -2, 0.5], half: 2, contracted: false, near: 0.1, far: 50 };
const all: FieldSpace = { ...cube, contracted: true };

/** A graph's values for rows of three. */
function inGraph(points: ArrayLike<number>, build: (b: GraphBuilder, x: Value) => Value): Float64Array {
  const b = new GraphBuilder('points', { elementType: 'float64' });
  const y = build(b, b.input('x', ['n', 3]));
  const found = evaluate(b.graph(), { x: tensor([points.length / 3, 3], points) }).get(y.name);
  if (found === undefined) throw new Error('no value');
  return found.data;
}

const inJs = (space: FieldSpace, points: readonly number[]): Float32Array => {
  const into = new Float32Array(points.length);
  worldToField(space, Float32Array.from(points), into);
  return into;
};

/** Points of the world of all distances, in single precision. */
function somePoints(count: number): number[] {
  const random = seeded(SEED);
  return Array.from({ length: count }, () => {
    const reach = 10 ** (4 * random.float() - 1);
    return [0, 1, 2].map((axis) => Math.fround(cube.centre[axis]! + reach * (2 * random.float() - 1)));
  }).flat();
}

describe(`a field's coordinates (seed ${SEED})`, () => {
  // Worked by hand: x − centre over 2, then (2 − 1/m)·x/m where the largest is m > 1; half of it.
  it.each([
    { point: [1, -2, 0.5], cube: [0, 0, 0], all: [0, 0, 0] },
    { point: [2, -3, 0.5], cube: [0.5, -0.5, 0], all: [0.25, -0.25, 0] },
    { point: [3, -2, 0.5], cube: [1, 0, 0], all: [0.5, 0, 0] },
    { point: [5, 0, 0.5], cube: [2, 1, 0], all: [0.75, 0.375, 0] },
    { point: [1, -2, -7.5], cube: [0, 0, -4], all: [0, 0, -0.875] },
    { point: [-19, 18, 20.5], cube: [-10, 10, 10], all: [-0.95, 0.95, 0.95] },
  ])('of $point', ({ point, ...expected }) => {
    for (const [space, wanted] of [
      [cube, expected.cube],
      [all, expected.all],
    ] as const) {
      expect(relativeError(inJs(space, point), wanted, 1)).toBeLessThan(1e-7);
      expect(
        relativeError(
          inGraph(point, (b, x) => fieldCoordinates(b, x, space)),
          wanted,
          1,
        ),
      ).toBeLessThan(1e-15);
      expect(relativeError(referenceCoordinates(space, point), wanted, 1)).toBeLessThan(1e-15);
    }
  });

  it('are the same in the graph, in JavaScript and by the formula, and never beyond 1', () => {
    const points = somePoints(300);
    for (const space of [cube, all]) {
      const expected = Array.from({ length: 300 }, (_, i) =>
        referenceCoordinates(space, points.slice(3 * i, 3 * i + 3)),
      ).flat();
      expect(
        relativeError(
          inGraph(points, (b, x) => fieldCoordinates(b, x, space)),
          expected,
        ),
      ).toBeLessThan(1e-14);
      expect(relativeError(inJs(space, points), expected)).toBeLessThan(1e-6);
    }
    const reached = Math.max(...inJs(all, points).map(Math.abs));
    expect(reached).toBeLessThan(1);
    expect(reached).toBeGreaterThan(0.99);
  });

  it('do not jump at the face of the cube', () => {
    const step = 1e-6;
    for (const axis of [0, 1, 2]) {
      for (const side of [-1, 1]) {
        const [inside, outside] = [1 - step, 1 + step].map((share) => {
          const point = cube.centre.map((c, i) => c + cube.half * (i === axis ? side * share : 0.3));
          return inGraph(point, (b, x) => fieldCoordinates(b, x, all));
        });
        // Slope ½ on both sides.
        expect(relativeError(outside ?? [], inside ?? [])).toBeLessThan(2.5 * step);
        expect(Math.abs(outside![axis]! - inside![axis]!)).toBeGreaterThan(0.5 * step);
      }
    }
  });

  it.each([
    {
      what: { centre: [0, NaN, 0] as const },
      message: /space\.centre: got \[0,NaN,0\], expected three finite numbers/,
    },
    { what: { half: 0 }, message: /space\.half: got 0, expected half a cube's side, above 0/ },
    { what: { half: Infinity }, message: /space\.half: got Infinity/ },
    { what: { near: -1 }, message: /space\.near and space\.far: got -1 and 50, expected 0 ≤ near < far/ },
    { what: { far: 0.1 }, message: /got 0\.1 and 0\.1/ },
    { what: { far: Infinity }, message: /got 0\.1 and Infinity/ },
  ])('need a space that is one: $message', ({ what, message }) => {
    expect(() => checkSpace({ ...cube, ...what })).toThrow(message);
  });
});

const harmonicsOf = (directions: readonly number[]): Float64Array => inGraph(directions, sphericalHarmonics);

describe(`spherical harmonics (seed ${SEED})`, () => {
  it('are orthonormal over the sphere', () => {
    // Exact for products of two: Gauss–Legendre of 4 nodes along z (degree 7), 8 even turns around it.
    const nodes = [0.3399810435848563, 0.8611363115940526];
    const weights = [0.6521451548625461, 0.3478548451374538];
    const directions: number[] = [];
    const measure: number[] = [];
    for (const [i, z] of nodes.entries()) {
      for (const side of [-1, 1]) {
        for (let turn = 0; turn < 8; turn++) {
          const angle = ((turn + 0.3) * Math.PI) / 4;
          const across = Math.sqrt(1 - z * z);
          directions.push(across * Math.cos(angle), across * Math.sin(angle), side * z);
          measure.push((weights[i]! * Math.PI) / 4);
        }
      }
    }
    const values = harmonicsOf(directions);
    for (let i = 0; i < harmonicsWidth; i++) {
      for (let j = 0; j < harmonicsWidth; j++) {
        const product = measure.reduce(
          (sum, weight, k) =>
            sum + weight * values[harmonicsWidth * k + i]! * values[harmonicsWidth * k + j]!,
          0,
        );
        expect(product, `${i} and ${j}`).toBeCloseTo(i === j ? 1 : 0, 12);
      }
    }
  });

  it('are those of the recurrence, signs and order included', () => {
    const random = seeded(SEED);
    const directions = Array.from({ length: 40 }, () => {
      const z = 2 * random.float() - 1;
      const angle = 2 * Math.PI * random.float();
      return [Math.sqrt(1 - z * z) * Math.cos(angle), Math.sqrt(1 - z * z) * Math.sin(angle), z];
    });
    const expected = directions.flatMap((direction) => referenceHarmonics(direction));
    expect(relativeError(harmonicsOf(directions.flat()), expected)).toBeLessThan(1e-14);
  });

  it('have known values along z: √((2l + 1)/4π) of order 0, nothing else', () => {
    const expected = Array<number>(harmonicsWidth).fill(0);
    [0, 1, 2, 3].forEach((l) => (expected[l * l + l] = Math.sqrt((2 * l + 1) / (4 * Math.PI))));
    expect(relativeError(harmonicsOf([0, 0, 1]), expected)).toBeLessThan(1e-15);
  });
});
