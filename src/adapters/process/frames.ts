// Frames of the protocol: a length, a JSON header with its own length, then arrays of numbers as they lie in memory. All is
// little-endian, as the machines are that this runs on. docs/serve.md has the layout for those who write a client.
import { show } from '../../core/check.js';
import { ArgumentError, InputError } from '../../core/errors.js';
import type { StateArray } from '../../core/index.js';

/** The kinds of numbers, by the name that headers give them. */
const types = { f32: Float32Array, u32: Uint32Array, i32: Int32Array, u8: Uint8Array } as const;
type ArrayType = keyof typeof types;

/** A header as it was sent: JSON, not looked at yet. */
export type Header = Readonly<Record<string, unknown>>;

/** Arrays by name. */
export type Arrays = Readonly<Record<string, StateArray>>;

/** A frame taken apart. */
export interface Frame {
  readonly header: Header;
  readonly arrays: Arrays;
}

/** A header with the bytes behind it, which it describes. */
export interface Opened {
  readonly header: Header;
  readonly data: Uint8Array;
}

/** Bytes of a length. */
const lengthBytes = 4;
/** The most that a header may take: it names and counts, arrays carry the numbers. */
const mostHeaderBytes = 2 ** 20;
/** Headers are padded to multiples of it, so that arrays begin at one. */
const alignment = 8;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * Packs a frame, its length in front.
 * @param arrays are copied
 */
export function encodeFrame(header: Header, arrays: Arrays = {}): Uint8Array {
  const listed = Object.entries(arrays).map(([name, array]) => ({
    name,
    type: Object.entries(types).find(([, type]) => array instanceof type)?.[0],
    length: array.length,
  }));
  const json = encoder.encode(JSON.stringify(listed.length === 0 ? header : { ...header, arrays: listed }));
  const start = Math.ceil((2 * lengthBytes + json.length) / alignment) * alignment;
  const size = Object.values(arrays).reduce((sum, { byteLength }) => sum + byteLength, start);
  const frame = new Uint8Array(size);
  const view = new DataView(frame.buffer);
  view.setUint32(0, size - lengthBytes, true);
  view.setUint32(lengthBytes, start - 2 * lengthBytes, true);
  frame.fill(0x20, 2 * lengthBytes, start);
  frame.set(json, 2 * lengthBytes);
  let at = start;
  for (const { buffer, byteOffset, byteLength } of Object.values(arrays)) {
    frame.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at += byteLength;
  }
  return frame;
}

/**
 * Reads the header of a frame.
 * @param body the frame without its length; not kept
 * @throws ArgumentError
 */
export function openFrame(body: Uint8Array): Opened {
  if (body.length < lengthBytes) {
    throw bad(`it has ${body.length} bytes`, 'the length of a header, 4 bytes, and the header');
  }
  const length = new DataView(body.buffer, body.byteOffset).getUint32(0, true);
  const start = lengthBytes + length;
  if (length > mostHeaderBytes) {
    throw bad(`its header claims ${length} bytes`, `at most ${mostHeaderBytes}; numbers belong in arrays`);
  }
  if (start > body.length) {
    throw bad(`its header claims ${length} bytes`, `no more than the ${body.length - lengthBytes} behind it`);
  }
  let header: unknown;
  try {
    header = JSON.parse(decoder.decode(body.subarray(lengthBytes, start)));
  } catch {
    throw bad('its header is no JSON in UTF-8', 'a JSON object');
  }
  if (!isRecord(header)) throw bad(`its header is ${show(header)}`, 'a JSON object');
  return { header, data: body.subarray(start) };
}

/**
 * Reads the arrays of a frame.
 * @returns arrays of their own memory
 * @throws ArgumentError
 */
