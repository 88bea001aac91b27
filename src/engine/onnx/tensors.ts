// Tensors over memory that lives as long as the worker: made once per batch length, filled again and again.
import * as ort from 'onnxruntime-node';
import { perArray, widthOf, type PerArray } from './batch-arrays.js';

/** Named tensors, as a session takes and gives them. */
export type Feeds = Record<string, ort.Tensor>;

/** Numbers that sessions read and write. */
export type Floats = ort.TypedTensor<'float32'>;

/** A float32 scalar tensor. */
export function scalar(value: number): Floats {
  return new ort.Tensor('float32', Float32Array.of(value), []);
}

/** The tensors of one micro-batch length, `[n, width]`. */
export interface BatchTensors extends PerArray<Floats> {
  /** int32 `[n]` */
  readonly indices: ort.TypedTensor<'int32'>;
}

/** Views of growing buffers, one set per batch length in use. */
export class TensorPool {
  readonly #widths: PerArray<number>;
  #capacity = 0;
  #floats = perArray(() => new Float32Array());
  #indices = new Int32Array();
  readonly #sets = new Map<number, BatchTensors>();

  constructor(dims: { readonly inputDim: number; readonly outputDim: number }) {
    this.#widths = perArray((name) => widthOf(name, dims));
  }

  /** Tensors for `count` samples; the same memory for every length, so one set is in use at a time. */
  take(count: number): BatchTensors {
    const widths = this.#widths;
    if (count > this.#capacity) {
      this.#capacity = Math.max(count, Math.ceil(this.#capacity * 1.5));
      this.#floats = perArray((name) => new Float32Array(this.#capacity * widths[name]));
      this.#indices = new Int32Array(this.#capacity);
      this.#sets.clear();
    }
    let set = this.#sets.get(count);
    if (set === undefined) {
      // Tiles come in many lengths; views are small, but an unbounded map is a leak.
      if (this.#sets.size >= 64) this.#sets.clear();
      const floats = perArray((name) => {
        const width = widths[name];
        return new ort.Tensor('float32', this.#floats[name].subarray(0, count * width), [count, width]);
      });
      set = { ...floats, indices: new ort.Tensor('int32', this.#indices.subarray(0, count), [count]) };
      this.#sets.set(count, set);
    }
    return set;
  }
}
