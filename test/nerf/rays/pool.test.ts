// The pool against its definition: one ray per pixel, in order; colours from bytes; memory within its budget.
import { describe, expect, it } from 'vitest';
import { allOf, createRandom, someOf } from '../../../src/core/index.js';
import { projectPoint } from '../../../src/nerf/cameras/camera.js';
import { createIntrinsics } from '../../../src/nerf/cameras/intrinsics.js';
import { loadScene } from '../../../src/nerf/files/load.js';
import { createRayPool } from '../../../src/nerf/rays/pool.js';
import type { RayBuffers } from '../../../src/nerf/rays/source.js';
import type { View } from '../../../src/nerf/scene.js';
import { shrinkScene } from '../../../src/nerf/split.js';
import {
  emptyFolder,
  photographs,
  pngOf,
  png,
  transforms,
  transformsFolder,
  writeAll,
} from '../files/scene-folders.js';

function buffers(n: number): RayBuffers {
  const whole = (): Uint32Array => new Uint32Array(n);
  const real = (): Float32Array => new Float32Array(3 * n);
  return {
    views: whole(),
    rows: whole(),
    columns: whole(),
    origins: real(),
    directions: real(),
    targets: real(),
  };
}

const rays = (...indices: number[]): Uint32Array => Uint32Array.from(indices);

/** Views without photographs, side by side. */
function blank(...sizes: readonly (readonly [width: number, height: number])[]): View[] {
  return sizes.map(([width, height], i) => ({
    name: `v${i}`,
    file: undefined,
    intrinsics: createIntrinsics({ width, height, fx: width }),
    pose: Float64Array.from([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, i, 0, 0, 1]),
    split: undefined,
  }));
}

