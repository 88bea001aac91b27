// One worker's own weights and gradient, where ONNX Runtime can reach them: it takes no tensors over shared memory.
// What a graph writes lies apart from what it reads; after a run the two change places. Tensors are views made once.
import * as ort from 'onnxruntime-node';
import type { ParameterSlot } from './layout.js';
import { prefixes, type WorkerSetup } from './protocol.js';
import type { Feeds } from './tensors.js';
import { Barrier, SharedParameters, type UpdateScalars } from './shared-parameters.js';

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

/** What a step's passes do with the parameters. */
export interface ParameterStore {
  /** Before a job: the weights everybody shares. */
  load(): void;
  clearGradient(): void;
  feedWeights(feeds: Feeds): void;
  /** Adds what a pass reads and writes beside its samples; `update` on the last pass of a graph that updates. */
  feedPass(feeds: Feeds, fetches: Feeds, update: UpdateScalars | undefined): void;
  /** After a pass. */
  turn(updated: boolean): void;
  /** After the last pass: the update is everybody's when this returns on all workers. */
  finish(part: number, parts: number, update: UpdateScalars): void;
  /** Brings moments that live on a device to where all threads see them. */
  publish(): void;
  /** Takes weights and moments over from there. */
  restore(): void;
}

/** On the CPU: the update is a kernel over shared memory, shared out among the workers. */
export class CpuParameters implements ParameterStore {
  readonly #shared: SharedParameters;
  readonly #barrier: Barrier;
  readonly #published: Float32Array;
  readonly #weights: FlatTensors;
  readonly #gradient: Pair;

  constructor({ slots, shared, barrier, index }: WorkerSetup) {
    this.#shared = new SharedParameters(shared);
    this.#barrier = new Barrier(barrier);
    this.#published = this.#shared.gradient(index);
    this.#weights = new FlatTensors(slots, shared.count);
    this.#gradient = new Pair(slots, shared.count);
  }

  load(): void {
    this.#weights.flat.set(this.#shared.values);
  }

  clearGradient(): void {
    this.#gradient.current.flat.fill(0);
  }

  feedWeights(feeds: Feeds): void {
    this.#weights.addTo(feeds);
  }

  feedPass(feeds: Feeds, fetches: Feeds): void {
    this.#weights.addTo(feeds);
    this.#gradient.current.addTo(feeds, prefixes.accumulated);
    this.#gradient.next.addTo(fetches, prefixes.gradient);
  }

  turn(): void {
    this.#gradient.turn();
  }

  finish(part: number, parts: number, update: UpdateScalars): void {
    this.#published.set(this.#gradient.current.flat);
    this.#barrier.wait(parts);
    this.#shared.update(part, parts, update);
  }

  publish(): void {
    // Nothing lives elsewhere.
  }

  restore(): void {
    // `load` comes before every job.
  }
}

/** On another device, with a single worker: the last pass of a step updates in the same graph. */
export class DeviceParameters implements ParameterStore {
  readonly #shared: SharedParameters;
  readonly #weights: Pair;
  readonly #m: Pair;
  readonly #v: Pair;
  readonly #gradient: Pair;

  constructor({ slots, shared }: WorkerSetup) {
    const pair = (): Pair => new Pair(slots, shared.count);
    this.#shared = new SharedParameters(shared);
    this.#weights = pair();
    this.#m = pair();
    this.#v = pair();
    this.#gradient = pair();
  }

  load(): void {
    this.#weights.current.flat.set(this.#shared.values);
  }

  clearGradient(): void {
    this.#gradient.current.flat.fill(0);
  }

  feedWeights(feeds: Feeds): void {
    this.#weights.current.addTo(feeds);
  }

  feedPass(feeds: Feeds, fetches: Feeds, update: UpdateScalars | undefined): void {
    this.#weights.current.addTo(feeds);
    this.#gradient.current.addTo(feeds, prefixes.accumulated);
    if (update === undefined) {
      this.#gradient.next.addTo(fetches, prefixes.gradient);
      return;
    }
    this.#m.current.addTo(feeds, prefixes.m);
    this.#v.current.addTo(feeds, prefixes.v);
    this.#weights.next.addTo(fetches, prefixes.next);
    this.#m.next.addTo(fetches, prefixes.next + prefixes.m);
    this.#v.next.addTo(fetches, prefixes.next + prefixes.v);
  }

  turn(updated: boolean): void {
    if (!updated) {
      this.#gradient.turn();
      return;
    }
    this.#weights.turn();
    this.#m.turn();
    this.#v.turn();
  }

  finish(): void {
    this.#shared.values.set(this.#weights.current.flat);
  }

  publish(): void {
    this.#shared.m.set(this.#m.current.flat);
    this.#shared.v.set(this.#v.current.flat);
  }

  restore(): void {
    this.#m.current.flat.set(this.#shared.m);
    this.#v.current.flat.set(this.#shared.v);
  }
}
