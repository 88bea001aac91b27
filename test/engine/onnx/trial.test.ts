// Trying a device: a provider that ONNX Runtime's package lacks is told, where a session would take the CPU without a word.
import { expect, it } from 'vitest';
import { tryProduct } from '../../../src/engine/onnx/trial.js';

const execution = { kernels: false, residentBytes: 0, microBatch: 1024 };

it('of a provider takes a product that is right', async () => {
  await expect(tryProduct({ ...execution, provider: 'cpu' })).resolves.toBeUndefined();
});

it('of a provider that is not there says which are', async () => {
  await expect(tryProduct({ ...execution, provider: 'abacus' })).rejects.toThrow(/has no abacus here.*cpu/);
});
