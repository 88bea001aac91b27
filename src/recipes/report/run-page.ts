// The page of a single run, whatever was fitted: time and samples, curves, settings, machine and the command that repeats
// the run. A modality brings a `RunReport`.
import { trainingSeconds, type CommonHistoryEntry, type RunMetrics } from '../runs/metrics.js';
import type { ChartSpec, Curve } from './client.js';
import { count, duration, fileName, percent, plural } from './format.js';
import { html, nothing, raw, type Html } from './html.js';
import { chartFigure, renderPage } from './page.js';
import {
  choice,
  facts,
  figureList,
  historyTable,
  machineFacts,
  repeatWith,
  section,
  settingsList,
  withoutScripts,
  type Figure,
  type HistoryColumn,
  type ListedSettings,
} from './parts.js';

/** What differs from kind to kind. */
export interface RunReport<Entry extends CommonHistoryEntry> {
  readonly metrics: RunMetrics;
  /** The metrics' own. */
  readonly history: readonly Entry[];
  /** What was fitted, for the heading; default: the input's file name. */
  readonly title?: string;
  /** The result in a sentence or two. */
  readonly lead: Html;
  /** What was found wrong with the input, in words. */
  readonly warnings?: readonly string[];
  /** Headline figures. */
  readonly figures: readonly Figure[];
  /** Sections with pictures. */
  readonly pictures: readonly Html[];
  readonly charts: readonly RunChart<Entry>[];
  /** What is measured, beside the loss, in the table below the charts. */
  readonly historyColumns: readonly HistoryColumn<Entry>[];
  /** What the curves are, in a few sentences. */
  readonly curves: string;
  /** What takes time beside training and measuring, in a few words. */
  readonly otherWork: string;
  /** Of whose settings the page tells. */
  readonly resolver: ListedSettings;
  /** What the settings would have been had none been named. */
  readonly usual: object;
  /** What was fitted. */
  readonly inputFacts: readonly (readonly [string, string | Html])[];
  readonly command: string | undefined;
  /** The function of `evos/recipes` that fits, for those who repeat a run without the command line. */
  readonly call: string;
}

/** The page of a run. */
export function renderRun<Entry extends CommonHistoryEntry>(run: RunReport<Entry>): string {
  const { metrics, history, charts } = run;
  const { title = fileName(metrics.input.file) } = run;
  return renderPage({
    title: `${title} – evos`,
    kind: `evos ${metrics.kind} fit`,
    heading: title,
    lead: run.lead,
    version: metrics.version,
    charts: chartSpecs(metrics.strategy, history, charts),
    sections: [
      warned(metrics.kind, run.warnings ?? []),
      figureList(run.figures),
      ...run.pictures,
      curvesSection(run.curves, history, charts, run.historyColumns),
      timeSection(metrics, run.otherWork),
      settingsSection(metrics.settings, run.resolver, run.usual),
      machineSection(metrics, run.inputFacts),
      repeatSection(metrics, run),
    ],
  });
}

/** Warnings come first: they say what the figures below are worth. */
function warned(kind: string, warnings: readonly string[]): Html {
  if (warnings.length === 0) return nothing;
  return html`<aside class="warnings">
    <h2>About this ${kind}</h2>
    <ul>
      ${warnings.map((warning) => html`<li>${warning}</li>`)}
    </ul>
  </aside> `;
}

/** Where it ran, in a few words. */
export const ranOn = ({ device, workers }: RunMetrics): string =>
  workers > 0 ? `${device} with ${plural(workers, 'worker')}` : device;

/** The share of samples trained on, of all `whole` at every step. */
export const trainedShare = ({ samples, steps }: RunMetrics, whole: number): number =>
  samples / (steps * whole);

/**
 * Headline figures about time and samples.
 * @param each a sample and all of them in words, e.g. `pixel` and `image`
 */
export function costFigures(
  metrics: RunMetrics,
  each: { readonly whole: number; readonly sample: string; readonly all: string },
): Figure[] {
  const { steps } = metrics;
  const training = trainingSeconds(metrics);
  return [
    {
      name: 'Training time',
      value: duration(training),
      note: 'Training steps and choosing samples, without measuring quality.',
      main: true,
    },
    {
      name: 'Samples trained on',
      value: percent(trainedShare(metrics, each.whole)),
      note: `${count(metrics.samples)} of the ${count(steps * each.whole)} that every ${each.sample} at every step makes.`,
    },
    evaluations(metrics, each.all),
    selectionOverhead(metrics),
  ];
}

/** What choosing took of the training time. */
export function selectionOverhead({ seconds }: RunMetrics): Figure {
  const training = trainingSeconds({ seconds });
  return {
    name: 'Selection overhead',
    value: percent(training > 0 ? seconds.select / training : 0),
    note: `${duration(seconds.select)} of the training time went into choosing samples.`,
  };
}

