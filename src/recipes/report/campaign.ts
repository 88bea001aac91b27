// The page of a comparison over several inputs and seeds: means with their spread, differences that are paired, curves that are
// averaged, quality against time, and a line for each input with a link to its own page.
import { effectiveSettings, type Effective } from '../settings/effective.js';
import {
  comparedMeasures,
  shownSpread,
  type Reaching,
  type Spread,
  type StrategySummary,
} from '../runs/comparing/summary.js';
import type { CampaignCell, CampaignReport } from '../runs/events.js';
import { valueOf, type Measure, type Modality } from '../runs/modality.js';
import { front, type Place } from '../runs/comparing/front.js';
import type { ChartSpec, Curve } from './client.js';
import { campaignCommand } from './command.js';
import { failedAt } from './compared.js';
import { count, dateTime, duration, fixed, percent, plural, signed } from './format.js';
import { html, nothing, type Html } from './html.js';
import { baselineStyle, lineKey, lineStyles, type LineStyle } from './line-styles.js';
import { chartFigure, renderPage } from './page.js';
import {
  dataTable,
  facts,
  foldedTable,
  repeatSection,
  section,
  settingsSection,
  shown,
  titled,
  withoutScripts,
} from './parts.js';

/** What the page is made of. */
interface Campaign {
  readonly report: CampaignReport;
  readonly modality: Modality;
  readonly quality: Measure;
  /** The measures that there are figures of. */
  readonly measures: readonly Measure[];
  readonly styles: ReadonlyMap<string, LineStyle>;
}

/** The page, one file that opens offline; the same report gives the same bytes. */
export function campaignPage(modality: Modality, report: CampaignReport): string {
  const { strategies, baseline, cells, version } = report;
  const [quality] = modality.measures;
  const measures = comparedMeasures(modality).filter(({ key }) =>
    strategies.some((each) => each.measures.some((measure) => measure.key === key)),
  );
  const styles = lineStyles({ baseline, rows: strategies });
  const campaign: Campaign = { report, modality, quality, measures, styles };
  const resolver = modality.settings;
  const effective = effectiveSettings(report.settings, resolver);
  const inUnit = quality.unit === undefined ? '' : `, in ${quality.unit}`;
  const heading = headingOf(campaign);
  return renderPage({
    title: `${heading} – evos`,
    kind: 'evos comparison of strategies over several inputs and seeds',
    heading,
    lead: lead(campaign),
    version,
    charts: charts(campaign),
    sections: [
      section('Result', [resultTable(campaign), failedTable(campaign), conventions(campaign)]),
      section('How they got there', [
        html`<p class="note">
          Means of the curves, as far as all of them go: strategies whose time differs much from input to
          input end early. Drag across a curve to zoom in, double-click to see all of it again; click a name
          to hide its curve.
        </p>`,
        withoutScripts,
        html`<div class="charts">
          ${chartFigure('chart-pareto', `${quality.title} against training time`, `Means over ${plural(cells.length, 'comparison')}${inUnit}. Up and to the left is better; the dotted line joins those that no other one beats in both. The numbers are those of the table above.`)}
          ${chartFigure('chart-seconds', `${quality.title} over training time`, `What a second buys${inUnit}.`)}
          ${chartFigure('chart-steps', `${quality.title} over steps`, `What a step buys${inUnit}, whatever it costs.`)}
          ${chartFigure('chart-work', `${quality.title} over work`, `What a sample buys${inUnit}: samples trained on, of all that ${baseline} trained on. Passes forward alone are not in it.`)}
        </div>`,
        stepTable(campaign),
      ]),
      section('Input by input', [cellTable(campaign)], { long: true }),
      settingsSection(
        'The same for every strategy that has them. Those that differ from the default are set in bold.',
        effective.common,
        resolver.fields('fit').filter(({ key }) => Object.hasOwn(effective.common, key)),
        // Comparisons have some defaults of their own.
        { ...resolver.fit(), ...resolver.compare() },
        differing(effective),
      ),
      section('Machine', [facts(machines(cells))]),
      repeatSection(
        campaignCommand(report, resolver),
        modality.calls.compareAll ?? 'compareAllKind',
        `Seeds from ${report.settings.seed} on fix weights and draws. With --resume the command goes on with a comparison that was stopped.`,
      ),
    ],
  });
}

