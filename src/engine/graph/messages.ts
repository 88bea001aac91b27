// ONNX messages as plain objects, to bytes and back. `onnx-buf` has the schema as data, which bundlers and browsers take; this
// says which fields are there and how a field becomes a plain value: what is not set is not there, 64-bit integers are numbers where those hold them.
import {
  create,
  fromBinary,
  ScalarType,
  toBinary,
  type DescField,
  type DescMessage,
} from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';

/** A 64-bit integer: a `bigint` where a number would round it. */
export type Integer = number | bigint;

/** A dimension: a number, or a name. */
export interface DimensionProto {
  readonly dimValue?: Integer | null;
  readonly dimParam?: string | null;
}

/** The type of a value; `sequenceType` is of no use but for what no run reads. */
export interface TypeProto {
  readonly tensorType?: {
    readonly elemType?: number | null;
    readonly shape?: { readonly dim?: readonly DimensionProto[] | null } | null;
  } | null;
  readonly sequenceType?: { readonly elemType?: TypeProto | null } | null;
}

/** The name, element type and shape of a graph's input or output. */
export interface ValueInfoProto {
  readonly name?: string | null;
  readonly type?: TypeProto | null;
}

/** A tensor: its elements as bytes, or in the array of their type. */
export interface TensorProto {
  name?: string | null;
  readonly dims?: readonly Integer[] | null;
  readonly dataType?: number | null;
  readonly rawData?: Uint8Array | null;
  readonly floatData?: readonly number[] | null;
  readonly int32Data?: readonly number[] | null;
  readonly int64Data?: readonly Integer[] | null;
  readonly doubleData?: readonly number[] | null;
  /** Where the elements lie in another file. */
  readonly externalData?: readonly { readonly key?: string; readonly value?: string }[] | null;
}

/** An attribute of a node; `type` says which of the fields holds it. */
export interface AttributeProto {
  readonly name?: string | null;
  readonly type?: number | null;
  readonly f?: number | null;
  readonly i?: Integer | null;
  readonly s?: Uint8Array | null;
  readonly t?: TensorProto | null;
  readonly floats?: readonly number[] | null;
  readonly ints?: readonly Integer[] | null;
}

/** A node: an operator, the values it reads, and those it makes. */
export interface NodeProto {
  readonly name?: string | null;
  readonly opType?: string | null;
  readonly domain?: string | null;
  readonly input?: readonly string[] | null;
  readonly output?: readonly string[] | null;
  readonly attribute?: readonly AttributeProto[] | null;
}

/** A graph: nodes in the order in which they run. */
export interface GraphProto {
  readonly name?: string | null;
  readonly node?: readonly NodeProto[] | null;
  readonly initializer?: readonly TensorProto[] | null;
  /** Tensors that are mostly zero, which nothing here reads. */
  readonly sparseInitializer?: readonly object[] | null;
  readonly input?: readonly ValueInfoProto[] | null;
  readonly output?: readonly ValueInfoProto[] | null;
  readonly valueInfo?: readonly ValueInfoProto[] | null;
}

/** A model file. */
export interface ModelProto {
  readonly irVersion?: Integer;
  readonly producerName?: string;
  readonly opsetImport?: readonly { readonly domain?: string; readonly version?: Integer }[];
  readonly graph?: GraphProto;
  readonly metadataProps?: readonly { readonly key?: string; readonly value?: string }[];
}

/** The bytes of a model file. Fields that are not declared above are written too, if a decoded message had them. */
export function encodeMessage(model: ModelProto): Uint8Array {
  return toBinary(ModelProtoSchema, messageOf(ModelProtoSchema, model));
}

/** What bytes hold. @throws Error for bytes that are no such message */
export function decodeMessage(bytes: Uint8Array): ModelProto {
  return plainOf(ModelProtoSchema, fromBinary(ModelProtoSchema, bytes));
}

type Fields = Record<string, unknown>;

/** A field that is one of several shares a place with them. */
type OneOf = { readonly case: string | undefined; readonly value?: unknown };

function messageOf<Schema extends DescMessage>(schema: Schema, plain: object) {
  const message = create(schema);
  const fields: Fields = message;
  for (const field of schema.fields) {
    const given = (plain as Fields)[field.localName];
    if (given === undefined || given === null) continue;
    const value = Array.isArray(given) ? given.map((one) => toMessage(field, one)) : toMessage(field, given);
    if (field.oneof === undefined) fields[field.localName] = value;
    else fields[field.oneof.localName] = { case: field.localName, value };
  }
  return message;
}

function toMessage(field: DescField, value: unknown): unknown {
  if (field.message !== undefined) return messageOf(field.message, value as object);
  return isWide(field) ? BigInt(value as number | bigint) : value;
}

function plainOf(schema: DescMessage, message: Fields): Fields {
  const plain: Fields = {};
  for (const field of schema.fields) {
    const { localName, oneof } = field;
    let value: unknown;
    if (oneof === undefined) {
      // What is not set comes from the prototype.
      if (Object.hasOwn(message, localName)) value = message[localName];
    } else {
      const set = message[oneof.localName] as OneOf;
      if (set.case === localName) value = set.value;
    }
    if (value === undefined) continue;
    plain[localName] = Array.isArray(value) ? value.map((one) => toPlain(field, one)) : toPlain(field, value);
  }
  return plain;
}

function toPlain(field: DescField, value: unknown): unknown {
  if (field.message !== undefined) return plainOf(field.message, value as Fields);
  if (!isWide(field)) return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Integers of 64 bits, which `onnx-buf` has as `bigint`. */
function isWide(field: DescField): boolean {
  const { INT64, UINT64 } = ScalarType;
  return field.scalar === INT64 || field.scalar === UINT64;
}
