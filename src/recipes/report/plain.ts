// Pages of a modality that has nothing of its own to draw: figures, charts and tables, all read off its measures.
import { duration, fixed, plural } from './format.js';
import { html, nothing, type Html } from './html.js';
import { titled, type Figure, type RunCurve } from './parts.js';
import { renderCompared } from './compared.js';
import { ranOn, renderRun, selectionOverhead } from './run-page.js';
import type { ReportOf, RunTypes } from '../runs/events.js';
import { trainingSeconds } from '../runs/metrics.js';
import { valueOf, type Measure, type Modality } from '../runs/modality.js';

const shown = (measure: Measure, values: object): string => fixed(valueOf(measure, values), measure.decimals);

const curvesOf = (measures: readonly Measure[]): RunCurve[] =>
  measures.filter(({ history }) => history).map((measure) => ({ ...measure, text: '' }));

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
  const { measures } = modality;
  const figures = measures
    .filter(({ result }) => result)
    .map((measure, i): Figure => ({
      ...measure,
      name: measure.title,
      value: shown(measure, metrics),
      note: '',
      main: i === 0,
    }));
  return renderRun(modality, metrics, {
    lead: html`${plural(metrics.steps, 'step')} of <b>${metrics.strategy}</b> on ${ranOn(metrics)} came to
      <b>${titled(measures[0])} ${shown(measures[0], metrics)}</b> in
      <b>${duration(trainingSeconds(metrics))}</b> of training.`,
    figures: [...figures, selectionOverhead(metrics)],
    pictures,
    curves: curvesOf(measures),
    about:
      'Seconds count training steps and choosing samples. Loss is what the step minimised, before its update.',
    samples,
    otherWork: 'Loading, checkpoints, writing',
    inputFacts: [['Input', modality.describe(metrics.input).join('; ')]],
  });
}

/** The report of a comparison. @param everything how many samples there are, and what they are called */
export function plainComparisonPage<Types extends RunTypes>(
  modality: Modality<Types>,
  report: ReportOf<Types>,
  everything: { readonly count: number; readonly samples: string },
): string {
  const [, ...others] = modality.measures;
  return renderCompared(modality, report, {
    columns: others
      .filter(({ result }) => result)
      .map((measure) => ({ name: titled(measure), show: (row) => shown(measure, row) })),
    conventions: html`${modality.footnotes.join(' ')}`,
    everything,
    curves: curvesOf(modality.measures),
    results: nothing,
    inputFacts: [['Input', modality.describe(report.input).join('; ')]],
  });
}
