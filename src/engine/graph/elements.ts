// Tensors and attributes as graphs hold them: types of elements, their numbers, and the arrays they come in.
import { ArgumentError } from '../../core/errors.js';

/** The typed arrays a tensor's elements come in. Booleans are bytes. */
export type TensorArray = Float32Array | Float64Array | BigInt64Array | Int32Array | Uint8Array;

/** A tensor whose elements are known. */
export interface TensorData {
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly data: TensorArray;
}

/** What an attribute may hold. */
export type AttributeValue = number | string | readonly number[] | TensorData;

/** Attributes by name. */
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** How an attribute is stored. */
export type AttributeKind = 'float' | 'int' | 'ints' | 'string' | 'tensor';

/** Of each type its number in ONNX messages and its array. */
export const elementTypes = {
  float32: { code: 1, array: Float32Array },
  uint8: { code: 2, array: Uint8Array },
  int32: { code: 6, array: Int32Array },
  int64: { code: 7, array: BigInt64Array },
  bool: { code: 9, array: Uint8Array },
  float64: { code: 11, array: Float64Array },
} as const;

/** The element types that graphs are built of; `float32` and `float64` carry gradients. */
export type ElementType = keyof typeof elementTypes;

/** The number that stands for an element type in ONNX messages and in the `to` attribute of `Cast`. */
export function elementCode(type: ElementType): number {
  return elementTypes[type].code;
}

/** The element type behind a number. @throws ArgumentError for a type that is not supported. */
export function elementTypeOf(code: number, what: string): ElementType {
  for (const type of Object.keys(elementTypes) as ElementType[])
    if (elementTypes[type].code === code) return type;
  throw new ArgumentError(
    `${what} has the ONNX element type ${code}; supported are ${Object.keys(elementTypes).join(', ')}`,
  );
}

/** Whether gradients flow through values of this type. */
export function isFloat(type: ElementType): boolean {
  return type === 'float32' || type === 'float64';
}

/** Converts plain numbers to the array of an element type. */
export function arrayOf(type: ElementType, values: ArrayLike<number>): TensorArray {
  if (type === 'int64') return BigInt64Array.from(values, (value) => BigInt(value));
  return elementTypes[type].array.from(values);
}

/** The element type that an array of its own accord has. */
export function typeOfArray(data: TensorArray): ElementType {
  if (data instanceof Float32Array) return 'float32';
  if (data instanceof Float64Array) return 'float64';
  if (data instanceof BigInt64Array) return 'int64';
  return data instanceof Int32Array ? 'int32' : 'uint8';
}
