// Curves of one strategy over several inputs and seeds, averaged: quality over steps, over seconds, and over work. A mean is
// told only where every run has been: further on it would be of other runs than before.
import type { CommonHistoryEntry } from '../metrics.js';
import { valueOf, type Measure } from '../modality.js';
import type { MeanCurve, MeanCurves } from './types.js';

/** A run's history, and the samples that its baseline trained on. */
export interface RunHistory {
  readonly history: readonly CommonHistoryEntry[];
  readonly work: number;
}

/** Places of a mean curve over seconds or work. */
const places = 40;

type Point = readonly [x: number, y: number];

/** Averages a measure over runs. */
export function meanCurves(runs: readonly RunHistory[], measure: Measure | undefined): MeanCurves {
  const curve = (
    x: (entry: CommonHistoryEntry, run: RunHistory) => number | null,
    exact: boolean,
  ): MeanCurve =>
    meanCurve(
      runs.map((run) =>
        run.history.flatMap((entry): Point[] => {
          const [at, value] = [x(entry, run), measure === undefined ? null : valueOf(measure, entry)];
          return at === null || value === null ? [] : [[at, value]];
        }),
      ),
      exact,
    );
  return {
    steps: curve(({ step }) => step, true),
    seconds: curve(({ seconds }) => seconds, false),
    work: curve(({ samples }, { work }) => (samples === undefined ? null : samples / work), false),
  };
}

/**
 * The mean of curves, each linear between its points.
 * @param exact at the places that the curves have, rather than evenly spaced ones
 */
export function meanCurve(curves: readonly (readonly Point[])[], exact: boolean): MeanCurve {
  if (curves.length === 0 || curves.some((curve) => curve.length === 0)) return { x: [], mean: [] };
  const [only] = curves;
  if (curves.length === 1 && only !== undefined) {
    return { x: only.map(([x]) => x), mean: only.map(([, y]) => y) };
  }
  const from = Math.max(...curves.map((curve) => curve[0]?.[0] ?? NaN));
  const to = Math.min(...curves.map((curve) => curve.at(-1)?.[0] ?? NaN));
  if (!(from <= to)) return { x: [], mean: [] };
  const all = new Set(curves.flatMap((curve) => curve.map(([x]) => x)).filter((x) => x >= from && x <= to));
  const x = exact
    ? [...all].sort((a, b) => a - b)
    : Array.from({ length: places + 1 }, (_, i) => from + ((to - from) * i) / places);
  return {
    x,
    mean: x.map((at) => curves.reduce((sum, curve) => sum + valueAt(curve, at), 0) / curves.length),
  };
}

/** A curve's value at a place between its ends. */
function valueAt(curve: readonly Point[], x: number): number {
  const next = curve.findIndex(([at]) => at >= x);
  const [after, before] = [curve[next], curve[next - 1]];
  // The last place may lie a rounding error beyond the end.
  if (after === undefined) return curve.at(-1)?.[1] ?? NaN;
  if (before === undefined || after[0] === x) return after[1];
  return before[1] + ((x - before[0]) / (after[0] - before[0])) * (after[1] - before[1]);
}
