// The report of a comparison: the same image and budget under several strategies, quality and time side by side.
import { ArgumentError } from '../../core/index.js';
import type { CompareReport, CompareRow } from '../artifacts.js';
import { compareSettings, entrySettings, resolveSettings } from '../options.js';
import { readEntry } from '../strategy-entries.js';
import type { ChartSpec, Curve } from './client.js';
import { compareCommand } from './command.js';
import { duration, fileName, fixed, percent, plural, signed } from './format.js';
import { html, nothing, raw, type Html } from './html.js';
import { chartFigure, renderPage } from './page.js';
import {
  facts,
  historyTable,
  inputFact,
  machineFacts,
  repeatWith,
  section,
  settingsList,
  withoutScripts,
  zoomGroup,
  type Picture,
} from './parts.js';
import { seriesColours } from './style.js';

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

/** How a strategy's line is drawn: colour and dashes differ, so that either tells them apart. */
interface LineStyle {
  readonly colour: string;
  readonly dash: readonly number[];
}

/** Of the strategies that are not the baseline, whose line is solid. */
const dashes: readonly (readonly number[])[] = [
  [14, 4],
  [5, 3],
  [14, 3, 3, 3],
  [2, 3],
  [20, 6],
  [8, 3, 3, 3],
];

/**
 * The report of a comparison as one HTML file that opens offline.
 * @returns HTML, to be written as UTF-8; the same content gives the same bytes.
 * @throws ArgumentError when a row has no pictures, a picture is no PNG, or the baseline is not among the rows.
 */
export function renderComparison({ report, images }: ComparisonContent): string {
  const { input, rows, settings } = report;
  const baseline = rows.find((row) => row.strategy === report.baseline);
  if (baseline === undefined) {
    throw new ArgumentError(
      `the comparison has no row for its baseline ${report.baseline}; it has ${rows.map((row) => row.strategy).join(', ')}`,
    );
  }
  const styles = lineStyles(report);

  return renderPage({
    title: `${fileName(input.file)}: ${rows.map((row) => row.strategy).join(', ')} – evos`,
    kind: 'evos comparison of strategies',
    heading: fileName(input.file),
    lead: lead(report, baseline),
    version: report.version,
    charts: charts(report, baseline, styles),
    sections: [
      section('Result', [
        table(report, baseline, styles),
        html`<p class="note">
          PSNR is in dB on the 8-bit picture, peak 255; “image peak” is the convention of the EVOS code.
          Training time is training steps plus choosing samples, on the machine named below; measuring
          quality, loading and writing are left out. “Time to the baseline’s PSNR” is when a run’s curve first
          reached the ${fixed(baseline.psnr, 2)} dB at which ${report.baseline} ended, interpolated between
          measurements. “Samples trained on” is a share of every pixel at every step of ${report.baseline}. It
          is one run of one image with one seed: other images may order the strategies otherwise.
        </p>`,
      ]),
      section(
        'How they got there',
        [
          html`<p class="note hint">
            Drag across a curve to zoom in, double-click to see all of it again; click a name to hide its
            curve.
          </p>`,
          withoutScripts,
          html`<div class="charts">
            ${chartFigure('chart-seconds', 'PSNR over training time', 'What a second buys, in dB; dotted: where the baseline ended.')}
            ${chartFigure('chart-steps', 'PSNR over steps', 'What a step buys, in dB, whatever it costs.')}
          </div>`,
          ...rows.map((row) => historyTable(`All measurements of ${row.strategy} as a table`, row.history)),
        ],
        { long: true },
      ),
      section(
        'Reconstructions',
        [zoomGroup('zoom-reconstructions', reconstructions(report, baseline, images), input.width)],
        { long: true },
      ),
      section(
        'Where they trained',
        [
          html`<p>
            Bright pixels were trained on often, dark ones seldom. Each map has its own scale, which the
            report in the run’s folder explains.
          </p>`,
          zoomGroup('zoom-selections', selections(report, images), input.width),
        ],
        { long: true },
      ),
      section(
        'Settings',
        [
          html`<p class="note">
            The same for every
            strategy${report.settings.strategies.some(hasOwn) ? ', except where its entry says otherwise' : ''}.
            Those that differ from the default are set in bold.
          </p>`,
          settingsList({ ...settings }, compareSettings, resolveSettings(compareSettings)),
        ],
        {
          long: true,
        },
      ),
      section('Machine', [facts([['Input', inputFact(input)], ...machineFacts(report)])]),
      section('Run it again', [
        repeatWith(compareCommand(report), 'compare'),
        html`<p class="note">
          Seed ${String(report.seed)} fixes weights and draws. Times differ from machine to machine; compare
          only those of one page.
        </p>`,
      ]),
    ],
  });
}

