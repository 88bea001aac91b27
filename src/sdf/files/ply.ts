// Reads PLY, text and binary: vertices in the precision they are written in, faces of any number of corners, triangle strips.
// One reader goes through the file once. (three's PLYLoader ignores a text that ends early, skips polygons of more than four
// corners, checks no index, makes floats of everything, and had its own idea of where a header ends.)
import { InputError } from '../../core/errors.js';
import { saveAgain } from './bytes.js';
import { growingIntegers } from '../growable-arrays.js';
import { axesOf, isIndices, readHeader, sizes, type Element, type Header } from './ply-header.js';
import { Polygons } from './polygons.js';
import { counted, type RawMesh } from './raw-mesh.js';
import { Words } from './text.js';

/** Reads vertices and faces. */
export function parsePly(bytes: Uint8Array, name: string): RawMesh {
  return new PlyReader(bytes, readHeader(bytes, name), name).read();
}

/** The numbers after a header, one after the other. */
interface Numbers {
  /** The next one; undefined at the end of the file, NaN for a word that is none. */
  next(type: string): number | undefined;
  /** Passes over some numbers. @returns whether there were as many */
  skip(type: string, count: number): boolean;
}

class PlyReader {
  readonly #header: Header;
  readonly #name: string;
  readonly #numbers: Numbers;
  readonly #polygons = new Polygons();
  readonly #corners = growingIntegers();
  readonly #vertices: number;
  #positions: Float32Array | Float64Array = new Float32Array(0);

  constructor(bytes: Uint8Array, header: Header, name: string) {
    this.#header = header;
    this.#name = name;
    this.#numbers =
      header.format === 'ascii' ? new TextNumbers(bytes, header) : new BinaryNumbers(bytes, header);
    this.#vertices = header.elements.find((element) => element.name === 'vertex')?.count ?? 0;
  }

  read(): RawMesh {
    for (const element of this.#header.elements) {
      if (element.name === 'vertex') this.#readVertices(element);
      else if (element.name === 'face') this.#readRows(element, (row) => this.#addFace(row));
      else if (element.name === 'tristrips') this.#readRows(element, (row) => this.#addStrips(row));
      else if (element.properties.length > 0) this.#readRows(element, undefined);
    }
    const { skipped } = this.#polygons;
    const notes = skipped > 0 ? [`${counted(skipped, 'face')} of fewer than three corners left out`] : [];
    return { positions: this.#positions, triangles: this.#polygons.cut(this.#positions), notes };
  }

  #readVertices(element: Element): void {
    const { count, properties } = element;
    const axes = axesOf(element)!;
    // A text has as many digits as it has, whatever type its header names.
    const single =
      this.#header.format !== 'ascii' &&
      axes.every((i) => /^(u?char|u?short|float|u?int(8|16))(32)?$/.test(properties[i]!.type));
    const positions = single ? new Float32Array(3 * count) : new Float64Array(3 * count);
    this.#positions = positions;
    const axisOf = properties.map((_, i) => axes.indexOf(i));
    for (let row = 0; row < count; row++) {
      for (const [i, { type, countType }] of properties.entries()) {
        if (countType !== undefined) {
          this.#skipList(element, row, type, countType);
          continue;
        }
        const value = this.#numbers.next(type) ?? this.#cut(element, row);
        if (axisOf[i]! >= 0) positions[3 * row + axisOf[i]!] = value;
      }
    }
  }

  /** Goes through rows, and hands each one's list of indices on. */
  #readRows(element: Element, add: ((row: number) => void) | undefined): void {
    const { count, properties } = element;
    for (let row = 0; row < count; row++) {
      for (const property of properties) {
        const { type, countType } = property;
        if (countType === undefined) {
          if (!this.#numbers.skip(type, 1)) this.#cut(element, row);
        } else if (add === undefined || !isIndices(property)) this.#skipList(element, row, type, countType);
        else {
          const length = this.#listLength(element, row, countType);
          const corners = this.#corners;
          corners.length = 0;
          for (let k = 0; k < length; k++) {
            corners.push(this.#index(this.#numbers.next(type) ?? this.#cut(element, row), element, row));
          }
          add(row);
        }
      }
    }
  }

  #skipList(element: Element, row: number, type: string, countType: string): void {
    if (!this.#numbers.skip(type, this.#listLength(element, row, countType))) this.#cut(element, row);
  }

  #listLength({ name, count }: Element, row: number, type: string): number {
    const length = this.#numbers.next(type) ?? this.#cut({ name, count }, row);
    if (Number.isSafeInteger(length) && length >= 0) return length;
    throw new InputError(
      `${this.#name}: got a list of ${length} entries in ${name} ${row}, counted from 0; expected a whole number of at ` +
        `least 0; ${saveAgain}`,
    );
  }

  /** An index in range; strips begin anew at −1, which becomes `restart`. */
  #index(index: number, { name }: Pick<Element, 'name'>, row: number): number {
    if (index >= 0 && index < this.#vertices && Number.isInteger(index)) return index;
    if (index === -1 && name === 'tristrips') return restart;
    throw new InputError(
      `${this.#name}: got vertex ${index} in ${name} ${row}, both counted from 0; expected indices below ${this.#vertices}, ` +
        `the number of vertices; ${saveAgain}`,
    );
  }

  #addFace(_row: number): void {
    this.#polygons.add(this.#corners.array, this.#corners.length);
  }

  /** Each corner from the third on makes a triangle with the two before it, every other one turned round. */
  #addStrips(_row: number): void {
    const { array, length } = this.#corners;
    const triangle = new Uint32Array(3);
    for (let at = 0, first = 0; at < length; at++) {
      if (array[at] === restart) {
        first = at + 1;
        continue;
      }
      if (at - first < 2) continue;
      const odd = (at - first) % 2 === 1;
      triangle[0] = array[odd ? at - 1 : at - 2]!;
      triangle[1] = array[odd ? at - 2 : at - 1]!;
      triangle[2] = array[at]!;
      // A corner twice joins strips without a triangle.
      const [a, b, c] = triangle;
      if (a !== b && b !== c && c !== a) this.#polygons.add(triangle, 3);
    }
  }

  #cut({ name, count }: Pick<Element, 'name' | 'count'>, row: number): never {
    throw new InputError(
      `${this.#name}: the file ends in ${name} ${row}; expected ${count}, as its header announces; ` +
        `it is cut short: ${saveAgain}`,
    );
  }
}

/** Ends a strip; no vertex has this number. */
const restart = 2 ** 32 - 1;

class BinaryNumbers implements Numbers {
  readonly #view: DataView;
  readonly #little: boolean;
  #at: number;

  constructor(bytes: Uint8Array, { format, length }: Header) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#little = format === 'binary_little_endian';
    this.#at = length;
  }

  next(type: string): number | undefined {
    const at = this.#at;
    this.#at += sizes.get(type)!;
    if (this.#at > this.#view.byteLength) return undefined;
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

  skip(type: string, count: number): boolean {
    this.#at += sizes.get(type)! * count;
    return this.#at <= this.#view.byteLength;
  }
}

class TextNumbers implements Numbers {
  readonly #words: Words;

  constructor(bytes: Uint8Array, { length }: Header) {
    this.#words = new Words(bytes, length);
  }

  next(): number | undefined {
    return this.#words.next() ? this.#words.number : undefined;
  }

  skip(_type: string, count: number): boolean {
    for (let left = count; left > 0; left--) if (!this.#words.next()) return false;
    return true;
  }
}
