// From settings to the network of a mesh fit, and to what Adam needs for it.
import {
  hashGrid,
  HASH_GRID_ADAM,
  siren,
  type AdamOptions,
  type ModelDefinition,
} from '../../../engine/index.js';
import type { FitMeshSettings } from './settings.js';

/** The network: positions `[n, 3]` → distances `[n, 1]`. */
export function meshModel(settings: FitMeshSettings): ModelDefinition {
  const { backbone, width, depth, omega } = settings;
  const ports = { inputDim: 3, outputDim: 1 };
  if (backbone === 'siren') return siren({ ...ports, width, depth, omega });
  const { levels, log2TableSize, baseResolution, finestResolution } = settings;
  return hashGrid({
    ...ports,
    levels,
    log2TableSize,
    baseResolution,
    finestResolution,
    hidden: width,
    layers: depth,
  });
}

/** Adam's settings: a grid's are its authors'. */
export function meshAdam({ backbone, learningRate }: FitMeshSettings): AdamOptions {
  return backbone === 'siren' ? { learningRate } : { ...HASH_GRID_ADAM, learningRate };
}
