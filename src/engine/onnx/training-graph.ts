// Writes a model's training as ONNX graphs: forward, loss, reverse-mode gradient, accumulation over
// micro-batches and Adam's update. Weights and moments are inputs and outputs, so the graphs hold no state.
import { adamUpdate, addGradient, GraphBuilder, type Value } from '../graph/index.js';
import { withoutTable } from './kernels/grid-head.js';
import { eikonalTerms, lossTerms, type LossOptions } from '../models/loss.js';
import type { ModelDefinition } from '../models/index.js';
import type { AdamOptions, CrossFrequencyOptions, Device } from './options.js';
import { ports, prefixes, type GraphSet } from './protocol.js';
import { cutAtSines, inOnePiece, type StagedModel } from './stages.js';

/** What a trainer wants its graphs for. */
export interface TrainingGraphOptions {
  readonly device: Device;
  readonly crossFrequency?: CrossFrequencyOptions | undefined;
  /** Steps gather their samples by index from a pool. */
  readonly byIndex: boolean;
  readonly loss?: LossOptions;
}

/** All graphs a trainer needs on a device. */
export function buildTrainingGraphs(
  whole: ModelDefinition,
  adam: Required<AdamOptions>,
  { device, crossFrequency, byIndex, loss = {} }: TrainingGraphOptions,
): GraphSet {
  // A GPU computes sines as it computes everything, and leaving it for them would cost more than they do.
  const stages = device === 'cpu' ? cutAtSines : inOnePiece;
  // On the CPU a table is a kernel's business: it works on what the graph says about its inputs.
  const head = device === 'cpu' ? withoutTable(whole) : undefined;
  const model = head ?? whole;
  const step = (options: StepGraphOptions): StagedModel =>
    stages(buildStepGraph(model, adam, { byIndex, loss, inputGradient: head !== undefined, ...options }));
  const frequency = crossFrequency === undefined ? undefined : { crossFrequency };
  return {
    forward: stages(buildForwardGraph(model)),
    gradient: step({ update: false }),
    ...(frequency && { frequencyGradient: step({ update: false, ...frequency }) }),
    ...(device !== 'cpu' && {
      step: step({ update: true }),
      ...(frequency && { frequencyStep: step({ update: true, ...frequency }) }),
    }),
  };
}

function parameterInputs(b: GraphBuilder, model: ModelDefinition, prefix = ''): Value[] {
  return model.parameters.map(({ name, shape }) => b.input(prefix + name, shape));
}

const builderFor = (name: string, { opset }: ModelDefinition): GraphBuilder =>
  new GraphBuilder(name, opset === undefined ? {} : { opset });

/** The forward half alone, weights as inputs. */
export function buildForwardGraph(model: ModelDefinition): Uint8Array {
  const b = builderFor('forward', model);
  const x = b.input(ports.inputs, ['n', model.inputDim]);
  b.output(model.build(b, x, parameterInputs(b, model)), ports.predictions);
  return b.model();
}

/** What one step's graph is to do. */
export interface StepGraphOptions {
  readonly update: boolean;
  readonly crossFrequency?: CrossFrequencyOptions;
  readonly byIndex?: boolean;
  /** Gives the loss's gradient by the inputs too. */
  readonly inputGradient?: boolean;
  readonly loss?: LossOptions;
}

/** The samples of a micro-batch: fed as they are, or gathered from a pool. */
function sampleInputs(
  b: GraphBuilder,
  { inputDim, outputDim }: ModelDefinition,
  byIndex: boolean,
): [Value, Value] {
  if (!byIndex) return [b.input(ports.inputs, ['n', inputDim]), b.input(ports.targets, ['n', outputDim])];
  const indices = b.input(ports.indices, ['n'], 'int32');
  const take = (name: string, width: number): Value => b.gather(b.input(name, ['pool', width]), indices);
  return [take(ports.poolInputs, inputDim), take(ports.poolTargets, outputDim)];
}

