// What choosing costs: top-k, an evaluating report, and `next`, on pools of 65,536 to a million samples.
import { createRandom, createSelector, createTopK } from 'evos';
import type { Options } from './options.js';

const repeats = 15;
/** Keeps results alive, so that no engine may leave the work out. */
let sink = 0;

interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Milliseconds of a call: median and spread after a warm-up. */
function measure(call: () => number): Spread {
  for (let i = 0; i < 3; i++) sink += call();
  const times = Array.from({ length: repeats }, () => {
    const start = performance.now();
    sink += call();
    return performance.now() - start;
  }).sort((a, b) => a - b);
  return { median: times[repeats >> 1] ?? 0, min: times[0] ?? 0, max: times.at(-1) ?? 0 };
}

/** Times the selector's parts. */
export function select({ say }: Options): Promise<Record<string, unknown>[]> {
  say('milliseconds: median (min–max); seed 1');
  const rows = [65_536, 262_144, 1_048_576].map((n) => {
    const random = createRandom(1);
    const errors = Float32Array.from({ length: n }, () => random.float() ** 4);
    const frequency = Float32Array.from({ length: n }, () => random.float() ** 4 * 1e4);
    const top = createTopK(n);
    const topK = measure(() => top.select(errors, n >> 2).length);
    // Evaluating at every step, to time reports; hardly ever, to time draws.
    const evaluating = createSelector({
      strategy: 'evos',
      size: n,
      steps: 1000,
      interval: { from: 1, to: 1 },
    });
    const report = measure(() => {
      const generation = evaluating.next();
      evaluating.report(generation, { errors, frequency });
      return generation.count;
    });
    const drawing = createSelector({
      strategy: 'evos',
      size: n,
      steps: 1000,
      interval: { from: 999, to: 999 },
    });
    drawing.report(drawing.next(), { errors, frequency });
    const half = measure(() => drawing.next().count);
    const batch = measure(() => drawing.next({ batchSize: 2048 }).count);
    const show = ({ median, min, max }: Spread): string =>
      `${median.toFixed(2)} (${min.toFixed(2)}–${max.toFixed(2)})`;
    say(
      `${n.toLocaleString('en')}: top-k ${show(topK)}, report ${show(report)}, next ${show(half)}, ` +
        `next of 2,048 ${show(batch)}`,
    );
    return { n, topK, report, next: half, nextBatch: batch };
  });
  if (!Number.isFinite(sink)) throw new Error('a benchmark computed nothing');
  return Promise.resolve(rows);
}
