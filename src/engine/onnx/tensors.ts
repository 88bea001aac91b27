// Tensors over memory that lives as long as the worker: made once per batch length, filled again and again.
import * as ort from 'onnxruntime-node';

/** Named tensors, as a session takes and gives them. */
export type Feeds = Record<string, ort.Tensor>;

/** A float32 scalar tensor. */
export function scalar(value: number): ort.TypedTensor<'float32'> {
  return new ort.Tensor('float32', Float32Array.of(value), []);
}

/** The tensors of one micro-batch length. */
export interface BatchTensors {
  readonly inputs: Float32Array;
  readonly inputTensor: ort.Tensor;
  readonly targets: Float32Array;
  readonly targetTensor: ort.Tensor;
  readonly predictionTensor: ort.Tensor;
  readonly indices: Int32Array;
  readonly indexTensor: ort.Tensor;
}

/** Views of growing buffers, one set per batch length in use. */
export class TensorPool {
  readonly #inputDim: number;
  readonly #outputDim: number;
  #capacity = 0;
  #inputs = new Float32Array();
  #targets = new Float32Array();
  #predictions = new Float32Array();
  #indices = new Int32Array();
  readonly #sets = new Map<number, BatchTensors>();

  constructor(inputDim: number, outputDim: number) {
    this.#inputDim = inputDim;
    this.#outputDim = outputDim;
  }

  /** Tensors for `count` samples; the same memory for every length, so one set is in use at a time. */
  take(count: number): BatchTensors {
    if (count > this.#capacity) {
      this.#capacity = Math.max(count, Math.ceil(this.#capacity * 1.5));
      this.#inputs = new Float32Array(this.#capacity * this.#inputDim);
      this.#targets = new Float32Array(this.#capacity * this.#outputDim);
      this.#predictions = new Float32Array(this.#capacity * this.#outputDim);
      this.#indices = new Int32Array(this.#capacity);
      this.#sets.clear();
    }
    let set = this.#sets.get(count);
    if (set === undefined) {
      // Tiles come in many lengths; views are small, but an unbounded map is a leak.
      if (this.#sets.size >= 64) this.#sets.clear();
      const inputs = this.#inputs.subarray(0, count * this.#inputDim);
      const targets = this.#targets.subarray(0, count * this.#outputDim);
      const predictions = this.#predictions.subarray(0, count * this.#outputDim);
      const indices = this.#indices.subarray(0, count);
      set = {
        inputs,
        inputTensor: new ort.Tensor('float32', inputs, [count, this.#inputDim]),
        targets,
        targetTensor: new ort.Tensor('float32', targets, [count, this.#outputDim]),
        predictionTensor: new ort.Tensor('float32', predictions, [count, this.#outputDim]),
        indices,
        indexTensor: new ort.Tensor('int32', indices, [count]),
      };
      this.#sets.set(count, set);
    }
    return set;
  }
}
