// The figures of a comparison over several inputs and seeds, as compare.json has them.

/** A mean curve. */
export interface MeanCurve {
  readonly x: readonly number[];
  readonly mean: readonly number[];
}

/** The mean curves of a strategy. */
export interface MeanCurves {
  readonly steps: MeanCurve;
  readonly seconds: MeanCurve;
  /** Samples trained on, over all those that the baseline trained on; empty where histories do not say. */
  readonly work: MeanCurve;
}

/** Several numbers. */
export interface Spread {
  readonly mean: number;
  /** Standard deviation of the sample, n − 1 in the denominator; null of one number. */
  readonly deviation: number | null;
  readonly count: number;
}

/** Times to a quality. */
export interface Reaching {
  /** How many of the runs came to it, of how many. */
  readonly reached: number;
  readonly count: number;
  /** Of those that did; null where none did. */
  readonly seconds: Spread | null;
}

/** One measure of a strategy, as metrics have it: a factor that it is shown with is not in it. */
export interface MeasureSummary {
  readonly key: string;
  /** Over all runs that have it. */
  readonly value: Spread;
  /** Less the baseline's with the same input and seed. */
  readonly difference: Spread;
  /** In how many of these pairs it is above the baseline's. */
  readonly above: number;
}

/** One strategy over all inputs and seeds. */
export interface StrategySummary {
  readonly strategy: string;
  readonly measures: readonly MeasureSummary[];
  /** Training and choosing. */
  readonly seconds: Spread;
  /** Over the baseline's with the same input and seed. */
  readonly timeRatio: Spread;
  /** Samples trained on, over the baseline's with the same input and seed. Passes forward alone are not in it. */
  readonly work: Spread;
  readonly toBaseline: Reaching;
  /** How many times as fast as the baseline it came to the baseline's quality: the geometric mean of those that did. */
  readonly speedUp: number | null;
  readonly targets: readonly (Reaching & { readonly target: number })[];
  /** Mean curves of the first measure. */
  readonly curves: MeanCurves;
}

/** A comparison over inputs and seeds, in figures. */
export interface Summary {
  readonly baseline: string;
  /** Inputs by name, and seeds, of which every pair is a cell. */
  readonly inputs: readonly string[];
  readonly seeds: readonly number[];
  readonly strategies: readonly StrategySummary[];
}