/**
 * One micro-batch of a training step: loss, and the gradient added to what earlier micro-batches gave. With
 * `update`, Adam's update follows in the same graph and the new weights and moments come out instead.
 */
export function buildStepGraph(
  model: ModelDefinition,
  adam: Required<AdamOptions>,
  options: StepGraphOptions,
): Uint8Array {
  const b = builderFor('training_step', model);
  const [x, y] = sampleInputs(b, model, options.byIndex === true);
  const errorScale = b.input(ports.errorScale, []);
  const parameters = parameterInputs(b, model);
  const prediction = model.build(b, x, parameters);
  b.output(prediction, ports.predictions);
  const terms = lossTerms(b, prediction, y, options.loss ?? {});
  const { crossFrequency } = options;
  let loss =
    crossFrequency === undefined
      ? b.mul(b.reduceSum(terms, undefined, false), errorScale)
      : crossFrequencyLoss(b, prediction, terms, errorScale, crossFrequency);
  const eikonal = options.loss?.eikonal ?? 0;
  if (eikonal > 0) {
    const sum = b.reduceSum(eikonalTerms(b, x, prediction), undefined, false);
    loss = b.add(loss, b.mul(b.mul(sum, errorScale), eikonal));
  }
  b.output(loss, ports.loss);

  const wanted = options.inputGradient === true ? [...parameters, x] : parameters;
  const parts = addGradient(b, { of: loss, wrt: wanted });
  if (options.inputGradient === true) b.output(parts.at(-1) as Value, prefixes.gradient + ports.inputs);
  const totals = model.parameters.map(({ name, shape }, i) =>
    b.add(b.input(prefixes.accumulated + name, shape), parts[i] as Value),
  );
  if (options.update) addUpdate(b, model.parameters, adam, parameters, totals);
  else model.parameters.forEach(({ name }, i) => b.output(totals[i] as Value, prefixes.gradient + name));
  return b.model();
}

/** Adam's update of parameters, whose moments are inputs and outputs too. */
export function addUpdate(
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
 * The mean of the terms (the MSE) plus λ·mean((∇²prediction − ∇²target)²) over the samples of a tile (EVOS, CVPR 2025, Sec. 3.4, as the
 * official code does it): predictions are written into the cached picture, decoded to 0–255 and clamped, turned
 * to luma, and filtered with the 3×3 Laplacian under zero padding. The cached part carries no gradient, nor does
 * a decoded value outside 0–255.
 */
function crossFrequencyLoss(
  b: GraphBuilder,
  prediction: Value,
  terms: Value,
  errorScale: Value,
  options: CrossFrequencyOptions,
): Value {
  const { luma, range } = options;
  const weight = b.input(ports.weight, ['n', 1]);
  const canvas = b.input(ports.canvas, ['h*w', luma.length]);
  const position = b.input(ports.position, ['n', 1], 'int64');
  const targetResponse = b.input(ports.targetResponse, [1, 1, 'h', 'w']);
  const mask = b.input(ports.mask, [1, 1, 'h', 'w']);
  const frequencyScale = b.input(ports.frequencyScale, []);

  const error = b.mul(b.reduceSum(b.mul(terms, weight), undefined, false), errorScale);
  const filled = b.scatterND(canvas, position, prediction);
  const half = (range.max - range.min) / 2;
  const decoded = b.clip(b.add(b.mul(filled, half), range.min + half), 0, 255);
  const brightness = b.matmul(decoded, b.initializer('luma', Float32Array.from(luma), [luma.length, 1]));
  const picture = b.reshape(brightness, [1, 1, 'h', 'w']);
  const kernel = b.initializer('laplacian', Float32Array.of(0, 1, 0, 1, -4, 1, 0, 1, 0), [1, 1, 3, 3]);
  const response = b.conv(picture, kernel, undefined, { pads: [1, 1, 1, 1] });
  const difference = b.mul(b.sub(response, targetResponse), mask);
  const sum = b.reduceSum(b.mul(difference, difference), undefined, false);
  return b.add(error, b.mul(sum, frequencyScale));
}
