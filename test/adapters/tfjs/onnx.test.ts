// TensorFlow.js against the engine's own trainer: from the same weights, by the same settings of the selector, both end at
// the same picture.
import { afterAll, expect, it } from 'vitest';
import { createSelector, fit, type Trainer } from 'evos';
import { createTrainer, siren } from 'evos/engine';
import { createPixelPool, psnr } from 'evos/image';
import { loadImage } from 'evos/image/files';
import { tfTrainer } from 'evos/tfjs';
import { backends, tf } from './tf.js';

const omega = 30;
const steps = 200;
const pool = createPixelPool(await loadImage('fixtures/photo.png', { resize: { width: 32, height: 32 } }));
const reference = createTrainer({
  model: siren({ inputDim: 2, outputDim: 3, width: 32, depth: 1, omega }),
  adam: { learningRate: 1e-3 },
  seed: 3,
  device: 'cpu',
  workers: 1,
});
afterAll(() => reference.dispose());
const weights = await reference.parameters();

/** The same network, from the weights that the engine starts with. */
function inTf(): Trainer {
  const variables = weights.map(({ data, shape }) => tf.variable(tf.tensor(data.slice(), [...shape])));
  const forward = (x: ReturnType<typeof tf.tensor>) => {
    let values = x;
    for (let i = 0; i < variables.length; i += 2) {
      // The engine's weights lie as [out, in].
      const sums = tf.add(tf.matMul(values, variables[i]!, false, true), variables[i + 1]!);
      values = i + 2 < variables.length ? tf.sin(tf.mul(sums, omega)) : sums;
    }
    return values;
  };
  return tfTrainer({ tf, forward, variables, inputDim: 2, optimizer: tf.train.adam(1e-3, 0.9, 0.999, 1e-8) });
}

/** PSNR of the picture in network units, as if −1 to 1 were 0 to 255. */
async function fitted(trainer: Trainer): Promise<number> {
  const { size } = pool;
  const selector = createSelector({ strategy: 'evos-online', size, batchSize: 128, steps, seed: 7 });
  const learningRate = (step: number): number => 2e-3 * (1 - (0.95 * step) / steps);
  for await (const event of fit({ pool, trainer, selector, steps, learningRate })) {
    if (event.type === 'end') expect(event.reason).toBe('finished');
  }
  const units = (values: Float32Array): Float32Array => values.map((value) => 127.5 * (value + 1));
  return psnr(units(pool.targets), units(await trainer.predict(pool.inputs)));
}

const wanted = await fitted(reference);

it.each(backends)('a fit on %s ends within 0.2 dB of the engine’s', async (backend) => {
  await tf.setBackend(backend);
  const trainer = inTf();
  const got = await fitted(trainer);
  // A grey picture has some 13 dB.
  expect(wanted).toBeGreaterThan(20);
  expect(Math.abs(got - wanted)).toBeLessThan(0.2);
});