/** Whether an entry of `strategies` has settings of its own. */
const hasOwn = (entry: string): boolean => Object.keys(readEntry(entry, entrySettings).settings).length > 0;

/** Steps a run did; entries may have numbers of their own. */
const stepsOf = (row: CompareRow): number => row.history.at(-1)?.step ?? 0;

/** The result in words, whichever way it went. */
function lead(report: CompareReport, baseline: CompareRow): Html {
  const others = report.rows.filter((row) => row !== baseline);
  const best = [...others]
    .filter((row) => row.speedUp !== null)
    .sort((a, b) => (b.speedUp ?? 0) - (a.speedUp ?? 0))[0];
  const start = html`<b>${baseline.strategy}</b>, the baseline, reached
    <b>${fixed(baseline.psnr, 2)} dB</b> in ${duration(trainingSeconds(baseline))} of training.`;
  if (others.length === 0) return start;
  if (best?.speedUp === null || best?.speedUp === undefined) {
    const most = Math.max(...others.map((row) => stepsOf(row)));
    return html`${start} No other strategy reached that quality in ${plural(most, 'step')}.`;
  }
  const factor = best.speedUp;
  const pace =
    factor > 1.005
      ? `${fixed(factor, 2)} times as fast`
      : factor < 0.995
        ? `${fixed(1 / factor, 2)} times slower`
        : 'just as fast';
  return html`${start} Of the others, <b>${best.strategy}</b> got there first, after
    ${duration(best.secondsToBaseline ?? NaN)}: <b>${pace}</b>.`;
}

