// A network that was exported trains as the built-in one it is a copy of, and its file then runs elsewhere.
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { createRandom, someOf } from 'evos';
import { createTrainer, siren } from 'evos/engine';
import { modelFromOnnx } from 'evos/onnx';
import { afterAll, describe, expect, it } from 'vitest';
import { scripted, traced, type Layer } from '../../../fixtures/exported.js';

const [size, steps] = [64, 50];
const random = createRandom(1);
const inputs = Float32Array.from({ length: 2 * size }, () => 2 * random.float() - 1);
const targets = Float32Array.from({ length: 3 * size }, (_, i) =>
  Math.sin(3 * (inputs[Math.floor(i / 3) * 2] ?? 0)),
);
const batch = { ...someOf(Uint32Array.from({ length: size }, (_, i) => i)), inputs, targets };
const common = { adam: { learningRate: 1e-3 }, seed: 1, device: 'cpu', workers: 1 } as const;

const trainer = createTrainer({
  ...common,
  model: siren({ inputDim: 2, outputDim: 3, width: 16, depth: 1 }),
});
afterAll(() => trainer.dispose());

/** The weights of the built-in network before training, layer by layer, and the losses of its steps. */
const built = (async () => {
  const arrays = (await trainer.parameters()).map(({ data }) => data);
  const layers = Array.from({ length: arrays.length / 2 }, (_, i): Layer => {
    return { weight: arrays[2 * i] as Float32Array, bias: arrays[2 * i + 1] as Float32Array };
  });
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) losses.push((await trainer.step(batch, { wants: [] })).loss);
  return { layers, losses };
})();

describe.each([
  ['scripted', scripted, [size, 2]],
  ['traced', traced, [1, size, 2]],
] as const)('a SIREN that was exported, %s', (_, exported, shape) => {
  it('trains to the losses of the built-in one, and its file gives what it learnt', async () => {
    const { layers, losses } = await built;
    const mine = modelFromOnnx(exported(layers), { name: 'mine.onnx' });
    const other = createTrainer({ ...common, model: mine.model });
    try {
      for (const [step, expected] of losses.entries()) {
        const { loss } = await other.step(batch, { wants: [] });
        expect(Math.abs(loss - expected) / expected, `step ${step + 1}`).toBeLessThan(1e-4);
      }
      expect(losses.at(-1)).toBeLessThan(0.5 * (losses[0] ?? 0));
      const session = await InferenceSession.create(mine.write(await other.parameters()));
      const [input = ''] = session.inputNames;
      const [output = ''] = session.outputNames;
      const found = await session.run({ [input]: new Tensor('float32', inputs, [...shape]) });
      const predicted = await other.predict(inputs);
      const values = found[output]?.data as Float32Array;
      expect(values).toHaveLength(predicted.length);
      predicted.forEach((value, i) => expect(values[i]).toBeCloseTo(value, 4));
      await session.release();
    } finally {
      await other.dispose();
    }
  });
});
