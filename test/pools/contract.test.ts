// What every pool keeps to, whatever its samples are. A new pool is one more row.
import { beforeAll, describe, expect, it } from 'vitest';
import { sphere } from '../../fixtures/mesh/surfaces.js';
import { allOf, ArgumentError, createRandom, someOf, type Pool } from '../../src/core/index.js';
import { measureTiles } from '../../src/core/selectors/tile-layout.js';
import { createPixelPool } from '../../src/image/index.js';
import { createRayPool, type View } from '../../src/nerf/index.js';
import { createIntrinsics } from '../../src/nerf/cameras/intrinsics.js';
import { createDistanceField, createSdfPool } from '../../src/sdf/index.js';
import { noiseImage } from '../image/random.js';

const seed = 313;
const mesh = sphere(1, 12, 24);

async function sdf(): Promise<Pool> {
  const field = await createDistanceField(mesh, { workers: 0 });
  return createSdfPool({ mesh, field, count: 90, seed });
}

/** Two views of noise, the second partly transparent. */
function rays(): Pool {
  const views = [
    [7, 5],
    [4, 9],
  ].map(([width, height], i): View => {
    const intrinsics = createIntrinsics({ width: width!, height: height!, fx: 9 });
    const pose = Float64Array.from([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, i, 2, 3, 1]);
    return { name: `v${i}`, file: undefined, intrinsics, pose, split: undefined };
  });
  const pool = createRayPool({ views, hasAlpha: true });
  const random = createRandom(seed);
  const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => random.below(256));
  pool.setPixels(0, bytes(3 * 35), 3);
  pool.setPixels(1, bytes(4 * 36), 4);
  return pool;
}

describe.each<[string, () => Pool | Promise<Pool>]>([
  ['pixels as floats', () => createPixelPool(noiseImage(11, 7, 3, 8, seed), { storage: 'floats' })],
  ['pixels as bytes', () => createPixelPool(noiseImage(11, 7, 4, 16, seed), { storage: 'bytes' })],
  ['signed distances', sdf],
  ['rays', rays],
])('a pool of %s', (_, make) => {
  let pool: Pool;
  let inputs: Float32Array;
  let targets: Float32Array;
  beforeAll(async () => {
    pool = await make();
    await pool.ready?.(allOf(pool.size));
    const all = pool.gather(allOf(pool.size));
    [inputs, targets] = [all.inputs.slice(), all.targets.slice()];
  });
  const rows = (values: Float32Array, width: number, indices: Uint32Array): number[] =>
    [...indices].flatMap((i) => [...values.subarray(width * i, width * (i + 1))]);

  it('has targets as bytes, where it says so, that are those it gathers', () => {
    if (pool.coded === undefined) return;
    const { codes, values } = pool.coded;
    expect(values).toHaveLength(256);
    expect(Float32Array.from(codes, (code) => values[code]!)).toEqual(targets);
  });

  it('gathers all samples in its own order, and makes no indices for it', () => {
    const samples = allOf(pool.size);
    const unread = Object.defineProperty({ whole: true, size: pool.size }, 'indices', {
      get: () => expect.fail('nobody asked for indices'),
    }) as typeof samples;
    const batch = pool.gather(unread);
    expect([batch.whole, batch.size]).toEqual([true, pool.size]);
    expect([batch.inputs.length, batch.targets.length]).toEqual([
      pool.size * pool.inputDim,
      pool.size * pool.targetDim,
    ]);
    expect(pool.gather(samples).indices).toBe(samples.indices);
    expect([...samples.indices]).toEqual([...Array(pool.size).keys()]);
    expect(inputs.every(Number.isFinite) && targets.every(Number.isFinite)).toBe(true);
  });

  it(`gathers some as they stand in the whole, repeats included (seed ${seed})`, () => {
    const random = createRandom(seed);
    for (const n of [5, 64, 1, 0, pool.size, 3]) {
      const indices = Uint32Array.from({ length: n }, () => random.below(pool.size));
      const batch = pool.gather(someOf(indices));
      expect(batch.indices).toBe(indices);
      expect([batch.whole, batch.size]).toEqual([false, n]);
      expect([...batch.inputs]).toEqual(rows(inputs, pool.inputDim, indices));
      expect([...batch.targets]).toEqual(rows(targets, pool.targetDim, indices));
    }
  });

  it('uses its memory again for batches that are not larger', () => {
    const large = pool.gather(someOf(new Uint32Array(pool.size)));
    const buffers = [large.inputs.buffer, large.targets.buffer];
    for (const n of [1, pool.size - 1, pool.size]) {
      const batch = pool.gather(someOf(new Uint32Array(n)));
      expect(batch.inputs.buffer).toBe(buffers[0]);
      expect(batch.targets.buffer).toBe(buffers[1]);
    }
  });

  it('refuses indices beyond its end, and what are no samples of it', () => {
    const { size } = pool;
    const refused = (samples: Parameters<Pool['gather']>[0]): string => {
      try {
        pool.gather(samples);
      } catch (error) {
        expect(error).toBeInstanceOf(ArgumentError);
        return (error as Error).message;
      }
      return 'nothing was thrown';
    };
    expect(refused(someOf(Uint32Array.of(size - 1, 0, size)))).toMatch(
      `got index ${size} at position 2; expected indices below ${size}, `,
    );
    expect(refused(someOf(Uint32Array.of(2 ** 32 - 1)))).toMatch('got index 4294967295 at position 0');
    expect(refused(allOf(size + 1))).toMatch(`got all samples of a pool of ${size + 1}; expected ${size}, `);
    expect(refused(Uint32Array.of(1) as never)).toMatch(
      'got Uint32Array(4 bytes) as samples; expected a selection, someOf(indices) or allOf(size)',
    );
    expect(refused({ indices: Uint32Array.of(1, 2), whole: false, size: 3 })).toMatch('as many indices as');
  });

  it('has not been drawn anew, and excludes nothing here', () => {
    expect(pool.revision ?? 0).toBe(0);
    expect(pool.excluded === undefined).toBe(true);
  });

  it('has views and a shape of as many samples as it has', () => {
    const product = (numbers: readonly number[]): number => numbers.reduce((a, b) => a * b, 1);
    if (pool.shape !== undefined) expect(product(pool.shape)).toBe(pool.size);
    const pixels = pool.views?.reduce((sum, { width, height }) => sum + width * height, 0);
    if (pixels !== undefined) expect(pixels).toBe(pool.size);
  });

  it('has tiles that divide it', () => {
    if (pool.layout !== undefined) expect(() => measureTiles(pool.layout!, pool.size)).not.toThrow();
  });

  it('finds a sample again by its network input, where it looks for any', () => {
    if (pool.locate === undefined || pool.nearest === undefined) return;
    const place = new Float32Array(pool.inputDim);
    for (let i = 0; i < pool.size; i++) {
      pool.locate(i, place);
      expect([...place]).toEqual(rows(inputs, pool.inputDim, Uint32Array.of(i)));
      expect(pool.nearest(place)).toBe(i);
      expect(pool.nearest(place.map((value) => value + 0.1 / pool.size))).toBe(i);
    }
    expect(pool.nearest(place.fill(-9))).toBe(0);
    expect(pool.nearest(place.fill(9))).toBe(pool.size - 1);
    expect(() => pool.nearest!(place.fill(NaN))).toThrow(/got the place NaN; expected two numbers/);
    expect(() => pool.locate!(pool.size, place)).toThrow(`expected indices below ${pool.size}`);
  });
});
