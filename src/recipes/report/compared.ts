// What the reports of comparisons have in common, whatever was fitted: time and quality side by side, curves of every
// strategy, settings and machine.
import { ArgumentError } from '../../core/index.js';
import {
  trainingSeconds,
  type AnyCompareReport,
  type AnyCompareRow,
  type CommonHistoryEntry,
} from '../runs/metrics.js';
import type { Quality } from '../runs/modality.js';
import type { ChartSpec, Curve } from './client.js';
import { duration, fileName, fixed, percent, plural, signed } from './format.js';
import { html, nothing, type Html } from './html.js';
import { chartFigure, renderPage } from './page.js';
import {
  facts,
  historyTable,
  machineFacts,
  repeatWith,
  section,
  settingsList,
  withoutScripts,
  type HistoryColumn,
  type ListedSettings,
} from './parts.js';
import { zoomGroup, type Enlarging, type Picture } from './pictures.js';
import { lineKey, lineStyles, type LineStyle } from './line-styles.js';

/** A comparison, whatever was fitted. */
export interface AnyComparison<Row> extends AnyCompareReport<
  { readonly strategies: readonly string[] },
  Row
> {
  readonly input: { readonly file: string };
}

/** What differs from kind to kind. */
export interface Compared<Entry extends CommonHistoryEntry, Row extends AnyCompareRow<Entry>> {
  readonly report: AnyComparison<Row>;
  /** What was fitted, for the heading; default: the input's file name. */
  readonly title?: string;
  readonly quality: Quality<Row, Entry>;
  /** Further figures of a row, in the table. */
  readonly columns: readonly { readonly name: string; readonly show: (row: Row) => string }[];
  /** What these figures are, as HTML that ends in a full stop. */
  readonly conventions: Html;
  /** What one of them is called: `image`. */
  readonly noun: string;
  /** What a step that trains on everything takes, of which: `pixels`; left out where no strategy does, and all take as many. */
  readonly everything?: { readonly count: number; readonly samples: string };
  readonly historyColumns: readonly HistoryColumn<Entry>[];
  /** The section with pictures of what came out. */
  readonly results: Html;
  /** Where each strategy trained, where there are pictures of that. */
  readonly maps?: {
    /** How to read the maps. */
    readonly hint: Html;
    readonly of: (row: Row) => Uint8Array;
    readonly enlarging: Enlarging;
  };
  /** Of whose settings the page tells. */
  readonly resolver: ListedSettings;
  /** The settings of a comparison for which none were named. */
  readonly usual: object;
  /** What was fitted. */
  readonly inputFacts: readonly (readonly [string, string | Html])[];
  readonly command: string | undefined;
  /** The function of `evos/recipes` that compares. */
  readonly call: string;
}

/** The page of a comparison. */
export function renderCompared<Entry extends CommonHistoryEntry, Row extends AnyCompareRow<Entry>>(
  compared: Compared<Entry, Row>,
): string {
  const { report, quality, historyColumns } = compared;
  const { input, rows, settings } = report;
  const { title = fileName(input.file) } = compared;
  const baseline = baselineOf(report);
  const styles = lineStyles(report);
  const { name, unit } = quality;
  const inUnit = unit === '' ? '' : `, in ${unit}`;

  return renderPage({
    title: `${title}: ${rows.map((row) => row.strategy).join(', ')} – evos`,
    kind: 'evos comparison of strategies',
    heading: title,
    lead: lead(compared, baseline),
    version: report.version,
    charts: charts(compared, baseline, styles),
    sections: [
      section('Result', [
        table(compared, baseline, styles),
        html`<p class="note">
          ${compared.conventions} Training time is training steps plus choosing samples, on the machine named
          below; measuring quality, loading and writing are left out. “Time to the baseline’s ${name}” is when
          a run’s curve first reached the ${figure(quality, quality.reached(baseline))} at which
          ${report.baseline} ended, interpolated between measurements.
          ${
            compared.everything === undefined
              ? nothing
              : html`“Samples trained on” is a share of everything at every step of ${report.baseline}.`
          }
          It is one run of one ${compared.noun} with one seed: others may order the strategies otherwise.
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
            ${chartFigure('chart-seconds', `${name} over training time`, `What a second buys${inUnit}; dotted: where the baseline ended.`)}
            ${chartFigure('chart-steps', `${name} over steps`, `What a step buys${inUnit}, whatever it costs.`)}
          </div>`,
          ...rows.map((row) =>
            historyTable(`All measurements of ${row.strategy} as a table`, row.history, historyColumns),
          ),
        ],
        { long: true },
      ),
      compared.results,
      selectionMaps(compared),
      section(
        'Settings',
        [
          html`<p class="note">
            The same for every
            strategy${settings.strategies.some(hasOwn) ? ', except where its entry says otherwise' : ''}.
            Those that differ from the default are set in bold.
          </p>`,
          settingsList({ ...settings }, compared.resolver.fields('compare'), compared.usual),
        ],
        { long: true },
      ),
      section('Machine', [facts([...compared.inputFacts, ...machineFacts(report)])]),
      section('Run it again', [
        repeatWith(compared.command, compared.call),
        html`<p class="note">
          Seed ${String(report.seed)} fixes weights and draws. Times differ from machine to machine; compare
          only those of one page.
        </p>`,
      ]),
    ],
  });
}

/** The row the others are compared with. @throws ArgumentError when it is missing */
export function baselineOf<Row extends { readonly strategy: string }>(report: {
  readonly baseline: string;
  readonly rows: readonly Row[];
}): Row {
  const found = report.rows.find((row) => row.strategy === report.baseline);
  if (found === undefined) {
    throw new ArgumentError(
      `the comparison has no row for its baseline ${report.baseline}; it has ${report.rows.map((row) => row.strategy).join(', ')}`,
    );
  }
  return found;
}

