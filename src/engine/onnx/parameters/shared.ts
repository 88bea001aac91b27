// Where the weights, Adam's moments and the workers' gradients lie: one memory that every thread sees, because the
// update reads all gradients and writes the weights in a single pass, each worker on a stretch of its own.
import { EvosError } from '../../../core/errors.js';
import type { UpdateScalars } from '../../training/state.js';
import { createSharedMemory, loadKernel, type AdamExports, type KernelMemory } from '../kernels/load.js';

/** What a thread needs to see the parameters. */
export interface SharedParametersSetup {
  /** Shared. */
  readonly memory: KernelMemory;
  /** Numbers in all parameters together. */
  readonly count: number;
  readonly workers: number;
  /** Bytes that each worker has to itself, behind everything else: a multiple of 64. */
  readonly scratch: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/** Where a worker finds things in the memory: bytes from its beginning. */
export interface ParameterPlaces {
  readonly values: number;
  /** This worker's gradient. */
  readonly gradient: number;
  readonly scratch: number;
}

/** The places of one worker. */
export function placesOf(
  { count, workers, scratch }: SharedParametersSetup,
  worker: number,
): ParameterPlaces {
  const stride = strideOf(count);
  return {
    values: 0,
    gradient: (3 + worker) * stride,
    scratch: (3 + workers) * stride + worker * scratch,
  };
}

/** Makes the memory; everything in it is zero. */
export function allocateParameters(
  count: number,
  workers: number,
  adam: { readonly beta1: number; readonly beta2: number; readonly epsilon: number },
  scratch = 0,
): SharedParametersSetup {
  const memory = createSharedMemory(strideOf(count) * (3 + workers) + scratch * workers);
  const { beta1, beta2, epsilon } = adam;
  return { memory, count, workers, scratch, beta1, beta2, epsilon };
}

/** Bytes of one array, whole cache lines. */
const strideOf = (count: number): number => Math.ceil(count / 16) * 64;

/** The parameters as one thread sees them. Each array is [count], in the model's order. */
export class SharedParameters {
  readonly values: Float32Array;
  readonly m: Float32Array;
  readonly v: Float32Array;
  readonly #setup: SharedParametersSetup;
  #kernel: AdamExports | undefined;

  constructor(setup: SharedParametersSetup) {
    this.#setup = setup;
    this.values = this.#array(0);
    this.m = this.#array(1);
    this.v = this.#array(2);
  }

  /** A worker's gradient. */
  gradient(worker: number): Float32Array {
    return this.#array(3 + worker);
  }

  /**
   * Adam's step on one of `parts` equal stretches, from the sum of the first `parts` workers' gradients in their order:
   * floating-point sums depend on it. The gradients are 0 there afterwards.
   */
  update(part: number, parts: number, { stepSize, sqrtBiasCorrection2 }: UpdateScalars): void {
    const { count, beta1, beta2, epsilon } = this.#setup;
    const stride = strideOf(count);
    const share = Math.ceil(stride / 64 / parts) * 64;
    const from = Math.min(stride, part * share);
    const to = Math.min(stride, from + share);
    this.#kernel ??= loadKernel('adam', this.#setup.memory);
    this.#kernel.adam(
      ...([0, stride, 2 * stride, 3 * stride, stride, parts, from, to] as const),
      ...([stepSize, sqrtBiasCorrection2, beta1, 1 - beta1, beta2, 1 - beta2, epsilon] as const),
    );
  }

  /**
   * All workers' gradients are added up, and set back to 0, and the weights updated when this returns on all of them. Each has a stretch of its
   * own, for which they wait for one another; where there is little to update, the last one does it, and nobody waits.
   */
  finish(barrier: Barrier, part: number, parts: number, scalars: UpdateScalars): void {
    if (this.#setup.count > fewParameters) {
      barrier.wait(parts);
      this.update(part, parts, scalars);
    } else if (barrier.arrive(parts)) {
      for (let each = 0; each < parts; each++) this.update(each, parts, scalars);
    }
  }

  #array(index: number): Float32Array {
    const { memory, count } = this.#setup;
    return new Float32Array(memory.buffer, index * strideOf(count), count);
  }
}

/** So many are updated in the time that it takes to wake a thread. */
const fewParameters = 32_768;

/** What a worker says that was sent away from the barrier: true, but never the cause. */
export const anotherFailed = 'another training worker failed';

/** Slots of the barrier's memory. */
const [arrived, round, failed] = [0, 1, 2];

/** Where workers wait for one another inside a step; [3] int32, shared. */
export class Barrier {
  readonly #state: Int32Array;

  constructor(memory: SharedArrayBuffer) {
    this.#state = new Int32Array(memory);
  }

  /** Memory for a barrier. */
  static allocate(): SharedArrayBuffer {
    return new SharedArrayBuffer(12);
  }

  /** Counts a worker in. @returns whether it is the last of `parts` */
  arrive(parts: number): boolean {
    const last = Atomics.add(this.#state, arrived, 1) + 1 === parts;
    if (last) Atomics.store(this.#state, arrived, 0);
    return last;
  }

  /**
   * Blocks until `parts` workers are here. Not for the main thread.
   * @throws EvosError when one of them has failed instead
   */
  wait(parts: number): void {
    const state = this.#state;
    const current = Atomics.load(state, round);
    if (this.arrive(parts)) {
      Atomics.add(state, round, 1);
      Atomics.notify(state, round);
    }
    // A failure counts the round up too, so nobody sleeps through it.
    while (Atomics.load(state, round) === current && Atomics.load(state, failed) === 0) {
      Atomics.wait(state, round, current);
    }
    if (Atomics.load(state, failed) === 1) throw new EvosError('internal', anotherFailed);
  }

  /** Sends those who wait away with an error: whoever fails, or sees a thread end, calls it. */
  fail(): void {
    Atomics.store(this.#state, failed, 1);
    Atomics.add(this.#state, round, 1);
    Atomics.notify(this.#state, round);
  }

  /** Ready for the next step; nobody may be waiting. */
  reset(): void {
    Atomics.store(this.#state, arrived, 0);
    Atomics.store(this.#state, failed, 0);
  }
}
