// A SIREN trainer that is plain, slow and obviously right: every formula is written out for one sample after the
// other, in double precision, the gradient by hand. Tests hold the fast trainers against it; nothing ships it.
// SIREN: Sitzmann et al. 2020. Cross-frequency supervision: EVOS, Sec. 3.4. Adam: Kingma & Ba 2015, as PyTorch has it.
import {
  ArgumentError,
  ResumeError,
  type Batch,
  type Snapshot,
  type StepOptions,
  type StepResult,
  type Trainer,
  type TrainerCapabilities,
} from '../../src/core/index.js';
import { checkBatch } from '../../src/engine/training/checks.js';
import { CrossFrequencyLoss, type DecodedImage } from './siren-loss.js';
import { copyLayer, type Layer } from './siren-layers.js';

/** What a reference trainer is made of. */
export interface ReferenceOptions {
  /** Sine layers followed by one linear layer; copied. */
  readonly layers: readonly Layer[];
  /** ω of every sine layer: sin(ω(Wx + b)). */
  readonly omega: number;
  readonly lr: number;
  /** β₁, β₂, ε of Adam; PyTorch's defaults when left out. */
  readonly adam?: { readonly beta1: number; readonly beta2: number; readonly epsilon: number };
  /** Needed for cross-frequency steps only. */
  readonly crossFrequency?: { readonly image: DecodedImage; readonly lambda: number };
}

const torchAdam = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

/** Weights, moments and loss in float64; batches and answers in float32, as the contract has them. */
export class ReferenceTrainer implements Trainer {
  readonly capabilities: TrainerCapabilities;
  readonly layers: Layer[];
  readonly #first: Layer[];
  readonly #second: Layer[];
  readonly #omega: number;
  readonly #lr: number;
  readonly #adam: typeof torchAdam;
  readonly #crossFrequency: CrossFrequencyLoss | undefined;
  #updates = 0;

  constructor(options: ReferenceOptions) {
    this.layers = options.layers.map(copyLayer);
    this.#first = this.layers.map(zerosLike);
    this.#second = this.layers.map(zerosLike);
    this.#omega = options.omega;
    this.#lr = options.lr;
    this.#adam = options.adam ?? torchAdam;
    const cross = options.crossFrequency;
    this.capabilities = {
      gives: ['errors', 'absolute', 'predictions', 'inputGradients'],
      scores: true,
      weights: true,
      terms: cross === undefined ? [] : ['cross-frequency'],
      resident: false,
    };
    this.#crossFrequency =
      cross === undefined ? undefined : new CrossFrequencyLoss(cross.image, cross.lambda);
  }

