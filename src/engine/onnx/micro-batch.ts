// How a step's batch is cut for its passes, and which size passes should have.
import type { Reply } from './protocol.js';

/** Sizes that a measurement tries: smaller ones are all overhead, larger ones leave the cache. */
const candidates = [1024, 2048, 4096];
/** How much faster than the default a size must be to be chosen. */
const clearGain = 1.08;

/** The sizes worth trying for steps of so many samples; none where there is no choice. */
export function microBatchCandidates(batchSize: number, workers: number): number[] {
  const sizes = candidates.filter((size) => size * workers <= batchSize);
  return sizes.length < 2 ? [] : sizes;
}

/**
 * The size that a measurement is in favour of; undefined where none is clearly faster than the default.
 * @param replies what every worker measured for these sizes, all at once, as they will train: they share caches and
 *   memory
 * @param usual the default
 */
export function fasterMicroBatch(
  sizes: readonly number[],
  replies: readonly Reply[],
  usual: number,
): number | undefined {
  const total = sizes.map((_, i) =>
    replies.reduce((sum, { milliseconds }) => sum + (milliseconds?.[i] ?? 0), 0),
  );
  const best = total.indexOf(Math.min(...total));
  const gain = (total[sizes.indexOf(usual)] ?? Infinity) / (total[best] ?? 1);
  return gain > clearGain ? sizes[best] : undefined;
}

/** Rows of a batch, cut into equal micro-batches and dealt to the workers in runs; some may get none. */
export function cutRanges(size: number, microBatch: number, workers: number): [number, number][][] {
  const perWorker = Math.ceil(Math.ceil(size / microBatch) / workers);
  const parts = Math.min(size, perWorker * workers);
  const shares = Array.from({ length: workers }, (): [number, number][] => []);
  for (let part = 0; part < parts; part++) {
    const worker = Math.floor((part * workers) / parts);
    shares[worker]?.push([Math.floor((part * size) / parts), Math.floor(((part + 1) * size) / parts)]);
  }
  return shares;
}
