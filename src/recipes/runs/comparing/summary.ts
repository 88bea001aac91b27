// What a comparison over several inputs and seeds comes to: mean and spread of each figure, and differences from the baseline
// that are paired, input by input and seed by seed, since inputs differ more than strategies do.
import type { AnyCompareReport, AnyCompareRow } from '../metrics.js';
import { trainingSeconds } from '../metrics.js';
import { valueOf, type Measure, type Modality } from '../modality.js';
import type { CompareSettings } from '../../settings/resolver.js';
import { meanCurves } from './curves.js';
import type { MeasureSummary, Reaching, Spread, StrategySummary, Summary } from './types.js';

export type { MeasureSummary, Reaching, Spread, StrategySummary, Summary } from './types.js';

/** One input with one seed: its name, its folder relative to the whole comparison's, and its report. */
export interface SummaryCell {
  readonly name: string;
  readonly folder: string;
  readonly report: AnyCompareReport<CompareSettings>;
}

/** Mean and spread of numbers; null of none. */
export function spreadOf(values: readonly number[]): Spread | null {
  const count = values.length;
  if (count === 0) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: count === 1 ? null : Math.sqrt(squares / (count - 1)), count };
}

/** The measures that a comparison's table has: those of finished runs, and of pictures. */
export function comparedMeasures(modality: Pick<Modality, 'measures'>): readonly Measure[] {
  const [first, ...others] = modality.measures;
  return [first, ...others.filter(({ result }) => result === true), lpipsMeasure];
}

/** LPIPS, lower for pictures that look more alike. */
export const lpipsMeasure: Measure = { key: 'lpips', title: 'LPIPS', decimals: 4 };

/** A spread as a measure shows it. */
export function shownSpread({ factor = 1 }: Pick<Measure, 'factor'>, spread: Spread): Spread {
  const { mean, deviation, count } = spread;
  return { mean: factor * mean, deviation: deviation === null ? null : factor * deviation, count };
}

/** Sums a comparison up. @param cells each with a row for every strategy, in one order; those that failed have none */
export function summarise(cells: readonly SummaryCell[], modality: Pick<Modality, 'measures'>): Summary {
  const [first] = cells;
  const measures = comparedMeasures(modality);
  const names = new Set(cells.flatMap(({ report }) => report.rows.map(({ strategy }) => strategy)));
  const strategies = [...names].map((strategy): StrategySummary => {
    const pairs = cells.flatMap(({ report }): Pair[] => {
      const row = report.rows.find((each) => each.strategy === strategy);
      const baseline = report.rows.find((each) => each.strategy === report.baseline);
      return row === undefined || baseline === undefined ? [] : [{ row, baseline }];
    });
    return strategySummary(strategy, pairs, measures);
  });
  return {
    baseline: first?.report.baseline ?? '',
    inputs: [...new Set(cells.map(({ name }) => name))],
    seeds: [...new Set(cells.map(({ report }) => report.seed))],
    strategies,
  };
}

/** A row and the baseline's with the same input and seed. */
interface Pair {
  readonly row: AnyCompareRow;
  readonly baseline: AnyCompareRow;
}

function strategySummary(
  strategy: string,
  pairs: readonly Pair[],
  measures: readonly Measure[],
): StrategySummary {
  const [quality] = measures;
  const over = (value: (pair: Pair) => number): Spread =>
    spreadOf(pairs.map(value)) ?? { mean: NaN, deviation: null, count: 0 };
  const speedUps = pairs.flatMap(({ row }) => (row.speedUp === null ? [] : [Math.log(row.speedUp)]));
  const faster = spreadOf(speedUps);
  const targets = (pairs[0]?.row.secondsToTargets ?? []).map(({ target }) => ({
    target,
    ...reaching(
      pairs.map(({ row }) => row.secondsToTargets?.find((each) => each.target === target)?.seconds ?? null),
    ),
  }));
  return {
    strategy,
    measures: measures.flatMap((measure) => measureSummary(measure, pairs)),
    seconds: over(({ row }) => trainingSeconds(row)),
    timeRatio: over(({ row }) => row.timeRatio),
    work: over(({ row, baseline }) => row.samples / baseline.samples),
    toBaseline: reaching(pairs.map(({ row }) => row.secondsToBaseline)),
    speedUp: faster === null ? null : Math.exp(faster.mean),
    targets,
    curves: meanCurves(
      pairs.map(({ row, baseline }) => ({ history: row.history, work: baseline.samples })),
      quality,
    ),
  };
}

function measureSummary(measure: Measure, pairs: readonly Pair[]): MeasureSummary[] {
  const both = pairs.flatMap(({ row, baseline }) => {
    const { key } = measure;
    const [own, other] = [valueOf({ key }, row), valueOf({ key }, baseline)];
    return own === null || other === null ? [] : [{ own, difference: own - other }];
  });
  const value = spreadOf(both.map(({ own }) => own));
  const difference = spreadOf(both.map((each) => each.difference));
  if (value === null || difference === null) return [];
  return [
    {
      key: measure.key,
      value,
      difference,
      above: both.filter((each) => each.difference > 0).length,
    },
  ];
}

function reaching(times: readonly (number | null)[]): Reaching {
  const reached = times.filter((time) => time !== null);
  return { reached: reached.length, count: times.length, seconds: spreadOf(reached) };
}
