// NumPy's .npy files as LLFF's poses come in.
import { openNpy } from '../../core/files/npy.js';

/** An array of numbers, the last axis varying fastest. */
export interface NumpyArray {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** @throws InputError for anything but a whole .npy file of numbers */
export function parseNpy(bytes: Uint8Array, file: string): NumpyArray {
  const array = openNpy(bytes, file);
  return { shape: array.shape, data: array.values(new Float64Array(array.length)) };
}
