// The trainer for TensorFlow.js against the contract that all trainers have, on the back ends that run anywhere.
import { beforeAll, describe, expect, it } from 'vitest';
import { tfTrainer } from '../../../src/adapters/tfjs/index.js';
import { createRandom, createSelector, fit, type Batch, type Trainer } from '../../../src/core/index.js';
import { createImage, createPixelPool } from '../../../src/image/index.js';
import { batchOf, holdToContract } from '../../engine/trainer-contract.js';
import { backends, layersModel, network, tf } from './tf.js';

const adam = () => tf.train.adam(1e-3, 0.9, 0.999, 1e-3);

function points(size: number, seed: number): Batch {
  const random = createRandom(seed + 1);
  const numbers = (count: number): Float32Array =>
    Float32Array.from({ length: count }, () => 1.8 * random.float() - 0.9);
  return batchOf(numbers(2 * size), numbers(3 * size), size);
}

const fromFunction = (): Trainer => tfTrainer({ tf, ...network(), optimizer: adam() });
const fromModel = (): Trainer => tfTrainer({ tf, model: layersModel(), optimizer: adam() });

for (const backend of backends) {
  describe(backend, () => {
    beforeAll(async () => {
      expect(await tf.setBackend(backend)).toBe(true);
    });
    holdToContract({ name: `a function in tfjs on ${backend}`, make: fromFunction, batch: points });
    holdToContract({ name: `a layers model in tfjs on ${backend}`, make: fromModel, batch: points });

    it('keeps as many tensors after 1,000 steps as after the first', async () => {
      {
        const trainer = backend === 'cpu' ? fromFunction() : fromModel();
        const batch = points(16, 1);
        const weights = new Float32Array(16).fill(0.5);
        const wants = trainer.capabilities.gives;
        await trainer.step(batch, { wants });
        const { numTensors } = tf.memory();
        for (let step = 0; step < 1000; step++) {
          const asked =
            step % 10 === 0 ? { wants, learningRate: 1e-3 / (1 + step) } : { wants: ['errors'] as const };
          await trainer.step(step % 2 === 0 ? batch : { ...batch, weights }, asked);
          if (step % 100 !== 0) continue;
          await trainer.score!(batch, { wants });
          await trainer.predict(batch.inputs);
          await trainer.restore(await trainer.snapshot());
        }
        expect(tf.memory().numTensors).toBe(numTensors);
      }
    });
  });
}

