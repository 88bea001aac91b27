// One worker's weights, moments and gradient. Each exists twice, so that a graph never writes where it reads;
// after a run the two sides change places. Tensors are views made once.
import * as ort from 'onnxruntime-node';
import { prefixes, type WorkerSetup } from './protocol.js';
import type { ParameterSlot } from './layout.js';
import type { Feeds } from './sessions.js';

/** A flat array and a tensor view of each parameter in it. */
class FlatTensors {
  readonly flat: Float32Array;
  readonly #tensors: readonly (readonly [string, ort.Tensor])[];

  constructor(slots: readonly ParameterSlot[], total: number) {
    this.flat = new Float32Array(total);
    this.#tensors = slots.map(({ name, shape, offset, count }) => [
      name,
      new ort.Tensor('float32', this.flat.subarray(offset, offset + count), shape),
    ]);
  }

  /** Adds every view to a session's feeds or fetches, with a prefix to its name. */
  addTo(target: Feeds, prefix = ''): void {
    for (const [name, tensor] of this.#tensors) target[prefix + name] = tensor;
  }
}

/** Two sides that change places. */
class Pair {
  #current: FlatTensors;
  #next: FlatTensors;

  constructor(slots: readonly ParameterSlot[], total: number) {
    this.#current = new FlatTensors(slots, total);
    this.#next = new FlatTensors(slots, total);
  }

  get current(): FlatTensors {
    return this.#current;
  }

  get next(): FlatTensors {
    return this.#next;
  }

  turn(): void {
    [this.#current, this.#next] = [this.#next, this.#current];
  }
}

/** Weights, moments and gradient of one worker thread. */
export class ParameterStore {
  readonly #shared: Float32Array;
  readonly #parameters: Pair;
  readonly #m: Pair;
  readonly #v: Pair;
  readonly #gradient: Pair;

  constructor(setup: WorkerSetup) {
    this.#shared = new Float32Array(setup.parameters);
    this.#parameters = new Pair(setup.slots, setup.parameterCount);
    this.#m = new Pair(setup.slots, setup.parameterCount);
    this.#v = new Pair(setup.slots, setup.parameterCount);
    this.#gradient = new Pair(setup.slots, setup.parameterCount);
  }

  /** First moments. */
  get m(): Float32Array {
    return this.#m.current.flat;
  }

  /** Second moments. */
  get v(): Float32Array {
    return this.#v.current.flat;
  }

  /** The gradient accumulated so far. */
  get gradient(): Float32Array {
    return this.#gradient.current.flat;
  }

  /** Takes over the weights that all workers share. */
  load(): void {
    this.#parameters.current.flat.set(this.#shared);
  }

  /** Makes this worker's weights everybody's. */
  publish(): void {
    this.#shared.set(this.#parameters.current.flat);
  }

  clearGradient(): void {
    this.#gradient.current.flat.fill(0);
  }

  /** Adds up the workers' gradients in the order of the list: floating-point sums depend on it. */
  sumGradients(gradients: readonly SharedArrayBuffer[]): void {
    const sum = this.#gradient.current.flat;
    gradients.forEach((shared, index) => {
      const part = new Float32Array(shared);
      if (index === 0) sum.set(part);
      else for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) + (part[i] ?? 0);
    });
  }

  feedParameters(feeds: Feeds): void {
    this.#parameters.current.addTo(feeds);
  }

  feedAccumulated(feeds: Feeds): void {
    this.#gradient.current.addTo(feeds, prefixes.accumulated);
  }

  feedMoments(feeds: Feeds): void {
    this.#m.current.addTo(feeds, prefixes.m);
    this.#v.current.addTo(feeds, prefixes.v);
  }

  fetchGradient(fetches: Feeds): void {
    this.#gradient.next.addTo(fetches, prefixes.gradient);
  }

  fetchUpdate(fetches: Feeds): void {
    this.#parameters.next.addTo(fetches, prefixes.next);
    this.#m.next.addTo(fetches, prefixes.next + prefixes.m);
    this.#v.next.addTo(fetches, prefixes.next + prefixes.v);
  }

  turnGradient(): void {
    this.#gradient.turn();
  }

  turnParameters(): void {
    this.#parameters.turn();
    this.#m.turn();
    this.#v.turn();
  }
}
