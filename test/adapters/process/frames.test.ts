// Frames as bytes: there and back, in whatever pieces they come, and what no frame is.
import { describe, expect, it } from 'vitest';
import { encodeFrame, FrameReader, openFrame, readArrays } from '../../../src/adapters/process/frames.js';

const arrays = {
  errors: Float32Array.of(0.5, -1, Infinity),
  indices: Uint32Array.of(1, 2 ** 32 - 1),
  signed: Int32Array.of(-5),
  bytes: Uint8Array.of(1, 2, 3),
  none: new Float32Array(0),
};

const decoded = (body: Uint8Array) => {
  const opened = openFrame(body);
  return { header: opened.header, arrays: readArrays(opened) };
};

const whole = (chunks: readonly Uint8Array[], most = 2 ** 20): Uint8Array[] => {
  const reader = new FrameReader(most);
  const frames = chunks.flatMap((chunk) => Array.from(reader.read(chunk), (frame) => frame.slice()));
  expect(reader.waiting).toBe(0);
  return frames;
};

/** A frame's body by hand: a header's text, and bytes behind it. */
function body(header: string, data: readonly number[] = [], length?: number): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(4 + text.length + data.length);
  new DataView(bytes.buffer).setUint32(0, length ?? text.length, true);
  bytes.set(text, 4);
  bytes.set(data, 4 + text.length);
  return bytes;
}

describe('a frame', () => {
  it('comes back as it was', () => {
    const frame = encodeFrame({ op: 'report', id: 3, text: 'é' }, arrays);
    expect(new DataView(frame.buffer).getUint32(0, true)).toBe(frame.length - 4);
    const { header, arrays: read } = decoded(frame.subarray(4));
    expect(header).toMatchObject({ op: 'report', id: 3, text: 'é' });
    expect(read).toEqual(arrays);
  });

  it('is laid out as docs/serve.md says', () => {
    const frame = encodeFrame({ a: 1 }, { e: Float32Array.of(1) });
    const json = '{"a":1,"arrays":[{"name":"e","type":"f32","length":1}]}';
    const header = json.padEnd(Math.ceil((8 + json.length) / 8) * 8 - 8, ' ');
    const expected = Buffer.concat([
      Buffer.from(Uint32Array.of(4 + header.length + 4, header.length).buffer),
      Buffer.from(header),
      Buffer.from([0, 0, 0x80, 0x3f]),
    ]);
    expect(Buffer.from(frame)).toEqual(expected);
  });

  it('is found in any pieces', () => {
    const frames = [
      encodeFrame({ n: 1 }),
      encodeFrame({ n: 2 }, arrays),
      encodeFrame({}),
      encodeFrame({ n: 4 }),
    ];
    const bytes = Buffer.concat(frames);
    for (const size of [1, 2, 3, 5, 7, 64, bytes.length]) {
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
        bytes.subarray(i * size, (i + 1) * size),
      );
      expect(whole(chunks).map(decoded), `pieces of ${size}`).toEqual(
        frames.map((frame) => decoded(frame.subarray(4))),
      );
    }
  });

  it('may be far larger than the pieces it comes in', () => {
    const numbers = Float32Array.from({ length: 300_000 }, (_, i) => i);
    const bytes = encodeFrame({}, { numbers });
    const chunks = Array.from({ length: Math.ceil(bytes.length / 65_536) }, (_, i) =>
      bytes.subarray(i * 65_536, (i + 1) * 65_536),
    );
    const read = decoded(whole(chunks, 2 ** 21)[0]!).arrays['numbers']!;
    expect(Buffer.from(read.buffer).equals(Buffer.from(numbers.buffer))).toBe(true);
  });
});

describe('a length that cannot be', () => {
  it('ends the reading', () => {
    const reader = new FrameReader(100);
    expect(() => [...reader.read(Uint8Array.of(101, 0, 0, 0))]).toThrow(
      'A frame claims 101 bytes, at most 100 are taken',
    );
    const text = new FrameReader(2 ** 28);
    expect(() => [...text.read(new TextEncoder().encode('GET / HTTP/1.1\r\n'))]).toThrow(
      'or send frames, if these are none',
    );
  });

  it('takes no memory before its bytes have come', () => {
    const before = process.memoryUsage().arrayBuffers;
    const readers = Array.from({ length: 8 }, () => new FrameReader(2 ** 32 - 1));
    for (const reader of readers) expect([...reader.read(Uint8Array.of(0, 0, 0, 255, 1, 2))]).toEqual([]);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20);
  });
});

describe('a frame that cannot be used', () => {
  it.each<[string, Uint8Array, string]>([
    ['nothing', new Uint8Array(0), 'it has 0 bytes, expected the length of a header'],
    [
      'no header',
      Uint8Array.of(9, 0, 0, 0),
      'its header claims 9 bytes, expected no more than the 0 behind it',
    ],
    [
      'a vast header',
      body('{}', [], 2 ** 31),
      'its header claims 2147483648 bytes, expected at most 1048576',
    ],
    ['no JSON', body('{'), 'its header is no JSON in UTF-8'],
    ['no UTF-8', Uint8Array.of(3, 0, 0, 0, 34, 255, 34), 'its header is no JSON in UTF-8'],
    ['a list', body('[]'), 'its header is an array of 0, expected a JSON object'],
    ['null', body('null'), 'its header is null'],
    ['arrays by name', body('{"arrays":{}}'), 'its arrays are an object'],
    [
      'an array of text',
      body('{"arrays":["errors"]}'),
      "one of its arrays is 'errors', expected { name, type",
    ],
    ['no name', body('{"arrays":[{"type":"f32","length":1}]}'), 'an array has the name undefined'],
    [
      'another type',
      body('{"arrays":[{"name":"e","type":"f64","length":1}]}'),
      "the array 'e' has the type 'f64', expected { name, type, length } with a type of f32, u32, i32, u8",
    ],
    [
      'a type of objects',
      body('{"arrays":[{"name":"e","type":"toString","length":1}]}'),
      "has the type 'toString'",
    ],
    ['half a length', body('{"arrays":[{"name":"e","type":"u8","length":0.5}]}'), 'has the length 0.5'],
    [
      'a length below 0',
      body('{"arrays":[{"name":"e","type":"u8","length":-1}]}'),
      'has the length -1, expected a whole number of at least 0',
    ],
    [
      'too few bytes',
      body('{"arrays":[{"name":"e","type":"f32","length":2}]}', [0, 0, 0, 0]),
      "its arrays need 8 bytes up to 'e', expected no more than the 4 there",
    ],
    [
      'a length beyond all',
      body('{"arrays":[{"name":"e","type":"f32","length":9007199254740991}]}'),
      "up to 'e', expected no more than the 0 there",
    ],
    ['too many bytes', body('{}', [1]), 'its arrays need 0 bytes, expected the 1 that are there'],
    [
      'a name twice',
      body('{"arrays":[{"name":"e","type":"u8","length":0},{"name":"e","type":"u8","length":0}]}'),
      "it has two arrays 'e'",
    ],
  ])('%s', (_, bytes, message) => {
    expect(() => decoded(bytes)).toThrow(message);
    expect(() => decoded(bytes)).toThrow('See docs/serve.md.');
  });
});
