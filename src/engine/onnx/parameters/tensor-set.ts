// A tensor for each parameter of a model: what a graph reads or writes as the weights, a moment or the gradient.
import * as ort from 'onnxruntime-node';
import type { ParameterSlot } from './layout.js';
import type { Feeds } from '../tensors.js';

/** Tensors by the names of what they hold. */
export class TensorSet {
  readonly #tensors: readonly (readonly [name: string, tensor: ort.Tensor])[];

  constructor(tensors: readonly (readonly [name: string, tensor: ort.Tensor])[]) {
    this.#tensors = tensors;
  }

  /** Adds every tensor to a session's feeds or fetches, with a prefix to its name. */
  addTo(target: Feeds, prefix = ''): void {
    for (const [name, tensor] of this.#tensors) target[prefix + name] = tensor;
  }

  /** Frees what lies on a device. */
  dispose(): void {
    for (const [, tensor] of this.#tensors) tensor.dispose();
  }
}

/** A flat array on the CPU and views of it: of parameters that follow one another, not always from the first. */
export class FlatTensors extends TensorSet {
  readonly flat: Float32Array;

  constructor(slots: readonly ParameterSlot[]) {
    const flat = new Float32Array(slots.reduce((sum, { count }) => sum + count, 0));
    const first = slots[0]?.offset ?? 0;
    super(
      slots.map(({ name, shape, offset, count }) => [
        name,
        new ort.Tensor('float32', flat.subarray(offset - first, offset - first + count), shape),
      ]),
    );
    this.flat = flat;
  }
}

/** Two sides that change places: what a graph writes lies apart from what it reads. */
export class Pair<Side extends TensorSet> {
  #current: Side;
  #next: Side;

  constructor(current: Side, next: Side) {
    this.#current = current;
    this.#next = next;
  }

  get current(): Side {
    return this.#current;
  }

  get next(): Side {
    return this.#next;
  }

  turn(): void {
    [this.#current, this.#next] = [this.#next, this.#current];
  }

  /** Frees what lies on a device. */
  dispose(): void {
    this.#current.dispose();
    this.#next.dispose();
  }
}
