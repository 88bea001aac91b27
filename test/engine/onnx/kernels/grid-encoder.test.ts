// The kernel that looks points up in a hash grid, against the plain formula: values, the gradient of the table, and
// nothing written elsewhere.
import { existsSync } from 'node:fs';
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import type * as gridEncoder from '../../../../src/engine/onnx/kernels/grid-encoder.js';
import { gridScratch } from '../../../../src/engine/onnx/kernels/grid-scratch.js';
import { layOut } from '../../../../src/engine/onnx/parameters/layout.js';
import { hashGrid } from '../../../../src/engine/models/index.js';
import type { FrameSetup } from '../../../../src/engine/onnx/protocol.js';
import {
  allocateParameters,
  Barrier,
  SharedParameters,
} from '../../../../src/engine/onnx/parameters/shared.js';
import { execution } from '../execution.js';
import { referenceEncode, referenceScatter } from '../../../reference/hash-grid.js';
import { relativeError, seeded } from '../../graph/support.js';

const folder = new URL('../../../../dist/engine/onnx/kernels/', import.meta.url);
if (!existsSync(new URL('grid.wasm', folder)))
  throw new Error('the kernels are not built: run `npm run build` first');
const { GridEncoder } = (await import(new URL('grid-encoder.js', folder).href)) as typeof gridEncoder;

const SEED = 5150;
/** A coordinate has 24 bits, of which up to nine go to the number of its cell. */
const tolerance = 1e-4;

interface Shape {
  readonly dims: 2 | 3;
  readonly levels: number;
  readonly log2TableSize: number;
  readonly finestResolution: number;
}

/** A kernel for the second of two workers, with numbers in the table. */
function parts({ dims, ...shape }: Shape) {
  const model = hashGrid({ inputDim: dims, outputDim: 1, baseResolution: 3, width: 4, depth: 1, ...shape });
  const { slots, total } = layOut(model.parameters);
  const layout = model.encoding?.layout;
  if (layout === undefined) throw new Error('the model has no encoding');
  const adam = { beta1: 0.9, beta2: 0.99, epsilon: 1e-15 };
  const shared = allocateParameters(total, 2, adam, gridScratch(layout));
  const parameters = new SharedParameters(shared);
  const random = seeded(SEED);
  const tableLength = slots[0]?.count ?? 0;
  for (let i = 0; i < total; i++) parameters.values[i] = 2 * random.float() - 1;
  const setup: FrameSetup = {
    execution,
    variableSizes: false,
    slots,
    shared,
    barrier: Barrier.allocate(),
    index: 1,
    encoding: layout,
  };
  const grid = { dims, features: 2, baseResolution: 3, ...shape };
  return { encoder: new GridEncoder(setup, layout), parameters, grid, tableLength, random, total };
}

/** Points of which some lie on the border and some outside. */
function pointsFor(dims: number, count: number, random: { float(): number }): Float32Array {
  return Float32Array.from({ length: count * dims }, () => {
    const kind = random.float();
    return kind < 0.05 ? -1 : kind < 0.1 ? 1 : kind < 0.15 ? 1.7 : 2 * random.float() - 1;
  });
}

const shapes: [string, Shape, number][] = [
  ['3 axes', { dims: 3, levels: 7, log2TableSize: 9, finestResolution: 90 }, 700],
  ['2 axes', { dims: 2, levels: 8, log2TableSize: 7, finestResolution: 300 }, 700],
  ['one level narrower than a point', { dims: 3, levels: 1, log2TableSize: 14, finestResolution: 3 }, 50],
  // Longer than a call of the kernel.
  ['a long pass', { dims: 2, levels: 1, log2TableSize: 3, finestResolution: 3 }, 33_001],
];

