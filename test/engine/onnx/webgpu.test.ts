// WebGPU against the CPU: the same graphs, the same steps. A software GPU is enough to prove correctness; `.ci/run`
// provides one.
import { someOf } from '../../../src/core/samples.js';
import { afterEach, describe, expect, it } from 'vitest';
import { createSelector, fit, type Batch, type Pool, type Samples } from 'evos';
import { createTrainer, siren, type EngineTrainer } from 'evos/engine';
import { channelLuma, createImage, createLaplacian, createPixelPool, type Image } from 'evos/image';
import { largestDifference } from '../../parity/difference.js';
import { keepShaders, webgpu } from './device-webgpu.js';

const steps = 20;
/** Enough for two evaluating steps and those between them, where runs on a software GPU are compared with one another. */
const few = 9;
const open: EngineTrainer[] = [];
keepShaders();
afterEach(async () => {
  for (const trainer of open.splice(0)) await trainer.dispose();
});

interface Setting {
  readonly device: 'cpu' | 'webgpu';
  readonly image: Image;
  readonly microBatch?: number;
  /** Keep the samples on the device. */
  readonly resident?: boolean;
}

function parts({ device, image, microBatch, resident }: Setting) {
  const pool = createPixelPool(image);
  const operator = createLaplacian({ ...image, range: pool.range });
  // What does not say that it is dense layers goes through ONNX Runtime.
  const { dense, ...model } = siren({ inputDim: 2, outputDim: 3, width: 32, depth: 2, omega: 30 });
  expect(dense).toHaveLength(4);
  const trainer = createTrainer({
    model,
    adam: { learningRate: 1e-4 },
    seed: 5,
    device,
    workers: 1,
    ...(microBatch === undefined ? {} : { microBatch }),
    ...(resident === true ? { pool } : {}),
    crossFrequency: {
      width: image.width,
      height: image.height,
      range: pool.range,
      luma: channelLuma(image.channels),
      weight: 1e-5,
      targetResponse: operator.response(pool.targets),
    },
  });
  open.push(trainer);
  const selector = createSelector({
    strategy: 'evos',
    size: pool.size,
    steps,
    seed: 5,
    interval: { from: 8, to: 4 },
    targets: pool.targets,
    operator,
  });
  return { pool, trainer, selector };
}

type Parts = ReturnType<typeof parts>;

/** What a run has come to. */
interface Outcome {
  readonly losses: number[];
  readonly parameters: number[];
  readonly predictions: Float32Array;
}

/** Trains on to a step. */
async function train({ pool, trainer, selector }: Parts, last = steps): Promise<Outcome> {
  const losses: number[] = [];
  // A trainer that has the samples itself must not read them from the batch.
  const source = trainer.capabilities.resident ? unreadable(pool) : pool;
  for await (const event of fit({ pool: source, trainer, selector, steps: last })) {
    if (event.type === 'step') losses.push(event.loss);
  }
  const predictions = await trainer.predict(pool.inputs);
  const parameters = (await trainer.parameters()).flatMap(({ data }) => [...data]);
  return { losses, parameters, predictions };
}

/** The same pool, its batches without samples. */
function unreadable(pool: Pool): Pool {
  const none = new Float32Array();
  const gather = (samples: Samples): Batch => ({
    ...pool.gather(samples),
    inputs: none,
    targets: none,
  });
  return { size: pool.size, inputDim: pool.inputDim, targetDim: pool.targetDim, gather };
}

/** A picture of waves, small enough for a software driver. */
const small = createImage(
  { width: 33, height: 27, channels: 3 },
  Uint8Array.from({ length: 33 * 27 * 3 }, (_, i) => 128 + 100 * Math.sin(i / 7) * Math.cos(i / 331)),
);

const largestRatio = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((value, i) => Math.abs(value / (b[i] ?? 0) - 1)));

