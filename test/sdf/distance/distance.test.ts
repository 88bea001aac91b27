// Signed distance against brute force and against shapes whose distance is a formula.
import { describe, expect, it } from 'vitest';
import {
  bowl,
  box,
  flipped,
  sphere,
  together,
  torus,
  torusKnot,
  type Surface,
} from '../../../fixtures/mesh/surfaces.js';
import { ArgumentError } from '../../../src/core/index.js';
import {
  createDistanceField,
  noTriangle,
  type DistanceFieldOptions,
} from '../../../src/sdf/distance/distance.js';
import type { TriangleMesh } from '../../../src/sdf/mesh.js';
import { bruteDistance, bruteWinding, cubePoints, pointAt } from '../oracle.js';

const alone = { workers: 0 } as const;

async function signedDistances(
  mesh: TriangleMesh,
  points: Float32Array,
  options: DistanceFieldOptions = {},
): Promise<{ distances: Float32Array; sign: string; signReason: string }> {
  const field = await createDistanceField(mesh, { ...alone, ...options });
  try {
    return { distances: await field.distances(points), sign: field.sign, signReason: field.signReason };
  } finally {
    await field.dispose();
  }
}

const soup = (seed: number): Surface => {
  const positions = cubePoints(90, 1, seed);
  return { positions, triangles: Uint32Array.from({ length: 90 }, (_, i) => i) };
};

describe('distances against brute force', () => {
  it.each<[string, Surface, number]>([
    ['a single triangle', { positions: cubePoints(3, 1, 5), triangles: Uint32Array.of(0, 1, 2) }, 1],
    ['a box', box(1, 2, 0.5), 2],
    ['a sphere', sphere(1, 12, 20), 3],
    ['a knot', torusKnot(0.2, 60, 9), 4],
    ['an open bowl', bowl(1, 0.3, 10, 16), 5],
    ['a soup of triangles', soup(6), 6],
    ['a box far from the origin', moved(box(1, 1, 1), 1000), 7],
    ['needles', stretched(sphere(1, 20, 30), 1e-3), 8],
  ])('%s', async (_, mesh, seed) => {
    const offset = mesh.positions[0]! > 500 ? 1000 : 0;
    const points = cubePoints(600, 1.6, seed).map((value) => value + offset);
    const { distances } = await signedDistances(mesh, points);
    distances.forEach((distance, i) => {
      const expected = bruteDistance(mesh, pointAt(points, i));
      expect(Math.abs(Math.abs(distance) - expected)).toBeLessThan(1e-6 * (1 + expected));
    });
  });

  it('names the closest triangle and point', async () => {
    const mesh = torusKnot(0.2, 60, 9);
    const points = cubePoints(300, 1.4, 9);
    const field = await createDistanceField(mesh, alone);
    const { distance, triangle, point } = await field.closest(points);
    for (let i = 0; i < 300; i++) {
      const p = pointAt(points, i);
      const one = {
        positions: mesh.positions,
        triangles: mesh.triangles.slice(3 * triangle[i]!, 3 * triangle[i]! + 3),
      };
      expect(bruteDistance(one, p)).toBeCloseTo(bruteDistance(mesh, p), 6);
      expect(distance[i]).toBeCloseTo(bruteDistance(mesh, p), 6);
      const [x, y, z] = pointAt(point, i);
      expect(Math.hypot(x - p[0], y - p[1], z - p[2])).toBeCloseTo(distance[i]!, 5);
    }
  });

  it('leaves triangles out that name a vertex twice, and names the others rightly', async () => {
    const whole = sphere(1, 8, 12);
    const triangles = Uint32Array.from([0, 0, 5, ...whole.triangles, 7, 3, 7]);
    const points = cubePoints(200, 1.5, 10);
    const field = await createDistanceField({ ...whole, triangles }, alone);
    expect(field.sign).toBe('pseudonormal');
    const { triangle } = await field.closest(points);
    expect(triangle.every((t) => t > 0 && t <= whole.triangles.length / 3)).toBe(true);
    expect(await field.distances(points)).toEqual((await signedDistances(whole, points)).distances);
  });

  it('answers NaN for points that are not finite, and for nothing else', async () => {
    const points = Float32Array.of(0, 0, 0, NaN, 0, 0, 0, Infinity, 0, 3, 0, 0);
    const field = await createDistanceField(box(2, 2, 2), alone);
    expect([...(await field.distances(points))]).toEqual([-1, NaN, NaN, 2]);
    expect([...(await field.inside(points))]).toEqual([1, 0, 0, 0]);
    expect((await field.closest(points)).triangle[1]).toBe(noTriangle);
  });
});

