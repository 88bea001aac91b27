// The report of a comparison: the same scene and budget under several strategies, quality and time side by side.
import type { CompareSceneReport, CompareSceneRow } from '../metrics.js';
import { sceneModality } from '../modality.js';
import { baselineOf, picturesOf, renderCompared, resultLine } from '../../../report/compared.js';
import { against, count, fixed } from '../../../report/format.js';
import { html, type Html } from '../../../report/html.js';
import { section } from '../../../report/parts.js';
import { zoomGroups, type Picture } from '../../../report/pictures.js';
import { sceneCurves, sceneInputFacts, sceneTitle } from './run.js';

/** What the report of a comparison is made of. */
export interface SceneComparisonContent {
  readonly report: CompareSceneReport;
  /** PNG or WebP files; copied into the page. */
  readonly images: {
    /** Some held-out views, the same for every strategy. */
    readonly views: readonly {
      readonly name: string;
      readonly photograph: Uint8Array;
      /** By the strategy's name, one entry for each row of the report. */
      readonly rendered: Readonly<Record<string, Uint8Array>>;
    }[];
    /** By the strategy's name: the run's sheet of draws. */
    readonly selections: Readonly<Record<string, Uint8Array>>;
  };
}

/**
 * The report of a comparison of scene fits as one HTML file that opens offline.
 * @returns HTML, to be written as UTF-8; the same content gives the same bytes.
 * @throws ArgumentError when a row has no pictures, a picture is neither PNG nor WebP, or the baseline is not among the rows.
 */
export function renderSceneComparison({ report, images }: SceneComparisonContent): string {
  const { input } = report;
  return renderCompared<CompareSceneRow>(sceneModality, report, {
    title: sceneTitle(input.file),
    columns: [
      { name: 'SSIM', show: (row) => fixed(row.ssim, 4) },
      {
        name: 'SSIM against baseline',
        show: (row, baseline) => (row === baseline ? '–' : against(row.ssim, baseline.ssim, 4)),
      },
      { name: 'Rays trained on', show: (row) => count(row.samples) },
    ],
    conventions: html`PSNR and SSIM are means over the held-out views, each on its 8-bit picture, peak 255;
    the curves are of a lattice of their pixels.`,
    curves: sceneCurves,
    results: renderings(report, images),
    maps: {
      hint: html`<p>
        Bright pixels of the photographs were drawn often, dark ones seldom. Each sheet has its own scale,
        which the report in the run’s folder explains.
      </p>`,
      of: (row) => picturesOf(row, images.selections),
      enlarging: 'smooth',
    },
    inputFacts: sceneInputFacts(input),
  });
}

function renderings(report: CompareSceneReport, { views }: SceneComparisonContent['images']): Html {
  const baseline = baselineOf(report);
  const [quality] = sceneModality.measures;
  const groups = views.map(({ name, photograph, rendered }, i) => {
    const pictures: Picture[] = [
      { png: photograph, alt: `Photograph ${name}`, title: 'Photograph', text: '' },
      ...report.rows.map((row): Picture => ({
        png: picturesOf(row, rendered),
        alt: `What the field of ${row.strategy} shows from the camera of ${name}`,
        title: row.strategy,
        text: i === 0 ? `Over all views ${resultLine(row, baseline, quality)}` : '',
      })),
    ];
    return { title: name, pictures };
  });
  return section(
    'Held-out views',
    [
      html`<p>None of their pixels were trained on. The pictures are shrunk and compressed.</p>`,
      zoomGroups('zoom-views', groups, 'smooth'),
    ],
    { long: true },
  );
}
