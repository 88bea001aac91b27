// From settings to the field of a scene fit and its trainer.
import {
  createRadianceTrainer,
  HASH_GRID_ADAM,
  positionalField,
  radianceField,
  type AdamOptions,
  type Device,
  type FieldSpace,
  type RadianceField,
  type RadianceTrainer,
  type RayBackground,
} from '../../../engine/index.js';
import type { FitSceneSettings } from './settings.js';

/** What a trainer is made from beside the settings. */
export interface SceneModelOptions {
  readonly space: FieldSpace;
  readonly background: RayBackground;
  /** A device that is known to work. */
  readonly device: Device;
}

/** Makes a trainer for a scene. */
export type SceneTrainerFactory = (settings: FitSceneSettings, options: SceneModelOptions) => RadianceTrainer;

/** The field: positions and directions in the world `[n, 6]` → density and colour `[n, 4]`. */
export function sceneField(settings: FitSceneSettings, space: FieldSpace): RadianceField {
  const { backbone, width, depth } = settings;
  if (backbone === 'nerf') return positionalField({ space, width, depth });
  const { levels, log2TableSize, baseResolution, finestResolution } = settings;
  const grid = { levels, log2TableSize, baseResolution, finestResolution };
  return radianceField({ space, ...grid, hidden: width, colourLayers: depth });
}

/** Adam's settings: a grid's are its authors'. */
function sceneAdam({ backbone, learningRate }: FitSceneSettings): AdamOptions {
  return backbone === 'nerf' ? { learningRate } : { ...HASH_GRID_ADAM, learningRate };
}

/** The trainer on the step graphs of `evos/onnx`. Its threads start at once. */
export const sceneTrainer: SceneTrainerFactory = (settings, { space, background, device }) =>
  createRadianceTrainer({
    field: sceneField(settings, space),
    adam: sceneAdam(settings),
    seed: settings.seed,
    device,
    background,
    samplesPerRay: settings.samplesPerRay,
    ...(settings.workers > 0 ? { workers: settings.workers } : {}),
  });
