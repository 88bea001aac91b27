// The page of a single run, whatever was fitted: time and samples, curves, settings, machine and the command that repeats
// the run. A modality brings a `RunReport`.
import { trainingSeconds, type RunMetrics } from '../runs/metrics.js';
import { valueOf, type Modality } from '../runs/modality.js';
import type { ChartSpec } from './client.js';
import { usualBeside } from '../settings/effective.js';
import { kebabCase } from '../settings/spelling.js';
import { fitCommand } from './command.js';
import { count, duration, fileName, percent, plural } from './format.js';
import { html, nothing, raw, type Html } from './html.js';
import { chartFigure, renderPage } from './page.js';
import {
  choice,
  facts,
  figureList,
  historyTable,
  machineFacts,
  repeatSection,
  section,
  settingsSection,
  withoutScripts,
  type Figure,
  type RunCurve,
} from './parts.js';

/** What differs from kind to kind. */
export interface RunReport {
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
  /** What is measured beside the loss. */
  readonly curves: readonly RunCurve[];
  /** What the curves are, in a few sentences. */
  readonly about: string;
  /** What a fixed pool holds: `pixels`. Left out where steps have no share of it. */
  readonly samples?: string;
  /** What takes time beside training and measuring, in a few words. */
  readonly otherWork: string;
  /** What was fitted. */
  readonly inputFacts: readonly (readonly [string, string | Html])[];
}

/** The page of a run. */
export function renderRun(modality: Modality, metrics: RunMetrics, run: RunReport): string {
  const { title = fileName(metrics.input.file), samples } = run;
  const { kind, history, model } = metrics;
  const resolver = modality.settings;
  const drawn = [...run.curves, lossCurve, ...(samples === undefined ? [] : [ratioCurve(samples)])]
    .filter(isDrawn)
    .filter((curve) => isCurve(curve, history));
  const usual = usualBeside(metrics.settings, resolver);
  const { backbone }: { readonly backbone?: unknown } = { ...metrics.settings };
  const inPlay = new Set(resolver.inPlay({ strategy: metrics.strategy, backbone }));
  return renderPage({
    title: `${title} – evos`,
    kind: `evos ${kind} fit`,
    heading: title,
    lead: run.lead,
    version: metrics.version,
    charts: drawn.map((curve) => chartOf(metrics, curve)),
    sections: [
      warned(kind, run.warnings ?? []),
      figureList(run.figures),
      ...run.pictures,
      section(
        'How it got there',
        [
          html`<p>${run.about}</p>`,
          choice('axis', 'Along the bottom', [
            ['step', 'steps'],
            ['seconds', 'training seconds'],
          ]),
          html`<p class="note hint">Drag across a curve to zoom in, double-click to see all of it again.</p>`,
          withoutScripts,
          html`<div class="charts">
            ${drawn.map((curve) => chartFigure(chartId(curve), curve.title, curve.text))}
          </div>`,
          historyTable('All measurements as a table', history, run.curves),
        ],
        { long: true },
      ),
      timeSection(metrics, run.otherWork),
      settingsSection(
        'Those that play a part in this run; those that differ from the default are set in bold.',
        metrics.settings,
        resolver.fields('fit').filter(({ key }) => inPlay.has(key)),
        usual,
      ),
      section('Model and machine', [
        facts([
          ...run.inputFacts,
          [
            'Model',
            `${model.kind}, ${count(model.parameters)} parameters, ${count(model.macsPerSample)} multiply–adds per sample` +
              (model.sharedMacsPerSample === undefined
                ? ''
                : `, ${count(Math.round(model.sharedMacsPerSample))} where the whole grid is worked out at once`),
          ],
          ...machineFacts(metrics),
        ]),
      ]),
      repeatSection(
        fitCommand(metrics, resolver),
        modality.calls.fit,
        `Seed ${metrics.seed} fixes weights and draws. Another device, number of workers or micro-batch adds in another ` +
          'order: the result then differs a little, and times differ from machine to machine.',
      ),
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
  const { steps, evaluations } = metrics;
  return [
    {
      name: 'Training time',
      value: duration(trainingSeconds(metrics)),
      note: 'Training steps and choosing samples, without measuring quality.',
      main: true,
    },
    {
      name: 'Samples trained on',
      value: percent(trainedShare(metrics, each.whole)),
      note: `${count(metrics.samples)} of the ${count(steps * each.whole)} that every ${each.sample} at every step makes.`,
    },
    {
      name: 'Evaluations',
      value: evaluations === 0 ? 'none' : count(evaluations),
      note:
        evaluations === 0
          ? `Samples were chosen without going over the whole ${each.all}.`
          : `Of ${plural(steps, 'step')}, those that went over the whole ${each.all} to choose samples.`,
    },
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

/** A curve with a chart. */
type Drawn = RunCurve & { readonly text: string };

const isDrawn = (curve: RunCurve): curve is Drawn => curve.text !== undefined;

/** Whether there is more than a point of a curve: what only the whole picture has is measured once. */
const isCurve = (curve: RunCurve, history: RunMetrics['history']): boolean =>
  history.length < 2 || history.filter((entry) => Number.isFinite(valueOf(curve, entry))).length > 1;

/** What every run has. */
const lossCurve: RunCurve = {
  key: 'loss',
  title: 'Loss',
  text: 'On a logarithmic scale.',
  scale: 'log',
  decimals: 2,
};

const ratioCurve = (samples: string): RunCurve => ({
  key: 'ratio',
  title: 'Ratio',
  text: `Share of the ${samples} that the schedule asked for.`,
  scale: 'share',
  decimals: 1,
});

const chartId = ({ key }: RunCurve): string => `chart-${kebabCase(key)}`;

/** The chart of a curve, for the page's script. */
function chartOf({ strategy, history }: RunMetrics, curve: RunCurve): ChartSpec {
  const { scale = 'linear', decimals, unit = '' } = curve;
  const line = {
    label: strategy,
    colour: '--accent',
    dash: [],
    step: history.map(({ step }) => step),
    seconds: history.map(({ seconds }) => seconds),
    y: history.map((entry) => valueOf(curve, entry)),
  };
  return { id: chartId(curve), axis: 'chosen', scale, decimals, unit, curves: [line] };
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