/** The pictures of one run. @throws ArgumentError when there are none */
export function picturesOf<Pictures>(
  { strategy }: { readonly strategy: string },
  runs: Readonly<Record<string, Pictures>>,
): Pictures {
  const found = Object.hasOwn(runs, strategy) ? runs[strategy] : undefined;
  if (found === undefined)
    throw new ArgumentError(
      `the comparison got no pictures of ${strategy}; expected images.runs to have them`,
    );
  return found;
}

/** Steps a run did; entries may have numbers of their own. */
const stepsOf = (row: { readonly history: readonly { readonly step: number }[] }): number =>
  row.history.at(-1)?.step ?? 0;

/** "36.57 dB", "IoU 0.9971" */
export function figure(
  { name, unit, decimals }: Pick<Quality<never, never>, 'name' | 'unit' | 'decimals'>,
  value: number,
): string {
  return unit === '' ? `${name} ${fixed(value, decimals)}` : `${fixed(value, decimals)} ${unit}`;
}

/** What stands under a run's picture: its quality against the baseline's, and its time. */
export function resultLine<Row extends Pick<AnyCompareRow<never>, 'seconds'>>(
  row: Row,
  baseline: Row,
  quality: Pick<Quality<Row, never>, 'name' | 'unit' | 'decimals' | 'of'>,
): string {
  const value = quality.of(row);
  const unit = quality.unit === '' ? '' : ` ${quality.unit}`;
  const difference =
    row === baseline
      ? 'the baseline'
      : `${signed(value - quality.of(baseline), quality.decimals)}${unit} against the baseline`;
  return `${figure(quality, value)}, ${difference}, in ${duration(trainingSeconds(row))}`;
}

function selectionMaps<Entry extends CommonHistoryEntry, Row extends AnyCompareRow<Entry>>({
  report,
  maps,
  everything,
}: Compared<Entry, Row>): Html {
  if (maps === undefined) return nothing;
  const share = (row: Row): string =>
    everything === undefined
      ? ''
      : `${percent(row.samples / (everything.count * stepsOf(row)))} of all ${everything.samples} and steps; `;
  const pictures = report.rows.map((row): Picture => ({
    png: maps.of(row),
    alt: `Selection map of ${row.strategy}`,
    title: row.strategy,
    text: html`${share(row)}${runReport(row)}`,
  }));
  return section('Where they trained', [maps.hint, zoomGroup('zoom-selections', pictures, maps.enlarging)], {
    long: true,
  });
}

/** A link to the run's own report, relative to this one. */
function runReport({ folder }: { readonly folder: string }): Html {
  const address = ['.', ...folder.split('/').map(encodeURIComponent), 'report.html'].join('/');
  return html`<a href="${address}">report of this run</a>`;
}

/** Whether an entry of `strategies` has settings of its own. */
const hasOwn = (entry: string): boolean => entry.includes('@');

/** The result in words, whichever way it went. */
function lead<Entry extends CommonHistoryEntry, Row extends AnyCompareRow<Entry>>(
  { report, quality }: Compared<Entry, Row>,
  baseline: Row,
): Html {
  const others = report.rows.filter((row) => row !== baseline);
  const best = [...others]
    .filter((row) => row.speedUp !== null)
    .sort((a, b) => (b.speedUp ?? 0) - (a.speedUp ?? 0))[0];
  const value = figure(quality, quality.of(baseline));
  const start = html`<b>${baseline.strategy}</b>, the baseline, reached <b>${value}</b> in
    ${duration(trainingSeconds(baseline))} of training.`;
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

function table<Entry extends CommonHistoryEntry, Row extends AnyCompareRow<Entry>>(
  { report, quality, columns, everything }: Compared<Entry, Row>,
  baseline: Row,
  styles: ReadonlyMap<string, LineStyle>,
): Html {
  const { name, decimals } = quality;
  const of = (row: Row): number => quality.of(row);
  const head = [
    'Strategy',
    'Training time',
    'Time ratio',
    name,
    `${name} against baseline`,
    ...columns.map((column) => column.name),
    ...(everything === undefined ? [] : ['Samples trained on']),
    `Time to the baseline’s ${name}`,
    'Speed-up',
  ];
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Strategies compared">
    <table>
      <thead>
        <tr>
          ${head.map((title) => html`<th scope="col">${title}</th>`)}
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
            <td>${fixed(of(row), decimals)}</td>
            <td>${isBaseline ? '–' : signed(of(row) - of(baseline), decimals)}</td>
            ${columns.map(({ show }) => html`<td>${show(row)}</td>`)}
            ${everything === undefined ? nothing : html`<td>${percent(row.samples / (everything.count * stepsOf(baseline)))}</td>`}
            <td>${row.secondsToBaseline === null ? 'not reached' : duration(row.secondsToBaseline)}</td>
            <td>${row.speedUp === null ? 'not reached' : `${fixed(row.speedUp, 2)} ×`}</td>
          </tr>`;
        })}
      </tbody>
    </table>
  </div> `;
}

function charts<Entry extends CommonHistoryEntry, Row extends AnyCompareRow<Entry>>(
  { report, quality }: Compared<Entry, Row>,
  baseline: Row,
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
      y: history.map((entry) => quality.ofEntry(entry)),
    };
  });
  const { decimals, unit } = quality;
  const shared = { scale: 'linear', decimals, unit, curves } as const;
  const end = quality.reached(baseline);
  return [
    {
      ...shared,
      id: 'chart-seconds',
      axis: 'seconds',
      ...(Number.isFinite(end) && { level: { label: `end of ${baseline.strategy}`, value: end } }),
    },
    { ...shared, id: 'chart-steps', axis: 'step' },
  ];
}
