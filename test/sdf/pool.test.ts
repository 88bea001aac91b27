// Samples on, near and away from a surface, and the pool of them.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { box, sphere } from '../../fixtures/mesh/surfaces.js';
import { allOf, ArgumentError, createRandom, someOf } from '../../src/core/index.js';
import {
  createDistanceField,
  createSdfPool,
  createSurfaceSampler,
  frameOf,
  meshBounds,
  sampleMesh,
  type DistanceField,
  type SampleOptions,
} from '../../src/sdf/index.js';
import { pointAt } from './oracle.js';

const mesh = sphere(5, 40, 80, [10, 0, 0]);
const frame = frameOf(meshBounds(mesh));
let field: DistanceField;
beforeAll(async () => void (field = await createDistanceField(mesh, { workers: 0 })));
afterAll(() => field.dispose());

/** In network units the sphere has radius 0.9. */
const exact = (points: Float32Array, i: number): number => Math.hypot(...pointAt(points, i)) - 0.9;
const sample = (more: Partial<SampleOptions> = {}) =>
  sampleMesh({ mesh, field, frame, count: 8000, seed: 1, ...more });

describe('createSurfaceSampler', () => {
  it('gives every triangle its share of points, to one', () => {
    const uneven = box(1, 2, 4);
    const sampler = createSurfaceSampler(uneven);
    expect(sampler.area).toBeCloseTo(2 * (2 + 4 + 8), 6);
    const triangles = new Uint32Array(2800);
    const points = new Float32Array(3 * 2800);
    sampler.draw(points, createRandom(2), triangles);
    const counts = new Array<number>(12).fill(0);
    triangles.forEach((t) => counts[t]!++);
    const shares = [2, 2, 4, 4, 8, 8].map((area) => (2800 * area) / 28 / 2);
    counts
      .slice()
      .sort((a, b) => a - b)
      .forEach((count, i) => {
        expect(Math.abs(count - shares[Math.floor(i / 2)]!)).toBeLessThanOrEqual(1);
      });
    for (let i = 0; i < 2800; i++) {
      const [x, y, z] = pointAt(points, i).map(Math.abs) as [number, number, number];
      expect(Math.max(x - 0.5, y - 1, z - 2)).toBeCloseTo(0, 5);
    }
  });

  it('is uniform inside a triangle', () => {
    const one = { positions: Float32Array.of(0, 0, 0, 1, 0, 0, 0, 1, 0), triangles: Uint32Array.of(0, 1, 2) };
    const points = new Float32Array(3 * 20_000);
    createSurfaceSampler(one).draw(points, createRandom(3));
    let [x, y, near] = [0, 0, 0];
    for (let i = 0; i < 20_000; i++) {
      x += points[3 * i]!;
      y += points[3 * i + 1]!;
      if (points[3 * i]! + points[3 * i + 1]! < 0.5) near++;
    }
    // Means of 1/3 with deviation 0.0017 for so many; a quarter of the area with 0.003.
    expect(x / 20_000).toBeCloseTo(1 / 3, 2);
    expect(y / 20_000).toBeCloseTo(1 / 3, 2);
    expect(Math.abs(near / 20_000 - 0.25)).toBeLessThan(0.012);
  });
});

