// Metrics against shapes whose overlap, distances and angles are known.
import { beforeAll, describe, expect, it } from 'vitest';
import { ArgumentError, createRandom } from '../../../src/core/index.js';
import { extractSurface } from '../../../src/sdf/extract/extract.js';
import type { Frame, TriangleMesh } from '../../../src/sdf/mesh.js';
import { sampleSurface } from '../../../src/sdf/metrics/samples.js';
import { pointsAround } from '../../../src/sdf/metrics/volume.js';
import {
  compareSurfaces,
  nearDeviation,
  type CompareSurfacesOptions,
} from '../../../src/sdf/metrics/metrics.js';
import { evaluator, sphere, type PointField } from '../extract/fields.js';
import { queryOf } from './query.js';

const network: Frame = { center: [0, 0, 0], scale: 1 };
const samples = 20_000;

async function spherical(radius: number): Promise<TriangleMesh> {
  return (await extractSurface({ evaluate: evaluator(sphere(radius)), resolution: 48 })).mesh;
}

function comparison(
  original: TriangleMesh,
  originalField: PointField,
  fitted: TriangleMesh,
  fittedField: PointField,
): CompareSurfacesOptions {
  return {
    original,
    originalQuery: queryOf(original, originalField),
    model: { mesh: fitted, evaluate: evaluator(fittedField) },
    predictedQuery: queryOf(fitted, fittedField),
    frame: network,
    samples,
    seed: 7,
  };
}

let larger: TriangleMesh;
let smaller: TriangleMesh;
beforeAll(async () => {
  [larger, smaller] = [await spherical(0.5), await spherical(0.4)];
});

describe('compareSurfaces', () => {
  it('finds a surface like itself', async () => {
    const result = await compareSurfaces(comparison(larger, sphere(0.5), larger, sphere(0.5)));
    expect(result.iou).toBe(1);
    expect(result.iouNear).toBe(1);
    expect(result.chamferL1).toBeLessThan(1e-6);
    expect(result.chamferL2).toBeLessThan(1e-12);
    expect(result.normalConsistency).toBeGreaterThan(0.9999);
  });

  it('measures one sphere in another', async () => {
    const result = await compareSurfaces(comparison(larger, sphere(0.5), smaller, sphere(0.4)));
    // 0.8³ of the volume; a tenth of the larger one's diameter apart everywhere, both ways.
    expect(Math.abs(result.iou - 0.512)).toBeLessThan(0.03);
    expect(result.chamferL1).toBeCloseTo(0.1, 3);
    expect(result.chamferL2).toBeCloseTo(2 * 0.1 ** 2, 3);
    expect(result.normalConsistency).toBeGreaterThan(0.995);
    // Points near the larger one are five deviations from the smaller: nothing is inside both.
    expect(result.iouNear).toBeLessThan(1e-3);
    expect(result.counts.samples).toBe(samples);
    expect(result.counts.both / result.counts.either).toBe(result.iou);
    // The cube's volume is 8.
    expect(result.counts.either / samples).toBeCloseTo(((4 / 3) * Math.PI * 0.5 ** 3) / 8, 1);
    expect(result.counts.bothNear).toBeLessThan(result.counts.eitherNear);
  });

  it('takes the near band’s width from the network’s cube', async () => {
    // Shrunk by one deviation: of the points inside the original, those deeper than that are inside both.
    const result = await compareSurfaces(
      comparison(larger, sphere(0.5), larger, sphere(0.5 - nearDeviation)),
    );
    expect(result.iouNear).toBeCloseTo((1 - 0.8413) / 0.5, 1);
  });

  it('does not depend on the original’s units or place', async () => {
    const frame: Frame = { center: [500, -20, 3], scale: 0.01 };
    const toFrame = (mesh: TriangleMesh): TriangleMesh => ({
      positions: mesh.positions.map((value, i) => 100 * value + frame.center[i % 3]!),
      triangles: mesh.triangles,
    });
    const inFrame = (radius: number) => sphere(100 * radius, 500, -20, 3);
    const [original, fitted] = [toFrame(larger), toFrame(smaller)];
    const moved = await compareSurfaces({
      ...comparison(original, inFrame(0.5), fitted, inFrame(0.4)),
      model: { mesh: fitted, evaluate: evaluator(sphere(0.4)) },
      frame,
    });
    const plain = await compareSurfaces(comparison(larger, sphere(0.5), smaller, sphere(0.4)));
    for (const key of ['iou', 'iouNear', 'chamferL1', 'chamferL2', 'normalConsistency'] as const) {
      expect(moved[key]).toBeCloseTo(plain[key], 3);
    }
  });

  it('counts what is missing as well as what is wrong', async () => {
    // The model has half of what it should: what it has is exact, what it lacks is one unit away.
    const squares = (...lifts: number[]): TriangleMesh => ({
      positions: Float32Array.from(lifts.flatMap((z) => [0, 0, z, 0.5, 0, z, 0, 0.5, z])),
      triangles: Uint32Array.from(lifts.flatMap((_, i) => [3 * i, 3 * i + 1, 3 * i + 2])),
    });
    const whole = squares(0, 1);
    const half = squares(0);
    const result = await compareSurfaces(
      comparison(
        whole,
        () => 1,
        half,
        () => 1,
      ),
    );
    expect(result.chamferL1).toBeCloseTo(0.25, 1);
    expect(result.chamferL2).toBeCloseTo(0.5, 1);
    expect(result.iou).toBeNaN();
    expect(result.counts.either).toBe(0);
  });

  it('compares directions, whichever way they point', async () => {
    const facing = (angle: number): TriangleMesh => ({
      positions: Float32Array.of(0, 0, 0, 1, 0, 0, 0, Math.cos(angle), Math.sin(angle)),
      triangles: Uint32Array.of(0, 1, 2),
    });
    const compare = async (angle: number) =>
      (
        await compareSurfaces(
          comparison(
            facing(0),
            () => 1,
            facing(angle),
            () => 1,
          ),
        )
      ).normalConsistency;
    expect(await compare(Math.PI / 3)).toBeCloseTo(0.5, 5);
    expect(await compare((5 * Math.PI) / 6)).toBeCloseTo(Math.cos(Math.PI / 6), 5);
  });

  it('repeats itself with a seed, and differs with another', async () => {
    const options = { ...comparison(larger, sphere(0.5), smaller, sphere(0.45)), samples: 4000 };
    const first = await compareSurfaces(options);
    expect(await compareSurfaces(options)).toEqual(first);
    expect((await compareSurfaces({ ...options, seed: 8 })).iou).not.toBe(first.iou);
  });

  it('ends when aborted', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    const options = comparison(larger, sphere(0.5), smaller, sphere(0.4));
    await expect(compareSurfaces({ ...options, signal })).rejects.toThrow('enough');
  });

  it('refuses a number of samples that is none', async () => {
    const options = comparison(larger, sphere(0.5), smaller, sphere(0.4));
    await expect(compareSurfaces({ ...options, samples: 0 })).rejects.toThrow(
      /samples must be an integer from 1 to 100000000, got 0/,
    );
  });
});

