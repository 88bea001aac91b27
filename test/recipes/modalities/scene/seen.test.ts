// What is seen of a field that is known exactly: renderings, their quality, pictures, turntables, selection sheets, meshes.
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { ArgumentError, EvosError, someOf } from '../../../../src/core/index.js';
import { heatColours, psnr, ssim } from '../../../../src/image/index.js';
import { createIntrinsics } from '../../../../src/nerf/cameras/intrinsics.js';
import type { PathCamera } from '../../../../src/nerf/index.js';
import { createRayPool } from '../../../../src/nerf/rays/pool.js';
import { extractSceneMesh, withoutSpecks } from '../../../../src/recipes/modalities/scene/mesh.js';
import {
  depthPicture,
  depthRange,
  errorPicture,
  pairPicture,
  pictureDefaults,
  reportView,
} from '../../../../src/recipes/modalities/scene/pictures.js';
import { measureViews, type MeasuredView } from '../../../../src/recipes/modalities/scene/quality.js';
import { raysPerChunk, renderView, whySent } from '../../../../src/recipes/modalities/scene/render-views.js';
import {
  createDrawCounter,
  selectionDefaults,
  type SelectionSheet,
} from '../../../../src/recipes/modalities/scene/selection.js';
import { animatedWebp, turntable } from '../../../../src/recipes/modalities/scene/turntable.js';
import { meshBounds } from '../../../../src/sdf/index.js';
import { striped } from './report-data.js';
import { analyticField, ball, hit, ring, space, spread } from './field.js';

const field = analyticField();
const scene = ring(spread(6, 0, 2 * Math.PI), { width: 60, height: 40 });
const camera = scene.views[1]!;

