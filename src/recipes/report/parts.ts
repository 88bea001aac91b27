// Pieces that all reports are put together from: headline figures, settings, machine, and measurements as a table.
import type { CommonHistoryEntry, CommonMetrics } from '../runs/metrics.js';
import { typedValue } from '../settings/check.js';
import { describe } from '../settings/describe.js';
import type { Field } from '../settings/resolver.js';
import { valueOf, type Measure } from '../runs/modality.js';
import type { ChartSpec } from './client.js';
import { count, dateTime, fixed, scientific } from './format.js';
import { html, nothing, type Html } from './html.js';

/** One headline figure. */
export interface Figure {
  readonly name: string;
  readonly value: string;
  readonly unit?: string;
  /** What exactly it is, in a sentence. */
  readonly note: string;
  readonly main?: boolean;
}

/** A titled section; `long` ones may break over printed pages. */
export function section(
  title: string,
  content: readonly Html[],
  options: { readonly long?: boolean } = {},
): Html {
  return html`<section${options.long === true ? html` class="long"` : nothing}><h2>${title}</h2>
${content}
</section>
`;
}

/** The headline figures as a list of names and values. */
export function figureList(figures: readonly Figure[]): Html {
  return html`<dl class="figures">
    ${figures.map(
      ({ name, value, unit, note, main }) => html`
<div${main === true ? html` class="main"` : nothing}><dt>${name}</dt><dd class="value">${value}${
        unit === undefined ? nothing : html` <small>${unit}</small>`
      }</dd><dd>${note}</dd></div>`,
    )}
  </dl> `;
}

/** Names and values, one per line. */
export function facts(entries: readonly (readonly [string, string | Html])[]): Html {
  return html`<dl class="facts">
    ${entries.map(
      ([name, value]) =>
        html`<dt>${name}</dt>
          <dd>${value}</dd>`,
    )}
  </dl> `;
}

/** A few words to choose from, of which one is on. */
export function choice(
  name: string,
  legend: string,
  options: readonly (readonly [value: string, label: string])[],
): Html {
  return html`<fieldset class="choice">
    <legend>${legend}</legend>
    ${options.map(
      ([value, label], i) =>
        html`<label
          ><input type="radio" name="${name}" value="${value}" ${i === 0 ? html` checked` : nothing} /><span
            >${label}</span
          ></label
        >`,
    )}
  </fieldset> `;
}

type Described = Readonly<Record<string, unknown>>;

/** Settings that another one switches off: their values played no part then. */
const switchedOff: Readonly<Record<string, (values: Described) => boolean>> = {
  learningRateFinal: ({ learningRateSchedule }) => learningRateSchedule === 'constant',
  points: ({ rays }) => typeof rays === 'number' && rays > 0,
};

/** Whether a setting was left at nothing, or played no part for another reason than strategy and network. */
function isIdle(key: string, values: Described): boolean {
  const value = values[key];
  const nothing = value === undefined || (Array.isArray(value) && value.length === 0);
  return nothing || (Object.hasOwn(switchedOff, key) && switchedOff[key]?.(values) === true);
}

/** Settings with their values and meanings, those that played no part left out; those that differ from the default stand out. @param before the list */
export function settingsSection(
  note: string,
  settings: object,
  fields: readonly Field[],
  usual: object,
  before: Html = nothing,
): Html {
  const [values, defaults]: Described[] = [{ ...settings }, { ...usual }] as const;
  const rows = fields.flatMap((field) => {
    const { key } = field;
    const [value, other] = [values[key], defaults[key]];
    const changed = JSON.stringify(value) !== JSON.stringify(other);
    if (isIdle(key, values) && (!changed || Object.hasOwn(switchedOff, key))) return [];
    return html`
<div${changed ? html` class="changed"` : nothing}><dt>${key}</dt><dd>${shown(value)}</dd><dd>${describe(field)}${
      changed && other !== undefined ? ` (default ${shown(other)})` : ''
    }</dd></div>`;
  });
  const list = html`<dl class="settings">${rows}</dl> `;
  return section('Settings', [before, html`<p class="note">${note}</p>`, list], { long: true });
}

