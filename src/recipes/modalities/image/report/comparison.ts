// The report of a comparison: the same image and budget under several strategies, quality and time side by side.
import path from 'node:path';
import { readBytes } from '../../../runs/files.js';
import { imageFiles } from '../artifacts.js';
import type { CompareReport, CompareRow } from '../metrics.js';
import { imageModality } from '../modality.js';
import {
  baselineOf,
  figure,
  picturesOf,
  readPictures,
  renderCompared,
  resultLine,
} from '../../../report/compared.js';
import { against, fileName, fixed } from '../../../report/format.js';
import { html, type Html } from '../../../report/html.js';
import { section } from '../../../report/parts.js';
import { imageCurves, imageFact } from './run.js';
import { zoomGroup } from '../../../report/pictures.js';

/** What the report of a comparison is made of. */
export interface ComparisonContent {
  readonly report: CompareReport;
  /** PNG files, all of the size trained at; copied into the page. */
  readonly images: {
    readonly original: Uint8Array;
    /** By the strategy's name, one entry for each row of the report. */
    readonly runs: Readonly<
      Record<string, { readonly reconstruction: Uint8Array; readonly selection: Uint8Array }>
    >;
  };
}

/** compare.html, with pictures out of the runs' folders. */
export async function imageComparisonPage(folder: string, report: CompareReport): Promise<string> {
  const { reconstruction, selection, target } = imageFiles;
  const runs = await readPictures(folder, report.rows, { reconstruction, selection });
  const original = await readBytes(path.join(folder, report.rows[0]?.folder ?? '', target));
  return renderComparison({ report, images: { original, runs } });
}

/**
 * The report of a comparison as one HTML file that opens offline.
 * @returns HTML, to be written as UTF-8; the same content gives the same bytes.
 * @throws ArgumentError when a row has no pictures, a picture is no PNG, or the baseline is not among the rows.
 */
export function renderComparison({ report, images }: ComparisonContent): string {
  const { width, height } = report.input;
  return renderCompared<CompareRow>(imageModality, report, {
    columns: [
      { name: 'PSNR, image peak', show: (row) => fixed(row.psnrImagePeak, 2) },
      { name: 'SSIM', show: (row) => fixed(row.ssim, 4) },
      {
        name: 'SSIM against baseline',
        show: (row, baseline) => (row === baseline ? '–' : against(row.ssim, baseline.ssim, 4)),
      },
    ],
    conventions: html`PSNR is in dB on the 8-bit picture, peak 255; “image peak” is the convention of the EVOS
    code.`,
    everything: { count: width * height, samples: 'pixels' },
    curves: imageCurves,
    results: reconstructions(report, images),
    maps: {
      hint: html`<p>
        Bright pixels were trained on often, dark ones seldom. Each map has its own scale, which the report in
        the run’s folder explains.
      </p>`,
      of: (row) => picturesOf(row, images.runs).selection,
      enlarging: width,
    },
    inputFacts: [['Input', imageFact(report.input)]],
  });
}

function reconstructions(report: CompareReport, images: ComparisonContent['images']): Html {
  const baseline = baselineOf(report);
  const [quality] = imageModality.measures;
  const pictures = [
    { png: images.original, alt: `Original: ${fileName(report.input.file)}`, title: 'Original', text: '' },
    ...report.rows.map((row) => ({
      png: picturesOf(row, images.runs).reconstruction,
      alt: `Reconstruction by ${row.strategy}, PSNR ${figure(quality, row.psnr)}`,
      title: row.strategy,
      text: resultLine(row, baseline, quality),
    })),
  ];
  return section('Reconstructions', [zoomGroup('zoom-reconstructions', pictures, report.input.width)], {
    long: true,
  });
}