describe('renderView', () => {
  it('asks for a ray through the middle of each pixel, and keeps what comes back in its place', async () => {
    const seen = await renderView(field, camera);
    expect(seen).toMatchObject({ width: 60, height: 40 });
    const { pose, intrinsics } = camera;
    for (const [row, column] of [
      [0, 0],
      [12, 30],
      [20, 7],
      [39, 59],
    ] as const) {
      // The pinhole by hand: right, up, backwards.
      const [x, y] = [(column + 0.5 - 30) / intrinsics.fx, -(row + 0.5 - 20) / intrinsics.fy];
      const length = Math.hypot(x, y, 1);
      const ray = [0, 1, 2].map((axis) => (x * pose[axis]! + y * pose[4 + axis]! - pose[8 + axis]!) / length);
      const distance = hit(pose.subarray(12, 15), ray);
      const at = row * 60 + column;
      expect(seen.opacity[at]).toBe(distance < Infinity ? 1 : 0);
      expect(seen.depth[at]).toBeCloseTo(distance < Infinity ? distance : space.far, 4);
      if (distance === Infinity)
        expect([...seen.colours.subarray(3 * at, 3 * at + 3)]).toEqual([255, 255, 255]);
    }
    expect(seen.opacity.reduce((sum, value) => sum + value, 0)).toBeGreaterThan(600);
  });

  it('in chunks, wherever they end', async () => {
    const lens = createIntrinsics({ width: 200, height: 123, fx: 200, k1: -0.1 });
    const chunked = analyticField();
    const shares: number[] = [];
    const whole = await renderView(
      chunked,
      { ...camera, intrinsics: lens },
      { onProgress: (share) => shares.push(share) },
    );
    expect(chunked.chunks).toEqual([raysPerChunk, 200 * 123 - raysPerChunk]);
    expect(shares.at(-1)).toBe(1);
    // Rows after the first chunk's end are those of the picture: the ball is symmetric enough to tell by its bottom.
    const row = whole.opacity.subarray(61 * 200, 62 * 200);
    expect(row.reduce((sum, value) => sum + value, 0)).toBeGreaterThan(20);
  });

  it('asks for pixels by number of whoever makes rays itself, and sends those of lenses that are not for that', async () => {
    const sent = await renderView(field, camera);
    const asked: [number, number][] = [];
    const maker = {
      ...analyticField(),
      renderPixels: ({ intrinsics, pose }: PathCamera, from: number, count: number) => {
        asked.push([from, count]);
        const pool = createRayPool({ views: [{ ...camera, intrinsics, pose }], hasAlpha: false });
        pool.setPixels(0, new Uint8Array(3 * pool.size), 3);
        return field.render(
          pool.gather(someOf(Uint32Array.from({ length: count }, (_, i) => from + i))).inputs,
        );
      },
    };
    expect(await renderView(maker, camera)).toEqual(sent);
    expect([asked, maker.chunks]).toEqual([[[0, 2400]], []]);
    expect(whySent(maker, camera)).toBeUndefined();
    const lens = createIntrinsics({ width: 60, height: 40, fx: 30, k1: -1 / 3 });
    const folded = { ...camera, intrinsics: lens };
    expect(await renderView(maker, folded)).toEqual(await renderView(field, folded));
    expect([asked.length, maker.chunks]).toEqual([1, [2400]]);
    expect(whySent(maker, folded)).toBe(
      'rays are made on the CPU and sent to the GPU: the lens (opencv) bends its picture back into itself, so that some of ' +
        'its pixels have no direction',
    );
    expect(whySent(field, folded)).toBeUndefined();
  });

  it('says where a field diverged, clamps what is out of range, and stops when told', async () => {
    const fill = (value: number) => ({
      render: (rays: Float32Array) => {
        const n = rays.length / 6;
        return Promise.resolve({
          colours: new Float32Array(3 * n).fill(value),
          depths: new Float32Array(n).fill(1),
          opacities: new Float32Array(n),
        });
      },
    });
    await expect(renderView(fill(NaN), camera)).rejects.toThrow(
      /the colour NaN at row 0, column 0; expected finite/,
    );
    await expect(renderView(fill(NaN), camera)).rejects.toThrow(EvosError);
    expect((await renderView(fill(1.7), camera)).colours[0]).toBe(255);
    expect((await renderView(fill(-3), camera)).colours[0]).toBe(0);
    const stopped = renderView(field, camera, { signal: AbortSignal.abort(new Error('enough')) });
    await expect(stopped).rejects.toThrow('enough');
  });
});

/** A pool whose photographs are striped renderings, from exact to bad. */
async function pool(masked = false) {
  const views = scene.views.map((view, i) => ({
    ...view,
    ...(masked && i < 2 && { mask: { file: 'mask.png', ignore: 'black' as const } }),
  }));
  const made = createRayPool({ views, hasAlpha: false });
  for (let view = 0; view < 6; view++) {
    const seen = await renderView(field, views[view]!);
    made.setPixels(view, striped(seen, 10 * view).colours, 3);
  }
  return made;
}

