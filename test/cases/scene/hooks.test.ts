// What a trainer of somebody's own meets under masks: one test for each report.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createRaySampler } from '../../../src/adapters/rays/index.js';
import { evos } from '../../../src/core/index.js';
import { FeedbackReader } from '../../../src/core/selectors/feedback.js';
import { Draw } from '../../../src/core/selectors/draw.js';
import { loadScene } from '../../../src/nerf/files/load.js';
import { createRayPool, pixelSource, type RayBatch } from '../../../src/nerf/index.js';
import { fakeTrainers } from '../../recipes/modalities/scene/fake.js';
import { collect, fitSceneHere } from '../../recipes/modalities/scene/here.js';
import {
  emptyFolder,
  photographs,
  photoName,
  png,
  pngOf,
  ring,
  transforms,
  transformsFolder,
  writeAll,
} from '../../nerf/files/scene-folders.js';

const root = mkdtempSync(path.join(tmpdir(), 'evos-cases-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** The ring, the left half of whose photographs is masked. */
async function maskedPool() {
  const folder = await transformsFolder({}, (frame) => (frame['mask_path'] = 'half.png'));
  const half = Array.from({ length: 96 }, (_, i) => (i % 12 < 6 ? 0 : 255));
  writeAll(folder, { 'half.png': await pngOf(12, 8, 1, half) });
  return createRayPool(await loadScene(folder));
}

const isMasked = (index: number): boolean => index % 12 < 6;

describe('rays under a mask', () => {
  it('are never drawn, by any strategy', async () => {
    const pool = await maskedPool();
    await pool.load();
    for (const strategy of ['evos', 'evos-online', 'uniform', 'error-map'] as const) {
      const sampler = createRaySampler(pool, { strategy, seed: 1 });
      for (let step = 0; step < 30; step++) {
        const batch = sampler.next(256);
        expect([...batch.indices].filter(isMasked), strategy).toEqual([]);
        sampler.report(batch, { predictions: new Float32Array(3 * 256) });
      }
    }
  });

  it('have no weight where a trainer draws them nevertheless, and what it reports of them is not looked at', () => {
    const draw = new Draw();
    draw.resize(3, true);
    draw.wants = ['errors'];
    draw.weights = Float32Array.of(1, 0, 1);
    const targets = Float32Array.of(0, 0, 0, 1, 1, 1, 0, 0, 0);
    const predictions = Float32Array.of(1, 1, 1, NaN, NaN, NaN, 0, 0, 0);
    const reader = new FeedbackReader({ size: 3, seed: 1 });
    const found = reader.read(draw, { predictions, targets });
    expect([...found.errors!]).toEqual([1, 0, 0]);
    expect([...reader.read(draw, { errors: Float32Array.of(1, NaN, 0) }).errors!]).toEqual([1, 0, 0]);
    draw.weights = Float32Array.of(1, 1, 1);
    expect(() => reader.read(draw, { predictions, targets })).toThrow(
      /error\[1\]|error of sample 1|not finite|NaN/i,
    );
  });
});

describe('setPixels', () => {
  it("leaves the view's mask in force, read before or not", async () => {
    const pixels = new Uint8Array(3 * 96).fill(7);
    const count = (pool: Awaited<ReturnType<typeof maskedPool>>): number =>
      Array.from({ length: 96 }, (_, i) => pool.excluded!(i)).filter(Boolean).length;
    const read = await maskedPool();
    await read.load();
    read.setPixels(0, pixels, 3);
    expect([count(read), read.picture(0)[0]]).toEqual([48, 7]);

    const unread = await maskedPool();
    unread.setPixels(0, pixels, 3);
    expect(() => unread.excluded!(0)).toThrow(/the mask of view 0 is not in memory; call load\(\)/);
    await unread.load([0]);
    expect([count(unread), unread.picture(0)[0]]).toEqual([48, 7]);
    // Once more keeps it.
    unread.setPixels(0, pixels, 3);
    expect(count(unread)).toBe(48);
  });
});

describe('tiles that are masked all over', () => {
  const views = Array.from({ length: 10 }, () => ({ width: 64, height: 64 }));
  // The last quarter of every picture: two of eight columns of tiles.
  const excluded = (index: number): boolean => index % 64 >= 48;
  const errorOf = (row: number): number => (row < 8 ? 1 : 0.01);

  function drawn(settings: object): { live: number; hard: number } {
    const sampler = createRaySampler(
      { ...pixelSource(views), excluded },
      { strategy: 'evos', seed: 1, ...settings },
    );
    let [live, hard, all] = [0, 0, 0];
    for (let step = 0; step < 300; step++) {
      const batch: RayBatch = sampler.next(512);
      for (let i = 0; i < batch.size; i++) {
        all++;
        live += +!excluded(batch.indices[i]!);
        hard += +(batch.rows[i]! < 8);
      }
      sampler.report(batch, { errors: Float32Array.from(batch.rows, errorOf) });
    }
    return { live: live / all, hard: hard / all };
  }

  it('are never elite: every ray counts, and as many are of hard tiles as of pictures without masks', () => {
    expect(drawn({}).live).toBe(1);
    expect(drawn({ mutation: undefined, mutationShare: 0 }).live).toBe(1);
    // An eighth of the tiles is hard. A tenth of the tiles as elite, without mutants, leaves patches alone elsewhere.
    expect(drawn({ ratio: 0.1, mutationShare: 0 }).hard).toBeGreaterThan(0.75);
  });

  it('nor where no tile has any error, or more than that are wanted', () => {
    const layout = { count: 8, sizeOf: () => 8, sampleAt: (tile: number, i: number) => 8 * tile + i };
    const patches = {
      ...layout,
      patchAt: (_: number, __: unknown, places: Uint32Array) => places.set([0, 1, 2, 3]),
    };
    const hidden = (index: number): boolean => index < 40;
    const selector = evos({
      size: 64,
      layout: patches,
      excluded: hidden,
      interval: 1,
      ratio: 1,
      mutationShare: 0,
      seed: 1,
    });
    for (let step = 0; step < 20; step++) {
      const { indices, id } = selector.next({ batchSize: 24 });
      expect([...indices].filter(hidden)).toEqual([]);
      selector.report({ id }, new Float32Array(24));
    }
    const order = selector.snapshot().arrays['isElite'] as Uint8Array;
    expect([...order]).toEqual([0, 0, 0, 0, 0, 1, 1, 1]);
  });
});

describe('photographs one pixel wide', () => {
  it('are fitted, compared and drawn like others', async () => {
    const one = await png(1, 6);
    const folder = writeAll(emptyFolder(), {
      ...(await photographs()),
      ...Object.fromEntries(ring.map((_, i) => [`images/${photoName(i)}`, one])),
      'transforms.json': transforms({ w: 1, h: 6, cx: 0.5, cy: 3, k1: 0, p1: 0 }),
    });
    const { make } = fakeTrainers();
    const settings = { steps: 4, rays: 12, device: 'cpu', measureEvery: 4 } as const;
    const events = await collect(
      fitSceneHere({ input: folder, ...settings, out: path.join(root, 'thin') }, make),
    );
    expect(events.at(-1)).toMatchObject({ type: 'result' });
  });
});