function headingOf({ report: { inputs, seeds }, modality }: Campaign): string {
  const things = inputs.length === 1 ? (inputs[0] ?? '') : `${inputs.length} ${modality.several}`;
  return `${things}, ${plural(seeds.length, 'seed')}`;
}

function lead({ report, quality }: Campaign): Html {
  const { strategies, baseline, cells, count: all, failed = [] } = report;
  const without = failed.filter(({ strategy }) => strategy === baseline).length;
  const base = strategies.find(({ strategy }) => strategy === baseline);
  const part =
    cells.length + without < all
      ? html`<b>${cells.length} of ${plural(all, 'comparison')}</b> are done so far. `
      : nothing;
  const [best] = [...strategies].sort((a, b) => meanOf(b, quality) - meanOf(a, quality));
  if (base === undefined || best === undefined) return part;
  const start = html`${part}<b>${baseline}</b>, the baseline, came to
    <b>${spreadText(quality, valueIn(base, quality))}</b> in ${duration(base.seconds.mean)} of training, on
    average.`;
  if (best === base) return html`${start} No other strategy ended higher on average.`;
  const found = best.measures.find(({ key }) => key === quality.key);
  return html`${start} The highest at the end was <b>${best.strategy}</b>:
    <b>${signed(found?.difference.mean ?? NaN, quality.decimals)} ${quality.unit ?? ''}</b> against it, higher
    in ${found?.above ?? 0} of ${found?.difference.count ?? 0}, in ${fixed(best.timeRatio.mean, 2)} of its
    time.`;
}

const valueIn = (row: StrategySummary, { key }: Measure): Spread | undefined =>
  row.measures.find((measure) => measure.key === key)?.value;

const meanOf = (row: StrategySummary, measure: Measure): number => valueIn(row, measure)?.mean ?? -Infinity;

/** "31.06 ± 0.42 dB" */
function spreadText(measure: Measure, found: Spread | undefined): string {
  const unit = measure.unit === undefined ? '' : ` ${measure.unit}`;
  return `${spread(measure, found)}${unit}`;
}

/** "31.06 ± 0.42"; of one run the number alone. */
function spread(
  measure: Pick<Measure, 'factor' | 'decimals'>,
  found: Spread | undefined,
  withSign = false,
): string {
  if (found === undefined) return '–';
  const { mean, deviation } = shownSpread(measure, found);
  const text = withSign ? signed(mean, measure.decimals) : fixed(mean, measure.decimals);
  return deviation === null ? text : `${text} ± ${fixed(deviation, measure.decimals)}`;
}

const seconds = { decimals: 1 } as const;
const share = { decimals: 2 } as const;

/** "412.0 ± 3.1 s", and how many came to it where not all did. */
function reaching({ reached, count, seconds: found }: Reaching): string {
  if (found === null) return 'never';
  return `${spread(seconds, found)}${reached === count ? '' : `, ${reached} of ${count}`}`;
}

