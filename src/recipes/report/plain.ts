// Pages of a modality that has nothing of its own to draw: figures, charts and tables, all read off its measures.
import { duration, fixed, plural } from './format.js';
import { html, nothing, type Html } from './html.js';
import type { Figure, HistoryColumn } from './parts.js';
import { renderCompared } from './compared.js';
import { compareCommand, fitCommand } from './command.js';
import { lossChart, ranOn, ratioChart, renderRun, selectionOverhead, type RunChart } from './run-page.js';
import type { ReportOf, RunTypes } from '../runs/events.js';
import { trainingSeconds, type AnyCompareRow, type CommonHistoryEntry } from '../runs/metrics.js';
import type { Measure, Modality } from '../runs/modality.js';

function valueOf({ key, factor = 1 }: Measure, values: object): number | null {
  const value: unknown = new Map<string, unknown>(Object.entries(values)).get(key);
  return typeof value === 'number' ? factor * value : null;
}

const shown = (measure: Measure, values: object): string => fixed(valueOf(measure, values), measure.decimals);

const titled = ({ title, unit }: Measure): string => (unit === undefined ? title : `${title} ${unit}`);

function columnsOf(measures: readonly Measure[]): HistoryColumn<CommonHistoryEntry>[] {
  return measures
    .filter(({ history }) => history)
    .map((measure) => ({ name: titled(measure), show: (entry) => shown(measure, entry) }));
}

/**
 * The report of a run.
 * @param samples what the pool holds: `points`
 * @param pictures sections of the modality's own
 */
export function plainRunPage<Types extends RunTypes>(
  modality: Modality<Types>,
  metrics: Types['metrics'],
  samples: string,
  pictures: readonly Html[] = [],
): string {
  const { settings, steps, strategy, history } = metrics;
  const { measures } = modality;
  const [first] = measures;
  const chosen: Readonly<Record<string, unknown>> = { ...settings };
  const { preset, backbone } = chosen;
  const figures = measures
    .filter(({ result }) => result)
    .map((measure, i): Figure => ({
      name: measure.title,
      value: shown(measure, metrics),
      ...(measure.unit === undefined ? {} : { unit: measure.unit }),
      note: '',
      main: i === 0,
    }));
  const charts = measures
    .filter((measure) => measure.history)
    .map((measure): RunChart<CommonHistoryEntry> => ({
      id: `chart-${measure.key}`,
      title: measure.title,
      text: '',
      scale: 'linear',
      decimals: measure.decimals,
      ...(measure.unit === undefined ? {} : { unit: measure.unit }),
      of: (entry) => valueOf(measure, entry),
    }));
  return renderRun({
    metrics,
    history,
    lead: html`${plural(steps, 'step')} of <b>${strategy}</b> on ${ranOn(metrics)} came to
      <b>${first === undefined ? '' : `${titled(first)} ${shown(first, metrics)}`}</b> in
      <b>${duration(trainingSeconds(metrics))}</b> of training.`,
    figures: [...figures, selectionOverhead(metrics)],
    pictures,
    charts: [...charts, lossChart, ratioChart(samples)],
    historyColumns: columnsOf(measures),
    curves:
      'Seconds count training steps and choosing samples. Loss is what the step minimised, before its update.',
    otherWork: 'Loading, checkpoints, writing',
    resolver: modality.settings,
    usual: modality.settings.fit({ strategy, preset, backbone }),
    inputFacts: [['Input', modality.describe(metrics.input).join('; ')]],
    command: fitCommand(metrics, modality.settings),
    call: modality.calls.fit,
  });
}

/** The report of a comparison. @param whole how many samples there are, and what they are called */
export function plainComparisonPage<Types extends RunTypes>(
  modality: Modality<Types>,
  report: ReportOf<Types>,
  whole: { readonly count: number; readonly samples: string },
): string {
  const { settings, measures, quality, calls, kind } = modality;
  return renderCompared<CommonHistoryEntry, AnyCompareRow>({
    report,
    quality: {
      ...quality,
      of: (row) => quality.of(row),
      ofEntry: (entry) => quality.ofEntry(entry),
      reached: (row) => quality.reached(row),
    },
    columns: measures
      .filter(({ result, key }) => result && key !== measures[0]?.key)
      .map((measure) => ({ name: titled(measure), show: (row) => shown(measure, row) })),
    conventions: html`${modality.footnotes.join(' ')}`,
    noun: kind,
    everything: whole,
    historyColumns: columnsOf(measures),
    results: nothing,
    resolver: settings,
    usual: settings.compare(),
    inputFacts: [['Input', modality.describe(report.input).join('; ')]],
    command: compareCommand(report, settings),
    call: calls.compare,
  });
}
