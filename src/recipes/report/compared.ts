// What the reports of comparisons have in common, whatever was fitted: time and quality side by side, curves of every
// strategy, settings and machine.
import path from 'node:path';
import { ArgumentError } from '../../core/errors.js';
import {
  trainingSeconds,
  type AnyCompareReport,
  type AnyCompareRow,
  type FailedRun,
} from '../runs/metrics.js';
import { readBytes } from '../runs/files.js';
import { perfectly, reached, valueOf, type Measure, type Modality } from '../runs/modality.js';
import { effectiveSettings, type Effective } from '../settings/effective.js';
import type { CompareSettings } from '../settings/resolver.js';
import type { ChartSpec, Curve } from './client.js';
import { compareCommand } from './command.js';
import { count, duration, fileName, fixed, percent, plural, signed } from './format.js';
import { html, nothing, type Html } from './html.js';
import { chartFigure, renderPage } from './page.js';
import {
  dataTable,
  facts,
  historyTable,
  machineFacts,
  repeatSection,
  section,
  settingsSection,
  shown,
  withoutScripts,
  type RunCurve,
} from './parts.js';
import { zoomGroup, type Enlarging, type Picture } from './pictures.js';
import { baselineStyle, lineKey, lineStyles, type LineStyle } from './line-styles.js';

/** What differs from kind to kind. */
export interface Compared<Row extends AnyCompareRow> {
  /** What was fitted, for the heading; default: the input's file name. */
  readonly title?: string;
  /** Further figures of a row, in the table. */
  readonly columns: readonly { readonly name: string; readonly show: (row: Row, baseline: Row) => string }[];
  /** What these figures are, as HTML that ends in a full stop. */
  readonly conventions: Html;
  /** What a step that trains on everything takes, of which: `pixels`; left out where no strategy does, and all take as many. */
  readonly everything?: { readonly count: number; readonly samples: string };
  readonly curves: readonly RunCurve[];
  /** The section with pictures of what came out. */
  readonly results: Html;
  /** Where each strategy trained, where there are pictures of that. */
  readonly maps?: {
    /** How to read the maps. */
    readonly hint: Html;
    readonly of: (row: Row) => Uint8Array;
    readonly enlarging: Enlarging;
  };
  /** What was fitted. */
  readonly inputFacts: readonly (readonly [string, string | Html])[];
}

/** A comparison, whatever was fitted. */
type Report<Row> = AnyCompareReport<CompareSettings, Row>;

/** The page of a comparison. */
export function renderCompared<Row extends AnyCompareRow>(
  modality: Modality,
  report: Report<Row>,
  compared: Compared<Row>,
): string {
  const { input, rows } = report;
  const { title = fileName(input.file), everything } = compared;
  const baseline = baselineOf(report);
  const styles = lineStyles(report);
  const [quality] = modality.measures;
  const inUnit = quality.unit === undefined ? '' : `, in ${quality.unit}`;
  const resolver = modality.settings;
  const effective = effectiveSettings(report.settings, resolver);

  return renderPage({
    title: `${title}: ${rows.map((row) => row.strategy).join(', ')} – evos`,
    kind: 'evos comparison of strategies',
    heading: title,
    lead: html`${lead(report, quality, baseline)}${alsoDiffering(effective)}`,
    version: report.version,
    charts: charts(report, quality, baseline, styles),
    sections: [
      section('Result', [
        table(report, quality, compared, baseline, styles),
        html`<p class="note">
          ${compared.conventions} Training time is training steps plus choosing samples, on the machine named
          below; measuring quality, loading and writing are left out. “Time to the baseline’s
          ${quality.title}” is when a run’s curve first reached the
          ${figure(quality, reached(quality, baseline))} at which ${report.baseline} ended, interpolated
          between measurements.
          ${
            everything === undefined
              ? nothing
              : html`“Samples trained on” is a share of everything at every step of ${report.baseline}.`
          }
          It is one run of one ${modality.kind} with one seed: others may order the strategies otherwise.
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
            ${chartFigure('chart-seconds', `${quality.title} over training time`, `What a second buys${inUnit}; dotted: where the baseline ended.`)}
            ${chartFigure('chart-steps', `${quality.title} over steps`, `What a step buys${inUnit}, whatever it costs.`)}
          </div>`,
          ...rows.map((row) =>
            historyTable(`All measurements of ${row.strategy} as a table`, row.history, compared.curves),
          ),
        ],
        { long: true },
      ),
      compared.results,
      selectionMaps(report, compared),
      settingsSection(
        'The same for every strategy that has them. Those that differ from the default are set in bold.',
        effective.common,
        resolver.fields('fit').filter(({ key }) => Object.hasOwn(effective.common, key)),
        // Comparisons have some defaults of their own.
        { ...resolver.fit(), ...resolver.compare() },
        differingTable(effective),
      ),
      section('Machine', [facts([...compared.inputFacts, ...machineFacts(report)])]),
      repeatSection(
        compareCommand(report, resolver),
        modality.calls.compare,
        `Seed ${report.seed} fixes weights and draws. Times differ from machine to machine; compare only those of one page.`,
      ),
    ],
  });
}