/** Wrong signs among points farther from the surface than its tessellation is off. */
function wrongSigns(
  distances: Float32Array,
  points: Float32Array,
  exact: (x: number, y: number, z: number) => number,
  margin: number,
): { wrong: number; counted: number; worst: number } {
  let [wrong, counted, worst] = [0, 0, 0];
  distances.forEach((distance, i) => {
    const expected = exact(...pointAt(points, i));
    worst = Math.max(worst, Math.abs(distance - expected));
    if (Math.abs(expected) < margin) return;
    counted++;
    if (distance < 0 !== expected < 0) wrong++;
  });
  return { wrong, counted, worst };
}

const exactSphere = (x: number, y: number, z: number): number => Math.hypot(x, y, z) - 1;
const exactTorus = (x: number, y: number, z: number): number => Math.hypot(Math.hypot(x, y) - 0.8, z) - 0.3;
const exactBox = (x: number, y: number, z: number): number => {
  const [dx, dy, dz] = [Math.abs(x) - 0.5, Math.abs(y) - 0.8, Math.abs(z) - 0.3];
  return Math.hypot(Math.max(dx, 0), Math.max(dy, 0), Math.max(dz, 0)) + Math.min(Math.max(dx, dy, dz), 0);
};

describe('signed distances against formulas', () => {
  const shapes: [string, Surface, typeof exactSphere, number][] = [
    ['sphere', sphere(1, 80, 160), exactSphere, 1e-3],
    ['torus', torus(0.8, 0.3, 160, 80), exactTorus, 1e-3],
    ['box', box(1, 1.6, 0.6), exactBox, 1e-6],
  ];
  const methods = ['auto', 'pseudonormal', 'winding', 'parity'] as const;
  it.each(shapes.flatMap(([...shape]) => methods.map((sign) => [...shape, sign] as const)))(
    'of a %s',
    async (_, mesh, exact, margin, sign) => {
      const points = cubePoints(sign === 'auto' ? 8000 : 3000, 1.3, 11);
      const { distances } = await signedDistances(mesh, points, { sign });
      const { wrong, counted, worst } = wrongSigns(distances, points, exact, margin);
      expect(counted).toBeGreaterThan(2900);
      expect(wrong).toBe(0);
      expect(worst).toBeLessThan(margin + 1e-6);
    },
  );

  it.each(methods)('at and beside edges and corners of a box, by %s', async (sign) => {
    const places = [-0.5 - 1e-4, -0.5 + 1e-4, 0, 0.5 - 1e-4, 0.5 + 1e-4];
    const points = Float32Array.from(
      places.flatMap((x) => places.flatMap((y) => places.flatMap((z) => [x, y, z]))),
    );
    const { distances } = await signedDistances(box(1, 1, 1), points, { sign });
    distances.forEach((distance, i) => {
      const inside = pointAt(points, i).every((value) => Math.abs(value) < 0.5);
      expect([i, distance < 0]).toEqual([i, inside]);
    });
  });

  it('of an open bowl, away from its rim', async () => {
    const mesh = bowl(1, 0.3, 60, 120);
    const points = cubePoints(6000, 1.3, 12);
    const { distances, sign } = await signedDistances(mesh, points);
    expect(sign).toBe('winding');
    // Across a flat opening, half of a turn is reached exactly at the opening.
    const rim = Math.sqrt(1 - 0.3 ** 2);
    let [wrong, counted] = [0, 0];
    distances.forEach((distance, i) => {
      const [x, y, z] = pointAt(points, i);
      const toWall = Math.hypot(x, y, z) - 1;
      if (Math.hypot(Math.hypot(x, y) - rim, z - 0.3) < 0.1 || Math.abs(toWall) < 2e-3) return;
      counted++;
      if (distance < 0 !== (toWall < 0 && z < 0.3)) wrong++;
    });
    expect(counted).toBeGreaterThan(5500);
    expect(wrong / counted).toBeLessThan(0.001);
  });
});

