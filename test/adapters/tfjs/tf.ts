// TensorFlow.js as a user has it: its core and its layers in one module, with the back ends that run anywhere.
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import * as core from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';

export const tf: Omit<typeof core, 'default'> & typeof layers = { ...core, ...layers };
// Else the CPU back end advises to install another.
tf.enableProdMode();

export const backends = ['cpu', 'wasm'] as const;

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
