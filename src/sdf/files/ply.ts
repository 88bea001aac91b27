// Reads PLY, text and binary, by three's PLYLoader. The loader ignores a text that ends early, skips polygons of more than
// four corners, and does not check indices; so the faces are walked through first.
import { PLYLoader } from 'three/addons/loaders/PLYLoader.js';
import { InputError } from '../../core/index.js';
import { checkTextSize, exactBuffer, reading, saveAgain } from './bytes.js';
import type { TriangleMesh } from '../mesh.js';

interface Property {
  readonly name: string;
  readonly type: string;
  /** The type of a list's length; undefined for a single number. */
  readonly countType: string | undefined;
}

interface Element {
  readonly name: string;
  readonly count: number;
  readonly properties: readonly Property[];
}

interface Header {
  readonly format: string;
  readonly elements: readonly Element[];
  /** Where what follows it begins. */
  readonly length: number;
}

const formats = ['ascii', 'binary_little_endian', 'binary_big_endian'];
const sizes: Readonly<Record<string, number>> = {
  ...{ char: 1, int8: 1, uchar: 1, uint8: 1, short: 2, int16: 2, ushort: 2, uint16: 2 },
  ...{ int: 4, int32: 4, uint: 4, uint32: 4, float: 4, float32: 4, double: 8, float64: 8 },
};

/** Reads vertices and faces; quads become two triangles, 0 1 2 and 0 2 3. */
export async function parsePly(bytes: Uint8Array, name: string): Promise<TriangleMesh> {
  const header = readHeader(bytes, name);
  if (header.format === 'ascii') checkTextSize(bytes.length, name, 'PLY');
  const numbers =
    header.format === 'ascii' ? new TextNumbers(bytes, header) : new BinaryNumbers(bytes, header);
  walk(header, numbers, name);
  return reading(name, 'PLY', () => {
    const geometry = new PLYLoader().parse(exactBuffer(bytes));
    const positions = Float32Array.from(geometry.getAttribute('position').array);
    // Faces with colours of their own come without an index.
    const index = geometry.getIndex();
    const faces = header.elements.some((element) => element.name === 'face' && element.count > 0);
    const triangles =
      index !== null
        ? Uint32Array.from(index.array)
        : faces
          ? new Uint32Array(positions.length / 3).map((_, i) => i)
          : new Uint32Array(0);
    return { positions, triangles };
  });
}

function readHeader(bytes: Uint8Array, name: string): Header {
  const fail = (got: string): never => {
    throw new InputError(
      `${name}: got ${got}; expected a PLY file: “ply”, a format, elements “vertex” with x, y, z and “face” with ` +
        `vertex_indices, “end_header”; check that the file is what its name says, or ${saveAgain}`,
    );
  };
  const head = Buffer.from(bytes.subarray(0, 2 ** 16)).toString('latin1');
  if (!/^ply\s/.test(head)) return fail(`a file that starts with ${JSON.stringify(head.slice(0, 8))}`);
  const end = /end_header(\r\n|\r|\n)/.exec(head);
  if (end === null) return fail('a header without an end');
  const elements: { name: string; count: number; properties: Property[] }[] = [];
  let format = '';
  for (const line of head.slice(0, end.index).split(/\r\n|\r|\n/)) {
    const words = line.trim().split(/\s+/);
    if (words[0] === 'format') format = words[1] ?? '';
    else if (words[0] === 'element') {
      elements.push({ name: words[1] ?? '', count: Number(words[2]), properties: [] });
    } else if (words[0] === 'property') {
      const list = words[1] === 'list';
      const property = list
        ? { name: words[4] ?? '', type: words[3] ?? '', countType: words[2] ?? '' }
        : { name: words[2] ?? '', type: words[1] ?? '', countType: undefined };
      const types = [property.type, ...(property.countType === undefined ? [] : [property.countType])];
      const unknown = types.find((type) => sizes[type] === undefined);
      if (unknown !== undefined) return fail(`the property type “${unknown}”`);
      elements.at(-1)?.properties.push(property);
    }
  }
  if (!formats.includes(format)) return fail(`the format “${format}”`);
  const odd = elements.find(({ count }) => !Number.isSafeInteger(count) || count < 0);
  if (odd !== undefined) return fail(`${odd.count} of the element “${odd.name}”`);
  const vertex = elements.find((element) => element.name === 'vertex');
  const named = new Set(vertex?.properties.map((property) => property.name));
  if (!['x', 'y', 'z'].every((axis) => named.has(axis) || named.has(`p${axis}`) || named.has(`pos${axis}`))) {
    return fail('no vertices with x, y and z');
  }
  const face = elements.find((element) => element.name === 'face');
  if (face !== undefined && face.count > 0 && !face.properties.some(isIndices))
    return fail('faces without vertex_indices');
  return { format, elements, length: end.index + end[0].length };
}

