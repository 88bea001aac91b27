// A narrow network in one kernel, against plain loops in double precision.
import { afterAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/core/index.js';
import { layOutNetwork } from '../../../src/engine/webgpu/layout.js';
import { fits, fusedKernel, type FusedShape } from '../../../src/engine/webgpu/wgsl/fused.js';
import { sampleFlags } from '../../../src/engine/webgpu/wgsl/samples.js';
import { floats, found, runKernel, skip, why } from './support.js';

afterAll(() => found?.close());

const random = createRandom(23);
const numbers = (count: number): Float32Array =>
  Float32Array.from({ length: count }, () => 2 * random.float() - 1);

/** 5 → 32 → 20 → 5: a sine with a bias, rectified without one, and an answer of more than four numbers. */
const network = layOutNetwork([
  { fanIn: 5, fanOut: 32, activation: { name: 'sine', omega: 3 } },
  { fanIn: 32, fanOut: 20, activation: { name: 'relu' }, bias: false },
  { fanIn: 20, fanOut: 5, activation: { name: 'identity' } },
]);
const shape: FusedShape = {
  ...{
    total: network.total,
    loss: 'squared',
    truncates: false,
    inputs: true,
    coded: false,
    supervised: false,
  },
  layers: network.layers.map(({ fanOut, inner, outer, block, bias, activation }) => ({
    ...{ fanOut, inner, outer, block, biased: bias !== undefined, activation: activation.name, omega: 3 },
  })),
};

/** Zeros where a layer is padded, and where it has no bias. */
const weights = new Float32Array(network.total);
const turned = new Float32Array(network.total);
for (const { fanIn, fanOut, inner, outer, block, bias } of network.layers) {
  for (let column = 0; column < fanOut; column++) {
    for (let row = 0; row < fanIn; row++) {
      weights[block + row * outer + column] = turned[block + column * inner + row] =
        numbers(1)[0]! / Math.sqrt(fanIn);
    }
    if (bias !== undefined) weights[block + inner * outer + column] = numbers(1)[0]!;
  }
}

/** What a pass finds, of one sample after the other. */
function plain(inputs: Float32Array, targets: Float32Array, weightOf: (row: number) => number, rows: number) {
  const sums = new Float64Array(network.total);
  const [predictions, errors, gradients] = [[] as number[], [] as number[], [] as number[]];
  let loss = 0;
  for (let row = 0; row < rows; row++) {
    const results = [[...inputs.subarray(row * 16, row * 16 + 16)]];
    const slopes: number[][] = [];
    for (const { inner, outer, block, activation } of network.layers) {
      const z = Array.from({ length: outer }, (_, column) =>
        results
          .at(-1)!
          .reduce(
            (sum, x, k) => sum + x * weights[block + k * outer + column]!,
            weights[block + inner * outer + column]!,
          ),
      );
      const { name } = activation;
      results.push(z.map((x) => (name === 'sine' ? Math.sin(3 * x) : name === 'relu' ? Math.max(0, x) : x)));
      slopes.push(
        z.map((x) => (name === 'sine' ? 3 * Math.cos(3 * x) : name === 'relu' ? Number(x > 0) : 1)),
      );
    }
    const answer = results.at(-1)!.slice(0, 5);
    predictions.push(...answer);
    const weight = weightOf(row);
    const residuals = answer.map((value, i) => (weight > 0 ? value - targets[row * 5 + i]! : 0));
    errors.push(residuals.reduce((sum, r) => sum + r * r, 0) / 5);
    loss += (weight * residuals.reduce((sum, r) => sum + r * r, 0)) / (5 * rows);
    let delta = Array.from({ length: 16 }, (_, i) => (2 * weight * (residuals[i] ?? 0)) / (5 * rows));
    for (const [i, { inner, outer, block }] of [...network.layers.entries()].reverse()) {
      const before = results[i]!;
      delta = delta.map((d, j) => d * slopes[i]![j]!);
      for (let column = 0; column < outer; column++) {
        for (let k = 0; k < inner; k++) sums[block + k * outer + column]! += before[k]! * delta[column]!;
        sums[block + inner * outer + column]! += delta[column]!;
      }
      delta = before.map((_, k) => delta.reduce((sum, d, j) => sum + d * weights[block + k * outer + j]!, 0));
    }
    gradients.push(...delta);
  }
  return { sums, predictions, errors, gradients, loss };
}

const near = (got: ArrayLike<number>, wanted: ArrayLike<number>, bound: number, what: string): void => {
  expect(got.length, what).toBe(wanted.length);
  for (let i = 0; i < wanted.length; i++)
    expect(Math.abs(got[i]! - wanted[i]!), `${what} ${i}`).toBeLessThan(bound * (1 + Math.abs(wanted[i]!)));
};

describe.skipIf(skip)(`a network in one kernel, seed 23${why}`, () => {
  it.each([1, 37])(
    'finds loss, errors and gradients of %i samples, the same bits in any order',
    async (rows) => {
      // Slices of 32: the second of 37 samples is not full.
      const [chunk, slices] = [32, Math.ceil(rows / 32)];
      const inputs = numbers(rows * 16).map((value, i) => (i % 16 < 5 ? value : 0));
      const targets = numbers(rows * 5);
      const weightings = Float32Array.from({ length: rows }, (_, i) => (i === 3 ? 0 : 1 + (i % 3)));
      // A target of weight 0 is never read.
      if (rows > 3) targets.fill(NaN, 15, 20);
      const wanted = plain(inputs, targets, (row) => weightings[row]!, rows);
      const { whole, weighted, errors, predictions, gradient } = sampleFlags;
      const params = {
        ...{ rows, chunk, total: 0, flags: whole | weighted | errors | predictions | gradient },
        ...{ factors: [1 / (5 * rows), 0], places: [0, slices, 0, slices + rows] },
      };
      const counts = [slices + 6 * rows, slices * network.total];
      const buffers = [inputs, weights, turned, targets, new Uint32Array(1), weightings, ...counts];
      const run = (order: 'plain' | 'bits') =>
        runKernel(fusedKernel(shape, { order }), buffers, params, [slices]);
      const first = await run('plain');
      const out = floats(first[6]);
      near([out.subarray(0, slices).reduce((sum, term) => sum + term, 0)], [wanted.loss], 2e-6, 'loss');
      near(out.subarray(slices, slices + rows), wanted.errors, 5e-6, 'error');
      near(out.subarray(slices + rows), wanted.predictions, 2e-6, 'prediction');
      near(floats(first[0]), wanted.gradients, 5e-6, 'gradient by input');
      const sums = floats(first[7]);
      for (const { fanOut, inner, outer, block, bias } of network.layers) {
        // What pads the last layer is never read.
        for (let row = 0; row < inner + (bias === undefined ? 0 : 1); row++) {
          for (let column = 0; column < fanOut; column++) {
            const at = block + row * outer + column;
            let sum = 0;
            for (let slice = 0; slice < slices; slice++) sum += sums[slice * network.total + at]!;
            near([sum], [wanted.sums[at]!], 5e-6, `sum at ${at}`);
          }
        }
      }
      for (const order of ['plain', 'bits'] as const) expect(await run(order), order).toEqual(first);
      // A later pass adds to what is there.
      const added = await runKernel(
        fusedKernel(shape),
        [...buffers.slice(0, 7), sums],
        { ...params, flags: params.flags | sampleFlags.adds },
        [slices],
      );
      const inner = network.layers[1]!.block;
      expect(floats(added[7])[inner]).toBe(2 * sums[inner]!);
    },
  );
});

describe('a network in one kernel', () => {
  const layers = (...widths: number[]) =>
    layOutNetwork(
      widths
        .slice(1)
        .map((fanOut, i) => ({ fanIn: widths[i]!, fanOut, activation: { name: 'relu' as const } })),
    ).layers;
  it.each([
    [[24, 64, 64, 3], true],
    [[2, 64, 64, 64, 3], true],
    [[2, 64, 64, 64, 64, 3], false],
    [[24, 65, 3], false],
    [[2, 3], true],
    [[24, 64, 17], false],
  ])('has layers of at most 64 and 16 KiB between them: %j', (widths, fit) => {
    expect(fits(layers(...widths))).toBe(fit);
  });
});
