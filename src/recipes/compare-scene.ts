// The same scene, field, weights and seed under several ways of choosing rays; as compare.ts for pictures.
import { runComparison, toBaseline, toCsv, type ComparisonPlaces } from './comparison.js';
import type { CompareSceneEvent, FitSceneEvent } from './events.js';
import { fitScene, resumeScene } from './fit-scene.js';
import { renderSceneComparison } from './report/scene-comparison.js';
import { compareFiles } from './run-folder.js';
import type { CompareSceneReport, CompareSceneRow, SceneMetrics } from './scene-figures.js';
import {
  compareSceneSettings,
  fitSceneSettings,
  resolveSceneSettings,
  sceneEntrySettings,
} from './scene-options.js';
import {
  sceneStrategies,
  type CompareSceneSettings,
  type CompareSceneSettingsInput,
  type FitSceneSettings,
} from './scene-settings.js';
import { sceneName } from './scene-name.js';
import { readEntry } from './strategy-entries.js';

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
  const { input, out, overwrite, signal, resume, ...rest } = options;
  const settings = resolveSceneSettings(compareSceneSettings, rest);
  const { strategies, ...common } = settings;
  const places = {
    ...(out === undefined ? {} : { out }),
    ...(overwrite === undefined ? {} : { overwrite }),
    ...(signal === undefined ? {} : { signal }),
    ...(resume === undefined ? {} : { resume }),
  };
  yield* runComparison<
    CompareSceneSettings,
    FitSceneSettings,
    FitSceneEvent,
    SceneMetrics,
    CompareSceneRow,
    CompareSceneReport
  >(places, {
    input,
    settings,
    name: sceneName(input),
    known: sceneStrategies,
    entries: strategies.map((text) => readEntry(text, sceneEntrySettings)),
    wanted: (entry) =>
      resolveSceneSettings(fitSceneSettings, common, entry.settings, { strategy: entry.strategy }),
    async check() {
      // Loaded where it is needed: it brings the engine with it.
      const { readSceneInput } = await import('./scene-input.js');
      await readSceneInput(input, resolveSceneSettings(fitSceneSettings, common));
    },
    fit: (run, folder, shared) =>
      fitScene({ ...signalOf(shared), ...run, input, out: folder, overwrite: true }),
    resume: (folder, expected, shared) => resumeScene({ ...signalOf(shared), folder, expected }),
    row: (row, metrics, baseline) => ({
      ...row,
      psnr: metrics.psnr,
      ssim: metrics.ssim,
      // The final figure is of more pixels, so the history's own last one is what to reach.
      ...toBaseline(metrics.history, ({ psnr }) => psnr, baseline.history.at(-1)?.psnr ?? 0, baseline),
      history: metrics.history,
    }),
    report: (report, { input: info }, rows) => ({ kind: 'scene-comparison', input: info, ...report, rows }),
    files: comparisonFiles,
  });
}

async function comparisonFiles(folder: string, report: CompareSceneReport): Promise<Record<string, string>> {
  // Loaded where it is needed: it brings sharp and three with it.
  const { comparedScenePictures } = await import('./scene-compared-pictures.js');
  const images = await comparedScenePictures(folder, report);
  return {
    [compareFiles.report]: renderSceneComparison({ report, images }),
    [compareFiles.table]: toCsv(report.rows, {
      step: ({ step }) => step,
      seconds: ({ seconds }) => seconds,
      psnr: ({ psnr }) => psnr,
      loss: ({ loss }) => loss,
      ratio: ({ ratio }) => ratio,
    }),
    [compareFiles.data]: `${JSON.stringify(report, undefined, 2)}\n`,
  };
}

function signalOf({ signal }: { readonly signal?: AbortSignal }): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
