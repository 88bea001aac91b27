// TensorFlow.js as a user has it: its core and its layers in one module, with the back ends that run anywhere; or a real
// tfjs-node, where EVOS_TFJS_NODE names the folder of one that was built (scripts/build-tfjs-node.js).
import { createRequire } from 'node:module';
import path from 'node:path';
import type * as core from '@tensorflow/tfjs-core';
import type * as layers from '@tensorflow/tfjs-layers';

type Module = Omit<typeof core, 'default'> & typeof layers;

const built = process.env['EVOS_TFJS_NODE'];

/** Back ends register themselves with a core that all copies of it share: none is loaded beside those of tfjs-node. */
async function load(): Promise<Module> {
  if (built !== undefined) {
    const require = createRequire(path.join(built, 'package.json'));
    return require(`@tensorflow/${path.basename(built)}`) as Module;
  }
  await import('@tensorflow/tfjs-backend-cpu');
  await import('@tensorflow/tfjs-backend-wasm');
  return { ...(await import('@tensorflow/tfjs-core')), ...(await import('@tensorflow/tfjs-layers')) };
}

export const tf = await load();
// Else the CPU back end advises to install another.
tf.enableProdMode();

export const backends: readonly string[] = built === undefined ? ['cpu', 'wasm'] : ['tensorflow'];

/** A network of two inputs and three outputs as a plain function, the same at every call. */
export function network(width = 8, omega = 8) {
  const variables = [
    tf.variable(tf.randomUniform([2, width], -0.5, 0.5, 'float32', 1)),
    tf.variable(tf.randomUniform([width], -0.5, 0.5, 'float32', 2)),
    tf.variable(tf.randomUniform([width, 3], -0.3, 0.3, 'float32', 3)),
    tf.variable(tf.randomUniform([3], -0.1, 0.1, 'float32', 4)),
  ] as const;
  const [w0, b0, w1, b1] = variables;
  const forward = (x: core.Tensor): core.Tensor => {
    const hidden = tf.sin(tf.mul(tf.add(tf.matMul(x, w0), b0), omega));
    return tf.add(tf.matMul(hidden, w1), b1);
  };
  return { forward, variables, inputDim: 2 };
}

/** The same kind of network as a layers model. */
export function layersModel(width = 8) {
  const model = tf.sequential();
  const kernel = (seed: number) => tf.initializers.randomUniform({ minval: -0.7, maxval: 0.7, seed });
  model.add(
    tf.layers.dense({
      units: width,
      activation: 'tanh',
      inputShape: [2],
      kernelInitializer: kernel(1),
    }),
  );
  model.add(tf.layers.dense({ units: 3, kernelInitializer: kernel(2) }));
  return model;
}
