// Reads STL, text and binary, by three's STLLoader. The loader reads a text as far as it understands it, and a binary file
// as far as its memory goes; what it would leave out or read past is found here.
import { STLLoader } from 'three/addons/loaders/STLLoader.js';
import { InputError } from '../../core/index.js';
import { checkTextSize, exactBuffer, reading, saveAgain } from './bytes.js';
import type { TriangleMesh } from '../mesh.js';

/** Bytes before the triangles of a binary file, and of each triangle. */
const headerSize = 84;
const facetSize = 50;

/** Reads triangles; every three positions are one. */
export async function parseStl(bytes: Uint8Array, name: string): Promise<TriangleMesh> {
  const readable = isText(bytes) ? checkText(bytes, name) : checkBinary(bytes, name);
  const positions = await reading(name, 'STL', () => {
    const { array } = new STLLoader().parse(exactBuffer(readable)).getAttribute('position');
    return array as Float32Array;
  });
  if (isText(bytes)) {
    const facets = count(bytes, 'endfacet');
    if (positions.length !== 9 * facets) {
      throw new InputError(
        `${name}: got ${positions.length / 3} vertices that can be read in ${facets} facets; ` +
          `expected three each, of three finite numbers; ${saveAgain}`,
      );
    }
  }
  const triangles = new Uint32Array(positions.length / 3);
  for (let i = 0; i < triangles.length; i++) triangles[i] = i;
  return { positions, triangles };
}

/** A text starts with “solid”; so do some binary files, which have zero bytes, or the size that they say. */
function isText(bytes: Uint8Array): boolean {
  if (bytes.length >= headerSize && bytes.length === binarySize(bytes)) return false;
  const head = Buffer.from(bytes.subarray(0, 512)).toString('latin1');
  return /^\S{0,3}\s*solid/.test(head) && !head.includes('\0');
}

function binarySize(bytes: Uint8Array): number {
  return headerSize + facetSize * new DataView(bytes.buffer, bytes.byteOffset).getUint32(80, true);
}

function checkBinary(bytes: Uint8Array, name: string): Uint8Array {
  const size = bytes.length < headerSize ? headerSize : binarySize(bytes);
  if (bytes.length >= size) return bytes.subarray(0, size);
  const what =
    bytes.length < headerSize
      ? `expected an STL file: a text from “solid” on, or at least ${headerSize} bytes of binary`
      : `expected ${size} bytes for the ${(size - headerSize) / facetSize} triangles that its header announces`;
  throw new InputError(
    `${name}: got ${bytes.length} bytes; ${what}; the file is cut short or no STL: ${saveAgain}`,
  );
}

function checkText(bytes: Uint8Array, name: string): Uint8Array {
  checkTextSize(bytes.length, name, 'STL');
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  // STLLoader looks for a binary header even in a text that is shorter than one.
  if (bytes.length < headerSize)
    return checkText(Buffer.from(text.toString('latin1').padEnd(headerSize)), name);
  // The name of a solid may say “facet” or “normal” too, so there can be more of these than facets, never fewer.
  const facets = count(bytes, 'endfacet');
  const opened = count(bytes, 'facet') - facets;
  if (
    !text.includes('endsolid') ||
    opened < facets ||
    text.lastIndexOf('facet normal') > text.lastIndexOf('endfacet')
  ) {
    throw new InputError(
      `${name}: got a text that ends inside a solid, after ${facets} whole facets; expected “endsolid” at its end; ` +
        `the file is cut short: ${saveAgain}`,
    );
  }
  if (count(bytes, 'normal') < facets) {
    throw new InputError(`${name}: got facets without “normal”; expected “facet normal x y z”; ${saveAgain}`);
  }
  return bytes;
}

function count(bytes: Uint8Array, word: string): number {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let found = 0;
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) found++;
  return found;
}
