// The trainer contract, held against every trainer there is: of samples, by every backbone and on every device that works
// here; of rays; and the plain reference.
import { createRandom } from 'evos';
import {
  backbones,
  createField,
  createModel,
  createModelRunner,
  createRadianceTrainer,
  createTrainer,
  type EngineTrainer,
  type RadianceTrainer,
} from 'evos/engine';
import { exportModel } from 'evos/onnx';
import { shapeOf, smallest } from './models/small.js';
import { keepShaders, webgpu } from './onnx/device-webgpu.js';
import { layersFromState } from '../reference/siren-layers.js';
import { ReferenceTrainer } from '../reference/siren.js';
import { someRays, space } from './radiance/support.js';
import { batchOf, holdToContract } from './trainer-contract.js';

keepShaders();

const ports = { inputDim: 2, outputDim: 3, shape: shapeOf(2) };
const adam = { learningRate: 1e-3, epsilon: 1e-3 };

function points(size: number, seed: number) {
  const random = createRandom(seed + 1);
  const numbers = (count: number): Float32Array =>
    Float32Array.from({ length: count }, () => 1.8 * random.float() - 0.9);
  return batchOf(numbers(2 * size), numbers(3 * size), size);
}

/** What a trainer's exported model answers. */
async function askExported(trainer: EngineTrainer, inputs: Float32Array): Promise<Float32Array> {
  const parameters = (await trainer.parameters()).map(({ data }) => data);
  const runner = createModelRunner(exportModel(trainer.model, parameters, {}), trainer.model);
  try {
    return await runner.run(inputs);
  } finally {
    await runner.dispose();
  }
}

/** A network and what `predict` says. */
async function exportedNetwork(trainer: EngineTrainer) {
  const { inputs } = points(25, 9);
  return { got: await askExported(trainer, inputs), wanted: await trainer.predict(inputs) };
}

/** A field and what it is at points inside its cube. */
async function exportedField(trainer: RadianceTrainer) {
  const random = createRandom(9);
  const size = 25;
  const inputs = new Float32Array(6 * size);
  const [places, directions] = [new Float32Array(3 * size), new Float32Array(3 * size)];
  for (let i = 0; i < size; i++) {
    places.set(
      space.centre.map((middle) => middle + space.half * (1.8 * random.float() - 0.9)),
      3 * i,
    );
    const raw = [0, 1, 2].map(() => 2 * random.float() - 1);
    directions.set(
      raw.map((value) => value / Math.hypot(...raw)),
      3 * i,
    );
    inputs.set(places.subarray(3 * i, 3 * i + 3), 6 * i);
    inputs.set(directions.subarray(3 * i, 3 * i + 3), 6 * i + 3);
  }
  const { densities, colours } = await trainer.query(places, directions);
  const wanted = Float32Array.from({ length: 4 * size }, (_, i) =>
    i % 4 === 0 ? densities[i / 4]! : colours[3 * Math.floor(i / 4) + (i % 4) - 1]!,
  );
  return { got: await askExported(trainer, inputs), wanted };
}

/**
 * Networks that are tried in whole batches too, and as fields through ONNX Runtime's WebGPU: how work is cut and which runtime
 * carries it out is no affair of an activation.
 */
const representative = (name: string): boolean => ['siren', 'hash-grid', 'nerf'].includes(name);

const devices = [
  { device: 'cpu', workers: 1, microBatch: 2048, skip: false },
  { device: 'cpu', workers: 2, microBatch: 7, skip: false },
  { device: 'webgpu', workers: 1, microBatch: 16, skip: webgpu.skipped && `no WebGPU${webgpu.why}` },
] as const;

/**
 * How close ONNX Runtime's WebGPU comes. The software adapter's own sine is off by 2e-4 everywhere, and WIRE has its waves in an
 * exponential, layer behind layer.
 */
const onnxWebgpu = (name: string) => ({ tolerance: name === 'wire' ? 2e-2 : 1e-3 });

/** Whether the kernels for WebGPU train it. */
function hasKernels(name: string, settings: Parameters<typeof smallest>[0]): boolean {
  const { dense, encoding } = createModel(name, ports, smallest(settings));
  return (dense ?? encoding?.dense) !== undefined;
}

/**
 * Whether it is tried on WebGPU: by ONNX Runtime each network takes a software GPU ten seconds. EVOS_TEST_ALL=1 tries all of them,
 * else one of those does.
 */
const triedOnGpu = (name: string, settings: Parameters<typeof smallest>[0]): boolean =>
  process.env['EVOS_TEST_ALL'] === '1' || name === 'wire' || hasKernels(name, settings);

for (const backbone of backbones()) {
  const { name, settings } = backbone;
  if (backbone.create !== undefined) {
    for (const { skip, ...where } of devices.slice(representative(name) ? 0 : 1)) {
      if (where.device === 'webgpu' && !triedOnGpu(name, settings)) continue;
      holdToContract({
        name: `${name} on ${where.device}, ${where.workers} workers, micro-batches of ${where.microBatch}`,
        skip,
        make: () =>
          createTrainer({ model: createModel(name, ports, smallest(settings)), adam, seed: 3, ...where }),
        batch: points,
        exported: exportedNetwork,
        // Kernels of our own give the same bits; ONNX Runtime's WebGPU does not.
        ...(where.device === 'cpu' || hasKernels(name, settings) ? {} : onnxWebgpu(name)),
      });
    }
  }
  // A network of a grid is no field, and neither is one of a file.
  if (backbone.needs.some((need) => need === 'lattice' || need === 'file')) continue;
  const field = createField(name, space, smallest(settings));
  for (const { skip, device, workers } of devices.slice(1, representative(name) ? 3 : 2)) {
    holdToContract({
      name: `${name} as a radiance field on ${device}, ${workers} workers`,
      skip,
      make: () =>
        createRadianceTrainer({
          ...{ field, adam, seed: 3, device, workers },
          background: [0.9, 0.8, 0.7],
          samplesPerRay: 6,
        }),
      batch: someRays,
      exported: exportedField,
      repeats: false,
      ...(device === 'cpu' ? {} : onnxWebgpu(name)),
    });
  }
}

const model = createModel('siren', ports, smallest({ width: 0, depth: 0, omega: 0 }));
holdToContract({
  name: 'the reference',
  make: () => {
    const values = model.initialise(createRandom(3));
    const state = Object.fromEntries(model.parameters.map(({ name }, i) => [name, [...values[i]!]]));
    return new ReferenceTrainer({
      layers: layersFromState(state),
      omega: Number(smallest({ omega: 0 })['omega']),
      lr: 1e-3,
    });
  },
  batch: points,
});
