// The hash grid's kernels against the plain reference.
import { afterAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/core/index.js';
import { hashGrid } from '../../../src/engine/models/index.js';
import { layOutGrid } from '../../../src/engine/models/hash-grid/layout.js';
import { WebGpuTrainer, whyNot } from '../../../src/engine/webgpu/trainer.js';
import {
  gridAdamKernel,
  gridExponent,
  gridScale,
  levelsTable,
  lookupKernel,
  scatterKernel,
} from '../../../src/engine/webgpu/wgsl/grid.js';
import type { KernelSource, Params, Writing } from '../../../src/engine/webgpu/wgsl/ids.js';
import { sampleFlags } from '../../../src/engine/webgpu/wgsl/samples.js';
import { referenceEncode, referenceScatter } from '../../reference/hash-grid.js';
import { floats, found, openNull, runKernel, skip, why, type KernelBuffer } from './support.js';

afterAll(() => found?.close());

const random = createRandom(17);
const numbers = (count: number): Float32Array =>
  Float32Array.from({ length: count }, () => 2 * random.float() - 1);

/** Three levels, the last of them hashed; in three dimensions the last two. */
const shape = { features: 2, levels: 3, log2TableSize: 7, baseResolution: 4, finestResolution: 24 };
const perLevelScale = Math.sqrt(6);
const layoutOf = (dims: number) => layOutGrid({ ...shape, dims, perLevelScale });

/** Runs a kernel as written and in another order: the bits must be the same. */
async function run(
  make: (writing: Writing) => KernelSource,
  buffers: readonly KernelBuffer[],
  params: Params,
  groups: number,
): Promise<Uint32Array[]> {
  const first = await runKernel(make({}), buffers, params, [groups]);
  for (const writing of [{}, { order: 'bits' }] as const) {
    expect(await runKernel(make(writing), buffers, params, [groups]), JSON.stringify(writing)).toEqual(first);
  }
  return first;
}

describe.skipIf(skip)(`WGSL kernels of a hash grid, seed 17${why}`, () => {
  it.each([2, 3])('look points up in %i dimensions, by index and weight', async (dims) => {
    const layout = layoutOf(dims);
    const table = numbers(layout.rows * 2);
    // Borders and what lies outside of them too.
    const points = numbers(dims * 40);
    points.set([-1, 1, 1, -1, 3, -3].slice(0, 2 * dims));
    const indices = Uint32Array.from([1, 0, 7, 39, 7]);
    const weights = Float32Array.from([1, 2, 0, 1, 0.5]);
    const [rows, outer] = [indices.length, 16];
    const params = { rows, inner: dims, outer, chunk: shape.levels, flags: sampleFlags.weighted };
    const buffers = [points, indices, weights, levelsTable(layout), table, rows * outer];
    const results = await run((as) => lookupKernel(dims, as), buffers, params, 1);
    const got = floats(results[5]);
    const all = referenceEncode({ ...shape, dims }, table, points);
    indices.forEach((index, row) => {
      for (let i = 0; i < outer; i++) {
        const wanted = i < 6 && weights[row]! > 0 ? all[index * 6 + i]! : 0;
        expect(Math.abs(got[row * outer + i]! - wanted), `sample ${row}, number ${i}`).toBeLessThan(2e-5);
      }
    });
  });

  it.each([2, 3])(
    'add gradients up in %i dimensions, large and tiny ones, and take Adam’s step',
    async (dims) => {
      const layout = layoutOf(dims);
      const [rows, outer] = [300, 16];
      const points = numbers(dims * rows);
      // Many samples share rows; some gradients are a billionth of others, and those of the others' rows cancel out.
      const gradient = numbers(rows * outer).map((value, i) => (i % 32 < 16 ? value : value * 1e-9));
      const exponent = gridExponent(rows);
      const none = new Float32Array(4);
      const samples = { rows, inner: dims, outer, chunk: shape.levels, flags: sampleFlags.whole };
      const results = await run(
        (as) => scatterKernel(dims, as),
        [points, new Uint32Array(4), none, levelsTable(layout), gradient, new Uint32Array(layout.rows * 4)],
        { ...samples, factors: [gridScale(exponent)] },
        Math.ceil((rows * shape.levels) / 256),
      );
      const used = Float32Array.from(
        { length: rows * 6 },
        (_, i) => gradient[Math.floor(i / 6) * outer + (i % 6)]!,
      );
      const wanted = referenceScatter({ ...shape, dims }, layout.rows, points, used);
      const [table, m, v] = [
        numbers(layout.rows * 2),
        new Float32Array(layout.rows * 2),
        new Float32Array(layout.rows * 2),
      ];
      // Without history, β₁ = 0 and β₂ = 0: m is the gradient itself.
      const factors = [0.01, 1, 0, 1, 0, 1, 1e-15];
      const after = await run(
        gridAdamKernel,
        [results[5]!, table, m, v],
        { rows: layout.rows, block: exponent, factors },
        Math.ceil(layout.rows / 256),
      );
      expect(after[0]!.every((word) => word === 0)).toBe(true);
      const [next, first, second] = after.slice(1).map(floats);
      wanted.forEach((value, i) => {
        // A place in a cell is as exact as float32 has it.
        const bound = 2e-6 * (1 + Math.abs(value));
        expect(Math.abs(first![i]! - value), `gradient ${i}`).toBeLessThan(bound);
        expect(second![i]).toBeCloseTo(first![i]! ** 2, 6);
        // Squares of tiny gradients are too small to be exact.
        if (Math.abs(value) < 1e-5) return;
        expect(Math.abs(next![i]! - (table[i]! - 0.01 * Math.sign(value))), `number ${i}`).toBeLessThan(1e-6);
      });
    },
  );

  it('hold gradients a trillion times smaller than others', async () => {
    const layout = layoutOf(2);
    const points = new Float32Array(2 * 2);
    for (const value of [1e-9, -1e-9, 12_345.678, -12_345.678]) {
      const gradient = new Float32Array(2 * 16);
      gradient.fill(value, 0, 6);
      const [, , , , , sums] = await runKernel(
        scatterKernel(2),
        [
          points,
          new Uint32Array(4),
          new Float32Array(4),
          levelsTable(layout),
          gradient,
          new Uint32Array(layout.rows * 4),
        ],
        { rows: 2, inner: 2, outer: 16, chunk: 3, flags: sampleFlags.whole, factors: [gridScale(1)] },
        [1],
      );
      const zeros = (): Float32Array => new Float32Array(layout.rows * 2);
      const [, , m] = await runKernel(
        gridAdamKernel(),
        [sums!, zeros(), zeros(), zeros()],
        { rows: layout.rows, block: 1, factors: [0, 1, 0, 1, 0, 1, 1] },
        [Math.ceil(layout.rows / 256)],
      );
      // The first level's four corners share it.
      const first = layout.levels[0]!.rows * 2;
      const total =
        floats(m)
          .subarray(0, first)
          .reduce((sum, number) => sum + number, 0) / 2;
      expect(Math.abs(total / value - 1)).toBeLessThan(2e-3);
    }
  });
});

describe('a table', () => {
  it('of more rows than a GPU can bind is told by name', async () => {
    const model = hashGrid({
      inputDim: 3,
      outputDim: 3,
      log2TableSize: 21,
      levels: 12,
      finestResolution: 2048,
    });
    const given = { model, adam: { learningRate: 1 }, seed: 1, device: 'webgpu' };
    expect(whyNot(given)).toBeUndefined();
    // The null backend has what every device must have, 128 MiB.
    const gpu = await openNull();
    const trainer = new WebGpuTrainer(given, {
      open: () => Promise.resolve(gpu),
      release: (of) => of.close(),
    });
    const predicts = trainer.predict(new Float32Array(3));
    await expect(predicts).rejects.toThrow(
      /^\d+\.\d MiB of grid sums were wanted in one piece, but this GPU has pieces of at most 128.0 MiB: take a smaller/,
    );
    await expect(predicts).rejects.toMatchObject({ code: 'device' });
    await trainer.dispose();
  });
});
