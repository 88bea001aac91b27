// One size of `bench scale`, in a process of its own: `scale-size.ts WIDTH HEIGHT REPEATS`, answered by a message.
import { readFileSync } from 'node:fs';
import { createRandom, createSelector, imageTiles, someOf, type Samples } from 'evos';
import { createImage, createPixelPool } from 'evos/image';
import { spreadOf } from './support-timing.js';

/** What is measured of one size; milliseconds are medians. */
export interface ScaleRow {
  /** Samples of the pool. */
  readonly n: number;
  /** A step's `next` of EVOS over tiles. */
  readonly selectMs: number;
  /** A step's `next` of uniform draws. */
  readonly uniformMs: number;
  /** Gathering the batch. */
  readonly gatherMs: number;
  /** An evaluation's `next` and `report`. */
  readonly evaluateMs: number;
  /** The samples that an evaluation looks at. */
  readonly evaluated: number;
  /** The process's memory at its peak, in 10⁶ bytes. */
  readonly megabytes: number;
}

/** Samples of a step. */
export const batchSize = 16_384;
const warmUp = 20;
const seed = 1;

/** Bytes without a pattern that would suit a cache, made as fast as memory can be copied. */
function noise(length: number): Uint8Array {
  const random = createRandom(seed);
  const data = new Uint8Array(length);
  let filled = Math.min(length, 1 << 16);
  for (let i = 0; i < filled; i++) data[i] = random.below(256);
  for (; filled < length; filled *= 2) data.copyWithin(filled, 0, Math.min(filled, length - filled));
  return data;
}

function median(repeats: number, call: () => void): number {
  for (let i = 0; i < warmUp; i++) call();
  const times = Array.from({ length: repeats }, () => {
    const start = performance.now();
    call();
    return performance.now() - start;
  });
  return spreadOf(times).median;
}

/** The peak where the system tells, else what is in use now, which only grew. */
function peakBytes(): number {
  try {
    const [, kilobytes] = /VmHWM:\s*(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    if (kilobytes !== undefined) return Number(kilobytes) * 1024;
  } catch {
    // Not Linux.
  }
  return process.memoryUsage().rss;
}

function measure(width: number, height: number, repeats: number): ScaleRow {
  const n = width * height;
  const image = createImage({ width, height, channels: 3 }, noise(3 * n));
  const pool = createPixelPool(image, { storage: 'bytes', range: { min: 0, max: 255 } });
  const steps = 1e6;
  const uniform = createSelector({ strategy: 'uniform', size: n, steps, seed, batchSize });
  const uniformMs = median(repeats, () => void uniform.next());

  const layout = imageTiles({ width, height });
  const common = { strategy: 'evos-tiles', size: n, steps, seed, batchSize, layout } as const;
  // Evaluating hardly ever, to time draws; at every step, to time evaluations.
  const drawing = createSelector({ ...common, interval: steps });
  const first = drawing.next();
  const random = createRandom(seed);
  const errors = Float32Array.from({ length: first.size }, () => random.float());
  drawing.report(first, { errors });
  let batch: Samples = someOf(new Uint32Array(0));
  const selectMs = median(repeats, () => void (batch = drawing.next()));
  const gatherMs = median(repeats, () => void pool.gather(batch));
  const evaluating = createSelector({ ...common, interval: 1 });
  const evaluateMs = median(repeats, () => evaluating.report(evaluating.next(), { errors }));
  if (batch.size !== batchSize) throw new Error(`expected a batch of ${batchSize}, got ${batch.size}`);
  return {
    n,
    selectMs,
    uniformMs,
    gatherMs,
    evaluateMs,
    evaluated: first.size,
    megabytes: peakBytes() / 1e6,
  };
}

if (process.send !== undefined) {
  const [width, height, repeats] = process.argv.slice(2).map(Number);
  process.send(measure(width ?? Number.NaN, height ?? Number.NaN, repeats ?? Number.NaN));
  process.disconnect();
}
