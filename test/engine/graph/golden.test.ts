// A whole training step against the published implementation: predictions, losses, gradients and weights of a tiny
// SIREN over five Adam steps, in double precision by the interpreter and in single precision by ONNX Runtime.
// Provenance: golden/siren_step.json, the official EVOS code (zwx-open/EVOS-INR at 3261484) with PyTorch 1.13.
import { describe, expect, it } from 'vitest';
import { adamUpdate, addGradient, GraphBuilder, type GraphProto } from '../../../src/engine/graph/index.js';
import { siren } from '../../../src/engine/models/index.js';
import { evaluate, tensor, type Tensor } from '../../reference/evaluate.js';
import { golden } from '../../support/reference-data.js';
import { relativeError, rounded, runOnnx } from './support.js';

type Parameters = Record<string, number[]>;

interface SirenStep {
  adam: { lr: number; beta1: number; beta2: number; eps: number };
  omega: number;
  shapes: Record<string, number[]>;
  coords: number[];
  targets: number[];
  init: Parameters;
  pred_init: number[];
  loss: number[];
  loss_after_5: number;
  grad: Record<string, Parameters>;
  weights_after: Record<string, Parameters>;
  pred_init_f64: number[];
  loss_f64: number[];
  grad_f64: Record<string, Parameters>;
  weights_after_f64: Record<string, Parameters>;
}

const data = golden<SirenStep>('siren_step');

/** The golden file's names in the order of the model's parameters: sine layers are called `linear` there. */
const NAMES = ['net.0.linear', 'net.1.linear', 'net.2'].flatMap((layer) => [
  `${layer}.weight`,
  `${layer}.bias`,
]);

/** One training step with everything it works out as outputs. */
function stepGraph(elementType: 'float32' | 'float64', reference: SirenStep): GraphProto {
  const model = siren({ inputDim: 2, outputDim: 3, width: 16, depth: 1, omega: reference.omega });
  const b = new GraphBuilder('step', { elementType });
  const x = b.input('x', ['n', 2]);
  const target = b.input('target', ['n', 3]);
  const stepSize = b.input('stepSize', []);
  const sqrtBiasCorrection2 = b.input('sqrtBiasCorrection2', []);
  const parameters = model.parameters.map(({ shape }, i) => b.input(`p${i}`, shape));
  const prediction = model.build(b, x, parameters);
  const difference = b.sub(prediction, target);
  const loss = b.reduceMean(b.mul(difference, difference), undefined, false);
  b.output(prediction, 'prediction');
  b.output(loss, 'loss');
  addGradient(b, { of: loss, wrt: parameters }).forEach((gradient, i) => {
    const param = parameters[i] ?? loss;
    const m = b.input(`m${i}`, param.shape);
    const v = b.input(`v${i}`, param.shape);
    const { beta1, beta2, eps } = reference.adam;
    const next = adamUpdate(b, { param, gradient, m, v, stepSize, sqrtBiasCorrection2, beta1, beta2, eps });
    b.output(gradient, `g${i}`);
    b.output(next.param, `next p${i}`);
    b.output(next.m, `next m${i}`);
    b.output(next.v, `next v${i}`);
  });
  return b.graph();
}

/**
 * The reference's own single-precision run is up to 2.8e-6 (relative to the largest weight of a tensor) away from its
 * double-precision one: Adam divides by the size of the gradient, so rounding of small gradients counts fully.
 */
const SINGLE = 4e-6;

type Run = (feeds: Record<string, Tensor>) => Promise<(name: string) => ArrayLike<number>>;

/** Five steps; `check` sees what each one found. */
async function train(
  reference: SirenStep,
  run: Run,
  check: (step: number, values: (name: string) => ArrayLike<number>) => void,
): Promise<void> {
  const { lr, beta1, beta2 } = reference.adam;
  const single = (values: readonly number[] | undefined): number[] => (values ?? []).map(Math.fround);
  const feeds: Record<string, Tensor> = {
    x: tensor([12, 2], single(reference.coords)),
    target: tensor([12, 3], single(reference.targets)),
  };
  NAMES.forEach((name, i) => {
    const shape = reference.shapes[name] ?? [];
    const start = tensor(shape, single(reference.init[name]));
    feeds[`p${i}`] = start;
    feeds[`m${i}`] = { ...start, data: start.data.map(() => 0) };
    feeds[`v${i}`] = { ...start, data: start.data.map(() => 0) };
  });
  for (let step = 1; step <= 5; step++) {
    feeds['stepSize'] = tensor([], [lr / (1 - beta1 ** step)]);
    feeds['sqrtBiasCorrection2'] = tensor([], [Math.sqrt(1 - beta2 ** step)]);
    const values = await run(feeds);
    check(step, values);
    NAMES.forEach((name, i) => {
      for (const kind of ['p', 'm', 'v']) {
        feeds[`${kind}${i}`] = tensor(reference.shapes[name] ?? [], values(`next ${kind}${i}`));
      }
    });
  }
}

describe('five steps of a tiny SIREN as the published implementation takes them', () => {
  const reference = data;

  it('in double precision', async () => {
    const graph = stepGraph('float64', reference);
    const run: Run = (feeds) => {
      const values = evaluate(graph, feeds);
      return Promise.resolve((name) => values.get(name)?.data ?? []);
    };
    let compared = 0;
    await train(reference, run, (step, values) => {
      expect(relativeError(values('loss'), [reference.loss_f64[step - 1] ?? 0]), `loss ${step}`).toBeLessThan(
        1e-12,
      );
      if (step === 1)
        expect(relativeError(values('prediction'), reference.pred_init_f64)).toBeLessThan(1e-12);
      NAMES.forEach((name, i) => {
        const gradient = reference.grad_f64[step]?.[name];
        const weights = reference.weights_after_f64[step]?.[name];
        if (gradient === undefined || weights === undefined) return;
        expect(relativeError(values(`g${i}`), gradient), `gradient ${step} of ${name}`).toBeLessThan(1e-12);
        expect(relativeError(values(`next p${i}`), weights), `${name} after ${step}`).toBeLessThan(1e-12);
        compared += 1;
      });
    });
    expect(compared).toBe(3 * NAMES.length);
  });

  it('in single precision in ONNX Runtime', async () => {
    const graph = stepGraph('float32', reference);
    const run: Run = async (feeds) => {
      const results = await runOnnx(graph, rounded(feeds));
      return (name) => results[name]?.data ?? [];
    };
    let compared = 0;
    await train(reference, run, (step, values) => {
      expect(relativeError(values('loss'), [reference.loss[step - 1] ?? 0]), `loss ${step}`).toBeLessThan(
        SINGLE,
      );
      if (step === 1) expect(relativeError(values('prediction'), reference.pred_init)).toBeLessThan(SINGLE);
      NAMES.forEach((name, i) => {
        const gradient = reference.grad[step]?.[name];
        const weights = reference.weights_after[step]?.[name];
        if (gradient === undefined || weights === undefined) return;
        expect(relativeError(values(`g${i}`), gradient), `gradient ${step} of ${name}`).toBeLessThan(SINGLE);
        expect(relativeError(values(`next p${i}`), weights), `${name} after ${step}`).toBeLessThan(SINGLE);
        compared += 1;
      });
    });
    expect(compared).toBe(3 * NAMES.length);
  });
});
