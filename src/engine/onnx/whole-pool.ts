// A pool on its way to a device that keeps it.
import { ArgumentError, type SamplePool } from '../../core/index.js';
import type { ModelDefinition } from '../models/index.js';
import { onnxDefaults, type Device } from './options.js';

/** Samples asked of a pool at once. */
const gathered = 65_536;

/** Whether a pool can be kept on a device, see the `pool` option. */
export function staysResident({ size, inputDim, targetDim }: SamplePool, device: Device): boolean {
  return device === 'webgpu' && size * Math.max(inputDim, targetDim) * 4 <= onnxDefaults.residentBytes;
}

/** @throws ArgumentError when a pool's samples are not what a model takes and gives. */
export function checkPool(pool: SamplePool, { inputDim, outputDim }: ModelDefinition): void {
  if (pool.inputDim === inputDim && pool.targetDim === outputDim) return;
  throw new ArgumentError(
    `pool: got samples of ${pool.inputDim} inputs and ${pool.targetDim} targets, expected ${inputDim} and ` +
      `${outputDim}, as the model has`,
  );
}

/** All samples of a pool, in shared memory; asked for by and by, since a pool may have to work them out. */
export function wholePool(pool: SamplePool): { inputs: Float32Array; targets: Float32Array } {
  const { size, inputDim, targetDim } = pool;
  const inputs = new Float32Array(new SharedArrayBuffer(size * inputDim * 4));
  const targets = new Float32Array(new SharedArrayBuffer(size * targetDim * 4));
  for (let from = 0; from < size; from += gathered) {
    const count = Math.min(gathered, size - from);
    const part = pool.gather(Uint32Array.from({ length: count }, (_, i) => from + i));
    inputs.set(part.inputs, from * inputDim);
    targets.set(part.targets, from * targetDim);
  }
  return { inputs, targets };
}
