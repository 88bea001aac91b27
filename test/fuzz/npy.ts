// NumPy's files under damage: arrays of every type that is read, and zips of them, stored and compressed.
import { deflateRawSync } from 'node:zlib';
import { chooseOnce } from '../../src/adapters/process/once.js';
import { readArrayFile } from '../../src/adapters/process/array-files.js';
import { makeNpy, makeZip } from '../../fixtures/npy.js';

const values = Array.from({ length: 12 }, (_, i) => (i % 5) / 4);
const whole = values.map((value) => 4 * value);
const errors = makeNpy('<f4', [12], values);

/** One of each kind. */
export const seeds: Readonly<Record<string, Uint8Array>> = {
  'float.npy': errors,
  'double.npy': makeNpy('<f8', [3, 4], values),
  'swapped.npy': makeNpy('>f4', [12], values),
  'fortran.npy': makeNpy('<f4', [3, 4], values, { fortran: true }),
  'long.npy': makeNpy('<i8', [12], whole),
  'byte.npy': makeNpy('|u1', [12], whole),
  'truth.npy': makeNpy('|b1', [12], whole),
  'second.npy': makeNpy('<f4', [12], values, { version: 2 }),
  'stored.npz': makeZip({
    'errors.npy': errors,
    'excluded.npy': makeNpy('|b1', [12], [1, ...whole.slice(1)]),
  }),
  'deflated.npz': makeZip(
    { 'errors.npy': errors, 'luma.npy': makeNpy('<f8', [12], whole) },
    { deflateRawSync },
  ),
};

/** Reads, and chooses. */
export async function read(file: string): Promise<unknown> {
  const arrays = await readArrayFile(file, 'errors');
  return chooseOnce({ arrays, file, request: { strategy: 'evos-online', count: 4, seed: 1 } });
}
