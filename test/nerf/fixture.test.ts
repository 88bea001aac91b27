// The fixture is what its script makes; loaded, its rays meet the geometry that it was rendered from, in the colours of
// its photographs. And scenes can be drawn.
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { colourAt, firstHit, solidAt } from '../../fixtures/nerf/geometry.js';
import { fixtureTransforms, fixtureViews, renderFixture } from '../../fixtures/nerf/make-scene.js';
import { drawCameras } from '../../src/nerf/files/draw-cameras.js';
import { loadScene } from '../../src/nerf/files/load.js';
import { resizeIntrinsics } from '../../src/nerf/cameras/intrinsics.js';
import { createRayPool, type RayPool } from '../../src/nerf/rays/pool.js';
import type { RayBuffers } from '../../src/nerf/rays/source.js';
import { holdOut } from '../../src/nerf/split.js';
import { transformsFolder } from './files/scene-folders.js';

const folder = fileURLToPath(new URL('../../fixtures/nerf/scene/', import.meta.url));

describe('the NeRF fixture', () => {
  it('is what its script makes', async () => {
    for (const split of ['train', 'test'] as const) {
      expect(readFileSync(path.join(folder, `transforms_${split}.json`), 'utf8')).toBe(
        fixtureTransforms(split),
      );
    }
    const views = fixtureViews();
    expect(views).toHaveLength(20);
    for (const view of [views[0]!, views[9]!, views[19]!]) {
      const { data } = await sharp(path.join(folder, `${view.path}.png`))
        .raw()
        .toBuffer({ resolveWithObject: true });
      expect(Buffer.compare(data, renderFixture(view)), view.path).toBe(0);
    }
    for (const { path: name } of views)
      expect(statSync(path.join(folder, `${name}.png`)).size).toBeLessThan(6000);
  });

  it('is a Blender set of 16 + 4', async () => {
    const scene = await loadScene(folder);
    expect(scene).toMatchObject({
      format: 'blender',
      listed: 20,
      warnings: [],
      hasAlpha: true,
      near: 2,
      far: 6,
    });
    expect(holdOut(scene).train).toHaveLength(16);
    expect(holdOut(scene).test).toHaveLength(4);
    // A file by itself is its split.
    expect(
      (await loadScene(path.join(folder, 'transforms_test.json'))).views.map(({ split }) => split),
    ).toEqual(Array(4).fill('test'));
  });

  it('shows its geometry along the rays of the pool', async () => {
    const scene = await loadScene(folder);
    const pool = createRayPool(scene);
    await pool.load();
    const out = buffers(64 * 64);
    for (const view of [1, 8, 15]) {
      pool.fill(pixelsOf(pool.firstOfView, view), 64 * 64, out);
      const { colours, met, grazing, nearest, farthest } = cast(out);
      expect(met).toBeGreaterThan(1000);
      expect(nearest).toBeGreaterThan(scene.near);
      expect(farthest).toBeLessThan(scene.far);
      // What a ray meets it goes into, but for rays that only touch.
      expect(grazing).toBeLessThan(0.01 * met);
      // One ray a pixel against an average over each: what differs is edges. Half a pixel off has 21.6 to 22.6 dB.
      expect(psnr(colours, out.targets), `view ${view}`).toBeGreaterThan(25);
    }
  });

  it('is met exactly by the sixteen rays of each pixel that it was rendered from', async () => {
    const scene = await loadScene(folder);
    const view = scene.views[5]!;
    const [coarse, fine] = [view, { ...view, intrinsics: resizeIntrinsics(view.intrinsics, 256, 256) }].map(
      (one) => createRayPool({ views: [one], hasAlpha: true }),
    ) as [RayPool, RayPool];
    await coarse.load();
    fine.setPixels(0, new Uint8Array(3 * 256 * 256), 3);
    const [photographed, rays] = [buffers(64 * 64), buffers(256 * 256)];
    coarse.fill(pixelsOf(coarse.firstOfView, 0), 64 * 64, photographed);
    fine.fill(pixelsOf(fine.firstOfView, 0), 256 * 256, rays);
    const { colours } = cast(rays);
    const mean = new Float32Array(3 * 64 * 64);
    for (let i = 0; i < 256 * 256; i++) {
      const pixel = (i >> 10) * 64 + ((i & 255) >> 2);
      for (let c = 0; c < 3; c++) mean[3 * pixel + c]! += colours[3 * i + c]! / 16;
    }
    // What is left is rounding to bytes, of colours and of alpha.
    expect(psnr(mean, photographed.targets)).toBeGreaterThan(50);
  });
});