describe('measureViews', () => {
  it('gives each view its figures, and their means', async () => {
    const photographs = await pool();
    const measured: MeasuredView[] = [];
    const quality = await measureViews(field, photographs, [0, 3, 5], {
      onView: (view) => void measured.push(view),
    });
    expect(quality.views.map(({ name }) => name)).toEqual(['view-1.png', 'view-4.png', 'view-6.png']);
    expect(quality.views[0]).toMatchObject({ psnr: 200, ssim: 1 });
    for (const [i, { view, rendered, photograph }] of measured.entries()) {
      expect(view).toBe([0, 3, 5][i]);
      expect(photograph).toEqual(photographs.picture(view));
      if (i === 0) continue;
      expect(quality.views[i]!.psnr).toBe(psnr(photograph, rendered.colours));
      expect(quality.views[i]!.ssim).toBe(
        ssim(photograph, rendered.colours, { width: 60, height: 40, channels: 3 }),
      );
    }
    const [, second, third] = quality.views;
    expect(second!.psnr).toBeGreaterThan(third!.psnr + 3);
    expect(quality.psnr).toBeCloseTo((200 + second!.psnr + third!.psnr) / 3, 9);
    expect(quality.ssim).toBeCloseTo((1 + second!.ssim! + third!.ssim!) / 3, 9);
  });

  it('leaves masked pixels out, and views that are masked all over', async () => {
    const photographs = await pool(true);
    // The second view is off in stripes of 2 rows in 8, and a little elsewhere: masks cover the stripes, or everything.
    const ignoring = (covers: (pixel: number) => boolean) => ({
      cameras: photographs.cameras,
      firstOfView: photographs.firstOfView,
      load: () => Promise.resolve(),
      picture: (view: number) => photographs.picture(view),
      excluded: (index: number) => covers(index % 2400),
    });
    const stripes = ignoring((pixel) => Math.floor(pixel / 60) % 8 < 2);
    const [all, half] = [
      await measureViews(field, photographs, [4]),
      await measureViews(field, stripes, [1]),
    ];
    const unmasked = await measureViews(field, { ...stripes, excluded: () => false }, [1]);
    expect(half.psnr).toBeGreaterThan(unmasked.psnr + 6);
    expect(half.ssim!).toBeGreaterThan(unmasked.ssim!);
    expect(all.views).toHaveLength(1);
    const none = ignoring(() => true);
    expect((await measureViews(field, none, [1, 2])).views.map(({ name }) => name)).toEqual(['view-3.png']);
    await expect(measureViews(field, none, [0, 1])).rejects.toThrow(
      /got 2 photographs to measure with, masked all over/,
    );
  });

  it('has no SSIM for pictures smaller than its window', async () => {
    const small = ring([0], { width: 10, height: 8 });
    const photographs = createRayPool(small);
    photographs.setPixels(0, new Uint8Array(240), 3);
    expect(await measureViews(field, photographs)).toMatchObject({ ssim: null, views: [{ ssim: null }] });
  });
});

const colourOf = (data: Uint8Array, pixel: number): number[] => [...data.subarray(3 * pixel, 3 * pixel + 3)];
const heatAt = (step: number): number[] => [...heatColours.subarray(3 * step, 3 * step + 3)];

describe('pictures', () => {
  it('of distances: near bright, far dark, between them by 1 / distance, grey where nothing is', () => {
    const depth = Float32Array.of(1, 4, 1.59, 4, 0.5, 9, 1, 4);
    const opacity = Float32Array.of(1, 1, 1, 0, 1, 1, 0.5, 1);
    const picture = depthPicture({ width: 4, height: 2, depth, opacity }, { near: 1, far: 4 });
    expect(colourOf(picture.data, 0)).toEqual(heatAt(255));
    expect(colourOf(picture.data, 1)).toEqual(heatAt(0));
    // 1 / 1.6 is half way from 1 / 4 to 1; this is a little nearer.
    expect(colourOf(picture.data, 2)).toEqual(heatAt(129));
    expect(colourOf(picture.data, 3)).toEqual([...pictureDefaults.nothing]);
    expect(colourOf(picture.data, 4)).toEqual(heatAt(255));
    expect(colourOf(picture.data, 5)).toEqual(heatAt(0));
    expect(colourOf(picture.data, 6)).toEqual(heatAt(255).map((value) => Math.round((value + 128) / 2)));
  });

  it('whose range is that of most of what is there', async () => {
    const seen = await renderView(field, camera);
    const { near, far } = depthPicture(seen);
    expect(near).toBeGreaterThan(2.9);
    expect(near).toBeLessThan(3.4);
    // The background, at `far` of the space, does not count.
    expect(far).toBeLessThan(6);
    expect(depthRange([{ depth: Float32Array.of(3), opacity: Float32Array.of(0) }])).toEqual({
      near: 1,
      far: 1,
    });
  });

  it('of errors, on one scale, and the three side by side', () => {
    const size = { width: 3, height: 1 };
    const photograph = { ...size, data: Uint8Array.of(9, 9, 9, 100, 100, 100, 0, 0, 0) };
    const rendered = { ...size, data: Uint8Array.of(9, 9, 9, 100, 148, 148, 200, 200, 200) };
    const { data } = errorPicture(photograph, rendered);
    expect([0, 1, 2].map((pixel) => colourOf(data, pixel))).toEqual([heatAt(0), heatAt(128), heatAt(255)]);
    const view = {
      ...size,
      colours: rendered.data,
      depth: new Float32Array(3),
      opacity: new Float32Array(3),
    };
    const pair = pairPicture(photograph.data, view);
    expect([pair.width, pair.height]).toEqual([9, 1]);
    expect([...pair.data]).toEqual([...photograph.data, ...rendered.data, ...data]);
  });

  it('for a report are small', async () => {
    const wide = ring([0], { width: 600, height: 100 }).views[0]!;
    const seen = await renderView(field, wide);
    const view = await reportView('a', seen.colours, striped(seen, 30));
    for (const image of [view.photograph, view.rendered, view.error, view.depth]) {
      expect(await sharp(image).metadata()).toMatchObject({ format: 'webp', width: 480, height: 80 });
    }
    expect(view.range.near).toBeLessThan(view.range.far);
  });
});

