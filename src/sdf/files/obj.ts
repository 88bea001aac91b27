// Reads OBJ, line by line over the bytes. three's OBJLoader reads the vertices, a few megabytes of lines at a time. Faces are
// read here, because the loader accepts any index, makes separate triangles in JavaScript arrays (gigabytes for a few
// million), and needs the whole file as one string.
import type { BufferGeometry, Points } from 'three';
import { OBJLoader } from 'three/addons/loaders/OBJLoader.js';
import { InputError } from '../../core/index.js';
import { saveAgain } from './bytes.js';
import { growingFloats, growingIntegers, type Growing } from '../growable-arrays.js';
import type { TriangleMesh } from '../mesh.js';

const [newline, carriage, space, tab, slash, backslash, comma, minus, zero] = [
  10, 13, 32, 9, 47, 92, 44, 45, 48,
];
const [letterV, letterF] = [118, 102];
const isBlank = (byte: number): boolean => byte === space || byte === tab;

/** Vertex lines that are read at a time, in bytes. */
const portion = 2 ** 22;

/** Reads vertices and faces; polygons become fans, as OBJLoader makes them. Groups, materials, lines and points are passed over. */
export function parseObj(bytes: Uint8Array, name: string): TriangleMesh {
  const vertices = growingFloats();
  const triangles = growingIntegers();
  const lines = Buffer.alloc(Math.min(portion, bytes.length + 2) + 1024);
  let waiting = 0;
  let inWaiting = 0;
  const loader = new OBJLoader();

  const readVertices = (): void => {
    if (waiting === 0) return;
    const points = loader.parse(lines.toString('latin1', 0, waiting)).children[0] as
      Points<BufferGeometry> | undefined;
    const read = points?.geometry.getAttribute('position').array ?? new Float32Array(0);
    vertices.append(read);
    waiting = 0;
    inWaiting = 0;
  };

  for (let at = 0, line = 1; at < bytes.length;) {
    let start = at;
    let ends = 0;
    // A line goes on after a backslash.
    for (; at < bytes.length; at++) {
      if (bytes[at] !== newline) continue;
      ends++;
      const before = bytes[at - 1] === carriage ? bytes[at - 2] : bytes[at - 1];
      if (before !== backslash) break;
    }
    const end = Math.min(at, bytes.length);
    at++;
    while (start < end && isBlank(bytes[start]!)) start++;
    const follows = isBlank(bytes[start + 1] ?? 0);
    if (bytes[start] === letterV && follows) {
      const stray = bytes.subarray(start, end).indexOf(comma);
      if (stray >= 0) {
        throw new InputError(
          `${name}: got a comma among the coordinates in line ${line}; expected numbers with a decimal point, ` +
            'separated by spaces; export it again with points',
        );
      }
      if (waiting + (end - start) + 1 > lines.length) readVertices();
      if (end - start + 1 > lines.length) {
        throw new InputError(
          `${name}: line ${line} is ${end - start} bytes long; expected three coordinates; ${saveAgain}`,
        );
      }
      for (let i = start; i < end; i++) {
        const byte = bytes[i]!;
        lines[waiting++] = byte === backslash || byte === newline || byte === carriage ? space : byte;
      }
      lines[waiting++] = newline;
      inWaiting++;
    } else if (bytes[start] === letterF && follows) {
      const known = vertices.length / 3 + inWaiting;
      readFace(bytes, start + 1, end, known, triangles, `${name}: line ${line}`);
    }
    line += ends;
  }
  readVertices();
  if (vertices.length === 0) {
    throw new InputError(
      `${name}: got no vertices; expected an OBJ file with lines of “v x y z” and “f a b c”; ` +
        'check that the file is what its name says',
    );
  }
  return { positions: vertices.filled, triangles: triangles.filled };
}

/** Reads `f 1/2/3 4//5 -1 …`: of each corner the vertex, counted from 1, or backwards from the last one where negative. */
function readFace(
  bytes: Uint8Array,
  from: number,
  to: number,
  known: number,
  triangles: Growing<Uint32Array>,
  where: string,
): void {
  let [corners, first, last] = [0, 0, 0];
  for (let at = from; at < to;) {
    const byte = bytes[at]!;
    if (byte <= space || byte === backslash) {
      at++;
      continue;
    }
    const start = at;
    const negative = byte === minus;
    if (negative) at++;
    let index = 0;
    const digits = at;
    for (; at < to; at++) {
      const digit = bytes[at]! - zero;
      if (!(digit >= 0 && digit <= 9)) break;
      index = 10 * index + digit;
    }
    const after = bytes[at];
    const ended =
      at >= to || after === slash || after === backslash || (after !== undefined && after <= space);
    const wanted = negative ? known - index : index - 1;
    if (digits === at || !ended || !(wanted >= 0 && wanted < known)) {
      while (at < to && bytes[at]! > space) at++;
      const got = Buffer.from(bytes.subarray(start, Math.min(at, start + 40))).toString('latin1');
      throw new InputError(
        `${where}: got the corner ${got}; expected a vertex from 1 to ${known}, or from −${known} to −1, ` +
          `of the ${known} before this line; ${saveAgain}`,
      );
    }
    // What follows a slash is for texture and normal.
    while (at < to && bytes[at]! > space && bytes[at] !== backslash) at++;
    corners++;
    if (corners === 1) first = wanted;
    else if (corners > 2) {
      triangles.push(first);
      triangles.push(last);
      triangles.push(wanted);
    }
    last = wanted;
  }
  if (corners < 3) {
    throw new InputError(
      `${where}: got a face of ${corners} corners; expected at least three; the file may be cut short: ${saveAgain}`,
    );
  }
}