describe('a ray pool', () => {
  it('counts rays view by view and row by row, sizes mixed', () => {
    const pool = createRayPool({ views: blank([3, 2], [1, 4], [2, 2]), hasAlpha: false });
    expect(pool.size).toBe(14);
    expect([...pool.firstOfView]).toEqual([0, 6, 10, 14]);
    const all = rays(...Array(14).keys());
    const [views, rows, columns] = [new Uint32Array(14), new Uint32Array(14), new Uint32Array(14)];
    pool.pixelsOf(all, views, rows, columns);
    expect([...views]).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]);
    expect([...rows]).toEqual([0, 0, 0, 1, 1, 1, 0, 1, 2, 3, 0, 0, 1, 1]);
    expect([...columns]).toEqual([0, 1, 2, 0, 1, 2, 0, 0, 0, 0, 0, 1, 0, 1]);
  });

  it('gathers rays that go through the middle of their pixels', async () => {
    const scene = await loadScene(await transformsFolder());
    const pool = createRayPool(scene, { views: [2, 0, 5] });
    await pool.load();
    const n = 64;
    const out = buffers(n);
    const random = createRandom(11);
    pool.fill(
      Uint32Array.from({ length: n }, () => random.below(pool.size)),
      n,
      out,
    );
    const pixel = new Float64Array(2);
    for (let i = 0; i < n; i++) {
      const view = scene.views[[2, 0, 5][out.views[i]!]!]!;
      const [o, d] = [out.origins, out.directions].map((array) => [...array.subarray(3 * i, 3 * i + 3)]) as [
        number[],
        number[],
      ];
      expect(o).toEqual([...view.pose.subarray(12, 15)].map(Math.fround));
      expect(Math.hypot(...d)).toBeCloseTo(1, 6);
      const point = [0, 1, 2].map((axis) => view.pose[12 + axis]! + 2 * d[axis]!);
      expect(projectPoint(view.intrinsics, view.pose, point, pixel)).toBe(true);
      expect(pixel[0]).toBeCloseTo(out.columns[i]! + 0.5, 4);
      expect(pixel[1]).toBeCloseTo(out.rows[i]! + 0.5, 4);
      [10, 200, 90].forEach((value, c) => expect(out.targets[3 * i + c]).toBe(Math.fround(value / 255)));
    }
  });

  it('puts transparent pixels over the background', () => {
    const data = Uint8Array.from([255, 51, 0, 51, 9, 9, 9, 0]);
    const background = [0, 0.5, 1] as const;
    const pool = createRayPool({ views: blank([2, 1]), hasAlpha: true }, { background });
    pool.setPixels(0, data, 4);
    const out = buffers(2);
    pool.fill(rays(0, 1), 2, out);
    // 0.2 of (1, 0.2, 0), 0.8 of the background; then the background alone.
    [0.2, 0.04 + 0.4, 0.8, 0, 0.5, 1].forEach((value, i) => expect(out.targets[i]).toBeCloseTo(value, 6));
    expect([...pool.picture(0)]).toEqual([51, 112, 204, 0, 128, 255]);
    pool.composite(rays(0, 1), Float32Array.from([1, 1, 1, 0, 0, 0]), out.targets);
    [1, 0.84, 0.8, 0, 0, 0].forEach((value, i) => expect(out.targets[i]).toBeCloseTo(value, 6));
    const white = createRayPool({ views: blank([2, 1]), hasAlpha: true });
    white.setPixels(0, data, 4);
    white.fill(rays(1), 1, out);
    expect([...out.targets.subarray(0, 3)]).toEqual([1, 1, 1]);
  });

  it('reads grey, transparent and opaque pictures, and masks of both meanings', async () => {
    const folder = writeAll(
      await transformsFolder({ w: 2, h: 1, cx: 1, cy: 0.5 }, (frame, i) => {
        if (i === 0) frame['mask_path'] = 'mask.png';
      }),
      {
        ...Object.fromEntries(
          await Promise.all(
            Object.keys(await photographs()).map(async (name) => [name, await png(2, 1)] as const),
          ),
        ),
        'images/p1.png': await pngOf(2, 1, 1, [51, 255]),
        'images/p2.png': await pngOf(2, 1, 4, [10, 20, 30, 255, 40, 50, 60, 255]),
        'images/p3.png': await pngOf(2, 1, 4, [10, 20, 30, 255, 40, 50, 60, 0]),
        'mask.png': await pngOf(2, 1, 1, [0, 255]),
        'images/dynamic_mask_p2.png': await pngOf(2, 1, 3, [0, 0, 0, 0, 0, 1]),
      },
    );
    const pool = createRayPool(await loadScene(folder), { views: [0, 1, 2] });
    await pool.load();
    expect([...pool.picture(0)]).toEqual([51, 51, 51, 255, 255, 255]);
    expect([...pool.picture(1)]).toEqual([10, 20, 30, 40, 50, 60]);
    expect([...pool.picture(2)]).toEqual([10, 20, 30, 255, 255, 255]);
    // Opaque alpha is not kept; each mask is a bit a pixel.
    expect(pool.bytes).toBe(6 + 1 + 6 + 1 + 8);
    expect([0, 1, 2, 3, 4, 5].map((ray) => pool.excluded!(ray))).toEqual([
      true,
      false,
      false,
      true,
      false,
      false,
    ]);
    const maskless = createRayPool(await loadScene(await transformsFolder()));
    expect(maskless).toHaveProperty('excluded', undefined);
  });

  it('shrinks photographs to the size of their cameras', async () => {
    const scene = shrinkScene(await loadScene(await transformsFolder()), 4);
    const pool = createRayPool(scene);
    await pool.load();
    expect(pool.size).toBe(9 * 3 * 2);
    expect([...pool.picture(4)]).toEqual(Array(6).fill([10, 200, 90]).flat());
  });

  it('keeps to its memory, letting go of what was unused for longest', async () => {
    const scene = await loadScene(await transformsFolder());
    const each = 12 * 8 * 3;
    const pool = createRayPool(scene, { memory: 3 * each });
    expect(pool.bytes).toBe(0);
    const out = buffers(1);
    const there = (view: number): boolean => {
      try {
        pool.fill(rays(96 * view), 1, out);
        return true;
      } catch {
        return false;
      }
    };
    await pool.load([0, 1]);
    expect(pool.bytes).toBe(2 * each);
    await pool.load([2]);
    // A use makes 0 young again, so 1 goes.
    await pool.load([0]);
    await pool.load([5]);
    expect([0, 1, 2, 5].map(there)).toEqual([true, false, true, true]);
    expect(pool.bytes).toBe(3 * each);
    // Calls that overlap take turns.
    await Promise.all([pool.load([6, 7]), pool.load([8, 1])]);
    expect([1, 6, 7, 8].map(there).filter(Boolean)).toHaveLength(3);
    expect(pool.bytes).toBe(3 * each);
    await expect(pool.load()).rejects.toThrow(
      /9 photographs that take 1 MB; expected at most 1 MB \(memory\); shrink/,
    );
  });

  it('brings the photographs of a batch into memory, and asks nothing once all are there', async () => {
    const scene = await loadScene(await transformsFolder());
    const each = 12 * 8 * 3;
    const pool = createRayPool(scene);
    const samples = someOf(rays(96 * 7 + 5, 3, 96 * 7));
    expect(() => pool.gather(samples)).toThrow(/view 7 \(.+\) is not in memory; call load\(\)/);
    await pool.ready(samples);
    expect(pool.bytes).toBe(2 * each);
    expect(pool.gather(samples).targets[0]).toBe(Math.fround(10 / 255));
    await expect(pool.ready(someOf(rays(0, pool.size)))).rejects.toThrow(/index 864 at position 1/);
    await pool.ready(allOf(pool.size));
    expect(pool.bytes).toBe(9 * each);
    const unread = {
      whole: false,
      size: 1,
      get indices(): Uint32Array {
        return expect.fail('nobody need look at the rays');
      },
    };
    await pool.ready(unread);
    const small = createRayPool(scene, { memory: 2 * each });
    await small.ready(someOf(rays(0, 96)));
    await expect(small.ready(someOf(rays(0, 96, 192)))).rejects.toThrow(/3 photographs that take/);
    // What was let go is missing again.
    await small.ready(someOf(rays(192)));
    expect(small.bytes).toBe(2 * each);
    await small.ready(someOf(rays(0)));
    expect(small.gather(someOf(rays(0))).size).toBe(1);
  });

  it('gathers as inputs what it fills: origin and direction of each ray, side by side', async () => {
    const scene = await loadScene(await transformsFolder());
    const pool = createRayPool(scene);
    await pool.load();
    const random = createRandom(12);
    const indices = Uint32Array.from({ length: 50 }, () => random.below(pool.size));
    const out = buffers(50);
    pool.fill(indices, 50, out);
    const batch = pool.gather(someOf(indices));
    for (let i = 0; i < 50; i++) {
      expect([...batch.inputs.subarray(6 * i, 6 * i + 6)]).toEqual([
        ...out.origins.subarray(3 * i, 3 * i + 3),
        ...out.directions.subarray(3 * i, 3 * i + 3),
      ]);
    }
    expect(batch.targets).toEqual(out.targets);
  });

  it('says what its rays are made from, photographs as far as they are in memory', () => {
    const views = blank([2, 1], [3, 2]);
    const pool = createRayPool({ views, hasAlpha: true }, { background: [0, 0.5, 1], views: [1, 0] });
    const data = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    pool.setPixels(1, data, 4);
    const { pixelRays } = pool;
    expect(pixelRays).toMatchObject({ cameras: [views[1], views[0]], background: [0, 0.5, 1] });
    expect(pixelRays).not.toHaveProperty('unfit');
    expect([0, 1, 2].map((view) => pixelRays.photograph(view)?.channels)).toEqual([undefined, 4, undefined]);
    expect(pixelRays.photograph(1)?.data).toBe(data);
    const [view] = blank([64, 48]);
    const bent = { ...view!, intrinsics: createIntrinsics({ width: 64, height: 48, fx: 40, k1: -1 / 3 }) };
    const other = createRayPool({ views: [view!, bent], hasAlpha: false });
    expect(other.pixelRays.unfit).toBe(
      'the lens of v0 (opencv) bends its picture back into itself, so that some of its pixels have no direction',
    );
  });

  it('has tiles of its views, made once', () => {
    const pool = createRayPool({ views: blank([40, 30], [16, 50]), hasAlpha: false });
    const { layout } = pool;
    expect(layout.count).toBe(5 * 4 + 2 * 6);
    expect(layout.sampleAt(20, 0)).toBe(pool.firstOfView[1]);
    expect(pool.layout).toBe(layout);
  });

  it('composites rays from anywhere, and no others', () => {
    const pool = createRayPool({ views: blank([1, 1], [2, 1]), hasAlpha: true });
    pool.setPixels(0, Uint8Array.of(255, 255, 255, 255), 4);
    pool.setPixels(1, Uint8Array.of(0, 0, 0, 0, 255, 0, 51, 51), 4);
    const targets = new Float32Array(6);
    const backgrounds = Float32Array.of(0.5, 0.25, 1, 0.1, 0.1, 0.1);
    pool.composite(rays(2, 0), backgrounds, targets);
    // 0.2 of (1, 0, 0.2) before 0.8 of the background; an opaque pixel.
    [0.2 + 0.4, 0.2, 0.04 + 0.8, 1, 1, 1].forEach((value, i) => expect(targets[i]).toBeCloseTo(value, 6));
    expect(() => pool.composite(rays(0, 3), backgrounds, targets)).toThrow(
      /got index 3 at position 1; expected indices below 3/,
    );
  });

  it('refuses batches that no memory holds', () => {
    const views = blank([8192, 8192]);
    const pool = createRayPool({ views, hasAlpha: false });
    expect(() => pool.gather(allOf(pool.size))).toThrow(
      /got 67108864 rays to gather at once; expected at most 33554432; gather them in parts/,
    );
  });

  it('holds 10⁸ rays without a byte for each', () => {
    const shared = new Uint8Array(3 * 1000 * 1000);
    shared.set([12, 34, 56], 3 * 999_999);
    const pool = createRayPool({
      views: blank(...Array<[number, number]>(100).fill([1000, 1000])),
      hasAlpha: false,
    });
    for (let view = 0; view < 100; view++) pool.setPixels(view, shared, 3);
    expect(pool.size).toBe(1e8);
    expect(pool.bytes).toBeLessThan(1e9);
    const out = buffers(2);
    pool.fill(rays(99_999_999, 99_000_000), 2, out);
    expect([out.views[0], out.rows[0], out.columns[0]]).toEqual([99, 999, 999]);
    expect([out.views[1], out.rows[1], out.columns[1]]).toEqual([99, 0, 0]);
    expect([...out.targets.subarray(0, 3)].map((value) => Math.round(255 * value))).toEqual([12, 34, 56]);
    expect(out.origins[0]).toBe(99);
  });

  it('refuses what it cannot do', async () => {
    const views = blank([2, 1]);
    const scene = { views, hasAlpha: false };
    expect(() => createRayPool({ views: [], hasAlpha: false })).toThrow(/got no views/);
    expect(() => createRayPool(scene, { views: [1] })).toThrow(/got view 1; expected 0 to 0/);
    expect(() => createRayPool(scene, { memory: 0 })).toThrow(/memory of 0; expected bytes/);
    expect(() => createRayPool(scene, { background: [0, 0, 2] })).toThrow(
      /background 0,0,2; expected white, black/,
    );
    const huge = Array<[number, number]>(50).fill([10_000, 10_000]);
    expect(() => createRayPool({ views: blank(...huge), hasAlpha: false })).toThrow(
      /5000000000 rays; expected fewer than 2³²/,
    );
    const pool = createRayPool(scene);
    expect(() => pool.fill(rays(0), 1, buffers(1))).toThrow(/view 0 \(v0\) is not in memory; call load\(\)/);
    expect(() => pool.fill(rays(2), 1, buffers(1))).toThrow(
      /got index 2 at position 0; expected indices below 2, the rays of all views/,
    );
    expect(() => pool.setPixels(0, new Uint8Array(5), 3)).toThrow(
      /5 bytes for view 0; expected 2×1 pixels of 3/,
    );
    await expect(pool.load()).rejects.toThrow(/view 0 \(v0\) has no photograph; give it pixels/);
    await expect(pool.load([7])).rejects.toThrow(/got view 7/);
    const folder = writeAll(emptyFolder(), { 'transforms.json': transforms(), ...(await photographs()) });
    const loaded = await loadScene(folder);
    // The header is whole, so only reading the pixels finds it out.
    const cut = (await png(12, 8)).subarray(0, 60);
    writeAll(folder, { 'images/p3.png': cut });
    const broken = createRayPool(loaded);
    await expect(broken.load()).rejects.toThrow(
      /p3.png: the picture cannot be read \(.+\); expected a complete image/,
    );
  });
});
