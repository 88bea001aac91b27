// The hook into somebody's NeRF trainer: two calls in place of its ray batch. Which rays a step sees is up to a strategy;
// the trainer keeps its model, its loop and its batch sizes. Reports may be late, or missing: they only make choosing
// worse, never wrong.
import { checkFloats, checkInteger, show } from '../../core/check.js';
import { checkFitness, squaredErrors } from '../../core/selectors/fitness.js';
import { ArgumentError, ResumeError, type Snapshot } from '../../core/index.js';
import { colourGradientErrors } from '../../nerf/rays/colour-gradient.js';
import { BatchRoom } from './batch-buffers.js';
import { resolveRayOptions, type RaySamplerOptions, type RaySettings } from './options.js';
import type { RayBatch, RaySource } from '../../nerf/rays/source.js';

/** Rays of a batch at most: more is a mistake, and would not fit into memory. */
const mostRays = 2 ** 26;

/**
 * What a step found, of the state before its update: squared errors, `[n]`, averaged over channels; or the colours
 * rendered, `[n, 3]`, from 0 to 1, from which errors are worked out, and frequency fitness where there are patches.
 * `targets` replaces the batch's own, where the trainer has others (a random background, say, or a source without
 * photographs). Nothing keeps a reference to the arrays.
 */
export type RayFeedback =
  | Float32Array
  | { readonly errors: Float32Array }
  | { readonly predictions: Float32Array; readonly targets?: Float32Array };

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
   * @param of the batch, or its `id`, that this is of; default: the one handed out last. A batch may be reported at any
   *   time, once, as long as fewer than `batches` others have been handed out since; in any order.
   * @returns whether it was of use: `false` when the batch was reported before, or is too old
   * @throws ArgumentError when lengths are wrong, or an error is not finite or negative; nothing is learnt then, and the
   *   report may be repeated
   */
  report(feedback: RayFeedback, of?: { readonly id: number } | number): boolean;
  /** A copy of the whole state. Reports not made by then count as missing after `restore`. */
  snapshot(): Snapshot;
  /** Goes on from a snapshot of a sampler with the same source and settings. @throws ResumeError otherwise, unchanged. */
  restore(snapshot: Snapshot): void;
}

/**
 * Makes a sampler of rays.
 *
 * - `evos`: tiles of pixels are individuals. Their fitness is refreshed by the rays that are trained on anyway, and by
 *   patches that are a tenth of each batch; crossover and mutation as for samples (EVOS, CVPR 2025, Sec. 3.3).
 * - `evos-online`: every tile comes at a rate of its own, higher the larger its error. Not in the paper.
 * - `uniform`: shuffled passes over all rays, or independent draws.
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
 *   const colours = await mine.train(batch.origins, batch.directions, batch.targets);
 *   sampler.report({ predictions: colours });
 * }
 */
export function createRaySampler(source: RaySource, options: RaySamplerOptions): RaySampler {
  return new Sampler(source, resolveRayOptions(source, options));
}

class Sampler implements RaySampler {
  readonly strategy: string;
  readonly size: number;
  readonly #source: RaySource;
  readonly #settings: RaySettings;
  readonly #rooms: readonly BatchRoom[];
  #step = 0;
  #errors = new Float32Array(0);
  #frequency = new Float32Array(0);

  constructor(source: RaySource, settings: RaySettings) {
    this.strategy = settings.selector.strategy;
    this.size = source.size;
    this.#source = source;
    this.#settings = settings;
    this.#rooms = Array.from({ length: settings.batches }, () => new BatchRoom());
  }

  get step(): number {
    return this.#step;
  }

