// Extraction: closed and manifold on every field, as accurate as its cells allow, and the search finds what a full
// evaluation finds.
import { describe, expect, it } from 'vitest';
import { ArgumentError, createRandom, EvosError } from '../../../src/core/index.js';
import { cellTriangles, edgeStarts } from '../../../src/sdf/extract/table.js';
import { extractSurface, toMeshFrame } from '../../../src/sdf/extract/extract.js';
import {
  box,
  defects,
  evaluator,
  noDefects,
  shapeOf,
  sphere,
  torus,
  volume,
  type PointField,
} from './fields.js';

/** Noise at every grid point: every case of the table, beside every other. */
function noise(seed: number): PointField {
  const values = new Map<string, number>();
  const random = createRandom(seed);
  return (x, y, z) => {
    const key = [x, y, z].map((v) => v.toFixed(5)).join();
    const value = values.get(key) ?? random.float() - 0.5;
    values.set(key, value);
    return value;
  };
}

describe('the table of cells', () => {
  it('cuts exactly the edges whose ends differ', () => {
    cellTriangles.forEach((triangles, inside) => {
      const crossed = edgeStarts.flatMap(([corner, axis], edge) =>
        ((inside >> corner) & 1) === ((inside >> (corner | (1 << axis))) & 1) ? [] : [edge],
      );
      expect([...new Set(triangles)].sort((a, b) => a - b)).toEqual(crossed);
    });
  });

  it('has the size of the tables in use: 820 triangles, five at most', () => {
    const counts = cellTriangles.map((triangles) => triangles.length / 3);
    expect(Math.max(...counts)).toBe(5);
    expect(counts.reduce((a, b) => a + b)).toBe(820);
  });
});

describe('extractSurface', () => {
  it.each([1, 2, 3])('is closed and manifold on noise, seed %i', async (seed) => {
    const { mesh } = await extractSurface({ evaluate: evaluator(noise(seed)), resolution: 12, refine: 0 });
    expect(mesh.triangles.length).toBeGreaterThan(3 * 2000);
    expect(defects(mesh)).toEqual(noDefects);
    expect(volume(mesh)).toBeGreaterThan(0);
  });

  it('gives a sphere its volume, seen from outside', async () => {
    const { mesh } = await extractSurface({ evaluate: evaluator(sphere(0.7)), resolution: 64 });
    expect(defects(mesh)).toEqual(noDefects);
    expect(volume(mesh) / ((4 / 3) * Math.PI * 0.7 ** 3)).toBeCloseTo(1, 2);
  });

  it('is closed where values are exactly zero at grid points', async () => {
    const { mesh } = await extractSurface({ evaluate: evaluator(box(0.5, 0.25, 0.5)), resolution: 32 });
    expect(defects(mesh)).toEqual(noDefects);
    // Sharp edges are cut off within a cell.
    expect(volume(mesh)).toBeGreaterThan(0.48);
    expect(volume(mesh)).toBeLessThanOrEqual(0.5);
  });

  it('closes what the cube cuts off', async () => {
    const { mesh } = await extractSurface({ evaluate: evaluator(sphere(0.5, 1, 0, 0)), resolution: 40 });
    expect(defects(mesh)).toEqual(noDefects);
    expect(volume(mesh) / ((2 / 3) * Math.PI * 0.5 ** 3)).toBeCloseTo(1, 1);
  });

  it('puts a torus’s vertices nearer to the surface by refining', async () => {
    const field = torus(0.6, 0.25);
    const errors: number[] = [];
    for (const refine of [0, 1]) {
      const { mesh } = await extractSurface({ evaluate: evaluator(field), resolution: 48, refine });
      const p = mesh.positions;
      let sum = 0;
      for (let i = 0; i < p.length; i += 3) sum += Math.abs(field(p[i]!, p[i + 1]!, p[i + 2]!));
      errors.push(sum / (p.length / 3));
    }
    expect(errors[0]).toBeLessThan(3e-4);
    expect(errors[1]).toBeLessThan(errors[0]! / 10);
  });

  it.each([
    ['a torus', torus(0.6, 0.25), 80],
    ['two spheres', (x, y, z) => Math.min(sphere(0.3, -0.5)(x, y, z), sphere(0.05, 0.6)(x, y, z)), 96],
    ['a steep field', (x, y, z) => 40 * torus(0.5, 0.2)(x, y, z), 70],
    ['a truncated field', (x, y, z) => Math.max(-0.05, Math.min(0.05, box(0.6, 0.1, 0.3)(x, y, z))), 134],
  ] as [string, PointField, number][])(
    'finds by searching what it finds everywhere: %s',
    async (_, field, resolution) => {
      const evaluate = evaluator(field);
      const searched = await extractSurface({ evaluate, resolution });
      const scanned = await extractSurface({ evaluate, resolution, exhaustive: true });
      expect(shapeOf(searched.mesh)).toEqual(shapeOf(scanned.mesh));
      expect(scanned.evaluated).toBe((resolution + 1) ** 3 + scanned.mesh.positions.length / 3);
      expect(searched.evaluated).toBeLessThan(0.5 * scanned.evaluated);
    },
  );

  it('follows a surface out of the cells it looked at', async () => {
    // A thin rod in a field a thousand times too steep, between the coarse grid's points except where it is thick.
    const rod: PointField = (x, y, z) =>
      1000 * Math.min(box(0.8, 0.02, 0.02)(x, y - 0.03, z - 0.03), sphere(0.2)(x, y, z));
    const { mesh } = await extractSurface({ evaluate: evaluator(rod), resolution: 256 });
    expect(defects(mesh)).toEqual(noDefects);
    expect(Math.max(...mesh.positions.filter((_, i) => i % 3 === 0))).toBeCloseTo(0.8, 3);
  });

  it('counts what it evaluates and tells how far it is', async () => {
    let asked = 0;
    const shares: number[] = [];
    const evaluate = evaluator(sphere(0.5));
    const { evaluated } = await extractSurface({
      evaluate: (points) => {
        asked += points.length / 3;
        return evaluate(points);
      },
      resolution: 128,
      onProgress: ({ share }) => shares.push(share),
    });
    expect(evaluated).toBe(asked);
    expect(shares.length).toBeGreaterThan(3);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares.at(-1)).toBe(1);
  });

  it('takes another level', async () => {
    const { mesh } = await extractSurface({ evaluate: evaluator(sphere(0.5)), resolution: 48, level: 0.2 });
    expect(volume(mesh) / ((4 / 3) * Math.PI * 0.7 ** 3)).toBeCloseTo(1, 2);
  });

  it('gives the same mesh twice', async () => {
    const once = () => extractSurface({ evaluate: evaluator(torus(0.5, 0.2)), resolution: 40 });
    expect(await once()).toEqual(await once());
  });

  it('lets the evaluator transfer its points away', async () => {
    const evaluate = evaluator(sphere(0.5));
    const { mesh } = await extractSurface({
      evaluate: (points) => evaluate(structuredClone(points, { transfer: [points.buffer as ArrayBuffer] })),
      resolution: 32,
    });
    expect(defects(mesh)).toEqual(noDefects);
  });
});

