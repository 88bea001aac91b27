// How much of a run's time goes into measuring while it trains: at most a fixed share of what training itself takes, and less
// where the whole measurement at the end is a large one. The plan is a function of sizes and settings, never of a clock, so
// that the same run measures the same.

/** When quality is measured while a run trains, and on how much. */
export interface MeasurePlan {
  /** Steps from one measurement to the next. */
  readonly every: number;
  /** Samples that a measurement looks at. The last one, after the last step, looks at all. */
  readonly samples: number;
}

/** A run, as far as the plan goes by it. */
export interface MeasuredWork {
  readonly steps: number;
  /** Samples of an ordinary step. */
  readonly batch: number;
  /** What a measurement looks at where it looks at everything. */
  readonly size: number;
  /** The setting `measureEvery`: measures everything, as often as it says; 0 leaves it to the plan. */
  readonly measureEvery: number;
  /** Fewer samples than these say too little. */
  readonly fewest: number;
  /** Whether training ends when a quality is reached, which is looked at more often then. */
  readonly targeted: boolean;
}

/** Measuring on the way takes so much of the arithmetic of training at most, or less where the end takes much. */
const [most, least] = [0.03, 0.01];
/** On the way and at the end together, as far as that can be had. */
const together = 0.05;
/** A sample takes so much more arithmetic in training, forward, back and weights, than in a prediction. */
const trainingFactor = 3;
/** Points on a curve, at most and at least. */
const [usual, enough] = [20, 10];
/** Points where training ends at one of them. */
const targets = 50;

/** Looks at everything where that can be done often enough, else at a sample, twenty times or so. */
export function planMeasures({
  steps,
  batch,
  size,
  measureEvery,
  fewest,
  targeted,
}: MeasuredWork): MeasurePlan {
  if (measureEvery > 0) return { every: measureEvery, samples: size };
  const training = trainingFactor * steps * batch;
  const budget = training * Math.min(most, Math.max(least, together - size / training));
  const [highest, lowest] = targeted ? [targets, targets] : [usual, enough];
  const points = (samples: number): number =>
    Math.min(highest, Math.max(lowest, Math.floor(budget / samples)));
  const isCheap = Math.floor(budget / size) >= lowest;
  const samples = isCheap ? size : Math.min(size, Math.max(fewest, Math.floor(budget / highest)));
  return { every: Math.max(1, Math.floor(steps / points(samples))), samples };
}
