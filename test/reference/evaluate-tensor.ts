// What the interpreter's operators share: reading operands, walking over indices, broadcasting.
import type { Call, Tensor } from './evaluate.js';

/** An operand that must be there. */
export function input(call: Call, index: number): Tensor {
  const value = call.inputs[index];
  if (value === undefined) throw new Error(`operand ${index} is missing`);
  return value;
}

/** A whole-number operand as plain numbers. */
export function intsOf(call: Call, index: number): number[] {
  return Array.from(input(call, index).data);
}

/** A numeric attribute. */
export function attribute(call: Call, name: string, fallback: number): number {
  const value = call.attributes[name] ?? fallback;
  if (typeof value !== 'number') throw new Error(`attribute ${name} is no number`);
  return value;
}

/** A list attribute. */
export function list(call: Call, name: string, fallback: readonly number[]): readonly number[] {
  return (call.attributes[name] as readonly number[] | undefined) ?? fallback;
}

/** An axis or position counted from the front. */
export function normal(position: number, size: number): number {
  return position < 0 ? position + size : position;
}

/** The element at an index, one entry per axis. */
export function at(tensor: Tensor, index: readonly number[]): number {
  let place = 0;
  tensor.shape.forEach((dim, axis) => {
    const i = index[axis] ?? 0;
    if (i < 0 || i >= dim) throw new Error(`index [${index.join()}] outside [${tensor.shape.join()}]`);
    place = place * dim + i;
  });
  return tensor.data[place] ?? Number.NaN;
}

/** Calls `visit` for every index of a shape, in row-major order. */
export function forEachIndex(
  shape: readonly number[],
  visit: (index: number[], place: number) => void,
): void {
  const count = shape.reduce((product, dim) => product * dim, 1);
  const index = shape.map(() => 0);
  for (let place = 0; place < count; place++) {
    visit([...index], place);
    // As a mileage counter: the last axis turns fastest.
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const next = (index[axis] ?? 0) + 1;
      index[axis] = next < (shape[axis] ?? 0) ? next : 0;
      if (index[axis] !== 0) break;
    }
  }
}

/** A tensor from a function of the index. */
export function fill(kind: Tensor['kind'], shape: readonly number[], f: (index: number[]) => number): Tensor {
  const data = new Float64Array(shape.reduce((product, dim) => product * dim, 1));
  forEachIndex(shape, (index, place) => {
    data[place] = f(index);
  });
  return { kind, shape: [...shape], data };
}

/** The shape two operands have together. */
export function broadcastShape(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const left = a[axis - rank + a.length] ?? 1;
    const right = b[axis - rank + b.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1)
      throw new Error(`[${a.join()}] and [${b.join()}] do not broadcast`);
    return left === 1 ? right : left;
  });
}

/** The element of a smaller tensor that an index of the broadcast result reads. */
export function broadcastAt(tensor: Tensor, index: readonly number[]): number {
  const own = index.slice(index.length - tensor.shape.length);
  return at(
    tensor,
    own.map((i, axis) => (tensor.shape[axis] === 1 ? 0 : i)),
  );
}
