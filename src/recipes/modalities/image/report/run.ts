// The report of one image fit: what came out, how it got there, where it trained, and how to repeat it.
import { bytesInWords, type ImageInfo, type ImageMetrics } from '../metrics.js';
import { imageModality } from '../modality.js';
import { trainingSeconds } from '../../../runs/metrics.js';
import { perfectly } from '../../../runs/modality.js';
import { count, duration, fileName, fixed, percent, plural, significant } from '../../../report/format.js';
import { html, nothing, type Html } from '../../../report/html.js';
import { section, type RunCurve } from '../../../report/parts.js';
import {
  beforeAfter,
  heatRamp,
  ramp,
  selectionLegend,
  zoomGroup,
  type Picture,
  type SelectionScale,
} from '../../../report/pictures.js';
import { costFigures, ranOn, renderRun, trainedShare } from '../../../report/run-page.js';

/** Longest side of a report's pictures; the files beside it have all pixels. */
export const reportSide = 2048;

/** What the report of one run is made of. */
export interface ReportContent {
  readonly metrics: ImageMetrics;
  /** PNG files, all of one size: that trained at, or within `reportSide`; copied into the page. */
  readonly images: {
    readonly original: Uint8Array;
    readonly reconstruction: Uint8Array;
    /** How often each pixel was trained on, coloured as `selectionScale` says. */
    readonly selection: Uint8Array;
    /** Where the reconstruction differs from the original, darkest where it does not. */
    readonly error?: ErrorMap;
  };
  readonly selectionScale: SelectionScale;
}

/** The heat map of a reconstruction's errors. Errors are mean differences of the channels, of 255. */
export interface ErrorMap {
  readonly png: Uint8Array;
  /** The error that is drawn brightest, and what is above. */
  readonly high: number;
  /** The largest. */
  readonly max: number;
}

/** What is measured while an image trains. */
export const imageCurves: readonly RunCurve[] = [
  {
    key: 'psnr',
    title: 'PSNR',
    text: 'Peak 255, on the 8-bit picture, in dB.',
    decimals: 2,
    unit: 'dB',
  },
  { key: 'psnrImagePeak', title: 'PSNR dB, image peak', decimals: 2 },
  { key: 'ssim', title: 'SSIM', text: 'Of the whole picture; 1 is identical.', decimals: 4 },
];

/** What was trained on. */
export function imageFact(input: ImageInfo): string {
  const size = `${input.width} × ${input.height} pixels, ${input.channels} channel${input.channels === 1 ? '' : 's'}`;
  const same = input.width === input.originalWidth && input.height === input.originalHeight;
  return same ? size : `${size}; the file has ${input.originalWidth} × ${input.originalHeight}`;
}

/**
 * The report of one run as one HTML file that opens offline.
 * @returns HTML, to be written as UTF-8; the same content gives the same bytes.
 * @throws ArgumentError when a picture is no PNG.
 */
export function renderReport({ metrics, images, selectionScale }: ReportContent): string {
  const { input, strategy, steps } = metrics;
  const name = fileName(input.file);
  const whole = input.width * input.height;
  const words = perfectly(imageModality.measures[0], metrics.psnr);
  const exact = words !== undefined;
  const shown = words ?? `${fixed(metrics.psnr, 2)} dB`;

  return renderRun(imageModality, metrics, {
    lead: html`${plural(steps, 'step')} of <b>${strategy}</b> on ${ranOn(metrics)} brought ${input.width} ×
      ${input.height} pixels to <b>${shown}</b> in <b>${duration(trainingSeconds(metrics))}</b> of training,
      on ${percent(trainedShare(metrics, whole))} of the samples that training every pixel at every step would
      take.`,
    figures: [
      {
        name: 'PSNR',
        ...(exact ? { value: 'identical' } : { value: fixed(metrics.psnr, 2), unit: 'dB' }),
        note: 'On the 8-bit picture, peak 255.',
        main: true,
      },
      {
        name: 'PSNR, image peak',
        value: fixed(metrics.psnrImagePeak, 2),
        unit: 'dB',
        note: 'As in the EVOS code: peak is the image’s maximum, values are not rounded.',
      },
      {
        name: 'SSIM',
        value: fixed(metrics.ssim, 4),
        note: `On the 8-bit picture. ${fixed(metrics.ssimOfficial, 4)} as the EVOS code computes it: every third window, zero padding.`,
      },
      ...costFigures(metrics, { whole, sample: 'pixel', all: 'image' }),
    ],
    pictures: [
      section('Before and after', [
        html`<p class="note hint">
          Drag the line: the original is left of it, what the network reconstructs is right.
        </p>`,
        smaller(input),
        beforeAfter(
          { png: images.original, alt: `Original: ${name}`, label: 'original' },
          {
            png: images.reconstruction,
            alt: `Reconstruction after ${plural(steps, 'step')}, PSNR ${shown}`,
            label: 'reconstruction',
          },
          input,
        ),
      ]),
      section('Where it trained', [
        html`<p>Bright pixels of the selection map were trained on often, dark ones seldom.</p>`,
        zoomGroup('zoom', pictures(images, selectionScale), input.width),
      ]),
    ],
    curves: imageCurves,
    about:
      sampledWords(metrics) +
      'Seconds count training steps and choosing samples; the time for measuring these curves is left out. ' +
      'Loss is what the step minimised, before its update; with cross-frequency supervision it holds the ' +
      'Laplacian term too.',
    samples: 'pixels',
    otherWork: 'Loading, checkpoints, writing',
    inputFacts: [
      ['Input', imageFact(input)],
      ['Sizes', bytesInWords(metrics.bytes)],
    ],
  });
}

function pictures(images: ReportContent['images'], scale: SelectionScale): Picture[] {
  return [
    { png: images.original, alt: 'The original', title: 'Original', text: 'What the network was to learn.' },
    {
      png: images.selection,
      alt: `Selection map: pixels were trained on at ${count(scale.min)} to ${count(scale.max)} steps`,
      title: 'Selection map',
      text: 'Steps that trained on each pixel.',
      legend: selectionLegend(scale),
    },
    ...(images.error === undefined ? [] : [errorPicture(images.error)]),
  ];
}

/** What is said where the page's pictures are smaller than what was trained on. */
function smaller({ width, height }: ImageInfo): Html {
  if (Math.max(width, height) <= reportSide) return nothing;
  return html`<p class="note">
    The pictures of this page are made smaller; reconstruction.png and selection.png in the run’s folder have
    all pixels.
  </p>`;
}

/** What the points of the curves are of, where not of everything. */
function sampledWords({ history, input }: ImageMetrics): string {
  const pixels = history.find((entry) => entry.pixels !== undefined)?.pixels;
  if (pixels === undefined) return '';
  const all = count(input.width * input.height);
  return (
    `On the way quality was measured on ${count(pixels)} of the ${all} pixels, always the same ones, ` +
    'and after the last step on all. '
  );
}

function errorPicture({ png, high, max }: ErrorMap): Picture {
  const most = `${significant(high)}${max > high ? '+' : ''}`;
  return {
    png,
    alt: 'Error map: where the reconstruction differs from the original',
    title: 'Error map',
    text: 'Mean difference of the channels, of 255.',
    legend:
      high > 0
        ? html`${ramp(heatRamp(), ['0', most], `From dark, no difference, to bright, ${most}`)}
          ${max > high ? `At most ${significant(max)}; the rarest are cut off so that the others can be told apart.` : nothing}`
        : html` ${max > 0 ? `All but the rarest are 0; at most ${significant(max)}.` : 'There is none.'}`,
  };
}
