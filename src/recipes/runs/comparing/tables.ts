// The tables of a comparison for other programs. compare.csv is tidy: a row for each input, seed and strategy, with the
// settings that the run had. curves.csv has a row for each measurement.
import type { Effective } from '../../settings/effective.js';
import { typedValue } from '../../settings/check.js';
import { trainingSeconds, type AnyCompareRow } from '../metrics.js';
import { valueOf, type Measure } from '../modality.js';
import type { SummaryCell } from './summary.js';
import { lpipsMeasure } from './summary.js';

/** One input with one seed. */
export type TableCell = SummaryCell;

type Cell = string | number | null | undefined;

/** A row for each input, seed and strategy. Settings have `setting_` before their names; what does not apply is empty. */
export function tableCsv(
  cells: readonly TableCell[],
  measures: readonly Measure[],
  { strategies, runs }: Effective,
): string {
  const settings = [...new Set(runs.flatMap((run) => Object.keys(run)))].filter((key) => key !== 'seed');
  const [first] = cells;
  const rows = cells.flatMap(({ report }) => report.rows);
  const has = ({ key }: Measure): boolean => rows.some((row) => valueOf({ key }, row) !== null);
  const measured = [...measures, lpipsMeasure].filter(has);
  const targets = (first?.report.rows[0]?.secondsToTargets ?? []).map(({ target }) => target);
  const header = [
    ...['input', 'seed', 'strategy', 'baseline', 'steps', 'samples'],
    ...['train_seconds', 'select_seconds', 'seconds', 'total_seconds', 'time_ratio'],
    ...measured.map(({ key }) => snakeCase(key)),
    ...['seconds_to_baseline', 'speed_up'],
    ...targets.map((target) => `seconds_to_${target}`),
    ...settings.map((key) => `setting_${snakeCase(key)}`),
    ...['device', 'workers', 'folder'],
  ];
  const lines = cells.flatMap(({ name, folder, report }) =>
    report.rows.map((row): Cell[] => {
      const run = runs[strategies.indexOf(row.strategy)] ?? {};
      return [
        ...[name, report.seed, row.strategy, report.baseline, row.history.at(-1)?.step, row.samples],
        ...[row.seconds.train, row.seconds.select, trainingSeconds(row), row.seconds.total, row.timeRatio],
        ...measured.map(({ key }) => valueOf({ key }, row)),
        ...[row.secondsToBaseline, row.speedUp],
        ...targets.map((target) => secondsToTarget(row, target)),
        ...settings.map((key) => (run[key] === undefined ? undefined : typedValue(run[key]))),
        ...[report.device, report.workers, folder === '.' ? row.folder : `${folder}/${row.folder}`],
      ];
    }),
  );
  return csv([header, ...lines]);
}

const secondsToTarget = (row: AnyCompareRow, target: number): number | null =>
  row.secondsToTargets?.find((each) => each.target === target)?.seconds ?? null;

/** A row for each measurement while training went on. */
export function curvesCsv(cells: readonly TableCell[], measures: readonly Measure[]): string {
  const measured = measures.filter(({ history }) => history).map(({ key }) => key);
  const columns = ['step', 'seconds', 'samples', ...measured, 'loss', 'ratio'];
  const lines = cells.flatMap(({ name, report }) =>
    report.rows.flatMap(({ strategy, history }) =>
      history.map((entry): Cell[] => [
        ...[name, report.seed, strategy],
        ...columns.map((key) => valueOf({ key }, entry)),
      ]),
    ),
  );
  return csv([['input', 'seed', 'strategy', ...columns.map(snakeCase)], ...lines]);
}

const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Fields with commas, quotes or line breaks go in quotes (RFC 4180); lines end as everywhere here. */
function csv(rows: readonly (readonly Cell[])[]): string {
  const field = (cell: Cell): string => {
    const text = String(cell ?? '');
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return rows.map((row) => `${row.map(field).join()}\n`).join('');
}
