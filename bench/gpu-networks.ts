// The networks whose steps `bench gpu` times: for a trainer of ours, and as the script beside it is told of them.
import { createRandom } from 'evos';
import { HASH_GRID_ADAM, hashGrid, siren, type AdamOptions, type ModelDefinition } from 'evos/engine';
import type * as LayoutModule from '../dist/engine/models/hash-grid/layout.js';
import { behindEntry } from './gpu-kernels.js';
import type { GpuTask, TorchNetwork } from './gpu-torch.js';

/** A network and how it is trained. */
export interface TimedNetwork {
  readonly name: string;
  readonly model: ModelDefinition;
  readonly adam: Required<AdamOptions>;
  /** Operations of a step's products for one sample: forward, backward by weights, and by inputs but for the first layer of a SIREN. */
  readonly flopsPerSample: number;
  readonly torch: Pick<TorchNetwork, 'kind' | 'shape'>;
}

const [inputDim, outputDim, omega, width] = [2, 3, 30, 256];
const { hashPrimes } = (await behindEntry('models/hash-grid/layout.js')) as typeof LayoutModule;

function sineNetwork(): TimedNetwork {
  const model = siren({ inputDim, outputDim, width, depth: 3, omega });
  return {
    name: 'SIREN 3×256',
    model,
    adam: { learningRate: 1e-4, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
    flopsPerSample: 2 * (3 * model.macsPerSample - inputDim * width),
    torch: { kind: 'siren', shape: { omega } },
  };
}

function gridNetwork(): TimedNetwork {
  const model = hashGrid({ inputDim, outputDim, width: 64, depth: 2 });
  return {
    name: 'hash grid, 2×64',
    model,
    adam: HASH_GRID_ADAM,
    flopsPerSample: 2 * 3 * model.macsPerSample,
    torch: { kind: 'hash-grid', shape: { layout: model.encoding?.layout, primes: hashPrimes } },
  };
}

/** A SIREN of its published size, and a hash grid with a small network. */
export const timedNetworks = [sineNetwork(), gridNetwork()] as const;

/** What PyTorch is told: the same samples, and networks from the same weights. */
export function torchTask(
  pool: Pick<GpuTask, 'inputDim' | 'inputs' | 'targets'> & {
    readonly size: number;
    readonly targetDim: number;
  },
  networks: readonly TimedNetwork[],
  seed: number,
): GpuTask {
  return {
    ...{ n: pool.size, inputDim: pool.inputDim, outputDim: pool.targetDim },
    ...{ inputs: pool.inputs, targets: pool.targets },
    networks: networks.map(({ model, adam, torch }) => {
      const values = model.initialise(createRandom(seed));
      return {
        ...torch,
        adam,
        parameters: model.parameters.map(({ name, shape }, i) => ({
          ...{ name, shape },
          data: values[i] ?? new Float32Array(),
        })),
      };
    }),
  };
}
