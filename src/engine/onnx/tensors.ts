// Tensors over memory that lives as long as the worker: made once per batch length, filled again and again.
import * as ort from 'onnxruntime-node';
import { each } from '../training/each.js';

/** Named tensors, as a session takes and gives them. */
export type Feeds = Record<string, ort.Tensor>;

/** Numbers that sessions read and write. */
export type Floats = ort.TypedTensor<'float32'>;

/** A float32 scalar tensor. */
export function scalar(value: number): Floats {
  return new ort.Tensor('float32', Float32Array.of(value), []);
}

/** The tensors of one length, `[n, width]`. */
export type TensorsOf<Name extends string> = Readonly<Record<Name, Floats>> & {
  /** int32 `[n]` */
  readonly indices: ort.TypedTensor<'int32'>;
};

/** Views of growing buffers, one set per length in use. */
export class TensorPool<Name extends string> {
  readonly #names: readonly Name[];
  readonly #widths: Readonly<Record<Name, number>>;
  readonly #sets = new Map<number, TensorsOf<Name>>();
  #capacity = 0;
  #floats: Readonly<Record<Name, Float32Array>>;
  #indices = new Int32Array();

  /** @param widths numbers of one sample by name */
  constructor(widths: Readonly<Record<Name, number>>) {
    this.#names = Object.keys(widths) as Name[];
    this.#widths = widths;
    this.#floats = each(this.#names, () => new Float32Array());
  }

  /** Tensors for `count` samples; the same memory for every length, so one set is in use at a time. */
  take(count: number): TensorsOf<Name> {
    const widths = this.#widths;
    if (count > this.#capacity) {
      this.#capacity = Math.max(count, Math.ceil(this.#capacity * 1.5));
      this.#floats = each(this.#names, (name) => new Float32Array(this.#capacity * widths[name]));
      this.#indices = new Int32Array(this.#capacity);
      this.#sets.clear();
    }
    let set = this.#sets.get(count);
    if (set === undefined) {
      // Tiles come in many lengths; views are small, but an unbounded map is a leak.
      if (this.#sets.size >= 64) this.#sets.clear();
      const floats = each(this.#names, (name): Floats => {
        const values = this.#floats[name].subarray(0, count * widths[name]);
        return new ort.Tensor('float32', values, [count, widths[name]]);
      });
      set = { ...floats, indices: new ort.Tensor('int32', this.#indices.subarray(0, count), [count]) };
      this.#sets.set(count, set);
    }
    return set;
  }
}
