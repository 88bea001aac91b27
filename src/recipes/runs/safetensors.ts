// The safetensors file format, reading and writing: 8 bytes with the header's length, a JSON header that says where
// each tensor lies, then the tensors' bytes without gaps. Own code because npm has no maintained package for it.
// Format: https://github.com/huggingface/safetensors#format
import { open, type FileHandle } from 'node:fs/promises';
import { ArgumentError, InputError } from '../../core/errors.js';
import type { StateArray } from '../../core/index.js';

/** A named block of numbers. */
export interface Tensor {
  /** Row-major extents; their product is the array's length. `[]` is a scalar. */
  readonly shape: readonly number[];
  readonly data: StateArray;
}

/** What a safetensors file holds. */
export interface TensorFile {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: Readonly<Record<string, Tensor>>;
}

/** The format's own limit on its header, so that a damaged length cannot ask for all memory. */
const maxHeaderBytes = 100_000_000;
const lengthBytes = 8;

const dtypes = { F32: Float32Array, U32: Uint32Array, I32: Int32Array, U8: Uint8Array } as const;
type Dtype = keyof typeof dtypes;

/**
 * Packs tensors and text into one safetensors file. Wider numbers come first and the header is padded to 8 bytes, so
 * that every tensor starts at a multiple of its item size. The same content gives the same bytes, whatever its order.
 * @returns the file's bytes, the caller's to keep; nothing refers to the given arrays.
 * @throws ArgumentError when a shape does not fit its array, or a tensor takes the reserved name `__metadata__`.
 */
export function encodeSafetensors(content: TensorFile): Uint8Array {
  return new Uint8Array(Buffer.concat(safetensorsPieces(content)));
}

/**
 * The same file as pieces to be written one after the other, without a copy of what may be hundreds of megabytes.
 * @returns the header, and views of the given arrays, which must not change until they are written
 * @throws ArgumentError as `encodeSafetensors`
 */
export function safetensorsPieces({ metadata, tensors }: TensorFile): Uint8Array[] {
  const entries = Object.entries(tensors)
    .map(([name, { shape, data }]) => ({ name, shape, data, dtype: dtypeOf(name, data) }))
    .sort((a, b) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT || (a.name < b.name ? -1 : 1));
  const header = new Map<string, unknown>();
  if (Object.keys(metadata).length > 0) {
    header.set(
      '__metadata__',
      Object.fromEntries(Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1))),
    );
  }
  let offset = 0;
  for (const { name, shape, data, dtype } of entries) {
    if (name === '__metadata__') throw new ArgumentError('a tensor cannot be named __metadata__: rename it');
    if (elements(shape) !== data.length) {
      throw new ArgumentError(
        `tensor ${name}: shape [${shape.join(', ')}] does not fit ${data.length} values`,
      );
    }
    header.set(name, { dtype, shape, data_offsets: [offset, offset + data.byteLength] });
    offset += data.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const headerBytes = Math.ceil(json.length / 8) * 8;
  if (headerBytes > maxHeaderBytes) {
    throw new ArgumentError(
      `the header takes ${headerBytes} bytes, the format allows ${maxHeaderBytes}: shorten the metadata`,
    );
  }
  const head = new Uint8Array(lengthBytes + headerBytes);
  new DataView(head.buffer).setBigUint64(0, BigInt(headerBytes), true);
  head.fill(0x20, lengthBytes);
  head.set(json, lengthBytes);
  // Numbers go as they lie in memory: the format is little-endian, and so is every machine the engine runs on.
  return [head, ...entries.map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength))];
}

/**
 * Unpacks a safetensors file, trusting nothing in it.
 * @param bytes the file's content, any alignment; not kept.
 * @param source what error messages call it, usually the file's name.
 * @returns arrays of their own memory, the caller's to keep.
 * @throws InputError when the file is truncated, damaged, or holds another kind of number than F32, U32, I32 or U8.
 */
