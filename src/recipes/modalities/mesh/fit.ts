// Fitting meshes, and comparing strategies on one: what an SDK user calls.
import type { CampaignPlaces, ComparisonPlaces } from '../../runs/comparing/comparison.js';
import type { CampaignEvent, ComparisonEvent, RunEvent } from '../../runs/events.js';
import {
  startCompare,
  startCompareAll,
  startFit,
  startResume,
  type FitOptions,
  type ResumeOptions,
} from '../start.js';
import { meshModality } from './modality.js';
import type { MeshTypes } from './types.js';
import type { CompareMeshSettingsInput, FitMeshSettings, FitMeshSettingsInput } from './settings.js';

/** What `fitMesh` takes: the settings, and where from and where to. */
export interface FitMeshOptions extends FitMeshSettingsInput, FitOptions {
  /** Path of an OBJ, PLY, STL, GLB or glTF. */
  readonly input: string;
}

/** What `resumeMesh` takes. */
export type ResumeMeshOptions = ResumeOptions<FitMeshSettings>;

/** What `compareMesh` takes. */
export interface CompareMeshOptions extends CompareMeshSettingsInput, ComparisonPlaces {
  /** Path of an OBJ, PLY, STL, GLB or glTF. */
  readonly input: string;
}

/** What `compareAllMeshes` takes. */
export interface CompareAllMeshesOptions extends CompareMeshSettingsInput, CampaignPlaces {}

/** What `compareAllMeshes` yields. */
export type CompareAllMeshesEvent = CampaignEvent<MeshTypes>;

/** What `fitMesh` yields. After an abort the last event is `end` with reason `aborted`. */
export type FitMeshEvent = RunEvent<MeshTypes>;

/** What `compareMesh` yields, as `compare` does. */
export type CompareMeshEvent = ComparisonEvent<MeshTypes>;

/**
 * Fits a network to the signed distances of a mesh, extracts the mesh that it has learnt, compares the two, and writes
 * the run's folder. Nothing happens before the first event is asked for. Leaving the loop early ends the run without
 * files beyond the last checkpoint; use `signal` to stop in good order.
 *
 * Everything runs in worker threads, so the caller's thread is free between events; with a `selector` of the caller's
 * own, choosing, measuring and writing happen in the caller's thread.
 *
 * @throws InputError (also for a mesh without an inside), ConfigError, DeviceError, OutputError before training starts;
 *   ConfigError when it diverges; NoResultError when there is no surface in what was learnt: the checkpoint is then there.
 */
export function fitMesh(options: FitMeshOptions): AsyncGenerator<FitMeshEvent, void, undefined> {
  return startFit(meshModality, options);
}

/**
 * Goes on with a run from its last checkpoint, bit for bit as if it had never stopped (on the CPU). Settings and mesh
 * are the run's own; a run that had finished gets its files written anew. Threads as for `fitMesh`.
 * @throws ResumeError when there is nothing to go on from, or it is damaged.
 */
export function resumeMesh(options: ResumeMeshOptions): AsyncGenerator<FitMeshEvent, void, undefined> {
  return startResume(meshModality, options);
}

/**
 * Runs each strategy on a mesh, as `compare` does on an image, and writes compare.json, compare.csv and compare.html
 * beside the runs' own folders. How soon a strategy reaches the baseline's quality goes by the IoU of the histories.
 */
export function compareMesh(options: CompareMeshOptions): AsyncGenerator<CompareMeshEvent, void, undefined> {
  return startCompare(meshModality, options);
}

/** Compares strategies on several meshes, or with several seeds, as `compareAll` does on pictures. */
export function compareAllMeshes(
  options: CompareAllMeshesOptions,
): AsyncGenerator<CompareAllMeshesEvent, void, undefined> {
  return startCompareAll(meshModality, options);
}
