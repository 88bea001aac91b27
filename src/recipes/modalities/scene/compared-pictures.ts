// What a comparison of scene fits shows, out of the folders of its runs: some held-out views, the same of every strategy.
import path from 'node:path';
import { loadSharp } from '../../../image/files/sharp.js';
import { readBytes, readJson } from '../../runs/files.js';
import type { SceneComparisonContent } from './report/comparison.js';
import { evenly } from './report/run.js';
import { renderNames, sceneFiles } from './artifacts.js';
import type { CompareSceneReport, SceneMetrics } from './metrics.js';
import { pictureDefaults } from './pictures.js';

/** The views that the baseline meets worst and best, and one between. */
const mostViews = 3;

/**
 * Reads the pictures that finished runs left in their folders.
 * @param folder the comparison's, in which the runs' folders are
 * @throws InputError when a file of a run is not there
 */
export async function comparedScenePictures(
  folder: string,
  report: CompareSceneReport,
): Promise<SceneComparisonContent['images']> {
  const baseline = report.rows.find(({ strategy }) => strategy === report.baseline);
  const inFolder = (run: string, ...names: string[]): string => path.join(folder, run, ...names);
  const { views } = (await readJson(
    inFolder(baseline?.folder ?? report.baseline, sceneFiles.metrics),
  )) as SceneMetrics;
  const names = renderNames(views.map(({ name }) => name));
  const ranked = views.map((_, i) => i).sort((a, b) => views[a]!.psnr - views[b]!.psnr);
  const selections: Record<string, Uint8Array> = {};
  for (const { strategy, folder: run } of report.rows) {
    selections[strategy] = await readBytes(inFolder(run, sceneFiles.selection));
  }
  const shown: SceneComparisonContent['images']['views'][number][] = [];
  for (const i of evenly(ranked.length, mostViews).map((place) => ranked[place]!)) {
    const rendered: Record<string, Uint8Array> = {};
    let photograph: Uint8Array | undefined;
    for (const { strategy, folder: run } of report.rows) {
      const pair = await readBytes(inFolder(run, sceneFiles.renders, `${names[i]!}.png`));
      photograph ??= await third(pair, 0);
      rendered[strategy] = await third(pair, 1);
    }
    if (photograph !== undefined) shown.push({ name: views[i]!.name, photograph, rendered });
  }
  return { views: shown, selections };
}

/** One of the three pictures side by side, as small as a report has them. */
async function third(png: Uint8Array, index: number): Promise<Uint8Array> {
  const sharp = await loadSharp();
  const { width, height } = await sharp(png, { limitInputPixels: false }).metadata();
  const { reportSide, reportQuality } = pictureDefaults;
  return sharp(png, { limitInputPixels: false })
    .extract({ left: (index * width) / 3, top: 0, width: width / 3, height })
    .resize({ width: reportSide, height: reportSide, fit: 'inside', withoutEnlargement: true })
    .webp({ quality: reportQuality, smartSubsample: true })
    .toBuffer();
}