function evaluations({ steps, evaluations }: RunMetrics, all: string): Figure {
  const name = 'Evaluations';
  if (evaluations === 0) {
    return { name, value: 'none', note: `Samples were chosen without going over the whole ${all}.` };
  }
  return {
    name,
    value: count(evaluations),
    note: `Of ${plural(steps, 'step')}, those that went over the whole ${all} to choose samples.`,
  };
}

/** One chart of a run. */
export interface RunChart<Entry> {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  readonly scale: ChartSpec['scale'];
  readonly decimals: number;
  readonly unit?: string;
  readonly of: (entry: Entry) => number | null;
}

/** What every run has. */
export const lossChart: RunChart<CommonHistoryEntry> = {
  id: 'chart-loss',
  title: 'Loss',
  text: 'On a logarithmic scale.',
  scale: 'log',
  decimals: 2,
  of: (entry) => entry.loss,
};

/** What every run over a fixed pool has. @param samples what it holds: `pixels` */
export const ratioChart = (samples: string): RunChart<CommonHistoryEntry> => ({
  id: 'chart-ratio',
  title: 'Ratio',
  text: `Share of the ${samples} that the schedule asked for.`,
  scale: 'share',
  decimals: 1,
  of: (entry) => entry.ratio,
});

/** The charts of a run, for its page's script. */
function chartSpecs<Entry extends CommonHistoryEntry>(
  strategy: string,
  history: readonly Entry[],
  charts: readonly RunChart<Entry>[],
): ChartSpec[] {
  return charts.map(({ id, scale, decimals, unit = '', of }) => {
    const curve: Curve = {
      label: strategy,
      colour: '--accent',
      dash: [],
      step: history.map((entry) => entry.step),
      seconds: history.map((entry) => entry.seconds),
      y: history.map(of),
    };
    return { id, axis: 'chosen', scale, decimals, unit, curves: [curve] };
  });
}

/** The curves of a run, with the numbers that they are drawn from. @param text what the loss is, among others */
function curvesSection<Entry extends CommonHistoryEntry>(
  text: string,
  history: readonly Entry[],
  charts: readonly RunChart<Entry>[],
  columns: readonly HistoryColumn<Entry>[],
): Html {
  return section(
    'How it got there',
    [
      html`<p>${text}</p>`,
      choice('axis', 'Along the bottom', [
        ['step', 'steps'],
        ['seconds', 'training seconds'],
      ]),
      html`<p class="note hint">Drag across a curve to zoom in, double-click to see all of it again.</p>`,
      withoutScripts,
      html`<div class="charts">${charts.map(({ id, title, text }) => chartFigure(id, title, text))}</div>`,
      historyTable('All measurements as a table', history, columns),
    ],
    { long: true },
  );
}

/** Where the time went, by purpose. @param other what takes the rest of the time */
function timeSection({ seconds }: RunMetrics, other: string): Html {
  const { train, select, evaluate, total } = seconds;
  const rest = Math.max(0, total - train - select - evaluate);
  const rows: readonly (readonly [string, number, boolean])[] = [
    ['Training steps', train, true],
    ['Choosing samples', select, true],
    ['Measuring quality', evaluate, false],
    [other, rest, false],
  ];
  const whole = Math.max(total, train + select + evaluate, Number.MIN_VALUE);
  return section('Where the time went', [
    html`<p>Only the first two are training time; no other figure of this page counts the rest.</p>
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
      </div> `,
  ]);
}

/** The settings, those that were changed in bold. @param usual what they would have been */
function settingsSection(settings: object, resolver: ListedSettings, usual: object): Html {
  return section(
    'Settings',
    [
      html`<p class="note">Those that differ from the default are set in bold.</p>`,
      settingsList({ ...settings }, resolver.fields('fit'), usual),
    ],
    { long: true },
  );
}

/** What was fitted by what, where. @param input facts about what was fitted */
function machineSection(metrics: RunMetrics, input: readonly (readonly [string, string | Html])[]): Html {
  const { kind, parameters, macsPerSample } = metrics.model;
  return section('Model and machine', [
    facts([
      ...input,
      ['Model', `${kind}, ${count(parameters)} parameters, ${count(macsPerSample)} multiply–adds per sample`],
      ...machineFacts(metrics),
    ]),
  ]);
}

/** How to get the same again. */
function repeatSection(
  metrics: RunMetrics,
  { command, call }: Pick<RunReport<never>, 'command' | 'call'>,
): Html {
  return section('Run it again', [
    repeatWith(command, call),
    html`<p class="note">
      Seed ${String(metrics.seed)} fixes weights and draws. Another device, number of workers or micro-batch
      adds in another order: the result then differs a little, and times differ from machine to machine.
    </p>`,
  ]);
}
