// What the reports of single runs have in common, whatever was fitted: time and samples, curves, settings, machine and
// the command that repeats the run.
import type { CommonHistoryEntry, ImageMetrics, MeshMetrics } from '../artifacts.js';
import type { SceneMetrics } from '../scene-figures.js';
import type { ChartSpec, Curve } from './client.js';
import { count, duration, percent, plural } from './format.js';
import { html, nothing, raw, type Html } from './html.js';
import { chartFigure } from './page.js';
import {
  choice,
  facts,
  historyTable,
  machineFacts,
  repeatWith,
  section,
  settingsList,
  withoutScripts,
  type Figure,
  type HistoryColumn,
  type SettingsSchema,
} from './parts.js';

/** The figures of a run of any kind. */
export type RunMetrics = ImageMetrics | MeshMetrics | SceneMetrics;

/** Training seconds: what the strategy is charged with. */
export const trainingSeconds = ({ seconds }: Pick<RunMetrics, 'seconds'>): number =>
  seconds.train + seconds.select;

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

/** `evos-online` asks for the errors of every step's own samples: that goes over nothing. */
function evaluations({ strategy, steps, evaluations }: RunMetrics, all: string): Figure {
  const name = 'Evaluations';
  if (strategy === 'evos-online') {
    return {
      name,
      value: 'none',
      note: `It chooses by the errors of the samples it trains on, without going over the whole ${all}.`,
    };
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

/** The charts of a run, for its page's script. */
export function chartSpecs<Entry extends CommonHistoryEntry>(
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
export function curvesSection<Entry extends CommonHistoryEntry>(
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
export function timeSection({ seconds }: RunMetrics, other: string): Html {
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
export function settingsSection(settings: object, schema: SettingsSchema, usual: object): Html {
  return section(
    'Settings',
    [
      html`<p class="note">Those that differ from the default are set in bold.</p>`,
      settingsList({ ...settings }, schema, usual),
    ],
    { long: true },
  );
}

/** What was fitted by what, where. @param input facts about what was fitted */
export function machineSection(
  metrics: RunMetrics,
  input: readonly (readonly [string, string | Html])[],
): Html {
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
export function repeatSection(
  metrics: RunMetrics,
  command: string | undefined,
  call: 'fitImage' | 'fitMesh' | 'fitScene',
): Html {
  return section('Run it again', [
    repeatWith(command, call),
    html`<p class="note">
      Seed ${String(metrics.seed)} fixes weights and draws. Another device, number of workers or micro-batch
      adds in another order: the result then differs a little, and times differ from machine to machine.
    </p>`,
  ]);
}
