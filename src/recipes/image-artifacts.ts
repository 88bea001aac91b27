// What a finished image fit writes: model, figures, pictures and the report, each whole or not at all.
import path from 'node:path';
import {
  createHeatmap,
  createQualityMeter,
  encodePng,
  toDisplay,
  type Image,
  type PixelRange,
} from '../image/index.js';
import { exportModel, type ModelDefinition } from '../adapters/onnx/index.js';
import type { HistoryEntry, ImageMetrics } from './artifacts.js';
import { createErrorMap } from './error-map.js';
import { measureFigures } from './figures.js';
import { writeWhole } from './files.js';
import { renderReport } from './report/report.js';
import { runFiles } from './run-folder.js';
import type { RunState } from './run-state.js';

/** What the files are made from. */
export interface ImageOutcome {
  readonly image: Image;
  /** The model's answer at every pixel, `[N, C]`. */
  readonly values: Float32Array;
  readonly range: PixelRange;
  readonly model: ModelDefinition;
  readonly parameters: readonly Float32Array[];
  /** How often each pixel was trained on, `[N]`. */
  readonly counts: Uint32Array;
  readonly state: RunState<HistoryEntry>;
  /** All figures that do not follow from the rest. */
  readonly metrics: Omit<
    ImageMetrics,
    'seconds' | 'samples' | 'evaluations' | 'psnr' | 'psnrImagePeak' | 'ssim' | 'ssimOfficial' | 'history'
  >;
}

/** Writes the files; metrics.json last, so that its presence says that the others are there. */
export async function writeImageArtifacts(
  folder: string,
  outcome: ImageOutcome,
): Promise<{ metrics: ImageMetrics; files: string[] }> {
  const { image, values, range, state } = outcome;
  const quality = measureFigures(createQualityMeter(image, range), values);
  const reconstruction = await encodePng(toDisplay(values, image, range));
  const heat = createHeatmap(outcome.counts, image.width, image.height, { darkest: 0 });
  const selection = await encodePng(heat.image);
  const error = await encodePng(createErrorMap(image, values, range));
  const metrics: ImageMetrics = {
    ...outcome.metrics,
    seconds: { total: state.total, ...state.elapsed },
    samples: state.samples,
    evaluations: state.evaluations,
    psnr: quality.psnr,
    psnrImagePeak: quality.psnrImagePeak,
    ssim: quality.ssim ?? null,
    ssimOfficial: quality.ssimOfficial,
    history: state.history,
  };
  const model = exportModel(outcome.model, outcome.parameters, modelMetadata(metrics, range));
  const report = renderReport({
    metrics,
    images: { original: await encodePng(image), reconstruction, selection, error },
    selectionScale: { min: heat.min, max: heat.max, high: heat.ceiling },
  });
  const write = async (name: string, data: Uint8Array | string): Promise<string> => {
    const file = path.join(folder, name);
    await writeWhole(file, data);
    return file;
  };
  const files = [
    await write(runFiles.model, model),
    await write(runFiles.reconstruction, reconstruction),
    await write(runFiles.selection, selection),
    await write(runFiles.report, report),
    await write(runFiles.metrics, `${JSON.stringify(metrics, undefined, 2)}\n`),
  ];
  return { metrics, files };
}

/** What model.onnx says of itself in `metadata_props`; values are strings, most of them JSON. */
function modelMetadata(metrics: ImageMetrics, range: PixelRange): Record<string, string> {
  const { width, height, channels } = metrics.input;
  return {
    kind: 'image',
    format: '1',
    evos: metrics.version,
    model: JSON.stringify({ kind: metrics.model.kind, ...metrics.model.settings }),
    macs_per_sample: String(metrics.model.macsPerSample),
    input: '(row, column), each from -1 (first pixel centre) to 1 (last pixel centre)',
    output: 'channels; -1 stands for range.min, 1 for range.max, in units of 0 to 255',
    size: JSON.stringify({ width, height, channels }),
    range: JSON.stringify(range),
    training: JSON.stringify({ ...metrics.settings, strategy: metrics.strategy }),
    psnr: String(metrics.psnr),
  };
}
