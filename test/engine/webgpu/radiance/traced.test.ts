// Rays that a GPU makes out of their numbers against rays that are sent to it: the same steps of the same run, checkpoints that go from
// one to the other, views, what is told where the CPU goes on making them, and what goes to the device, counted on the null backend.
import { createHash } from 'node:crypto';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import {
  createRandom,
  createSelector,
  fit,
  type PixelRays,
  type Pool,
  type Selector,
  type Snapshot,
} from '../../../../src/core/index.js';
import { allOf, someOf } from '../../../../src/core/samples.js';
import { HASH_GRID_ADAM, radianceField, type FieldSpace } from '../../../../src/engine/models/index.js';
import type { RadianceTrainerOptions } from '../../../../src/engine/training/rays/types.js';
import type { Gpu } from '../../../../src/engine/webgpu/gpu.js';
import { WebGpuRayTrainer } from '../../../../src/engine/webgpu/radiance/trainer.js';
import type { GpuSource } from '../../../../src/engine/webgpu/trainer.js';
import { createIntrinsics } from '../../../../src/nerf/cameras/intrinsics.js';
import { colourGradientErrors } from '../../../../src/nerf/rays/colour-gradient.js';
import { createRayPool, type RayPool } from '../../../../src/nerf/rays/pool.js';
import { rayTiles } from '../../../../src/nerf/rays/tiles.js';
import { holdToContract } from '../../trainer-contract.js';
import { classes, count, none } from '../counting.js';
import { found, keptGpu, openNull, skip, why } from '../support.js';
import { lookFrom, noisyPool, viewsOf } from './scenes.js';

const open: WebGpuRayTrainer[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const trainer of open.splice(0)) await trainer.dispose();
});
afterAll(() => found?.close());

const SEED = 73;
const space: FieldSpace = { centre: [0.1, 0, -0.1], half: 1, contracted: false, near: 0.1, far: 6 };
const field = radianceField({
  ...{ space, levels: 2, log2TableSize: 5, baseResolution: 2, finestResolution: 4, width: 8, depth: 1 },
});
const size = { width: 24, height: 18 };
const views = viewsOf([
  [createIntrinsics({ ...size, fx: 20 }), lookFrom([2.5, 0, 0.5])],
  [createIntrinsics({ ...size, fx: 18, k1: -0.2, k2: 0.05, p1: 0.001 }), lookFrom([-1, 2, 1])],
  [createIntrinsics({ ...size, fx: 14, model: 'opencv-fisheye', k1: -0.02 }), lookFrom([-1, -2, 0.2])],
]);
const background = [0.2, 0.4, 0.9] as const;
// An ordinary ε: with 10⁻¹⁵ Adam makes whole steps of gradients that are nothing but rounding.
const adam = { ...HASH_GRID_ADAM, epsilon: 1e-3 };
const pool = noisyPool(views, { background });

function make(
  options: Partial<RadianceTrainerOptions> = {},
  how: ConstructorParameters<typeof WebGpuRayTrainer>[2] = {},
  source: GpuSource = keptGpu,
): WebGpuRayTrainer {
  const given = { field, adam, seed: SEED, device: 'webgpu', background } as const;
  const trainer = new WebGpuRayTrainer({ ...given, samplesPerRay: 8, ...options }, source, how);
  open.push(trainer);
  return trainer;
}

/** Chooses by errors and by patches, and never every fifth ray. */
const selector = (strategy: string): Selector =>
  createSelector<string>({
    ...{ strategy, size: pool.size, views: pool.views, batchSize: 80, steps: 20, seed: SEED },
    ...{ layout: rayTiles(pool.views, 4), patchOperator: colourGradientErrors },
    excluded: (ray) => ray % 5 === 0,
  });

/** Trains so many steps. @returns what was chosen, and the losses */
async function train(trainer: WebGpuRayTrainer, by: Selector, steps: number) {
  const [chosen, losses]: [string[], number[]] = [[], []];
  for await (const event of fit({ pool, trainer, selector: by, steps })) {
    if (event.type !== 'step') continue;
    chosen.push(event.indices.join());
    losses.push(event.loss);
  }
  return { chosen, losses };
}

function digest({ values, arrays }: Snapshot): string {
  const hash = createHash('sha256').update(JSON.stringify(values));
  for (const array of Object.values(arrays)) hash.update(new Uint8Array(array.buffer));
  return hash.digest('hex');
}

