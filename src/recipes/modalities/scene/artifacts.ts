// What a finished scene fit leaves behind: the held-out views rendered and measured, a turntable, the model, where training
// looked, figures and the report, each whole or not at all.
import path from 'node:path';
import { present } from '../../../core/present.js';
import { exportModel, shownBackground, type RadianceTrainer } from '../../../engine/index.js';
import { orbitPath, type PhotoScene } from '../../../nerf/index.js';
import type { CommonMetrics } from '../../runs/metrics.js';
import type { FinishEvent } from '../../runs/events.js';
import { FileList } from '../../runs/file-list.js';
import { prepareFolder } from '../../runs/files.js';
import { withProgress } from '../../runs/progress.js';
import { modelMetadata } from '../../runs/models/model-metadata.js';
import { renderSceneReport } from './report/run.js';
import type { Outcome, RunPlan } from '../../runs/modality.js';
import { runFiles } from '../../runs/folder.js';
import type { RunState } from '../../runs/state.js';
import type { SceneHistoryEntry, SceneInfo, SceneMetrics, SceneViewEvent } from './metrics.js';
import type { SceneTypes } from './modality.js';
import { depthPicture, pairPicture, reportView, toPng, type ReportView } from './pictures.js';
import { measureViews, type SceneQuality } from './quality.js';
import type { DrawTally } from './selection-tally.js';
import { shownViews, turntableRays } from './render-budget.js';
import type { FitSceneSettings } from './settings.js';
import { turntable, turntableDefaults } from './turntable.js';

/** Names of the files inside a run's folder. */
export const sceneFiles = {
  ...runFiles,
  /** Cameras, space and background: what is needed beside the checkpoint to go on or to render without photographs. */
  scene: 'scene.json',
  /** A folder: each held-out photograph beside its rendering, and depths. */
  renders: 'renders',
  turntable: 'turntable.webp',
} as const;

/** What a finished fit is made of. */
export interface FinishedScene extends Pick<RunPlan<SceneTypes>, 'folder' | 'input' | 'settings' | 'signal'> {
  readonly trainer: RadianceTrainer;
  readonly tally: DrawTally;
}

type Common = CommonMetrics<SceneInfo, FitSceneSettings>;
type Events<Result> = AsyncGenerator<FinishEvent | SceneViewEvent, Result, undefined>;

/** Renders, measures and writes; metrics.json last. Throws when the signal ends it. */
export async function* finishScene(
  run: FinishedScene,
  common: Common,
  state: RunState<SceneHistoryEntry>,
): Events<Outcome<SceneMetrics>> {
  const { folder, input, trainer, signal } = run;
  const files = new FileList(folder);
  await prepareFolder(path.join(folder, sceneFiles.renders));
  const shown: ReportView[] = [];
  const quality = yield* withProgress('render', signal, (report, stop) =>
    heldOutViews(run, files, shown, report, stop),
  );
  const count = quality.views.length;
  for (const [index, view] of quality.views.entries()) yield { type: 'view', ...view, index, count };
  const orbit = turntablePath(input.scene, input.split.train, turntableRays(run.settings));
  const turning = !run.settings.turntable
    ? undefined
    : yield* withProgress('turntable', signal, (report, stop) =>
        turntable(trainer, orbit, { signal: stop, onProgress: report }),
      );
  const metrics: SceneMetrics = {
    kind: 'scene',
    ...common,
    ...state.figures(),
    ...quality,
    history: state.history,
  };
  const parameters = (await trainer.parameters()).map(({ data }) => data);
  await files.write(sceneFiles.model, exportModel(trainer.model, parameters, metadataOf(metrics)));
  if (turning !== undefined) await files.write(sceneFiles.turntable, turning);
  const sheet = run.tally.counter.picture();
  const selection = await toPng(sheet);
  await files.write(sceneFiles.selection, selection);
  const images = { views: shown, ...present({ turntable: turning }), selection, selectionScale: sheet };
  await files.write(sceneFiles.report, renderSceneReport({ metrics, images }));
  await files.writeJson(sceneFiles.metrics, metrics);
  return { metrics, files: files.paths };
}

/** Renders and measures the held-out views, and writes each beside its photograph, and its depths. */
function heldOutViews(
  { trainer, input, settings }: FinishedScene,
  files: FileList,
  shown: ReportView[],
  onProgress: (share: number) => void,
  signal: AbortSignal,
): Promise<SceneQuality> {
  const names = renderNames(input.test.cameras.map(({ name }) => name));
  return measureViews(trainer, input.test, shownViews(input.test.cameras, settings), {
    signal,
    onProgress,
    async onView({ view, name: viewName, rendered, photograph }) {
      const name = path.join(sceneFiles.renders, names[view] ?? String(view));
      await files.write(`${name}.png`, await toPng(pairPicture(photograph, rendered)));
      await files.write(`${name}-depth.png`, await toPng(depthPicture(rendered)));
      shown.push(await reportView(viewName, photograph, rendered));
    },
  });
}

/** Names of files for views: `./test/r_19` becomes `test-r_19`. Those that would be alike get numbers. */
export function renderNames(views: readonly string[]): string[] {
  const used = new Map<string, number>();
  return views.map((view) => {
    const plain = view
      .replace(/\.(png|jpe?g|webp|tiff?|avif)$/i, '')
      .replace(/[^\w.-]+/g, '-')
      .replace(/^[-.]+/, '');
    const name = plain === '' ? 'view' : plain;
    const before = used.get(name.toLowerCase()) ?? 0;
    used.set(name.toLowerCase(), before + 1);
    return before === 0 ? name : `${name}~${before + 1}`;
  });
}

/**
 * Round what was trained on, small enough to take little time.
 * @param rays of all frames together, about: fewer frames first, at least half of them, then smaller ones
 */
export function turntablePath(
  scene: Pick<PhotoScene, 'views' | 'focus' | 'up'>,
  views: ArrayLike<number>,
  rays: number = Infinity,
) {
  const { side, frames: most } = turntableDefaults;
  const lens = scene.views[views[0] ?? 0]?.intrinsics;
  const [width, height] = [lens?.width ?? 1, lens?.height ?? 1];
  const full = Math.min(1, side / Math.max(width, height));
  const each = full * full * width * height;
  const frames = Math.round(Math.min(most, Math.max(most / 2, rays / each)));
  const scale = full * Math.min(1, Math.sqrt(rays / (frames * each)));
  return orbitPath(scene, {
    views,
    frames,
    width: Math.max(1, Math.round(scale * width)),
    height: Math.max(1, Math.round(scale * height)),
  }).cameras;
}

/** What model.onnx says of itself. */
function metadataOf(metrics: SceneMetrics): Record<string, string> {
  const { space, background, bounds, origin } = metrics.input;
  return modelMetadata(
    metrics,
    {
      input:
        "(x, y, z, dx, dy, dz): a position in the frame and units of the scene's files, and the direction of length 1 in which " +
        'it is looked at, from the camera',
      output:
        "(density, red, green, blue): extinction per unit of length of the scene's files, at least 0, and the colour, from 0 to " +
        '1, in sRGB as the photographs have it',
      ...(origin && {
        origin: JSON.stringify(origin),
        position: 'positions of the files less the origin, which single precision could not hold',
      }),
      frame: "the world of the scene's files; cameras look along -z with y up, poses are camera to world",
      space: JSON.stringify(space),
      near: String(space.near),
      far: String(space.far),
      bounds: JSON.stringify(bounds),
      background: JSON.stringify(shownBackground(background)),
    },
    { psnr: metrics.psnr, ssim: metrics.ssim },
  );
}
