// A sampler of rays as the training loop knows selectors and pools. The sampler gathers a batch as it draws it, and it
// draws rays under masks, which must not be trained on: they are left out here, on the way to the trainer and back, so that
// they cost nothing.
import { ArgumentError, InputError } from '../../../core/index.js';
import type {
  Batch,
  Feedback,
  Generation,
  Indices,
  SamplePool,
  Selector,
  Snapshot,
} from '../../../core/index.js';
import { createRaySampler, type RaySampler } from '../../../adapters/rays/index.js';
import { type RayBatch, type RaySource } from '../../../nerf/index.js';
import type { Ramp } from '../../../core/settings.js';
import type { FitSceneSettings } from './settings.js';

/** Draws in a row of which every ray may lie under a mask. */
const mostDraws = 32;

/** The sampler that settings ask for. */
export function sceneSampler(source: RaySource, settings: FitSceneSettings): RaySampler {
  const { strategy, seed, ratio, crossover, tile, evaluationShare } = settings;
  const fixed = (value: Ramp): number => (typeof value === 'number' ? value : value.from);
  const [mutationShare, interval] = [fixed(settings.mutationShare), fixed(settings.interval)];
  // One batch is under way at a time.
  const common = { seed, batches: 1 };
  const tiles = tile > 0 ? { tile } : {};
  switch (strategy) {
    case 'uniform':
      return createRaySampler(source, { strategy, ...common });
    case 'error-map':
      return createRaySampler(source, { strategy, ...common, interval });
    case 'evos-online':
      return createRaySampler(source, { strategy, ...common, ...tiles, mutationShare });
    case 'evos': {
      const evolution = { ratio, mutation: mutationShare, interval, crossover, evaluationShare };
      return createRaySampler(source, { strategy, ...common, ...tiles, ...evolution });
    }
    default:
      throw new ArgumentError(`strategy: got ${strategy}, expected one that chooses rays`);
  }
}

/** A selector and the pool whose `gather` gives what the selector has just drawn. */
export interface RayTraining {
  readonly selector: Selector;
  /**
   * Inputs are origins and directions, `[n, 6]`; targets colours, `[n, 3]`; weights, where they are not all 1, the sampler's
   * importance correction.
   */
  readonly pool: SamplePool;
}

/**
 * Puts a sampler into the training loop. Every generation of a strategy that learns evaluates: the loop then asks the
 * trainer for predictions and hands them to the sampler.
 *
 * @param sampler new, or to be restored through the selector
 * @param rays in each step, asked for it as it begins, unless `next` is told otherwise; those under masks are left out, so that steps may have fewer
 * @throws InputError from `next` when masks lie over everything that is drawn
 */
export function rayTraining(sampler: RaySampler, rays: () => number): RayTraining {
  const drawn = new DrawnRays(sampler, rays);
  return { selector: drawn, pool: drawn.pool };
}

class DrawnRays implements Selector {
  readonly strategy: string;
  readonly size: number;
  readonly pool: SamplePool;
  readonly #sampler: RaySampler;
  readonly #rays: () => number;
  /** Whether errors are of use to the strategy. */
  readonly #learns: boolean;
  #step = 0;
  #batch: RayBatch | undefined;
  /** The places in the batch of the rays that are trained on; undefined where that is all of them. */
  #kept: Uint32Array | undefined;
  #indices: Uint32Array = new Uint32Array(0);
  #inputs = new Float32Array(0);
  #targets = new Float32Array(0);
  #weights = new Float32Array(0);
  #predictions = new Float32Array(0);

  constructor(sampler: RaySampler, rays: () => number) {
    this.strategy = sampler.strategy;
    this.size = sampler.size;
    this.#sampler = sampler;
    this.#rays = rays;
    this.#learns = sampler.strategy !== 'uniform';
    this.pool = {
      size: sampler.size,
      inputDim: 6,
      targetDim: 3,
      gather: (indices) => this.#gather(indices),
    };
  }

  get step(): number {
    return this.#step;
  }

  next(options?: { readonly batchSize?: number }): Generation {
    const n = options?.batchSize ?? this.#rays();
    const batch = this.#draw(n);
    this.#step += 1;
    return {
      step: this.#step,
      indices: this.#indices,
      count: this.#indices.length,
      ratio: Math.min(1, batch.size / this.size),
      evaluates: this.#learns,
      crossFrequency: false,
    };
  }

