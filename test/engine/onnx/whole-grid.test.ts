// A trainer of a grid's network: the whole grid at once as its points one by one, before and after steps.
import { afterAll, describe, expect, it } from 'vitest';
import { createRandom } from 'evos';
import { asmr, createTrainer, siren } from 'evos/engine';
import { coordinateGrid } from 'evos/image';
import { batchOf } from '../trainer-contract.js';

const SEED = 11;
const [height, width] = [40, 56];
const shape = [height, width];
const common = { adam: { learningRate: 1e-3 }, seed: SEED, device: 'cpu', workers: 2 } as const;
const trainer = createTrainer({ model: asmr({ shape, outputDim: 3, width: 16 }), ...common });
afterAll(() => trainer.dispose());

const inputs = coordinateGrid(width, height);

async function expectAlike(): Promise<Float32Array> {
  const [each, whole] = [await trainer.predict(inputs), await trainer.predictGrid!(shape)];
  expect(whole.length).toBe(each.length);
  const apart = whole.reduce((most, value, i) => Math.max(most, Math.abs(value - (each[i] ?? NaN))), 0);
  expect(apart).toBeLessThan(1e-5);
  return whole;
}

describe(`a whole grid (seed ${SEED})`, () => {
  it('is what its points are, within 1e-5, and follows the weights', async () => {
    const before = await expectAlike();
    const random = createRandom(SEED);
    const targets = Float32Array.from({ length: 3 * height * width }, () => 2 * random.float() - 1);
    for (let step = 0; step < 5; step++) {
      await trainer.step(batchOf(inputs, targets, height * width), { wants: [] });
    }
    expect(await expectAlike()).not.toEqual(before);
  });

  it('is of the grid that the model was made for', async () => {
    await expect(trainer.predictGrid!([40, 55])).rejects.toThrow(
      "predictGrid: got a grid of 40×55, expected the model's own, 40×56",
    );
  });

  it('has no slope by the inputs, and other models no whole grid', async () => {
    expect(trainer.capabilities.gives).not.toContain('inputGradients');
    const other = createTrainer({ model: siren({ inputDim: 2, outputDim: 3, width: 8 }), ...common });
    expect(other).toHaveProperty('predictGrid', undefined);
    await other.dispose();
  });
});
