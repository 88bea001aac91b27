// The header of a PLY file: its format, its elements, and where the data begin. It is read once, so that there is one answer.
import { InputError } from '../../core/errors.js';
import { saveAgain } from './bytes.js';
import { shown, wordAt } from './text.js';

/** One number of an element's rows, or a list of them. */
export interface Property {
  readonly name: string;
  readonly type: string;
  /** The type of a list's length; undefined for a single number. */
  readonly countType: string | undefined;
}

/** Rows that are alike. */
export interface Element {
  readonly name: string;
  readonly count: number;
  readonly properties: readonly Property[];
}

/** A header, checked. */
export interface Header {
  readonly format: string;
  readonly elements: readonly Element[];
  /** Where what follows it begins. */
  readonly length: number;
}

const formats = ['ascii', 'binary_little_endian', 'binary_big_endian'];

/** Bytes of each type. */
export const sizes: ReadonlyMap<string, number> = new Map([
  ...['char', 'int8', 'uchar', 'uint8'].map((type): [string, number] => [type, 1]),
  ...['short', 'int16', 'ushort', 'uint16'].map((type): [string, number] => [type, 2]),
  ...['int', 'int32', 'uint', 'uint32', 'float', 'float32'].map((type): [string, number] => [type, 4]),
  ...['double', 'float64'].map((type): [string, number] => [type, 8]),
]);

const [newline, carriage] = [10, 13];
/** The longest header: comments of scanners take the most of it. */
const longest = 2 ** 20;

/** @throws InputError for a header that is none, or that announces more than the file has bytes for */
export function readHeader(bytes: Uint8Array, name: string): Header {
  const fail = (got: string): never => {
    throw new InputError(
      `${name}: got ${got}; expected a PLY file: “ply”, a format, elements “vertex” with x, y, z and “face” with ` +
        `vertex_indices, “end_header”; check that the file is what its name says, or ${saveAgain}`,
    );
  };
  if (!/^ply\s/.test(wordAt(bytes, 0, Math.min(8, bytes.length)))) {
    return fail(`a file that starts with ${JSON.stringify(wordAt(bytes, 0, Math.min(8, bytes.length)))}`);
  }
  const elements: { name: string; count: number; properties: Property[] }[] = [];
  let [format, at, length] = ['', 0, 0];
  let feeds = 0;
  while (length === 0) {
    const start = at;
    while (at < bytes.length && bytes[at] !== newline && bytes[at] !== carriage) at++;
    if (at >= bytes.length || at > longest) return fail('a header without an end');
    const words = wordAt(bytes, start, at).trim().split(/\s+/);
    const [first, second = '', third = ''] = words;
    // Lines end in line feeds, carriage returns, or both, as each writer likes. Behind the last of a header whose lines
    // end in carriage returns alone, a line feed is data.
    const both = bytes[at] === carriage && bytes[at + 1] === newline;
    if (first === 'end_header') length = at + (both && (feeds > 0 || !isAlone(bytes, start)) ? 2 : 1);
    if (both || bytes[at] === newline) feeds++;
    at += both ? 2 : 1;
    if (first === 'format') format = second;
    else if (first === 'element') {
      elements.push({ name: second, count: third === '' ? NaN : Number(third), properties: [] });
    } else if (first === 'property') {
      const property =
        second === 'list'
          ? { name: words[4] ?? '', type: words[3] ?? '', countType: third }
          : { name: third, type: second, countType: undefined };
      const unknown = [property.type, property.countType ?? 'int'].find((type) => !sizes.has(type));
      if (unknown !== undefined) return fail(`the property type “${shown(unknown)}”`);
      elements.at(-1)?.properties.push(property);
    }
  }
  if (!formats.includes(format)) return fail(`the format “${shown(format)}”`);
  const problem = elementProblem(elements) ?? roomProblem(elements, format, bytes.length - length);
  return problem === undefined ? { format, elements, length } : fail(problem);
}

/** Whether the lines before this place end in carriage returns without line feeds. */
function isAlone(bytes: Uint8Array, end: number): boolean {
  return end > 0 && bytes[end - 1] === carriage;
}

function elementProblem(elements: readonly Element[]): string | undefined {
  const odd = elements.find(({ count }) => !Number.isSafeInteger(count) || count < 0);
  if (odd !== undefined) return `${odd.count} of the element “${shown(odd.name)}”`;
  const names = elements.map((element) => element.name);
  const twice = names.find((each, i) => names.indexOf(each) < i);
  if (twice !== undefined) return `the element “${shown(twice)}” twice`;
  const vertex = elements.find((element) => element.name === 'vertex');
  if (vertex === undefined || axesOf(vertex) === undefined) return 'no vertices with x, y and z';
  const face = elements.find((element) => element.name === 'face');
  if (face !== undefined && face.count > 0 && !face.properties.some(isIndices))
    return 'faces without vertex_indices';
  return undefined;
}

/** Every row takes at least a byte for each of its numbers, and one that has none is nothing. */
function roomProblem(elements: readonly Element[], format: string, room: number): string | undefined {
  let least = 0;
  for (const { name, count, properties } of elements) {
    let row = 0;
    // The shortest number of a text has a digit and a blank.
    for (const { type, countType } of properties)
      row += format === 'ascii' ? 2 : sizes.get(countType ?? type)!;
    least += count * Math.max(row, 1);
    // The last number of a text needs no blank.
    if (least > room + 1) {
      return `${count} of the element “${shown(name)}” in a file of ${room} bytes behind its header, which is cut short or damaged`;
    }
  }
  return undefined;
}

/** Whether a property lists a face's corners. */
export const isIndices = ({ name, countType }: Property): boolean =>
  countType !== undefined && (name === 'vertex_indices' || name === 'vertex_index');

/** Which of an element's properties are x, y and z; undefined where one is missing. */
export function axesOf({ properties }: Element): [number, number, number] | undefined {
  const find = (axis: string): number =>
    properties.findIndex(
      ({ name, countType }) => countType === undefined && [axis, `p${axis}`, `pos${axis}`].includes(name),
    );
  const axes: [number, number, number] = [find('x'), find('y'), find('z')];
  return axes.includes(-1) ? undefined : axes;
}
