// Each kernel against plain loops in double precision: at odd sizes, with buffers full of NaN before and guard words behind,
// three times with the same bits, and with its invocations and workgroups in another order.
import { afterAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/core/index.js';
import { adamKernel } from '../../../src/engine/webgpu/wgsl/adam.js';
import { averageKernel } from '../../../src/engine/webgpu/wgsl/average.js';
import { denseKernel, type Tile } from '../../../src/engine/webgpu/wgsl/dense.js';
import type { KernelSource, Params, Writing } from '../../../src/engine/webgpu/wgsl/ids.js';
import { gatherKernel, headKernel, sampleFlags } from '../../../src/engine/webgpu/wgsl/samples.js';
import { narrowWeightsKernel, weightFlags, weightsKernel } from '../../../src/engine/webgpu/wgsl/weights.js';
import { floats, found, runKernel, skip, why, type KernelBuffer } from './support.js';

afterAll(() => found?.close());

const random = createRandom(11);
const numbers = (count: number): Float32Array =>
  Float32Array.from({ length: count }, () => 2 * random.float() - 1);

/**
 * Runs a kernel three times, as written and in another order: the bits must be the same. The large tile takes a software
 * driver seconds to compile, and is written by the same lines as the small one: it stays in its usual order.
 */
async function run(
  make: (writing: Writing) => KernelSource,
  buffers: readonly KernelBuffer[],
  params: Params,
  groups: readonly [number, number?, number?],
): Promise<Uint32Array[]> {
  const plain = make({});
  const first = await runKernel(plain, buffers, params, groups);
  for (const writing of [{}, plain.name.endsWith('128') ? {} : ({ order: 'bits' } as const)]) {
    expect(await runKernel(make(writing), buffers, params, groups), JSON.stringify(writing)).toEqual(first);
  }
  return first;
}

/** Both arrays are as near to one another as sums of so large terms can be. */
function near(got: Float32Array, wanted: readonly number[], bound = 2e-6): void {
  expect(got).toHaveLength(wanted.length);
  const worst = wanted.reduce((at, value, i) => {
    const off = (k: number, w: number): number => Math.abs(got[k]! - w) / (1 + Math.abs(w));
    return !(off(i, value) <= off(at, wanted[at]!)) ? i : at;
  }, 0);
  const difference = Math.abs(got[worst]! - wanted[worst]!) / (1 + Math.abs(wanted[worst]!));
  expect(difference, `number ${worst}: ${got[worst]} for ${wanted[worst]}`).toBeLessThan(bound);
}

const sum = (count: number, of: (i: number) => number): number => {
  let total = 0;
  for (let i = 0; i < count; i++) total += of(i);
  return total;
};

const places = (rows: number, columns: number): [number, number][] =>
  Array.from({ length: rows * columns }, (_, i) => [Math.floor(i / columns), i % columns]);

describe.skipIf(skip)(`WGSL kernels, seed 11${why}`, () => {
  const shapes: [rows: number, inner: number, outer: number, tile: Tile][] = [
    [1, 16, 16, 64],
    [3, 48, 80, 64],
    [63, 16, 272, 64],
    [65, 80, 16, 64],
    [129, 32, 144, 128],
    [1, 16, 16, 128],
  ];

  it.each(shapes)('a layer of %i samples, %i × %i, tile %i', async (rows, inner, outer, tile) => {
    // The layer's block does not begin the buffer.
    const block = 32;
    const [a, w] = [numbers(rows * inner), numbers(block + (inner + 1) * outer)];
    const groups = [Math.ceil(outer / tile), Math.ceil(rows / tile)] as const;
    const params = { rows, inner, outer, block, factors: [30 / Math.PI] };
    const z = places(rows, outer).map(
      ([row, column]) =>
        sum(inner, (k) => a[row * inner + k]! * w[block + k * outer + column]!) +
        w[block + inner * outer + column]!,
    );
    const [, , bits] = await run(
      (as) => denseKernel('forward', 'sine', tile, as),
      [a, w, rows * outer],
      params,
      groups,
    );
    near(
      floats(bits),
      z.map((value) => Math.sin(30 * value)),
      6e-5,
    );
    bits!.forEach((word, i) => {
      const cosine = Math.cos(30 * z[i]!);
      if (Math.abs(cosine) > 1e-3) expect(word & 1, `sign of the cosine ${i}`).toBe(cosine < 0 ? 1 : 0);
    });
  });

  it.each(shapes)(
    'the gradient by inputs of %i samples, %i × %i, tile %i',
    async (rows, inner, outer, tile) => {
      const block = 16;
      const [g, turned] = [numbers(rows * inner), numbers(block + inner * outer)];
      const angles = numbers(rows * outer).map((x) => 9 * x);
      const h = Float32Array.from(angles, Math.sin);
      const bits = new Uint32Array(h.buffer);
      bits.forEach((word, i) => (bits[i] = ((word & ~1) | Number(Math.cos(angles[i]!) < 0)) >>> 0));
      const groups = [Math.ceil(outer / tile), Math.ceil(rows / tile)] as const;
      const params = { rows, inner, outer, block, factors: [30] };
      const results = await run(
        (as) => denseKernel('inputs', 'sine', tile, as),
        [g, turned, h, rows * outer],
        params,
        groups,
      );
      const wanted = places(rows, outer).map(
        ([row, column], i) =>
          30 *
          Math.cos(angles[i]!) *
          sum(inner, (k) => g[row * inner + k]! * turned[block + k * outer + column]!),
      );
      // √(1 − h²) of a rounded h is off by 3e-4 where the cosine is small.
      near(floats(results[3]), wanted, 30 * 2e-3);
      expect(
        sum(wanted.length, (i) => Math.abs(floats(results[3])[i]! - wanted[i]!)) / wanted.length,
      ).toBeLessThan(3e-4);
    },
  );

  it.each(shapes)(
    'the gradient by weights of %i samples, %i × %i, tile %i',
    async (rows, inner, outer, tile) => {
      const [block, chunk] = [16, 16];
      const slices = Math.ceil(rows / chunk);
      const total = block + (inner + 1) * outer;
      // Samples beyond the last may hold anything.
      const beyond = 5;
      const a = numbers((rows + beyond) * inner).fill(Number.NaN, rows * inner);
      const g = numbers((rows + beyond) * outer).fill(Number.NaN, rows * outer);
      const groups = [Math.ceil(outer / tile), Math.ceil(inner / tile), slices] as const;
      const params = { rows, inner, outer, block, chunk, total };
      const results = await run((as) => weightsKernel(tile, as), [a, g, slices * total], params, groups);
      const wanted = (slice: number, row: number, column: number): number =>
        sum(Math.min(chunk, rows - slice * chunk), (i) => {
          const n = slice * chunk + i;
          return (row < inner ? a[n * inner + row]! : 1) * g[n * outer + column]!;
        });
      const all = floats(results[2]);
      for (let slice = 0; slice < slices; slice++) {
        const got = all.subarray(slice * total + block, (slice + 1) * total);
        near(
          got,
          places(inner + 1, outer).map(([row, column]) => wanted(slice, row, column)),
        );
      }
      // A second pass adds to what the first has left.
      const twice = { ...params, flags: weightFlags.adds };
      const again = await runKernel(weightsKernel(tile), [a, g, all], twice, groups);
      const part = (of: Float32Array): Float32Array => of.subarray(block, total);
      near(
        part(floats(again[2])),
        [...part(all)].map((value) => 2 * value),
      );
    },
  );

  it.each([
    [1, 16, 16, 1],
    [3, 16, 80, 2],
    [63, 272, 16, 3],
    [65, 16, 272, 16],
    [64, 80, 16, 5],
  ])(
    'the gradient by weights of a narrow layer: %i samples, %i × %i, %i that count',
    async (rows, inner, outer, few) => {
      const [block, chunk] = [16, 32];
      const turned = inner > 16;
      const slices = Math.ceil(rows / chunk);
      const total = block + (inner + 1) * outer;
      const [a, g] = [numbers(rows * inner), numbers(rows * outer)];
      const groups = [Math.ceil((turned ? inner : outer) / 64), Math.ceil(few / 4), slices] as const;
      const params = { rows, inner, outer, block, chunk, total, flags: turned ? weightFlags.turned : 0 };
      const results = await run(narrowWeightsKernel, [a, g, slices * total], params, groups);
      const got = floats(results[2]);
      for (let slice = 0; slice < slices; slice++) {
        for (const [row, column] of places(inner + 1, outer)) {
          const counts = turned ? column < few : row < few || row === inner;
          if (!counts) continue;
          const wanted = sum(Math.min(chunk, rows - slice * chunk), (i) => {
            const n = slice * chunk + i;
            return (row < inner ? a[n * inner + row]! : 1) * g[n * outer + column]!;
          });
          const at = slice * total + block + row * outer + column;
          expect(Math.abs(got[at]! - wanted), `${slice}, ${row}, ${column}`).toBeLessThan(
            2e-6 * (1 + Math.abs(wanted)),
          );
        }
      }
    },
  );

  it.each([1, 3, 63, 65])('gathers %i samples by index, zeros where the weight is 0', async (rows) => {
    const [inner, outer, first, total] = [3, 16, 2, 40];
    const points = numbers(inner * 80);
    const indices = Uint32Array.from({ length: rows + first }, (_, i) => (i * 37) % 80);
    const weights = Float32Array.from({ length: rows + first }, (_, i) => i % 3);
    const groups = [Math.ceil((rows * outer) / 1024)] as const;
    const wanted = (flags: number) =>
      places(rows, outer).map(([row, column]) => {
        const dropped = (flags & sampleFlags.weighted) > 0 && weights[first + row] === 0;
        const index =
          (flags & sampleFlags.whole) > 0 ? Math.min(total, 80 - rows) + row : indices[first + row]!;
        return column < inner && !dropped ? points[index * inner + column]! : 0;
      });
    for (const flags of [0, sampleFlags.weighted, sampleFlags.whole]) {
      const params = { rows, first, inner, outer, total: Math.min(total, 80 - rows), flags };
      const results = await run(gatherKernel, [points, indices, weights, rows * outer], params, groups);
      expect([...floats(results[3])], `flags ${flags}`).toEqual(wanted(flags));
    }
  });

  const losses = [
    { loss: 'squared', truncate: undefined, outputs: 3 },
    { loss: 'l1', truncate: undefined, outputs: 1 },
    { loss: 'mape', truncate: 0.4, outputs: 5 },
  ] as const;
  it.each(losses)(
    'the last layer and the loss $loss, truncated at $truncate, $outputs outputs',
    async (of) => {
      const { loss, truncate, outputs } = of;
      const [inner, outer, block] = [32, 16, 16];
      for (const rows of [1, 3, 63, 65]) {
        const [h, w, targets] = [
          numbers(rows * inner),
          numbers(block + (inner + 1) * outer),
          numbers(outputs * 90),
        ];
        const indices = Uint32Array.from({ length: rows }, (_, i) => (i * 7) % 90);
        const weights = Float32Array.from({ length: rows }, (_, i) => (i % 4) / 2);
        targets.fill(Number.NaN, 0, outputs);
        const scale = 0.01;
        const loads = Math.ceil(rows / 64);
        const at = { errors: loads, absolute: loads + rows, predictions: loads + 2 * rows };
        const { errors, absolute, predictions, gradient, weighted } = sampleFlags;
        const params = {
          ...{ rows, inner, outer, block, chunk: outputs, factors: [scale, truncate ?? 0] },
          places: [0, at.errors, at.absolute, at.predictions],
          flags: errors | absolute | predictions | gradient | weighted,
        };
        const results = await run(
          (as) => headKernel(loss, truncate !== undefined, as),
          [h, w, targets, indices, weights, rows * outer, at.predictions + rows * outputs],
          params,
          [loads],
        );
        const bound = truncate ?? Infinity;
        const clip = (x: number): number => Math.min(bound, Math.max(-bound, x));
        const wanted = Array.from({ length: rows }, (_, row) => {
          const weight = weights[row]!;
          const outs = Array.from({ length: outputs }, (_, c) => {
            const given =
              sum(inner, (k) => h[row * inner + k]! * w[block + k * outer + c]!) +
              w[block + inner * outer + c]!;
            if (weight === 0) return { given, residual: 0, term: 0, slope: 0 };
            const y = clip(targets[indices[row]! * outputs + c]!);
            const size = loss === 'mape' ? Math.abs(y) + 0.01 : 1;
            const residual = (clip(given) - y) / size;
            const [term, slope] =
              loss === 'squared'
                ? [residual ** 2, 2 * residual]
                : [Math.abs(residual), Math.sign(residual) / size];
            return { given, residual, term, slope: Math.abs(given) <= bound ? slope * weight * scale : 0 };
          });
          return { weight, outs };
        });
        const out = floats(results[6]);
        const per = (of: (o: (typeof wanted)[0]['outs'][0]) => number) =>
          wanted.map(({ outs }) => sum(outputs, (c) => of(outs[c]!)));
        near(
          out.subarray(at.errors, at.absolute),
          per(({ residual }) => residual ** 2 / outputs),
          1e-5,
        );
        near(
          out.subarray(at.absolute, at.predictions),
          per(({ residual }) => Math.abs(residual)),
          1e-5,
        );
        near(
          out.subarray(at.predictions),
          wanted.flatMap(({ outs }) => outs.map(({ given }) => given)),
        );
        const total = sum(
          rows,
          (i) => wanted[i]!.weight * scale * sum(outputs, (c) => wanted[i]!.outs[c]!.term),
        );
        near(Float32Array.of(sum(loads, (i) => out[i]!)), [total], 1e-5);
        near(
          floats(results[5]),
          places(rows, outer).map(([row, c]) => wanted[row]!.outs[c]?.slope ?? 0),
          1e-5,
        );
      }
    },
  );

  it("Adam's update, and the weights a second time, turned", async () => {
    // Two layers: 3 → 5 without a bias and 5 → 2 with one, in blocks of 16 × 16, of which the second does not begin at 0.
    const layers = [
      { block: 0, fanIn: 3, fanOut: 5, bias: 0 },
      { block: 272, fanIn: 5, fanOut: 2, bias: 1 },
    ];
    const [total, slices] = [2 * 272, 3];
    const table = Uint32Array.from(
      layers.flatMap(({ block, fanIn, fanOut, bias }) => [block, 16, 16, fanIn, fanOut, bias]),
    );
    const counts = (at: number): boolean => {
      const { fanIn, fanOut, bias } = layers[at < 272 ? 0 : 1]!;
      const [row, column] = [Math.floor((at % 272) / 16), at % 16];
      return column < fanOut && (row < fanIn || (row === 16 && bias === 1));
    };
    const padded = (from: Float32Array): Float32Array => from.map((value, at) => (counts(at) ? value : 0));
    const [w, m] = [padded(numbers(total)), padded(numbers(total))];
    const v = padded(numbers(total).map(Math.abs));
    const sums = numbers(slices * total).map((value, i) => (counts(i % total) ? value : Number.NaN));
    const [stepSize, root, beta1, beta2, epsilon] = [0.01, 0.3, 0.9, 0.99, 1e-8];
    const results = await run(
      adamKernel,
      [sums, table, w, new Float32Array(total), m, v],
      {
        rows: slices,
        inner: 2,
        total,
        factors: [stepSize, root, beta1, 1 - beta1, beta2, 1 - beta2, epsilon],
      },
      [Math.ceil(total / 256)],
    );
    const [weights, turned] = [floats(results[2]), floats(results[3])];
    const next = [...w].map((value, at) => {
      if (!counts(at)) return 0;
      const g = sum(slices, (i) => sums[i * total + at]!);
      const first = beta1 * m[at]! + (1 - beta1) * g;
      return value - (stepSize * first) / (Math.sqrt(beta2 * v[at]! + (1 - beta2) * g * g) / root + epsilon);
    });
    near(weights, next, 1e-6);
    for (const [row, column] of places(16, 16)) {
      for (const block of [0, 272])
        expect(turned[block + column * 16 + row]).toBe(weights[block + row * 16 + column]);
    }
  });

  it('an average that moves by a share of the way, over more workgroups than one, and by all of it at once', async () => {
    for (const total of [1, 256, 777]) {
      const [weights, average] = [numbers(total), numbers(total)];
      for (const rate of [0.3, 1]) {
        const params = { total, factors: [rate] };
        const groups = [Math.ceil(total / 256)] as const;
        const [, moved] = await run(averageKernel, [weights, average], params, groups);
        const wanted = [...average].map((value, i) => value * (1 - rate) + weights[i]! * rate);
        near(floats(moved), wanted, 1e-7);
        if (rate === 1) expect(floats(moved)).toEqual(weights);
      }
    }
  });

  it('a sine within 1e-6 of the exact one up to arguments of 1,000, and its slope', async () => {
    const rows = 2000;
    // Half turns, as the kernel has them after its factor.
    const turns = Float32Array.from(
      { length: rows },
      (_, i) => ((i - rows / 2) / (rows / 2)) * 318.3 + i / 9e4,
    );
    const a = new Float32Array(rows * 16);
    turns.forEach((value, i) => (a[16 * i] = value));
    const w = new Float32Array(17 * 16);
    w[0] = 1;
    const params = { rows, inner: 16, outer: 16, factors: [1] };
    const groups = [1, Math.ceil(rows / 64)] as const;
    const [, , bits] = await runKernel(denseKernel('forward', 'sine', 64), [a, w, rows * 16], params, groups);
    const h = floats(bits);
    const worst = Math.max(...turns.map((t, i) => Math.abs(h[16 * i]! - Math.sin(Math.PI * t))));
    expect(worst).toBeLessThan(1e-6);
    // The gradient 1 by the first number of the layer alone.
    const ones = a.map((_, i) => Number(i % 16 === 0));
    const back = await runKernel(
      denseKernel('inputs', 'sine', 64),
      [ones, w.subarray(0, 256), h, rows * 16],
      { ...params, factors: [1] },
      groups,
    );
    const slopes = floats(back[3]);
    turns.forEach((t, i) => {
      const exact = Math.cos(Math.PI * t);
      // As near as a sine rounded to 24 bits, less the last of them, tells.
      expect(Math.abs(slopes[16 * i]! - exact), `cosine of ${t} half turns`).toBeLessThan(
        3e-7 / Math.max(5e-4, Math.abs(exact)),
      );
    });
  });
});
