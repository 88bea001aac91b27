// The report of one image fit: what came out, how it got there, where it trained, and how to repeat it.
import type { ImageMetrics } from '../artifacts.js';
import { fitImageSettings, resolveSettings } from '../options.js';
import type { ChartSpec, Curve } from './client.js';
import { fitCommand } from './command.js';
import { count, duration, fileName, fixed, percent, plural } from './format.js';
import { html, nothing, raw, type Html } from './html.js';
import { chartFigure, renderPage } from './page.js';
import {
  beforeAfter,
  choice,
  facts,
  figureList,
  historyTable,
  inputFact,
  machineFacts,
  repeatWith,
  section,
  selectionLegend,
  settingsList,
  withoutScripts,
  zoomGroup,
  type Picture,
  type SelectionScale,
} from './parts.js';

/** What the report of one run is made of. */
export interface ReportContent {
  readonly metrics: ImageMetrics;
  /** PNG files, all of the size trained at; copied into the page. */
  readonly images: {
    readonly original: Uint8Array;
    readonly reconstruction: Uint8Array;
    /** How often each pixel was trained on, coloured as `selectionScale` says. */
    readonly selection: Uint8Array;
    /** Where the reconstruction differs from the original. */
    readonly error?: Uint8Array;
  };
  readonly selectionScale: SelectionScale;
}

/**
 * The report of one run as one HTML file that opens offline.
 * @returns HTML, to be written as UTF-8; the same content gives the same bytes.
 * @throws ArgumentError when a picture is no PNG.
 */
