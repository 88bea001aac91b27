// What a finished mesh fit leaves behind: the surface taken out of the network and compared with the original, model,
// figures, pictures and the report, each whole or not at all.
import { EvosError } from '../../../core/errors.js';
import {
  compareSurfaces,
  createDistanceField,
  extractSurface,
  meshBounds,
  toMeshFrame,
  type SurfaceMetrics,
  type TriangleMesh,
} from '../../../sdf/index.js';
import { encodeMesh } from '../../../sdf/files/index.js';
import type { ModelDefinition, EngineTrainer } from '../../../engine/index.js';
import type { CommonMetrics } from '../../runs/metrics.js';
import type { MeshHistoryEntry, MeshMetrics } from './metrics.js';
import type { FinishEvent } from '../../runs/events.js';
import { NoResultError } from '../../runs/failed.js';
import { FileList } from '../../runs/file-list.js';
import { withProgress } from '../../runs/progress.js';
import type { MeshTypes } from './types.js';
import { drawMeshPictures } from './pictures.js';
import { shareOf } from './quality.js';
import type { FitMeshSettings } from './settings.js';
import { modelMetadata } from '../../runs/models/model-metadata.js';
import { encodeNetwork } from '../../runs/models/network-file.js';
import { renderMeshReport } from './report/run.js';
import type { Outcome, RunPlan } from '../../runs/modality.js';
import { runFiles } from '../../runs/folder.js';
import type { RunState } from '../../runs/state.js';

/** Names of the files inside a run's folder. */
export const meshFiles = {
  ...runFiles,
  /** What was trained on, in the frame and units of the original. */
  target: 'target.ply',
  mesh: 'mesh.glb',
  /** Original, fitted, error. */
  preview: 'preview.png',
} as const;

/** What a finished fit is made of. */
export interface FinishedMesh extends Pick<
  RunPlan<MeshTypes>,
  'folder' | 'input' | 'network' | 'settings' | 'signal'
> {
  readonly model: ModelDefinition;
  readonly trainer: EngineTrainer;
}

type Common = CommonMetrics<MeshMetrics['input'], FitMeshSettings>;

/** Extracts, compares, draws and writes; metrics.json last. Throws when the signal ends it. */
export async function* finishMesh(
  run: FinishedMesh,
  common: Common,
  state: RunState<MeshHistoryEntry>,
): AsyncGenerator<FinishEvent, Outcome<MeshMetrics>, undefined> {
  const { folder, input, signal } = run;
  const counts = state.selectionCounts();
  const fitted = yield* withProgress('extract', signal, (report, stop) => extract(run, report, stop));
  const { surface, errors } = yield* withProgress('measure', signal, (report, stop) =>
    compareWith(run, fitted, report, stop),
  );
  const pictures = yield* withProgress('preview', signal, (report) =>
    drawMeshPictures({ original: input.mesh, fitted, errors, frame: input.frame, counts, report }),
  );
  const metrics: MeshMetrics = {
    kind: 'mesh',
    ...common,
    vertices: fitted.positions.length / 3,
    triangles: fitted.triangles.length / 3,
    ...state.figures(),
    iou: shareOf(surface.counts.both, surface.counts.either),
    iouNear: shareOf(surface.counts.bothNear, surface.counts.eitherNear),
    chamferL1: surface.chamferL1,
    chamferL2: surface.chamferL2,
    normalConsistency: surface.normalConsistency,
    history: state.history,
  };
  const parameters = (await run.trainer.parameters()).map(({ data }) => data);
  const model = encodeNetwork(run.model, parameters, metadataOf(metrics), run.network);
  const report = renderMeshReport({ metrics, images: pictures });
  const files = new FileList(folder);
  await files.write(meshFiles.model, model);
  await files.write(meshFiles.mesh, await encodeMesh(fitted, 'glb'));
  await files.write(meshFiles.preview, pictures.preview);
  await files.write(meshFiles.selection, pictures.selection);
  await files.write(meshFiles.report, report);
  await files.writeJson(meshFiles.metrics, metrics);
  return { metrics, files: files.paths };
}

/** The network's surface, in the original's frame. */
async function extract(
  { trainer, settings, input, folder }: FinishedMesh,
  report: (share: number) => void,
  signal: AbortSignal,
): Promise<TriangleMesh> {
  try {
    const { mesh } = await extractSurface({
      evaluate: (points) => trainer.predict(points),
      resolution: settings.resolution,
      signal,
      onProgress: ({ share }) => report(share),
    });
    return toMeshFrame(mesh, input.frame, input.mesh.origin);
  } catch (error) {
    if (!(error instanceof EvosError) || error.code !== 'input') throw error;
    const { steps } = settings;
    throw new NoResultError(
      `no mesh could be extracted after step ${steps}: ${error.message}. The run's checkpoint is in ${folder}: ` +
        'go on with it and more steps, or start anew with other settings',
      { step: steps, steps, outcome: 'left no surface' },
      { cause: error },
    );
  }
}

/** The comparison, and the signed distance of each fitted vertex to the original, in its longest sides. */
async function compareWith(
  { trainer, input, settings }: FinishedMesh,
  fitted: TriangleMesh,
  report: (share: number) => void,
  signal: AbortSignal,
): Promise<{ surface: SurfaceMetrics; errors: Float32Array }> {
  const { mesh, frame, field } = input;
  // Only distances are asked of it, so its sign need not be looked into.
  const workers = settings.workers > 0 ? { workers: settings.workers } : {};
  const own = await createDistanceField(fitted, { sign: 'pseudonormal', ...workers });
  report(0.3);
  try {
    const surface = await compareSurfaces({
      model: { evaluate: (points) => trainer.predict(points), mesh: fitted },
      original: mesh,
      originalQuery: field,
      predictedQuery: own,
      frame,
      signal,
    });
    report(0.8);
    const errors = await field.distances(fitted.positions);
    const { min, max } = meshBounds(mesh);
    const longest = Math.max(max[0] - min[0], max[1] - min[1], max[2] - min[2]);
    return { surface, errors: errors.map((error) => error / longest) };
  } finally {
    await own.dispose();
  }
}

/** What model.onnx says of itself. */
function metadataOf(metrics: MeshMetrics): Record<string, string> {
  const { frame, sign } = metrics.input;
  const { truncate } = metrics.settings;
  return modelMetadata(
    metrics,
    {
      input:
        '(x, y, z) in the cube from -1 to 1: (p - frame.center) * frame.scale for a point p in the frame and units of the mesh file',
      output:
        'signed distance to the surface, negative inside; divided by frame.scale it is in the units of the mesh file',
      frame: JSON.stringify(frame),
      sign: 'negative inside, positive outside',
      sign_method: sign,
      units: 'those of the mesh file',
      // Beyond it the network knows the side alone.
      ...(truncate > 0 ? { truncate: String(truncate) } : {}),
    },
    { iou: metrics.iou, iou_near: metrics.iouNear, normal_consistency: metrics.normalConsistency },
  );
}
