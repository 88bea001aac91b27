// Weights written into the bytes of an ONNX file in their places: what is not a weight stays as it was to the byte, whatever
// version of the format it is of. Protocol buffers: https://protobuf.dev/programming-guides/encoding
import { ArgumentError, InputError } from '../../core/errors.js';

/** Fields of the messages, by their numbers in onnx.proto. */
const fields = { graph: 7, initializer: 5, name: 8, floatData: 4, rawData: 9 } as const;
const lengthDelimited = 2;

/** A field of a message that has a length. */
interface Field {
  readonly number: number;
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
      yield { number, start, end: at };
    } else throw new InputError(`the model has a field of the kind ${kind}, which is not supported`);
  }
}
