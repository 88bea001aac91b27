// Reads STL, text and binary, each by one reader that takes the whole file or refuses it. (three's STLLoader takes a text as
// far as it understands it and a binary file as far as its count says, and prints about normals, which are not needed here.)
import { InputError } from '../../core/errors.js';
import { saveAgain } from './bytes.js';
import { growingDoubles } from '../growable-arrays.js';
import { counted, type RawMesh } from './raw-mesh.js';
import { textStart, wordAt, Words } from './text.js';

/** Bytes before the triangles of a binary file, and of each triangle. */
const headerSize = 84;
const facetSize = 50;

/** Reads triangles; every three positions are one. Several solids are one mesh. */
export function parseStl(bytes: Uint8Array, name: string): RawMesh {
  return isText(bytes) ? parseText(bytes, name) : parseBinary(bytes, name);
}

/** A text starts with “solid”; so do some binary files, which have zero bytes, or the size that they say. */
function isText(bytes: Uint8Array): boolean {
  if (bytes.length >= headerSize && bytes.length === headerSize + facetSize * countAt(bytes, 0)) return false;
  const head = wordAt(bytes, textStart(bytes), Math.min(512, bytes.length));
  return /^\s*solid/i.test(head) && !head.includes('\0');
}

/** The triangles that a binary header announces. */
function countAt(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at + 80, true);
}

/** Where the triangles of a binary file lie: runs of them, each triangle so many bytes after the one before. */
interface Layout {
  /** The first byte of each triangle. */
  readonly starts: Float64Array;
  readonly notes: readonly string[];
}

function parseBinary(bytes: Uint8Array, name: string): RawMesh {
  const { starts, notes } = layoutOf(bytes, name);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const positions = new Float32Array(9 * starts.length);
  for (let t = 0; t < starts.length; t++) {
    // Twelve bytes of normal come first.
    const at = starts[t]! + 12;
    for (let i = 0; i < 9; i++) positions[9 * t + i] = view.getFloat32(at + 4 * i, true);
  }
  return { positions, triangles: inOrder(positions.length / 3), notes };
}

/** Accounts for every byte. @throws InputError where that cannot be */
function layoutOf(bytes: Uint8Array, name: string): Layout {
  if (bytes.length < headerSize) {
    throw new InputError(
      `${name}: got ${bytes.length} bytes; expected an STL file: a text from “solid” on, or at least ${headerSize} bytes ` +
        `of binary; the file is cut short or no STL: ${saveAgain}`,
    );
  }
  const count = countAt(bytes, 0);
  const room = bytes.length - headerSize;
  const left = room - facetSize * count;
  if (left < 0) {
    throw new InputError(
      `${name}: got ${bytes.length} bytes; expected ${headerSize + facetSize * count} bytes for the ${count} triangles ` +
        `that its header announces; the file is cut short or no STL: ${saveAgain}`,
    );
  }
  if (left === 0) return { starts: evenly(headerSize, count), notes: [] };
  // Writers that stream leave the count at 0.
  if (count === 0 && room % facetSize === 0) {
    const notes = [
      `its header announces no triangles; all ${counted(room / facetSize, 'triangle')} were read`,
    ];
    return { starts: evenly(headerSize, room / facetSize), notes };
  }
  const several = count > 0 ? filesInOne(bytes) : undefined;
  if (several !== undefined) return several;
  const payload = withAttributes(bytes, count);
  if (payload !== undefined) return { starts: payload, notes: [] };
  const rest = bytes.subarray(headerSize + facetSize * count);
  if (count > 0 && (left < facetSize || rest.every((byte) => byte === 0))) {
    return {
      starts: evenly(headerSize, count),
      notes: [`${counted(left, 'byte')} behind its last triangle passed over`],
    };
  }
  throw new InputError(
    `${name}: got ${count} triangles by its header and room for ${Number((room / facetSize).toFixed(2))} in the file; ` +
      `expected them to agree; the file is damaged or of another kind: ${saveAgain}`,
  );
}

