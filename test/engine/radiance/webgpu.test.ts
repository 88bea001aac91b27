// Training a radiance field on WebGPU: the steps of the CPU, by kernels of our own and, where there are none for it, by ONNX Runtime.
import { batchOf } from '../trainer-contract.js';
import { describe, expect, it } from 'vitest';
import { HASH_GRID_ADAM, positionalField, radianceField, type RadianceField } from 'evos/engine';
import { keepShaders, webgpu } from '../onnx/device-webgpu.js';
import { relativeError } from '../graph/support.js';
import { SEED, space, background, small, quiet, makeTrainer, someRays, train, weightsOf } from './support.js';

const everywhere = { ...space, contracted: true };

describe.skipIf(webgpu.skipped)(`on WebGPU${webgpu.why}`, () => {
  keepShaders();

  const fields: [string, RadianceField, number, number][] = [
    ['a hash grid', radianceField({ space, ...small }), 9, 100],
    ['a hash grid over all of space', radianceField({ space: everywhere, ...small }), 3, 50],
    // Tiles take a software driver a minute to compile.
    ...(process.env['EVOS_TEST_ALL'] === '1'
      ? ([['wide layers', radianceField({ space, ...small, width: 72 }), 3, 20]] satisfies typeof fields)
      : []),
    // Of the usual four layers ONNX Runtime's kernels alone take a software driver a minute to compile.
    ['sines and cosines', positionalField({ space, width: 16, depth: 2, frequencies: 3 }), 5, 100],
  ];
  it.each(fields)('takes the steps of the CPU: %s', async (name, field, steps, size) => {
    expect(webgpu.available, webgpu.detail).toBe(true);
    const [cpu, gpu] = [makeTrainer({ field }), makeTrainer({ field, device: 'webgpu' })];
    const own = name !== 'sines and cosines';
    expect(gpu.note).toEqual(
      own ? undefined : expect.stringMatching(/through ONNX Runtime.*: as a radiance field nerf/),
    );
    const [expected, found] = [await train(cpu, steps, size), await train(gpu, steps, size)];
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

  it('takes twenty steps from the default start whose losses are those of the CPU within 1e-3', async () => {
    const field = radianceField({ space, levels: 4, log2TableSize: 9, width: 16 });
    const given = { field, adam: HASH_GRID_ADAM, background: 'random' } as const;
    const [expected, found] = [
      await train(makeTrainer(given), 20, 60),
      await train(makeTrainer({ ...given, device: 'webgpu' }), 20, 60),
    ];
    found.forEach((loss, i) => expect(Math.abs(loss / expected[i]! - 1), `step ${i}`).toBeLessThan(1e-3));
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
