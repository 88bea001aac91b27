// `bench gpu` tells each kernel's share, and the rate of those that are products: by the products of the network itself.
import { expect, it } from 'vitest';
import { siren } from 'evos/engine';
import { kernelLines, linesOf, productsOf } from '../../bench/gpu-kernels.js';

it('has shares of all kernels, longest first, and the products of a step', () => {
  const times = new Map([
    ['adam', 1],
    ['forward-sine-128', 2],
    ['head-squared', 1],
    ['inputs-sine-128', 2],
    ['narrow-weights', 1],
    ['weights-128', 3],
  ]);
  const lines = linesOf(times, 1000);
  expect(lines.map(({ milliseconds }) => milliseconds)).toEqual([3, 2, 2, 1, 1, 1]);
  expect(lines.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12);
  const flops = (...names: string[]): number =>
    lines
      .filter(({ kernel }) => names.includes(kernel))
      .reduce((sum, { teraflops = 0, milliseconds }) => sum + teraflops * milliseconds * 1e9, 0);
  const model = siren({ inputDim: 2, outputDim: 3, width: 256, depth: 3 });
  const forward = 2 * model.macsPerSample * 1000;
  expect(flops('forward-sine-128', 'head-squared')).toBeCloseTo(forward, 0);
  expect(flops('weights-128', 'narrow-weights')).toBeCloseTo(forward, 0);
  // The first layer's inputs have no gradient.
  expect(flops('inputs-sine-128')).toBeCloseTo(forward - 2 * 512 * 1000, 0);
  const { milliseconds, share, floor } = productsOf(lines);
  expect(milliseconds).toBe(9);
  expect(share).toBeCloseTo(0.9, 12);
  const rates = lines.map(({ teraflops = 0 }) => teraflops);
  const work = lines.reduce((sum, line) => sum + (line.teraflops ?? 0) * line.milliseconds, 0);
  expect(floor).toBeCloseTo(work / Math.max(...rates), 12);
  expect(floor).toBeLessThan(milliseconds);
  const text = kernelLines([{ name: 'full step', lines }]);
  expect(text).toContain('weights-128         3.000  30.0 %      0.1');
  expect(text.find((line) => line.startsWith('adam'))).toMatch(/10\.0 % +–$/);
});
