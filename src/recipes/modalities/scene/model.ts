// From settings to the field of a scene fit and its trainer.
import type { Pool } from '../../../core/index.js';
import { present } from '../../../core/present.js';
import {
  createField,
  createRadianceTrainer,
  type Device,
  type FieldSpace,
  type RadianceTrainer,
  type RayBackground,
} from '../../../engine/index.js';
import { adamOf, backboneSettings } from '../../runs/models/network.js';
import type { FitSceneSettings } from './settings.js';

/** What a trainer is made from beside the settings. */
export interface SceneModelOptions {
  readonly space: FieldSpace;
  readonly background: RayBackground;
  /** A device that is known to work. */
  readonly device: Device;
  /** What it is trained on; left out: it only renders. */
  readonly pool?: Pool;
}

/** Makes a trainer for a scene. */
export type SceneTrainerFactory = (settings: FitSceneSettings, options: SceneModelOptions) => RadianceTrainer;

/** The trainer of the engine. Its threads start at once. */
export const sceneTrainer: SceneTrainerFactory = (settings, { space, background, device, pool }) =>
  createRadianceTrainer({
    field: createField(settings.backbone, space, backboneSettings(settings)),
    adam: adamOf(settings),
    averaging: settings.averaging,
    seed: settings.seed,
    device,
    background,
    samplesPerRay: settings.samplesPerRay,
    ...present({ pool }),
    ...(settings.workers > 0 ? { workers: settings.workers } : {}),
  });