describe('turntable', () => {
  it('is an animation that repeats, at an even pace, of what the cameras see', async () => {
    const bytes = await turntable(field, scene.views, { fps: 16 });
    const found = await sharp(bytes).metadata();
    expect(found).toMatchObject({ format: 'webp', pages: 6, loop: 0, width: 60, height: 40 });
    expect(found.delay).toEqual([63, 62, 63, 62, 63, 62]);
    const { data } = await sharp(bytes, { page: 3 })
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const { colours } = await renderView(field, scene.views[3]!);
    expect(psnr(colours, new Uint8Array(data))).toBeGreaterThan(25);
  });

  it('refuses what no file can hold, before it renders', async () => {
    const lazy = analyticField();
    const other = { ...camera, intrinsics: createIntrinsics({ width: 61, height: 40, fx: 60 }) };
    await expect(turntable(lazy, [camera, other])).rejects.toThrow(
      /frames of 60×40 and of 61×40 pixels; expected one size/,
    );
    await expect(turntable(lazy, [])).rejects.toThrow(/got no frames/);
    const huge = (width: number, height: number) => ({
      ...camera,
      intrinsics: createIntrinsics({ width, height, fx: 60 }),
    });
    await expect(turntable(lazy, [huge(16_384, 2)])).rejects.toThrow(
      /16384×2 pixels; expected at most 16383 a side/,
    );
    await expect(turntable(lazy, Array<typeof other>(100).fill(huge(4000, 4000)))).rejects.toThrow(
      /100 frames of 4000×4000 pixels; expected at most 22 of that size/,
    );
    await expect(turntable(lazy, [camera], { fps: 61 })).rejects.toThrow(/got 61 frames a second/);
    expect(lazy.chunks).toEqual([]);
    const frame = { width: 2, height: 2, data: new Uint8Array(12) };
    await expect(animatedWebp([frame], { quality: 101 })).rejects.toThrow(ArgumentError);
  });
});