describe(`the hash grid kernel (seed ${SEED})`, () => {
  it.each(shapes)('looks points up and brings gradients back: %s', (_, shape, count) => {
    const { encoder, parameters, grid, tableLength, random, total } = parts(shape);
    const before = parameters.values.slice();
    const table = before.subarray(0, tableLength);
    const width = 2 * shape.levels;
    const gradient = parameters.gradient(1);
    const added = new Float64Array(total);
    // A short pass after a long one: what the long one left behind must not count.
    for (const size of [count, 5]) {
      const points = pointsFor(shape.dims, size, random);
      const feeds = { inputs: new ort.Tensor('float32', points, [size, shape.dims]) };
      const fetches: Record<string, ort.Tensor> = {};
      encoder.beforePass(feeds, fetches);
      const encoded = feeds.inputs;
      expect(encoded.dims).toEqual([size, width]);
      const error = relativeError(encoded.data, referenceEncode(grid, table, points));
      expect(error, 'values').toBeLessThan(tolerance);

      const given = fetches['gradient/inputs']?.data as Float32Array;
      expect(given.length).toBe(size * width);
      for (let i = 0; i < given.length; i++) given[i] = 2 * random.float() - 1;
      encoder.afterPass();
      referenceScatter(grid, tableLength / 2, points, given).forEach((value, i) => {
        added[i] = (added[i] ?? 0) + value;
      });
      expect(relativeError(gradient, added), 'gradient').toBeLessThan(tolerance);
    }
    expect(parameters.values, 'the parameters').toEqual(before);
    for (const [name, other] of Object.entries({
      m: parameters.m,
      v: parameters.v,
      'the other worker’s gradient': parameters.gradient(0),
    })) {
      expect(
        other.every((value) => value === 0),
        name,
      ).toBe(true);
    }
  });

  it.each(shapes.slice(0, 3))('gives the gradient by the points themselves: %s', (_, shape) => {
    const { encoder, parameters, grid, tableLength, random } = parts(shape);
    const { dims } = shape;
    const size = 40;
    const width = 2 * shape.levels;
    // Not so near a border of a cell that a difference would reach over it, but for some outside of the grid.
    const step = 1e-5;
    const finest = shape.finestResolution;
    const points = Float32Array.from({ length: size * dims }, (_, i) => {
      if (i % 11 === 0) return 1.5;
      return 2 * ((Math.floor(random.float() * (finest - 2)) + 0.3 + 0.4 * random.float()) / finest) - 1;
    });
    const table = parameters.values.slice(0, tableLength);
    const feeds = { inputs: new ort.Tensor('float32', points, [size, dims]) };
    const out = new Float32Array(size * dims).fill(Number.NaN);
    const fetches: Record<string, ort.Tensor> = {
      inputGradients: new ort.Tensor('float32', out, [size, dims]),
    };
    encoder.beforePass(feeds, fetches);
    const finish = encoder.bySamples(fetches);
    const given = fetches['inputGradients']?.data as Float32Array;
    expect(given.length).toBe(size * width);
    for (let i = 0; i < given.length; i++) given[i] = 2 * random.float() - 1;
    finish?.();
    const value = (at: number, by: number): number => {
      const sample = Math.floor(at / dims);
      const moved = Float64Array.from(points.subarray(sample * dims, (sample + 1) * dims));
      moved[at % dims] = moved[at % dims]! + by;
      const values = referenceEncode(grid, table, moved);
      return values.reduce((sum, each, i) => sum + each * given[sample * width + i]!, 0);
    };
    // A difference over a border of some level's cells is of neither side: where both sides differ it says nothing.
    let compared = 0;
    out.forEach((got, i) => {
      const [ahead, behind] = [value(i, step) - value(i, 0), value(i, 0) - value(i, -step)];
      if (Math.abs(ahead - behind) > 1e-9) return;
      compared++;
      expect(Math.abs(got - ahead / step), `number ${i}`).toBeLessThan(2e-3 * (1 + Math.abs(got)));
    });
    expect(compared).toBeGreaterThan(0.9 * out.length);
  });
});