/** What else may have made the difference: settings that all of them have, and not the same. */
function alsoDiffering({ differing }: Effective): Html {
  const others = differing.filter(([, values]) => values.every((value) => value !== undefined));
  if (others.length === 0) return nothing;
  const names = others.map(([key]) => key);
  return html` Beside the choice of samples they differ in ${new Intl.ListFormat('en').format(names)}: see
    <i>What differs from strategy to strategy</i>.`;
}

/** What differs, strategy by strategy. */
function differingTable({ strategies, differing }: Effective): Html {
  if (differing.length === 0) return nothing;
  const rows = differing.map(([key, values]) => [
    key,
    ...values.map((value) => (value === undefined ? '–' : shown(value))),
  ]);
  return html`<p class="note">What differs from strategy to strategy:</p>
    ${dataTable('Settings that differ', ['Setting', ...strategies], rows)}`;
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

/**
 * Reads pictures that the runs of a comparison left, by strategy and by what each shows.
 * @param names the file of each in a run's folder
 * @throws InputError when one is not there
 */
export async function readPictures<Shown extends string>(
  folder: string,
  rows: readonly { readonly strategy: string; readonly folder: string }[],
  names: Readonly<Record<Shown, string>>,
): Promise<Record<string, Record<Shown, Uint8Array>>> {
  const runs: Record<string, Record<Shown, Uint8Array>> = {};
  for (const { strategy, folder: own } of rows) {
    const files = Object.entries<string>(names).map(async ([shown, name]) => [
      shown,
      await readBytes(path.join(folder, own, name)),
    ]);
    runs[strategy] = Object.fromEntries(await Promise.all(files)) as Record<Shown, Uint8Array>;
  }
  return runs;
}

/** Steps a run did; entries may have numbers of their own. */
const stepsOf = (row: { readonly history: readonly { readonly step: number }[] }): number =>
  row.history.at(-1)?.step ?? 0;

/** "36.57 dB", "IoU 0.9971" */
export function figure(measure: Measure, value: number): string {
  const { title, unit, decimals } = measure;
  const perfect = perfectly(measure, value);
  if (perfect !== undefined) return `${title} ${perfect}`;
  return unit === undefined ? `${title} ${fixed(value, decimals)}` : `${fixed(value, decimals)} ${unit}`;
}

/** A row's quality. */
const qualityOf = (measure: Measure, row: object): number => valueOf(measure, row) ?? NaN;

/** What stands under a run's picture: its quality against the baseline's, and its time. */
export function resultLine(row: AnyCompareRow, baseline: AnyCompareRow, quality: Measure): string {
  const value = qualityOf(quality, row);
  const unit = quality.unit === undefined ? '' : ` ${quality.unit}`;
  const difference =
    row === baseline
      ? 'the baseline'
      : `${signed(value - qualityOf(quality, baseline), quality.decimals)}${unit} against the baseline`;
  return `${figure(quality, value)}, ${difference}, in ${duration(trainingSeconds(row))}`;
}

function selectionMaps<Row extends AnyCompareRow>(
  { rows }: Report<Row>,
  { maps, everything }: Compared<Row>,
): Html {
  if (maps === undefined) return nothing;
  const share = (row: Row): string =>
    everything === undefined
      ? ''
      : `${percent(row.samples / (everything.count * stepsOf(row)))} of all ${everything.samples} and steps; `;
  const pictures = rows.map((row): Picture => ({
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

/** The result in words, whichever way it went. */
function lead({ rows }: Report<AnyCompareRow>, quality: Measure, baseline: AnyCompareRow): Html {
  const others = rows.filter((row) => row !== baseline);
  const best = others
    .filter((row) => row.speedUp !== null)
    .sort((a, b) => (b.speedUp ?? 0) - (a.speedUp ?? 0))[0];
  const value = figure(quality, qualityOf(quality, baseline));
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

function table<Row extends AnyCompareRow>(
  { rows, failed }: Report<Row>,
  quality: Measure,
  { columns, everything }: Compared<Row>,
  baseline: Row,
  styles: ReadonlyMap<string, LineStyle>,
): Html {
  const { title, decimals } = quality;
  const best = qualityOf(quality, baseline);
  const targets = (baseline.secondsToTargets ?? []).map(({ target }) => target);
  const hasLpips = rows.some(({ lpips }) => lpips !== undefined);
  const head = [
    'Strategy',
    'Speed-up',
    'Training time',
    'Time ratio',
    title,
    `${title} against baseline`,
    ...columns.map(({ name }) => name),
    ...(everything === undefined ? [] : ['Samples trained on']),
    `Time to the baseline’s ${title}`,
    ...targets.map((target) => `Time to ${figure(quality, target)}`),
    ...(hasLpips ? ['LPIPS'] : []),
  ];
  const cells = rows.map((row) => {
    const { strategy, samples, secondsToBaseline, speedUp } = row;
    const value = qualityOf(quality, row);
    const tag = row === baseline ? html`<span class="tag">baseline</span>` : nothing;
    return [
      html`${lineKey(styles.get(strategy))}${strategy}${tag}`,
      speedUp === null ? 'not reached' : `${fixed(speedUp, 2)} ×`,
      duration(trainingSeconds(row)),
      fixed(row.timeRatio, 2),
      fixed(value, decimals),
      row === baseline ? '–' : signed(value - best, decimals),
      ...columns.map(({ show }) => show(row, baseline)),
      ...(everything === undefined ? [] : [percent(samples / (everything.count * stepsOf(baseline)))]),
      secondsToBaseline === null ? 'not reached' : duration(secondsToBaseline),
      ...targets.map((target) => {
        const found = row.secondsToTargets?.find((each) => each.target === target)?.seconds ?? null;
        return found === null ? 'not reached' : duration(found);
      }),
      ...(hasLpips ? [fixed(row.lpips ?? null, 4)] : []),
    ];
  });
  return dataTable('Strategies compared', head, [...cells, ...failedRows(failed, head.length)]);
}

/** Rows of runs that have no figures. */
function failedRows(runs: readonly FailedRun[] = [], columns: number): readonly (readonly string[])[] {
  return runs.map((run) => [run.strategy, failedAt(run), ...Array.from({ length: columns - 2 }, () => '–')]);
}

/** "diverged at step 120 of 400" */
export const failedAt = ({ step, steps, outcome }: Omit<FailedRun, 'strategy'>): string =>
  `${outcome} at step ${count(step)} of ${count(steps)}`;

function charts(
  { rows }: Report<AnyCompareRow>,
  quality: Measure,
  baseline: AnyCompareRow,
  styles: ReadonlyMap<string, LineStyle>,
): ChartSpec[] {
  const curves = rows.map(({ strategy, history }): Curve => ({
    label: strategy,
    ...(styles.get(strategy) ?? baselineStyle),
    step: history.map((entry) => entry.step),
    seconds: history.map((entry) => entry.seconds),
    y: history.map((entry) => valueOf(quality, entry)),
  }));
  const { decimals, unit = '' } = quality;
  const shared = { scale: 'linear', decimals, unit, curves } as const;
  const end = reached(quality, baseline);
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
