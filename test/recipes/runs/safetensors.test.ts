// The safetensors format against its description: what is written can be read, by others too, and no damaged
// file is believed.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArgumentError, InputError } from '../../../src/core/index.js';
import {
  decodeSafetensors,
  encodeSafetensors,
  safetensorsPieces,
  type Tensor,
} from '../../../src/recipes/runs/safetensors.js';

const seed = 20_412;

/** A file from a header written by hand and so many bytes of data. */
function file(header: unknown, dataBytes: number, claimed?: bigint): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, claimed ?? BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

const f32 = (from: number, to: number, shape = [(to - from) / 4]): object => ({
  dtype: 'F32',
  shape,
  data_offsets: [from, to],
});

describe('encodeSafetensors', () => {
  it('lays the file out as the format says', () => {
    const bytes = encodeSafetensors({
      metadata: { b: '2', a: 'ω' },
      tensors: {
        mask: { shape: [3], data: Uint8Array.of(7, 8, 9) },
        weights: { shape: [1, 2], data: Float32Array.of(1, -0) },
      },
    });
    const headerBytes = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(headerBytes % 8).toBe(0);
    const header = new TextDecoder().decode(bytes.subarray(8, 8 + headerBytes));
    // Floats before bytes: every tensor starts at a multiple of its item size.
    expect(header.trimEnd()).toBe(
      '{"__metadata__":{"a":"ω","b":"2"},' +
        '"weights":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},' +
        '"mask":{"dtype":"U8","shape":[3],"data_offsets":[8,11]}}',
    );
    // 1 is 3f800000, −0 is 80000000; little end first.
    expect([...bytes.subarray(8 + headerBytes)]).toEqual([0, 0, 0x80, 0x3f, 0, 0, 0, 0x80, 7, 8, 9]);
  });

  it('has pieces that are its tensors where they lie, and together the file', () => {
    const [small, large] = [Uint8Array.of(7, 8, 9), Float32Array.of(1, 2, 3, 4).subarray(1)];
    const content = {
      metadata: {},
      tensors: { small: { shape: [3], data: small }, large: { shape: [3], data: large } },
    };
    const pieces = safetensorsPieces(content);
    expect(Buffer.concat(pieces)).toEqual(Buffer.from(encodeSafetensors(content)));
    expect(pieces.slice(1).map(({ buffer }) => buffer)).toEqual([large.buffer, small.buffer]);
    expect(pieces[1]!.buffer).toBe(large.buffer);
    expect(pieces[2]!.buffer).toBe(small.buffer);
  });

  it('gives the same bytes whatever the order of its entries', () => {
    const a: Tensor = { shape: [1], data: Int32Array.of(1) };
    const b: Tensor = { shape: [], data: Uint32Array.of(2) };
    const one = encodeSafetensors({ metadata: { p: '', q: '' }, tensors: { a, b } });
    const other = encodeSafetensors({ metadata: { q: '', p: '' }, tensors: { b, a } });
    expect(other).toEqual(one);
  });

  it('refuses what the format has no room for', () => {
    const data = new Float32Array(4);
    expect(() => encodeSafetensors({ metadata: {}, tensors: { w: { shape: [3], data } } })).toThrow(
      /tensor w: shape \[3\] does not fit 4 values/,
    );
    expect(() =>
      encodeSafetensors({ metadata: {}, tensors: { __metadata__: { shape: [4], data } } }),
    ).toThrow(ArgumentError);
  });
});

