// The same scene, field, weights and seed under several ways of choosing rays; as compare.ts for pictures.
import { ArgumentError } from '../../../core/index.js';
import type { ComparedKind } from '../../runs/compared-kind.js';
import { runComparison, type ComparisonPlaces } from '../../runs/comparison.js';
import type { CompareSceneEvent, FitSceneEvent } from '../../runs/events.js';
import { fitScene, resumeScene } from './fit.js';
import { renderSceneComparison, sceneQuality } from './report/comparison.js';
import type { CompareSceneReport, SceneFigures, SceneMetrics } from './metrics.js';
import {
  compareSceneSettings,
  fitSceneSettings,
  resolveSceneSettings,
  sceneEntrySettings,
} from './options.js';
import {
  sceneStrategies,
  type CompareSceneSettings,
  type CompareSceneSettingsInput,
  type FitSceneSettings,
} from './settings.js';
import { sceneName } from './name.js';

/** What `compareScene` takes. */
export interface CompareSceneOptions extends CompareSceneSettingsInput, Omit<ComparisonPlaces, 'selectors'> {
  /** A scene's folder or file, as `fitScene` takes it. */
  readonly input: string;
}

/**
 * Runs each strategy on a scene, in turns as `compare` does on an image, and writes compare.html, compare.json and compare.csv beside the
 * runs' own folders. How soon a strategy reaches the baseline's quality goes by the PSNR of the histories, which is of
 * fewer pixels than the table's.
 */
export async function* compareScene(
  options: CompareSceneOptions,
): AsyncGenerator<CompareSceneEvent, void, undefined> {
  yield* runComparison(scenes, options);
}

const scenes: ComparedKind<
  CompareSceneSettings,
  FitSceneSettings,
  FitSceneEvent,
  SceneMetrics,
  SceneFigures
> = {
  kind: 'scene',
  strategies: sceneStrategies,
  entrySettings: sceneEntrySettings,
  settings: (given) => resolveSceneSettings(compareSceneSettings, given),
  runSettings: (...layers) => resolveSceneSettings(fitSceneSettings, ...layers),
  /** Ways of choosing rays are built in, all of them. */
  selector(strategy) {
    if (sceneStrategies.some((name) => name === strategy)) return undefined;
    throw new ArgumentError(`unknown strategy "${strategy}": expected one of ${sceneStrategies.join(', ')}`);
  },
  nameOf: sceneName,
  async check(input, settings) {
    // Loaded where it is needed: it brings the engine with it.
    const { readSceneInput } = await import('./input.js');
    await readSceneInput(input, settings);
  },
  fit: fitScene,
  resume: resumeScene,
  figures: ({ psnr, ssim }) => ({ psnr, ssim }),
  quality: sceneQuality,
  columns: { psnr: ({ psnr }) => psnr },
  page,
};

async function page(folder: string, report: CompareSceneReport): Promise<string> {
  // Loaded where it is needed: it brings sharp and three with it.
  const { comparedScenePictures } = await import('./compared-pictures.js');
  return renderSceneComparison({ report, images: await comparedScenePictures(folder, report) });
}