describe('the sign', () => {
  const points = cubePoints(3000, 1.3, 13);
  const whole = sphere(1, 24, 48);
  const far = (mesh: TriangleMesh, i: number): boolean => bruteDistance(mesh, pointAt(points, i)) > 1e-3;

  it('is the same for a mesh that faces inwards', async () => {
    for (const sign of ['auto', 'pseudonormal', 'winding', 'parity'] as const) {
      const outwards = await signedDistances(whole, points, { sign });
      expect((await signedDistances(flipped(whole), points, { sign })).distances).toEqual(outwards.distances);
    }
  });

  it('is the same where some triangles are turned round', async () => {
    const some = flipped(whole, (t) => t % 7 === 3);
    const { distances, sign, signReason } = await signedDistances(some, points);
    expect(sign).toBe('pseudonormal');
    expect(signReason).toMatch(/after turning 315 triangles/);
    expect(distances).toEqual((await signedDistances(whole, points)).distances);
  });

  it('is the winding number’s for an open bowl with some triangles turned round', async () => {
    const open = bowl(1, 0.3, 16, 24);
    const { distances, sign } = await signedDistances(
      flipped(open, (t) => t % 5 === 0),
      points,
    );
    expect(sign).toBe('winding');
    expect(distances).toEqual((await signedDistances(open, points)).distances);
  });

  it('agrees with the exact winding number', async () => {
    const open = bowl(1, 0.3, 12, 20);
    const { distances } = await signedDistances(open, points);
    const wrong = [...distances.subarray(0, 1000)].filter((distance, i) => {
      const winding = bruteWinding(open, pointAt(points, i));
      return Math.abs(winding - 0.5) > 0.005 && distance < 0 !== winding > 0.5;
    });
    expect(wrong).toEqual([]);
  });

  it('of two separate shells has two insides, whichever way they face', async () => {
    const [left, right] = [sphere(0.5, 16, 24, [-0.6, 0, 0]), sphere(0.5, 16, 24, [0.6, 0, 0])];
    const same = await signedDistances(together(left, right), points);
    expect(same.sign).toBe('pseudonormal');
    expect(same.signReason).toMatch(/2 shells/);
    const opposite = await signedDistances(together(left, flipped(right)), points);
    expect(opposite.sign).toBe('winding');
    expect(opposite.distances).toEqual(same.distances);
    const inside = (i: number): boolean => {
      const [x, y, z] = pointAt(points, i);
      return Math.hypot(Math.abs(x) - 0.6, y, z) < 0.5;
    };
    same.distances.forEach((distance, i) => {
      if (Math.abs(distance) > 0.02) expect([i, distance < 0]).toEqual([i, inside(i)]);
    });
  });

  it('of a shell in a shell: hollow if it faces the other way, else solid; by parity hollow always', async () => {
    const inner = sphere(0.5, 16, 24);
    const center = Float32Array.of(0, 0, 0, 0.75, 0, 0, 1.2, 0, 0);
    const signs = async (mesh: Surface, options: DistanceFieldOptions = {}): Promise<boolean[]> =>
      [...(await signedDistances(mesh, center, options)).distances].map((distance) => distance < 0);
    expect(await signs(together(whole, flipped(inner)))).toEqual([false, true, false]);
    expect(await signs(together(whole, inner))).toEqual([true, true, false]);
    expect(await signs(together(whole, inner), { sign: 'parity' })).toEqual([false, true, false]);
    const hollow = await createDistanceField(together(whole, flipped(inner)), alone);
    const solid = await createDistanceField(together(whole, inner), alone);
    expect([hollow.sign, solid.sign]).toEqual(['pseudonormal', 'winding']);
  });

  it('of overlapping shells is that of their union', async () => {
    const mesh = together(sphere(0.6, 20, 30, [-0.3, 0, 0]), sphere(0.6, 20, 30, [0.3, 0, 0]));
    const { distances, sign } = await signedDistances(mesh, points);
    expect(sign).toBe('winding');
    distances.forEach((distance, i) => {
      const [x, y, z] = pointAt(points, i);
      const inside = Math.hypot(Math.abs(x) - 0.3, y, z) < 0.6;
      if (Math.abs(distance) > 0.02) expect([i, distance < 0]).toEqual([i, inside]);
    });
  });

  it('is by parity where triangles cannot agree', async () => {
    const { sign, signReason } = await signedDistances(kleinBottle(), points.subarray(0, 30));
    expect([sign, signReason]).toEqual(['parity', expect.stringMatching(/cannot all face the same way/)]);
  });

  it('can be asked for by name, and says so', async () => {
    const field = await createDistanceField(whole, { ...alone, sign: 'winding' });
    expect([field.sign, field.signReason]).toEqual(['winding', 'winding, as asked for']);
    const inside = await field.inside(points);
    const distances = await field.distances(points);
    inside.subarray(0, 300).forEach((value, i) => {
      if (far(whole, i)) expect(value === 1).toBe(distances[i]! < 0);
    });
  });
});