describe('the counter of draws', () => {
  const { gap } = selectionDefaults;
  const at = (sheet: SelectionSheet, row: number, column: number): number[] =>
    colourOf(sheet.data, row * sheet.width + column);

  it('counts per cell of a small picture, and draws all photographs on one scale', () => {
    const counter = createDrawCounter([
      { width: 192, height: 96 },
      { width: 50, height: 50 },
    ]);
    expect(counter.counts).toHaveLength(96 * 48 + 50 * 50);
    const add = (view: number, row: number, column: number): void =>
      counter.add({
        views: Uint32Array.of(view),
        rows: Uint32Array.of(row),
        columns: Uint32Array.of(column),
      });
    for (const [row, column] of [
      [94, 190],
      [94, 191],
      [95, 190],
      [95, 191],
    ] as const)
      add(0, row, column);
    add(1, 0, 3);
    expect(counter.counts[96 * 48 - 1]).toBe(4);
    expect(counter.counts[96 * 48 + 3]).toBe(1);
    // Each pixel of the first photograph 3,000 times, of the second 7,000 times, one cell of it never.
    counter.counts.fill(12_000, 0, 96 * 48).fill(7000, 96 * 48);
    counter.counts[96 * 48 + 3] = 0;
    const sheet = counter.picture();
    expect(sheet).toMatchObject({ tile: 1, low: 3000, high: 7000, views: [0, 1] });
    expect(sheet.mean).toBeCloseTo((3000 * 192 * 96 + 7000 * 2499) / (192 * 96 + 2500), 6);
    expect([sheet.width, sheet.height]).toEqual([gap + (96 + gap), gap + 2 * (50 + gap)]);
    expect(at(sheet, gap + 47, gap + 95)).toEqual(heatAt(0));
    expect(at(sheet, gap + 50 + gap, gap + 2)).toEqual(heatAt(255));
    expect(at(sheet, gap + 50 + gap, gap + 3)).toEqual(heatAt(0));
    expect(at(sheet, 0, 0)).toEqual([128, 128, 128]);
  });

  it('shows cells that were drawn seldom together, by tiles, and chance as no pattern', () => {
    const counter = createDrawCounter([{ width: 96, height: 96 }]);
    // The right half is drawn three times as often: on average 0.25 draws a cell.
    for (let i = 0; i < 9216; i++)
      counter.counts[i] = i % 96 < 48 ? (i % 8 === 0 ? 1 : 0) : i % 8 < 3 ? 1 : 0;
    const sheet = counter.picture();
    expect(sheet.tile).toBe(8);
    // 2 / √16 either way, at least.
    expect([sheet.mean, sheet.low, sheet.high]).toEqual([0.25, 0.125, 0.375]);
    expect(new Set([20, 30].map((row) => at(sheet, gap + row, gap + 30).join()))).toEqual(
      new Set([heatAt(0).join()]),
    );
    expect(at(sheet, gap + 20, gap + 70)).toEqual(heatAt(255));
    counter.counts.fill(0);
    expect(counter.picture()).toMatchObject({ mean: 0, low: 0, high: 0 });
    // Draws alike everywhere are of one colour, in the middle.
    for (let i = 0; i < 9216; i++) counter.counts[i] = i % 4 === 0 ? 1 : 0;
    const even = counter.picture();
    expect(at(even, gap + 20, gap + 70)).toEqual(heatAt(128));
  });

  it('goes on from saved counts, and shows some of very many', () => {
    const sizes = Array.from({ length: 250 }, () => ({ width: 4, height: 4 }));
    const counter = createDrawCounter(sizes);
    counter.add({ views: Uint32Array.of(249), rows: Uint32Array.of(3), columns: Uint32Array.of(3) });
    const next = createDrawCounter(sizes);
    next.restore(counter.counts.slice());
    expect(next.picture()).toEqual(counter.picture());
    expect(next.picture().views).toHaveLength(100);
    expect(next.picture().mean).toBe(1 / 4000);
    expect(() => next.restore(new Uint32Array(3))).toThrow(/got 3 counts of draws; expected 4000/);
  });
});

