// The trainer of radiance fields on a GPU, most often a program on the CPU: its own promises; and on Dawn's null backend, what a
// step costs in dispatches, submits and buffers. Its steps against the CPU's and the reference's: test/engine/radiance.
import { createHash } from 'node:crypto';
import { build } from 'esbuild';
import { globals } from 'webgpu';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { createRandom, EvosError, type Batch } from '../../../../src/core/index.js';
import {
  createField,
  HASH_GRID_ADAM,
  positionalField,
  radianceField,
  type FieldSpace,
} from '../../../../src/engine/models/index.js';
import type { RadianceTrainerOptions } from '../../../../src/engine/training/rays/types.js';
import type { Gpu } from '../../../../src/engine/webgpu/gpu.js';
import { FieldCommands } from '../../../../src/engine/webgpu/radiance/commands.js';
import { layOutField, whyNotField } from '../../../../src/engine/webgpu/radiance/layout.js';
import { planField } from '../../../../src/engine/webgpu/radiance/plan.js';
import { WebGpuRayTrainer } from '../../../../src/engine/webgpu/radiance/trainer.js';
import type { GpuSource } from '../../../../src/engine/webgpu/trainer.js';
import { batchOf } from '../../trainer-contract.js';
import { found, keptGpu, openNull, skip, why } from '../support.js';

const open: WebGpuRayTrainer[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const trainer of open.splice(0)) await trainer.dispose();
});
afterAll(() => found?.close());

const SEED = 71;
const space: FieldSpace = { centre: [0, 0, 0], half: 1, contracted: false, near: 0.1, far: 6 };
const small = { levels: 2, log2TableSize: 5, baseResolution: 2, finestResolution: 4, width: 8, depth: 1 };

function make(
  options: Partial<RadianceTrainerOptions> = {},
  how: ConstructorParameters<typeof WebGpuRayTrainer>[2] = {},
  source: GpuSource = keptGpu,
): WebGpuRayTrainer {
  const field = radianceField({ space, ...small });
  const given = { field, adam: HASH_GRID_ADAM, seed: SEED, device: 'webgpu', background: 'random' } as const;
  const trainer = new WebGpuRayTrainer({ ...given, samplesPerRay: 8, ...options }, source, how);
  open.push(trainer);
  return trainer;
}

/** Rays from all around through the middle. */
function someRays(size: number, seed: number): Batch {
  const random = createRandom(seed);
  const inputs = new Float32Array(6 * size);
  for (let i = 0; i < size; i++) {
    const v = [0, 1, 2].map(() => 2 * random.float() - 1);
    const direction = v.map((value) => value / Math.hypot(...v));
    inputs.set([...direction.map((d) => 0.3 * random.float() - 2 * d), ...direction], 6 * i);
  }
  return batchOf(
    inputs,
    Float32Array.from({ length: 3 * size }, () => random.float()),
    size,
  );
}

const wants = ['errors', 'absolute', 'predictions'] as const;

describe.skipIf(skip)(`the WebGPU trainer of radiance fields, seed ${SEED}${why}`, () => {
  async function run(trainer: WebGpuRayTrainer) {
    const results: unknown[] = [];
    const fresh = await trainer.snapshot();
    // The eighth step looks into cells.
    await trainer.restore({ ...fresh, values: { ...fresh.values, steps: 6 } });
    for (let step = 0; step < 2; step++) {
      const { loss, ...arrays } = await trainer.step(someRays(20 + step, step), { wants });
      results.push(loss, ...Object.values(arrays).map((array) => Array.from(array)));
    }
    // Two million cells compare fast as bytes.
    const { arrays } = await trainer.snapshot();
    const hash = createHash('sha256');
    for (const array of Object.values(arrays)) hash.update(new Uint8Array(array.buffer));
    return { results, state: hash.digest('hex'), seen: await trainer.render(someRays(9, 1).inputs) };
  }

  it('gives the same bits each time, and in every order of its invocations', async () => {
    const wanted = await run(make());
    expect(await run(make())).toEqual(wanted);
    expect(await run(make({}, { order: 'bits' }))).toEqual(wanted);
  });

  it('takes the same steps in passes of few samples, up to rounding', async () => {
    const [whole, cut] = [
      make({ adam: { epsilon: 1e-3 } }),
      make({ adam: { epsilon: 1e-3 } }, { passSamples: 8 }),
    ];
    // A pass for each ray, more than are sent before they are waited for.
    for (let step = 0; step < 3; step++) {
      const weights = Float32Array.from({ length: 35 }, (_, ray) => ray % 4);
      const batch = { ...someRays(35, step), weights };
      const [a, b] = [await whole.step(batch, { wants }), await cut.step(batch, { wants })];
      expect(Math.abs(a.loss / b.loss - 1)).toBeLessThan(1e-5);
      a.errors!.forEach((error, ray) => expect(b.errors![ray]).toBeCloseTo(error, 5));
    }
    await expect(cut.restore(await whole.snapshot())).rejects.toThrow(
      /this checkpoint's passSamples is 65536, but this trainer's is 8/,
    );
  });
});

