// The same mesh, points, weights and seed under several strategies; as compare.ts for pictures.
import path from 'node:path';
import type { CompareMeshReport, CompareMeshRow, MeshMetrics } from './artifacts.js';
import { runComparison, toBaseline, toCsv, type ComparisonPlaces, type Shared } from './comparison.js';
import type { CompareMeshEvent, FitMeshEvent } from './events.js';
import { readBytes } from './files.js';
import { fitMesh, resumeMesh } from './fit-mesh.js';
import {
  compareMeshSettings,
  fitMeshSettings,
  meshEntrySettings,
  resolveMeshSettings,
} from './mesh-options.js';
import type { CompareMeshSettings, CompareMeshSettingsInput, FitMeshSettings } from './mesh-settings.js';
import { renderMeshComparison } from './report/mesh-comparison.js';
import { compareFiles, meshFiles } from './run-folder.js';
import { builtInSelectors } from './selectors.js';
import { readEntry } from './strategy-entries.js';

/** What `compareMesh` takes. */
export interface CompareMeshOptions extends CompareMeshSettingsInput, ComparisonPlaces {
  /** Path of an OBJ, PLY, STL, GLB or glTF. */
  readonly input: string;
}

/**
 * Runs each strategy on a mesh, as `compare` does on an image, and writes compare.json, compare.csv and compare.html
 * beside the runs' own folders. How soon a strategy reaches the baseline's quality goes by the IoU of the histories.
 */
export async function* compareMesh(
  options: CompareMeshOptions,
): AsyncGenerator<CompareMeshEvent, void, undefined> {
  const { input, out, overwrite, signal, resume, selectors, ...rest } = options;
  const settings = resolveMeshSettings(compareMeshSettings, rest);
  const { strategies, ...common } = settings;
  const places = {
    ...(out === undefined ? {} : { out }),
    ...(overwrite === undefined ? {} : { overwrite }),
    ...(signal === undefined ? {} : { signal }),
    ...(resume === undefined ? {} : { resume }),
    ...(selectors === undefined ? {} : { selectors }),
  };
  yield* runComparison<
    CompareMeshSettings,
    FitMeshSettings,
    FitMeshEvent,
    MeshMetrics,
    CompareMeshRow,
    CompareMeshReport
  >(places, {
    input,
    settings,
    entries: strategies.map((text) => readEntry(text, meshEntrySettings)),
    wanted: (entry, strategy) => resolveMeshSettings(fitMeshSettings, common, entry.settings, strategy),
    async check() {
      // Loaded where it is needed: it brings three with it.
      const { readMeshInput } = await import('./mesh-input.js');
      await (await readMeshInput(input, resolveMeshSettings(fitMeshSettings, common))).field.dispose();
    },
    fit: (run, folder, shared) =>
      fitMesh({ ...threaded(shared), ...run, input, out: folder, overwrite: true }),
    resume: (folder, expected, shared) => resumeMesh({ ...threaded(shared), folder, expected }),
    row: (row, metrics, baseline) => ({
      ...row,
      iou: metrics.iou,
      iouNear: metrics.iouNear,
      chamferL1: metrics.chamferL1,
      chamferL2: metrics.chamferL2,
      normalConsistency: metrics.normalConsistency,
      // The final figure is of other points, so the history's own last one is what to reach.
      ...toBaseline(metrics.history, ({ iou }) => iou, baseline.history.at(-1)?.iou ?? 0, baseline),
      history: metrics.history,
    }),
    report: (report, { input: info }, rows) => ({ kind: 'mesh-comparison', input: info, ...report, rows }),
    files: comparisonFiles,
  });
}

async function comparisonFiles(folder: string, report: CompareMeshReport): Promise<Record<string, string>> {
  const runs: Record<string, { preview: Uint8Array; selection: Uint8Array }> = {};
  for (const { strategy, folder: own } of report.rows) {
    runs[strategy] = {
      preview: await readBytes(path.join(folder, own, meshFiles.preview)),
      selection: await readBytes(path.join(folder, own, meshFiles.selection)),
    };
  }
  return {
    [compareFiles.report]: renderMeshComparison({ report, images: { runs } }),
    [compareFiles.table]: toCsv(report.rows, {
      step: ({ step }) => step,
      seconds: ({ seconds }) => seconds,
      iou: ({ iou }) => iou,
      iou_near: ({ iouNear }) => iouNear,
      loss: ({ loss }) => loss,
      ratio: ({ ratio }) => ratio,
    }),
    [compareFiles.data]: `${JSON.stringify(report, undefined, 2)}\n`,
  };
}

/** The settings name built-in strategies, so that their runs can have threads of their own. */
function threaded({ selector, ...others }: Shared): Shared {
  const own = selector !== undefined && !Object.values(builtInSelectors).includes(selector);
  return own ? { ...others, selector } : others;
}
