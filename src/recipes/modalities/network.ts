// From settings to a network and to what Adam needs for it. The engine's registry takes this over.
import {
  hashGrid,
  HASH_GRID_ADAM,
  siren,
  type AdamOptions,
  type ModelDefinition,
} from '../../engine/index.js';

interface NetworkSettings {
  readonly backbone: string;
  readonly learningRate: number;
  readonly width: number;
  readonly depth: number;
  readonly omega: number;
  readonly levels: number;
  readonly log2TableSize: number;
  readonly baseResolution: number;
  readonly finestResolution: number;
}

/** The network that settings name. */
export function networkOf(
  settings: NetworkSettings,
  ports: { readonly inputDim: number; readonly outputDim: number },
): ModelDefinition {
  const { backbone, width, depth, omega } = settings;
  if (backbone === 'siren') return siren({ ...ports, width, depth, omega });
  const { levels, log2TableSize, baseResolution, finestResolution } = settings;
  const grid = { levels, log2TableSize, baseResolution, finestResolution };
  return hashGrid({ ...ports, ...grid, hidden: width, layers: depth });
}

/** Adam's settings: a grid's are its authors'. */
export function adamOf({ backbone, learningRate }: NetworkSettings): AdamOptions {
  return backbone === 'siren' ? { learningRate } : { ...HASH_GRID_ADAM, learningRate };
}
