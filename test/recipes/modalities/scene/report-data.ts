// Made-up scene fits for the reports' tests: figures of plausible shape, nothing measured. The pictures are of the
// analytic field, with stripes for what a fit has not learnt.
import { orbitPath } from '../../../../src/nerf/cameras/camera-path.js';
import type {
  CompareSceneReport,
  CompareSceneRow,
  SceneHistoryEntry,
  SceneMetrics,
} from '../../../../src/recipes/modalities/scene/metrics.js';
import { sceneSettings } from '../../../../src/recipes/modalities/scene/settings.js';
import { reportView, toPng, type ReportView } from '../../../../src/recipes/modalities/scene/pictures.js';
import { renderView, type RenderedView } from '../../../../src/recipes/modalities/scene/render-views.js';
import { createDrawCounter } from '../../../../src/recipes/modalities/scene/selection.js';
import { turntable } from '../../../../src/recipes/modalities/scene/turntable.js';
import type { SceneComparisonContent } from '../../../../src/recipes/modalities/scene/report/comparison.js';
import type { SceneReportContent } from '../../../../src/recipes/modalities/scene/report/run.js';
import { metrics as imageMetrics } from '../image/report-data.js';
import { analyticField, ring, space, spread } from './field.js';

/** A rendering that is off by up to `amount` of 255 in stripes. */
export function striped(seen: RenderedView, amount: number): RenderedView {
  const off = (i: number): number => (Math.floor(i / 3 / seen.width) % 8 < 2 ? amount : amount / 6);
  return { ...seen, colours: seen.colours.map((value, i) => Math.max(0, value - off(i))) };
}

const viewNames = Array.from({ length: 8 }, (_, i) => `images/held out ${i + 1}.png`);

/** What the report of a scene fit shows; photographs are `side` × `side` pixels. */
export async function scenePictures(side = 64): Promise<SceneReportContent['images']> {
  const field = analyticField();
  const scene = ring(spread(12, 0, 2 * Math.PI), { width: side, height: side });
  const views: ReportView[] = [];
  for (const [i, name] of viewNames.entries()) {
    const seen = await renderView(field, scene.views[i]!);
    views.push(await reportView(name, seen.colours, striped(seen, 8 * (i + 1))));
  }
  const counter = createDrawCounter(scene.views.map(() => ({ width: side, height: side })));
  const pixels = side * side;
  const views32 = Uint32Array.from({ length: 12 * pixels }, (_, i) => Math.floor(i / pixels));
  const rows = Uint32Array.from(views32, (_, i) => Math.floor((i % pixels) / side));
  const columns = Uint32Array.from(views32, (_, i) => i % side);
  counter.add({ views: views32, rows, columns });
  counter.add({
    views: views32,
    rows: rows.map((row) => row >> 1),
    columns: columns.map((column) => column >> 1),
  });
  const sheet = counter.picture();
  const orbit = orbitPath(scene, { frames: 12 });
  return {
    views,
    turntable: await turntable(field, orbit.cameras),
    selection: await toPng(sheet),
    selectionScale: sheet,
  };
}

function sceneHistory(end: number, pace: number): SceneHistoryEntry[] {
  return Array.from({ length: 20 }, (_, i): SceneHistoryEntry => {
    const step = (i + 1) * 250;
    const psnr = end - 12 * Math.exp(-step / 700);
    return { step, seconds: step * pace, psnr, loss: 10 ** (-psnr / 10), ratio: 0.000_64 };
  });
}

/** The metrics of a made-up scene fit, with whatever a test wants otherwise. */
export function sceneMetrics(changes: Partial<SceneMetrics> = {}): SceneMetrics {
  const { version, seed, device, workers, microBatch, machine } = imageMetrics();
  return {
    kind: 'scene',
    ...{ version, seed, device, workers, microBatch, machine },
    input: {
      file: '/scenes/garden table/transforms.json',
      format: 'transforms',
      photographs: { listed: 60, found: 58, train: 50, test: 8, heldOutBy: 'one in 8, by name', masked: 3 },
      sizes: { '400×300': 50, '300×400': 8 },
      rays: 6_000_000,
      unbounded: true,
      bounds: { min: [-1.6, -1.6, -1.1], max: [1.6, 1.6, 2.1] },
      extent: 'the cube around the point that the cameras look at, as far as the farthest camera',
      space: { ...space, contracted: true },
      background: [0, 0, 0],
      warnings: ['2 of 60 photographs are missing: images/0007.jpg, images/0031.jpg'],
    },
    strategy: 'evos',
    steps: 5000,
    model: { kind: 'hash-grid', parameters: 6_098_108, macsPerSample: 9_000, settings: {} },
    settings: sceneSettings.fit({
      strategy: 'evos',
      steps: 5000,
      rays: 4096,
      shrink: 2,
    }),
    seconds: { train: 400, select: 5, evaluate: 21, total: 470 },
    samples: 5000 * 4096,
    evaluations: 0,
    psnr: 24.36,
    ssim: 0.8213,
    views: viewNames.map((name, i) => ({ name, psnr: 27.9 - i, ssim: 0.87 - 0.013 * i })),
    history: sceneHistory(24.2, 0.081),
    ...changes,
  };
}

/** A made-up comparison of scene fits. The error map never gets to the baseline's quality. */
export function sceneComparison(changes: Partial<CompareSceneReport> = {}): CompareSceneReport {
  const { input, version, seed, device, workers, machine } = sceneMetrics();
  const row = (strategy: string, end: number, pace: number, seconds: number | null): CompareSceneRow => ({
    strategy,
    folder: strategy,
    seconds: { train: 5000 * pace, select: 5, evaluate: 20, total: 5000 * pace + 60 },
    timeRatio: pace / 0.08,
    psnr: end + 0.1,
    ssim: 0.82,
    secondsToBaseline: seconds,
    speedUp: seconds === null ? null : 400 / seconds,
    samples: 5000 * 4096,
    history: sceneHistory(end, pace),
  });
  return {
    kind: 'scene-comparison',
    ...{ version, input, baseline: 'uniform', seed, device, workers, machine },
    settings: sceneSettings.compare({ strategies: ['uniform', 'error-map', 'evos'] }),
    rows: [
      row('uniform', 24.2, 0.08, 398),
      row('error-map', 23.9, 0.08, null),
      row('evos', 24.6, 0.082, 320),
    ],
    ...changes,
  };
}

/** Pictures for every row of a made-up comparison. */
export async function sceneComparisonPictures(
  { rows }: CompareSceneReport,
  side = 64,
): Promise<SceneComparisonContent['images']> {
  const { views, selection } = await scenePictures(side);
  return {
    views: views.slice(0, 2).map(({ name, photograph, rendered }) => ({
      ...{ name, photograph },
      rendered: Object.fromEntries(rows.map(({ strategy }) => [strategy, rendered])),
    })),
    selections: Object.fromEntries(rows.map(({ strategy }) => [strategy, selection])),
  };
}
