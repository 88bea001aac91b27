// A trainer that steps in the user's own TensorFlow.js. What a pass makes is tidied away but for what was asked back, which is
// disposed of once it has been read: from the second step on, no tensor is added.
import { show } from '../../core/check.js';
import { ArgumentError } from '../../core/errors.js';
import type {
  Batch,
  Snapshot,
  StateArray,
  StepOptions,
  StepResult,
  Trainer,
  TrainerCapabilities,
  Want,
} from '../../core/index.js';
import { checkBatch } from '../../engine/training/checks.js';
import { oneAtATime } from '../../engine/training/one-at-a-time.js';
import { checkIdentity, floatsIn } from '../../engine/training/state.js';
import { read, weightless } from './batch.js';
import { applyAt, assign, checkOptimizer, copyOf, saveOptimizer } from './optimizer.js';
import { networkOf, type Network, type TfNetwork } from './network.js';
import {
  floatsOf,
  operationsOf,
  type Operations,
  type TensorFlow,
  type TfOptimizer,
  type TfTensor,
} from './tensorflow.js';

/** What {@link tfTrainer} takes. All of it stays the caller's. */
export interface TfTrainerOptions<T extends TfTensor = TfTensor> extends TfNetwork<T> {
  /** The module itself, with its back end chosen: `await tf.setBackend('wasm')`. */
  readonly tf: TensorFlow<T>;
  /** `tf.train.adam(1e-3)`, say. */
  readonly optimizer: TfOptimizer;
  /**
   * The loss of each sample, `[n]`, or of each of its values, `[n, …]`, which are averaged; `tf.metrics.meanAbsoluteError`,
   * say. What it gives of a sample is also what selectors get as its `errors`, and must not be negative. Default: the
   * squared error.
   */
  loss?(targets: NoInfer<T>, predictions: NoInfer<T>): TfTensor;
}

/** Samples that `predict` shows the network at once. */
const predictedAtOnce = 16_384;

const capabilities: TrainerCapabilities = {
  gives: ['errors', 'absolute', 'predictions', 'inputGradients'],
  scores: true,
  weights: true,
  terms: [],
  resident: false,
};

/**
 * Makes a trainer for `fit` of a network in TensorFlow.js, on whatever back end `tf` has. A layers model trains as in
 * `model.fit`, regularizers included; `score` and `predict` see it as `model.predict` does.
 *
 * @throws ArgumentError when something is missing or does not fit together; from `step`, when a learning rate is asked for
 * that the optimizer cannot set; from `snapshot`, when the optimizer does not hand out its weights
 * @example
 * const trainer = tfTrainer({ tf, model, optimizer }); // tf.train.adam(1e-3), say
 * for await (const event of fit({ pool, trainer, selector, steps: 2000 })) {
 *   if (event.type === 'step') console.log(event.loss);
 * }
 */
export function tfTrainer<T extends TfTensor>(options: TfTrainerOptions<T>): Trainer {
  const tf = operationsOf(options.tf);
  if (typeof options.optimizer?.applyGradients !== 'function') {
    throw new ArgumentError(
      `optimizer must be one of TensorFlow.js, tf.train.adam(1e-3) for one, got ${show(options.optimizer)}.`,
    );
  }
  return new TfTrainer(tf, options, networkOf(tf, options));
}

type Kept = Partial<Record<Want | 'loss', TfTensor>>;

class TfTrainer implements Trainer {
  readonly capabilities = capabilities;
  readonly #tf: Operations;
  readonly #optimizer: TfOptimizer;
  readonly #network: Network;
  readonly #options: TfTrainerOptions;
  readonly #alone = oneAtATime();

  constructor(tf: Operations, options: TfTrainerOptions, network: Network) {
    this.#tf = tf;
    this.#optimizer = options.optimizer;
    this.#network = network;
    this.#options = options;
  }

  step(batch: Batch, options: StepOptions): Promise<StepResult> {
    return this.#alone(() => this.#pass(batch, options, true));
  }

  score(batch: Batch, options: Pick<StepOptions, 'wants'>): Promise<StepResult> {
    return this.#alone(() => this.#pass(batch, options, false));
  }

