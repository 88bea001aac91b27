// Training a hash grid: through the kernel on the CPU as through the plain graph, with any number of workers, and to a
// sphere's distance.
import { someOf } from '../../../src/core/samples.js';
import { batchOf } from '../trainer-contract.js';
import { afterEach, describe, expect, it } from 'vitest';
import { createRandom, type Batch } from 'evos';
import {
  createModelRunner,
  createTrainer,
  hashGrid,
  HASH_GRID_ADAM,
  type HashGridOptions,
  type ModelDefinition,
  type EngineTrainer,
  type TrainerOptions,
} from 'evos/engine';
import { exportModel } from 'evos/onnx';
import { largestDifference } from '../../parity/difference.js';
import { keepShaders, webgpu } from './device-webgpu.js';

const SEED = 23;
const open: EngineTrainer[] = [];
afterEach(async () => {
  for (const trainer of open.splice(0)) await trainer.dispose();
});

const small = {
  inputDim: 3,
  outputDim: 1,
  levels: 6,
  log2TableSize: 11,
  baseResolution: 4,
  finestResolution: 48,
  width: 16,
} as const satisfies HashGridOptions;

function makeTrainer(options: Partial<TrainerOptions> = {}): EngineTrainer {
  const trainer = createTrainer({
    model: hashGrid(small),
    adam: HASH_GRID_ADAM,
    seed: SEED,
    device: 'cpu',
    workers: 1,
    ...options,
  });
  open.push(trainer);
  return trainer;
}

/** The model without its kernel. */
function plain({ encoding, microBatch, ...model }: ModelDefinition): ModelDefinition {
  if (encoding === undefined || microBatch === undefined) throw new Error('the model has no kernel');
  return model;
}

/** Points of a cube and their distances to a sphere of radius ½. */
function sphere(random: { float(): number }, size: number): Batch {
  const inputs = Float32Array.from({ length: 3 * size }, () => 2 * random.float() - 1);
  const targets = Float32Array.from({ length: size }, (_, i) => {
    const [x = 0, y = 0, z = 0] = inputs.subarray(3 * i, 3 * i + 3);
    return Math.hypot(x, y, z) - 0.5;
  });
  return batchOf(inputs, targets, size);
}

const options = { wants: [] };

/** Losses of some steps. */
async function train(trainer: EngineTrainer, steps: number, size = 1000, seed = SEED): Promise<number[]> {
  const random = createRandom(seed);
  const losses: number[] = [];
  for (let step = 0; step < steps; step++)
    losses.push((await trainer.step(sphere(random, size), options)).loss);
  return losses;
}

const parametersOf = async (trainer: EngineTrainer): Promise<number[]> =>
  (await trainer.parameters()).flatMap(({ data }) => [...data]);