describe('extractSceneMesh', () => {
  it('finds the surface where the density has the level, in the world’s units, with its colours', async () => {
    const { surface, colours, level, pieces, specks } = await extractSceneMesh(field, space, {
      resolution: 48,
      level: 30,
    });
    expect([level, pieces, specks]).toEqual([30, 1, 0]);
    const { min, max } = meshBounds(surface);
    expect(max[2]).toBeCloseTo(ball.centre[2] + ball.radius, 2);
    expect(max[0]).toBeCloseTo(1.5, 1);
    expect(min[2]).toBeCloseTo(-0.1, 1);
    let onBall = 0;
    for (let v = 0; v < surface.positions.length; v += 3) {
      const [x, y, z] = [surface.positions[v]!, surface.positions[v + 1]!, surface.positions[v + 2]!];
      if (z < 0.3) continue;
      onBall++;
      expect(Math.abs(Math.hypot(x, y, z - ball.centre[2]) - ball.radius)).toBeLessThan(0.005);
    }
    expect(onBall).toBeGreaterThan(1000);
    // The red quarter, well within it, at the ball's equator: sRGB 0.9 · 0.55 is 0.21 in linear light.
    const red = surface.positions.findIndex(
      (x, i) =>
        i % 3 === 0 &&
        x < -0.45 &&
        surface.positions[i + 1]! < -0.45 &&
        Math.abs(surface.positions[i + 2]! - 0.7) < 0.05,
    );
    expect(colours[red]).toBeCloseTo(0.21, 1);
    expect(colours[red + 1]).toBeLessThan(0.02);
    expect(colours).toHaveLength(surface.positions.length);
  });

  it('takes half of the light in 1/128 of the cube’s side unless told otherwise', async () => {
    const { level } = await extractSceneMesh(field, space, { resolution: 12 });
    expect(Math.exp((-level * 2 * space.half) / 128)).toBeCloseTo(0.5, 9);
  });

  it('leaves specks out, says how many, and keeps them if asked', async () => {
    const specked = {
      query: async (points: Float32Array) => {
        const seen = await field.query(points);
        for (let i = 0; i < seen.densities.length; i++) {
          const far = Math.hypot(points[3 * i]! + 1.2, points[3 * i + 1]!, points[3 * i + 2]! - 1.7);
          if (far < 0.07) seen.densities[i] = 500;
        }
        return seen;
      },
    };
    const options = { resolution: 48, level: 30 };
    const without = await extractSceneMesh(specked, space, { ...options, speck: 0.01 });
    expect(without).toMatchObject({ pieces: 1, specks: 1 });
    const withIt = await extractSceneMesh(specked, space, { ...options, speck: 0 });
    expect(withIt).toMatchObject({ pieces: 2, specks: 0 });
    expect(withIt.surface.positions.length).toBeGreaterThan(without.surface.positions.length);
    expect(without.surface.triangles.reduce((most, vertex) => Math.max(most, vertex), 0)).toBe(
      without.surface.positions.length / 3 - 1,
    );
    expect(meshBounds(without.surface).max[2]).toBeLessThan(1.5);
  });

  it('leaves a mesh’s origin to it when specks go', () => {
    const positions = Float32Array.from({ length: 21 }, (_, i) => i);
    const triangles = Uint32Array.of(0, 1, 2, 1, 2, 3, 4, 5, 6);
    const kept = withoutSpecks({ positions, triangles, origin: [1e6, 0, -3] }, 0.5);
    expect(kept).toMatchObject({ pieces: 1, specks: 1, surface: { origin: [1e6, 0, -3] } });
    expect(kept.surface.positions).toEqual(positions.slice(0, 12));
    expect(kept.surface.triangles).toEqual(triangles.slice(0, 6));
  });

  it('says that there is nothing, and how dense it is', async () => {
    const thin = extractSceneMesh(field, space, { resolution: 8, level: 1e5 });
    await expect(thin).rejects.toThrow(
      /no density in the cube of side 3.2 reaches the level 1\.00e\+5; the densest point/,
    );
    await expect(extractSceneMesh(field, space, { level: 0 })).rejects.toThrow(
      /a level of 0; expected a density above 0/,
    );
    const diverged = {
      query: (points: Float32Array) =>
        Promise.resolve({ densities: new Float32Array(points.length / 3).fill(NaN), colours: points }),
    };
    await expect(extractSceneMesh(diverged, space, { resolution: 8 })).rejects.toThrow(/the field gave NaN/);
  });
});
