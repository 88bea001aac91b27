// The report of one mesh fit: what came out, beside the original, how it got there, where it trained, and how to repeat
// it.
import { errorColours, toSrgb } from '../../../../sdf/index.js';
import type { MeshMetrics } from '../metrics.js';
import { meshModality } from '../modality.js';
import { trainingSeconds } from '../../../runs/metrics.js';
import {
  count,
  duration,
  fileName,
  fixed,
  percent,
  plural,
  scientific,
  significant,
} from '../../../report/format.js';
import { html } from '../../../report/html.js';
import { section, type Figure, type RunCurve } from '../../../report/parts.js';
import { beforeAfterDrawn, ramp, zoomGroup, type Picture } from '../../../report/pictures.js';
import { costFigures, ranOn, renderRun, trainedShare } from '../../../report/run-page.js';

/** What the report of one mesh fit is made of. */
export interface MeshReportContent {
  readonly metrics: MeshMetrics;
  /** PNG files; copied into the page. */
  readonly images: {
    /** The original and the fitted mesh, of one size and seen by one camera. */
    readonly original: Uint8Array;
    readonly fitted: Uint8Array;
    /** The fitted mesh, coloured by its signed distance to the original as `errorColours` does. */
    readonly error: Uint8Array;
    /** The distance in full colour there, in longest sides of the original. */
    readonly errorLimit: number;
    /** The fitted mesh, coloured by how often the samples around were trained on, as `drawRates` says. */
    readonly selection: Uint8Array;
    /** The power of two in full colour there, either way. */
    readonly selectionLimit: number;
  };
}

/** What is measured while a mesh trains. */
export const meshCurves: readonly RunCurve[] = [
  {
    key: 'iou',
    title: 'IoU',
    text: 'Intersection over union of the insides, on uniform points of the cube; 1 is identical.',
    decimals: 4,
  },
  {
    key: 'iouNear',
    title: 'IoU near the surface',
    text: 'The same on points near the surface, where it is decided.',
    decimals: 4,
  },
];

/**
 * The report of a mesh fit as one HTML file that opens offline.
 * @returns HTML, to be written as UTF-8; the same content gives the same bytes.
 * @throws ArgumentError when a picture is no PNG, or the limit of the error colours is no distance above 0.
 */
export function renderMeshReport({ metrics, images }: MeshReportContent): string {
  const { input, strategy, steps, settings } = metrics;
  const name = fileName(input.file);
  const whole = settings.samples;

  return renderRun(meshModality, metrics, {
    lead: html`${plural(steps, 'step')} of <b>${strategy}</b> on ${ranOn(metrics)} brought a signed distance
      field of ${plural(input.triangles, 'triangle')} to an IoU of <b>${fixed(metrics.iou, 4)}</b> in
      <b>${duration(trainingSeconds(metrics))}</b> of training, on ${percent(trainedShare(metrics, whole))} of
      the samples that training every point at every step would take.`,
    warnings: input.warnings,
    figures: [...quality(metrics), ...costFigures(metrics, { whole, sample: 'point', all: 'pool' })],
    pictures: [
      section('Before and after', [
        html`<p class="note hint">
          Drag the line: the original is left of it, what was extracted from the network is right. Insides,
          seen through holes and on flipped faces, are red.
        </p>`,
        beforeAfterDrawn(
          { png: images.original, alt: `Original: ${name}`, label: 'original' },
          {
            png: images.fitted,
            alt: `Fitted mesh after ${plural(steps, 'step')}, IoU ${fixed(metrics.iou, 4)}`,
            label: 'fitted',
          },
        ),
      ]),
      section('Where it errs and where it trained', [zoomGroup('zoom', pictures(images), 'smooth')]),
    ],
    curves: meshCurves,
    about:
      'Seconds count training steps and choosing samples; the time for measuring these curves is left out. ' +
      'They are measured on fixed points by the sign of the network’s answer. ' +
      'Loss is what the step minimised, before its update.',
    samples: 'points',
    otherWork: 'Loading, extracting, checkpoints, writing',
    inputFacts: [...meshInputFacts(input), extracted(metrics)],
  });
}

/** A share of the longest side, as per cent with three digits. */
export const ofLongestSide = (share: number): string =>
  Number.isFinite(share) && share > 0 && share < 1e-5
    ? scientific(share * 100)
    : fixed(share * 100, share < 0.01 ? 3 : 1);