describe('sampleMesh', () => {
  it('splits as instant-ngp does: half on the surface, three eighths near it, an eighth anywhere', async () => {
    const { points, distances } = await sample();
    expect([points.length, distances.length]).toEqual([24_000, 8000]);
    for (let i = 0; i < 8000; i++) expect(Math.abs(distances[i]! - exact(points, i))).toBeLessThan(0.003);
    expect(distances.subarray(0, 4000).every((distance) => distance === 0)).toBe(true);
    const offset = distances.subarray(4000, 7000);
    // Noise of one axis, since a sphere's distance changes along its normal alone; radius of the box's diagonal.
    const deviation = Math.sqrt(offset.reduce((sum, distance) => sum + distance * distance, 0) / 3000);
    const wanted = (0.9 * Math.sqrt(3)) / 1024;
    expect(Math.abs(deviation / wanted - 1)).toBeLessThan(0.1);
    const uniform = distances.subarray(7000);
    const inside = uniform.filter((distance) => distance < 0).length / 1000;
    expect(Math.abs(inside - ((4 / 3) * Math.PI * 0.9 ** 3) / 8)).toBeLessThan(0.06);
    expect(Math.max(...points.subarray(21_000))).toBeGreaterThan(0.99);
  });

  it('splits as INT does: half coarse, half fine Laplace noise', async () => {
    const { points, distances } = await sample({ split: 'int' });
    expect(points.every((value) => value >= -1 && value <= 1)).toBe(true);
    const mean = (part: Float32Array): number =>
      part.reduce((sum, value) => sum + Math.abs(value), 0) / part.length;
    // Along one axis the mean is the scale; the coarse half loses what would lie outside the cube.
    expect(mean(distances.subarray(4000)) / 1e-3).toBeGreaterThan(0.9);
    expect(mean(distances.subarray(4000)) / 1e-3).toBeLessThan(1.6);
    expect(mean(distances.subarray(0, 4000)) / 1e-1).toBeGreaterThan(0.7);
    expect(mean(distances.subarray(0, 4000)) / 1e-1).toBeLessThan(1.6);
  });

  it('takes a split and a box of one’s own, and any count', async () => {
    const box3 = { min: [0, 0, 0], max: [0.5, 1, 1] } as const;
    const { points, distances } = await sample({
      count: 7,
      box: box3,
      split: [{ kind: 'volume', share: 1 }],
    });
    expect(distances).toHaveLength(7);
    for (let i = 0; i < 7; i++) {
      const p = pointAt(points, i);
      expect(p.every((value, axis) => value >= 0 && value <= box3.max[axis]!)).toBe(true);
    }
  });

  it('is the same for the same seed, and another for another', async () => {
    const first = await sample();
    expect(await sample()).toEqual(first);
    expect((await sample({ seed: 2 })).points).not.toEqual(first.points);
  });

  it.each<[string, Partial<SampleOptions>, RegExp]>([
    ['a count of 0', { count: 0 }, /count must be an integer from 1/],
    ['shares that do not add up', { split: [{ kind: 'volume', share: 0.5 }] }, /must add up to 1, got 0.5/],
    ['a negative share', { split: [{ kind: 'volume', share: -1 }] }, /from 0 to 1, got -1 for volume/],
    [
      'no noise',
      { split: [{ kind: 'offset', share: 1, noise: 'laplace', sigma: 0 }] },
      /sigma .* above 0, got 0/,
    ],
    ['an empty box', { box: { min: [0, 0, 0], max: [1, 0, 1] } }, /min below max on every axis/],
    ['a bad seed', { seed: 1.5 }, /seed must be an integer/],
  ])('refuses %s', async (_, more, message) => {
    await expect(sample(more)).rejects.toThrow(ArgumentError);
    await expect(sample(more)).rejects.toThrow(message);
  });
});

