// How steps are cut: fixed functions of sizes, by hand.
import { describe, expect, it } from 'vitest';
import { hashGrid, siren } from '../../../src/engine/models/index.js';
import {
  fromDevice,
  layOutNetwork,
  networkOf,
  toDevice,
  turnedForDevice,
} from '../../../src/engine/webgpu/layout.js';
import { bindingBytes, cutStep, microBatchOf, planStep } from '../../../src/engine/webgpu/plan.js';
import { whyNot } from '../../../src/engine/webgpu/trainer.js';

const network = (width: number, depth = 3) => networkOf(siren({ inputDim: 2, outputDim: 3, width, depth }))!;

describe('a step on a GPU', () => {
  it('has micro-batches of at most 256 MiB of activations', () => {
    expect(microBatchOf(network(256))).toBe(65_536);
    expect(microBatchOf(network(257))).toBe(32_768);
    expect(microBatchOf(network(8))).toBe(65_536);
    expect(microBatchOf(network(1024))).toBe(16_384);
    // 64 samples of four layers of 2¹⁸ + 16 numbers are more than 256 MiB.
    expect(microBatchOf(network(2 ** 18 + 1))).toBe(0);
  });

  it.each([1, 63, 5243, 16_383, 16_384, 65_536, 65_537, 262_144])(
    'of %i samples is cut without gaps',
    (size) => {
      const sliceBytes = network(256).total * 4;
      const { passes, tile, slices, chunk } = planStep(size, 65_536, sliceBytes);
      let next = 0;
      for (const { first, rows } of passes) {
        expect(first).toBe(next);
        expect(rows).toBeGreaterThan(0);
        expect(rows).toBeLessThanOrEqual(65_536);
        expect(slices * chunk).toBeGreaterThanOrEqual(rows);
        next += rows;
      }
      expect(next).toBe(size);
      expect((slices - 1) * chunk).toBeLessThan(Math.max(...passes.map(({ rows }) => rows)));
      expect(slices * sliceBytes).toBeLessThanOrEqual(bindingBytes);
      expect(tile).toBe(size / passes.length >= 16_384 ? 128 : 64);
    },
  );

  it('is one program where it is short; with the frequency term else predicted, compared and learnt from in turn', () => {
    const plan = planStep(350, 100, 64);
    const cut = (most: number, supervised: boolean): unknown[] =>
      cutStep(plan, most, supervised).map(({ from, to, phase }) => [phase, from, to]);
    expect(cut(3, false)).toEqual([
      ['all', 0, 3],
      ['all', 3, 4],
    ]);
    expect(cut(8, true)).toEqual([['all', 0, 4]]);
    expect(cut(7, true)).toEqual([
      ['predict', 0, 4],
      ['compare', 0, 0],
      ['learn', 0, 4],
    ]);
    expect(cut(3, true)).toEqual([
      ['predict', 0, 3],
      ['predict', 3, 4],
      ['compare', 0, 0],
      ['learn', 0, 3],
      ['learn', 3, 4],
    ]);
    // A single pass is one submit, however long it takes.
    expect(cutStep(planStep(90, 100, 64), 1, true)).toEqual([{ from: 0, to: 1, phase: 'all' }]);
  });

  it('has as many slices as fit a binding', () => {
    const { slices, chunk } = planStep(65_536, 65_536, bindingBytes / 3);
    expect([slices, chunk]).toEqual([3, 21_856]);
    expect(planStep(65_536, 65_536, 2 * bindingBytes).slices).toBe(1);
  });

  it('has its weights padded, and turned beside them', () => {
    const layout = layOutNetwork([
      { fanIn: 2, fanOut: 3, activation: { name: 'relu' } },
      { fanIn: 3, fanOut: 1, activation: { name: 'identity' } },
    ]);
    expect([layout.total, layout.count]).toEqual([2 * 17 * 16, 13]);
    const flat = Float32Array.from({ length: 13 }, (_, i) => i + 1);
    const device = toDevice(layout, flat);
    // [out, in] in the model's own order: 1 2 | 3 4 | 5 6, then the bias 7 8 9.
    expect([...device.subarray(0, 4)]).toEqual([1, 3, 5, 0]);
    expect([...device.subarray(16, 20)]).toEqual([2, 4, 6, 0]);
    expect([...device.subarray(256, 260)]).toEqual([7, 8, 9, 0]);
    expect([...device.subarray(272 + 32, 272 + 34)]).toEqual([12, 0]);
    const turned = turnedForDevice(layout, flat);
    expect([...turned.subarray(0, 3), ...turned.subarray(16, 19)]).toEqual([1, 2, 0, 3, 4, 0]);
    expect(fromDevice(layout, device)).toEqual(flat);
  });
});

describe('what these kernels cannot train', () => {
  const given = { adam: { learningRate: 1 }, seed: 1, device: 'webgpu' };
  const model = siren({ inputDim: 2, outputDim: 1 });
  const crossFrequency = {
    ...{ width: 1, height: 1, range: { min: 0, max: 255 }, luma: [1], weight: 1 },
    targetResponse: new Float32Array(1),
  };
  it.each([
    [
      { model: hashGrid({ inputDim: 2, outputDim: 3, featuresPerLevel: 4 }) },
      'hash-grid is not made of dense layers, nor of a hash grid and dense layers',
    ],
    [{ model: hashGrid({ inputDim: 2, outputDim: 3 }) }, undefined],
    [
      {
        model: hashGrid({ inputDim: 2, outputDim: 3 }),
        crossFrequency: { ...crossFrequency, weight: 0.0011 },
      },
      "a hash grid's sums of gradients have no room for cross-frequency supervision of weight over 0.001",
    ],
    [{ model, eikonal: 0.1 }, 'the eikonal term needs second derivatives'],
    [{ model, crossFrequency }, undefined],
    [
      { model: siren({ inputDim: 2, outputDim: 5 }), crossFrequency },
      'cross-frequency supervision of more than 4 channels is not among its kernels',
    ],
    [{ model: siren({ inputDim: 2, outputDim: 3, width: 8192, depth: 1 }) }, 'its layers are too wide'],
    [{ model }, undefined],
  ])('is told by name: %#', (options, reason) => {
    expect(whyNot({ ...given, ...options })).toBe(reason);
  });
});
