// What a finished image fit writes: model, metrics, pictures and the report, each whole or not at all.
import { setImmediate } from 'node:timers/promises';
import { createHeatmap, type Heatmap, type PixelPool, type PixelRange } from '../../../image/index.js';
import { encodePng } from '../../../image/files/index.js';
import { loadSharp } from '../../../image/files/sharp.js';
import type { EngineTrainer, ModelDefinition } from '../../../engine/index.js';
import type { CommonMetrics } from '../../runs/metrics.js';
import type { ImageMeasuring } from './measuring.js';
import type { HistoryEntry, ImageInfo, ImageMetrics } from './metrics.js';
import { FileList } from '../../runs/file-list.js';
import { modelMetadata } from '../../runs/models/model-metadata.js';
import { encodeNetwork } from '../../runs/models/network-file.js';
import { renderReport, reportSide } from './report/run.js';
import type { Outcome, RunPlan } from '../../runs/modality.js';
import type { ImageTypes } from './modality.js';
import { runFiles } from '../../runs/folder.js';
import type { RunState } from '../../runs/state.js';
import type { FitImageSettings } from './settings.js';

/** Names of the files inside a run's folder. */
export const imageFiles = {
  ...runFiles,
  /** What was trained on, after crop and resize. */
  target: 'target.png',
  reconstruction: 'reconstruction.png',
} as const;

/** What a finished fit is made of. */
export interface FinishedImage extends Pick<RunPlan<ImageTypes>, 'folder' | 'input' | 'network'> {
  readonly pool: PixelPool;
  readonly model: ModelDefinition;
  readonly trainer: EngineTrainer;
  readonly measuring: ImageMeasuring;
}

/** Writes the files; metrics.json last, so that its presence says that the others are there. */
export async function finishImage(
  { folder, input: image, network, pool, model, trainer, measuring }: FinishedImage,
  common: CommonMetrics<ImageInfo, FitImageSettings>,
  state: RunState<HistoryEntry>,
): Promise<Outcome<ImageMetrics>> {
  const { range } = pool;
  const { image: result, errors: off, quality } = await measuring.finish();
  const { width, height } = image;
  const pictures = Promise.all([encodePng(image), encodePng(result)]);
  const selection = await drawn(() => createHeatmap(state.selectionCounts(), width, height, { darkest: 0 }));
  const error = await drawn(() => createHeatmap(off, width, height, { darkest: 0 }));
  const [original, reconstruction] = await pictures;
  const { parameterCount } = model;
  const bytes = {
    ...{ model: 4 * parameterCount, modelHalf: 2 * parameterCount },
    ...{ raw: image.data.byteLength, png: original.byteLength },
  };
  const metrics: ImageMetrics = {
    kind: 'image',
    ...common,
    ...state.figures(),
    psnr: quality.psnr,
    psnrImagePeak: quality.psnrImagePeak,
    ssim: quality.ssim ?? null,
    ssimOfficial: quality.ssimOfficial,
    bytes,
    history: state.history,
  };
  const parameters = (await trainer.parameters()).map(({ data }) => data);
  const report = renderReport({
    metrics,
    images: {
      original: await forReport(original),
      reconstruction: await forReport(reconstruction),
      selection: await forReport(selection.png),
      error: { png: await forReport(error.png), high: error.ceiling, max: error.max },
    },
    selectionScale: { min: selection.min, max: selection.max, high: selection.ceiling },
  });
  const files = new FileList(folder);
  const metadata = metadataOf(metrics, range);
  await files.write(imageFiles.model, encodeNetwork(model, parameters, metadata, network));
  await files.write(imageFiles.reconstruction, reconstruction);
  await files.write(imageFiles.selection, selection.png);
  await files.write(imageFiles.report, report);
  await files.writeJson(imageFiles.metrics, metrics);
  return { metrics, files: files.paths };
}

/** A heat map's scale and its PNG: it is drawn while pictures that were begun before it are encoded in other threads. */
async function drawn(draw: () => Heatmap): Promise<Omit<Heatmap, 'image'> & { readonly png: Uint8Array }> {
  await setImmediate();
  const { image, ...scale } = draw();
  return { ...scale, png: await encodePng(image) };
}

/** A picture as the report has it: four of a camera's at their own size would make a page that no browser opens. */
async function forReport(png: Uint8Array): Promise<Uint8Array> {
  const sharp = await loadSharp();
  const picture = sharp(png, { limitInputPixels: false });
  const { width, height } = await picture.metadata();
  if (Math.max(width, height) <= reportSide) return png;
  return picture.resize({ width: reportSide, height: reportSide, fit: 'inside' }).png().toBuffer();
}

/** What model.onnx says of itself. */
function metadataOf(metrics: ImageMetrics, range: PixelRange): Record<string, string> {
  const { width, height, channels } = metrics.input;
  return modelMetadata(
    metrics,
    {
      input: '(row, column), each from -1 (first pixel centre) to 1 (last pixel centre)',
      output: 'channels; -1 stands for range.min, 1 for range.max, in units of 0 to 255',
      size: JSON.stringify({ width, height, channels }),
      range: JSON.stringify(range),
    },
    { psnr: metrics.psnr },
  );
}
