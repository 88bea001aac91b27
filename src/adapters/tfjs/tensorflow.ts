// As much of TensorFlow.js as the adapter uses, written down as types: the user's own `tf` has it, whatever its version and
// back end, and nothing of it is imported here. Members are methods, so that the packages' own declarations fit.
import { show } from '../../core/check.js';
import { ArgumentError } from '../../core/errors.js';

/** A tensor, `tf.Tensor`. */
export interface TfTensor {
  readonly shape: readonly number[];
  readonly size: number;
  readonly dtype: string;
  readonly isDisposed: boolean;
  /** Its numbers, row-major. */
  data(): Promise<Float32Array | Int32Array | Uint8Array | string[]>;
  dispose(): void;
}

/** A tensor that training changes, `tf.Variable`. */
export interface TfVariable extends TfTensor {
  readonly name: string;
  assign(value: TfTensor): void;
}

/** A tensor and its name, as optimizers hand out their weights. */
export interface TfNamedTensor {
  readonly name: string;
  readonly tensor: TfTensor;
}

/** An optimizer, `tf.train.adam(…)` and the others. */
export interface TfOptimizer {
  applyGradients(gradients: Record<string, TfTensor> | TfNamedTensor[]): void;
  getWeights?(): Promise<TfNamedTensor[]>;
  setWeights?(weights: TfNamedTensor[]): Promise<void>;
  getClassName?(): string;
  setLearningRate?(rate: number): void;
}

/** The shape of a model's input or output; `null` for the samples of a batch. */
export interface TfPort {
  readonly shape: readonly (number | null)[];
}

/** A weight of a layers model. */
export interface TfWeight {
  read(): TfTensor;
}

/** A layers model, `tf.model(…)` or `tf.sequential(…)`. */
export interface TfModel {
  readonly inputs: readonly TfPort[];
  readonly outputs: readonly TfPort[];
  readonly weights: readonly TfWeight[];
  readonly trainableWeights: readonly TfWeight[];
  apply(inputs: never, options: { training: boolean }): unknown;
  /** What its regularizers add to the loss. */
  calculateLosses?(): TfTensor[];
}

/** What the adapter calls of the module. */
export interface Operations {
  tensor(
    values: Float32Array | Int32Array | Uint8Array,
    shape: number[],
    dtype?: 'float32' | 'int32' | 'bool',
  ): TfTensor;
  tidy(work: () => void): void;
  keep(tensor: TfTensor): TfTensor;
  clone(tensor: TfTensor): TfTensor;
  reshape(tensor: TfTensor, shape: number[]): TfTensor;
  add(a: TfTensor, b: TfTensor): TfTensor;
  sub(a: TfTensor, b: TfTensor): TfTensor;
  mul(a: TfTensor, b: TfTensor): TfTensor;
  abs(tensor: TfTensor): TfTensor;
  square(tensor: TfTensor): TfTensor;
  sum(tensor: TfTensor, axis?: number): TfTensor;
  mean(tensor: TfTensor, axis?: number): TfTensor;
  grad(f: (x: TfTensor) => TfTensor): (x: TfTensor) => TfTensor;
  variableGrads(
    f: () => TfTensor,
    variables: TfVariable[],
  ): { value: TfTensor; grads: Record<string, TfTensor> };
}

const used = [
  ...(['tensor', 'tidy', 'keep', 'clone', 'reshape', 'add', 'sub', 'mul'] as const),
  ...(['abs', 'square', 'sum', 'mean', 'grad', 'variableGrads'] as const),
] satisfies (keyof Operations)[];

/** The module itself: `import * as tf from '@tensorflow/tfjs'`, or another of its family. `T` is its class of tensors. */
export interface TensorFlow<T extends TfTensor = TfTensor> extends Readonly<
  Record<Exclude<keyof Operations, 'tensor'>, (...args: never[]) => unknown>
> {
  tensor(...args: never[]): T;
}

/** What is called of a module. @throws ArgumentError unless this is TensorFlow.js */
export function operationsOf(tf: unknown): Operations {
  const given = typeof tf === 'object' && tf !== null ? (tf as Operations) : undefined;
  const missing = used.find((name) => typeof given?.[name] !== 'function');
  if (given !== undefined && missing === undefined) return given;
  throw new ArgumentError(
    `tf must be TensorFlow.js, got ${given === undefined ? show(tf) : `an object without ${missing}()`}: ` +
      "give it the whole module, import * as tf from '@tensorflow/tfjs'.",
  );
}

/** Whether something is a tensor, rather than an array or an object of several. */
export function isTensor(value: unknown): value is TfTensor {
  return typeof value === 'object' && value !== null && 'dataId' in value && 'data' in value;
}

/** The numbers of a tensor as floats. On the CPU back end they may be the tensor's own memory. */
export async function floatsOf(tensor: TfTensor): Promise<Float32Array> {
  const values = await tensor.data();
  return values instanceof Float32Array ? values : Float32Array.from(values as ArrayLike<number>);
}
