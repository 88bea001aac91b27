// Times of kernels by the device's own clock: every dispatch has one, and training is the same to the bit.
import { create } from 'webgpu';
import { afterAll, describe, expect, it } from 'vitest';
import { Gpu } from '../../../src/engine/webgpu/gpu.js';
import { WebGpuTrainer } from '../../../src/engine/webgpu/trainer.js';
import { openNull, found, keptGpu, skip, why } from './support.js';
import { count, poolOf, small, some } from './counting.js';

afterAll(() => found?.close());
const pool = poolOf(400);
const sourceOf = (gpu: Gpu) => ({ open: () => Promise.resolve(gpu), release: (of: Gpu) => of.close() });
const options = { model: small, adam: { learningRate: 1e-3 }, seed: 4, device: 'webgpu', pool };

it('each dispatch is timed once, and told by its kernel', async () => {
  const gpu = await Gpu.open(create(['backend=null']), undefined, true);
  const trainer = new WebGpuTrainer(options, sourceOf(gpu));
  await trainer.step(some(50), { wants: [] });
  await gpu.clock?.read();
  const counted = count();
  for (let i = 0; i < 3; i++) await trainer.step(some(50), { wants: [] });
  const times = (await gpu.clock?.read()) ?? [];
  expect(times.length).toBe(counted().dispatches);
  expect(new Set(times.map(({ kernel }) => kernel)).size).toBe(times.length / 3);
  expect(times.some(({ kernel }) => kernel.startsWith('adam'))).toBe(true);
  expect(await gpu.clock?.read()).toEqual([]);
  // More than there is room for have no time, and change nothing.
  for (let i = 0; i < 800; i++) await trainer.send(some(50), { wants: [], loss: false });
  await trainer.parameters();
  expect((await gpu.clock?.read())?.length).toBe(2048);
  await trainer.dispose();
});

it('a device that nobody times has no clock', async () => {
  const gpu = await openNull();
  expect([gpu.clock, gpu.device.features.has('timestamp-query')]).toEqual([undefined, false]);
  gpu.close();
});

describe.skipIf(skip)(`on a GPU${why}`, () => {
  it('times are no longer than it takes, and bits are the same', async () => {
    const gpu = await Gpu.open(create([]), undefined, true);
    const [plain, timed] = [new WebGpuTrainer(options, keptGpu), new WebGpuTrainer(options, sourceOf(gpu))];
    const start = performance.now();
    for (const trainer of [plain, timed])
      for (let i = 0; i < 4; i++) await trainer.step(some(50, i), { wants: [] });
    const times = (await gpu.clock?.read()) ?? [];
    const sum = times.reduce((all, { milliseconds }) => all + milliseconds, 0);
    if (gpu.clock !== undefined) expect(sum).toBeGreaterThan(0);
    expect(sum).toBeLessThan(performance.now() - start);
    expect(await timed.snapshot()).toEqual(await plain.snapshot());
    for (const trainer of [plain, timed]) await trainer.dispose();
  });
});