function buffers(n: number): RayBuffers {
  const real = (): Float32Array => new Float32Array(3 * n);
  const whole = (): Uint32Array => new Uint32Array(n);
  return {
    ...{ views: whole(), rows: whole(), columns: whole() },
    ...{ origins: real(), directions: real(), targets: real() },
  };
}

function pixelsOf(first: Float64Array, view: number): Uint32Array {
  return Uint32Array.from({ length: first[view + 1]! - first[view]! }, (_, i) => first[view]! + i);
}

/** The colours of rays by the geometry itself, over white, and what they met. */
function cast({ origins, directions }: RayBuffers) {
  const colours = new Float32Array(origins.length).fill(1);
  const found = { colours, met: 0, grazing: 0, nearest: Infinity, farthest: 0 };
  const at = (array: Float32Array, i: number) => [array[i]!, array[i + 1]!, array[i + 2]!] as const;
  for (let i = 0; i < origins.length; i += 3) {
    const [o, d] = [at(origins, i), at(directions, i)];
    const hit = firstHit(o, d);
    if (hit === undefined) continue;
    const point = (t: number) => [o[0] + t * d[0], o[1] + t * d[1], o[2] + t * d[2]] as const;
    colours.set(colourAt(hit.solid, ...point(hit.t)), i);
    found.met++;
    found.nearest = Math.min(found.nearest, hit.t);
    found.farthest = Math.max(found.farthest, hit.t);
    if (solidAt(...point(hit.t + 1e-4)) !== hit.solid) found.grazing++;
  }
  return found;
}

function psnr(a: Float32Array, b: Float32Array): number {
  let squares = 0;
  for (let i = 0; i < a.length; i++) squares += (a[i]! - b[i]!) ** 2;
  return -10 * Math.log10(squares / a.length);
}

describe('drawCameras', () => {
  it('draws cameras, bounds and focus, each where it is', async () => {
    const scene = await loadScene(await transformsFolder());
    const bytes = await drawCameras(scene, { size: 200, heldOut: [] });
    const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([600, 200]);
    const isAt = (x: number, y: number): number[] => [
      ...data.subarray(info.channels * (x + 600 * y)).subarray(0, 3),
    ];
    // The middle of each panel is the middle of bounds and cameras; the focus lies there in x and y.
    expect(Math.max(...isAt(100, 100))).toBeLessThan(120);
    const blues = (left: number): number => {
      let found = 0;
      for (let y = 0; y < 200; y++) {
        for (let x = left; x < left + 200; x++) {
          const [r, , b] = isAt(x, y);
          if (b! > 150 && r! < 120) found++;
        }
      }
      return found;
    };
    for (const left of [0, 200, 400]) expect(blues(left)).toBeGreaterThan(50);
    // With every view held out nothing is blue but the axis z, which the first panel does not have.
    const orange = await sharp(await drawCameras(scene, { size: 200, heldOut: scene.views.map((_, i) => i) }))
      .raw()
      .toBuffer();
    data.set(orange);
    expect(blues(0)).toBe(0);
  });

  it('refuses pictures that are too small', async () => {
    const scene = await loadScene(folder);
    await expect(drawCameras(scene, { size: 20 })).rejects.toThrow(
      /size of 20; expected whole pixels, at least 64/,
    );
    await expect(drawCameras({ ...scene, views: [] })).rejects.toThrow(/without views/);
  });
});
