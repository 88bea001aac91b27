// Trying a device: a provider that ONNX Runtime's package lacks is told, where a session would take the CPU without a word.
import { expect, it } from 'vitest';
import { timeProduct } from '../../../src/engine/onnx/trial.js';

const execution = { kernels: false, residentBytes: 0, microBatch: 1024 };

it('of a provider times a product', async () => {
  expect(await timeProduct({ ...execution, provider: 'cpu' })).toBeGreaterThan(0);
});

it('of a provider that is not there says which are', async () => {
  await expect(timeProduct({ ...execution, provider: 'abacus' })).rejects.toThrow(/has no abacus here.*cpu/);
});
