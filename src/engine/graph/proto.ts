// The protobuf side of ONNX: tensors and attributes to and from their messages, and nothing about what
// operators mean.
import { AttributeProto_AttributeType as AttributeType } from 'onnx-buf';
import { ArgumentError, InputError } from '../../core/errors.js';
import { canonicalDim, opaqueDim, type Dim, type Shape } from './dims.js';
import {
  decodeMessage,
  encodeMessage,
  type AttributeProto,
  type GraphProto,
  type Integer,
  type ModelProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from './messages.js';
import {
  arrayOf,
  elementCode,
  elementTypeOf,
  elementTypes,
  type AttributeKind,
  type Attributes,
  type AttributeValue,
  type ElementType,
  type TensorArray,
  type TensorData,
} from './elements.js';

export type {
  AttributeProto,
  DimensionProto,
  GraphProto,
  Integer,
  NodeProto,
  TensorProto,
  TypeProto,
  ValueInfoProto,
} from './messages.js';

/** A tensor as a message. The bytes are copied. */
export function encodeTensor(name: string, tensor: TensorData): TensorProto {
  const { buffer, byteOffset, byteLength } = tensor.data;
  return {
    name,
    dims: [...tensor.shape],
    dataType: elementCode(tensor.type),
    rawData: new Uint8Array(buffer, byteOffset, byteLength).slice(),
  };
}

/** A message as a tensor; the array is a copy. @throws InputError for external data or a wrong length. */
export function decodeTensor(message: TensorProto, what = `tensor "${message.name ?? ''}"`): TensorData {
  const type = elementTypeOf(message.dataType ?? 0, what);
  const shape = (message.dims ?? []).map(Number);
  const count = shape.reduce((product, dim) => product * dim, 1);
  if ((message.externalData?.length ?? 0) > 0) {
    throw new InputError(
      `${what} keeps its data in another file, which is not supported; save the model with the data inside: ` +
        'torch.onnx.export(…, external_data=False) in PyTorch, onnx.save(onnx.load(FILE), OTHER) in Python',
    );
  }
  let data: TensorArray;
  if (message.rawData && message.rawData.length > 0) {
    const bytes = new Uint8Array(message.rawData); // a copy, and aligned, unlike a view into the file
    const { array } = elementTypes[type];
    if (bytes.byteLength !== count * array.BYTES_PER_ELEMENT) {
      throw new InputError(
        `${what} of shape [${shape.join(', ')}] has ${bytes.byteLength} bytes of ${type} data`,
      );
    }
    data = new array(bytes.buffer);
  } else {
    data = elementsIn(message, type);
  }
  if (data.length !== count) {
    throw new InputError(`${what} of shape [${shape.join(', ')}] has ${data.length} elements, not ${count}`);
  }
  return { type, shape, data };
}

/** Elements that are not bytes, from the field of their type. */
function elementsIn(message: TensorProto, type: ElementType): TensorArray {
  if (type === 'int64') return BigInt64Array.from(message.int64Data ?? [], (value: Integer) => BigInt(value));
  const values = { float32: message.floatData, float64: message.doubleData };
  return arrayOf(type, (type in values ? values[type as keyof typeof values] : message.int32Data) ?? []);
}

/** An attribute as a message. */
export function encodeAttribute(name: string, kind: AttributeKind, value: AttributeValue): AttributeProto {
  if (kind === 'float' && typeof value === 'number') return { name, type: AttributeType.FLOAT, f: value };
  if (kind === 'int' && typeof value === 'number') return { name, type: AttributeType.INT, i: value };
  if (kind === 'ints' && Array.isArray(value))
    return { name, type: AttributeType.INTS, ints: [...(value as number[])] };
  if (kind === 'string' && typeof value === 'string') {
    return { name, type: AttributeType.STRING, s: new TextEncoder().encode(value) };
  }
  if (kind === 'tensor' && typeof value === 'object' && 'data' in value) {
    return { name, type: AttributeType.TENSOR, t: encodeTensor('', value) };
  }
  throw new ArgumentError(`attribute "${name}" must be of kind ${kind}, got ${JSON.stringify(value)}`);
}

/** The attributes of a node. @throws ArgumentError for a kind of attribute that no supported operator has. */
export function decodeAttributes(node: NodeProto): Attributes {
  const attributes: Record<string, AttributeValue> = {};
  for (const attribute of node.attribute ?? []) {
    const name = attribute.name ?? '';
    if (attribute.type === AttributeType.FLOAT) attributes[name] = attribute.f ?? 0;
    else if (attribute.type === AttributeType.INT) attributes[name] = Number(attribute.i ?? 0);
    else if (attribute.type === AttributeType.INTS) attributes[name] = (attribute.ints ?? []).map(Number);
    else if (attribute.type === AttributeType.FLOATS) attributes[name] = attribute.floats ?? [];
    else if (attribute.type === AttributeType.STRING)
      attributes[name] = new TextDecoder().decode(attribute.s ?? new Uint8Array());
    else if (attribute.type === AttributeType.TENSOR && attribute.t)
      attributes[name] = decodeTensor(attribute.t);
    else {
      throw new ArgumentError(
        `attribute "${name}" of the ${node.opType} node "${node.name || node.output?.[0]}" is of a kind that no ` +
          'supported operator has (a subgraph, for instance); rewrite the model without it',
      );
    }
  }
  return attributes;
}

/** Name, element type and shape as a message. */
export function encodeValueInfo(name: string, type: ElementType, shape: Shape): ValueInfoProto {
  const dim = shape.map((d) => (typeof d === 'number' ? { dimValue: d } : { dimParam: d }));
  return { name, type: { tensorType: { elemType: elementCode(type), shape: { dim } } } };
}

/** The element type and shape in a message; the shape is undefined where the message leaves it out. */
export function decodeValueInfo(message: ValueInfoProto): { type: ElementType; shape: Shape | undefined } {
  const name = message.name ?? '';
  const tensor = message.type?.tensorType;
  if (!tensor) throw new ArgumentError(`value "${name}" is no tensor; only tensors are supported`);
  const shape = tensor.shape?.dim?.map((dim, axis): Dim => {
    if (dim.dimParam) return canonicalDim(dim.dimParam);
    const size = dim.dimValue === null || dim.dimValue === undefined ? -1 : Number(dim.dimValue);
    return size >= 0 ? size : opaqueDim(`${name}.${axis}`);
  });
  return {
    type: elementTypeOf(tensor.elemType ?? 0, `value "${name}"`),
    shape: tensor.shape ? (shape ?? []) : undefined,
  };
}

/** A whole model. */
export interface Model {
  readonly graph: GraphProto;
  readonly opset: number;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The operator sets whose models are read: earlier ones keep the axes of `ReduceSum` and `Squeeze` elsewhere. */
export const OPSETS = { lowest: 13, highest: 21 } as const;

/**
 * The bytes of a model file. IR version 8, which every ONNX Runtime since 1.10 reads.
 * @param model.producer who made it, as viewers show it
 */
export function encodeModel(model: Model & { readonly producer?: string }): Uint8Array {
  const message = {
    irVersion: 8,
    producerName: model.producer ?? 'evos',
    opsetImport: [{ domain: '', version: model.opset }],
    graph: model.graph,
    metadataProps: Object.entries(model.metadata).map(([key, value]) => ({ key, value })),
  };
  return encodeMessage(message);
}

/**
 * Reads a model file.
 * @throws InputError when the bytes are no ONNX model or its operator set is not supported.
 */
export function decodeModel(bytes: Uint8Array): Model {
  let message: ModelProto;
  try {
    message = decodeMessage(bytes);
  } catch (error) {
    throw new InputError(`these ${bytes.length} bytes are no ONNX model`, { cause: error });
  }
  const version = message.opsetImport?.find((set) => !set.domain || set.domain === 'ai.onnx')?.version;
  if (!message.graph || version === undefined) {
    throw new InputError(`these ${bytes.length} bytes are no ONNX model: graph or operator set is missing`);
  }
  const opset = Number(version);
  if (opset < OPSETS.lowest || opset > OPSETS.highest) {
    throw new InputError(
      `the model uses operator set ${opset}; ${OPSETS.lowest} to ${OPSETS.highest} are supported: export it again with one of those (17, say)`,
    );
  }
  const metadata = Object.fromEntries(
    (message.metadataProps ?? []).map(({ key, value }) => [key ?? '', value ?? '']),
  );
  return { graph: message.graph, opset, metadata };
}

/** The names of values, for a message. */
export function namesIn(infos: readonly ValueInfoProto[]): string {
  return infos.map((info) => info.name).join(', ') || 'none yet';
}
