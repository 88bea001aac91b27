// The selector that speaks tensors: what it draws is what core's draws, whenever reads come in, and it leaves no tensor.
import { beforeAll, describe, expect, it } from 'vitest';
import { tfSelector, tfTrainer, type TfTensor } from '../../../src/adapters/tfjs/index.js';
import { createSelector, delayReports, type Selector } from '../../../src/core/index.js';
import { backends, network, tf } from './tf.js';

const size = 500;
const options = { strategy: 'evos-online', size, batchSize: 40, seed: 5 } as const;
/** Errors that depend on sample and step. */
const errorsOf = (indices: Uint32Array, step: number): Float32Array =>
  Float32Array.from(indices, (i) => ((i * 7 + step * 3) % 11) / 11);

/** What core's selector draws where reports come this late. */
function drawn(lag: number, steps: number): string[] {
  const selector = delayReports(createSelector({ ...options, open: lag + 1 }), lag);
  return Array.from({ length: steps }, () => {
    const selection = selector.next();
    const indices = selection.indices.slice();
    selector.report(selection, errorsOf(indices, selection.step));
    return indices.join();
  });
}

/** A tensor whose numbers come after a while. */
function slow(tensor: ReturnType<typeof tf.tensor1d>, ms: number): TfTensor {
  const data = tensor.data.bind(tensor);
  return Object.assign(tensor, {
    data: async () => {
      await new Promise((resolve) => setTimeout(resolve, ms));
      return data();
    },
  });
}

describe.each(backends)('tfSelector on %s', (backend) => {
  beforeAll(async () => {
    await tf.setBackend(backend);
  });

  it.each([0, 1, 3])(
    'with a lag of %d draws what core draws, and makes no tensor that stays',
    async (lag) => {
      const { numTensors } = tf.memory();
      const selector = tfSelector(tf, options, { lag });
      const got: string[] = [];
      for (let step = 1; step <= 30; step++) {
        const selection = await selector.next();
        expect(selection.indexTensor.dtype).toBe('int32');
        expect(selection.indexTensor).toBe(selection.indexTensor);
        const indices = Uint32Array.from(await selection.indexTensor.data());
        expect(indices).toEqual(selection.indices);
        got.push(indices.join());
        const errors = tf.tensor(errorsOf(indices, step), [selection.size, 1]);
        expect(selector.report(selection, errors)).toBe(true);
        errors.dispose();
      }
      selector.dispose();
      expect(got).toEqual(drawn(lag, 30));
      await selector.snapshot();
      expect(tf.memory().numTensors).toBe(numTensors);
    },
  );
});

