// ‖J·Jᵀg‖² beside the kernel J·Jᵀ written out in double precision, of a tiny SIREN.
import { allOf, createRandom } from 'evos';
import { createModel, createTrainer } from 'evos/engine';
import { expect, it } from 'vitest';

const [width, omega, n, channels] = [10, 30, 12, 3];

/** A SIREN's answer to one place, its weights one behind the other. */
function answer(weights: Float64Array, place: readonly number[]): number[] {
  let values = [...place];
  let at = 0;
  for (const [layer, outputs] of [width, width, channels].entries()) {
    const bias = at + outputs * values.length;
    const sums = Array.from({ length: outputs }, (_, o) =>
      values.reduce(
        (sum, value, i) => sum + weights[at + o * values.length + i]! * value,
        weights[bias + o]!,
      ),
    );
    at = bias + outputs;
    values = layer < 2 ? sums.map((sum) => Math.sin(omega * sum)) : sums;
  }
  return values;
}

it.each([1, 2])('ranks samples as the kernel does, with %i workers', async (workers) => {
  const random = createRandom(3);
  const numbers = (count: number): Float32Array =>
    Float32Array.from({ length: count }, () => 2 * random.float() - 1);
  const batch = {
    ...allOf(n),
    indices: allOf(n).indices,
    inputs: numbers(2 * n),
    targets: numbers(channels * n),
  };
  const model = createModel('siren', { inputDim: 2, outputDim: channels }, { width, depth: 1, omega });
  const trainer = createTrainer({
    model,
    adam: { learningRate: 1e-3 },
    seed: 4,
    device: 'cpu',
    workers,
    microBatch: 4,
  });
  try {
    for (let step = 0; step < 3; step++) await trainer.step(batch, { wants: [] });
    const before = await trainer.snapshot();
    const weights = Float64Array.from(before.arrays['parameters'] as Float32Array);
    const outputs = (of: Float64Array): number[] =>
      Array.from({ length: n }, (_, i) =>
        answer(of, [batch.inputs[2 * i]!, batch.inputs[2 * i + 1]!]),
      ).flat();
    const slopes = [...weights.keys()].map((k) => {
      const moved = (by: number): number[] =>
        outputs(weights.map((value, i) => (i === k ? value + by : value)));
      const [ahead, behind] = [moved(1e-6), moved(-1e-6)];
      return ahead.map((value, i) => (value - behind[i]!) / 2e-6);
    });
    const kernel = (i: number, j: number): number =>
      slopes.reduce((sum, column) => sum + column[i]! * column[j]!, 0);
    const wrong = outputs(weights).map((value, i) => (2 * (value - batch.targets[i]!)) / (n * channels));
    const moves = wrong.map((_, i) => wrong.reduce((sum, g, j) => sum + kernel(i, j) * g, 0));
    const scores = Array.from({ length: n }, (_, i) =>
      moves.slice(channels * i, channels * (i + 1)).reduce((sum, value) => sum + value ** 2, 0),
    );
    const { tangents } = await trainer.score!(batch, { wants: ['tangents'] });
    const largest = Math.max(...scores);
    scores.forEach((score, i) => {
      expect(Math.abs(tangents![i]! - score) / largest, `sample ${i}`).toBeLessThan(0.01);
    });
    expect(await trainer.snapshot()).toEqual(before);
  } finally {
    await trainer.dispose();
  }
});
