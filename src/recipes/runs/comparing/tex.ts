// The table of a comparison for a paper, to be put into a LaTeX document that uses booktabs: \input{compare.tex}.
import type { FailedIn } from '../events.js';
import type { Measure, Modality } from '../modality.js';
import { comparedMeasures, shownSpread, type Spread, type Summary } from './summary.js';

/**
 * A LaTeX table; the best mean of each measure is in bold where it is known which way is better.
 * @param failed runs that the means are without, named in comments
 */
export function tableTex(
  summary: Summary,
  modality: Pick<Modality, 'measures'>,
  failed: readonly FailedIn[] = [],
): string {
  const { strategies, inputs, seeds, baseline } = summary;
  const [quality] = modality.measures;
  const measures = comparedMeasures(modality).filter(({ key }) =>
    strategies.some((each) => each.measures.some((measure) => measure.key === key)),
  );
  const targets = (strategies[0]?.targets ?? []).map(({ target }) => target);
  const header = [
    'Strategy',
    ...measures.map((measure) => escapeTex(headOf(measure))),
    escapeTex(`against ${baseline}`),
    'seconds',
    'of its time',
    ...targets.map((target) =>
      escapeTex(`s to ${target}${quality.unit === undefined ? '' : ` ${quality.unit}`}`),
    ),
  ];
  const best = Math.max(...strategies.map((each) => each.measures[0]?.value.mean ?? -Infinity));
  const rows = strategies.map((each) => [
    escapeTex(each.strategy),
    ...measures.map((measure) => {
      const found = each.measures.find(({ key }) => key === measure.key)?.value;
      const text = spreadTex(found && shownSpread(measure, found), measure.decimals);
      return measure.key === quality.key && found?.mean === best ? `\\textbf{${text}}` : text;
    }),
    each.strategy === baseline ? '--' : spreadTex(each.measures[0]?.difference, quality.decimals, true),
    spreadTex(each.seconds, 1),
    fixedTex(each.timeRatio.mean, 2),
    ...targets.map((target) => {
      const found = each.targets.find((one) => one.target === target);
      if (found?.seconds === undefined || found.seconds === null) return 'never';
      const share = found.reached === found.count ? '' : ` (${found.reached}/${found.count})`;
      return `${fixedTex(found.seconds.mean, 1)}${share}`;
    }),
  ]);
  const line = (cells: readonly string[]): string => `    ${cells.join(' & ')} \\\\`;
  const runs = `${inputs.length} input${inputs.length === 1 ? '' : 's'}, ${seeds.length} seed${seeds.length === 1 ? '' : 's'}`;
  return [
    '% Needs \\usepackage{booktabs}.',
    ...failed.map(
      ({ strategy, name, seed, step, steps, outcome }) =>
        `% Without ${strategy} on ${name} with seed ${seed}, which ${outcome} at step ${step} of ${steps}.`,
    ),
    '\\begin{table}',
    '  \\centering',
    `  \\caption{Mean $\\pm$ standard deviation over ${runs}. Seconds are of training and choosing.}`,
    `  \\begin{tabular}{l${'r'.repeat(header.length - 1)}}`,
    '    \\toprule',
    line(header),
    '    \\midrule',
    ...rows.map(line),
    '    \\bottomrule',
    '  \\end{tabular}',
    '\\end{table}',
    '',
  ].join('\n');
}

const headOf = ({ title, unit }: Measure): string => (unit === undefined ? title : `${title} (${unit})`);

/** `31.06 $\pm$ 0.42`; of one run the number alone. */
function spreadTex(spread: Spread | undefined, decimals: number, signed = false): string {
  if (spread === undefined) return '--';
  const { mean, deviation } = spread;
  const text = fixedTex(mean, decimals, signed);
  return deviation === null ? text : `${text} $\\pm$ ${deviation.toFixed(decimals)}`;
}

/** A minus of mathematics, not a hyphen; never one before zero. */
function fixedTex(value: number, decimals: number, signed = false): string {
  if (!Number.isFinite(value)) return '--';
  const text = value.toFixed(decimals);
  if (Number(text) === 0) return text.replace('-', '');
  return value < 0 ? `$-$${text.slice(1)}` : `${signed ? '$+$' : ''}${text}`;
}

const special: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '{': '\\{',
  '}': '\\}',
  $: '\\$',
  '&': '\\&',
  '%': '\\%',
  '#': '\\#',
  _: '\\_',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
};

/** Text as LaTeX prints it. */
export const escapeTex = (text: string): string =>
  text.replace(/[\\{}$&%#_~^]/g, (character) => special[character] ?? character);