describe('decodeSafetensors', () => {
  it('reads back what was written, whatever the alignment of the bytes given', () => {
    const float = fc.float32Array({ maxLength: 20 });
    const data = fc.oneof(
      float,
      fc.uint32Array({ maxLength: 20 }),
      fc.int32Array({ maxLength: 20 }),
      fc.uint8Array({ maxLength: 20 }),
    );
    const name = fc.string({ unit: 'binary' }).filter((text) => text !== '__metadata__');
    fc.assert(
      fc.property(
        fc.dictionary(name, data),
        fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' })),
        fc.integer({ min: 0, max: 7 }),
        (arrays, metadata, shift) => {
          const tensors = Object.fromEntries(
            Object.entries(arrays).map(([key, array]): [string, Tensor] => [
              key,
              { shape: [array.length], data: array },
            ]),
          );
          const bytes = encodeSafetensors({ metadata, tensors });
          // A Buffer, as reading a file gives it: its `slice` does not copy.
          const shifted = Buffer.alloc(bytes.length + shift).subarray(shift);
          shifted.set(bytes);
          const back = decodeSafetensors(shifted);
          expect(Object.entries(back.metadata).sort()).toEqual(Object.entries(metadata).sort());
          expect(Object.keys(back.tensors).sort()).toEqual(Object.keys(arrays).sort());
          for (const [key, { data: array }] of Object.entries(tensors)) {
            const got = back.tensors[key]?.data;
            expect(got?.constructor).toBe(array.constructor);
            // Compared as bytes: a NaN's payload and the sign of a zero count.
            expect(Buffer.from(got?.buffer ?? new ArrayBuffer(0))).toEqual(
              Buffer.from(array.buffer, array.byteOffset, array.byteLength),
            );
          }
        },
      ),
      { seed },
    );
  });

  it('returns arrays of their own memory', () => {
    const bytes = encodeSafetensors({
      metadata: {},
      tensors: { a: { shape: [2], data: Float32Array.of(1, 2) } },
    });
    const { data } = decodeSafetensors(bytes).tensors['a'] ?? { data: new Float32Array() };
    bytes.fill(0);
    expect([...data]).toEqual([1, 2]);
    expect(data.byteOffset).toBe(0);
    expect(data.buffer.byteLength).toBe(8);
  });

  it('accepts a header padded with spaces, empty tensors and no tensors', () => {
    expect(decodeSafetensors(file('{}   ', 0))).toEqual({ metadata: {}, tensors: {} });
    const header = { a: f32(0, 4), empty: f32(4, 4, [0, 3]), scalar: f32(4, 8, []) };
    expect(decodeSafetensors(file(header, 8)).tensors['empty']?.shape).toEqual([0, 3]);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['no header', new Uint8Array(5), /it ends after 5 bytes, before its header/],
    ['a huge header', file('{}', 0, 2n ** 63n), /claims 9223372036854775808 bytes, at most 100000000/],
    ['a header longer than the file', file('{}', 0, 99n), /claims 99 bytes, the file has 10 in all/],
    ['a header that is no JSON', file('{"a":', 0), /its header is not JSON/],
    ['a header that is no UTF-8', file('{}', 1, 3n).fill(0xff, 9), /its header is not JSON/],
    ['a header that is no object', file('[]', 0), /its header is not a JSON object/],
    [
      'metadata that is no text',
      file({ __metadata__: { a: 1 } }, 0),
      /__metadata__ does not map text to text/,
    ],
    ['a tensor that is no object', file({ a: null }, 0), /tensor "a" is not described by an object/],
    [
      'an unknown dtype',
      file({ a: { ...f32(0, 4), dtype: 'BF16' } }, 4),
      /dtype "BF16", expected one of F32, U32, I32, U8/,
    ],
    ['an inherited dtype', file({ a: { ...f32(0, 4), dtype: 'toString' } }, 4), /dtype "toString", expected/],
    ['a negative extent', file({ a: f32(0, 4, [-1]) }, 4), /shape that is not a list of whole numbers/],
    [
      'one offset',
      file({ a: { ...f32(0, 4), data_offsets: [0] } }, 4),
      /data_offsets that are not two whole numbers/,
    ],
    [
      'fractional offsets',
      file({ a: { ...f32(0, 4), data_offsets: [0.5, 4.5] } }, 8),
      /not two whole numbers/,
    ],
    ['truncated data', file({ a: f32(0, 8) }, 7), /tensor "a" lies at bytes 0–8 of 7: the file is truncated/],
    ['offsets backwards', file({ a: { ...f32(0, 4), data_offsets: [4, 0] } }, 4), /lies at bytes 4–0 of 4/],
    [
      'too few bytes for the shape',
      file({ a: f32(0, 4, [2]) }, 4),
      /has 4 bytes, its shape and dtype need 8/,
    ],
    ['a shape beyond counting', file({ a: f32(0, 4, [2 ** 52, 2 ** 52]) }, 4), /its shape and dtype need/],
    ['overlapping tensors', file({ a: f32(0, 8), b: f32(4, 8) }, 8), /tensor "b" overlaps the one before it/],
    ['a gap', file({ a: f32(0, 4), b: f32(8, 12) }, 12), /bytes 4–8 of its data belong to no tensor/],
    ['bytes left over', file({ a: f32(0, 4) }, 9), /5 bytes at its end belong to no tensor/],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => decodeSafetensors(bytes, 'weights.safetensors')).toThrow(InputError);
    expect(() => decodeSafetensors(bytes, 'weights.safetensors')).toThrow(message);
    expect(() => decodeSafetensors(bytes, 'weights.safetensors')).toThrow(
      /^weights\.safetensors is not a usable/,
    );
  });

  it(`never believes a file cut short, and never throws anything else (seed ${seed})`, () => {
    const whole = encodeSafetensors({
      metadata: { a: 'b' },
      tensors: {
        a: { shape: [2, 2], data: new Float32Array(4).fill(1) },
        b: { shape: [3], data: new Uint8Array(3) },
      },
    });
    for (let length = 0; length < whole.length; length++) {
      expect(() => decodeSafetensors(whole.subarray(0, length)), `first ${length} bytes`).toThrow(InputError);
    }
    const edits = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(edits, (changes) => {
        const bytes = whole.slice();
        for (const [position, value] of changes) bytes[position] = value;
        try {
          decodeSafetensors(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
        }
      }),
      { seed, numRuns: 2000 },
    );
  });
});