const far = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((value, i) => Math.abs(value / b[i]! - 1)));

describe.skipIf(skip)(`rays made on the GPU, seed ${SEED}${why}`, () => {
  it.each([
    ['evos', 'random'],
    ['evos-online', background],
  ] as const)('take the steps of rays that are sent: %s before %s', async (strategy, behind) => {
    const [made, sent] = [make({ pool, background: behind }), make({ background: behind })];
    expect([made.capabilities.resident, sent.capabilities.resident]).toEqual([true, false]);
    expect([made.note, sent.note]).toEqual([undefined, undefined]);
    const gathered = vi.spyOn(pool, 'gather');
    const got = await train(made, selector(strategy), 20);
    expect(gathered).not.toHaveBeenCalled();
    const wanted = await train(sent, selector(strategy), 20);
    expect(got.chosen).toEqual(wanted.chosen);
    expect(got.losses).toHaveLength(20);
    expect(far(got.losses, wanted.losses)).toBeLessThan(2e-6);
  });

  it('give the same bits each time, and go on from a checkpoint of either', async () => {
    const by = selector('evos');
    const first = make({ pool });
    const before = await train(first, by, 5);
    const [state, chooser] = [await first.snapshot(), by.snapshot()];
    const after = await train(first, by, 12);
    const end = digest(await first.snapshot());

    const again = make({ pool });
    expect(await train(again, selector('evos'), 5)).toEqual(before);
    expect(digest(await again.snapshot())).toBe(digest(state));

    const goOn = async (trainer: WebGpuRayTrainer, from: Snapshot) => {
      const other = selector('evos');
      other.restore(chooser);
      await trainer.restore(from);
      return { ...(await train(trainer, other, 12)), end: digest(await trainer.snapshot()) };
    };
    expect(await goOn(make({ pool }), state)).toEqual({ ...after, end });
    const other = make();
    await train(other, selector('evos'), 5);
    for (const [options, from] of [
      [{}, state],
      [{ pool }, await other.snapshot()],
    ] as const) {
      const { chosen, losses } = await goOn(make(options), from);
      expect(chosen).toEqual(after.chosen);
      expect(far(losses, after.losses)).toBeLessThan(2e-6);
    }
  });

  it('have weights, come whole or in passes, and are scored, with targets for whoever wants predictions', async () => {
    const weights = Float32Array.from({ length: pool.size }, (_, i) => (i % 3) / 2);
    const { inputs, targets } = pool.gather(allOf(pool.size));
    const wants = ['errors', 'absolute', 'predictions'] as const;
    const [made, sent] = [
      make({ pool, background: 'random' }, { passSamples: 2000 }),
      make({ background: 'random' }, { passSamples: 2000 }),
    ];
    const batch = { ...allOf(pool.size), weights, inputs: none, targets: none };
    for (const call of ['score', 'step'] as const) {
      const got = await made[call](batch, { wants });
      const wanted = await sent[call]({ ...batch, inputs, targets }, { wants });
      expect(Math.abs(got.loss / wanted.loss - 1)).toBeLessThan(1e-6);
      for (const name of wants) {
        const off = got[name]!.map((value, i) => Math.abs(value - wanted[name]![i]!));
        expect(Math.max(...off), name).toBeLessThan(1e-5);
      }
      const unlike = got.targets!.map((value, i) =>
        weights[Math.floor(i / 3)] === 0 ? value : Math.abs(value - targets[i]!),
      );
      expect(Math.max(...unlike)).toBeLessThan(2e-7);
      expect(wanted.targets).toBeUndefined();
      expect((await made.score(batch, { wants: ['errors'] })).targets).toBeUndefined();
    }
    const odd = { ...someOf(Uint32Array.of(1, pool.size)), inputs: none, targets: none };
    await expect(made.step(odd, { wants })).rejects.toThrow(
      `step: got index ${pool.size} at position 1, expected indices below ${pool.size}`,
    );
  });

  it('are the pixels of a view that is rendered', async () => {
    const trainer = make({ background: 'random' }, { passSamples: 800 });
    await train(trainer, selector('uniform'), 3);
    for (const [i, view] of views.entries()) {
      const first = pool.firstOfView[i]! + 30;
      const { inputs } = pool.gather(someOf(Uint32Array.from({ length: 350 }, (_, ray) => first + ray)));
      const wanted = await trainer.render(inputs.slice());
      const got = await trainer.renderPixels(view, 30, 350);
      for (const name of ['colours', 'opacities', 'depths'] as const) {
        expect(got[name]).toHaveLength(wanted[name].length);
        const off = got[name].map((value, k) => Math.abs(value - wanted[name][k]!));
        expect(Math.max(...off), name).toBeLessThan(2e-5);
      }
    }
    const [view] = views;
    await expect(trainer.renderPixels(view!, 400, 40)).rejects.toThrow(
      'renderPixels: got 40 pixels from 400 on, expected some of the 24×18 that the camera has',
    );
  });
});

