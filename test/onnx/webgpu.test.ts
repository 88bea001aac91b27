// WebGPU against the CPU: the same graphs, the same twenty steps. A software GPU is enough to prove correctness;
// `.ci/run` provides one.
import { describe, expect, it } from 'vitest';
import { createSelector, fit } from 'evos';
import { createOnnxTrainer, probeDevice, siren } from 'evos/onnx';
import { channelLuma, createLaplacian, createPixelPool, loadImage } from 'evos/image';

const asked = process.env['EVOS_TEST_WEBGPU'] === '1' || process.env['CI'] === 'true';
const report = asked ? await probeDevice('webgpu') : undefined;
const why = asked ? `: ${report?.detail ?? ''}` : ' (EVOS_TEST_WEBGPU=1 tries it)';

describe('WebGPU', () => {
  it.skipIf(process.env['CI'] !== 'true' && report?.available !== true)(
    `gives the losses of the CPU over twenty EVOS steps, seed 5${report?.available === true ? '' : why}`,
    async () => {
      expect(report?.available, report?.detail).toBe(true);
      const image = await loadImage('fixtures/photo.png');
      const pool = createPixelPool(image);
      const losses = async (device: 'cpu' | 'webgpu'): Promise<number[]> => {
        const operator = createLaplacian({ ...image, range: pool.range });
        const trainer = createOnnxTrainer({
          model: siren({ inputDim: 2, outputDim: 3, width: 32, depth: 2, omega: 30 }),
          adam: { learningRate: 1e-4 },
          seed: 5,
          device,
          workers: 1,
          crossFrequency: {
            width: image.width,
            height: image.height,
            range: pool.range,
            luma: channelLuma(image.channels),
            weight: 1e-5,
            targetResponse: operator.response(pool.targets),
          },
        });
        const selector = createSelector({
          strategy: 'evos',
          size: pool.size,
          steps: 20,
          seed: 5,
          interval: { from: 8, to: 4 },
          targets: pool.targets,
          frequency: { operator },
        });
        const found: number[] = [];
        try {
          for await (const event of fit({ pool, trainer, selector, steps: 20 })) {
            if (event.type === 'step') found.push(event.loss);
          }
        } finally {
          await trainer.dispose();
        }
        return found;
      };
      const cpu = await losses('cpu');
      const gpu = await losses('webgpu');
      expect(gpu).toHaveLength(20);
      const worst = Math.max(...gpu.map((loss, i) => Math.abs(loss / (cpu[i] ?? 0) - 1)));
      expect(worst, 'largest relative difference').toBeLessThan(1e-3);
    },
    300_000,
  );
});
