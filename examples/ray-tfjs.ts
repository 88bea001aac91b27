// The ray sampler with TensorFlow.js, in Node or a browser: `fitRays(tf)` takes your own tf, whatever its version and
// back end. Run it with `npx tsx examples/ray-tfjs.ts` where @tensorflow/tfjs is installed; it is none of this package's
// dependencies, so what is used of it is written down here as types.
import { createRaySampler } from 'evos/nerf';
import { room } from './ray-scene.js';

/** What is used of a tensor. */
export interface Tensor {
  sub(other: Tensor): Tensor;
  square(): Tensor;
  mul(other: Tensor): Tensor;
  mean(): Tensor;
  data(): Promise<Float32Array>;
  dispose(): void;
}

/** What is used of TensorFlow.js. */
export interface TensorFlow {
  tensor2d(values: Float32Array, shape: [number, number]): Tensor;
  concat(tensors: Tensor[], axis: number): Tensor;
  keep(tensor: Tensor): Tensor;
  tidy<T>(work: () => T): T;
  sequential(): { add(layer: unknown): void; apply(input: Tensor): Tensor };
  layers: {
    dense(options: { units: number; activation: 'relu' | 'sigmoid'; inputShape?: number[] }): unknown;
  };
  train: { adam(rate: number): { minimize(loss: () => Tensor): unknown } };
}

/** Fits a small network from rays to colours. @returns the mean squared error of the first and the last batch */
export async function fitRays(tf: TensorFlow, steps = 200): Promise<[first: number, last: number]> {
  const model = tf.sequential();
  model.add(tf.layers.dense({ units: 64, activation: 'relu', inputShape: [6] }));
  model.add(tf.layers.dense({ units: 64, activation: 'relu' }));
  model.add(tf.layers.dense({ units: 3, activation: 'sigmoid' }));
  const adam = tf.train.adam(5e-3);
  const losses: number[] = [];

  // #region hook
  const sampler = createRaySampler(room(), { strategy: 'evos', seed: 1, correction: 0.5 });
  for (let step = 0; step < steps; step++) {
    const batch = sampler.next(512);
    // On the CPU back end tensors share the batch's memory: `tidy` is done with them before it is written again.
    const rendered = tf.tidy(() => {
      const [origins, directions, targets] = [batch.origins, batch.directions, batch.targets].map((values) =>
        tf.tensor2d(values, [batch.size, 3]),
      ) as [Tensor, Tensor, Tensor];
      const weights = tf.tensor2d(batch.weights, [batch.size, 1]);
      const rays = tf.concat([origins, directions], 1);
      let colours: Tensor | undefined;
      adam.minimize(() => {
        colours = tf.keep(model.apply(rays));
        return colours.sub(targets).square().mul(weights).mean();
      });
      return colours;
    });
    const predictions = (await rendered?.data()) ?? new Float32Array(0);
    rendered?.dispose();
    sampler.report(batch, { predictions });
    // #endregion
    losses.push(
      predictions.reduce(
        (sum, value, i) => sum + (value - (batch.targets[i] ?? 0)) ** 2 / predictions.length,
        0,
      ),
    );
  }
  return [losses[0] ?? NaN, losses.at(-1) ?? NaN];
}

if (process.argv[1]?.endsWith('ray-tfjs.ts') === true) {
  const name = '@tensorflow/tfjs';
  const tf = (await import(name).catch(() => undefined)) as TensorFlow | undefined;
  if (tf === undefined)
    console.log(`${name} is not installed here: npm install ${name}, then run this again`);
  else {
    const [first, last] = await fitRays(tf);
    console.log(`mean squared error of the first batch ${first.toFixed(4)}, of the last ${last.toFixed(4)}`);
  }
}
