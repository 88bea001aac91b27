// Averages of the weights, on every device: what is predicted, exported and saved goes by them, and no step does.
import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { ArgumentError, createRandom, type Batch, type Snapshot } from 'evos';
import {
  createField,
  createModel,
  createRadianceTrainer,
  createTrainer,
  type Device,
  type EngineTrainer,
  type ModelDefinition,
} from 'evos/engine';
import { smallest } from './models/small.js';
import { keepShaders, webgpu } from './onnx/device-webgpu.js';
import { someRays, space } from './radiance/support.js';
import { batchOf } from './trainer-contract.js';

keepShaders();
const open: EngineTrainer[] = [];
afterEach(async () => {
  for (const trainer of open.splice(0)) await trainer.dispose();
});

const adam = { learningRate: 3e-3 };
const ports = { inputDim: 2, outputDim: 3 };
const grid = smallest({
  levels: 0,
  log2TableSize: 0,
  baseResolution: 0,
  finestResolution: 0,
  width: 0,
  depth: 0,
});

function points(size: number, seed: number): Batch {
  const random = createRandom(seed + 1);
  const numbers = (count: number): Float32Array =>
    Float32Array.from({ length: count }, () => 1.8 * random.float() - 0.9);
  return batchOf(numbers(2 * size), numbers(3 * size), size);
}

/** A kind of trainers of samples. */
const ofSamples = (name: string, model: ModelDefinition) => ({
  ...{ name, batch: points },
  make: (device: Device, averaging?: number) =>
    createTrainer({
      ...{ model, adam, seed: 3, device, workers: 2 },
      ...(averaging !== undefined && { averaging }),
    }),
});

/** Trainers of samples and of rays, by networks that have a grid and that have none. */
const kinds = [
  ofSamples('a SIREN', createModel('siren', ports, smallest({ width: 0, depth: 0, omega: 0 }))),
  ofSamples('a hash grid', createModel('hash-grid', ports, grid)),
  {
    name: 'a radiance field',
    batch: someRays,
    make: (device: Device, averaging?: number) =>
      createRadianceTrainer({
        ...{ field: createField('hash-grid', space, grid), adam, seed: 3, device, workers: 2 },
        ...{ background: [0.9, 0.8, 0.7] as const, samplesPerRay: 6 },
        ...(averaging !== undefined && { averaging }),
      }),
  },
];

const cases = kinds.flatMap((kind) => [
  { ...kind, device: 'cpu' as const, skip: false, why: '' },
  { ...kind, device: 'webgpu' as const, skip: webgpu.skipped, why: webgpu.why },
]);

/** A snapshot, its arrays by their sums: a density grid has millions of numbers. */
const digestOf = ({ values, arrays }: Snapshot) => ({
  values,
  arrays: Object.entries(arrays).map(([name, { buffer, byteOffset, byteLength }]) => [
    name,
    createHash('sha256')
      .update(new Uint8Array(buffer, byteOffset, byteLength))
      .digest('hex'),
  ]),
});

/** Weights of all parameters, one after another. */
const numbersOf = async (trainer: EngineTrainer): Promise<number[]> =>
  (await trainer.parameters()).flatMap(({ data }) => [...data]);

const share = 0.25;
const steps = 36;

for (const { name, device, skip, why, make, batch } of cases) {
  describe.skipIf(skip)(`the average of the weights of ${name} on ${device}${why}`, () => {
    const makeOpen = (averaging?: number): EngineTrainer => {
      const trainer = make(device, averaging);
      open.push(trainer);
      return trainer;
    };
    const asked = batch(20, 77).inputs;
    const train = async (trainer: EngineTrainer, from: number, to: number): Promise<number[]> => {
      const losses: number[] = [];
      for (let step = from; step < to; step++)
        losses.push((await trainer.step(batch(40, step), { wants: [] })).loss);
      return losses;
    };

    it('counts step s as s to the power of 1 / share − 1, and steps do not see it', async () => {
      const [plain, averaged] = [makeOpen(), makeOpen(share)];
      let [wanted, looks]: [number[], number] = [[], 0];
      for (let step = 1; step <= steps; step++) {
        const [a] = await train(plain, step, step + 1);
        const [b] = await train(averaged, step, step + 1);
        expect(b, `loss of step ${step}`).toBe(a);
        // A prediction between two steps must leave no trace.
        if (step % 7 === 0) await averaged.predict(asked);
        if (step % 16 !== 0) continue;
        const now = await numbersOf(plain);
        const rate = looks++ === 0 ? 1 : 1 - ((step - 16) / step) ** (1 / share);
        wanted = now.map((value, i) => (wanted[i] ?? 0) * (1 - rate) + value * rate);
      }
      const got = await numbersOf(averaged);
      const plainly = await numbersOf(plain);
      const apart = (to: readonly number[]): number =>
        Math.max(...got.map((value, i) => Math.abs(value - to[i]!)));
      expect(apart(wanted)).toBeLessThan(1e-6);
      expect(apart(plainly)).toBeGreaterThan(1e-3);
    });

    it('is what predictions go by, and the weights what scores go by', async () => {
      const averaged = makeOpen(share);
      await train(averaged, 0, 20);
      const snapshot = await averaged.snapshot();
      const average = snapshot.arrays['average'];
      if (!(average instanceof Float32Array)) throw new Error('expected an average');
      const predicted = await averaged.predict(asked);
      const scored = (await averaged.score?.(batch(40, 1), { wants: ['errors'] }))?.errors?.slice();
      expect(await averaged.predict(asked)).toEqual(predicted);
      const plain = makeOpen();
      await plain.restore({ ...snapshot, arrays: { ...snapshot.arrays, parameters: average } });
      expect(await plain.predict(asked)).toEqual(predicted);
      await plain.restore(snapshot);
      expect(await plain.predict(asked)).not.toEqual(predicted);
      expect((await plain.score?.(batch(40, 1), { wants: ['errors'] }))?.errors).toEqual(scored);
    });

    it('goes on from a snapshot to the same bits, and begins anew where that has none', async () => {
      const never = makeOpen(share);
      await train(never, 0, 24);
      await never.predict(asked);
      const saved = await never.snapshot();
      const later = makeOpen(share);
      await train(later, 5, 22);
      await later.predict(asked);
      await later.restore(saved);
      expect(await train(later, 24, steps)).toEqual(await train(never, 24, steps));
      expect(digestOf(await later.snapshot())).toEqual(digestOf(await never.snapshot()));
      expect(await later.predict(asked)).toEqual(await never.predict(asked));
      const { average, ...arrays } = saved.arrays;
      expect(average).toBeInstanceOf(Float32Array);
      await later.restore({ ...saved, arrays });
      expect((await later.snapshot()).arrays).not.toHaveProperty('average');
      await train(later, 24, 32);
      const begun = (await later.snapshot()).arrays;
      expect(begun['average']).toEqual(begun['parameters']);
      const damaged = { ...saved, arrays: { ...saved.arrays, average: new Float32Array(3) } };
      await expect(later.restore(damaged)).rejects.toThrow(/holds 3 numbers of "average"/);
    });
  });
}

it.each([-0.1, 1.5, Number.NaN])('a share of %s is refused', (averaging) => {
  for (const { make } of kinds) {
    expect(() => make('cpu', averaging)).toThrow(ArgumentError);
    expect(() => make('cpu', averaging)).toThrow(/averaging must be a number in \[0, 1\]/);
  }
});