  predict(inputs: Float32Array): Promise<Float32Array> {
    return this.#alone(async () => {
      const { inputDim } = this.#network;
      if (inputDim === undefined) {
        throw new ArgumentError('predict: give tfTrainer the inputDim of `forward`, or take a step first.');
      }
      if (inputs.length % inputDim !== 0) {
        throw new ArgumentError(`predict: got ${inputs.length} input values, expected ${inputDim} a sample`);
      }
      const parts: Float32Array[] = [];
      for (let at = 0; at < inputs.length; at += predictedAtOnce * inputDim) {
        parts.push(await this.#predict(inputs.subarray(at, at + predictedAtOnce * inputDim), inputDim));
      }
      const out = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
      parts.reduce((at, part) => (out.set(part, at), at + part.length), 0);
      return out;
    });
  }

  snapshot(): Promise<Snapshot> {
    return this.#alone(async () => {
      const optimizer = await saveOptimizer(this.#optimizer);
      const arrays: Record<string, StateArray> = { ...optimizer.arrays };
      for (const [i, variable] of this.#network.state.entries())
        arrays[`variable.${i}`] = await copyOf(variable);
      return { values: { ...optimizer.values, variables: this.#shapes() }, arrays };
    });
  }

  restore(snapshot: Snapshot): Promise<void> {
    return this.#alone(async () => {
      const optimizer = this.#optimizer.getClassName?.() ?? 'without a name';
      checkIdentity(snapshot, { variables: this.#shapes(), optimizer });
      const { state } = this.#network;
      const arrays = state.map(({ dtype, size }, i) => {
        const name = `variable.${i}`;
        const array = snapshot.arrays[name];
        // Whole numbers and flags are finite; their kind goes by the variable's.
        return dtype !== 'float32' && array?.length === size ? array : floatsIn(snapshot, name, size);
      });
      await checkOptimizer(this.#tf, this.#optimizer, snapshot)();
      state.forEach((variable, i) => assign(this.#tf, variable, arrays[i]!));
    });
  }

  /** Model, variables and optimizer are the caller's; between passes the trainer holds nothing else. */
  dispose(): Promise<void> {
    return Promise.resolve();
  }

  async #pass(batch: Batch, options: StepOptions, update: boolean): Promise<StepResult> {
    const { size, weights } = batch;
    const { wants, learningRate } = options;
    const [inputDim, targetDim] = this.#network.dimsOf(batch);
    checkBatch(batch, options, capabilities, { inputDim, targetDim, poolSize: 0 });
    const tf = this.#tf;
    const kept: Kept = {};
    try {
      tf.tidy(() => {
        const [inputs, targets] = weightless(batch, weights);
        const x = tf.tensor(inputs, [size, inputDim]);
        const y = tf.tensor(targets, [size, targetDim]);
        const w = weights && tf.tensor(weights, [size]);
        const loss = (): TfTensor => {
          const predictions = this.#network.answer(x, [size, targetDim], update);
          const terms = this.#terms(y, predictions, size);
          if (wants.includes('predictions')) kept.predictions = tf.keep(predictions);
          if (wants.includes('errors')) kept.errors = tf.keep(terms);
          if (wants.includes('absolute')) kept.absolute = tf.keep(tf.sum(tf.abs(tf.sub(predictions, y)), 1));
          const mean = tf.mean(w === undefined ? terms : tf.mul(terms, w));
          return this.#network.regularizers().reduce((sum, one) => tf.add(sum, one), mean);
        };
        if (wants.includes('inputGradients')) {
          const own = (at: TfTensor): TfTensor =>
            tf.sum(this.#terms(y, this.#network.answer(at, [size, targetDim], update), size));
          kept.inputGradients = tf.keep(tf.grad(own)(x));
        }
        if (!update) {
          kept.loss = tf.keep(loss());
          return;
        }
        const { value, grads } = tf.variableGrads(loss, [...this.#network.trained]);
        kept.loss = tf.keep(value);
        applyAt(this.#optimizer, grads, learningRate);
      });
      return await read(kept, weights);
    } finally {
      for (const tensor of Object.values(kept)) tensor.dispose();
    }
  }

  /** The loss of each sample, `[n]`. */
  #terms(targets: TfTensor, predictions: TfTensor, size: number): TfTensor {
    const tf = this.#tf;
    const found = this.#options.loss?.(targets, predictions) ?? tf.square(tf.sub(predictions, targets));
    if (found.shape[0] !== size) {
      throw new ArgumentError(
        `loss: got a tensor of shape [${found.shape.join(', ')}] for ${size} samples, expected a number of each: give it ` +
          'without its mean, as tf.metrics.meanSquaredError and tf.losses with tf.Reduction.NONE do.',
      );
    }
    return tf.mean(tf.reshape(found, [size, found.size / size]), 1);
  }

  async #predict(inputs: Float32Array, inputDim: number): Promise<Float32Array> {
    const tf = this.#tf;
    let answer: TfTensor | undefined;
    tf.tidy(() => {
      const size = inputs.length / inputDim;
      answer = tf.keep(this.#network.answer(tf.tensor(inputs, [size, inputDim]), [size, -1], false));
    });
    try {
      return answer === undefined ? new Float32Array(0) : await floatsOf(answer);
    } finally {
      answer?.dispose();
    }
  }

  /** Shapes and kinds of all variables: what a snapshot must have been taken of. */
  #shapes(): string {
    return this.#network.state.map(({ shape, dtype }) => `${dtype}[${shape.join()}]`).join(' ');
  }
}
