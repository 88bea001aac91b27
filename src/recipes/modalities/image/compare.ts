// The same picture, weights and seed under several strategies, in one process, and what that says.
import path from 'node:path';
import type { CompareReport, HistoryEntry, ImageFigures, ImageMetrics } from '../../runs/artifacts.js';
import type { ComparedKind } from '../../runs/compared-kind.js';
import { runComparison, secondsToReach, type ComparisonPlaces } from '../../runs/comparison.js';
import type { CompareEvent, FitImageEvent } from '../../runs/events.js';
import { readBytes } from '../../runs/files.js';
import { fitImage, resumeImage } from './fit.js';
import { readImageInput } from './input.js';
import { compareSettings, entrySettings, fitImageSettings, resolveSettings } from './options.js';
import { imageQuality, renderComparison } from './report/comparison.js';
import { runFiles } from '../../runs/folder.js';
import { selectorFactory } from '../../runs/selectors.js';
import {
  strategies,
  type CompareSettings,
  type CompareSettingsInput,
  type FitImageSettings,
} from './settings.js';

/** What `compare` takes. */
export interface CompareOptions extends CompareSettingsInput, ComparisonPlaces {
  /** Path of a PNG, JPEG, WebP, AVIF or TIFF. */
  readonly input: string;
}

/**
 * Runs each strategy from the same initial weights and writes compare.json, compare.csv and compare.html beside the
 * runs' own folders. The first strategy is the baseline the others are compared with.
 *
 * The strategies take turns, from one quality measurement to the next, so that a machine that grows faster or slower
 * meanwhile does so for all of them; each is charged with its own turns alone. The next turn is that of the strategy
 * with the least share of its own steps done, so that long and short runs end together.
 */
export async function* compare({
  selectors,
  ...options
}: CompareOptions): AsyncGenerator<CompareEvent, void, undefined> {
  yield* runComparison(images, options, selectors);
}

/** Training seconds at which a history first reaches a PSNR; null when it never does. */
export function secondsTo(history: readonly HistoryEntry[], psnr: number): number | null {
  return secondsToReach(history, (entry) => entry.psnr, psnr);
}

const images: ComparedKind<CompareSettings, FitImageSettings, FitImageEvent, ImageMetrics, ImageFigures> = {
  kind: 'image',
  strategies,
  entrySettings,
  settings: (given) => resolveSettings(compareSettings, given),
  runSettings: (...layers) => resolveSettings(fitImageSettings, ...layers),
  selector: selectorFactory,
  nameOf: (input) => path.parse(input).name,
  check: async (input, settings) => void (await readImageInput(input, settings)),
  fit: fitImage,
  resume: resumeImage,
  figures: ({ psnr, psnrImagePeak, ssim }) => ({ psnr, psnrImagePeak, ssim }),
  quality: imageQuality,
  columns: {
    psnr: ({ psnr }) => psnr,
    psnr_image_peak: ({ psnrImagePeak }) => psnrImagePeak,
    ssim: ({ ssim }) => ssim ?? '',
  },
  page,
};

async function page(folder: string, report: CompareReport): Promise<string> {
  const runs: Record<string, { reconstruction: Uint8Array; selection: Uint8Array }> = {};
  for (const { strategy, folder: own } of report.rows) {
    runs[strategy] = {
      reconstruction: await readBytes(path.join(folder, own, runFiles.reconstruction)),
      selection: await readBytes(path.join(folder, own, runFiles.selection)),
    };
  }
  const original = await readBytes(path.join(folder, report.rows[0]?.folder ?? '', runFiles.target));
  return renderComparison({ report, images: { original, runs } });
}
