// The report of a comparison: the same mesh and budget under several strategies, quality and time side by side.
import { meshFiles } from '../artifacts.js';
import type { CompareMeshReport, CompareMeshRow } from '../metrics.js';
import { meshModality } from '../modality.js';
import {
  baselineOf,
  picturesOf,
  readPictures,
  renderCompared,
  resultLine,
} from '../../../report/compared.js';
import { fixed } from '../../../report/format.js';
import { html, type Html } from '../../../report/html.js';
import { meshCurves, meshInputFacts, ofLongestSide } from './run.js';
import { section } from '../../../report/parts.js';
import { zoomGroup, type Picture } from '../../../report/pictures.js';

/** What the report of a comparison is made of. */
export interface MeshComparisonContent {
  readonly report: CompareMeshReport;
  /** PNG files of one size, seen by one camera; copied into the page. */
  readonly images: {
    /** By the strategy's name, one entry for each row of the report. */
    readonly runs: Readonly<
      Record<
        string,
        {
          /** The original, the fitted mesh and its error, side by side: as in the run's folder. */
          readonly preview: Uint8Array;
          readonly selection: Uint8Array;
        }
      >
    >;
  };
}

/** compare.html, with pictures out of the runs' folders. */
export async function meshComparisonPage(folder: string, report: CompareMeshReport): Promise<string> {
  const { preview, selection } = meshFiles;
  return renderMeshComparison({
    report,
    images: { runs: await readPictures(folder, report.rows, { preview, selection }) },
  });
}

/**
 * The report of a comparison of meshes as one HTML file that opens offline.
 * @returns HTML, to be written as UTF-8; the same content gives the same bytes.
 * @throws ArgumentError when a row has no pictures, a picture is no PNG, or the baseline is not among the rows.
 */
export function renderMeshComparison({ report, images }: MeshComparisonContent): string {
  return renderCompared<CompareMeshRow>(meshModality, report, {
    columns: [
      { name: 'IoU near the surface', show: (row) => fixed(row.iouNear, 4) },
      { name: 'Chamfer-L1, % of longest side', show: (row) => ofLongestSide(row.chamferL1) },
      { name: 'Normal consistency', show: (row) => fixed(row.normalConsistency, 4) },
    ],
    conventions: html`IoU is the intersection over union of the insides on uniform points of the network’s
    cube, and near the surface on points there alone; Chamfer-L1 the mean of the two mean distances between
    the surfaces, normal consistency the mean |cosine| of the normals of closest points. Curves are of other,
    fewer points than the table.`,
    everything: { count: poolSize(report), samples: 'points' },
    curves: meshCurves,
    results: meshes(report, images),
    maps: {
      hint: html`<p>
        Red places were trained on more often than the surface on average in that run, blue ones less. Each
        map has its own scale, which the report in the run’s folder explains.
      </p>`,
      of: (row) => picturesOf(row, images.runs).selection,
      enlarging: 'smooth',
    },
    inputFacts: meshInputFacts(report.input),
  });
}

function meshes(report: CompareMeshReport, images: MeshComparisonContent['images']): Html {
  const baseline = baselineOf(report);
  const [quality] = meshModality.measures;
  const original = picturesOf(baseline, images.runs).preview;
  const pictures: Picture[] = [
    { png: original, part: { index: 0, of: 3 }, alt: 'The original', title: 'Original', text: '' },
    ...report.rows.map((row): Picture => ({
      png: picturesOf(row, images.runs).preview,
      part: { index: 1, of: 3 },
      alt: `Mesh fitted by ${row.strategy}, IoU ${fixed(row.iou, 4)}`,
      title: row.strategy,
      text: resultLine(row, baseline, quality),
    })),
  ];
  return section('Meshes', [zoomGroup('zoom-meshes', pictures, 'smooth')], { long: true });
}

/** Points in each run's pool: a preset's number unless one was named. */
function poolSize({ settings }: CompareMeshReport): number {
  const { settings: resolver } = meshModality;
  const [first = ''] = settings.strategies;
  return resolver.runOf(settings, resolver.entry(first)).samples;
}