holdToContract({
  name: 'a radiance field whose rays the GPU makes',
  skip: skip && `no WebGPU${why}`,
  make: () =>
    new WebGpuRayTrainer(
      { field, adam, seed: SEED, device: 'webgpu', background, samplesPerRay: 8, pool },
      keptGpu,
    ),
  batch(rays, seed) {
    const random = createRandom(seed);
    const chosen = someOf(Uint32Array.from({ length: rays }, () => random.below(pool.size)));
    const { inputs, targets } = pool.gather(chosen);
    return { ...chosen, inputs: inputs.slice(), targets: targets.slice() };
  },
  repeats: false,
});

const seen = (given: Partial<PixelRays>): Pool => ({
  ...{ size: pool.size, inputDim: 6, targetDim: 3, gather: (samples) => pool.gather(samples) },
  pixelRays: { ...pool.pixelRays, photograph: (i) => pool.pixelRays.photograph(i), ...given },
});

describe('rays that go on being made on the CPU', () => {
  const camera = views[1]!;
  const large = createIntrinsics({ width: 2 ** 12, height: 2 ** 13, fx: 5000 });
  const pixels = new Uint8Array(3 * 2 ** 25);
  const unread = (): RayPool => {
    const other = createRayPool({ views, hasAlpha: false });
    other.setPixels(0, new Uint8Array(3 * 24 * 18), 3);
    return other;
  };
  it.each<[string, () => Pool, RegExp]>([
    [
      'a lens that is not known',
      () =>
        seen({
          cameras: views.map((view, i) =>
            i === 1 ? { ...camera, intrinsics: { ...camera.intrinsics, model: 'equirectangular' } } : view,
          ),
        }),
      /^rays are made on the CPU and sent to the GPU: the lens model equirectangular of camera 1 is not among its kernels, which have pinhole, opencv, opencv-rational, opencv-fisheye$/,
    ],
    [
      'a lens that bends back',
      () => noisyPool(viewsOf([[createIntrinsics({ ...size, fx: 14, k1: -1 / 3 }), camera.pose]])),
      /the lens of v0 \(opencv\) bends its picture back into itself/,
    ],
    [
      'photographs that are not read',
      unread,
      /: not all photographs are in memory when the trainer is made$/,
    ],
    [
      'photographs that are too large',
      () => ({
        ...seen({
          cameras: [1, 2, 3, 4, 5, 6].map(() => ({ ...camera, intrinsics: large })),
          photograph: () => ({ channels: 3, data: pixels }),
        }),
        size: 6 * 2 ** 25,
      }),
      /: its photographs take 576 MiB, and every GPU can bind 4 × 128 MiB of them; smaller ones fit$/,
    ],
  ])('are so because of %s, which is told', (_, given, note) => {
    const trainer = make({ pool: given() });
    expect(trainer.note).toMatch(note);
    expect(trainer.capabilities.resident).toBe(false);
  });

  it.each<[string, Pool, RegExp]>([
    ['cameras', seen({ cameras: views.slice(1) }), /got cameras of 864 pixels together, expected 1296/],
    [
      'a pose',
      seen({ cameras: views.map((v) => ({ ...v, pose: [1] })) }),
      /got a pose of 1 numbers, expected 16/,
    ],
    [
      'a lens',
      seen({ cameras: views.map((v) => ({ ...v, intrinsics: { ...v.intrinsics, k1: NaN } })) }),
      /camera 0: got k1 NaN, expected a finite number/,
    ],
    [
      'photographs',
      seen({ photograph: () => ({ channels: 3, data: new Uint8Array(3) }) }),
      /got 3 bytes of photograph 0, expected 1296, as its camera has pixels/,
    ],
    ['a background', seen({ background: [0, 2, 0] }), /got the background \[0,2,0\], expected red, green/],
    ['no rays', { ...seen({}), inputDim: 2 }, /got samples of 2 inputs and 3 targets, expected 6/],
  ])('are refused with %s that is none', (_, given, message) => {
    expect(() => make({ pool: given })).toThrow(message);
  });
});