const isIndices = ({ name, countType }: Property): boolean =>
  countType !== undefined && (name === 'vertex_indices' || name === 'vertex_index');

/** The numbers after a header, one after the other. */
interface Numbers {
  /** The next one; NaN at the end of the file. */
  next(type: string): number;
  /** Passes over numbers of these types, `count` times. @returns whether there were as many. */
  skip(types: readonly string[], count: number): boolean;
}

/** Goes through all elements. @throws InputError where the file ends early or a face cannot be. */
function walk({ elements }: Header, numbers: Numbers, name: string): void {
  const vertices = elements.find((element) => element.name === 'vertex')?.count ?? 0;
  for (const { name: element, count, properties } of elements) {
    const cut = (row: number): never => {
      throw new InputError(
        `${name}: the file ends in ${element} ${row}; expected ${count}, as its header announces; ` +
          `it is cut short: ${saveAgain}`,
      );
    };
    if (properties.every((property) => property.countType === undefined)) {
      if (
        !numbers.skip(
          properties.map((property) => property.type),
          count,
        )
      )
        cut(count);
      continue;
    }
    for (let row = 0; row < count; row++) {
      for (const property of properties) {
        const { type, countType } = property;
        if (countType === undefined) {
          if (!numbers.skip([type], 1)) cut(row);
          continue;
        }
        const length = numbers.next(countType);
        if (Number.isNaN(length)) cut(row);
        if (element !== 'face' || !isIndices(property)) {
          if (!numbers.skip([type], length)) cut(row);
          continue;
        }
        if (length !== 3 && length !== 4) {
          throw new InputError(
            `${name}: got ${length} corners in face ${row}, counted from 0; expected triangles and quads; ` +
              'triangulate the mesh when exporting it',
          );
        }
        for (let corner = 0; corner < length; corner++) {
          const index = numbers.next(type);
          if (index >= 0 && index < vertices) continue;
          if (Number.isNaN(index)) cut(row);
          throw new InputError(
            `${name}: got vertex ${index} in face ${row}, both counted from 0; expected indices below ${vertices}, ` +
              `the number of vertices; ${saveAgain}`,
          );
        }
      }
    }
  }
}

class BinaryNumbers implements Numbers {
  readonly #view: DataView;
  readonly #little: boolean;
  #at: number;

  constructor(bytes: Uint8Array, { format, length }: Header) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#little = format === 'binary_little_endian';
    this.#at = length;
  }

  next(type: string): number {
    const at = this.#at;
    this.#at += sizes[type]!;
    if (this.#at > this.#view.byteLength) return NaN;
    switch (type) {
      case 'char':
      case 'int8':
        return this.#view.getInt8(at);
      case 'uchar':
      case 'uint8':
        return this.#view.getUint8(at);
      case 'short':
      case 'int16':
        return this.#view.getInt16(at, this.#little);
      case 'ushort':
      case 'uint16':
        return this.#view.getUint16(at, this.#little);
      case 'int':
      case 'int32':
        return this.#view.getInt32(at, this.#little);
      case 'uint':
      case 'uint32':
        return this.#view.getUint32(at, this.#little);
      case 'float':
      case 'float32':
        return this.#view.getFloat32(at, this.#little);
      default:
        return this.#view.getFloat64(at, this.#little);
    }
  }

  skip(types: readonly string[], count: number): boolean {
    let size = 0;
    for (const type of types) size += sizes[type]!;
    this.#at += size * count;
    return this.#at <= this.#view.byteLength;
  }
}

class TextNumbers implements Numbers {
  readonly #bytes: Uint8Array;
  #at: number;

  constructor(bytes: Uint8Array, { length }: Header) {
    this.#bytes = bytes;
    this.#at = length;
  }

  next(): number {
    const start = this.#word();
    const end = this.#at;
    if (start === end) return NaN;
    let value = 0;
    for (let i = start; i < end; i++) {
      const digit = this.#bytes[i]! - 48;
      // Anything but a whole number, which is rare.
      if (!(digit >= 0 && digit <= 9))
        return Number(Buffer.from(this.#bytes.subarray(start, end)).toString('latin1'));
      value = 10 * value + digit;
    }
    return value;
  }

  skip(types: readonly string[], count: number): boolean {
    for (let left = types.length * count; left > 0; left--) if (this.#word() === this.#at) return false;
    return true;
  }

  /** Moves to the end of the next word. @returns its start; where there is none, its end too */
  #word(): number {
    const bytes = this.#bytes;
    let at = this.#at;
    while (at < bytes.length && bytes[at]! <= 32) at++;
    const start = at;
    while (at < bytes.length && bytes[at]! > 32) at++;
    this.#at = at;
    return start;
  }
}
