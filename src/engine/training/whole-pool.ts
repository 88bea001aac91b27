// A pool on its way to a device that keeps it.
import { ArgumentError } from '../../core/errors.js';
import type { Pool, Samples } from '../../core/index.js';
import { someOf } from '../../core/samples.js';
import type { ModelDefinition } from '../models/index.js';

/** Samples asked of a pool at once. */
const gathered = 65_536;

/** Whether a pool can be kept on a device, see the `pool` option. @param residentBytes most bytes of one array there */
export function staysResident(
  { size, inputDim, targetDim }: Pool,
  { residentBytes }: { readonly residentBytes: number },
): boolean {
  return size * Math.max(inputDim, targetDim) * 4 <= residentBytes;
}

/** @throws ArgumentError when a pool's samples are not what a model takes and gives, or its bytes are not of all of them. */
export function checkPool(pool: Pool, { inputDim, outputDim }: ModelDefinition): void {
  if (pool.inputDim !== inputDim || pool.targetDim !== outputDim) {
    throw new ArgumentError(
      `pool: got samples of ${pool.inputDim} inputs and ${pool.targetDim} targets, expected ${inputDim} and ` +
        `${outputDim}, as the model has`,
    );
  }
  const { codes, values } = pool.coded ?? {};
  if (codes !== undefined && (codes.length !== pool.size * pool.targetDim || values?.length !== 256)) {
    throw new ArgumentError(
      `pool.coded: got ${codes.length} codes and ${values?.length} values, expected ${pool.size * pool.targetDim} (samples × ` +
        'targets) and 256',
    );
  }
}

/** @throws ArgumentError when an index is not of the pool */
export function checkIndices(indices: Uint32Array, { size }: Pool): void {
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i] ?? 0;
    if (index < size) continue;
    throw new ArgumentError(`step: got index ${index} at position ${i}, expected indices below ${size}`);
  }
}

/** All samples of a pool; asked for by and by, since a pool may have to work them out. @param allocate memory for numbers */
export function wholePool(
  pool: Pool,
  allocate: (count: number) => Float32Array = (count) => new Float32Array(count),
): { inputs: Float32Array; targets: Float32Array } {
  const { size, inputDim, targetDim } = pool;
  const inputs = allocate(size * inputDim);
  const targets = allocate(size * targetDim);
  for (const { from, samples } of partsOf(pool)) {
    const part = pool.gather(samples);
    inputs.set(part.inputs, from * inputDim);
    targets.set(part.targets, from * targetDim);
  }
  return { inputs, targets };
}

/** All samples of a pool in parts, in their order. */
export function* partsOf({ size }: Pool): Generator<{ readonly from: number; readonly samples: Samples }> {
  for (let from = 0; from < size; from += gathered) {
    const count = Math.min(gathered, size - from);
    yield { from, samples: someOf(Uint32Array.from({ length: count }, (_, i) => from + i)) };
  }
}
