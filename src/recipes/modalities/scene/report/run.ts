// The report of one scene fit: how the held-out photographs are met, how it got there, where it trained, and how to repeat
// it.
import { ArgumentError } from '../../../../core/errors.js';
import { trainingSeconds } from '../../../runs/metrics.js';
import type { SceneInfo, SceneMetrics, SceneViewQuality } from '../metrics.js';
import { sceneModality } from '../modality.js';
import { pictureDefaults, type ReportView } from '../pictures.js';
import type { SelectionSheet } from '../selection.js';
import { count, duration, fileName, fixed, plural, significant } from '../../../report/format.js';
import { html, imageUrl, isWebp, nothing, type Html } from '../../../report/html.js';
import { dataTable, foldedTable, section, type Figure, type RunCurve } from '../../../report/parts.js';
import { heatRamp, ramp, zoomGroup, zoomGroups, type Picture } from '../../../report/pictures.js';
import { ranOn, renderRun, selectionOverhead } from '../../../report/run-page.js';

/** What the report of one scene fit is made of. */
export interface SceneReportContent {
  readonly metrics: SceneMetrics;
  /** Copied into the page. */
  readonly images: {
    /** Held-out views, as `reportView` makes them; of many the page shows some. */
    readonly views: readonly ReportView[];
    /** An animated WebP; left out where none was asked for. */
    readonly turntable?: Uint8Array;
    /** The sheet of a `DrawCounter`, as PNG. */
    readonly selection: Uint8Array;
    /** Draws per pixel that are drawn darkest and brightest there, and on average. */
    readonly selectionScale: Pick<SelectionSheet, 'low' | 'high' | 'mean'>;
  };
}

/** Held-out views that are shown with all their pictures. */
const mostViews = 6;
/** From so many views on their table is folded. */
const longTable = 13;

/** What is measured while a scene trains. */
export const sceneCurves: readonly RunCurve[] = [
  {
    key: 'psnr',
    title: 'PSNR',
    text: 'Mean over the held-out views, on a fixed lattice of their pixels, in dB.',
    decimals: 2,
    unit: 'dB',
  },
];

/**
 * The report of a scene fit as one HTML file that opens offline.
 * @returns HTML, to be written as UTF-8; the same content gives the same bytes.
 * @throws ArgumentError when a picture is neither PNG nor WebP.
 */
export function renderSceneReport({ metrics, images }: SceneReportContent): string {
  const { input, strategy, steps, views } = metrics;
  const name = sceneTitle(input.file);
  return renderRun(sceneModality, metrics, {
    title: name,
    lead: html`${plural(steps, 'step')} of <b>${strategy}</b> on ${ranOn(metrics)} brought
      ${plural(views.length, 'photograph')} that ${views.length === 1 ? 'was' : 'were'} held out to
      <b>${fixed(metrics.psnr, 2)} dB</b> in <b>${duration(trainingSeconds(metrics))}</b> of training on
      ${plural(input.photographs.train, 'other', 'others')}.`,
    warnings: input.warnings,
    figures: figures(metrics),
    pictures: [
      ...(images.turntable === undefined
        ? []
        : [section('Seen from around', [turntableFigure(images.turntable, name)])]),
      section(
        'Held-out views',
        [
          html`<p>
            ${
              views.length > mostViews
                ? html`${mostViews} of ${count(views.length)}, from the one that is met worst to the one that
                  is met best.`
                : html`From the one that is met worst to the one that is met best.`
            }
            None of their pixels were trained on. The pictures are shrunk to ${pictureDefaults.reportSide}
            pixels and compressed; the files in the run’s folder are not.
          </p>`,
          zoomGroups(
            'zoom-views',
            chosen(views, images.views).map(([quality, pictures]) => viewPictures(quality, pictures)),
            'smooth',
          ),
          viewTable(views),
        ],
        { long: true },
      ),
      section('Where it trained', [
        html`<p>
          How often the pixels of the photographs were drawn, in the photographs’ order; all on one scale.
        </p>`,
        zoomGroup('zoom-selection', [selectionPicture(images)], 'smooth'),
      ]),
    ],
    curves: sceneCurves,
    about:
      'Seconds count training steps and choosing rays; the time for measuring these curves is left out. ' +
      'Loss is what the step minimised, before its update.',
    otherWork: 'Loading, turntable, checkpoints, writing',
    inputFacts: sceneInputFacts(input),
  });
}

/** A scene's folder, or the file and the folder that it lies in: transforms.json alone says nothing. */
export function sceneTitle(file: string): string {
  const parts = file.split(/[\\/]/).filter((part) => part !== '' && part !== '.');
  const last = parts.at(-1) ?? file;
  const above = parts.at(-2);
  return /\.(json|npy|bin|txt)$/i.test(last) && above !== undefined ? `${above}/${last}` : fileName(last);
}

/** What was fitted. */
export function sceneInputFacts(input: SceneInfo): [string, string][] {
  const { photographs, sizes, space, rays, extent } = input;
  const number = (value: number): string => String(Number(value.toPrecision(5)));
  const missing = photographs.listed - photographs.found;
  return [
    [
      'Photographs',
      `${count(photographs.train)} trained on, ${count(photographs.test)} held out (${photographs.heldOutBy})` +
        `${missing > 0 ? `; ${count(missing)} listed ones are missing` : ''}` +
        `${photographs.masked > 0 ? `; ${count(photographs.masked)} have masks` : ''}`,
    ],
    [
      'Sizes',
      Object.entries(sizes)
        .map(([size, many]) => `${size} (${count(many)})`)
        .join(', '),
    ],
    ['Rays', `${count(rays)}, one for each pixel that is trained on`],
    [
      'Field’s cube',
      `${number(2 * space.half)} a side around (${space.centre.map(number).join(', ')})` +
        `${space.contracted ? '; what is outside is drawn together around it' : ''}; by ${extent}`,
    ],
  ];
}