describe('tfSelector', () => {
  beforeAll(async () => {
    await tf.setBackend('cpu');
  });

  it('applies reports in their turn, whatever order they arrive in', async () => {
    // The clone that is read is the fake's own.
    const selector = tfSelector({ ...tf, clone: (tensor) => tensor, keep: (tensor) => tensor }, options, {
      lag: 3,
    });
    const got: string[] = [];
    for (let step = 1; step <= 12; step++) {
      const selection = await selector.next();
      got.push(selection.indices.join());
      selector.report(selection, slow(tf.tensor1d(errorsOf(selection.indices, step)), 12 - 3 * (step % 4)));
    }
    expect(got).toEqual(drawn(3, 12));
  });

  it('goes on from a snapshot taken while reports are on their way', async () => {
    const [first, later] = [tfSelector(tf, options, { lag: 2 }), tfSelector(tf, options, { lag: 2 })];
    const take = async (selector: typeof first): Promise<string> => {
      const selection = await selector.next();
      const errors = tf.tensor1d(errorsOf(selection.indices, selection.step));
      selector.report(selection, errors);
      return selection.indices.join();
    };
    for (let step = 0; step < 5; step++) await take(first);
    await take(later);
    await later.restore(await first.snapshot());
    expect(later.step).toBe(5);
    for (let step = 0; step < 8; step++) expect(await take(later)).toBe(await take(first));
    expect(await later.snapshot()).toEqual(await first.snapshot());
  });

  it('takes predictions, and arrays that are written again at once', async () => {
    const [by, plain] = [tfSelector(tf, options), createSelector(options)];
    for (let step = 1; step <= 10; step++) {
      const [selection, wanted] = [await by.next(), plain.next()];
      expect(selection.indices).toEqual(wanted.indices);
      const predictions = errorsOf(wanted.indices, step);
      const targets = new Float32Array(predictions.length);
      plain.report(wanted, { predictions, targets });
      const copy = predictions.slice();
      by.report(selection, { predictions: tf.tensor(predictions, [predictions.length, 1]), targets });
      copy.fill(9);
      targets.fill(9);
    }
  });

  it('takes a selector, gives weights as a tensor, and reads nothing of what wants nothing', async () => {
    const views = [{ width: 25, height: 20 }];
    const weighing = tfSelector(
      tf,
      createSelector({ strategy: 'error-map', size, views, batchSize: 30, correction: 1 }),
    );
    for (let step = 0; step < 3; step++) {
      const selection = await weighing.next();
      expect(await selection.weightTensor!.data()).toEqual(selection.weights);
      weighing.report(selection, errorsOf(selection.indices, step));
    }
    const full = tfSelector(tf, { strategy: 'full', size });
    const selection = await full.next();
    expect(selection).toMatchObject({ whole: true, weightTensor: undefined });
    expect(await selection.indexTensor.data()).toEqual(Int32Array.from({ length: size }, (_, i) => i));
    expect(full.report(selection, { data: 'never read' } as never)).toBe(false);
  });

  it('trains a network by gathering on the device', async () => {
    const trainer = network();
    const [inputs, targets] = [
      tf.randomUniform([size, 2], -1, 1, 'float32', 1),
      tf.randomUniform([size, 3], 0, 1, 'float32', 2),
    ];
    const optimizer = tf.train.adam(1e-2);
    const selector = tfSelector(tf, options, { lag: 1 });
    const { numTensors } = tf.memory();
    const losses: number[] = [];
    for (let step = 1; step <= 60; step++) {
      const selection = await selector.next();
      const errors = tf.tidy(() => {
        let found: ReturnType<typeof tf.tensor> | undefined;
        optimizer.minimize(() => {
          const [x, y] = [
            tf.gather(inputs, selection.indexTensor),
            tf.gather(targets, selection.indexTensor),
          ];
          found = tf.keep(tf.mean(tf.square(tf.sub(trainer.forward(x), y)), 1));
          return tf.mean(found);
        });
        return found!;
      });
      selector.report(selection, errors);
      losses.push((await tf.mean(errors).data())[0]!);
      errors.dispose();
    }
    expect(losses.at(-1)).toBeLessThan(losses[0]! / 1.5);
    selector.dispose();
    await selector.snapshot();
    // The means that this loop left, and the moments of the variables.
    expect(tf.memory().numTensors - numTensors).toBe(60 + 2 * trainer.variables.length);
  });

  it('refuses what cannot be, by name', async () => {
    expect(() => tfSelector({} as never, options)).toThrow(
      /tf must be TensorFlow.js, got an object without tensor\(\)/,
    );
    expect(() => tfSelector(tf, options, { lag: 64 })).toThrow(/lag must be an integer from 0 to 63, got 64/);
    expect(() => tfSelector(tf, 'evos-online' as never)).toThrow(
      /takes a selector, or what createSelector takes/,
    );
    expect(() => tfSelector(tf, { ...options, open: 2 }, { lag: 2 })).toThrow(
      /keeps 2 selections open.*open: 3/s,
    );
    expect(() => tfSelector(tf, createSelector(options), { lag: 1 })).toThrow(
      /keeps 1 selections open.*open: 2/s,
    );
    const huge = { ...createSelector(options), size: 2 ** 31, next: () => undefined } as unknown as Selector;
    expect(() => tfSelector(tf, huge)).toThrow(/size must be an integer from 1 to 2147483647/);

    const selector = tfSelector(tf, options);
    expect(() => selector.report({ id: 1 }, new Float32Array(40))).toThrow(/id of the selection/);
    const selection = await selector.next();
    selector.report(selection, tf.tensor1d([1, 2]));
    await expect(selector.next()).rejects.toThrow(/feedback.errors has 2 numbers, expected 40/);
    const again = await selector.next();
    expect(() => selection.indexTensor).toThrow(/tensors of selection 1 are gone/);
    const gone = tf.tensor1d(errorsOf(again.indices, 1));
    gone.dispose();
    expect(() => selector.report(again, gone)).toThrow(
      /feedback.errors must be.*got a tensor that was disposed of/,
    );
    expect(() => selector.report(again, 7 as never)).toThrow(/got 7/);
    const core = delayReports(createSelector(options), 0).snapshot();
    await expect(selector.restore(core)).rejects.toThrow(/The snapshot is of no tfSelector/);
    const plain = tfTrainer({ tf, ...network(), optimizer: tf.train.sgd(1) });
    await expect(selector.restore(await plain.snapshot())).rejects.toThrow(/snapshot/);
  });
});
