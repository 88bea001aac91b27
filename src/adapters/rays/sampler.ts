// The hook into somebody's NeRF trainer: two calls in place of its ray batch. Which rays a step sees is up to a strategy;
// the trainer keeps its model, its loop and its batch sizes. Reports may be late, or missing: they only make choosing
// worse, never wrong.
import { checkInteger } from '../../core/check.js';
import { ArgumentError } from '../../core/errors.js';
import type { Feedback, OthersName, Selector, Snapshot } from '../../core/index.js';
import type { RayBatch, RaySource } from '../../nerf/rays/source.js';
import { BatchBuffers } from './batch-buffers.js';
import { createRaySelector, type CommonRayOptions, type RaySamplerOptions } from './options.js';

/** Rays of a batch at most: more is a mistake, and would not fit into memory. */
const mostRays = 2 ** 26;

/**
 * What a step found, of the state before its update: squared errors, `[n]`, averaged over channels; or the colours
 * rendered, `predictions`, `[n, 3]`, from 0 to 1, from which errors are worked out, and frequency fitness where there are
 * patches. `targets` replaces the batch's own, where the trainer has others (a random background, say, or a source without
 * photographs). Nothing keeps a reference to the arrays.
 */
export type RayFeedback = Feedback | Float32Array;

/** Chooses the rays of each step. */
export interface RaySampler {
  /** The name of the strategy. */
  readonly strategy: string;
  /** How many rays there are to choose from. */
  readonly size: number;
  /** How many batches have been handed out. */
  readonly step: number;
  /**
   * The rays of the next step.
   *
   * The arrays are exactly n long, belong to the sampler, and are written again `batches` calls later: a tensor made over
   * them without copying must be done with by then. Memory is allocated only when n grows.
   * @param n from 1; may be another at every call
   * @throws ArgumentError when n is no number of rays; what the source's `fill` throws comes through
   */
  next(n: number): RayBatch;
  /**
   * Tells what a step found.
   *
   * @param batch the batch that this is of, or another object with its `id`. A batch may be reported at any time, once, as
   *   long as fewer than `batches` others have been handed out since; in any order.
   * @returns whether it was of use: `false` when the batch was reported before or is too old, or the strategy learns nothing
   * @throws ArgumentError when lengths are wrong, or an error is not finite or negative; nothing is learnt then, and the
   *   report may be repeated
   */
  report(batch: { readonly id: number }, feedback: RayFeedback): boolean;
  /** A copy of the whole state. Reports not made by then count as missing after `restore`. */
  snapshot(): Snapshot;
  /** Goes on from a snapshot of a sampler with the same source and settings. @throws ResumeError otherwise, unchanged. */
  restore(snapshot: Snapshot): void;
}

/**
 * Makes a sampler of rays. Takes any strategy that is registered and can do with what rays have, views and tiles:
 *
 * - `evos`: tiles of pixels are individuals. Their fitness is refreshed by the rays that are trained on anyway, and by
 *   patches that are a tenth of each batch; crossover and mutation as for samples (EVOS, CVPR 2025, Sec. 3.3).
 * - `evos-online`: every tile comes at a rate of its own, higher the larger its error. Not in the paper.
 * - `uniform`: shuffled passes over all rays, or a share drawn afresh.
 * - `error-map`: instant-ngp's.
 *
 * Choosing costs O(n), whatever the size of the pool; memory is some 50 bytes for each of up to about 65,536 tiles, more if
 * tiles are made smaller.
 *
 * @throws ArgumentError naming the setting that is unknown or out of range, or what is wrong with the source
 * @example
 * const sampler = createRaySampler(rays, { strategy: 'evos', seed: 1 });
 * for (let step = 0; step < 5000; step++) {
 *   const batch = sampler.next(4096);
 *   const { origins, directions, targets, weights } = batch;
 *   const predictions = await mine.train(origins, directions, targets, weights);
 *   sampler.report(batch, { predictions });
 * }
 */
export function createRaySampler(source: RaySource, options: RaySamplerOptions): RaySampler;
export function createRaySampler<const Name extends string>(
  source: RaySource,
  options: OthersName<Name> & RaySamplerOptions<string>,
): RaySampler;
export function createRaySampler(
  source: RaySource,
  options: CommonRayOptions & { readonly strategy: string },
): RaySampler {
  const { selector, batches } = createRaySelector(source, options);
  return new Sampler(source, selector, batches);
}

class Sampler implements RaySampler {
  readonly #source: RaySource;
  readonly #selector: Selector;
  readonly #buffers: readonly BatchBuffers[];
  /** The batch handed out last. */
  #last = 0;

  constructor(source: RaySource, selector: Selector, batches: number) {
    this.#source = source;
    this.#selector = selector;
    this.#buffers = Array.from({ length: batches }, () => new BatchBuffers());
  }

  get strategy(): string {
    return this.#selector.strategy;
  }

  get size(): number {
    return this.#selector.size;
  }

  get step(): number {
    return this.#selector.step;
  }

  next(n: number): RayBatch {
    checkInteger('n', n, 1, mostRays, 'the rays of the next step');
    const selection = this.#selector.next({ batchSize: n });
    const { id, size, patches = 0 } = selection;
    const buffers = this.#buffersOf(id);
    this.#last = id;
    buffers.id = 0;
    buffers.resize(size);
    buffers.indices.set(selection.indices);
    if (selection.weights === undefined) buffers.weights.fill(1);
    else buffers.weights.set(selection.weights);
    this.#source.fill(buffers.indices, size, buffers);
    buffers.id = id;
    const { indices, weights, views, rows, columns, origins, directions, targets } = buffers;
    // An object of its own, so that a batch kept too long still says which it was.
    return { id, size, patches, indices, weights, views, rows, columns, origins, directions, targets };
  }

  report(batch: { readonly id: number }, feedback: RayFeedback): boolean {
    if (this.#last === 0) {
      throw new ArgumentError('A report came before the first batch: call next(n) first.');
    }
    const hint = 'report a batch that `next` handed out';
    const id = checkInteger('The id of the batch', batch.id, 1, this.#last, hint);
    const buffers = this.#buffersOf(id);
    if (buffers.id !== id) return false;
    const compares =
      !(feedback instanceof Float32Array) &&
      feedback?.predictions !== undefined &&
      feedback.targets === undefined;
    return this.#selector.report(batch, compares ? { ...feedback, targets: buffers.targets } : feedback);
  }

  snapshot(): Snapshot {
    const { values, arrays } = this.#selector.snapshot();
    return { values: { ...values, batches: this.#last }, arrays };
  }

  restore(snapshot: Snapshot): void {
    this.#selector.restore(snapshot);
    this.#last = Number(snapshot.values['batches'] ?? 0);
    for (const buffers of this.#buffers) buffers.id = 0;
  }

  #buffersOf(id: number): BatchBuffers {
    // There are as many as the selector keeps selections open, at least one.
    return this.#buffers[id % this.#buffers.length] as BatchBuffers;
  }
}