async function onNull(options: Partial<RadianceTrainerOptions> = {}) {
  const gpu = await openNull();
  // What comes back of a device that computes nothing is anything; here it is nothing.
  vi.spyOn(classes.GPUBuffer.prototype, 'getMappedRange').mockImplementation(
    (_, size = 0) => new ArrayBuffer(size),
  );
  const source = { open: () => Promise.resolve(gpu), release: (of: Gpu) => of.close() };
  return { trainer: make(options, {}, source), gpu };
}

interface Classes {
  readonly GPUComputePassEncoder: { readonly prototype: GPUComputePassEncoder };
  readonly GPUQueue: { readonly prototype: GPUQueue };
  readonly GPUBuffer: { readonly prototype: GPUBuffer };
  readonly GPUDevice: { readonly prototype: GPUDevice };
}
const classes = globals as Classes;

describe('a step of a radiance field on the null backend', () => {
  it('is at most 27 dispatches, one submit and one read-back, and makes no buffer anew', async () => {
    const { trainer } = await onNull({ field: radianceField({ space }), samplesPerRay: 32 });
    const batch = someRays(100, 1);
    for (let step = 0; step < 16; step++) await trainer.step(batch, { wants });
    const spies = {
      dispatches: vi.spyOn(classes.GPUComputePassEncoder.prototype, 'dispatchWorkgroups'),
      submits: vi.spyOn(classes.GPUQueue.prototype, 'submit'),
      maps: vi.spyOn(classes.GPUBuffer.prototype, 'mapAsync'),
      buffers: vi.spyOn(classes.GPUDevice.prototype, 'createBuffer'),
    };
    const counts = () => Object.values(spies).map(({ mock }) => mock.calls.length);
    for (let step = 0; step < 7; step++) await trainer.step(batch, { wants });
    // Three to draw samples, lookup, 2 + 3 forward, directions, rendering, 5 by weights, 5 by inputs, their join, scatter, Adam twice,
    // and two that tell the density grid.
    expect(counts()).toEqual([7 * 27, 7, 7, 0]);
    await trainer.step(batch, { wants });
    // Cells are looked into, in two passes: points, lookup, 2 forward and one that tells the grid; one that moves it, and three that
    // survey it.
    expect(counts()).toEqual([8 * 27 + 2 * 5 + 4, 8, 8, 0]);
  });

  it('ends in an error that says what to do when the device is lost in the middle', async () => {
    const { trainer, gpu } = await onNull();
    await trainer.step(someRays(10, 1), { wants });
    gpu.device.destroy();
    const step = trainer.step(someRays(10, 1), { wants });
    await expect(step).rejects.toThrow(
      /the GPU was lost in the middle of training \(destroyed.*last checkpoint/,
    );
    await expect(step).rejects.toMatchObject({ code: 'device' });
    await expect(trainer.snapshot()).rejects.toBeInstanceOf(EvosError);
  });

  it('frees every buffer with the trainer', async () => {
    const { trainer } = await onNull();
    const made = vi.spyOn(classes.GPUDevice.prototype, 'createBuffer');
    const freed = vi.spyOn(classes.GPUBuffer.prototype, 'destroy');
    for (const size of [10, 400]) await trainer.step(someRays(size, 1), { wants });
    await trainer.query(new Float32Array(9));
    await trainer.snapshot();
    await trainer.dispose();
    expect(made.mock.calls.length).toBeGreaterThan(30);
    expect(freed.mock.calls.length).toBe(made.mock.calls.length);
    await expect(trainer.render(new Float32Array(6))).rejects.toThrow(/disposed; make a new one/);
  });

  it('holds no buffer more after a thousand steps than after a hundred', async () => {
    const { trainer } = await onNull({ averaging: 0.1 });
    const made = vi.spyOn(classes.GPUDevice.prototype, 'createBuffer');
    const freed = vi.spyOn(classes.GPUBuffer.prototype, 'destroy');
    const held: number[] = [];
    for (let step = 1; step <= 1000; step++) {
      await trainer.step(someRays(1 + (step % 100), 1), { wants: step % 2 === 0 ? wants : [] });
      if (step % 100 !== 0) continue;
      await trainer.render(new Float32Array(60));
      await trainer.restore(await trainer.snapshot());
      held.push(made.mock.calls.length - freed.mock.calls.length);
    }
    expect(held[0]).toBeGreaterThan(20);
    expect(new Set(held).size, held.join()).toBe(1);
    await trainer.dispose();
  });
});

describe('what these kernels make of a field', () => {
  it.each([
    [radianceField({ space }), undefined],
    [createField('siren', space), undefined],
    [
      positionalField({ space }),
      'as a radiance field nerf is not made of dense layers, nor of a hash grid and dense layers',
    ],
    [
      radianceField({ space, log2TableSize: 22, levels: 12, finestResolution: 2048 }),
      'its table has more rows than a GPU must be able to bind',
    ],
    [radianceField({ space, width: 2 ** 15 }), 'its layers are too wide'],
  ])('is told by name where they cannot train it: %#', (field, reason) => {
    expect(whyNotField(field, 32)).toBe(reason);
  });

  it.each([1, 63, 11_000, 65_567])('is cut without gaps: %i samples', (rows) => {
    for (const field of [radianceField({ space }), createField('siren', space)]) {
      const { slices, chunk } = planField(layOutField(field)!, rows);
      expect(slices * chunk).toBeGreaterThanOrEqual(rows);
      expect((slices - 1) * chunk).toBeLessThan(rows);
    }
  });

  it('has tiles where its layers are wide, and none where they are thin', () => {
    const layout = layOutField(createField('siren', space))!;
    const plan = planField(layout, 300);
    const pass = { rows: 300, rays: 10, samplesPerRay: 30, plan, writing: {}, batch: 10 };
    const commands = new FieldCommands(layout).rays({ ...pass, targets: false, gradient: 'first' });
    const all = commands.map(({ kernel, groups }) => `${kernel.name} ${groups.join()}`);
    // Four layers of 256 and a thin colour behind them; two slices of 160 samples.
    expect(all.filter((name) => name.startsWith('forward-sine-64 4,5,1'))).toHaveLength(4);
    expect(all.filter((name) => name.startsWith('inputs-sine-64 4,5,1'))).toHaveLength(4);
    expect(all.filter((name) => name.startsWith('weights-64 4,4,2'))).toHaveLength(3);
    // The first layer has three inputs, the last but the colour's gives 16 numbers.
    expect(all.filter((name) => name.startsWith('narrow-weights'))).toEqual([
      'narrow-weights 4,4,2',
      'narrow-weights 4,1,2',
    ]);
    expect(all.filter((name) => name.startsWith('thin-weights'))).toEqual([
      'thin-weights 1,2,1',
      'thin-weights 4,2,1',
      'thin-weights 2,2,1',
    ]);
    expect(all.filter((name) => name.startsWith('scatter'))).toEqual([]);
  });

  it('bundles for a browser without a Node module', async () => {
    const { metafile } = await build({
      ...{ entryPoints: ['src/engine/webgpu/radiance/trainer.ts'], bundle: true, format: 'esm' },
      ...{ platform: 'browser', write: false, metafile: true, logLevel: 'silent', external: ['node:*'] },
    });
    const external = Object.values(metafile.inputs).flatMap(({ imports }) =>
      imports.filter((of) => of.external),
    );
    expect(external.map(({ path }) => path).filter((path) => path !== '<runtime>')).toEqual([]);
  });
});