describe('createSdfPool', () => {
  const make = (more: object = {}) => createSdfPool({ mesh, field, count: 1000, seed: 4, ...more });

  it('holds the samples of its seed, in the frame that suits the mesh', async () => {
    const pool = await make();
    const { points, distances } = await sample({ count: 1000, seed: 4 });
    expect([pool.size, pool.inputDim, pool.targetDim, pool.frame]).toEqual([1000, 3, 1, frame]);
    expect([pool.inputs, pool.targets]).toEqual([points, distances]);
    const all = pool.gather(allOf(pool.size));
    expect([all.inputs === pool.inputs, all.targets === pool.targets]).toEqual([true, true]);
  });

  it('gathers what the indices say, into memory it uses again', async () => {
    const pool = await make();
    const batch = pool.gather(someOf(Uint32Array.of(999, 3, 3)));
    expect([...batch.inputs]).toEqual([999, 3, 3].flatMap((i) => pointAt(pool.inputs, i)));
    expect([...batch.targets]).toEqual([999, 3, 3].map((i) => pool.targets[i]));
    expect(pool.gather(someOf(Uint32Array.of(1))).inputs.buffer).toBe(batch.inputs.buffer);
    expect(() => pool.gather(someOf(Uint32Array.of(5, 1000)))).toThrow(
      /got index 1000 at position 1; expected indices below 1000/,
    );
  });

  it('draws new samples in place, and the first ones again', async () => {
    const pool = await make();
    const { inputs, targets } = pool;
    const first = [inputs.slice(), targets.slice()];
    expect(pool.revision).toBe(0);
    await pool.refresh(5);
    expect(pool.revision).toBe(1);
    expect(pool.inputs).toBe(inputs);
    expect(inputs).not.toEqual(first[0]);
    await pool.refresh(4);
    expect([inputs, targets]).toEqual(first);
  });

  it('has what was drawn beforehand, as if it had been drawn then, and nothing of it before', async () => {
    for (const more of [{}, { split: 'int', truncation: 0.05 }]) {
      const [pool, wanted] = [await make(more), await make(more)];
      const { inputs, targets } = pool;
      const first = [inputs.slice(), targets.slice()];
      pool.prefetch(5);
      pool.prefetch(5);
      await field.distances(new Float32Array(3));
      expect([inputs, targets, pool.revision]).toEqual([...first, 0]);
      for (const seed of [5, 6]) {
        await Promise.all([pool.refresh(seed), wanted.refresh(seed)]);
        expect([inputs, targets]).toEqual([wanted.inputs, wanted.targets]);
        pool.prefetch(6);
      }
      expect(pool.revision).toBe(2);
    }
  });

  it('draws others where others are wanted than were drawn beforehand', async () => {
    const [pool, wanted] = [await make(), await make()];
    pool.prefetch(5);
    pool.prefetch(7);
    for (const seed of [6, 7, 5]) {
      await Promise.all([pool.refresh(seed), wanted.refresh(seed)]);
      expect(pool.inputs).toEqual(wanted.inputs);
      expect(pool.targets).toEqual(wanted.targets);
    }
  });

  it('draws ahead while it waits for what was drawn ahead', async () => {
    const [pool, wanted] = [await make(), await make()];
    pool.prefetch(5);
    const renewed = pool.refresh(5);
    pool.prefetch(6);
    await Promise.all([renewed, wanted.refresh(5)]);
    expect([pool.inputs, pool.targets]).toEqual([wanted.inputs, wanted.targets]);
    await Promise.all([pool.refresh(6), wanted.refresh(6)]);
    expect([pool.inputs, pool.targets]).toEqual([wanted.inputs, wanted.targets]);
  });

  it('tells of a drawing that failed when its samples are wanted, and only then', async () => {
    const short = await createDistanceField(mesh, { workers: 0 });
    const pool = await createSdfPool({ mesh, field: short, count: 100, seed: 4 });
    await short.dispose();
    const before = pool.inputs.slice();
    pool.prefetch(5);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(pool.inputs).toEqual(before);
    await expect(pool.refresh(5)).rejects.toThrow(/field was disposed of/);
  });

  it('truncates distances either way', async () => {
    const [whole, cut] = [await make({ split: 'int' }), await make({ split: 'int', truncation: 0.05 })];
    expect(cut.inputs).toEqual(whole.inputs);
    cut.targets.forEach((value, i) => {
      expect(value).toBe(Math.fround(Math.min(0.05, Math.max(-0.05, whole.targets[i]!))));
    });
    expect(Math.max(...whole.targets)).toBeGreaterThan(0.05);
    await expect(make({ truncation: 0 })).rejects.toThrow(/truncation must be above 0, got 0/);
  });
});
