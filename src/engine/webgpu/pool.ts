// Where a trainer's pool is: on the device, as far as that can bind it in one piece and has the memory for it; else where it was, and a
// step's samples are sent. Bits are the same.
import { DeviceError } from '../../core/errors.js';
import type { Pool } from '../../core/index.js';
import { partsOf } from '../training/whole-pool.js';
import type { Gpu } from './gpu.js';
import type { Memory } from './memory.js';
import { bindingBytes } from './plan.js';

/** A pool's place. */
export interface PoolPlace {
  readonly resident: boolean;
  /** What is worth telling of it, a sentence: of a pool that not every device can bind. */
  readonly note?: string;
}

const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);

/** Finds a pool its place, and makes the buffers for it. @throws DeviceError when the device is lost */
export async function placePool(gpu: Gpu, memory: Memory, pool: Pool): Promise<PoolPlace> {
  const { size, inputDim, targetDim, coded } = pool;
  const points = size * inputDim * 4;
  const targets = coded === undefined ? size * targetDim * 4 : coded.values.byteLength + coded.codes.length;
  const [largest, most] = [Math.max(points, targets), gpu.largestBinding];
  const sent = (reason: string): PoolPlace => ({
    resident: false,
    note: `each step's samples are sent to the GPU, since it cannot keep all of them: ${reason}`,
  });
  if (largest > most) {
    const wanted = `${mebibytes(largest)} MiB are wanted in one piece`;
    return sent(`${wanted}, and it has pieces of at most ${mebibytes(most)} MiB`);
  }
  try {
    await memory.reserve('points', points);
    await memory.reserve('targets', targets);
  } catch (cause) {
    if (!(cause instanceof DeviceError)) throw cause;
    // A device that is lost has no place for anything.
    gpu.check();
    for (const name of ['points', 'targets']) await memory.replace(name, 16);
    return sent(`it has no memory for ${mebibytes(points + targets)} MiB`);
  }
  if (largest <= bindingBytes) return { resident: true };
  return {
    resident: true,
    note: `all samples stay on the GPU, ${mebibytes(points + targets)} MiB, more than every GPU can bind`,
  };
}

/** Sends a pool to its place, by and by. */
export async function sendPool(memory: Memory, pool: Pool): Promise<void> {
  const { inputDim, targetDim, coded } = pool;
  if (coded !== undefined) {
    memory.write('targets', coded.values);
    memory.write('targets', coded.codes, coded.values.byteLength);
  }
  for (const { from, samples } of partsOf(pool)) {
    await pool.ready?.(samples);
    const part = pool.gather(samples);
    memory.write('points', part.inputs, from * inputDim * 4);
    if (coded === undefined) memory.write('targets', part.targets, from * targetDim * 4);
  }
}
