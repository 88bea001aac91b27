// Exported models under damage: what `render` and `inspect` make of a model.onnx that is not as it was written. They run in
// the built package, since a worker thread runs the model.
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createModel, type ModelDefinition } from 'evos/engine';
import { exportModel, modelFromOnnx } from 'evos/onnx';
import { inspectModel, renderMeshModel, renderModel } from 'evos/recipes';
import { traced, type Layer } from '../../fixtures/exported.js';
import { createRandom } from '../../src/core/numeric/random.js';
import type { FuzzKind, Sample } from './harness.js';

/** What a modality's models say of themselves beside kind and network. */
const metadata = {
  image: { size: { width: 6, height: 4, channels: 3 }, range: { min: 0, max: 255 } },
  mesh: { frame: { center: [0, 0.5, 10], scale: 0.1 } },
};

function sample(kind: keyof typeof metadata, backbone: string, model: ModelDefinition): Sample {
  return {
    name: `${kind}-${backbone}.onnx`,
    bytes: exportModel(model, model.initialise(createRandom(1)), wordsOf(kind, backbone, model)),
  };
}

/** A network that somebody else has exported, as a run leaves it. */
function foreign(): Sample {
  const layer = (out: number, into: number): Layer => ({
    weight: Float32Array.from({ length: out * into }, (_, i) => Math.sin(i)),
    bias: Float32Array.from({ length: out }, (_, i) => Math.cos(i)),
  });
  const { model, write } = modelFromOnnx(traced([layer(4, 2), layer(3, 4)]));
  const words = wordsOf('image', model.kind, model);
  return { name: 'image-foreign.onnx', bytes: write(model.initialise(createRandom(1)), words) };
}

function wordsOf(
  kind: keyof typeof metadata,
  backbone: string,
  model: ModelDefinition,
): Record<string, string> {
  const fields: Record<string, unknown> = {
    ...metadata[kind],
    ...{ model: { kind: backbone, ...model.settings }, macs_per_sample: 500, training: { steps: 3 } },
  };
  const texts = Object.entries(fields).map(([name, value]) => [name, JSON.stringify(value)]);
  return { kind, format: '1', ...(Object.fromEntries(texts) as Record<string, string>) };
}

const small = { width: 4, depth: 1 };
const mesh = { inputDim: 3, outputDim: 1 };

export const models: FuzzKind = {
  samples: () =>
    Promise.resolve([
      sample('image', 'siren', createModel('siren', { inputDim: 2, outputDim: 3 }, small)),
      foreign(),
      sample('mesh', 'siren', createModel('siren', mesh, small)),
      sample(
        'mesh',
        'hash-grid',
        createModel('hash-grid', mesh, { levels: 2, log2TableSize: 8, finestResolution: 16, ...small }),
      ),
    ]),
  async read(bytes, { name }, folder) {
    const model = path.join(folder, name);
    await writeFile(model, bytes);
    await inspectModel(model);
    if (name.startsWith('mesh')) {
      await renderMeshModel({ model, resolution: 4, out: path.join(folder, 'out.ply'), overwrite: true });
    } else
      await renderModel({ model, width: 5, height: 3, out: path.join(folder, 'out.png'), overwrite: true });
  },
  short: 40,
};
