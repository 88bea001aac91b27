// How the strategies of a comparison are drawn, so that each is told from the others by colour and by dashes.
import { html, nothing, raw, type Html } from './html.js';
import { seriesColours } from './style.js';

/** How a strategy's line is drawn: colour and dashes differ, so that either tells them apart. */
export interface LineStyle {
  readonly colour: string;
  readonly dash: readonly number[];
}

/** The baseline's line is solid. */
export const baselineStyle: LineStyle = { colour: '--base', dash: [] };

/** Of the strategies that are not the baseline, whose line is solid. */
const dashes: readonly (readonly number[])[] = [
  [14, 4],
  [5, 3],
  [14, 3, 3, 3],
  [2, 3],
  [20, 6],
  [8, 3, 3, 3],
];

/** The lines of a comparison, by strategy: the baseline's is solid. */
export function lineStyles(report: {
  readonly baseline: string;
  readonly rows: readonly { readonly strategy: string }[];
}): Map<string, LineStyle> {
  const others = report.rows.filter((row) => row.strategy !== report.baseline);
  return new Map([
    [report.baseline, baselineStyle],
    ...others.map((row, i): [string, LineStyle] => [
      row.strategy,
      // Once the colours are through, each comes with other dashes.
      {
        colour: `--s${i % seriesColours}`,
        dash: dashes[(i + Math.floor(i / seriesColours)) % dashes.length] ?? [],
      },
    ]),
  ]);
}

/** A short piece of the strategy's line, for the table. */
export function lineKey(line: LineStyle | undefined): Html {
  if (line === undefined) return nothing;
  return html`<svg class="key" viewBox="0 0 30 10" aria-hidden="true">
    <path
      d="M0 5H30"
      stroke="var(${raw(line.colour)})"
      stroke-width="3"
      stroke-dasharray="${line.dash.join(' ')}"
    />
  </svg>`;
}