describe('sampleSurface', () => {
  /** Areas 1, 0 and 3. */
  const mesh: TriangleMesh = {
    positions: Float32Array.of(0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 5, 0, 3, 5, 0, 0, 7),
    triangles: Uint32Array.of(0, 1, 2, 1, 1, 2, 3, 4, 5),
  };

  it('draws by area, uniformly within a triangle, seed 3', () => {
    const { points, normals, triangle } = sampleSurface(mesh, 40_000, createRandom(3));
    const counts = [0, 0, 0];
    const means = new Float64Array(9);
    for (let i = 0; i < triangle.length; i++) {
      counts[triangle[i]!]!++;
      for (let axis = 0; axis < 3; axis++) means[3 * triangle[i]! + axis]! += points[3 * i + axis]!;
    }
    expect(counts[1]).toBe(0);
    expect(counts[0]! / 40_000).toBeCloseTo(0.25, 1.7);
    const expected = [2 / 3, 1 / 3, 0, 0, 0, 0, 0, 1, 17 / 3];
    means.forEach((sum, at) => {
      if (counts[Math.floor(at / 3)]! > 0)
        expect(sum / counts[Math.floor(at / 3)]!).toBeCloseTo(expected[at]!, 1.5);
    });
    for (let i = 0; i < triangle.length; i++) {
      const normal = [...normals.subarray(3 * i, 3 * i + 3)].map((value) => value + 0);
      expect(normal).toEqual(triangle[i] === 0 ? [0, 0, 1] : [1, 0, 0]);
    }
  });

  it('refuses a mesh without area', () => {
    const flat = { positions: mesh.positions, triangles: Uint32Array.of(1, 1, 2) };
    expect(() => sampleSurface(flat, 10, createRandom(1))).toThrow(ArgumentError);
    expect(() => sampleSurface(flat, 10, createRandom(1))).toThrow(
      /1 triangles whose area is 0; expected a finite/,
    );
  });
});

describe('pointsAround', () => {
  it('moves by a normal deviate and stays in the cube, seed 5', () => {
    const start = new Float32Array(60_000);
    const moved = pointsAround(start, 0.1, createRandom(5));
    const mean = moved.reduce((sum, value) => sum + value, 0) / moved.length;
    const variance = moved.reduce((sum, value) => sum + value * value, 0) / moved.length;
    const within = moved.filter((value) => Math.abs(value) < 0.1).length / moved.length;
    expect(mean).toBeCloseTo(0, 2);
    expect(Math.sqrt(variance)).toBeCloseTo(0.1, 2);
    expect(within).toBeCloseTo(0.6827, 1.7);
    const atCorner = pointsAround(new Float32Array(300).fill(1.0000001), 0.1, createRandom(5));
    expect(Math.max(...atCorner)).toBeLessThanOrEqual(1);
    expect(Math.min(...atCorner)).toBeLessThan(0.95);
  });
});
