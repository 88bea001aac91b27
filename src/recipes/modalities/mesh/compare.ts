// The same mesh, points, weights and seed under several strategies; as compare.ts for pictures.
import path from 'node:path';
import type { CompareMeshReport, MeshFigures, MeshMetrics } from '../../runs/artifacts.js';
import type { ComparedKind } from '../../runs/compared-kind.js';
import { runComparison, type ComparisonPlaces } from '../../runs/comparison.js';
import type { CompareMeshEvent, FitMeshEvent } from '../../runs/events.js';
import { readBytes } from '../../runs/files.js';
import { fitMesh, resumeMesh } from './fit.js';
import { compareMeshSettings, fitMeshSettings, meshEntrySettings, resolveMeshSettings } from './options.js';
import type { CompareMeshSettings, CompareMeshSettingsInput, FitMeshSettings } from './settings.js';
import { meshQuality, renderMeshComparison } from './report/comparison.js';
import { meshFiles } from '../../runs/folder.js';
import { ownSelector } from '../../runs/selectors.js';
import { strategies } from '../image/settings.js';

/** What `compareMesh` takes. */
export interface CompareMeshOptions extends CompareMeshSettingsInput, ComparisonPlaces {
  /** Path of an OBJ, PLY, STL, GLB or glTF. */
  readonly input: string;
}

/**
 * Runs each strategy on a mesh, as `compare` does on an image, and writes compare.json, compare.csv and compare.html
 * beside the runs' own folders. How soon a strategy reaches the baseline's quality goes by the IoU of the histories.
 */
export async function* compareMesh({
  selectors,
  ...options
}: CompareMeshOptions): AsyncGenerator<CompareMeshEvent, void, undefined> {
  yield* runComparison(meshes, options, selectors);
}

const meshes: ComparedKind<CompareMeshSettings, FitMeshSettings, FitMeshEvent, MeshMetrics, MeshFigures> = {
  kind: 'mesh',
  strategies,
  entrySettings: meshEntrySettings,
  settings: (given) => resolveMeshSettings(compareMeshSettings, given),
  runSettings: (...layers) => resolveMeshSettings(fitMeshSettings, ...layers),
  selector: ownSelector,
  nameOf: (input) => path.parse(input).name,
  async check(input, settings) {
    // Loaded where it is needed: it brings three with it.
    const { readMeshInput } = await import('./input.js');
    await (await readMeshInput(input, settings)).field.dispose();
  },
  fit: fitMesh,
  resume: resumeMesh,
  figures: ({ iou, iouNear, chamferL1, chamferL2, normalConsistency }) => ({
    iou,
    iouNear,
    chamferL1,
    chamferL2,
    normalConsistency,
  }),
  quality: meshQuality,
  columns: { iou: ({ iou }) => iou, iou_near: ({ iouNear }) => iouNear },
  page,
};

async function page(folder: string, report: CompareMeshReport): Promise<string> {
  const runs: Record<string, { preview: Uint8Array; selection: Uint8Array }> = {};
  for (const { strategy, folder: own } of report.rows) {
    runs[strategy] = {
      preview: await readBytes(path.join(folder, own, meshFiles.preview)),
      selection: await readBytes(path.join(folder, own, meshFiles.selection)),
    };
  }
  return renderMeshComparison({ report, images: { runs } });
}