  report(generation: Generation, feedback?: Feedback): void {
    const batch = this.#batch;
    if (!this.#learns || feedback === undefined) return;
    if (batch === undefined || generation.step !== this.#step) {
      throw new ArgumentError(
        `The report is of step ${generation.step}, but step ${this.#step} is the last one: report it before the next.`,
      );
    }
    if ('predictions' in feedback) {
      this.#sampler.report({ predictions: this.#whole(feedback.predictions, 3, batch.targets) }, batch);
    } else this.#sampler.report({ errors: this.#whole(feedback.errors, 1) }, batch);
  }

  snapshot(): Snapshot {
    const { values, arrays } = this.#sampler.snapshot();
    // Draws that masks took whole count for the sampler alone.
    return { values: { ...values, generations: this.#step }, arrays };
  }

  restore(snapshot: Snapshot): void {
    this.#sampler.restore(snapshot);
    this.#step = Number(snapshot.values['generations'] ?? snapshot.values['step']);
    this.#batch = undefined;
  }

  /** Draws until there is a ray to train on. */
  #draw(n: number): RayBatch {
    for (let draw = 0; draw < mostDraws; draw++) {
      const batch = this.#sampler.next(n);
      this.#batch = batch;
      this.#kept = keptOf(batch.weights);
      this.#indices = this.#kept === undefined ? batch.indices : this.#kept.map((i) => batch.indices[i]!);
      if (this.#indices.length > 0) return batch;
    }
    throw new InputError(
      `got nothing but masked pixels in ${mostDraws} draws of ${n} rays; expected photographs that masks leave ` +
        'something of; look at the masks (black or white may be meant the other way round)',
    );
  }

  /** Origins and directions side by side, once. */
  #gather(indices: Indices): Batch {
    const batch = this.#batch;
    if (batch === undefined || indices !== this.#indices) {
      throw new ArgumentError(
        'A pool of rays gives what its selector has just drawn, and nothing else: gather the indices of the last generation.',
      );
    }
    const kept = this.#kept;
    const { origins, directions } = batch;
    const size = indices.length;
    if (this.#inputs.length !== 6 * size) this.#inputs = new Float32Array(6 * size);
    const inputs = this.#inputs;
    for (let i = 0; i < size; i++) {
      const from = 3 * (kept === undefined ? i : kept[i]!);
      for (let axis = 0; axis < 3; axis++) {
        inputs[6 * i + axis] = origins[from + axis]!;
        inputs[6 * i + 3 + axis] = directions[from + axis]!;
      }
    }
    const weights = this.#keptWeights(batch);
    const known = { indices, size, inputs, targets: this.#keptTargets(batch) };
    return weights === undefined ? known : { ...known, weights };
  }

  /**
   * Undefined where all are 1. A sampler's weights are those of a mean over all rays that it drew, masked ones among them;
   * the trainer takes the mean over those that are left.
   */
  #keptWeights({ weights, size }: RayBatch): Float32Array | undefined {
    if (weights.every((weight) => weight === 1 || weight === 0)) return undefined;
    const kept = this.#kept;
    if (kept === undefined) return weights;
    if (this.#weights.length !== kept.length) this.#weights = new Float32Array(kept.length);
    for (let i = 0; i < kept.length; i++) this.#weights[i] = (weights[kept[i]!]! * kept.length) / size;
    return this.#weights;
  }

  #keptTargets({ targets }: RayBatch): Float32Array {
    const kept = this.#kept;
    if (kept === undefined) return targets;
    if (this.#targets.length !== 3 * kept.length) this.#targets = new Float32Array(3 * kept.length);
    for (let i = 0; i < kept.length; i++) {
      for (let c = 0; c < 3; c++) this.#targets[3 * i + c] = targets[3 * kept[i]! + c]!;
    }
    return this.#targets;
  }

  /** What was found of the rays trained on, in the places of the whole batch; the others have no error. */
  #whole(found: Float32Array, width: number, others?: Float32Array): Float32Array {
    const kept = this.#kept;
    if (kept === undefined) return found;
    if (found.length !== width * kept.length) {
      throw new ArgumentError(
        `The report has ${found.length} numbers, expected ${width} for each of ${kept.length} rays.`,
      );
    }
    const length = width * (this.#batch?.size ?? 0);
    if (this.#predictions.length !== length) this.#predictions = new Float32Array(length);
    if (others === undefined) this.#predictions.fill(0);
    else this.#predictions.set(others);
    for (let i = 0; i < kept.length; i++) {
      for (let c = 0; c < width; c++) this.#predictions[width * kept[i]! + c] = found[width * i + c]!;
    }
    return this.#predictions;
  }
}

/** The places of weights other than 0; undefined where that is all of them. */
function keptOf(weights: Float32Array): Uint32Array | undefined {
  if (!weights.includes(0)) return undefined;
  return Uint32Array.from({ length: weights.length }, (_, i) => i).filter((i) => weights[i] !== 0);
}
