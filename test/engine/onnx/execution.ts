// How ONNX Runtime works on a device, for tests that make its parts by themselves.
import type { Execution } from '../../../src/engine/onnx/execution.js';

/** The CPU's way, with kernels. */
export const execution: Execution = { provider: 'cpu', kernels: true, residentBytes: 0, microBatch: 2048 };

/** The way of a device that keeps nothing between steps, by a provider. */
export const travelling = (provider: string): Execution => ({ ...execution, provider, kernels: false });

/** The way of a device that keeps weights and samples. */
export const resident = (provider: string): Execution => ({
  ...travelling(provider),
  residentBytes: 2 ** 27,
});
