// The built package's device `webgpu` against its CPU: the same pool, selector and seed, two engines.
import { afterEach, describe, expect, it } from 'vitest';
import { createSelector, fit } from 'evos';
import { createTrainer, hashGrid, siren, type EngineTrainer, type ModelDefinition } from 'evos/engine';
import { channelLuma, createImage, createLaplacian, createPixelPool } from 'evos/image';
import { largestDifference } from '../../parity/difference.js';
import { webgpu } from '../onnx/device-webgpu.js';

const open: EngineTrainer[] = [];
afterEach(async () => {
  for (const trainer of open.splice(0)) await trainer.dispose();
});

/** A picture of waves. */
const image = createImage(
  { width: 45, height: 31, channels: 3 },
  Uint8Array.from({ length: 45 * 31 * 3 }, (_, i) => 128 + 100 * Math.sin(i / 7) * Math.cos(i / 331)),
);

const grid = {
  ...{ inputDim: 2, outputDim: 3, levels: 6, log2TableSize: 9, baseResolution: 4, finestResolution: 64 },
  ...{ width: 16, depth: 1 },
};
const ports = { inputDim: 2, outputDim: 3 };
const sines = { learningRate: 1e-4 };

const networks = [
  ['a SIREN', siren({ ...ports, width: 32, depth: 2 }), sines, 20, 3e-5, 'evos-online'],
  // As published: it evaluates now and then, and its loss has the frequency term.
  ['a SIREN by published EVOS', siren({ ...ports, width: 16, depth: 1 }), sines, 20, 3e-5, 'evos'],
  // Adam makes large steps of the table's tiny gradients: what rounding leaves grows faster.
  ['a hash grid by it', hashGrid(grid), { learningRate: 1e-3, beta2: 0.99, epsilon: 1e-8 }, 10, 1e-4, 'evos'],
] as const;

async function train(
  device: 'cpu' | 'webgpu',
  model: ModelDefinition,
  adam: { learningRate: number },
  steps: number,
  strategy: 'evos' | 'evos-online',
) {
  const pool = createPixelPool(image);
  const { width, height, channels } = image;
  const { range, size, targets } = pool;
  const operator = createLaplacian({ width, height, channels, range });
  const targetResponse = operator.response(targets).slice();
  const luma = channelLuma(channels);
  const crossFrequency = { width, height, range, luma, weight: 1e-5, targetResponse };
  const term = strategy === 'evos' ? { crossFrequency } : {};
  const trainer = createTrainer({ model, adam, seed: 5, device, workers: 1, pool, ...term });
  open.push(trainer);
  const common = { size, steps, seed: 5, ratio: 0.3 };
  const frequencyFromTrainer = trainer.capabilities.gives.includes('frequency');
  expect(frequencyFromTrainer).toBe(strategy === 'evos' && device === 'webgpu');
  const selector =
    strategy === 'evos'
      ? createSelector({ strategy, ...common, interval: 6, targets, operator, frequencyFromTrainer })
      : createSelector({ strategy, ...common });
  const losses: number[] = [];
  for await (const event of fit({ pool, trainer, selector, steps })) {
    if (event.type === 'step') losses.push(event.loss);
  }
  return { losses, trainer, predictions: await trainer.predict(pool.inputs) };
}

describe('the device webgpu', () => {
  it.skipIf(webgpu.skipped).each(networks)(
    `takes the steps of a run of %s as the CPU does, seed 5${webgpu.why}`,
    async (_, model, adam, steps, bound, strategy) => {
      expect(webgpu.available, webgpu.detail).toBe(true);
      const [cpu, gpu] = [
        await train('cpu', model, adam, steps, strategy),
        await train('webgpu', model, adam, steps, strategy),
      ];
      // Kernels of our own: they keep the pool, and have no gradient by the inputs.
      expect(gpu.trainer.capabilities).toMatchObject({
        resident: true,
        gives: ['errors', 'absolute', 'predictions', ...(strategy === 'evos' ? ['frequency'] : [])],
      });
      expect(gpu.losses).toHaveLength(steps);
      gpu.losses.forEach((loss, i) =>
        expect(Math.abs(loss / cpu.losses[i]! - 1), `step ${i + 1}`).toBeLessThan(bound),
      );
      expect(largestDifference(gpu.predictions, cpu.predictions)).toBeLessThan(1e-3);
    },
  );
});
