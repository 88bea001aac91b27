// NumPy's .npy files: a short header with type, order and shape, then the numbers (NEP 1, "A Simple File Format for NumPy
// Arrays"). Arrays of numbers and of truth values are read; what else NumPy saves is called by its name.
import { InputError } from '../errors.js';

/** The types of numbers, as headers name them without their byte order: how many bytes, and how one is read. */
const types: Readonly<Record<string, readonly [bytes: number, read: Read]>> = {
  b1: [1, (view, at) => (view.getUint8(at) === 0 ? 0 : 1)],
  u1: [1, (view, at) => view.getUint8(at)],
  i1: [1, (view, at) => view.getInt8(at)],
  u2: [2, (view, at, little) => view.getUint16(at, little)],
  i2: [2, (view, at, little) => view.getInt16(at, little)],
  u4: [4, (view, at, little) => view.getUint32(at, little)],
  i4: [4, (view, at, little) => view.getInt32(at, little)],
  u8: [8, (view, at, little) => Number(view.getBigUint64(at, little))],
  i8: [8, (view, at, little) => Number(view.getBigInt64(at, little))],
  f4: [4, (view, at, little) => view.getFloat32(at, little)],
  f8: [8, (view, at, little) => view.getFloat64(at, little)],
};

type Read = (view: DataView, at: number, little: boolean) => number;

/** Other types by their first letter. */
const others: Readonly<Record<string, string>> = {
  f: 'half or long floats',
  c: 'complex numbers',
  O: 'Python objects',
  S: 'text',
  U: 'text',
  V: 'records',
  M: 'dates',
  m: 'spans of time',
};

/** An array of numbers, whatever their type in the file. */
export interface NpyArray {
  readonly shape: readonly number[];
  /** Its type as the header has it, `<f4`. */
  readonly type: string;
  /** The number of its values: the product of its shape. */
  readonly length: number;
  /** Writes the values, the last axis varying fastest. @param out `[length]` */
  values<Out extends Float32Array | Float64Array | Uint8Array>(out: Out): Out;
}

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/**
 * Reads a .npy file.
 * @param bytes the whole file; kept as long as the array
 * @param file what messages call it
 * @throws InputError naming what is wrong, or what is not supported
 */
export function openNpy(bytes: Uint8Array, file: string): NpyArray {
  const refuse = (problem: string): never => {
    throw new InputError(`${file}: ${problem}`);
  };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const cutShort = 'its header is cut short; the file is not whole, copy or save it again';
  if (magic.some((byte, i) => bytes[i] !== byte)) {
    return refuse(
      'not a .npy file (it does not begin as one); expected an array as np.save writes it; export it again',
    );
  }
  if (bytes.length < 12) return refuse(cutShort);
  const version = bytes[6] ?? 0;
  if (version < 1 || version > 3) {
    return refuse(
      `version ${version} of .npy is not supported; expected 1, 2 or 3; save it with np.save again`,
    );
  }
  const start = version > 1 ? 12 : 10;
  const end = start + (version > 1 ? view.getUint32(8, true) : view.getUint16(8, true));
  if (end > bytes.length) return refuse(cutShort);
  const { type, fortran, shape } = readHeader(bytes.subarray(start, end), refuse);
  const length = shape.reduce((product, extent) => product * extent, 1);
  const [width, read] = typeOf(type, refuse);
  if (bytes.length - end !== length * width) {
    return refuse(
      `got ${bytes.length - end} bytes of numbers; expected ${length * width} for the shape (${shape.join(', ')}); the ` +
        'file is cut short or damaged, copy it again',
    );
  }
  const little = !type.startsWith('>');
  return {
    shape,
    type,
    length,
    values(out) {
      const places = fortran && shape.length > 1 ? placesInFortran(shape) : undefined;
      for (let i = 0; i < length; i++) out[i] = read(view, end + width * (places?.[i] ?? i), little);
      return out;
    },
  };
}

interface NpyHeader {
  readonly type: string;
  readonly fortran: boolean;
  readonly shape: readonly number[];
}

/** A header is a Python dictionary of three, in either of Python's quotes. */
function readHeader(bytes: Uint8Array, refuse: (problem: string) => never): NpyHeader {
  const text = new TextDecoder('latin1').decode(bytes);
  const shown = text.trim().slice(0, 80);
  if (/['"]descr['"]\s*:\s*\[/.test(text)) {
    return refuse(
      'it holds records, which are not supported; save one of their fields as an array of numbers',
    );
  }
  const type = /['"]descr['"]\s*:\s*['"]([^'"]*)['"]/.exec(text)?.[1];
  const order = /['"]fortran_order['"]\s*:\s*(True|False)/.exec(text)?.[1];
  const extents = /['"]shape['"]\s*:\s*\(([\d,\s]*)\)/.exec(text)?.[1];
  if (type === undefined || order === undefined || extents === undefined) {
    return refuse(
      `got an array described as ${shown}; expected type, order and shape as np.save writes them`,
    );
  }
  const shape = extents
    .split(',')
    .map((extent) => extent.trim())
    .filter((extent) => extent !== '')
    .map(Number);
  return { type, fortran: order === 'True', shape };
}

function typeOf(type: string, refuse: (problem: string) => never): readonly [number, Read] {
  const name = /^[<>|=]?([a-zA-Z]\d*)/.exec(type)?.[1] ?? '';
  const known = Object.hasOwn(types, name) ? types[name] : undefined;
  if (known !== undefined) return known;
  const what = others[name.charAt(0)];
  return refuse(
    `it holds ${what === undefined ? `numbers of the type ${JSON.stringify(type)}` : `${what} (${type})`}, which are not ` +
      `supported; expected ${Object.keys(types).join(', ')}; convert it, with array.astype('f4')`,
  );
}

/** Where the values lie, in the order of rows, in an array that has its first axis vary fastest. */
function placesInFortran(shape: readonly number[]): Float64Array {
  const strides: number[] = [];
  shape.reduce((stride, extent, axis) => {
    strides[axis] = stride;
    return stride * extent;
  }, 1);
  const length = shape.reduce((product, extent) => product * extent, 1);
  const places = new Float64Array(length);
  const at = shape.map(() => 0);
  for (let i = 0, place = 0; i < length; i++) {
    places[i] = place;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const stride = strides[axis] as number;
      at[axis] = (at[axis] as number) + 1;
      place += stride;
      if ((at[axis] as number) < (shape[axis] as number)) break;
      place -= stride * (shape[axis] as number);
      at[axis] = 0;
    }
  }
  return places;
}

/**
 * Writes a .npy file.
 * @param values whole numbers are written as int64, which every library indexes with; floats as float32
 */
export function encodeNpy(values: Uint32Array | Float32Array): Uint8Array {
  const floats = values instanceof Float32Array;
  const width = floats ? 4 : 8;
  const text = `{'descr': '${floats ? '<f4' : '<i8'}', 'fortran_order': False, 'shape': (${values.length},), }`;
  // Numbers begin at a multiple of 64, and a line feed ends the header.
  const end = Math.ceil((10 + text.length + 1) / 64) * 64;
  const bytes = new Uint8Array(end + width * values.length);
  const view = new DataView(bytes.buffer);
  bytes.set([...magic, 1, 0]);
  view.setUint16(8, end - 10, true);
  bytes.set(new TextEncoder().encode(`${text.padEnd(end - 11)}\n`), 10);
  for (let i = 0; i < values.length; i++) {
    const at = end + width * i;
    const value = values[i] as number;
    if (floats) view.setFloat32(at, value, true);
    else view.setUint32(at, value, true);
  }
  return bytes;
}
