// The built package's device `webgpu` against its CPU: the same pool, selector and seed, two engines.
import { afterEach, describe, expect, it } from 'vitest';
import { createSelector, fit } from 'evos';
import { createTrainer, siren, type EngineTrainer } from 'evos/engine';
import { createImage, createPixelPool } from 'evos/image';
import { largestDifference } from '../../parity/difference.js';
import { webgpu } from '../onnx/device-webgpu.js';

const steps = 20;
const open: EngineTrainer[] = [];
afterEach(async () => {
  for (const trainer of open.splice(0)) await trainer.dispose();
});

/** A picture of waves. */
const image = createImage(
  { width: 45, height: 31, channels: 3 },
  Uint8Array.from({ length: 45 * 31 * 3 }, (_, i) => 128 + 100 * Math.sin(i / 7) * Math.cos(i / 331)),
);

async function train(device: 'cpu' | 'webgpu') {
  const pool = createPixelPool(image);
  const model = siren({ inputDim: 2, outputDim: 3, width: 32, depth: 2 });
  const adam = { learningRate: 1e-4 };
  const trainer = createTrainer({ model, adam, seed: 5, device, workers: 1, pool });
  open.push(trainer);
  const selector = createSelector({ strategy: 'evos-online', size: pool.size, steps, seed: 5, ratio: 0.3 });
  const losses: number[] = [];
  for await (const event of fit({ pool, trainer, selector, steps })) {
    if (event.type === 'step') losses.push(event.loss);
  }
  return { losses, trainer, predictions: await trainer.predict(pool.inputs) };
}

describe('the device webgpu', () => {
  it.skipIf(webgpu.skipped)(
    `takes twenty steps of a run as the CPU does, losses within 3e-5, seed 5${webgpu.why}`,
    async () => {
      expect(webgpu.available, webgpu.detail).toBe(true);
      const [cpu, gpu] = [await train('cpu'), await train('webgpu')];
      // Kernels of our own: they keep the pool, and have no gradient by the inputs.
      expect(gpu.trainer.capabilities).toMatchObject({
        resident: true,
        gives: ['errors', 'absolute', 'predictions'],
      });
      expect(gpu.losses).toHaveLength(steps);
      gpu.losses.forEach((loss, i) =>
        expect(Math.abs(loss / cpu.losses[i]! - 1), `step ${i + 1}`).toBeLessThan(3e-5),
      );
      expect(largestDifference(gpu.predictions, cpu.predictions)).toBeLessThan(1e-3);
    },
  );
});