describe('extractSurface refuses', () => {
  it.each([1, -1])('a field without a surface, all %i', async (value) => {
    const extracting = extractSurface({ evaluate: evaluator(() => value), resolution: 16 });
    await expect(extracting).rejects.toThrow(EvosError);
    await expect(extracting).rejects.toThrow(
      value < 0
        ? /no surface within.*4913 values asked for is above 0/
        : /is below 0.*train the model further/,
    );
  });

  it('a field that is not finite, and says where', async () => {
    const evaluate = evaluator((x) => (x > 0.9 ? NaN : x));
    await expect(extractSurface({ evaluate, resolution: 16 })).rejects.toThrow(
      /the field gave NaN at \(1\.0000, -1\.0000, -1\.0000\).*lower learning rate/,
    );
  });

  it('an evaluator that loses values', async () => {
    const extracting = extractSurface({
      evaluate: () => Promise.resolve(new Float32Array(1)),
      resolution: 8,
    });
    await expect(extracting).rejects.toThrow(ArgumentError);
    await expect(extracting).rejects.toThrow(
      /returned 1 values for 729 points; expected one value per point/,
    );
  });

  it.each([
    [{ resolution: 3 }, /resolution must be an integer from 4 to 1024, got 3/],
    [{ resolution: 2000 }, /resolution must be an integer from 4 to 1024, got 2000/],
    [{ refine: -1 }, /refine must be an integer from 0 to 8, got -1/],
    [{ slope: 0 }, /slope must be a number in \(0, 1000000\], got 0/],
    [{ level: NaN }, /level must be a number in \[-2, 2\], got NaN/],
  ])('%j', async (options, message) => {
    await expect(extractSurface({ evaluate: evaluator(sphere(0.5)), ...options })).rejects.toThrow(message);
  });

  it('to go on when aborted', async () => {
    const stop = new AbortController();
    const evaluate = evaluator(sphere(0.5));
    let batches = 0;
    const extracting = extractSurface({
      evaluate: (points) => {
        if (++batches === 2) stop.abort(new Error('enough'));
        return evaluate(points);
      },
      resolution: 128,
      signal: stop.signal,
    });
    await expect(extracting).rejects.toThrow('enough');
    expect(batches).toBe(2);
  });
});

describe('toMeshFrame', () => {
  it('undoes the frame', () => {
    const mesh = { positions: Float32Array.of(0, 0, 0, 0.9, -0.9, 0.45), triangles: Uint32Array.of(0, 1, 0) };
    const moved = toMeshFrame(mesh, { center: [10, 20, 30], scale: 0.009 });
    expect([...moved.positions].map((v) => Math.round(v))).toEqual([10, 20, 30, 110, -80, 80]);
    expect(moved.triangles).toBe(mesh.triangles);
  });
});
