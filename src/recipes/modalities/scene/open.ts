// A finished or stopped run of a scene, opened to render from: the field as its last checkpoint has it.
import path from 'node:path';
import { ResumeError } from '../../../core/errors.js';
import { resolveDevice, type RadianceTrainer } from '../../../engine/index.js';
import { loadCheckpoint } from '../../runs/checkpoint.js';
import { readRun } from '../../runs/fit.js';
import { runFiles } from '../../runs/folder.js';
import { settleFolder } from '../../runs/run-folder.js';
import { sceneModality } from './modality.js';
import { sceneTrainer, type SceneTrainerFactory } from './model.js';
import { readSceneRecord, type SceneRecord } from './record.js';
import type { FitSceneSettings } from './settings.js';

/** A run's field and what is known of its scene; the photographs are not needed. */
export interface OpenedScene extends SceneRecord {
  /** Has threads: dispose of the scene. */
  readonly trainer: RadianceTrainer;
  /** The run's. */
  readonly settings: FitSceneSettings;
  /** The step of the checkpoint. */
  readonly step: number;
  dispose(): Promise<void>;
}

/** How `openScene` opens a run. */
export interface OpenSceneOptions {
  /** Where to render. Default: the device that the run trained on, where that is there. */
  readonly device?: FitSceneSettings['device'];
}

/**
 * Opens the run in a folder, as its last checkpoint has it.
 * @throws ResumeError when there is no checkpoint of a scene, or it is damaged; InputError without its scene.json;
 *   DeviceError
 */
export async function openScene(
  folder: string,
  { device }: OpenSceneOptions = {},
  makeTrainer: SceneTrainerFactory = sceneTrainer,
): Promise<OpenedScene> {
  await settleFolder(folder);
  const file = path.join(folder, runFiles.checkpoint);
  const checkpoint = await loadCheckpoint(file);
  const { settings } = readRun(sceneModality, checkpoint, folder);
  const record = await readSceneRecord(folder);
  const { space, background } = record;
  const { name } = await resolveDevice(device ?? settings.device);
  const trainer = makeTrainer(settings, { space, background, device: name });
  try {
    await trainer.restore(checkpoint.trainer);
  } catch (error) {
    await trainer.dispose();
    if (!(error instanceof ResumeError)) throw error;
    throw new ResumeError(`${file}: ${error.message}`, { cause: error });
  }
  return { ...record, trainer, settings, step: checkpoint.step, dispose: () => trainer.dispose() };
}
