// The baseline: a training step as one would first write it for ONNX Runtime. One graph over the whole batch
// (forward, loss, gradient, Adam), one session with a thread per core, weights and moments fed and fetched at
// every step. It keeps the operators Sin and Cos, whatever the trainer does about them.
import * as ort from 'onnxruntime-node';
import { adamDefaults, siren, type ModelDefinition } from '../src/engine/models/index.js';
import { ports, prefixes } from '../src/engine/onnx/protocol.js';
import { buildPassGraph } from '../src/engine/onnx/training-graph.js';
import type { NamedArray, StepOutcome, StepTask } from './support-step.js';

/** The baseline between two steps. */
export interface NaiveStep {
  step(): Promise<StepOutcome>;
  /** The weights as they are now; not copies. */
  parameters(): NamedArray[];
  release(): Promise<void>;
}

/** The model with every layer written as Gemm and Sin. */
function plainSiren({ inputDim, outputDim, width, depth, omega }: StepTask): ModelDefinition {
  return {
    ...siren({ inputDim, outputDim, width, depth, omega }),
    build(b, x, values) {
      let h = x;
      for (let i = 0; i + 1 < values.length; i += 2) {
        const [weight, bias] = [values[i], values[i + 1]];
        if (weight === undefined) break;
        const last = i + 2 === values.length;
        h = last
          ? b.gemm(h, weight, bias, { transB: true })
          : b.sin(b.gemm(h, weight, bias, { alpha: omega, beta: omega, transB: true }));
      }
      return h;
    },
  };
}

/** The one graph of the baseline. */
export function buildNaiveGraph(task: StepTask): Uint8Array {
  const adam = { ...adamDefaults, learningRate: task.learningRate };
  const whole = { byIndex: false, encoded: false, loss: {} };
  return buildPassGraph({ pass: 'update' }, { model: plainSiren(task), adam, ...whole });
}

/** Makes the baseline's session. @param initial the weights to start from, copied */
export async function createNaiveStep(task: StepTask, initial: readonly NamedArray[]): Promise<NaiveStep> {
  const { n, inputDim, outputDim, learningRate } = task;
  const session = await ort.InferenceSession.create(buildNaiveGraph(task), {
    executionProviders: ['cpu'],
    intraOpNumThreads: task.cores,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
  });
  const scalar = (value: number): ort.Tensor => new ort.Tensor('float32', Float32Array.of(value), []);
  const feeds: Record<string, ort.Tensor> = {
    inputs: new ort.Tensor('float32', task.inputs, [n, inputDim]),
    targets: new ort.Tensor('float32', task.targets, [n, outputDim]),
    [ports.errorScale]: scalar(1 / (n * outputDim)),
  };
  const state: string[] = [];
  for (const { name, shape, data } of initial) {
    const zeros = (): ort.Tensor => new ort.Tensor('float32', new Float32Array(data.length), shape);
    feeds[name] = new ort.Tensor('float32', data.slice(), shape);
    feeds[prefixes.accumulated + name] = zeros();
    feeds[prefixes.m + name] = zeros();
    feeds[prefixes.v + name] = zeros();
    state.push(name, prefixes.m + name, prefixes.v + name);
  }
  const fetches = [ports.loss, ...state.map((name) => prefixes.next + name)];
  const { beta1, beta2 } = adamDefaults;
  let steps = 0;
  return {
    async step() {
      const start = performance.now();
      steps++;
      feeds[ports.stepSize] = scalar(learningRate / (1 - beta1 ** steps));
      feeds[ports.sqrtBiasCorrection2] = scalar(Math.sqrt(1 - beta2 ** steps));
      const results = await session.run(feeds, fetches);
      for (const name of state) {
        const next = results[prefixes.next + name];
        if (next !== undefined) feeds[name] = next;
      }
      const loss = results[ports.loss]?.data[0];
      return { ms: performance.now() - start, loss: Number(loss) };
    },
    parameters: () =>
      initial.map(({ name, shape }) => ({ name, shape, data: feeds[name]?.data as Float32Array })),
    release: () => session.release(),
  };
}
