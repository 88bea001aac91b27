// The network that a trainer trains: a layers model, or a function and its variables. Both answer `[n, in]` with `[n, out]`.
import { show } from '../../core/check.js';
import { ArgumentError } from '../../core/errors.js';
import type { Batch } from '../../core/index.js';
import {
  isTensor,
  type Operations,
  type TfModel,
  type TfPort,
  type TfTensor,
  type TfVariable,
} from './tensorflow.js';

/** A network: a layers model, or a plain function and its variables. */
export interface TfNetwork<T extends TfTensor = TfTensor> {
  /** A layers model of one input and one output, `tf.sequential` or `tf.model`. Or else `forward` and `variables`. */
  readonly model?: TfModel;
  /** The network as a function: inputs `[n, in]` to predictions `[n, …]`. What it makes is tidied away. */
  forward?(inputs: NoInfer<T>): TfTensor;
  /** What of `forward` is trained, and kept in snapshots: all that it uses. */
  readonly variables?: readonly TfVariable[];
  /** Numbers per input of `forward`. Default: as the first batch has them; `predict` before that needs it. */
  readonly inputDim?: number;
}

/** A network as the trainer uses it. */
export interface Network {
  /** Numbers per input; undefined until a batch has told. */
  readonly inputDim: number | undefined;
  /** What gradients change. */
  readonly trained: readonly TfVariable[];
  /** What a snapshot holds: `trained`, and what a model keeps besides. */
  readonly state: readonly TfVariable[];
  /** Numbers per input and per target of a batch. @throws ArgumentError when they are not the network's */
  dimsOf(batch: Batch): [inputDim: number, targetDim: number];
  /** The answer in this shape, a tensor of its own. @throws ArgumentError when it is of another size */
  answer(inputs: TfTensor, shape: [size: number, dim: number], training: boolean): TfTensor;
  /** What a model adds to the loss. */
  regularizers(): readonly TfTensor[];
}

/** @throws ArgumentError when there is no network, or one of several inputs or outputs */
export function networkOf(tf: Operations, options: TfNetwork): Network {
  const { model, variables } = options;
  if ((model === undefined) === (options.forward === undefined)) {
    throw new ArgumentError(
      `tfTrainer takes either a model or forward with its variables, got ${model === undefined ? 'neither' : 'both'}.`,
    );
  }
  const trained = model === undefined ? variables : variablesOf(model, 'trainableWeights');
  if (!Array.isArray(trained) || trained.length === 0 || !trained.every(isVariable)) {
    throw new ArgumentError(
      model === undefined
        ? `variables must be a list of at least one tf.Variable, got ${show(variables)}.`
        : 'The model has no weights to train: give its first layer an inputShape, and leave a layer trainable.',
    );
  }
  let inputDim = model === undefined ? options.inputDim : dimOf(model.inputs, 'input');
  const outputDim = model === undefined ? undefined : dimOf(model.outputs, 'output');
  return {
    get inputDim() {
      return inputDim;
    },
    trained,
    state: model === undefined ? trained : variablesOf(model, 'weights'),
    dimsOf({ size, inputs, targets }) {
      inputDim ??= whole('input', inputs.length, size);
      return [inputDim, outputDim ?? whole('target', targets.length, size)];
    },
    answer(inputs, shape, training) {
      const answer =
        model === undefined ? options.forward?.(inputs) : model.apply(inputs as never, { training });
      const wanted = shape[0] * shape[1];
      if (!isTensor(answer))
        throw new ArgumentError(`The network answered ${show(answer)}, expected one tensor.`);
      if (wanted > 0 && answer.size !== wanted) {
        throw new ArgumentError(
          `The network answered a tensor of shape [${answer.shape.join(', ')}], but the targets are [${shape.join(', ')}]: ` +
            'its last layer must have as many outputs as a target has numbers.',
        );
      }
      return tf.reshape(answer, shape);
    },
    regularizers: () => model?.calculateLosses?.() ?? [],
  };
}

function variablesOf(model: TfModel, which: 'weights' | 'trainableWeights'): TfVariable[] {
  // A layer's `read` gives the variable itself, declared as a tensor.
  return (model[which] ?? []).map((weight) => weight.read() as TfVariable);
}

function isVariable(value: unknown): value is TfVariable {
  return isTensor(value) && 'assign' in value;
}

/** Numbers per sample of the model's one input or output. */
function dimOf(ports: readonly TfPort[], what: string): number {
  const [port, ...others] = ports;
  if (port === undefined || others.length > 0) {
    throw new ArgumentError(
      `The model has ${ports.length} ${what}s, expected one: make a model of one with tf.model.`,
    );
  }
  const [, ...extents] = port.shape;
  if (extents.length !== 1 || extents[0] === null || extents[0] === undefined) {
    throw new ArgumentError(
      `The model's ${what} has the shape [${port.shape.map(String).join(', ')}], expected [null, numbers of a sample]: ` +
        'flatten it, samples are rows.',
    );
  }
  return extents[0];
}

/** Numbers per sample. */
function whole(what: string, length: number, size: number): number {
  if (size > 0 && length > 0 && length % size === 0) return length / size;
  throw new ArgumentError(
    `step: got ${length} ${what} values for ${size} samples, expected as many for each`,
  );
}