describe('what cannot be', () => {
  const mesh = box(1, 1, 1);
  it.each<[string, TriangleMesh, RegExp]>([
    [
      'no triangles',
      { ...mesh, triangles: new Uint32Array(0) },
      /got 8 points and no triangles; expected a surface/,
    ],
    [
      'an index too large',
      { ...mesh, triangles: Uint32Array.of(0, 1, 8) },
      /got vertex 8 in triangle 0.*below 8/,
    ],
    ['NaN', { ...mesh, positions: mesh.positions.with(4, NaN) }, /got the coordinate NaN at vertex 1/],
    ['no area', { ...mesh, triangles: Uint32Array.of(0, 0, 1, 2, 3, 2) }, /their area is 0/],
    [
      'one point',
      { positions: new Float32Array(9), triangles: Uint32Array.of(0, 1, 2) },
      /all lie in one point/,
    ],
    ['absurd size', { ...mesh, positions: mesh.positions.map((x) => x * 1e30) }, /is 1.00e\+30 units long/],
  ])('a mesh with %s', async (_, bad, message) => {
    await expect(createDistanceField(bad, alone)).rejects.toThrow(ArgumentError);
    await expect(createDistanceField(bad, alone)).rejects.toThrow(message);
  });

  it('options and arrays', async () => {
    await expect(createDistanceField(mesh, { sign: 'odd' as never })).rejects.toThrow(
      /sign must be one of auto/,
    );
    await expect(createDistanceField(mesh, { workers: 1.5 })).rejects.toThrow(
      /workers must be an integer from 0 to 256/,
    );
    const field = await createDistanceField(mesh, alone);
    await expect(field.distances(new Float32Array(4))).rejects.toThrow(
      /points has 4 numbers, expected three per point/,
    );
    await expect(field.distances(new Float32Array(6), new Float32Array(3))).rejects.toThrow(
      /out has 3 places, expected 2/,
    );
    await field.dispose();
    await expect(field.distances(new Float32Array(6))).rejects.toThrow(/disposed of/);
  });
});

function moved({ positions, triangles }: Surface, by: number): Surface {
  return { positions: positions.map((value) => value + by), triangles };
}

function stretched({ positions, triangles }: Surface, by: number): Surface {
  return { positions: positions.map((value, i) => (i % 3 === 2 ? value : value * by)), triangles };
}

/** The figure-8 immersion: closed, and one-sided. */
function kleinBottle(): Surface {
  const n = 24;
  const positions: number[] = [];
  const triangles: number[] = [];
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const [u, v] = [(2 * Math.PI * i) / n, (2 * Math.PI * (j + 0.37)) / n];
      const s = Math.cos(u / 2) * Math.sin(v) - Math.sin(u / 2) * Math.sin(2 * v);
      const r = 0.8 + 0.3 * s;
      const h = Math.sin(u / 2) * Math.sin(v) + Math.cos(u / 2) * Math.sin(2 * v);
      positions.push(r * Math.cos(u), r * Math.sin(u), 0.3 * h);
    }
  }
  const at = (i: number, j: number): number => (i === n ? (n - j) % n : i * n + (j % n));
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      triangles.push(at(i, j), at(i + 1, j), at(i + 1, j + 1), at(i, j), at(i + 1, j + 1), at(i, j + 1));
    }
  }
  return { positions: Float32Array.from(positions), triangles: Uint32Array.from(triangles) };
}