  next(n: number): RayBatch {
    checkInteger('n', n, 1, mostRays, 'the rays of the next step');
    const { selector, batches } = this.#settings;
    const room = this.#rooms[this.#step % batches] as BatchRoom;
    room.open = false;
    room.resize(n);
    selector.draw(room);
    this.#weigh(room);
    this.#source.fill(room.indices, n, room);
    this.#step += 1;
    room.id = this.#step;
    room.open = true;
    const { id, patches, indices, weights, views, rows, columns, origins, directions, targets } = room;
    // An object of its own, so that a batch kept too long still says which it was.
    return { id, size: n, patches, indices, weights, views, rows, columns, origins, directions, targets };
  }

  report(feedback: RayFeedback, of: { readonly id: number } | number = this.#step): boolean {
    if (this.#step === 0)
      throw new ArgumentError('A report came before the first batch: call next(n) first.');
    const id = checkInteger(
      'The id of the batch',
      typeof of === 'object' ? of?.id : of,
      1,
      this.#step,
      'report a batch that `next` handed out',
    );
    const room = this.#rooms[(id - 1) % this.#settings.batches] as BatchRoom;
    if (room.id !== id || !room.open) return false;
    const { errors, frequency } = this.#read(feedback, room);
    this.#settings.selector.learn(room, errors, frequency);
    room.open = false;
    return true;
  }

  snapshot(): Snapshot {
    const { values, arrays } = this.#settings.selector.snapshot();
    return { values: { ...values, step: this.#step }, arrays };
  }

  restore(snapshot: Snapshot): void {
    const { step } = snapshot.values;
    if (typeof step !== 'number' || !Number.isSafeInteger(step) || step < 0) {
      throw new ResumeError(
        `The snapshot of the ray sampler has no count of steps, got ${show(step)}. ` +
          'Was it taken from a ray sampler? Start again, or resume from another checkpoint.',
      );
    }
    this.#settings.selector.restore(snapshot);
    this.#step = step;
    for (const room of this.#rooms) room.open = false;
  }

  #weigh({ indices, inverse, weights }: BatchRoom): void {
    const source = this.#source;
    const { correction } = this.#settings;
    if (correction === 1) weights.set(inverse);
    else if (correction > 0) {
      for (let i = 0; i < weights.length; i++) weights[i] = (inverse[i] as number) ** correction;
    } else if (source.excluded !== undefined) weights.fill(1);
    if (source.excluded === undefined) return;
    for (let i = 0; i < weights.length; i++) {
      if (source.excluded(indices[i] as number)) weights[i] = inverse[i] = 0;
    }
  }

  /** Errors, and frequency fitness where it can be known, checked. */
  #read(feedback: RayFeedback, room: BatchRoom): { errors: Float32Array; frequency?: Float32Array } {
    const { size: n, patches } = room;
    if (feedback instanceof Float32Array) return { errors: checkErrors(feedback, n) };
    if (typeof feedback !== 'object' || feedback === null) throw unknown(feedback);
    if ('errors' in feedback) return { errors: checkErrors(feedback.errors, n) };
    if (!('predictions' in feedback)) throw unknown(feedback);
    const predictions = checkFloats('feedback.predictions', feedback.predictions, 3 * n, colours);
    const targets =
      feedback.targets === undefined
        ? room.targets
        : checkFloats('feedback.targets', feedback.targets, 3 * n, colours);
    if (this.#errors.length !== n) this.#errors = new Float32Array(n);
    squaredErrors(predictions, targets, this.#errors);
    if (patches === 0) return { errors: this.#errors };
    if (this.#frequency.length < patches) this.#frequency = new Float32Array(2 * patches);
    colourGradientErrors(predictions, targets, patches, this.#frequency);
    return { errors: this.#errors, frequency: this.#frequency };
  }
}

const colours = 'three per ray of the batch, [n, 3]';

function checkErrors(errors: unknown, n: number): Float32Array {
  const checked = checkFloats('The errors reported', errors, n, 'one per ray of the batch, [n]');
  checkFitness('The error', checked);
  return checked;
}

function unknown(feedback: unknown): ArgumentError {
  return new ArgumentError(
    `Feedback must be a Float32Array of squared errors, { errors }, or { predictions }, got ${show(feedback)}.`,
  );
}