export function renderReport({ metrics, images, selectionScale }: ReportContent): string {
  const { input, strategy, steps, seconds } = metrics;
  const name = fileName(input.file);
  const training = seconds.train + seconds.select;
  const pixels = input.width * input.height;
  const trained = metrics.samples / (steps * pixels);
  const on =
    metrics.workers > 0 ? `${metrics.device} with ${plural(metrics.workers, 'worker')}` : metrics.device;

  return renderPage({
    title: `${name} – evos`,
    kind: 'evos image fit',
    heading: name,
    lead: html`${plural(steps, 'step')} of <b>${strategy}</b> on ${on} brought ${input.width} ×
      ${input.height} pixels to <b>${fixed(metrics.psnr, 2)} dB</b> in <b>${duration(training)}</b> of
      training, on ${percent(trained)} of the samples that training every pixel at every step would take.`,
    version: metrics.version,
    charts: charts(metrics),
    sections: [
      figureList([
        {
          name: 'PSNR',
          value: fixed(metrics.psnr, 2),
          unit: 'dB',
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
        {
          name: 'Training time',
          value: duration(training),
          note: 'Training steps and choosing samples, without measuring quality.',
          main: true,
        },
        {
          name: 'Samples trained on',
          value: percent(trained),
          note: `${count(metrics.samples)} of the ${count(steps * pixels)} that every pixel at every step makes.`,
        },
        {
          name: 'Evaluations',
          value: count(metrics.evaluations),
          note: `Of ${plural(steps, 'step')}, those that went over the whole image to choose samples.`,
        },
        {
          name: 'Selection overhead',
          value: percent(training > 0 ? seconds.select / training : 0),
          note: `${duration(seconds.select)} of the training time went into choosing samples.`,
        },
      ]),
      section('Before and after', [
        html`<p class="note hint">
          Drag the line: the original is left of it, what the network reconstructs is right.
        </p>`,
        beforeAfter(images.original, images.reconstruction, input, {
          original: `Original: ${name}`,
          reconstruction: `Reconstruction after ${plural(steps, 'step')}, PSNR ${fixed(metrics.psnr, 2)} dB`,
        }),
      ]),
      section('Where it trained', [
        html`<p>Bright pixels of the selection map were trained on often, dark ones seldom.</p>`,
        zoomGroup('zoom', pictures(images, selectionScale), input.width),
      ]),
      section(
        'How it got there',
        [
          html`<p>
            Seconds count training steps and choosing samples; the time for measuring these curves is left
            out. Loss is what the step minimised, before its update; with cross-frequency supervision it holds
            the Laplacian term too.
          </p>`,
          choice('axis', 'Along the bottom', [
            ['step', 'steps'],
            ['seconds', 'training seconds'],
          ]),
          html`<p class="note hint">Drag across a curve to zoom in, double-click to see all of it again.</p>`,
          withoutScripts,
          html`<div class="charts">
            ${chartFigure('chart-psnr', 'PSNR', 'Peak 255, on the 8-bit picture, in dB.')}
            ${chartFigure('chart-ssim', 'SSIM', 'Of the whole picture; 1 is identical.')}
            ${chartFigure('chart-loss', 'Loss', 'On a logarithmic scale.')}
            ${chartFigure('chart-ratio', 'Ratio', 'Share of the pixels that the schedule asked for.')}
          </div>`,
          historyTable('All measurements as a table', metrics.history),
        ],
        { long: true },
      ),
      section('Where the time went', [timeTable(metrics)]),
      section(
        'Settings',
        [
          html`<p class="note">Those that differ from the default are set in bold.</p>`,
          settingsList(
            { ...metrics.settings },
            fitImageSettings,
            resolveSettings(fitImageSettings, {
              preset: metrics.settings.preset,
              strategy: metrics.settings.strategy,
            }),
          ),
        ],
        {
          long: true,
        },
      ),
      section('Model and machine', [
        facts([
          ['Input', inputFact(input)],
          [
            'Model',
            `${metrics.model.kind}, ${count(metrics.model.parameters)} parameters, ${count(metrics.model.macsPerSample)} multiply–adds per sample`,
          ],
          ...machineFacts(metrics),
        ]),
      ]),
      section('Run it again', [
        repeatWith(fitCommand(metrics), 'fitImage'),
        html`<p class="note">
          Seed ${String(metrics.seed)} fixes weights and draws. Another device, number of workers or
          micro-batch adds in another order: the result then differs a little, and times differ from machine
          to machine.
        </p>`,
      ]),
    ],
  });
}

function charts(metrics: ImageMetrics): ChartSpec[] {
  const { history } = metrics;
  const curve = (y: Curve['y']): Curve => ({
    label: metrics.strategy,
    colour: '--accent',
    dash: [],
    step: history.map((entry) => entry.step),
    seconds: history.map((entry) => entry.seconds),
    y,
  });
  const chart = (
    id: string,
    scale: ChartSpec['scale'],
    decimals: number,
    unit: string,
    y: Curve['y'],
  ): ChartSpec => ({
    id,
    axis: 'chosen',
    scale,
    decimals,
    unit,
    curves: [curve(y)],
  });
  return [
    chart(
      'chart-psnr',
      'linear',
      2,
      'dB',
      history.map((entry) => entry.psnr),
    ),
    chart(
      'chart-ssim',
      'linear',
      4,
      '',
      history.map((entry) => entry.ssim),
    ),
    chart(
      'chart-loss',
      'log',
      2,
      '',
      history.map((entry) => entry.loss),
    ),
    chart(
      'chart-ratio',
      'share',
      1,
      '',
      history.map((entry) => entry.ratio),
    ),
  ];
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
    ...(images.error === undefined
      ? []
      : [
          {
            png: images.error,
            alt: 'Error map: where the reconstruction differs from the original',
            title: 'Error map',
            text: 'Where the reconstruction still differs; the brighter, the more.',
          },
        ]),
  ];
}

function timeTable({ seconds }: ImageMetrics): Html {
  const { train, select, evaluate, total } = seconds;
  const other = Math.max(0, total - train - select - evaluate);
  const rows: readonly (readonly [string, number, boolean])[] = [
    ['Training steps', train, true],
    ['Choosing samples', select, true],
    ['Measuring quality', evaluate, false],
    ['Loading, checkpoints, writing', other, false],
  ];
  const whole = Math.max(total, train + select + evaluate, Number.MIN_VALUE);
  return html`<p>Only the first two are training time; no other figure of this page counts the rest.</p>
    <div class="scroll" tabindex="0" role="region" aria-label="Where the time went">
      <table class="times">
        <thead>
          <tr>
            <th scope="col">Purpose</th>
            <th scope="col">Time</th>
            <th scope="col">Share of ${duration(whole)}</th>
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            ([name, value, counts]) => html`
<tr${counts ? nothing : html` class="outside"`}><th scope="row">${name}</th><td>${duration(value)}</td><td><div class="bar" style="width: ${raw(((value / whole) * 100).toFixed(2))}%"></div></td></tr>`,
          )}
        </tbody>
      </table>
    </div> `;
}
