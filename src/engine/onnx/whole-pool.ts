// A pool on its way to a device that keeps it.
import { ArgumentError, type Pool } from '../../core/index.js';
import { someOf } from '../../core/samples.js';
import type { ModelDefinition } from '../models/index.js';
import type { Execution } from './execution.js';

/** Samples asked of a pool at once. */
const gathered = 65_536;

/** Whether a pool can be kept on a device, see the `pool` option. */
export function staysResident({ size, inputDim, targetDim }: Pool, { residentBytes }: Execution): boolean {
  return size * Math.max(inputDim, targetDim) * 4 <= residentBytes;
}

/** @throws ArgumentError when a pool's samples are not what a model takes and gives. */
export function checkPool(pool: Pool, { inputDim, outputDim }: ModelDefinition): void {
  if (pool.inputDim === inputDim && pool.targetDim === outputDim) return;
  throw new ArgumentError(
    `pool: got samples of ${pool.inputDim} inputs and ${pool.targetDim} targets, expected ${inputDim} and ` +
      `${outputDim}, as the model has`,
  );
}

/** All samples of a pool, in shared memory; asked for by and by, since a pool may have to work them out. */
export function wholePool(pool: Pool): { inputs: Float32Array; targets: Float32Array } {
  const { size, inputDim, targetDim } = pool;
  const inputs = new Float32Array(new SharedArrayBuffer(size * inputDim * 4));
  const targets = new Float32Array(new SharedArrayBuffer(size * targetDim * 4));
  for (let from = 0; from < size; from += gathered) {
    const count = Math.min(gathered, size - from);
    const part = pool.gather(someOf(Uint32Array.from({ length: count }, (_, i) => from + i)));
    inputs.set(part.inputs, from * inputDim);
    targets.set(part.targets, from * targetDim);
  }
  return { inputs, targets };
}
