// NumPy's files: every type and order that is read, what is refused and in which words; and NumPy itself as a second opinion.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeNpy } from '../../../fixtures/npy.js';
import { encodeNpy, openNpy } from '../../../src/core/files/npy.js';
import { runPython, skipWithoutPython } from '../../support/python.js';

const values = [0, 1, 2, 3, 4, 5];
const read = (bytes: Uint8Array) => {
  const array = openNpy(bytes, 'a.npy');
  return [...array.values(new Float64Array(array.length))];
};

/** A file with such a header, written by somebody else than NumPy. */
function described(text: string, numbers: Uint8Array, version: 1 | 2 = 1): Uint8Array {
  const size = Buffer.alloc(2 * version);
  size.writeUIntLE(text.length, 0, 2 * version);
  return Buffer.concat([
    Buffer.from([0x93]),
    Buffer.from('NUMPY'),
    Buffer.from([version, 0]),
    size,
    Buffer.from(text),
    numbers,
  ]);
}

describe('a .npy file', () => {
  it.each(['u1', 'i1', 'u2', 'i2', 'u4', 'i4', 'u8', 'i8', 'f4', 'f8'])('of %s in either order', (type) => {
    for (const order of ['<', '>', '|', '=']) {
      expect(read(makeNpy(`${order}${type}`, [2, 3], values))).toEqual(values);
    }
  });

  it('has numbers below 0 and beyond 2³¹ where its type has', () => {
    expect(read(makeNpy('<i8', [2], [-5, 2 ** 40]))).toEqual([-5, 2 ** 40]);
    expect(read(makeNpy('|i1', [1], [-128]))).toEqual([-128]);
    expect(read(makeNpy('<u4', [1], [2 ** 32 - 1]))).toEqual([2 ** 32 - 1]);
    expect(read(makeNpy('<f8', [3], [NaN, -Infinity, 1e300]))).toEqual([NaN, -Infinity, 1e300]);
  });

  it('of truth values counts all but 0 as 1', () => {
    expect(read(makeNpy('|b1', [3], [0, 1, 1]))).toEqual([0, 1, 1]);
  });

  it("is read row by row where Fortran's order is columns first", () => {
    // The columns of [[0, 1, 2], [3, 4, 5]] one after the other.
    expect(read(makeNpy('<f4', [2, 3], [0, 3, 1, 4, 2, 5], { fortran: true }))).toEqual(values);
    const cube = Array.from({ length: 24 }, (_, i) => i);
    const columnsFirst = Array.from({ length: 24 }, (_, at) => {
      const [i, j, k] = [at % 2, Math.floor(at / 2) % 3, Math.floor(at / 6)];
      return (i * 3 + j) * 4 + k;
    });
    expect(read(makeNpy('<f4', [2, 3, 4], columnsFirst, { fortran: true }))).toEqual(cube);
  });

  it('may be of a later version, of one number, or of none', () => {
    expect(read(makeNpy('<f4', [6], values, { version: 2 }))).toEqual(values);
    expect(read(makeNpy('<f4', [6], values, { version: 3 }))).toEqual(values);
    expect(read(makeNpy('<f4', [], [7]))).toEqual([7]);
    expect(read(makeNpy('<f4', [0], []))).toEqual([]);
  });

  it('may be described in any words that Python reads, as long as they are', () => {
    const numbers = new Uint8Array(Float32Array.from(values).buffer);
    for (const text of [
      "{'descr':'<f4','fortran_order':False,'shape':(6,)}",
      '{"shape" : ( 6, ), "fortran_order" : False, "descr" : "<f4"}',
      "{ 'descr':  'f4', 'fortran_order':  False, 'shape':  (6 ,) }",
    ]) {
      expect(read(described(text, numbers))).toEqual(values);
      expect(read(described(text.padEnd(70_000), numbers, 2))).toEqual(values);
    }
  });

  it('is written so that it can be read', () => {
    const indices = Uint32Array.of(3, 2 ** 32 - 1, 0);
    expect(read(encodeNpy(indices))).toEqual([...indices]);
    expect(openNpy(encodeNpy(indices), 'a').type).toBe('<i8');
    expect(read(encodeNpy(Float32Array.of(0.5, -1)))).toEqual([0.5, -1]);
    expect(read(encodeNpy(new Uint32Array(0)))).toEqual([]);
  });

  const withType = (type: string) => makeNpy(type, [6], values);
  it.each<[string, Uint8Array, string]>([
    ['nothing', new Uint8Array(0), 'not a .npy file (it does not begin as one)'],
    ['text', Buffer.from('hello, I am no array'), 'not a .npy file'],
    ['nearly one', Buffer.from([0x93, ...Buffer.from('NUMPI, nearly')]), 'not a .npy file'],
    [
      'its first bytes alone',
      makeNpy('<f4', [6], values, { version: 2 }).subarray(0, 11),
      'its header is cut short; the file is not whole, copy or save it again',
    ],
    ['version 0', makeNpy('<f4', [6], values, { version: 0 }), 'version 0 of .npy is not supported'],
    ['another version', makeNpy('<f4', [6], values, { version: 9 }), 'version 9 of .npy is not supported'],
    ['a header cut short', makeNpy('<f4', [6], values).subarray(0, 60), 'its header is cut short'],
    [
      'numbers cut short',
      makeNpy('<f4', [6], values).subarray(0, -1),
      'got 23 bytes of numbers; expected 24',
    ],
    [
      'numbers too many',
      makeNpy('<f4', [5], values),
      'got 24 bytes of numbers; expected 20 for the shape (5)',
    ],
    [
      'rows too many',
      makeNpy('<f4', [1, 2, 2], values),
      'got 24 bytes of numbers; expected 16 for the shape (1, 2, 2); the file is cut short or damaged, copy it again',
    ],
    ['a shape beyond all', makeNpy('<f4', [1e9, 1e9, 1e9], values), 'expected 4e+27 for the shape'],
    [
      'half floats',
      withType('<f2'),
      'it holds half or long floats (<f2), which are not supported; expected b1, u1',
    ],
    ['complex numbers', withType('<c8'), 'complex numbers (<c8), which are not supported'],
    ['objects', withType('|O'), 'Python objects (|O), which are not supported'],
    ['text of NumPy', withType('<U3'), 'text (<U3)'],
    ['bytes of text', withType('|S3'), 'text (|S3)'],
    ['raw bytes', withType('|V8'), 'records (|V8)'],
    ['dates', withType('<M8[s]'), 'dates (<M8[s])'],
    ['spans of time', withType('<m8[s]'), 'spans of time (<m8[s])'],
    ['no type', withType(''), 'numbers of the type "", which are not supported'],
    ['another byte order', withType('!f4'), 'numbers of the type "!f4"'],
    ['a type of nobody', withType('<q9'), 'numbers of the type "<q9", which are not supported'],
    ['a type of objects', withType('toString'), 'numbers of the type "toString"'],
  ])('that is %s is refused', (_, bytes, message) => {
    expect(() => read(bytes)).toThrow(message);
    expect(() => read(bytes)).toThrow(/^a\.npy: /);
  });

  it('of records is refused as such', () => {
    const bytes = Buffer.from(makeNpy('<f4', [6], values));
    bytes.write("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (6,), }", 10);
    expect(() => read(bytes)).toThrow('it holds records, which are not supported; save one of their fields');
  });

  it.each([
    "{'fortran_order': False, 'shape': (6,)}",
    "{'descr': '<f4', 'shape': (6,)}",
    "{'descr': '<f4', 'fortran_order': False}",
    "{'shape': (6,)}",
  ])('that is described as %s alone is refused', (text) => {
    const bytes = described(`${text}\n`, new Uint8Array(24));
    expect(() => read(bytes)).toThrow(
      `a.npy: got an array described as ${text}; expected type, order and shape as np.save writes them`,
    );
    const long = `{'note': '${'x'.repeat(100)}'}`;
    expect(() => read(described(long, new Uint8Array(0)))).toThrow(
      `described as ${long.slice(0, 80)}; expected`,
    );
  });

  it.skipIf(skipWithoutPython('numpy'))('goes to NumPy and comes from it', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'evos-npy-'));
    try {
      const file = path.join(folder, 'a.npy');
      writeFileSync(file, encodeNpy(Uint32Array.of(7, 2 ** 32 - 1)));
      const program = [
        'import numpy as np, sys',
        'a = np.load(sys.argv[1]); print(a.dtype, a.tolist())',
        "for t in ('>i2', '<u8', '?', '<f8'):",
        "  np.save(sys.argv[1], np.asfortranarray(np.arange(6).reshape(2, 3)).astype(t)); print(open(sys.argv[1], 'rb').read().hex())",
      ].join('\n');
      const [first, ...files] = runPython(program, [file]).trim().split('\n');
      expect(first).toBe('int64 [7, 4294967295]');
      expect(files.map((hex) => read(Buffer.from(hex, 'hex')))).toEqual([
        values,
        values,
        [0, 1, 1, 1, 1, 1],
        values,
      ]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
