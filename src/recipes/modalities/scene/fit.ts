// Fitting scenes, and comparing strategies on one: what an SDK user calls.
import type { CampaignPlaces, ComparisonPlaces } from '../../runs/comparing/comparison.js';
import type { CampaignEvent, ComparisonEvent, RunEvent } from '../../runs/events.js';
import type { FitPlaces, ResumePlaces } from '../../runs/fit.js';
import { startCompare, startCompareAll, startFit, startResume } from '../start.js';
import { sceneModality, type SceneTypes } from './modality.js';
import type { CompareSceneSettingsInput, FitSceneSettings, FitSceneSettingsInput } from './settings.js';

/** What `fitScene` takes: the settings, and where from and where to. */
export interface FitSceneOptions extends FitSceneSettingsInput, FitPlaces {
  /** A scene's folder, or its transforms.json, poses_bounds.npy, or a file of COLMAP's model. */
  readonly input: string;
}

/** What `resumeScene` takes. */
export interface ResumeSceneOptions extends ResumePlaces {
  /** Settings the run must have been started with; 0 and `auto` agree with whatever they were resolved to. */
  readonly expected?: Partial<FitSceneSettings>;
}

/** What `compareScene` takes. */
export interface CompareSceneOptions extends CompareSceneSettingsInput, Omit<ComparisonPlaces, 'selectors'> {
  /** A scene's folder or file, as `fitScene` takes it. */
  readonly input: string;
}

/** What `compareAllScenes` takes. */
export interface CompareAllScenesOptions extends CompareSceneSettingsInput, CampaignPlaces {}

/** What `compareAllScenes` yields. */
export type CompareAllScenesEvent = CampaignEvent<SceneTypes>;

/** What `fitScene` yields. After an abort the last event is `end` with reason `aborted`. */
export type FitSceneEvent = RunEvent<SceneTypes>;

/** What `compareScene` yields, as `compare` does. */
export type CompareSceneEvent = ComparisonEvent<SceneTypes>;

/**
 * Fits a radiance field to the photographs of a scene, renders and measures those that were held out, and writes the run's
 * folder. Nothing happens before the first event is asked for. Leaving the loop early ends the run without files beyond
 * the last checkpoint; use `signal` to stop in good order.
 *
 * Everything runs in worker threads, so the caller's thread is free between events. During training quality is measured
 * on a lattice of pixels of the held-out photographs, some 16,000 together; at the end on all of them.
 *
 * @throws InputError, ConfigError, DeviceError, OutputError before training starts; ConfigError when it diverges.
 */
export function fitScene(options: FitSceneOptions): AsyncGenerator<FitSceneEvent, void, undefined> {
  return startFit(sceneModality, options);
}

/**
 * Goes on with a run from its last checkpoint, bit for bit as if it had never stopped (on the CPU). The settings are the
 * run's own; the photographs are read again from where they were. A run that had finished gets its files written anew.
 * @throws ResumeError when there is nothing to go on from, it is damaged, or the scene is not as it was.
 */
export function resumeScene(options: ResumeSceneOptions): AsyncGenerator<FitSceneEvent, void, undefined> {
  return startResume(sceneModality, options);
}

/**
 * Runs each strategy on a scene, in turns as `compare` does on an image, and writes compare.html, compare.json and
 * compare.csv beside the runs' own folders. How soon a strategy reaches the baseline's quality goes by the PSNR of the
 * histories, which is of fewer pixels than the table's.
 */
export function compareScene(
  options: CompareSceneOptions,
): AsyncGenerator<CompareSceneEvent, void, undefined> {
  return startCompare(sceneModality, options);
}

/** Compares strategies on several scenes, or with several seeds, as `compareAll` does on pictures. */
export function compareAllScenes(
  options: CompareAllScenesOptions,
): AsyncGenerator<CompareAllScenesEvent, void, undefined> {
  return startCompareAll(sceneModality, options);
}