/** What it ran on. */
export function machineFacts(
  run: Pick<CommonMetrics, 'device' | 'workers' | 'machine'> & { readonly microBatch?: number },
): readonly (readonly [string, string])[] {
  const { device, workers, microBatch, machine } = run;
  return [
    ['Device', workers > 0 ? `${device}, ${workers} worker thread${workers === 1 ? '' : 's'}` : device],
    ['Processor', `${machine.cpu}, ${machine.cores} core${machine.cores === 1 ? '' : 's'}`],
    // What trains may have no use for it.
    ...(microBatch === undefined || microBatch === 0
      ? []
      : ([['Micro-batch', `${count(microBatch)} samples`]] as const)),
    ['Node.js', machine.node],
    ['Date', dateTime(machine.date)],
  ];
}

/** A figure of a run's history: drawn as a curve, and a column of the table below. */
export interface RunCurve extends Pick<Measure, 'key' | 'title' | 'unit' | 'factor' | 'decimals'> {
  /** What it is, below the chart's title; left out where it is not drawn. */
  readonly text?: string;
  readonly scale?: ChartSpec['scale'];
}

/** "PSNR dB" */
export const titled = ({ title, unit }: Pick<Measure, 'title' | 'unit'>): string =>
  unit === undefined ? title : `${title} ${unit}`;

/** A table that scrolls sideways where there is little room; a row's first cell is its heading. */
export function dataTable(
  label: string,
  head: readonly string[],
  rows: readonly (readonly (string | Html)[])[],
): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}">
    <table>
      <thead>
        <tr>
          ${head.map((name) => html`<th scope="col">${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ([first = '', ...cells]) =>
            html` <tr>
              <th scope="row">${first}</th>
              ${cells.map((cell) => html`<td>${cell}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div> `;
}

/** A table that is folded away where scripts run. */
export const foldedTable = (summary: string, table: Html): Html =>
  html`<details class="numbers screen" open>
    <summary>${summary}</summary>
    ${table}
  </details> `;

/** A run's history as numbers, folded away where the curves can be seen. */
export function historyTable(
  title: string,
  history: readonly CommonHistoryEntry[],
  curves: readonly RunCurve[],
): Html {
  const head = ['Step', 'Training s', ...curves.map(titled), 'Loss', 'Share'];
  const rows = history.map((entry) => [
    count(entry.step),
    fixed(entry.seconds, 2),
    ...curves.map((curve) => fixed(valueOf(curve, entry), curve.decimals)),
    scientific(entry.loss),
    fixed(entry.ratio, 3),
  ]);
  return foldedTable(title, dataTable(title, head, rows));
}

/** How to get the same again: by a command, or a function where no command can. */
export function repeatSection(command: string | undefined, call: string, note: string): Html {
  // Lines break between options, never at their dashes.
  const words = command?.split(/ (?=--)/).map((word) => html`<span>${word}</span> `);
  const how =
    words === undefined
      ? html`<p>
          A selector of one’s own took part, which the command line cannot name: call
          <code>${call}</code> from <code>evos/recipes</code> with that selector and the settings above.
        </p>`
      : html`<pre><code>${words}</code></pre>`;
  return section('Run it again', [how, html`<p class="note">${note}</p>`]);
}

/** What readers without scripts see in place of the curves. */
export const withoutScripts = html`<noscript
  ><p class="note">
    The curves need scripts, which are off here; the same numbers stand in the tables below.
  </p></noscript
> `;

/** A setting's value as it is typed. */
export function shown(value: unknown): string {
  if (value === undefined) return 'none';
  if (Array.isArray(value)) return value.join(', ');
  return typedValue(value);
}