export function decodeSafetensors(bytes: Uint8Array, source = 'the file'): TensorFile {
  const refuse = (problem: string, cause?: unknown): never => {
    throw new InputError(`${source} is not a usable safetensors file: ${problem}`, { cause });
  };
  if (bytes.length < lengthBytes) refuse(`it ends after ${bytes.length} bytes, before its header`);
  const declared = new DataView(bytes.buffer, bytes.byteOffset, lengthBytes).getBigUint64(0, true);
  if (declared > BigInt(maxHeaderBytes))
    refuse(`its header claims ${declared} bytes, at most ${maxHeaderBytes} are allowed`);
  const dataStart = lengthBytes + Number(declared);
  if (dataStart > bytes.length)
    refuse(`its header claims ${declared} bytes, the file has ${bytes.length} in all`);

  let header: unknown;
  try {
    header = JSON.parse(
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(lengthBytes, dataStart)),
    );
  } catch (cause) {
    refuse('its header is not JSON', cause);
  }
  if (!isRecord(header)) return refuse('its header is not a JSON object');

  const { __metadata__: metadata = {}, ...descriptions } = header;
  if (!isTextRecord(metadata)) return refuse('its __metadata__ does not map text to text');

  const spans: { name: string; from: number; to: number }[] = [];
  const tensors: [string, Tensor][] = [];
  for (const [name, description] of Object.entries(descriptions)) {
    const about = (problem: string): never => refuse(`tensor ${JSON.stringify(name)} ${problem}`);
    if (!isRecord(description)) return about('is not described by an object');
    const { dtype, shape, data_offsets: offsets } = description;
    if (!isDtype(dtype)) {
      return about(`has dtype ${JSON.stringify(dtype)}, expected one of ${Object.keys(dtypes).join(', ')}`);
    }
    if (!isCountList(shape)) return about('has a shape that is not a list of whole numbers from 0');
    if (!isCountList(offsets) || offsets.length !== 2)
      return about('has data_offsets that are not two whole numbers');
    const [from = 0, to = 0] = offsets;
    if (from > to || dataStart + to > bytes.length) {
      return about(
        `lies at bytes ${from}–${to} of ${bytes.length - dataStart}: the file is truncated or damaged`,
      );
    }
    const needed = elements(shape) * dtypes[dtype].BYTES_PER_ELEMENT;
    if (needed !== to - from) return about(`has ${to - from} bytes, its shape and dtype need ${needed}`);
    spans.push({ name, from, to });
    // Memory of its own is aligned for every type of number; `slice` would not give that for a Buffer.
    const own = new Uint8Array(to - from);
    own.set(bytes.subarray(dataStart + from, dataStart + to));
    tensors.push([name, { shape, data: new dtypes[dtype](own.buffer) }]);
  }

  spans.sort((a, b) => a.from - b.from || a.to - b.to);
  let end = 0;
  for (const { name, from, to } of spans) {
    if (from < end) refuse(`tensor ${JSON.stringify(name)} overlaps the one before it`);
    if (from > end) refuse(`bytes ${end}–${from} of its data belong to no tensor`);
    end = to;
  }
  if (dataStart + end !== bytes.length)
    refuse(`${bytes.length - dataStart - end} bytes at its end belong to no tensor`);
  return { metadata, tensors: Object.fromEntries(tensors) };
}

function dtypeOf(name: string, data: StateArray): Dtype {
  for (const [dtype, type] of Object.entries(dtypes)) if (data instanceof type) return dtype as Dtype;
  throw new ArgumentError(`tensor ${name}: expected a Float32Array, Uint32Array, Int32Array or Uint8Array`);
}

const elements = (shape: readonly number[]): number => shape.reduce((product, extent) => product * extent, 1);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isTextRecord = (value: unknown): value is Record<string, string> =>
  isRecord(value) && Object.values(value).every((entry) => typeof entry === 'string');

const isDtype = (value: unknown): value is Dtype => typeof value === 'string' && Object.hasOwn(dtypes, value);

const isCountList = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((entry) => Number.isSafeInteger(entry) && (entry as number) >= 0);

/** A file's metadata, without its tensors; undefined where the file is missing or damaged. */
export async function readMetadata(file: string): Promise<Readonly<Record<string, string>> | undefined> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file);
    const length = Buffer.alloc(lengthBytes);
    await handle.read(length, 0, lengthBytes, 0);
    const bytes = Number(length.readBigUInt64LE());
    if (bytes > maxHeaderBytes) return undefined;
    const header = Buffer.alloc(bytes);
    await handle.read(header, 0, bytes, lengthBytes);
    const read: unknown = JSON.parse(header.toString('utf8'));
    const metadata = isRecord(read) ? read['__metadata__'] : undefined;
    return isTextRecord(metadata) ? metadata : undefined;
  } catch {
    return undefined;
  } finally {
    await handle?.close();
  }
}
