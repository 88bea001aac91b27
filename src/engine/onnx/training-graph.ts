// Writes a model's training as ONNX graphs: forward, loss, reverse-mode gradient, accumulation over micro-batches and Adam's
// update. Weights and moments are inputs and outputs, so the graphs hold no state.
import { adamUpdate, addGradient, GraphBuilder, type Value } from '../graph/index.js';
import { eikonalTerms, lossTerms, type LossOptions } from '../models/loss.js';
import type { AdamOptions, ModelDefinition, WholeGrid } from '../models/index.js';
import type { CrossFrequencyOptions } from '../training/options.js';
import { widthsOf } from './batch-arrays.js';
import { encodedGradient, inputGradients, ports, prefixes } from './protocol.js';

/** What a graph is for: each that is in use is made once. */
export interface PassKind {
  /**
   * `score`: loss alone. `gradient`: its gradient too, added to what earlier micro-batches gave. `update`: Adam's update
   * follows in the same graph, and the new weights and moments come out instead.
   */
  readonly pass: 'score' | 'gradient' | 'update';
  /** Samples have weights. */
  readonly weighted?: boolean;
  /** The loss has the cross-frequency term. */
  readonly crossFrequency?: boolean;
  /** Gives each sample's gradient by its input. */
  readonly inputGradients?: boolean;
}

/** A graph's name among those of its trainer. */
export function nameOf({ pass, weighted, crossFrequency, inputGradients }: PassKind): string {
  return [pass, weighted && 'weighted', crossFrequency && 'frequency', inputGradients && 'inputs']
    .filter(Boolean)
    .join('-');
}

/** What a trainer's graphs have in common. */
export interface TrainingGraphOptions {
  readonly model: ModelDefinition;
  readonly adam: Required<AdamOptions>;
  /** Steps gather their samples by index from a pool. */
  readonly byIndex: boolean;
  /** A kernel has looked the inputs up, and wants the loss's gradient by what it found. */
  readonly encoded: boolean;
  readonly loss: LossOptions;
  readonly crossFrequency?: CrossFrequencyOptions | undefined;
}

/** The inputs of a graph that are a model's parameters. */
export function parameterInputs(
  b: GraphBuilder,
  { parameters }: Pick<ModelDefinition, 'parameters'>,
): Value[] {
  return parameters.map(({ name, shape }) => b.input(name, shape));
}

const builderFor = (name: string, { opset }: ModelDefinition): GraphBuilder =>
  new GraphBuilder(name, opset === undefined ? {} : { opset });

/** The forward half alone, weights as inputs. */
export function buildForwardGraph(model: ModelDefinition): Uint8Array {
  const b = builderFor('forward', model);
  const x = b.input('inputs', ['n', model.inputDim]);
  b.output(model.build(b, x, parameterInputs(b, model)), 'predictions');
  return b.model();
}

/** A whole grid at once, weights as inputs. */
export function buildGridGraph(model: ModelDefinition, grid: WholeGrid): Uint8Array {
  const b = builderFor('grid', model);
  b.output(grid.build(b, parameterInputs(b, model)), 'predictions');
  return b.model();
}

/** The samples of a micro-batch: fed as they are, or gathered from a pool. */
function sampleInputs(b: GraphBuilder, model: ModelDefinition, byIndex: boolean): [x: Value, y: Value] {
  const { inputs, targets } = widthsOf(model);
  if (!byIndex) return [b.input('inputs', ['n', inputs]), b.input('targets', ['n', targets])];
  const indices = b.input(ports.indices, ['n'], 'int32');
  const take = (name: string, width: number): Value => b.gather(b.input(name, ['pool', width]), indices);
  return [take(ports.poolInputs, inputs), take(ports.poolTargets, targets)];
}

/** One micro-batch of a step, or of a pass to score. */
export function buildPassGraph(kind: PassKind, options: TrainingGraphOptions): Uint8Array {
  const { model, adam, loss: lossOptions, crossFrequency } = options;
  const { pass, weighted = false } = kind;
  const b = builderFor(`training_${nameOf(kind)}`, model);
  const [x, given] = sampleInputs(b, model, options.byIndex);
  const errorScale = b.input(ports.errorScale, []);
  const parameters = parameterInputs(b, model);
  const prediction = model.build(b, x, parameters);
  const supervised = kind.crossFrequency === true ? crossFrequency : undefined;
  const weights = weighted || supervised !== undefined ? b.input('weights', ['n', 1]) : undefined;
  // A sample without weight is compared with its own prediction: its target is never read.
  const y = weights !== undefined && weighted ? b.where(b.greater(weights, 0), given, prediction) : given;
  const { residual, terms } = lossTerms(b, prediction, y, lossOptions);
  b.output(prediction, 'predictions');
  b.output(b.reduceMean(b.mul(residual, residual), [1]), 'errors');
  b.output(b.reduceSum(b.abs(residual), [1]), 'absolute');

  const weigh = (each: Value): Value => (weights === undefined ? each : b.mul(each, weights));
  const sum = (each: Value): Value => b.reduceSum(each, undefined, false);
  const { eikonal = 0 } = lossOptions;
  const slopes = eikonal > 0 ? eikonalTerms(b, x, prediction) : undefined;
  let loss = b.mul(sum(weigh(terms)), errorScale);
  if (supervised !== undefined) loss = b.add(loss, frequencyLoss(b, prediction, supervised));
  if (slopes !== undefined) loss = b.add(loss, b.mul(b.mul(sum(weigh(slopes)), errorScale), eikonal));
  b.output(loss, ports.loss);

  if (kind.inputGradients === true) {
    const mean = b.mul(sum(terms), 1 / model.outputDim);
    const own = slopes === undefined ? mean : b.add(mean, b.mul(sum(slopes), eikonal));
    // Samples do not know one another, so the sum's gradient is each sample's own.
    const [byInput] = addGradient(b, { of: own, wrt: [x] });
    b.output(byInput, inputGradients);
  }
  if (pass === 'score') return b.model();
  addStep(b, loss, {
    own: model.parameters,
    parameters,
    adam,
    update: pass === 'update',
    ...(options.encoded && { x }),
  });
  return b.model();
}

