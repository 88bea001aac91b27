// A run that has no model yet, because it was stopped before its end or still goes on: what its last checkpoint holds is
// rendered and inspected in the model's place.
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { ModelDefinition } from '../../engine/index.js';
import { layOut } from '../../engine/onnx/parameters/layout.js';
import { averageName } from '../../engine/training/averaging.js';
import { floatsIn } from '../../engine/training/state.js';
import { loadCheckpoint, type Checkpoint } from '../runs/checkpoint.js';
import type { RunTypes } from '../runs/events.js';
import { readRun } from '../runs/fit.js';
import { runFiles } from '../runs/folder.js';
import type { Modality } from '../runs/modality.js';
import { reopenNetworkFile, type NetworkFile } from '../runs/models/network-file.js';
import { settleFolder } from '../runs/run-folder.js';

/** A run without its model. */
export interface StoppedRun<Types extends RunTypes = RunTypes> {
  readonly folder: string;
  readonly checkpoint: Checkpoint;
  readonly settings: Types['settings'];
  readonly info: Types['info'];
  /** Its network, where that is of a file: for `networkOf`. */
  readonly network: NetworkFile | undefined;
  /** How far it is. */
  readonly at: StepOf;
}

/** A step, of how many. */
export interface StepOf {
  readonly step: number;
  readonly steps: number;
}

/** A model to render from: of a file, or of a run's last checkpoint. */
export interface OpenedModel {
  readonly bytes: Uint8Array;
  /** How errors call it: its file, or the run's folder. */
  readonly name: string;
  /** Where renderings go unless another place is named. */
  readonly folder: string;
  /** How far a stopped run is. */
  readonly at?: StepOf;
}

/** "step 31 of 500" */
export const stepWords = ({ step, steps }: StepOf): string => `step ${step} of ${steps}`;

/** Whether a path is the folder of a run that has a checkpoint and no model. */
export async function isStopped(given: string): Promise<boolean> {
  const found = await stat(given).catch(() => undefined);
  if (found?.isDirectory() !== true) return false;
  await settleFolder(given);
  const has = (name: string): boolean => existsSync(path.join(given, name));
  return has(runFiles.checkpoint) && !has(runFiles.model);
}

/**
 * Reads a run that has no model.
 * @returns undefined where there is a model, or no run
 * @throws ResumeError when the checkpoint is damaged, or of another modality
 */
export async function readStopped<Types extends RunTypes>(
  modality: Modality<Types>,
  given: string,
): Promise<StoppedRun<Types> | undefined> {
  if (!(await isStopped(given))) return undefined;
  const checkpoint = await loadCheckpoint(path.join(given, runFiles.checkpoint));
  const { settings, info, input } = readRun(modality, checkpoint, given);
  const network = await reopenNetworkFile(given, settings, input);
  const at = { step: checkpoint.step, steps: settings.steps };
  return { folder: given, checkpoint, settings, info, network, at };
}

/** The weights that a checkpoint holds, or their average where there is one, an array for each parameter. @throws ResumeError when they are of another model */
export function storedParameters(
  { trainer }: Pick<Checkpoint, 'trainer'>,
  { parameters }: ModelDefinition,
): Float32Array[] {
  const { slots, total } = layOut(parameters);
  const values = floatsIn(trainer, averageName in trainer.arrays ? averageName : 'parameters', total);
  return slots.map(({ offset, count }) => values.slice(offset, offset + count));
}
