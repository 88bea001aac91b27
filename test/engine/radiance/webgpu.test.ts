// Training a radiance field on WebGPU: the steps of the CPU.
import { batchOf } from '../trainer-contract.js';
import { describe, expect, it } from 'vitest';
import { positionalField, radianceField } from 'evos/engine';
import { keepShaders, webgpu } from '../onnx/device-webgpu.js';
import { relativeError } from '../graph/support.js';
import { SEED, space, background, small, quiet, makeTrainer, someRays, train, weightsOf } from './support.js';

describe.skipIf(webgpu.skipped)(`on WebGPU${webgpu.why}`, () => {
  keepShaders();

  it.each(
    Object.entries({
      'a hash grid': radianceField({ space, ...small }),
      'sines and cosines': positionalField({ space, width: 16, frequencies: 3 }),
    }),
  )('takes the steps of the CPU: %s', async (_, field) => {
    expect(webgpu.available, webgpu.detail).toBe(true);
    const [cpu, gpu] = [makeTrainer({ field }), makeTrainer({ field, device: 'webgpu' })];
    const [expected, found] = [await train(cpu, 9), await train(gpu, 9)];
    found.forEach((loss, i) => expect(Math.abs(loss / expected[i]! - 1)).toBeLessThan(1e-3));
    expect(relativeError(await weightsOf(gpu), await weightsOf(cpu))).toBeLessThan(1e-3);
    const rays = someRays(60, SEED + 9).inputs;
    const [seen, wanted] = [await gpu.render(rays), await cpu.render(rays)];
    expect(relativeError(seen.colours, wanted.colours)).toBeLessThan(1e-3);
    expect(relativeError(seen.depths, wanted.depths)).toBeLessThan(1e-3);
    const [there, here] = [await gpu.query(rays), await cpu.query(rays)];
    expect(relativeError(there.densities, here.densities)).toBeLessThan(1e-3);
    expect(relativeError(there.colours, here.colours)).toBeLessThan(1e-3);
  });

  it('goes on from a snapshot with the same bits, and takes rays that all miss', async () => {
    const trainer = makeTrainer({ device: 'webgpu' });
    await train(trainer, 3);
    const snapshot = await trainer.snapshot();
    const losses = await train(trainer, 2, 100, SEED + 20);
    const other = makeTrainer({ device: 'webgpu' });
    await other.restore(snapshot);
    expect(await train(other, 2, 100, SEED + 20)).toEqual(losses);
    const inputs = Float32Array.of(10, 10, 10, 0, 0, 1, 10, 10, 10, 1, 0, 0);
    const targets = Float32Array.of(0.9, 0.3, 0.7, ...background);
    const { loss } = await trainer.step(batchOf(inputs, targets, 2), quiet);
    expect(loss).toBeCloseTo(0.25 / 6, 6);
  });
});