function resultTable({ report, quality, measures, styles }: Campaign): Html {
  const { strategies, baseline } = report;
  const [, ...others] = measures;
  const targets = strategies[0]?.targets.map(({ target }) => target) ?? [];
  const unit = quality.unit === undefined ? '' : ` ${quality.unit}`;
  const head = [
    'Strategy',
    'Speed-up',
    titled(quality),
    'Against baseline',
    'Higher in',
    ...others.map(titled),
    'Training s',
    'Time ratio',
    'Samples',
    `s to the baseline’s ${quality.title}`,
    ...targets.map((target) => `s to ${target}${unit}`),
  ];
  const rows = strategies.map((row, i) => {
    const isBaseline = row.strategy === baseline;
    const own = row.measures.find(({ key }) => key === quality.key);
    return [
      html`${lineKey(styles.get(row.strategy))}${i + 1}
      ${row.strategy}${isBaseline ? html`<span class="tag">baseline</span>` : nothing}`,
      row.speedUp === null ? '–' : `${fixed(row.speedUp, 2)} ×`,
      spread(quality, own?.value),
      isBaseline ? '–' : spread(quality, own?.difference, true),
      isBaseline ? '–' : `${own?.above ?? 0} of ${own?.difference.count ?? 0}`,
      ...others.map((measure) => spread(measure, valueIn(row, measure))),
      spread(seconds, row.seconds),
      spread(share, row.timeRatio),
      percent(row.work.mean),
      reaching(row.toBaseline),
      ...targets.map((target) => {
        const found = row.targets.find((each) => each.target === target);
        return found === undefined ? '–' : reaching(found);
      }),
    ];
  });
  return dataTable('Strategies compared', head, rows);
}

/** The runs that have no figures: means are of the others. */
function failedTable({ report: { failed = [] } }: Campaign): Html {
  if (failed.length === 0) return nothing;
  return html`<p class="note">
      Training failed in these runs, which have no figures; means are of the others.
    </p>
    ${dataTable(
      'Runs that failed',
      ['Strategy', 'How far it came', 'Input', 'Seed'],
      failed.map(({ strategy, name, seed, ...at }) => [strategy, failedAt(at), name, String(seed)]),
    )}`;
}

function conventions({ report, modality, quality, measures }: Campaign): Html {
  const { cells, baseline } = report;
  const spreads =
    cells.length === 1
      ? 'Of one comparison there is no spread.'
      : `Figures are mean ± standard deviation over ${cells.length} comparisons, inputs and seeds together.`;
  const lpips = measures.some(({ key }) => key === 'lpips')
    ? ' LPIPS is by the network that was named: lower is more alike.'
    : '';
  return html`<p class="note">
    ${spreads} “Against baseline” is the difference from ${baseline} with the same input and the same seed, so
    that inputs that are hard for all do not blur it. Training seconds are training steps plus choosing
    samples; measuring quality, loading and writing are left out. “Samples” are those trained on, of
    ${baseline}’s. “s to the baseline’s ${quality.title}” is when a run’s curve first reached where
    ${baseline} ended on the same input and seed, over those runs that did; the speed-up is the geometric mean
    of theirs. ${modality.footnotes.join(' ')}${lpips}
  </p>`;
}

function charts({ report, quality, styles }: Campaign): ChartSpec[] {
  const { strategies, baseline } = report;
  const { decimals, unit = '', factor = 1 } = quality;
  const shared = { scale: 'linear', decimals, unit } as const;
  const curve = (
    row: StrategySummary,
    which: 'steps' | 'seconds' | 'work',
    along: 'step' | 'seconds' | 'work',
  ): Curve => {
    const { x, mean } = row.curves[which];
    return {
      label: row.strategy,
      ...(styles.get(row.strategy) ?? baselineStyle),
      step: [],
      seconds: [],
      [along]: x,
      y: mean.map((value) => factor * value),
    };
  };
  const points = strategies.map((row): Place & { readonly row: StrategySummary } => ({
    row,
    cost: row.seconds.mean,
    value: factor * meanOf(row, quality),
  }));
  const marks = points.map(({ row, cost, value }, i): Curve => ({
    label: `${i + 1} ${row.strategy}`,
    ...(styles.get(row.strategy) ?? baselineStyle),
    step: [],
    seconds: [cost],
    mark: String(i + 1),
    y: [value],
  }));
  const best = front(points);
  const line: Curve = {
    label: 'not beaten in both',
    colour: '--muted',
    dash: [2, 4],
    step: [],
    seconds: best.map(({ cost }) => cost),
    y: best.map(({ value }) => value),
  };
  const base = strategies.find(({ strategy }) => strategy === baseline);
  const level =
    base === undefined || !Number.isFinite(meanOf(base, quality))
      ? {}
      : { level: { label: `end of ${baseline}`, value: factor * meanOf(base, quality) } };
  return [
    { ...shared, id: 'chart-pareto', axis: 'seconds', curves: [...marks, line] },
    {
      ...shared,
      ...level,
      id: 'chart-seconds',
      axis: 'seconds',
      curves: strategies.map((row) => curve(row, 'seconds', 'seconds')),
    },
    {
      ...shared,
      id: 'chart-steps',
      axis: 'step',
      curves: strategies.map((row) => curve(row, 'steps', 'step')),
    },
    {
      ...shared,
      id: 'chart-work',
      axis: 'work',
      curves: strategies.map((row) => curve(row, 'work', 'work')),
    },
  ];
}

