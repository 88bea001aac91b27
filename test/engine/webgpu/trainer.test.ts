// The trainer on a GPU, most often a program on the CPU, against the plain reference and its own promises; and on Dawn's null
// backend, what a step costs in dispatches, submits and bytes.
import { build } from 'esbuild';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { createRandom, EvosError } from '../../../src/core/index.js';
import { allOf, someOf } from '../../../src/core/samples.js';
import { hashGrid, siren, type ModelDefinition } from '../../../src/engine/models/index.js';
import type { TrainerOptions } from '../../../src/engine/training/options.js';
import { Gpu } from '../../../src/engine/webgpu/gpu.js';
import { WebGpuTrainer } from '../../../src/engine/webgpu/trainer.js';
import type { Writing } from '../../../src/engine/webgpu/wgsl/ids.js';
import { layersFromState } from '../../reference/siren-layers.js';
import { ReferenceTrainer } from '../../reference/siren.js';
import { batchOf, holdToContract } from '../trainer-contract.js';
import { classes, count, none, numbers, onNull as openOnNull, poolOf, small, some } from './counting.js';
import { found, keptGpu, skip, why } from './support.js';

const open: WebGpuTrainer[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const trainer of open.splice(0)) await trainer.dispose();
});
afterAll(() => found?.close());

/** Too wide for one kernel. */
const wide = siren({ inputDim: 2, outputDim: 3, width: 80, depth: 1 });

function make(options: Partial<TrainerOptions> = {}, writing: Writing = {}): WebGpuTrainer {
  const given = { model: small, adam: { learningRate: 1e-4 }, seed: 4, device: 'webgpu', ...options };
  const trainer = new WebGpuTrainer(given, keptGpu, writing);
  open.push(trainer);
  return trainer;
}

function reference(model: ModelDefinition, lr: number): ReferenceTrainer {
  const values = model.initialise(createRandom(4));
  const state = Object.fromEntries(model.parameters.map(({ name }, i) => [name, [...values[i]!]]));
  return new ReferenceTrainer({ layers: layersFromState(state), omega: 30, lr });
}

holdToContract({
  name: 'siren by WGSL kernels',
  skip: skip && `no WebGPU${why}`,
  make: () =>
    make({
      model: siren({ inputDim: 2, outputDim: 3, width: 8, depth: 1, omega: 8 }),
      adam: { learningRate: 1e-3, epsilon: 1e-3 },
      microBatch: 16,
    }),
  batch: (size, seed) => {
    const own = createRandom(seed + 1);
    const points = (count: number): Float32Array =>
      Float32Array.from({ length: count }, () => 1.8 * own.float() - 0.9);
    return batchOf(points(2 * size), points(3 * size), size);
  },
});