describe('the tfjs trainer', () => {
  beforeAll(async () => {
    await tf.setBackend('cpu');
  });

  it('predicts as the model does, beyond what it shows at once, and before any step', async () => {
    const model = layersModel();
    const trainer = tfTrainer({ tf, model, optimizer: adam() });
    const { inputs } = points(16_385, 3);
    const wanted = tf.tidy(() =>
      (model.predict(tf.tensor(inputs, [16_385, 2])) as ReturnType<typeof tf.tensor>).dataSync(),
    );
    expect(await trainer.predict(inputs)).toEqual(wanted);
    expect(await trainer.predict(new Float32Array(0))).toHaveLength(0);
  });

  it.each([
    ['sgd', () => tf.train.sgd(1e-2)],
    ['momentum', () => tf.train.momentum(1e-2, 0.9)],
    ['adam', () => tf.train.adam(1e-2)],
    ['rmsprop', () => tf.train.rmsprop(1e-2)],
    ['adagrad', () => tf.train.adagrad(1e-2)],
    ['adadelta', () => tf.train.adadelta(1e-2)],
  ])(
    '%s takes a step’s learning rate for that step alone, and goes on from a snapshot to the bit',
    async (_, make) => {
      const [asked, made] = [
        tfTrainer({ tf, ...network(), optimizer: make() }),
        tfTrainer({ tf, ...network(), optimizer: make() }),
      ];
      const { inputs } = points(8, 9);
      const before = await asked.predict(inputs);
      await asked.step(points(8, 1), { wants: [], learningRate: 0 });
      expect(await asked.predict(inputs)).toEqual(before);
      await made.step(points(8, 1), { wants: [], learningRate: 0 });
      await made.step(points(8, 2), { wants: [], learningRate: 1e-2 });
      await asked.step(points(8, 2), { wants: [] });
      expect(await asked.predict(inputs)).toEqual(await made.predict(inputs));
      expect(await asked.predict(inputs)).not.toEqual(before);

      const later = tfTrainer({ tf, ...network(), optimizer: make() });
      await later.step(points(8, 7), { wants: [] });
      const { numTensors } = tf.memory();
      await later.restore(await asked.snapshot());
      expect(tf.memory().numTensors).toBe(numTensors);
      for (const trainer of [asked, later]) await trainer.step(points(8, 3), { wants: [] });
      expect(await later.snapshot()).toEqual(await asked.snapshot());
    },
  );

  it('goes back to before the first step', async () => {
    const trainer = fromFunction();
    const start = await trainer.snapshot();
    const first = await trainer.step(points(8, 1), { wants: ['errors'] });
    await trainer.restore(start);
    expect(await trainer.snapshot()).toEqual(start);
    expect(await trainer.step(points(8, 1), { wants: ['errors'] })).toEqual(first);
  });

  it('minimises the loss that it is given, and tells it as errors', async () => {
    const { inputs, targets } = points(12, 1);
    const batch = batchOf(inputs, targets, 12);
    const byMean = tfTrainer({ tf, ...network(), optimizer: adam(), loss: tf.metrics.meanAbsoluteError });
    const byValue = tfTrainer({ tf, ...network(), optimizer: adam(), loss: (y, p) => tf.abs(tf.sub(p, y)) });
    for (const trainer of [byMean, byValue]) {
      const { loss, errors, absolute } = await trainer.step(batch, { wants: ['errors', 'absolute'] });
      absolute!.forEach((sum, i) => expect(errors![i]).toBeCloseTo(sum / 3, 5));
      expect(loss).toBeCloseTo(
        errors!.reduce((sum, one) => sum + one / 12, 0),
        5,
      );
    }
    expect(await byMean.predict(inputs)).toEqual(await byValue.predict(inputs));
  });

  it('adds what a model’s regularizers say, and trains with its dropout and moving means', async () => {
    const model = tf.sequential();
    const regularizer = () => tf.regularizers.l2({ l2: 0.5 });
    model.add(tf.layers.dense({ units: 4, inputShape: [2], kernelRegularizer: regularizer() }));
    model.add(tf.layers.batchNormalization());
    model.add(tf.layers.dense({ units: 3 }));
    const trainer = tfTrainer({ tf, model, optimizer: adam() });
    const { loss, errors } = await trainer.score!(points(8, 1), { wants: ['errors'] });
    const squares = tf.tidy(() => tf.sum(tf.square(model.layers[0]!.getWeights()[0]!)).dataSync()[0]!);
    expect(loss - errors!.reduce((sum, one) => sum + one / 8, 0)).toBeCloseTo(0.5 * squares, 4);
    const [still, start] = [await trainer.snapshot(), await trainer.snapshot()];
    expect(still).toEqual(start);
    await trainer.step(points(8, 1), { wants: [], learningRate: 0 });
    // Learning rate 0 leaves the weights; the moving means of the batch have moved, and are part of a snapshot.
    const moved = Object.entries((await trainer.snapshot()).arrays).filter(
      ([name, array]) => name.startsWith('variable') && String(array) !== String(start.arrays[name]),
    );
    expect(moved).toHaveLength(2);
  });

  it('fits a picture, by what its selector chooses, with a decaying rate', async () => {
    const data = Uint8Array.from(
      { length: 16 * 16 * 3 },
      (_, i) => 128 + 80 * Math.sin(i / 200 + (i % 48) / 20),
    );
    const pool = createPixelPool(createImage({ width: 16, height: 16, channels: 3 }, data));
    const selector = createSelector({ strategy: 'evos-online', size: pool.size, batchSize: 64, seed: 1 });
    const losses: number[] = [];
    const trainer = tfTrainer({ tf, model: layersModel(16), optimizer: tf.train.adam(1e-2) });
    for await (const event of fit({
      pool,
      trainer,
      selector,
      steps: 150,
      learningRate: (t) => 2e-2 * (1 - t / 151),
    })) {
      if (event.type === 'step') losses.push(event.loss);
    }
    expect(losses).toHaveLength(150);
    expect(losses.at(-1)).toBeLessThan(losses[0]! / 5);
  });

  it('refuses what it cannot do, by name', async () => {
    const optimizer = adam();
    const make = (options: object) => () => tfTrainer({ tf, optimizer, ...options });
    expect(make({ tf: undefined })).toThrow(/tf must be TensorFlow.js, got undefined/);
    expect(make({ tf: { tensor: tf.tensor } })).toThrow(/an object without tidy\(\)/);
    expect(make({ ...network(), optimizer: 'adam' })).toThrow(
      /optimizer must be one of TensorFlow.js.*got 'adam'/,
    );
    expect(make({})).toThrow(/either a model or forward with its variables, got neither/);
    expect(make({ ...network(), model: layersModel() })).toThrow(/got both/);
    expect(make({ ...network(), variables: [] })).toThrow(/at least one tf.Variable, got an array of 0/);
    expect(make({ ...network(), variables: [tf.tensor([1])] })).toThrow(/at least one tf.Variable/);
    const input = tf.input({ shape: [2] });
    const dense = (units: number) => tf.layers.dense({ units }).apply(input) as typeof input;
    expect(make({ model: tf.model({ inputs: input, outputs: [dense(1), dense(2)] }) })).toThrow(
      /2 outputs, expected one/,
    );
    expect(make({ model: tf.sequential() })).toThrow(/no weights to train/);
    const pictures = tf.sequential();
    pictures.add(tf.layers.dense({ units: 3, inputShape: [4, 4] }));
    expect(make({ model: pictures })).toThrow(/input has the shape \[null, 4, 4\]/);

    const { forward, variables } = network();
    const late = tfTrainer({ tf, forward, variables, optimizer: adam() });
    await expect(late.predict(new Float32Array(4))).rejects.toThrow(
      /inputDim of `forward`, or take a step first/,
    );
    await late.step(points(4, 1), { wants: [] });
    expect(await late.predict(new Float32Array(4))).toHaveLength(6);
    await expect(late.predict(new Float32Array(5))).rejects.toThrow(
      /got 5 input values, expected 2 a sample/,
    );
    const { inputs } = points(4, 1);
    await expect(late.step(batchOf(inputs, new Float32Array(4), 4), { wants: [] })).rejects.toThrow(
      /answered a tensor of shape \[4, 3\], but the targets are \[4, 1\]/,
    );
    await expect(late.step(batchOf(inputs, new Float32Array(5), 4), { wants: [] })).rejects.toThrow(
      /got 5 target values/,
    );
    const mean = tfTrainer({ tf, ...network(), optimizer, loss: (y, p) => tf.losses.meanSquaredError(y, p) });
    await expect(mean.step(points(4, 1), { wants: ['predictions'] })).rejects.toThrow(
      /shape \[\] for 4 samples/,
    );
  });

  it('refuses snapshots of another model or optimizer, and optimizers that keep theirs to themselves', async () => {
    const snapshot = await fromFunction().snapshot();
    const other = tfTrainer({ tf, ...network(9), optimizer: adam() });
    await expect(other.restore(snapshot)).rejects.toThrow(
      /variables is "float32\[2,8\] .*, but this trainer's is "float32\[2,9\]/,
    );
    const sgd = tfTrainer({ tf, ...network(), optimizer: tf.train.sgd(1) });
    await expect(sgd.restore(snapshot)).rejects.toThrow(/optimizer is "Adam", but this trainer's is "SGD"/);
    const trainer = fromFunction();
    const before = await trainer.snapshot();
    for (const name of Object.keys(snapshot.arrays)) {
      const { [name]: gone, ...arrays } = snapshot.arrays;
      expect(gone).toBeDefined();
      await expect(trainer.restore({ ...snapshot, arrays }), name).rejects.toThrow(/damaged/);
    }
    for (const optimizerWeights of [null, 'iter', [null], [{ name: 'iter', shape: 'none' }]]) {
      const values = { ...snapshot.values, optimizerWeights };
      await expect(trainer.restore({ ...snapshot, values })).rejects.toThrow(/damaged/);
    }
    expect(await trainer.snapshot()).toEqual(before);
    const adamax = tfTrainer({ tf, ...network(), optimizer: tf.train.adamax(1e-3) });
    await expect(adamax.snapshot()).rejects.toThrow(/The optimizer Adamax does not hand out its weights/);
    const plain = tfTrainer({ tf, ...network(), optimizer: { applyGradients: () => undefined } });
    await expect(plain.snapshot()).rejects.toThrow(/without a name does not hand out its weights/);
    await expect(plain.step(points(4, 1), { wants: [], learningRate: 1 })).rejects.toThrow(
      /learningRate: the optimizer without a name has no learning rate that can be set/,
    );
  });
});