/** 4.2e-7 as `4.20` and `× 10⁻⁷`. */
function powerOfTen(value: number): { value: string; unit?: string } {
  if (!Number.isFinite(value) || value === 0) return { value: fixed(value, 0) };
  const [digits = '', exponent = ''] = value.toExponential(2).split('e');
  const raised = exponent
    .replace('+', '')
    .replace(/./g, (sign) => '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'['-0123456789'.indexOf(sign)] ?? '');
  return { value: digits, unit: `× 10${raised}` };
}

function quality(metrics: MeshMetrics): Figure[] {
  return [
    {
      name: 'IoU',
      value: fixed(metrics.iou, 4),
      note: 'Intersection over union of the two insides, on uniform points of the network’s cube; 1 is identical.',
      main: true,
    },
    {
      name: 'IoU near the surface',
      value: fixed(metrics.iouNear, 4),
      note: 'The same on points near the surface alone, where the cube’s empty corners count for nothing.',
    },
    {
      name: 'Normal consistency',
      value: fixed(metrics.normalConsistency, 4),
      note: 'Mean |cosine| between the normals of closest points of the two surfaces, both ways (Mescheder et al., 2019).',
      main: true,
    },
    {
      name: 'Chamfer-L1',
      value: ofLongestSide(metrics.chamferL1),
      unit: '%',
      note: 'Of the original’s longest side: mean of the two mean distances from one surface to the other (Mescheder et al., 2019).',
    },
    {
      name: 'Chamfer-L2',
      ...powerOfTen(metrics.chamferL2),
      note: 'Sum of the two mean squared distances, in squares of the longest side (Fan et al., 2017).',
    },
  ];
}

function pictures(images: MeshReportContent['images']): Picture[] {
  const limit = `${ofLongestSide(images.errorLimit)} %`;
  const often = 2 ** images.selectionLimit;
  const [seldom, most] = [`${significant(1 / often)} ×`, `${significant(often)} ×`];
  return [
    {
      png: images.error,
      alt: `Fitted mesh coloured by its distance to the original, full colour from ${limit} of the longest side`,
      title: 'Error',
      text: 'The fitted surface by its distance to the original: blue where it lies inside of it, red outside, in per cent of the longest side.',
      legend: ramp(
        signedRamp(),
        [`−${limit}`, `+${limit}`],
        `From blue, ${limit} inside, over white to red, ${limit} outside`,
      ),
    },
    {
      png: images.selection,
      alt: 'Selection map: where samples were trained on more and less often than on average',
      title: 'Selection map',
      text: 'How often the samples around each place were trained on: as often as on average over the surface where it is white, more often where red, less where blue.',
      legend: ramp(
        signedRamp(),
        [seldom, most],
        `From blue, ${seldom} as often as on average and less, over white to red, ${most} and more`,
      ),
    },
  ];
}

/** The colours of a mesh's vertices, unlit, from the limit below 0 to that above. */
function signedRamp(): string[] {
  const steps = 9;
  const distances = Float32Array.from({ length: steps }, (_, i) => (2 * i) / (steps - 1) - 1);
  const colours = errorColours(distances, 1);
  return Array.from(
    distances,
    (_, i) => `rgb(${[0, 1, 2].map((c) => toSrgb(colours[3 * i + c] ?? 0)).join(' ')})`,
  );
}

/** What was fitted, and how. */
export function meshInputFacts(input: MeshMetrics['input']): [string, string][] {
  const { center, scale } = input.frame;
  const middle = center.map((value) => String(Number(value.toPrecision(6)))).join(', ');
  return [
    [
      'Input',
      `${count(input.triangles)} triangles, ${count(input.vertices)} vertices, ${input.watertight ? 'watertight' : 'not watertight'}`,
    ],
    ['Inside and outside', `told by ${input.signReason}`],
    ['Network’s cube', `(mesh − (${middle})) × ${Number(scale.toPrecision(6))}, from −1 to 1`],
  ];
}

function extracted({ vertices, triangles, settings }: MeshMetrics): [string, string] {
  return [
    'Extracted',
    `${count(triangles)} triangles, ${count(vertices)} vertices, at ${count(settings.resolution)} cells a side`,
  ];
}
