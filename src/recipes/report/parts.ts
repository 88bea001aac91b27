// Pieces that all reports are put together from: headline figures, settings, machine, and measurements as a table.
import type { CommonHistoryEntry, CommonMetrics } from '../runs/metrics.js';
import { typedValue } from '../settings/check.js';
import { describe } from '../settings/describe.js';
import type { Field, Resolver } from '../settings/resolver.js';
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

/** What a list of settings reads of them. */
export type ListedSettings = Pick<Resolver, 'fields'>;

/** Every setting with its value and meaning; those that differ from the default stand out. */
export function settingsList(settings: Described, fields: readonly Field[], usual: object): Html {
  const defaults: Described = { ...usual };
  const rows = fields.map((field) => {
    const { key } = field;
    const value = settings[key];
    const changed = JSON.stringify(value) !== JSON.stringify(defaults[key]);
    return html`
<div${changed ? html` class="changed"` : nothing}><dt>${key}</dt><dd>${shown(value)}</dd><dd>${describe(field)}${
      changed && defaults[key] !== undefined ? ` (default ${shown(defaults[key])})` : ''
    }</dd></div>`;
  });
  return html`<dl class="settings">${rows}</dl> `;
}

/** What it ran on. */
export function machineFacts(run: {
  readonly device: string;
  readonly workers: number;
  readonly microBatch?: number;
  readonly machine: CommonMetrics['machine'];
}): readonly (readonly [string, string])[] {
  const { device, workers, microBatch, machine } = run;
  return [
    ['Device', workers > 0 ? `${device}, ${workers} worker thread${workers === 1 ? '' : 's'}` : device],
    ['Processor', `${machine.cpu}, ${machine.cores} core${machine.cores === 1 ? '' : 's'}`],
    ...(microBatch === undefined ? [] : ([['Micro-batch', `${count(microBatch)} samples`]] as const)),
    ['Node.js', machine.node],
    ['Date', dateTime(machine.date)],
  ];
}

/** A column of a table of measurements. */
export interface HistoryColumn<Entry> {
  readonly name: string;
  readonly show: (entry: Entry) => string;
}

/** A run's history as numbers, folded away where the curves can be seen. */
export function historyTable<Entry extends CommonHistoryEntry>(
  title: string,
  history: readonly Entry[],
  columns: readonly HistoryColumn<Entry>[],
): Html {
  const head = ['Step', 'Training s', ...columns.map(({ name }) => name), 'Loss', 'Share'];
  return html`<details class="numbers screen" open>
    <summary>${title}</summary>
    <div class="scroll" tabindex="0" role="region" aria-label="${title}">
      <table>
        <thead>
          <tr>
            ${head.map((name) => html`<th scope="col">${name}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${history.map(
            (entry) =>
              html` <tr>
                <th scope="row">${count(entry.step)}</th>
                <td>${fixed(entry.seconds, 2)}</td>
                ${columns.map(({ show }) => html`<td>${show(entry)}</td>`)}
                <td>${scientific(entry.loss)}</td>
                <td>${fixed(entry.ratio, 3)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </details> `;
}

/** The command that repeats the run, or which function does where no command can. */
export function repeatWith(command: string | undefined, call: string): Html {
  if (command !== undefined) {
    // Lines break between options, never at their dashes.
    const words = command.split(/ (?=--)/).map((word) => html`<span>${word}</span> `);
    return html`<pre><code>${words}</code></pre>`;
  }
  return html`<p>
    A selector of one’s own took part, which the command line cannot name: call <code>${call}</code> from
    <code>evos/recipes</code> with that selector and the settings above.
  </p>`;
}

/** What readers without scripts see in place of the curves. */
export const withoutScripts = html`<noscript
  ><p class="note">
    The curves need scripts, which are off here; the same numbers stand in the tables below.
  </p></noscript
> `;

function shown(value: unknown): string {
  if (value === undefined) return 'none';
  if (Array.isArray(value)) return value.join(', ');
  return typedValue(value);
}
