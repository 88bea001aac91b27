// Others' networks under damage: small files as exporters write them, imported, and written again where that went well.
import { scripted, traced, type Layer } from '../../fixtures/exported.js';
import { modelFromOnnx } from '../../src/adapters/onnx-model/index.js';
import type { FuzzKind } from './harness.js';

const layer = (out: number, into: number): Layer => ({
  weight: Float32Array.from({ length: out * into }, (_, i) => Math.sin(i)),
  bias: Float32Array.from({ length: out }, (_, i) => Math.cos(i)),
});
const layers = [layer(3, 2), layer(2, 3)];

/** The kind. */
export const networks: FuzzKind = {
  samples: () =>
    Promise.resolve([
      { name: 'scripted.onnx', bytes: scripted(layers) },
      { name: 'traced.onnx', bytes: traced(layers) },
    ]),
  read(bytes, { name }) {
    return Promise.resolve().then(() => {
      const { model, write } = modelFromOnnx(bytes, { name });
      return write(model.initialise({ float: () => 0 }));
    });
  },
  short: 300,
};
