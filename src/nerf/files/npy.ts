// Reads NumPy's .npy files of floats: a short header with type and shape, then the numbers (NEP 1, "A Simple File Format for
// NumPy Arrays").
import { InputError } from '../../core/index.js';

/** An array of numbers, the last axis varying fastest. */
export interface NumpyArray {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** @throws InputError for anything but a whole .npy file of float32 or float64 in C order */
export function parseNpy(bytes: Uint8Array, file: string): NumpyArray {
  const expected = 'expected a .npy file of float64 or float32 in C order';
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
  if (bytes.length < 12 || magic.some((byte, i) => bytes[i] !== byte)) {
    throw new InputError(`${file}: not a .npy file (it does not begin as one); ${expected}; export it again`);
  }
  const wide = bytes[6]! > 1;
  const start = wide ? 12 : 10;
  const end = start + (wide ? view.getUint32(8, true) : view.getUint16(8, true));
  const header = Buffer.from(bytes.subarray(start, end)).toString('latin1');
  const type = /'descr':\s*'([<>|=]?)f([48])'/.exec(header);
  const shape = /'shape':\s*\(([\d,\s]*)\)/.exec(header)?.[1];
  if (type === null || shape === undefined || !/'fortran_order':\s*False/.test(header)) {
    throw new InputError(`${file}: got an array described as ${header.trim().slice(0, 80)}; ${expected}`);
  }
  const sizes = shape
    .split(',')
    .map((size) => size.trim())
    .filter((size) => size !== '')
    .map(Number);
  const length = sizes.reduce((product, size) => product * size, 1);
  const width = Number(type[2]);
  if (bytes.length - end !== length * width) {
    throw new InputError(
      `${file}: got ${bytes.length - end} bytes of numbers; expected ${length * width} for the shape ` +
        `(${sizes.join(', ')}); the file is cut short or damaged, copy it again`,
    );
  }
  const little = type[1] !== '>';
  const data = Float64Array.from({ length }, (_, i) =>
    width === 8 ? view.getFloat64(end + 8 * i, little) : view.getFloat32(end + 4 * i, little),
  );
  return { shape: sizes, data };
}