describe(`training a hash grid (seed ${SEED})`, () => {
  it('learns a sphere', async () => {
    const trainer = makeTrainer({ workers: 2 });
    const losses = await train(trainer, 150, 2000);
    expect(losses.at(-1)).toBeLessThan(1e-4);
    expect((losses[0] ?? 0) / (losses.at(-1) ?? 1)).toBeGreaterThan(1000);
    const unseen = sphere(createRandom(SEED + 1), 500);
    expect(largestDifference(await trainer.predict(unseen.inputs), unseen.targets)).toBeLessThan(0.08);
  });

  it('takes the steps of the plain graph', async () => {
    const cuts = [
      { workers: 1 },
      { workers: 1, microBatch: 130 },
      { workers: 2 },
      { workers: 3, microBatch: 77 },
    ];
    // An ordinary ε: with 10⁻¹⁵ Adam makes whole steps of gradients that are nothing but rounding.
    const adam = { ...HASH_GRID_ADAM, epsilon: 1e-5 };
    const reference = makeTrainer({ model: plain(hashGrid(small)), adam });
    const losses = await train(reference, 6);
    const expected = await parametersOf(reference);
    for (const cut of cuts) {
      const trainer = makeTrainer({ ...cut, adam });
      const found = await train(trainer, 6);
      found.forEach((loss, i) => expect(Math.abs(loss / (losses[i] ?? 0) - 1)).toBeLessThan(1e-4));
      expect(largestDifference(await parametersOf(trainer), expected), JSON.stringify(cut)).toBeLessThan(
        2e-4,
      );
    }
  });

  it('takes the steps of the plain graph over a picture with cross-frequency supervision', async () => {
    const [width, height] = [13, 11];
    const random = createRandom(SEED);
    const size = width * height;
    const inputs = Float32Array.from({ length: 2 * size }, (_, i) => {
      const pixel = i >> 1;
      return i % 2 === 0
        ? (2 * (pixel % width) + 1) / width - 1
        : (2 * Math.floor(pixel / width) + 1) / height - 1;
    });
    const targets = Float32Array.from({ length: size }, () => random.float() - 0.5);
    const whole: Batch = batchOf(inputs, targets, size);
    const indices = Uint32Array.from({ length: size >> 1 }, (_, i) => 2 * i);
    const part: Batch = {
      ...someOf(indices),
      inputs: Float32Array.from([...indices].flatMap((i) => [...inputs.subarray(2 * i, 2 * i + 2)])),
      targets: Float32Array.from(indices, (i) => targets[i] ?? 0),
    };
    const crossFrequency = {
      width,
      height,
      range: { min: 0, max: 255 },
      luma: [1],
      weight: 1e-4,
      targetResponse: new Float32Array(size),
    };
    const model = hashGrid({ ...small, inputDim: 2, log2TableSize: 8 });
    const adam = { ...HASH_GRID_ADAM, epsilon: 1e-5 };
    const run = async (options: Partial<TrainerOptions>): Promise<[number[], number[]]> => {
      const trainer = makeTrainer({ adam, crossFrequency, ...options });
      const losses: number[] = [];
      for (const batch of [whole, part, part, whole, part]) {
        losses.push((await trainer.step(batch, { wants: [], terms: ['cross-frequency'] })).loss);
      }
      return [losses, await parametersOf(trainer)];
    };
    const [losses, expected] = await run({ model: plain(model) });
    const [found, parameters] = await run({ model, workers: 2, microBatch: 30 });
    found.forEach((loss, i) => expect(Math.abs(loss / (losses[i] ?? 0) - 1)).toBeLessThan(1e-4));
    expect(largestDifference(parameters, expected)).toBeLessThan(2e-4);
  });

  it('gives the same bits again', async () => {
    const runs = [makeTrainer({ workers: 2, microBatch: 100 }), makeTrainer({ workers: 2, microBatch: 100 })];
    const [first, second] = await Promise.all(runs.map((trainer) => train(trainer, 4)));
    expect(first).toEqual(second);
    const [a, b] = await Promise.all(runs.map(parametersOf));
    expect(a).toEqual(b);
  });

  it('goes on from a snapshot', async () => {
    const trainer = makeTrainer();
    await train(trainer, 3);
    const snapshot = await trainer.snapshot();
    const losses = await train(trainer, 3, 1000, SEED + 1);
    const other = makeTrainer({ seed: SEED + 5 });
    await train(other, 2);
    await other.restore(snapshot);
    expect(await train(other, 3, 1000, SEED + 1)).toEqual(losses);
  });

  it('predicts what its exported model does', async () => {
    const trainer = makeTrainer({ workers: 2 });
    await train(trainer, 10);
    const inputs = Float32Array.from({ length: 3 * 700 }, (_, i) => Math.sin(i) * 1.1);
    const predicted = await trainer.predict(inputs);
    const bytes = exportModel(
      trainer.model,
      (await trainer.parameters()).map(({ data }) => data),
      {},
    );
    const runner = createModelRunner(bytes, { inputDim: 3, outputDim: 1 });
    try {
      expect(largestDifference(await runner.run(inputs), predicted)).toBeLessThan(2e-6);
    } finally {
      await runner.dispose();
    }
  });

  it('hands predictions of a step back', async () => {
    const trainer = makeTrainer({ workers: 2, microBatch: 100 });
    const batch = sphere(createRandom(SEED), 450);
    const expected = await trainer.predict(batch.inputs);
    const { predictions = [] } = await trainer.step(batch, { wants: ['predictions'] });
    expect(largestDifference(predictions, expected)).toBeLessThan(1e-6);
  });

  it('keeps its own number of samples per pass', async () => {
    const trainer = makeTrainer();
    expect(trainer.microBatch).toBe(32_768);
    expect(await trainer.chooseMicroBatch(100_000)).toBe(32_768);
    expect(makeTrainer({ microBatch: 512 }).microBatch).toBe(512);
  });
});

describe.skipIf(webgpu.skipped)(`on WebGPU${webgpu.why}`, () => {
  keepShaders();
  it('takes the steps of the CPU', async () => {
    expect(webgpu.available, webgpu.detail).toBe(true);
    const adam = { ...HASH_GRID_ADAM, epsilon: 1e-5 };
    const [cpu, gpu] = [makeTrainer({ adam }), makeTrainer({ adam, device: 'webgpu' })];
    const [expected, found] = [await train(cpu, 4), await train(gpu, 4)];
    found.forEach((loss, i) => expect(Math.abs(loss / (expected[i] ?? 0) - 1)).toBeLessThan(1e-3));
    expect(largestDifference(await parametersOf(gpu), await parametersOf(cpu))).toBeLessThan(1e-3);
  });
});