/** The mean curves over steps as numbers. */
function stepTable({ report, quality }: Campaign): Html {
  const { strategies } = report;
  const { factor = 1, decimals } = quality;
  const steps = [...new Set(strategies.flatMap(({ curves }) => curves.steps.x))].sort((a, b) => a - b);
  const rows = steps.map((step) => [
    count(step),
    ...strategies.map(({ curves: { steps: curve } }) => {
      const value = curve.mean[curve.x.indexOf(step)];
      return value === undefined ? '–' : fixed(factor * value, decimals);
    }),
  ]);
  const title = `Mean ${titled(quality)} by step as a table; curves.csv has every measurement`;
  return foldedTable(title, dataTable(title, ['Step', ...strategies.map(({ strategy }) => strategy)], rows));
}

/** A line for each input and seed, with a link to its own page. */
function cellTable({ report, quality }: Campaign): Html {
  const { strategies, cells } = report;
  const rows = cells.map(({ name, seed, folder, rows: own }) => [
    html`<a href="${address(folder)}">${name}</a>`,
    String(seed),
    ...strategies.map(({ strategy }) => {
      const row = own.find((each) => each.strategy === strategy);
      return row === undefined ? '–' : fixed(valueOf(quality, row), quality.decimals);
    }),
  ]);
  return html`<p class="note">
      ${titled(quality)} at the end; each input’s own page has pictures and curves.
    </p>
    ${dataTable('Inputs', ['Input', 'Seed', ...strategies.map(({ strategy }) => strategy)], rows)}`;
}

/** A page relative to this one. */
const address = (folder: string): string =>
  ['.', ...folder.split('/').map(encodeURIComponent), 'compare.html'].join('/');

function differing({ strategies, differing: several }: Effective): Html {
  if (several.length === 0) return nothing;
  const rows = several.map(([key, values]) => [
    key,
    ...values.map((value) => (value === undefined ? '–' : shown(value))),
  ]);
  return html`<p class="note">What differs from strategy to strategy:</p>
    ${dataTable('Settings that differ', ['Setting', ...strategies], rows)}`;
}

/** The machines of all comparisons, each once. */
function machines(cells: readonly CampaignCell[]): readonly (readonly [string, string])[] {
  const distinct = (of: (cell: CampaignCell) => string): string => [...new Set(cells.map(of))].join('; ');
  const dates = cells.map(({ machine }) => machine.date).sort();
  const [first = '', last = ''] = [dates[0], dates.at(-1)];
  return [
    [
      'Device',
      distinct(({ device, workers }) =>
        workers > 0 ? `${device}, ${plural(workers, 'worker thread')}` : device,
      ),
    ],
    ['Processor', distinct(({ machine }) => `${machine.cpu}, ${plural(machine.cores, 'core')}`)],
    ['Node.js', distinct(({ machine }) => machine.node)],
    ['Date', first === last ? dateTime(first) : `${dateTime(first)} to ${dateTime(last)}`],
  ];
}