export function readArrays({ header, data }: Opened): Arrays {
  const { arrays: listed = [] } = header;
  if (!Array.isArray(listed)) throw bad(`its arrays are ${show(listed)}`, 'a list of { name, type, length }');
  const found = new Map<string, StateArray>();
  let at = 0;
  for (const entry of listed as readonly unknown[]) {
    const { name, type, length } = described(entry);
    if (found.has(name)) throw bad(`it has two arrays ${show(name)}`, 'each name once');
    const make = types[type];
    const end = at + length * make.BYTES_PER_ELEMENT;
    if (end > data.length) {
      throw bad(`its arrays need ${end} bytes up to ${show(name)}`, `no more than the ${data.length} there`);
    }
    // Memory of its own is aligned for every kind of number; `slice` would not give that for a Buffer.
    const own = new Uint8Array(end - at);
    own.set(data.subarray(at, end));
    found.set(name, new make(own.buffer));
    at = end;
  }
  if (at !== data.length) throw bad(`its arrays need ${at} bytes`, `the ${data.length} that are there`);
  return Object.fromEntries(found);
}

function described(entry: unknown): { name: string; type: ArrayType; length: number } {
  const expected = `{ name, type, length } with a type of ${Object.keys(types).join(', ')}`;
  if (!isRecord(entry)) throw bad(`one of its arrays is ${show(entry)}`, expected);
  const { name, type, length } = entry;
  if (typeof name !== 'string' || name === '' || name.length > 64) {
    throw bad(`an array has the name ${show(name)}`, 'a text of 1 to 64 characters');
  }
  if (!isType(type)) throw bad(`the array ${show(name)} has the type ${show(type)}`, expected);
  if (typeof length !== 'number' || !Number.isSafeInteger(length) || length < 0) {
    throw bad(`the array ${show(name)} has the length ${show(length)}`, 'a whole number of at least 0');
  }
  return { name, type, length };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isType = (value: unknown): value is ArrayType =>
  typeof value === 'string' && Object.hasOwn(types, value);

function bad(got: string, expected: string): ArgumentError {
  return new ArgumentError(`The frame cannot be used: ${got}, expected ${expected}. See docs/serve.md.`);
}

/** Memory that is kept from one frame to the next. */
const keptBytes = 2 ** 20;

/** Puts frames together from bytes as they come. */
export class FrameReader {
  readonly #most: number;
  #buffer = new Uint8Array(2 ** 12);
  #filled = 0;

  /** @param most bytes that a frame may have */
  constructor(most: number) {
    this.#most = most;
  }

  /** Bytes of a frame that is not whole yet. */
  get waiting(): number {
    return this.#filled;
  }

  /**
   * Takes bytes in and hands out the frames that become whole, without their length. Each is valid until the next is asked for.
   * @throws InputError when a length cannot be one: where the next frame begins is not known then
   */
  *read(chunk: Uint8Array): Generator<Uint8Array, void, undefined> {
    let at = 0;
    while (at < chunk.length) {
      const rest = chunk.length - at;
      if (this.#filled === 0 && rest >= lengthBytes) {
        const end = at + lengthBytes + this.#lengthAt(chunk, at);
        if (end <= chunk.length) {
          yield chunk.subarray(at + lengthBytes, end);
          at = end;
          continue;
        }
      }
      const wanted = this.#filled < lengthBytes ? lengthBytes : lengthBytes + this.#lengthAt(this.#buffer, 0);
      const taken = Math.min(wanted - this.#filled, rest);
      this.#append(chunk.subarray(at, at + taken), wanted);
      at += taken;
      if (this.#filled < lengthBytes) continue;
      const size = lengthBytes + this.#lengthAt(this.#buffer, 0);
      if (this.#filled < size) continue;
      this.#filled = 0;
      yield this.#buffer.subarray(lengthBytes, size);
      if (this.#buffer.length > keptBytes) this.#buffer = new Uint8Array(2 ** 12);
    }
  }

  /** Memory grows with what has come, not with what a length claims. */
  #append(bytes: Uint8Array, wanted: number): void {
    const filled = this.#filled + bytes.length;
    if (filled > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(filled, Math.min(wanted, 2 * this.#buffer.length)));
      grown.set(this.#buffer.subarray(0, this.#filled));
      this.#buffer = grown;
    }
    this.#buffer.set(bytes, this.#filled);
    this.#filled = filled;
  }

  #lengthAt(bytes: Uint8Array, at: number): number {
    const length = new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(0, true);
    if (length <= this.#most) return length;
    throw new InputError(
      `A frame claims ${length} bytes, at most ${this.#most} are taken: send less at once, raise the limit with ` +
        '--max-frame, or send frames, if these are none. The connection is closed, since the next frame cannot be found.',
    );
  }
}