describe.skipIf(skip)(`the WebGPU trainer${why}`, () => {
  it.each([
    ['in one kernel', true],
    ['layer by layer', false],
  ])('takes twenty steps %s whose losses are those of the reference within 3e-5', async (_, fused) => {
    const pool = poolOf(700);
    const trainer = make({ pool }, { fused });
    const plain = reference(small, 1e-4);
    for (let step = 0; step < 20; step++) {
      const batch = some(200, step);
      const { loss } = await trainer.step(batch, { wants: [] });
      const wanted = await plain.step(pool.gather(someOf(batch.indices)), { wants: [] });
      expect(Math.abs(loss / wanted.loss - 1), `step ${step}`).toBeLessThan(3e-5);
    }
  });

  it.each([true, false])('gives the same bits each time, fused: %s', async (fused) => {
    const pool = poolOf(600);
    const run = async (trainer: WebGpuTrainer) => {
      const losses: number[] = [];
      for (let step = 0; step < 3; step++) {
        losses.push((await trainer.step(some(150 + step, step), { wants: [] })).loss);
      }
      return { losses, arrays: (await trainer.snapshot()).arrays };
    };
    const wanted = await run(make({ pool, microBatch: 64 }, { fused }));
    expect(await run(make({ pool, microBatch: 64 }, { fused }))).toEqual(wanted);
  });

  it('takes the same steps by index as with samples brought along, all of them or some, to the bit', async () => {
    const pool = poolOf(130);
    const resident = make({ pool, microBatch: 50 });
    const brought = make({ microBatch: 50 });
    const wants = ['errors', 'predictions'] as const;
    const weights = Float32Array.from({ length: 40 }, (_, i) => i % 3);
    for (let step = 0; step < 3; step++) {
      for (const samples of [
        { ...some(40, step), weights },
        { ...allOf(pool.size), inputs: none, targets: none },
      ]) {
        const batch = { ...pool.gather(someOf(Uint32Array.from(samples.indices))) };
        const own = 'weights' in samples ? { weights } : {};
        const got = await resident.step(samples, { wants });
        expect(got).toEqual(await brought.step({ ...batch, ...own }, { wants }));
      }
      // Asking for other points leaves the pool alone.
      const points = numbers(2 * 70);
      expect(await resident.predict(points)).toEqual(await brought.predict(points));
    }
    await expect(resident.step({ ...some(2), indices: Uint32Array.of(0, 130) }, { wants })).rejects.toThrow(
      /got index 130 at position 1, expected indices below 130/,
    );
  });

  it.each([true, false])(
    'keeps targets of bytes as bytes, to the bit those of floats, fused: %s',
    async (fused) => {
      const codes = Uint8Array.from({ length: 3 * 131 }, (_, i) => (37 * i) % 256);
      const values = numbers(256);
      const plain = poolOf(
        131,
        Float32Array.from(codes, (code) => values[code]!),
      );
      const [bytes, floats] = [
        make({ pool: { ...plain, coded: { codes, values } } }, { fused }),
        make({ pool: plain }, { fused }),
      ];
      for (let step = 0; step < 2; step++) {
        for (const batch of [some(40, step), { ...allOf(131), inputs: none, targets: none }]) {
          const wanted = { ...(await floats.step(batch, { wants: ['errors'] })) };
          expect(await bytes.step(batch, { wants: ['errors'] })).toEqual(wanted);
        }
      }
      const short = { ...plain, coded: { codes: codes.subarray(1), values } };
      expect(() => make({ pool: short })).toThrow(
        /pool.coded: got 392 codes and 256 values, expected 393 .* and 256/,
      );
    },
  );

  it('goes on from a snapshot bit for bit', async () => {
    const pool = poolOf(300);
    const [first, later] = [make({ pool }), make({ pool, seed: 9 })];
    const step = (trainer: WebGpuTrainer, i: number) =>
      trainer.step(some(90, i), { wants: ['errors'], learningRate: 1e-3 / (1 + i) });
    for (let i = 0; i < 4; i++) await step(first, i);
    await later.restore(await first.snapshot());
    for (let i = 4; i < 8; i++) expect(await step(later, i)).toEqual(await step(first, i));
    expect(await later.snapshot()).toEqual(await first.snapshot());
    expect(await later.parameters()).toEqual(await first.parameters());
    await expect(make({ pool, microBatch: 32 }).restore(await first.snapshot())).rejects.toThrow(
      /this checkpoint's microBatch is 65536, but this trainer's is 32/,
    );
  });

  it('sees to a network with one layer, and to a loss that is cut and relative', async () => {
    const flat = siren({ inputDim: 3, outputDim: 1, width: 5, depth: 0 });
    const trainer = make({ model: flat, loss: 'mape', truncate: 0.5, adam: { learningRate: 1e-2 } });
    const batch = batchOf(numbers(3 * 65), numbers(65), 65);
    const { loss } = await trainer.step(batch, { wants: [] });
    for (let i = 0; i < 30; i++) await trainer.step(batch, { wants: [] });
    expect((await trainer.step(batch, { wants: [] })).loss).toBeLessThan(loss * 0.8);
  });
});

const onNull: typeof openOnNull = async (options) => {
  const made = await openOnNull(options);
  open.push(made.trainer);
  return made;
};