describe('what goes to the device with rays that it makes', () => {
  async function onNull(options: Partial<RadianceTrainerOptions>) {
    const gpu = await openNull();
    // What comes back of a device that computes nothing is anything; here it is nothing.
    vi.spyOn(classes.GPUBuffer.prototype, 'getMappedRange').mockImplementation(
      (_, bytes = 0) => new ArrayBuffer(bytes),
    );
    const source = { open: () => Promise.resolve(gpu), release: (of: Gpu) => of.close() };
    return make(options, {}, source);
  }

  it('is at most 12 bytes a ray, in one submit with one read-back, and no buffer anew', async () => {
    const rays = 4096;
    const wide = noisyPool(viewsOf([[createIntrinsics({ width: 100, height: 80, fx: 90 }), views[0]!.pose]]));
    const trainer = await onNull({ pool: wide, samplesPerRay: 4 });
    const batch = (start: number, weights?: Float32Array) => ({
      ...someOf(Uint32Array.from({ length: rays }, (_, i) => start + i)),
      ...(weights && { weights }),
      ...{ inputs: none, targets: none },
    });
    const wants = ['errors', 'predictions'] as const;
    const weights = new Float32Array(rays).fill(0.5);
    for (let step = 0; step < 8; step++) await trainer.step(batch(step, weights), { wants });
    await trainer.step(batch(9), { wants });
    const counts = count();
    const sent = vi.spyOn(classes.GPUQueue.prototype, 'writeBuffer');
    const back = vi.spyOn(classes.GPUBuffer.prototype, 'mapAsync');
    await trainer.step(batch(100), { wants });
    const bytes = (from: number) =>
      sent.mock.calls.slice(from).reduce((sum, call) => sum + Number(call[4]), 0);
    expect(counts()).toMatchObject({ submits: 1, maps: 1, buffers: 0 });
    // Four a ray, and the uniforms of the dispatches.
    const plain = bytes(0);
    expect(plain).toBe(4 * rays + 256 * counts().dispatches);
    expect(plain / rays).toBeLessThan(12);
    // Its error, its colour and what it should have seen; the number of samples, and what is known of the density grid.
    expect(back.mock.calls[0]?.[2]).toBe(28 * rays + 12);
    const calls = sent.mock.calls.length;
    await trainer.step(batch(200, weights), { wants });
    expect(bytes(calls) - plain).toBe(4 * rays);
    expect(counts()).toMatchObject({ submits: 2, maps: 2, buffers: 0 });
    // Of whoever wants no colours: with the ray's number and its weight 12 bytes a ray.
    await trainer.step(batch(200, weights), { wants: ['errors'] });
    expect(back.mock.calls[2]?.[2]).toBe(4 * rays + 12);
    // A view is its camera, whatever its pixels.
    const before = sent.mock.calls.length;
    await trainer.renderPixels(views[0]!, 0, 400);
    expect(sent.mock.calls[before]?.[4]).toBe(4 * (28 + 256));
    expect(bytes(before)).toBeLessThan(8192);
  });

  it('is cameras and photographs once, as bytes', async () => {
    const trainer = await onNull({ pool });
    const wants = ['errors'] as const;
    const batch = { ...someOf(Uint32Array.of(1, 2, 3)), inputs: none, targets: none };
    const sent = vi.spyOn(classes.GPUQueue.prototype, 'writeBuffer');
    const named = (label: string) =>
      sent.mock.calls.filter(([buffer]) => buffer.label === label).map((call) => Number(call[4]));
    for (let step = 0; step < 3; step++) await trainer.step(batch, { wants });
    expect(named('photographs0')).toEqual([3, 4, 3].map((channels) => 24 * 18 * channels));
    expect(named('cameras')).toEqual([4 * (3 * 28 + 256)]);
    expect(named('chosen')).toEqual([12, 12, 12]);
  });
});