describe('WebGPU', () => {
  const onDevice = it.skipIf(webgpu.skipped);

  onDevice(
    `gives what the CPU gives over twenty EVOS steps on a picture, seed 5${webgpu.why}`,
    async () => {
      expect(webgpu.available, webgpu.detail).toBe(true);
      const cpu = await train(parts({ device: 'cpu', image: small }));
      const gpu = await train(parts({ device: 'webgpu', image: small, resident: true }));
      expect(gpu.losses).toHaveLength(steps);
      expect(largestRatio(gpu.losses, cpu.losses), 'largest relative difference of a loss').toBeLessThan(
        1e-3,
      );
      expect(largestDifference(gpu.predictions, cpu.predictions)).toBeLessThan(1e-3);
      expect(largestDifference(gpu.parameters, cpu.parameters)).toBeLessThan(1e-4);
    },
    300_000,
  );

  onDevice(
    `goes on over a hundred steps as the CPU does, weights staying on the device${webgpu.why}`,
    async () => {
      const run = async (device: 'cpu' | 'webgpu'): Promise<Outcome> => {
        const { pool, trainer } = parts({ device, image: small });
        const selector = createSelector({
          strategy: 'uniform',
          ratio: 0.1,
          size: pool.size,
          steps: 100,
          seed: 2,
        });
        return train({ pool, trainer, selector }, 100);
      };
      const cpu = await run('cpu');
      const gpu = await run('webgpu');
      expect(largestRatio(gpu.losses, cpu.losses), 'largest relative difference of a loss').toBeLessThan(
        1e-3,
      );
      expect(largestDifference(gpu.predictions, cpu.predictions)).toBeLessThan(5e-3);
    },
    300_000,
  );

  const cuts = [
    { microBatch: 4096, what: 'one pass a step' },
    { microBatch: 200, what: 'several passes a step' },
  ];
  onDevice.each(cuts)(
    `takes the same steps by index as with samples brought along, to the bit: $what${webgpu.why}`,
    async ({ microBatch }) => {
      const brought = await train(parts({ device: 'webgpu', image: small, microBatch }), few);
      const byIndex = await train(parts({ device: 'webgpu', image: small, microBatch, resident: true }), few);
      expect(byIndex).toEqual(brought);
      const cpu = await train(parts({ device: 'cpu', image: small, microBatch }), few);
      expect(largestRatio(byIndex.losses, cpu.losses)).toBeLessThan(1e-3);
    },
    300_000,
  );

  onDevice(
    `reads a pool on the device as it is after it was drawn anew${webgpu.why}`,
    async () => {
      const outcomes: (readonly number[])[] = [];
      for (const resident of [false, true]) {
        let revision = 0;
        const image = createImage({ ...small }, small.data.slice());
        const made = parts({ device: 'webgpu', image, microBatch: 4096, resident });
        Object.defineProperty(made.pool, 'revision', { get: () => revision });
        const { losses } = await train(made, 3);
        made.pool.inputs.reverse();
        revision++;
        outcomes.push([...losses, ...(await train(made, 6)).losses]);
      }
      expect(outcomes[1]).toEqual(outcomes[0]);
    },
    300_000,
  );

  onDevice(
    `goes on from a snapshot bit for bit, and from having made one${webgpu.why}`,
    async () => {
      const settings = { device: 'webgpu', image: small, microBatch: 400, resident: true } as const;
      const never = await train(parts(settings), few);
      for (const stopAt of [1, 5]) {
        const before = parts(settings);
        const { losses } = await train(before, stopAt);
        const after = parts(settings);
        await after.trainer.restore(await before.trainer.snapshot());
        after.selector.restore(before.selector.snapshot());
        const rest = await train(before, few);
        expect({ ...rest, losses: [...losses, ...rest.losses] }, `stopped at ${stopAt}`).toEqual(never);
        expect(await train(after, few), `from a snapshot of step ${stopAt}`).toEqual(rest);
      }
    },
    300_000,
  );

  onDevice(
    `refuses indices that the pool on the device does not have${webgpu.why}`,
    async () => {
      const { pool, trainer } = parts({ device: 'webgpu', image: small, resident: true });
      const none = new Float32Array();
      const batch = (indices: Uint32Array, size = indices.length): Batch => ({
        ...someOf(indices),
        size,
        inputs: none,
        targets: none,
      });
      const options = { wants: [] };
      await expect(trainer.step(batch(Uint32Array.of(0, pool.size)), options)).rejects.toThrow(
        /got index 891 at position 1, expected indices below 891/,
      );
      await expect(trainer.step(batch(Uint32Array.of(0, 1), 3), options)).rejects.toThrow(
        /got 2 indices, expected 3/,
      );
      await expect(trainer.step(batch(Uint32Array.of(0, 1)), options)).resolves.toHaveProperty('loss');
    },
    300_000,
  );
});

describe.skipIf(webgpu.skipped)(`what kernels of our own cannot train${webgpu.why}`, () => {
  const adam = { learningRate: 1e-4 };
  const ports = { inputDim: 2, outputDim: 3 };
  const model = siren({ ...ports, width: 16, depth: 0 });
  const term = (channels: number) => ({
    ...{ width: 2, height: 2, range: { min: 0, max: 255 }, weight: 1e-5 },
    ...{ luma: new Array<number>(channels).fill(1), targetResponse: new Float32Array(4) },
  });

  it('goes through ONNX Runtime, and says why', () => {
    const five = siren({ ...ports, outputDim: 5, width: 16, depth: 0 });
    const trainer = createTrainer({ model: five, adam, device: 'webgpu', crossFrequency: term(5) });
    open.push(trainer);
    expect(trainer.note).toContain(
      'through ONNX Runtime, which is slow: cross-frequency supervision of more',
    );
  });

  it.each([{}, { crossFrequency: term(3) }])('leaves the others without a note: %#', (options) => {
    const trainer = createTrainer({ model, adam, seed: 1, device: 'webgpu', ...options });
    open.push(trainer);
    expect(trainer.note).toBeUndefined();
  });
});