  step(batch: Batch, options: StepOptions): Promise<StepResult> {
    return Promise.resolve().then(() => this.#take(batch, options));
  }

  #take(batch: Batch, options: StepOptions): StepResult {
    const dims = { inputDim: this.#inputs(), targetDim: this.#outputs(), poolSize: 0 };
    checkBatch(batch, options, this.capabilities, dims);
    const { gradient, ...found } = this.lossAndGradient(batch, options.terms?.includes('cross-frequency'));
    const result = this.#result(batch, found, options);
    this.#update(gradient);
    return result;
  }

  score(batch: Batch, options: Pick<StepOptions, 'wants'>): Promise<StepResult> {
    return Promise.resolve(this.#result(batch, this.#meanLoss(batch), options));
  }

  /** What is wanted of each sample. */
  #result(
    { size, targets, weights }: Batch,
    { loss, predictions, byInput }: { loss: number; predictions: Float64Array; byInput: Float64Array },
    { wants }: Pick<StepOptions, 'wants'>,
  ): StepResult {
    const outputs = this.#outputs();
    const errors = new Float32Array(size);
    const absolute = new Float32Array(size);
    for (let n = 0; n < size; n++) {
      if (weights?.[n] === 0) continue;
      for (let k = n * outputs; k < (n + 1) * outputs; k++) {
        const difference = predictions[k]! - targets[k]!;
        errors[n] = errors[n]! + difference ** 2 / outputs;
        absolute[n] = absolute[n]! + Math.abs(difference);
      }
    }
    return {
      loss,
      ...(wants.includes('errors') && { errors }),
      ...(wants.includes('absolute') && { absolute }),
      ...(wants.includes('predictions') && { predictions: Float32Array.from(predictions) }),
      ...(wants.includes('inputGradients') && { inputGradients: Float32Array.from(byInput) }),
    };
  }

  /** The weighted mean squared error, and what follows from it. */
  #meanLoss({ inputs, targets, size, weights }: Batch) {
    const outputs = this.#outputs();
    const predictions = this.#predictAll(inputs);
    const byPrediction = new Float64Array(predictions.length);
    const byInput = new Float64Array(inputs.length);
    const dim = this.#inputs();
    let loss = 0;
    for (let n = 0; n < size; n++) {
      const weight = weights?.[n] ?? 1;
      if (weight === 0) continue;
      const own = new Float64Array(outputs);
      for (let k = 0; k < outputs; k++) {
        const i = n * outputs + k;
        const difference = predictions[i]! - targets[i]!;
        loss += (weight * difference * difference) / predictions.length;
        byPrediction[i] = (2 * weight * difference) / predictions.length;
        own[k] = (2 * difference) / outputs;
      }
      const input = Float64Array.from(inputs.subarray(n * dim, (n + 1) * dim));
      byInput.set(this.#backward(input, own, this.layers.map(zerosLike)), n * dim);
    }
    return { loss, predictions, byPrediction, byInput };
  }

  /** The loss, its gradient by every weight, and the predictions; changes no weight. */
  lossAndGradient(
    batch: Batch,
    crossFrequency = false,
  ): { loss: number; gradient: Layer[]; predictions: Float64Array; byInput: Float64Array } {
    const outputs = this.#outputs();
    const { predictions, byPrediction, byInput, ...mean } = this.#meanLoss(batch);
    let { loss } = mean;
    const cross = this.#crossFrequency;
    if (batch.whole) cross?.remember(predictions, batch.targets);
    if (crossFrequency) {
      if (cross === undefined) {
        throw new ArgumentError(
          'got a cross-frequency step; expected crossFrequency options; pass them when creating',
        );
      }
      loss += cross.add(batch, predictions, byPrediction);
    }
    const gradient = this.layers.map(zerosLike);
    for (let n = 0; n < batch.size; n++) {
      if (batch.weights?.[n] === 0) continue;
      const input = Float64Array.from(batch.inputs.subarray(n * this.#inputs(), (n + 1) * this.#inputs()));
      this.#backward(input, byPrediction.subarray(n * outputs, (n + 1) * outputs), gradient);
    }
    return { loss, gradient, predictions, byInput };
  }

  predict(inputs: Float32Array): Promise<Float32Array> {
    return Promise.resolve(Float32Array.from(this.#predictAll(inputs)));
  }

  snapshot(): Promise<Snapshot> {
    const arrays: Record<string, Uint8Array> = {};
    this.#forEachState((name, values) => {
      arrays[name] = new Uint8Array(new Float64Array(values).buffer);
    });
    return Promise.resolve({ values: { updates: this.#updates }, arrays });
  }

  restore(snapshot: Snapshot): Promise<void> {
    const updates = snapshot.values['updates'];
    this.#forEachState((name, values) => {
      const stored = snapshot.arrays[name];
      if (
        typeof updates !== 'number' ||
        !(stored instanceof Uint8Array) ||
        stored.length !== values.byteLength
      ) {
        throw new ResumeError(
          `got no matching "${name}" in the snapshot; expected one of a model of the same shape`,
        );
      }
    });
    this.#forEachState((name, values) => {
      values.set(new Float64Array(new Uint8Array(snapshot.arrays[name]!).buffer));
    });
    this.#updates = updates as number;
    return Promise.resolve();
  }

  dispose(): Promise<void> {
    return Promise.resolve();
  }

  #forEachState(visit: (name: string, values: Float64Array) => void): void {
    const groups = { layers: this.layers, first: this.#first, second: this.#second };
    for (const [group, layers] of Object.entries(groups)) {
      layers.forEach((layer, l) => {
        visit(`${group}.${l}.weight`, layer.weight);
        visit(`${group}.${l}.bias`, layer.bias);
      });
    }
    this.#crossFrequency?.forEachState(visit);
  }

  #inputs(): number {
    return this.layers[0]!.inputs;
  }

  #outputs(): number {
    return this.layers[this.layers.length - 1]!.outputs;
  }

