// Weights written into the bytes of an ONNX file in their places, and entries added to its metadata: all else stays as it was to
// the byte, whatever version of the format it is of. Protocol buffers: https://protobuf.dev/programming-guides/encoding
import { ArgumentError, InputError } from '../../core/errors.js';

/** Fields of the messages, by their numbers in onnx.proto. */
const fields = {
  ...{ graph: 7, metadata: 14 },
  ...{ initializer: 5, name: 8, floatData: 4, rawData: 9 },
  ...{ key: 1, value: 2 },
} as const;
const lengthDelimited = 2;

/** A field of a message that has a length. */
interface Field {
  readonly number: number;
  /** Where its tag begins, its content, and what comes behind it. */
  readonly tag: number;
  readonly start: number;
  readonly end: number;
}

/**
 * A copy of a file with other numbers.
 * @param floats by the names of initialisers, float32
 * @throws InputError where an initialiser's numbers do not lie together
 */
export function writeFloats(bytes: Uint8Array, floats: ReadonlyMap<string, Float32Array>): Uint8Array {
  const written = new Uint8Array(bytes);
  const left = new Set(floats.keys());
  for (const graph of fieldsOf(bytes, 0, bytes.length)) {
    if (graph.number !== fields.graph) continue;
    for (const tensor of fieldsOf(bytes, graph.start, graph.end)) {
      if (tensor.number !== fields.initializer) continue;
      const parts = [...fieldsOf(bytes, tensor.start, tensor.end)];
      const named = parts.filter(({ number }) => number === fields.name).at(-1);
      const name = new TextDecoder().decode(bytes.subarray(named?.start ?? 0, named?.end ?? 0));
      const values = floats.get(name);
      if (values === undefined) continue;
      const place = parts.filter(
        ({ number, start, end }) =>
          (number === fields.rawData || number === fields.floatData) && end - start === 4 * values.length,
      );
      if (place.length !== 1 || place[0] === undefined) {
        throw new ArgumentError(
          `The initialiser "${name}" does not have ${values.length} numbers in one piece in the file: give as many as it has, or ` +
            'export the model again.',
        );
      }
      const view = new DataView(written.buffer, place[0].start);
      values.forEach((value, i) => view.setFloat32(4 * i, value, true));
      left.delete(name);
    }
  }
  const [missing] = left;
  if (missing === undefined) return written;
  throw new ArgumentError(`The file has no initialiser "${missing}".`);
}

/**
 * A copy of a file with further entries in its metadata, in the place of those that it has by the same names.
 */
export function writeMetadata(bytes: Uint8Array, entries: Readonly<Record<string, string>>): Uint8Array {
  const kept: Uint8Array[] = [];
  let from = 0;
  for (const field of fieldsOf(bytes, 0, bytes.length)) {
    if (field.number !== fields.metadata) continue;
    const key = [...fieldsOf(bytes, field.start, field.end)].findLast(({ number }) => number === fields.key);
    const name = new TextDecoder().decode(bytes.subarray(key?.start ?? 0, key?.end ?? 0));
    if (!Object.hasOwn(entries, name)) continue;
    kept.push(bytes.subarray(from, field.tag));
    from = field.end;
  }
  kept.push(bytes.subarray(from));
  const text = new TextEncoder();
  const added = Object.entries(entries).map(([key, value]) =>
    delimited(
      fields.metadata,
      joined([delimited(fields.key, text.encode(key)), delimited(fields.value, text.encode(value))]),
    ),
  );
  return joined([...kept, ...added]);
}

/** A field with its tag and its length; its number is below 16. */
const delimited = (number: number, content: Uint8Array): Uint8Array =>
  joined([Uint8Array.of(8 * number + lengthDelimited, ...varintOf(content.length)), content]);

function varintOf(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80);
  return [...bytes, rest];
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** The fields with a length of a message; numbers are passed over. */
function* fieldsOf(bytes: Uint8Array, from: number, end: number): Generator<Field, void, undefined> {
  let at = from;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = at < end ? bytes[at++] : undefined;
      if (byte === undefined) throw new InputError('the model is cut short inside a message');
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new InputError('the model has a number of more than ten bytes');
  };
  while (at < end) {
    const tag = at;
    const key = varint();
    const [number, kind] = [Math.floor(key / 8), key % 8];
    if (kind === 0) varint();
    else if (kind === 1) at += 8;
    else if (kind === 5) at += 4;
    else if (kind === lengthDelimited) {
      const length = varint();
      const start = at;
      at += length;
      if (at > end) throw new InputError('the model is cut short inside a message');
      yield { number, tag, start, end: at };
    } else throw new InputError(`the model has a field of the kind ${kind}, which is not supported`);
  }
}
