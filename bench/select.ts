// What choosing costs: top-k, an evaluating report, and `next`, on pools of 65,536 to a million samples; and the share
// that all of it has in EVOS's training time at 512×512 pixels, at the published settings.
import { createRandom, createSelector, createTopK, someOf } from 'evos';
import { createImage, createLaplacian, createPixelPool, type Image } from 'evos/image';
import { createTrainer, siren } from 'evos/engine';
import type { Options } from './options.js';
import { showSpread, spreadOf, type Spread } from './support-timing.js';

const seed = 1;
/** The picture whose training time choosing is compared with. */
const side = 512;
const ratio = 0.5;
/** The steps counted, of a run of so many. */
const countedSteps = 100;
const runSteps = 1000;

/** One size's times, in milliseconds. */
interface Row {
  readonly n: number;
  /** The largest quarter, and the largest half. */
  readonly topK: Spread;
  readonly topHalf: Spread;
  readonly report: Spread;
  readonly next: Spread;
  readonly nextBatch: Spread;
}

/** What `--json` gives under `select`. */
export interface SelectReport {
  /** Seconds of choosing and bookkeeping over seconds of training, of the same steps. */
  readonly share: number;
  /** Median milliseconds of the largest quarter of 1,048,576 floats. */
  readonly topkMs: number;
  readonly rows: readonly Row[];
}

/** Keeps results alive, so that no engine may leave the work out. */
let sink = 0;

/** Milliseconds of a call: median and spread after a warm-up. */
function measure(repeats: number, call: () => number): Spread {
  for (let i = 0; i < 5; i++) sink += call();
  return spreadOf(
    Array.from({ length: repeats }, () => {
      const start = performance.now();
      sink += call();
      return performance.now() - start;
    }),
  );
}

/** Times the selector's parts. */
export async function select({ say, repeats = 25 }: Options): Promise<SelectReport> {
  say(`milliseconds: median of ${repeats} (min–max); seed ${seed}`);
  const rows = [65_536, 262_144, 1_048_576].map((n) => {
    const row = timeParts(n, repeats);
    say(
      `${n.toLocaleString('en')}: top-k of a quarter ${showSpread(row.topK, 2)}, of half ${showSpread(row.topHalf, 2)}, ` +
        `report ${showSpread(row.report, 2)}, next ${showSpread(row.next, 2)}, next of 2,048 ${showSpread(row.nextBatch, 2)}`,
    );
    return row;
  });
  const choosing = timeChoosing();
  const step = await timeStep();
  const share = choosing / (countedSteps * step);
  say(
    `${side}×${side} pixels, ratio ${ratio}, published settings: ${countedSteps} steps choose and evaluate for ` +
      `${choosing.toFixed(2)} s and train for ${(countedSteps * step).toFixed(0)} s (${step.toFixed(2)} s a step of ` +
      `${(side * side * ratio).toLocaleString('en')} samples): ${(100 * share).toFixed(2)} %`,
  );
  if (!Number.isFinite(sink)) throw new Error('a benchmark computed nothing');
  return { share, topkMs: rows.at(-1)?.topK.median ?? Number.NaN, rows };
}

function timeParts(n: number, repeats: number): Row {
  const random = createRandom(seed);
  const errors = Float32Array.from({ length: n }, () => random.float() ** 4);
  const frequency = Float32Array.from({ length: n }, () => random.float() ** 4 * 1e4);
  const top = createTopK(n);
  const topK = measure(repeats, () => top.select(errors, n >> 2).length);
  const topHalf = measure(repeats, () => top.select(errors, n >> 1).length);
  // Evaluating at every step, to time reports; hardly ever, to time draws.
  const common = { strategy: 'evos', size: n, steps: 1000 } as const;
  const evaluating = createSelector({ ...common, interval: 1 });
  const report = measure(repeats, () => {
    const selection = evaluating.next();
    evaluating.report(selection, { errors, frequency });
    return selection.size;
  });
  const drawing = createSelector({ ...common, interval: 999 });
  drawing.report(drawing.next(), { errors, frequency });
  const next = measure(repeats, () => drawing.next().size);
  const nextBatch = measure(repeats, () => drawing.next({ batchSize: 2048 }).size);
  return { n, topK, topHalf, report, next, nextBatch };
}

function picture(): Image {
  const random = createRandom(seed);
  const data = Uint8Array.from({ length: 3 * side * side }, () => random.below(256));
  return createImage({ width: side, height: side, channels: 3 }, data);
}

/** Seconds that the first steps of a run choose and evaluate: all but gathering and training. */
function timeChoosing(): number {
  const image = picture();
  const pool = createPixelPool(image);
  const { width, height, channels } = image;
  const operator = createLaplacian({ width, height, channels, range: pool.range });
  const random = createRandom(seed);
  const predictions = pool.targets.map((value) => value + 0.1 * random.float() ** 4);
  let milliseconds = 0;
  // Twice: the first time warms up.
  for (const counts of [false, true]) {
    const selector = createSelector({
      strategy: 'evos',
      size: pool.size,
      steps: runSteps,
      seed,
      ratio,
      interval: { from: 100, to: 50 },
      mutationShare: 0.5,
      targets: pool.targets,
      operator,
    });
    for (let step = 0; step < countedSteps; step++) {
      const start = performance.now();
      const selection = selector.next();
      selector.report(selection, { predictions });
      if (counts) milliseconds += performance.now() - start;
      sink += selection.size;
    }
  }
  return milliseconds / 1000;
}

/** Seconds of a training step on the half of the picture that is selected. */
async function timeStep(): Promise<number> {
  const pool = createPixelPool(picture());
  const trainer = createTrainer({
    model: siren({ inputDim: 2, outputDim: 3, width: 256, depth: 3, omega: 30 }),
    adam: { learningRate: 1e-4 },
    seed,
    device: 'cpu',
  });
  try {
    const indices = Uint32Array.from({ length: pool.size * ratio }, (_, i) => i / ratio);
    const batch = pool.gather(someOf(indices));
    const times: number[] = [];
    for (let step = 0; step < 3; step++) {
      const start = performance.now();
      sink += (await trainer.step(batch, { wants: [] })).loss;
      // The first one warms up.
      if (step > 0) times.push((performance.now() - start) / 1000);
    }
    return spreadOf(times).median;
  } finally {
    await trainer.dispose();
  }
}
