// The reference trainer against the official code's numbers: one tiny SIREN step by step, the cross-frequency loss
// with its gradient.
import { describe, expect, it } from 'vitest';
import { allOf, someOf } from '../../src/core/index.js';
import { createPixelPool } from '../../src/image/index.js';
import { golden } from '../support/reference-data.js';
import { layersFromState, stateFromLayers, type StateDict } from '../reference/siren-layers.js';
import { CrossFrequencyLoss } from '../reference/siren-loss.js';
import { ReferenceTrainer } from '../reference/siren.js';
import { largestDifference } from './difference.js';
import { hasCase, testCase } from './official-images.js';

interface SirenStep {
  omega: number;
  adam: { lr: number };
  coords: number[];
  targets: number[];
  init: StateDict;
  pred_init_f64: number[];
  loss_f64: number[];
  loss_after_5: number;
  grad_f64: Record<string, StateDict>;
  weights_after_f64: Record<string, StateDict>;
}

const sirenStep = golden<SirenStep>('siren_step');

describe('a tiny SIREN, official code in double precision', () => {
  const data = sirenStep;
  const names = Object.keys(data.init ?? {});
  const batch = {
    ...allOf(12),
    inputs: Float32Array.from(data.coords),
    targets: Float32Array.from(data.targets),
  };
  const make = (): ReferenceTrainer =>
    new ReferenceTrainer({ layers: layersFromState(data.init), omega: data.omega, lr: data.adam.lr });

  it('predicts the same', async () => {
    const { predictions } = await make().step(batch, { wants: ['predictions'] });
    expect(largestDifference(predictions!, data.pred_init_f64)).toBeLessThan(1e-7);
  });

  it('has the same losses, gradients and weights over five Adam steps', async () => {
    const trainer = make();
    for (let step = 1; step <= 5; step++) {
      const { loss, gradient } = trainer.lossAndGradient(batch);
      const slopes = stateFromLayers(gradient, names);
      for (const name of Object.keys(data.grad_f64[step] ?? {})) {
        expect(largestDifference(slopes[name]!, data.grad_f64[step]![name]!), `${step} ${name}`).toBeLessThan(
          1e-12,
        );
      }
      expect(loss).toBeCloseTo(data.loss_f64[step - 1]!, 12);
      await trainer.step(batch, { wants: [] });
      const weights = stateFromLayers(trainer.layers, names);
      for (const name of Object.keys(data.weights_after_f64[step] ?? {})) {
        const difference = largestDifference(weights[name]!, data.weights_after_f64[step]![name]!);
        expect(difference, `${step} ${name}`).toBeLessThan(1e-12);
      }
    }
    expect(trainer.lossAndGradient(batch).loss).toBeCloseTo(data.loss_after_5, 6);
  });
});

interface CrossFrequencyCases {
  lap_coff: number;
  cases: {
    crossover_case: number;
    eval_loss: number;
    eval_mse: number;
    eval_grad: number[];
    sel_indices: number[];
    pred_sel: number[];
    sel_loss: number;
    sel_mse: number;
    sel_grad: number[];
  }[];
}

const crossFrequency = golden<CrossFrequencyCases>('cfs');

describe('the cross-frequency loss', () => {
  // One of the golden cases is of an image whose predictions are not among the golden vectors.
  const known = crossFrequency.cases.filter((one) => hasCase(one.crossover_case));

  it.each(known)('matches the official loss and gradient, image $crossover_case', (expected) => {
    const { image, pred } = testCase(expected.crossover_case);
    const pool = createPixelPool(image);
    const loss = new CrossFrequencyLoss(pool, crossFrequency.lap_coff);
    loss.remember(pred, pool.targets);

    const evaluated = addSquaredError(pred, pool.targets);
    const whole = loss.add(allOf(pool.size), pred, evaluated.gradient);
    expect(evaluated.loss).toBeCloseTo(expected.eval_mse, 7);
    expect(evaluated.loss + whole).toBeCloseTo(expected.eval_loss, 7);
    expect(largestDifference(evaluated.gradient, expected.eval_grad)).toBeLessThan(2e-8);

    const chosen = someOf(Uint32Array.from(expected.sel_indices));
    const selected = addSquaredError(Float64Array.from(expected.pred_sel), pool.gather(chosen).targets);
    const part = loss.add(chosen, Float64Array.from(expected.pred_sel), selected.gradient);
    expect(selected.loss).toBeCloseTo(expected.sel_mse, 7);
    expect(selected.loss + part).toBeCloseTo(expected.sel_loss, 7);
    expect(largestDifference(selected.gradient, expected.sel_grad)).toBeLessThan(2e-8);
  });
});

function addSquaredError(
  predictions: Float64Array,
  targets: Float32Array,
): { loss: number; gradient: Float64Array } {
  const gradient = predictions.map((value, i) => (2 * (value - targets[i]!)) / predictions.length);
  const loss =
    predictions.reduce((sum, value, i) => sum + (value - targets[i]!) ** 2, 0) / predictions.length;
  return { loss, gradient };
}