function figures(metrics: SceneMetrics): Figure[] {
  const { views, samples, input } = metrics;
  const worst = views.reduce((least, view) => Math.min(least, view.psnr), Infinity);
  return [
    {
      name: 'PSNR',
      value: fixed(metrics.psnr, 2),
      unit: 'dB',
      note: 'Mean over the held-out views, each on its 8-bit picture, peak 255.',
      main: true,
    },
    { name: 'SSIM', value: fixed(metrics.ssim, 4), note: 'Mean over the held-out views; 1 is identical.' },
    { name: 'Worst view', value: fixed(worst, 2), unit: 'dB', note: 'The lowest PSNR of a held-out view.' },
    {
      name: 'Training time',
      value: duration(trainingSeconds(metrics)),
      note: 'Training steps and choosing rays, without measuring quality.',
      main: true,
    },
    {
      name: 'Rays trained on',
      value: count(samples),
      note: `Each of the ${count(input.rays)} rays ${significant(samples / input.rays)} times on average.`,
    },
    selectionOverhead(metrics),
  ];
}

/** Moving pictures can be stopped by closing what they are in. */
function turntableFigure(turntable: Uint8Array, name: string): Html {
  if (!isWebp(turntable)) {
    throw new ArgumentError(`the turntable of the report: got ${turntable.length} bytes that are no WebP`);
  }
  return html`<details class="turntable" open>
    <summary>Turntable</summary>
    <img
      src="${imageUrl(turntable)}"
      alt="${name} as the field shows it from a camera that moves around it"
    />
    <p class="note">
      As high and as far as the photographs were taken from; where they surround the scene all the way round,
      else to and fro within what they saw. Fold it to stop it. A run makes it as large as goes with the
      length of its training; <code>evos render</code> makes one of any size.
    </p>
  </details>`;
}

/** The views that are shown, worst first: the worst, the best, and some evenly between. */
function chosen(
  views: readonly SceneViewQuality[],
  pictures: readonly ReportView[],
): (readonly [SceneViewQuality, ReportView])[] {
  const byName = new Map(pictures.map((picture) => [picture.name, picture]));
  const pairs = views.flatMap((view): (readonly [SceneViewQuality, ReportView])[] => {
    const found = byName.get(view.name);
    return found === undefined ? [] : [[view, found]];
  });
  pairs.sort(([a], [b]) => a.psnr - b.psnr);
  return evenly(pairs.length, mostViews).map((i) => pairs[i]!);
}

/** Up to `most` of `length` places, the first and the last among them. */
export function evenly(length: number, most: number): number[] {
  const shown = Math.min(length, most);
  return Array.from({ length: shown }, (_, i) =>
    shown === 1 ? 0 : Math.round((i * (length - 1)) / (shown - 1)),
  );
}

function viewPictures(
  quality: SceneViewQuality,
  view: ReportView,
): { readonly title: string; readonly pictures: readonly Picture[] } {
  const { name } = quality;
  const number = (value: number): string => String(Number(value.toPrecision(3)));
  const { near, far } = view.range;
  const pictures: Picture[] = [
    { png: view.photograph, alt: `Photograph ${name}`, title: 'Photograph', text: '' },
    {
      png: view.rendered,
      alt: `What the field shows from the camera of ${name}`,
      title: 'Rendered',
      text: figuresOf(quality),
    },
    {
      png: view.error,
      alt: `Differences between photograph and rendering of ${name}`,
      title: 'Error',
      text: 'Mean difference of the channels, of 255.',
      legend: ramp(
        heatRamp(),
        ['0', `${pictureDefaults.errorLimit}+`],
        `From dark, no difference, to bright, ${pictureDefaults.errorLimit} and more`,
      ),
    },
    {
      png: view.depth,
      alt: `Distances from the camera of ${name}`,
      title: 'Depth',
      text: 'Distance from the camera, in the scene’s units; grey where there is nothing.',
      legend: ramp(
        heatRamp().reverse(),
        [number(near), number(far)],
        `From bright, ${number(near)} and nearer, to dark, ${number(far)} and farther`,
      ),
    },
  ];
  return { title: name, pictures };
}

const figuresOf = ({ psnr, ssim }: SceneViewQuality): string =>
  `${fixed(psnr, 2)} dB${ssim === null ? '' : `, SSIM ${fixed(ssim, 4)}`}`;

function viewTable(views: readonly SceneViewQuality[]): Html {
  const rows = views.map(({ name, psnr, ssim }) => [name, fixed(psnr, 2), fixed(ssim, 4)]);
  const table = dataTable('Quality of every held-out view', ['View', 'PSNR dB', 'SSIM'], rows);
  return views.length < longTable
    ? table
    : foldedTable(`All ${count(views.length)} held-out views as a table`, table);
}

function selectionPicture({ selection, selectionScale }: SceneReportContent['images']): Picture {
  const { low, high, mean } = selectionScale;
  const often = (rate: number): string => `${significant(rate / mean)} ×`;
  return {
    png: selection,
    alt: 'Small maps of all photographs: how often their pixels were drawn',
    title: 'Selection map',
    text:
      mean > 0
        ? `Against the average pixel, which was drawn ${significant(mean)} times; by tiles that were drawn often enough to tell.`
        : 'No pixel was drawn.',
    legend:
      mean > 0
        ? ramp(
            heatRamp(),
            [often(low), often(high)],
            `From dark, ${often(low)} as often as the average pixel and less, to bright, ${often(high)} and more`,
          )
        : nothing,
  };
}
