// The same picture, weights and seed under several strategies, in one process, and what that says.
import path from 'node:path';
import type { CompareReport, CompareRow, HistoryEntry, ImageMetrics } from './artifacts.js';
import { runComparison, secondsToReach, toBaseline, toCsv, type ComparisonPlaces } from './comparison.js';
import type { CompareEvent, FitImageEvent } from './events.js';
import { readBytes } from './files.js';
import { fitImage, resumeImage } from './fit-image.js';
import { readImageInput } from './image-input.js';
import { compareSettings, entrySettings, fitImageSettings, resolveSettings } from './options.js';
import type { CompareSettings, CompareSettingsInput, FitImageSettings } from './settings.js';
import { renderComparison } from './report/comparison.js';
import { compareFiles, runFiles } from './run-folder.js';
import { readEntry } from './strategy-entries.js';

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
export async function* compare(options: CompareOptions): AsyncGenerator<CompareEvent, void, undefined> {
  const { input, out, overwrite, signal, resume, selectors, ...rest } = options;
  const settings = resolveSettings(compareSettings, rest);
  const { strategies, ...common } = settings;
  const places = {
    ...(out === undefined ? {} : { out }),
    ...(overwrite === undefined ? {} : { overwrite }),
    ...(signal === undefined ? {} : { signal }),
    ...(resume === undefined ? {} : { resume }),
    ...(selectors === undefined ? {} : { selectors }),
  };
  yield* runComparison<
    CompareSettings,
    FitImageSettings,
    FitImageEvent,
    ImageMetrics,
    CompareRow,
    CompareReport
  >(places, {
    input,
    settings,
    entries: strategies.map((text) => readEntry(text, entrySettings)),
    wanted: (entry, strategy) => resolveSettings(fitImageSettings, common, entry.settings, strategy),
    check: async () => void (await readImageInput(input, settings)),
    fit: (run, folder, shared) => fitImage({ ...shared, ...run, input, out: folder, overwrite: true }),
    resume: (folder, expected, shared) => resumeImage({ ...shared, folder, expected }),
    row: (row, metrics, baseline) => ({
      ...row,
      psnr: metrics.psnr,
      psnrImagePeak: metrics.psnrImagePeak,
      ssim: metrics.ssim,
      ...toBaseline(metrics.history, ({ psnr }) => psnr, baseline.psnr, baseline),
      history: metrics.history,
    }),
    report: (report, { input: info }, rows) => ({ kind: 'image-comparison', input: info, ...report, rows }),
    files: comparisonFiles,
  });
}

/** Training seconds at which a history first reaches a PSNR; null when it never does. */
export function secondsTo(history: readonly HistoryEntry[], psnr: number): number | null {
  return secondsToReach(history, (entry) => entry.psnr, psnr);
}

async function comparisonFiles(folder: string, report: CompareReport): Promise<Record<string, string>> {
  const runs: Record<string, { reconstruction: Uint8Array; selection: Uint8Array }> = {};
  for (const { strategy, folder: own } of report.rows) {
    runs[strategy] = {
      reconstruction: await readBytes(path.join(folder, own, runFiles.reconstruction)),
      selection: await readBytes(path.join(folder, own, runFiles.selection)),
    };
  }
  const original = await readBytes(path.join(folder, report.rows[0]?.folder ?? '', runFiles.target));
  return {
    [compareFiles.report]: renderComparison({ report, images: { original, runs } }),
    [compareFiles.table]: toCsv(report.rows, {
      step: ({ step }) => step,
      seconds: ({ seconds }) => seconds,
      psnr: ({ psnr }) => psnr,
      psnr_image_peak: ({ psnrImagePeak }) => psnrImagePeak,
      ssim: ({ ssim }) => ssim ?? '',
      loss: ({ loss }) => loss,
      ratio: ({ ratio }) => ratio,
    }),
    [compareFiles.data]: `${JSON.stringify(report, undefined, 2)}\n`,
  };
}