  #predictAll(inputs: Float32Array): Float64Array {
    const dim = this.#inputs();
    const outputs = this.#outputs();
    const predictions = new Float64Array((inputs.length / dim) * outputs);
    for (let n = 0; n * dim < inputs.length; n++) {
      const { answer } = this.#forward(Float64Array.from(inputs.subarray(n * dim, (n + 1) * dim)));
      predictions.set(answer, n * outputs);
    }
    return predictions;
  }

  /** h₀ = x; h_l = sin(ω(W h_{l−1} + b)); the answer is W h + b of the last layer. */
  #forward(input: Float64Array): { hidden: Float64Array[]; phases: Float64Array[]; answer: Float64Array } {
    const hidden = [input];
    const phases: Float64Array[] = [];
    const last = this.layers.length - 1;
    for (let l = 0; l < last; l++) {
      const phase = affine(this.layers[l]!, hidden[l]!).map((z) => this.#omega * z);
      phases.push(phase);
      hidden.push(phase.map(Math.sin));
    }
    return { hidden, phases, answer: affine(this.layers[last]!, hidden[last]!) };
  }

  /** Adds one sample's share to the gradient, from the last layer to the first. @returns the gradient by the input */
  #backward(input: Float64Array, byAnswer: Float64Array, gradient: Layer[]): Float64Array {
    const { hidden, phases } = this.#forward(input);
    let byLinear = Float64Array.from(byAnswer);
    for (let l = this.layers.length - 1; l >= 0; l--) {
      const layer = this.layers[l]!;
      const sum = gradient[l]!;
      const below = hidden[l]!;
      const byBelow = new Float64Array(layer.inputs);
      for (let o = 0; o < layer.outputs; o++) {
        sum.bias[o] = sum.bias[o]! + byLinear[o]!;
        for (let i = 0; i < layer.inputs; i++) {
          const w = o * layer.inputs + i;
          sum.weight[w] = sum.weight[w]! + byLinear[o]! * below[i]!;
          byBelow[i] = byBelow[i]! + byLinear[o]! * layer.weight[w]!;
        }
      }
      if (l === 0) return byBelow;
      byLinear = byBelow.map((slope, i) => slope * this.#omega * Math.cos(phases[l - 1]![i]!));
    }
    return byLinear;
  }

  /** torch.optim.Adam without weight decay: θ −= lr · m̂ / (√v̂ + ε). */
  #update(gradient: readonly Layer[]): void {
    this.#updates++;
    const { beta1, beta2, epsilon } = this.#adam;
    const correct1 = 1 - beta1 ** this.#updates;
    const correct2 = 1 - beta2 ** this.#updates;
    this.layers.forEach((layer, l) => {
      for (const part of ['weight', 'bias'] as const) {
        const weights = layer[part];
        const m = this.#first[l]![part];
        const v = this.#second[l]![part];
        gradient[l]![part].forEach((g, i) => {
          m[i] = beta1 * m[i]! + (1 - beta1) * g;
          v[i] = beta2 * v[i]! + (1 - beta2) * g * g;
          weights[i] = weights[i]! - (this.#lr * (m[i] / correct1)) / (Math.sqrt(v[i] / correct2) + epsilon);
        });
      }
    });
  }
}

/** W x + b. */
function affine(layer: Layer, x: Float64Array): Float64Array {
  return layer.bias.map((bias, o) => {
    let sum = bias;
    for (let i = 0; i < layer.inputs; i++) sum += layer.weight[o * layer.inputs + i]! * x[i]!;
    return sum;
  });
}

function zerosLike({ inputs, outputs }: Layer): Layer {
  return { inputs, outputs, weight: new Float64Array(inputs * outputs), bias: new Float64Array(outputs) };
}
