// Reads OBJ, line by line over the bytes. three's OBJLoader makes floats of coordinates before anything can be subtracted,
// accepts any index, makes fans of all polygons, and needs the whole file as one string.
import { InputError } from '../../core/errors.js';
import { saveAgain } from './bytes.js';
import { growingDoubles, growingIntegers } from '../growable-arrays.js';
import { Polygons } from './polygons.js';
import { counted, type RawMesh } from './raw-mesh.js';
import { Lines, parseNumber, shown, textStart, wordAt } from './text.js';

const [space, hash, comma, minus, slash, zero, backslash] = [32, 35, 44, 45, 47, 48, 92];
const [letterV, letterF] = [118, 102];

/** Reads vertices and faces. Groups, materials, lines and points are passed over. */
export function parseObj(bytes: Uint8Array, name: string): RawMesh {
  const reader = new ObjReader(bytes, name);
  const lines = new Lines(bytes, textStart(bytes));
  while (lines.next()) {
    const { start, end } = lines;
    const after = bytes[start + 1] ?? space;
    if (end - start > 1 && after > space && after !== backslash) {
      if (startsWith(bytes, start, end, 'surf')) reader.surfaces++;
      continue;
    }
    if (bytes[start] === letterV) reader.vertex(start + 1, uncommented(bytes, start, end), lines.number);
    else if (bytes[start] === letterF) reader.face(start + 1, uncommented(bytes, start, end), lines.number);
  }
  return reader.finish();
}

/** Where the line's comment begins, or its end. */
function uncommented(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end; at++) if (bytes[at] === hash) return at;
  return end;
}

function startsWith(bytes: Uint8Array, start: number, end: number, word: string): boolean {
  const length = word.length;
  return end - start > length && wordAt(bytes, start, start + length + 1).trimEnd() === word;
}

class ObjReader {
  readonly #bytes: Uint8Array;
  readonly #name: string;
  readonly #positions = growingDoubles();
  readonly #polygons = new Polygons();
  readonly #corners = growingIntegers();
  /** The highest index that was ahead of its vertex, and where. */
  #ahead = { index: 0, line: 0 };
  /** Free-form surfaces, which are not read. */
  surfaces = 0;

  constructor(bytes: Uint8Array, name: string) {
    this.#bytes = bytes;
    this.#name = name;
  }

  /** Reads `x y z`; a weight or a colour may follow. */
  vertex(from: number, to: number, line: number): void {
    let found = 0;
    for (let at = from; found < 3;) {
      const start = this.#wordStart(at, to);
      const end = this.#wordEnd(start, to);
      if (start === end) {
        throw new InputError(
          `${this.#name}: line ${line}: got a vertex of ${found} coordinates; expected three; the file may be cut short: ${saveAgain}`,
        );
      }
      const value = parseNumber(this.#bytes, start, end);
      if (Number.isNaN(value)) throw this.#noNumber(start, end, line);
      this.#positions.push(value);
      found++;
      at = end;
    }
  }

  #noNumber(start: number, end: number, line: number): InputError {
    if (this.#bytes.subarray(start, end).includes(comma)) {
      return new InputError(
        `${this.#name}: got a comma among the coordinates in line ${line}; expected numbers with a decimal point, ` +
          'separated by spaces; export it again with points',
      );
    }
    return new InputError(
      `${this.#name}: line ${line}: got the coordinate ${this.#show(start, end)}; expected a finite number; ` +
        'remove such vertices, or export it again',
    );
  }

  /** Reads `1/2/3 4//5 -1 …`: of each corner the vertex, counted from 1, or backwards from the last one where negative. */
  face(from: number, to: number, line: number): void {
    const known = this.#positions.length / 3;
    const corners = this.#corners;
    corners.length = 0;
    for (let at = from; ;) {
      const start = this.#wordStart(at, to);
      const end = this.#wordEnd(start, to);
      if (start === end) break;
      const index = this.#index(start, end);
      const vertex = index < 0 ? known + index : index - 1;
      if (!(vertex >= 0 && vertex < 2 ** 32 - 1)) throw this.#badCorner(this.#show(start, end), line, known);
      if (vertex >= known && index > this.#ahead.index) this.#ahead = { index, line };
      corners.push(vertex);
      at = end;
    }
    if (corners.length < 3 && to === this.#bytes.length) {
      throw new InputError(
        `${this.#name}: line ${line}: got a face of ${corners.length} corners at the end of the file; expected at least ` +
          `three; the file may be cut short: ${saveAgain}`,
      );
    }
    this.#polygons.add(corners.array, corners.length);
  }

  /** What stands before the first slash, which textures and normals follow; NaN where that is no whole number. */
  #index(start: number, end: number): number {
    const bytes = this.#bytes;
    const negative = bytes[start] === minus;
    let at = negative ? start + 1 : start;
    const digits = at;
    let index = 0;
    for (; at < end && bytes[at] !== slash; at++) {
      const digit = bytes[at]! - zero;
      if (!(digit >= 0 && digit <= 9)) return NaN;
      index = 10 * index + digit;
    }
    if (at === digits) return NaN;
    return negative ? -index : index;
  }

  finish(): RawMesh {
    const count = this.#positions.length / 3;
    const { index, line } = this.#ahead;
    if (count === 0) {
      throw new InputError(
        `${this.#name}: got no vertices; expected an OBJ file with lines of “v x y z” and “f a b c”; ` +
          'check that the file is what its name says',
      );
    }
    if (index > count) throw this.#badCorner(String(index), line, count);
    const positions = this.#positions.filled;
    const triangles = this.#polygons.cut(positions);
    if (triangles.length === 0 && this.surfaces > 0) {
      throw new InputError(
        `${this.#name}: got ${counted(this.surfaces, 'free-form surface')} and no faces; ` +
          'free-form curves and surfaces are not supported; convert them to polygons when exporting',
      );
    }
    const { skipped } = this.#polygons;
    const notes = [
      ...(skipped > 0 ? [`${counted(skipped, 'face')} of fewer than three corners left out`] : []),
      ...(this.surfaces > 0
        ? [`${counted(this.surfaces, 'free-form surface')} left out: they are not supported`]
        : []),
    ];
    return { positions, triangles, notes };
  }

  #badCorner(got: string, line: number, known: number): InputError {
    const range =
      known === 0
        ? 'a vertex of the file'
        : `a vertex from 1 to ${known}, or from −${known} to −1, of the ${known} there are`;
    return new InputError(
      `${this.#name}: line ${line}: got the corner ${got}; expected ${range}; ${saveAgain}`,
    );
  }

  /** Where the next word begins; the end of the line where there is none. A backslash goes on on the next line. */
  #wordStart(at: number, to: number): number {
    const bytes = this.#bytes;
    while (at < to && (bytes[at]! <= space || bytes[at] === backslash)) at++;
    return at;
  }

  #wordEnd(at: number, to: number): number {
    const bytes = this.#bytes;
    while (at < to && bytes[at]! > space && bytes[at] !== backslash) at++;
    return at;
  }

  #show(start: number, end: number): string {
    return shown(wordAt(this.#bytes, start, end));
  }
}