function evenly(from: number, count: number): Float64Array {
  const starts = new Float64Array(count);
  for (let t = 0; t < count; t++) starts[t] = from + facetSize * t;
  return starts;
}

/** Whole binary files, one after the other, as some tools join them; undefined where it is not that. */
function filesInOne(bytes: Uint8Array): Layout | undefined {
  const parts: { at: number; count: number }[] = [];
  let total = 0;
  for (let at = 0; at < bytes.length;) {
    if (bytes.length - at < headerSize) return undefined;
    const count = countAt(bytes, at);
    if (count === 0 || bytes.length - at < headerSize + facetSize * count) return undefined;
    parts.push({ at: at + headerSize, count });
    total += count;
    at += headerSize + facetSize * count;
  }
  const starts = new Float64Array(total);
  let filled = 0;
  for (const { at, count } of parts) for (let t = 0; t < count; t++) starts[filled++] = at + facetSize * t;
  return { starts, notes: [`${parts.length} binary files, one after the other, read as one mesh`] };
}

/** Triangles each of which says how many bytes of its own follow it; undefined where they do not end at the file's end. */
function withAttributes(bytes: Uint8Array, count: number): Float64Array | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const starts = new Float64Array(count);
  let at = headerSize;
  for (let t = 0; t < count; t++) {
    if (at + facetSize > bytes.length) return undefined;
    starts[t] = at;
    at += facetSize + view.getUint16(at + facetSize - 2, true);
  }
  return count > 0 && at === bytes.length ? starts : undefined;
}

function inOrder(count: number): Uint32Array {
  const triangles = new Uint32Array(count);
  for (let i = 0; i < count; i++) triangles[i] = i;
  return triangles;
}

/** Reads `solid name` … `facet normal` n `outer loop` `vertex` × 3 `endloop endfacet` … `endsolid name`, in any case. */
function parseText(bytes: Uint8Array, name: string): RawMesh {
  const words = new Words(bytes, textStart(bytes));
  const positions = growingDoubles();
  const facets = (): string => counted(Math.floor(positions.length / 9), 'whole facet');
  const fail = (what: string): never => {
    throw new InputError(`${name}: ${what}; ${saveAgain}`);
  };
  const cut = (wanted: string): never =>
    fail(
      `got a text that ends inside a solid, after ${facets()}; expected “${wanted}”; the file is cut short`,
    );
  /** The next word in lower case; a text must not end before it. */
  const next = (wanted: string): string => (words.next() ? words.text.toLowerCase() : cut(wanted));
  const expect = (wanted: string): void => {
    const got = next(wanted);
    if (got === wanted) return;
    // A word that the end cuts.
    if (words.end === bytes.length && wanted.startsWith(got)) cut(wanted);
    fail(`got “${got}” after ${facets()}; expected “${wanted}”`);
  };
  while (words.next()) {
    if (words.text.toLowerCase() !== 'solid') {
      fail(`got “${words.text}” after ${facets()}; expected “solid” or the end of the file`);
    }
    words.skipLine();
    for (;;) {
      const word = next('endsolid');
      if (word === 'endsolid') break;
      if (word === 'end') {
        expect('solid');
        break;
      }
      if (word !== 'facet') fail(`got “${word}” after ${facets()}; expected “facet” or “endsolid”`);
      // Normals follow from the corners; what stands for one may be anything, “nan” too.
      if (next('outer') === 'normal') {
        for (let i = 0; i < 3; i++) next('a normal');
        next('outer');
      }
      if (words.text.toLowerCase() !== 'outer')
        fail(`got “${words.text}” after ${facets()}; expected “outer loop”`);
      expect('loop');
      for (let k = 0; k < 3; k++) {
        expect('vertex');
        for (let axis = 0; axis < 3; axis++) {
          next('a coordinate');
          const value = words.number;
          if (Number.isNaN(value)) {
            fail(`got the coordinate ${words.text} after ${facets()}; expected a finite number`);
          }
          positions.push(value);
        }
      }
      expect('endloop');
      expect('endfacet');
    }
    words.skipLine();
  }
  return { positions: positions.filled, triangles: inOrder(positions.length / 3), notes: [] };
}