/** The gradient of a loss, added to what earlier micro-batches gave, and Adam's update where it follows. */
export function addStep(
  b: GraphBuilder,
  loss: Value,
  step: {
    readonly own: ModelDefinition['parameters'];
    /** One value for each of them. */
    readonly parameters: readonly Value[];
    readonly adam: Required<AdamOptions>;
    readonly update: boolean;
    /** What a kernel has looked up, and wants the gradient by. */
    readonly x?: Value;
  },
): void {
  const { own, parameters, x } = step;
  const parts = addGradient(b, { of: loss, wrt: x === undefined ? parameters : [...parameters, x] });
  const byInput = x === undefined ? undefined : parts.at(-1);
  if (byInput !== undefined) b.output(byInput, encodedGradient);
  const totals = own.map(({ name, shape }, i) =>
    b.add(b.input(prefixes.accumulated + name, shape), parts[i] as Value),
  );
  if (step.update) addUpdate(b, own, step.adam, parameters, totals);
  else own.forEach(({ name }, i) => b.output(totals[i] as Value, prefixes.gradient + name));
}

/** Adam's update of parameters, whose moments are inputs and outputs too. */
function addUpdate(
  b: GraphBuilder,
  specs: ModelDefinition['parameters'],
  adam: Required<AdamOptions>,
  parameters: readonly Value[],
  gradients: readonly Value[],
): void {
  const stepSize = b.input(ports.stepSize, []);
  const sqrtBiasCorrection2 = b.input(ports.sqrtBiasCorrection2, []);
  specs.forEach(({ name, shape }, i) => {
    const next = adamUpdate(b, {
      param: parameters[i] as Value,
      gradient: gradients[i] as Value,
      m: b.input(prefixes.m + name, shape),
      v: b.input(prefixes.v + name, shape),
      stepSize,
      sqrtBiasCorrection2,
      beta1: adam.beta1,
      beta2: adam.beta2,
      eps: adam.epsilon,
    });
    b.output(next.param, prefixes.next + name);
    b.output(next.m, prefixes.next + prefixes.m + name);
    b.output(next.v, prefixes.next + prefixes.v + name);
  });
}

/**
 * λ·mean((∇²prediction − ∇²target)²) over the samples of a tile (EVOS, CVPR 2025, Sec. 3.4, as the official code does it):
 * predictions are written into the cached picture, decoded to 0–255 and clamped, turned to luma, and filtered with the 3×3
 * Laplacian under zero padding. The cached part carries no gradient, nor does a decoded value outside 0–255.
 */
function frequencyLoss(b: GraphBuilder, prediction: Value, { luma, range }: CrossFrequencyOptions): Value {
  const canvas = b.input(ports.canvas, ['h*w', luma.length]);
  const position = b.input(ports.position, ['n', 1], 'int64');
  const targetResponse = b.input(ports.targetResponse, [1, 1, 'h', 'w']);
  const mask = b.input(ports.mask, [1, 1, 'h', 'w']);
  const frequencyScale = b.input(ports.frequencyScale, []);

  const filled = b.scatterND(canvas, position, prediction);
  const half = (range.max - range.min) / 2;
  const decoded = b.clip(b.add(b.mul(filled, half), range.min + half), 0, 255);
  const brightness = b.matmul(decoded, b.initializer('luma', Float32Array.from(luma), [luma.length, 1]));
  const picture = b.reshape(brightness, [1, 1, 'h', 'w']);
  const kernel = b.initializer('laplacian', Float32Array.of(0, 1, 0, 1, -4, 1, 0, 1, 0), [1, 1, 3, 3]);
  const response = b.conv(picture, kernel, undefined, { pads: [1, 1, 1, 1] });
  const difference = b.mul(b.sub(response, targetResponse), mask);
  return b.mul(b.reduceSum(b.mul(difference, difference), undefined, false), frequencyScale);
}