function table(report: CompareReport, baseline: CompareRow, styles: ReadonlyMap<string, LineStyle>): Html {
  const head = [
    'Strategy',
    'Training time',
    'Time ratio',
    'PSNR',
    'PSNR against baseline',
    'PSNR, image peak',
    'SSIM',
    'Samples trained on',
    'Time to the baseline’s PSNR',
    'Speed-up',
  ];
  const whole = report.input.width * report.input.height * stepsOf(baseline);
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Strategies compared">
    <table>
      <thead>
        <tr>
          ${head.map((name) => html`<th scope="col">${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${report.rows.map((row) => {
          const isBaseline = row === baseline;
          return html` <tr>
            <th scope="row">
              ${lineKey(styles.get(row.strategy))}${row.strategy}${isBaseline ? html`<span class="tag">baseline</span>` : nothing}
            </th>
            <td>${duration(trainingSeconds(row))}</td>
            <td>${fixed(row.timeRatio, 2)}</td>
            <td>${fixed(row.psnr, 2)}</td>
            <td>${isBaseline ? '–' : signed(row.psnr - baseline.psnr, 2)}</td>
            <td>${fixed(row.psnrImagePeak, 2)}</td>
            <td>${fixed(row.ssim, 4)}</td>
            <td>${percent(row.samples / whole)}</td>
            <td>${row.secondsToBaseline === null ? 'not reached' : duration(row.secondsToBaseline)}</td>
            <td>${row.speedUp === null ? 'not reached' : `${fixed(row.speedUp, 2)} ×`}</td>
          </tr>`;
        })}
      </tbody>
    </table>
  </div> `;
}

function charts(
  report: CompareReport,
  baseline: CompareRow,
  styles: ReadonlyMap<string, LineStyle>,
): ChartSpec[] {
  const curves = report.rows.map(({ strategy, history }): Curve => {
    const { colour, dash } = styles.get(strategy) ?? { colour: '--base', dash: [] };
    return {
      label: strategy,
      colour,
      dash,
      step: history.map((entry) => entry.step),
      seconds: history.map((entry) => entry.seconds),
      y: history.map((entry) => entry.psnr),
    };
  });
  const shared = { scale: 'linear', decimals: 2, unit: 'dB', curves } as const;
  return [
    {
      ...shared,
      id: 'chart-seconds',
      axis: 'seconds',
      ...(Number.isFinite(baseline.psnr) && {
        level: { label: `end of ${baseline.strategy}`, value: baseline.psnr },
      }),
    },
    { ...shared, id: 'chart-steps', axis: 'step' },
  ];
}

function reconstructions(
  report: CompareReport,
  baseline: CompareRow,
  images: ComparisonContent['images'],
): Picture[] {
  return [
    { png: images.original, alt: `Original: ${fileName(report.input.file)}`, title: 'Original', text: '' },
    ...report.rows.map((row) => {
      const difference =
        row === baseline ? 'the baseline' : `${signed(row.psnr - baseline.psnr, 2)} dB against the baseline`;
      return {
        png: picturesOf(row, images).reconstruction,
        alt: `Reconstruction by ${row.strategy}, PSNR ${fixed(row.psnr, 2)} dB`,
        title: row.strategy,
        text: `${fixed(row.psnr, 2)} dB, ${difference}, in ${duration(trainingSeconds(row))}`,
      };
    }),
  ];
}

function selections(report: CompareReport, images: ComparisonContent['images']): Picture[] {
  const pixels = report.input.width * report.input.height;
  return report.rows.map((row) => ({
    png: picturesOf(row, images).selection,
    alt: `Selection map of ${row.strategy}`,
    title: row.strategy,
    text: html`${percent(row.samples / (pixels * stepsOf(row)))} of all pixels and steps;
      <a href="${runReport(row)}">report of this run</a>`,
  }));
}

/** The run's own report, relative to this one. */
function runReport(row: CompareRow): string {
  return ['.', ...row.folder.split('/').map(encodeURIComponent), 'report.html'].join('/');
}

function picturesOf(
  row: CompareRow,
  images: ComparisonContent['images'],
): { reconstruction: Uint8Array; selection: Uint8Array } {
  const found = Object.hasOwn(images.runs, row.strategy) ? images.runs[row.strategy] : undefined;
  if (found === undefined)
    throw new ArgumentError(
      `the comparison got no pictures of ${row.strategy}; expected images.runs to have them`,
    );
  return found;
}

function lineStyles(report: CompareReport): Map<string, LineStyle> {
  const others = report.rows.filter((row) => row.strategy !== report.baseline);
  return new Map([
    [report.baseline, { colour: '--base', dash: [] }],
    ...others.map((row, i): [string, LineStyle] => [
      row.strategy,
      { colour: `--s${i % seriesColours}`, dash: dashes[i % dashes.length] ?? [] },
    ]),
  ]);
}

/** A short piece of the strategy's line, for the table. */
function lineKey(line: LineStyle | undefined): Html {
  if (line === undefined) return nothing;
  return html`<svg class="key" viewBox="0 0 30 10" aria-hidden="true">
    <path
      d="M0 5H30"
      stroke="var(${raw(line.colour)})"
      stroke-width="3"
      stroke-dasharray="${line.dash.join(' ')}"
    />
  </svg>`;
}

const trainingSeconds = (row: CompareRow): number => row.seconds.train + row.seconds.select;