describe('a step on the null backend', () => {
  it('of a SIREN 3×256 is at most 16 dispatches, one submit, one read-back and 12 bytes a sample', async () => {
    const pool = poolOf(40_000);
    const { trainer } = await onNull({ model: siren({ inputDim: 2, outputDim: 3 }), pool });
    expect(trainer.capabilities.resident).toBe(true);
    await trainer.step(some(5243), { wants: ['errors'] });
    const counted = count();
    for (let step = 0; step < 10; step++) await trainer.step(some(5243, step), { wants: ['errors'] });
    const { dispatches, submits, maps, buffers, bytes } = counted();
    expect(dispatches).toBe(10 * 16);
    expect([submits, maps, buffers]).toEqual([10, 10, 0]);
    // 4 up and 4 down, and what a step costs whatever its size.
    expect(bytes / (10 * 5243)).toBeLessThan(8.3);
  });

  it('of a hash grid and a network of 64 is 5 dispatches, sends numbers of samples and reads their errors', async () => {
    const pool = poolOf(20_000);
    const { trainer } = await onNull({ model: hashGrid({ inputDim: 2, outputDim: 3 }), pool });
    await trainer.step(some(4000), { wants: ['errors'] });
    const counted = count();
    for (let step = 0; step < 10; step++) await trainer.step(some(4000, step), { wants: ['errors'] });
    const { dispatches, submits, maps, buffers, bytes } = counted();
    // Lookup, network, scatter, and Adam twice.
    expect(dispatches).toBe(10 * 5);
    expect([submits, maps, buffers]).toEqual([10, 10, 0]);
    expect(bytes / (10 * 4000)).toBeLessThan(8.3);
  });

  it('keeps a pool of bytes in a quarter of the memory', async () => {
    const pool = poolOf(4096);
    const coded = { codes: new Uint8Array(3 * 4096), values: new Float32Array(256) };
    const [plain, bytes] = [await onNull({ pool }), await onNull({ pool: { ...pool, coded } })];
    const sent = async ({ trainer }: typeof plain): Promise<number> => {
      const counted = count();
      await trainer.step(some(10), { wants: ['errors'] });
      const { bytes } = counted();
      vi.restoreAllMocks();
      return bytes;
    };
    expect((await sent(plain)) - (await sent(bytes))).toBe(3 * 3 * 4096 - 1024);
  });

  it('over the whole pool sends nothing and reads the loss alone; micro-batches share a submit', async () => {
    const pool = poolOf(4096);
    const { trainer } = await onNull({ pool, microBatch: 1024, model: wide });
    const whole = { ...allOf(pool.size), inputs: none, targets: none };
    // How many micro-batches share a submit goes by the clock.
    vi.spyOn(performance, 'now').mockReturnValue(0);
    for (let step = 0; step < 2; step++) await trainer.step(whole, { wants: [] });
    const counted = count();
    for (let step = 0; step < 100; step++) await trainer.step(whole, { wants: [] });
    const { dispatches, submits, maps, buffers, bytes } = counted();
    // Of two sine layers and the last: gather, 2 + 1 forward, 2 by inputs, 3 by weights; and Adam once.
    expect(dispatches).toBe(100 * (4 * 9 + 1));
    expect([submits, maps, buffers]).toEqual([100, 100, 0]);
    // 64 terms of the loss, and Adam's numbers.
    expect(bytes).toBe(100 * (4 * 64 + 80));
  });

  it('ends in an error that says what to do when the device is lost in the middle', async () => {
    const { trainer, gpu } = await onNull({});
    const batch = batchOf(numbers(20), numbers(30), 10);
    await trainer.step(batch, { wants: [] });
    gpu.device.destroy();
    const step = trainer.step(batch, { wants: [] });
    await expect(step).rejects.toThrow(
      /the GPU was lost in the middle of training \(destroyed.*last checkpoint/,
    );
    await expect(step).rejects.toMatchObject({ code: 'device' });
    await expect(trainer.snapshot()).rejects.toBeInstanceOf(EvosError);
  });

  it('ends in an error when the device refuses a command', async () => {
    const { trainer, gpu } = await onNull({});
    const batch = batchOf(numbers(20), numbers(30), 10);
    await trainer.step(batch, { wants: [] });
    gpu.device.createBuffer({ size: 4, usage: 0 });
    const step = async (): Promise<void> => {
      for (let i = 0; i < 50; i++) await trainer.step(batch, { wants: [] });
    };
    await expect(step()).rejects.toThrow(/the GPU refused a command: .*usage/i);
  });

  it('frees every buffer with the trainer', async () => {
    const { trainer } = await onNull({});
    const made = vi.spyOn(classes.GPUDevice.prototype, 'createBuffer');
    const freed = vi.spyOn(classes.GPUBuffer.prototype, 'destroy');
    await trainer.step(batchOf(numbers(20), numbers(30), 10), { wants: [] });
    await trainer.step(batchOf(numbers(40), numbers(60), 20), { wants: ['predictions'] });
    await trainer.snapshot();
    await trainer.dispose();
    expect(made.mock.calls.length).toBeGreaterThan(20);
    expect(freed.mock.calls.length).toBe(made.mock.calls.length);
  });

  it('holds no buffer more after a thousand steps of all kinds than after a hundred', async () => {
    const pool = poolOf(400);
    const { trainer } = await onNull({ pool, averaging: 0.1 });
    // What comes back of a device that computes nothing is anything; here it is nothing.
    const nothing = (_: unknown, bytes = 0): ArrayBuffer => new ArrayBuffer(bytes);
    vi.spyOn(classes.GPUBuffer.prototype, 'getMappedRange').mockImplementation(nothing);
    const made = vi.spyOn(classes.GPUDevice.prototype, 'createBuffer');
    const freed = vi.spyOn(classes.GPUBuffer.prototype, 'destroy');
    const held: number[] = [];
    for (let step = 1; step <= 1000; step++) {
      const wants = step % 3 === 0 ? [] : (['errors', 'predictions'] as const).slice(step % 2);
      const size = 1 + (step % 100);
      if (step % 10 === 0) await trainer.step(some(size), { wants });
      else void (await trainer.send(some(size), { wants })).result;
      if (step % 50 === 0) await trainer.predict(numbers(80));
      if (step % 100 !== 0) continue;
      await trainer.restore(await trainer.snapshot());
      held.push(made.mock.calls.length - freed.mock.calls.length);
    }
    expect(held[0]).toBeGreaterThan(20);
    expect(new Set(held).size, held.join()).toBe(1);
    await trainer.dispose();
  });
});

describe('a device', () => {
  it('that is not there is told', async () => {
    const nobody = { requestAdapter: () => Promise.resolve(null) } as unknown as GPU;
    await expect(Gpu.open(nobody)).rejects.toThrow(/WebGPU found no adapter/);
  });

  it('without memory says what for and how much', async () => {
    const scopes: string[] = [];
    const device = {
      lost: new Promise(() => undefined),
      addEventListener: () => undefined,
      pushErrorScope: (filter: string) => scopes.push(filter),
      popErrorScope: () =>
        Promise.resolve(scopes.pop() === 'out-of-memory' ? { message: 'no 1 GiB left' } : null),
    } as unknown as GPUDevice;
    const made = new Gpu(device).made('1024.0 MiB of sums', () => ({}));
    await expect(made).rejects.toThrow(
      /the GPU has no memory for 1024.0 MiB of sums \(no 1 GiB left\): close other/,
    );
    await expect(made).rejects.toMatchObject({ code: 'device' });
  });
});

describe('the sources', () => {
  it('bundle for a browser without a Node module', async () => {
    const { metafile } = await build({
      ...{ entryPoints: ['src/engine/webgpu/trainer.ts'], bundle: true, format: 'esm', platform: 'browser' },
      ...{ write: false, metafile: true, logLevel: 'silent', external: ['node:*'] },
    });
    const external = Object.values(metafile.inputs).flatMap(({ imports }) =>
      imports.filter((of) => of.external),
    );
    expect(external.map(({ path }) => path).filter((path) => path !== '<runtime>')).toEqual([]);
  });
});
