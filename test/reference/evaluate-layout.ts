// The interpreter's operators that move elements.
import type { TensorData } from '../../src/engine/graph/elements.js';
import type { Call, Tensor } from './evaluate.js';
import {
  at,
  attribute,
  broadcastAt,
  broadcastShape,
  fill,
  forEachIndex,
  input,
  intsOf,
  list,
  normal,
} from './evaluate-tensor.js';

type Evaluate = (call: Call) => Tensor;

const count = (shape: readonly number[]): number => shape.reduce((product, dim) => product * dim, 1);

function axesOf(call: Call): number[] | undefined {
  return call.inputs[1] ? intsOf(call, 1) : (call.attributes['axes'] as number[] | undefined);
}

const reshape: Evaluate = (call) => {
  const x = input(call, 0);
  const shape = intsOf(call, 1).map((dim, axis) => (dim === 0 ? (x.shape[axis] ?? 0) : dim));
  const free = shape.indexOf(-1);
  if (free >= 0) shape[free] = x.data.length / count(shape.filter((_, axis) => axis !== free));
  if (count(shape) !== x.data.length)
    throw new Error(`[${x.shape.join()}] does not reshape to [${shape.join()}]`);
  return { ...x, shape };
};

const transpose: Evaluate = (call) => {
  const x = input(call, 0);
  const perm = list(call, 'perm', [...x.shape.keys()].reverse());
  const shape = perm.map((axis) => x.shape[axis] ?? 0);
  return fill(x.kind, shape, (index) =>
    at(
      x,
      x.shape.map((_, axis) => index[perm.indexOf(axis)] ?? 0),
    ),
  );
};

const squeeze: Evaluate = (call) => {
  const x = input(call, 0);
  const axes = axesOf(call)?.map((axis) => normal(axis, x.shape.length));
  return { ...x, shape: x.shape.filter((dim, axis) => (axes ? !axes.includes(axis) : dim !== 1)) };
};

const unsqueeze: Evaluate = (call) => {
  const x = input(call, 0);
  const axes = axesOf(call) ?? [];
  const shape = [...x.shape];
  const rank = shape.length + axes.length;
  for (const axis of axes.map((a) => normal(a, rank)).sort((a, b) => a - b)) shape.splice(axis, 0, 1);
  return { ...x, shape };
};

const expand: Evaluate = (call) => {
  const x = input(call, 0);
  return fill(x.kind, broadcastShape(x.shape, intsOf(call, 1)), (index) => broadcastAt(x, index));
};

const concat: Evaluate = (call) => {
  const parts = call.inputs.map((_, i) => input(call, i));
  const first = input(call, 0);
  const axis = normal(attribute(call, 'axis', 0), first.shape.length);
  const total = parts.reduce((sum, part) => sum + (part.shape[axis] ?? 0), 0);
  return fill(first.kind, first.shape.with(axis, total), (index) => {
    let place = index[axis] ?? 0;
    for (const part of parts) {
      const size = part.shape[axis] ?? 0;
      if (place < size) return at(part, index.with(axis, place));
      place -= size;
    }
    throw new Error('beyond the last part');
  });
};

const slice: Evaluate = (call) => {
  const x = input(call, 0);
  const starts = intsOf(call, 1);
  const ends = intsOf(call, 2);
  const axes = call.inputs[3] ? intsOf(call, 3) : [...starts.keys()];
  const steps = call.inputs[4] ? intsOf(call, 4) : starts.map(() => 1);
  const places = x.shape.map((dim) => [...Array(dim).keys()]);
  axes.forEach((given, i) => {
    const axis = normal(given, x.shape.length);
    const size = x.shape[axis] ?? 0;
    const step = steps[i] ?? 1;
    const clamp = (value: number, low: number, high: number): number =>
      Math.min(high, Math.max(low, normal(value, size)));
    const start = step > 0 ? clamp(starts[i] ?? 0, 0, size) : clamp(starts[i] ?? 0, 0, size - 1);
    const end = step > 0 ? clamp(ends[i] ?? 0, 0, size) : clamp(ends[i] ?? 0, -1, size - 1);
    const taken: number[] = [];
    for (let place = start; step > 0 ? place < end : place > end; place += step) taken.push(place);
    places[axis] = taken;
  });
  return fill(
    x.kind,
    places.map((p) => p.length),
    (index) =>
      at(
        x,
        index.map((i, axis) => places[axis]?.[i] ?? -1),
      ),
  );
};

const pad: Evaluate = (call) => {
  const x = input(call, 0);
  const pads = intsOf(call, 1);
  const rank = x.shape.length;
  const border = call.inputs[2]?.data[0] ?? 0;
  const shape = x.shape.map((dim, axis) => dim + (pads[axis] ?? 0) + (pads[axis + rank] ?? 0));
  return fill(x.kind, shape, (index) => {
    const own = index.map((i, axis) => i - (pads[axis] ?? 0));
    return own.every((i, axis) => i >= 0 && i < (x.shape[axis] ?? 0)) ? at(x, own) : border;
  });
};

const gather: Evaluate = (call) => {
  const x = input(call, 0);
  const indices = input(call, 1);
  const axis = normal(attribute(call, 'axis', 0), x.shape.length);
  const depth = indices.shape.length;
  const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
  return fill(x.kind, shape, (index) => {
    const place = normal(at(indices, index.slice(axis, axis + depth)), x.shape[axis] ?? 0);
    return at(x, [...index.slice(0, axis), place, ...index.slice(axis + depth)]);
  });
};

const gatherND: Evaluate = (call) => {
  const x = input(call, 0);
  const indices = input(call, 1);
  const depth = indices.shape.at(-1) ?? 0;
  const outer = indices.shape.length - 1;
  const shape = [...indices.shape.slice(0, -1), ...x.shape.slice(depth)];
  return fill(x.kind, shape, (index) => {
    const place = Array.from({ length: depth }, (_, k) =>
      normal(at(indices, [...index.slice(0, outer), k]), x.shape[k] ?? 0),
    );
    return at(x, [...place, ...index.slice(outer)]);
  });
};

/** Writes or adds into a copy of the data. */
function scatter(call: Call, target: (index: number[], indices: Tensor) => number[]): Tensor {
  const data = input(call, 0);
  const indices = input(call, 1);
  const updates = input(call, 2);
  const result = Float64Array.from(data.data);
  const add = call.attributes['reduction'] === 'add';
  const strides = data.shape.map((_, axis) => count(data.shape.slice(axis + 1)));
  forEachIndex(updates.shape, (index) => {
    const place = target(index, indices).reduce((sum, i, axis) => sum + i * (strides[axis] ?? 0), 0);
    result[place] = at(updates, index) + (add ? (result[place] ?? 0) : 0);
  });
  return { ...data, data: result };
}

const scatterND: Evaluate = (call) => {
  const { shape } = input(call, 0);
  return scatter(call, (index, indices) => {
    const depth = indices.shape.at(-1) ?? 0;
    const outer = indices.shape.length - 1;
    const place = Array.from({ length: depth }, (_, k) =>
      normal(at(indices, [...index.slice(0, outer), k]), shape[k] ?? 0),
    );
    return [...place, ...index.slice(outer)];
  });
};

const gatherElements: Evaluate = (call) => {
  const x = input(call, 0);
  const indices = input(call, 1);
  const axis = normal(attribute(call, 'axis', 0), x.shape.length);
  return fill(x.kind, indices.shape, (index) =>
    at(x, index.with(axis, normal(at(indices, index), x.shape[axis] ?? 0))),
  );
};

const scatterElements: Evaluate = (call) => {
  const { shape } = input(call, 0);
  const axis = normal(attribute(call, 'axis', 0), shape.length);
  return scatter(call, (index, indices) => index.with(axis, normal(at(indices, index), shape[axis] ?? 0)));
};

function constantTensor(call: Call): TensorData | undefined {
  return call.attributes['value'] as TensorData | undefined;
}

const constant: Evaluate = (call) => {
  const value = constantTensor(call);
  if (value === undefined) throw new Error('Constant without a value');
  const data = Array.from(value.data as ArrayLike<number | bigint>, Number);
  return {
    kind: value.type.startsWith('float') ? 'float' : 'int',
    shape: value.shape,
    data: Float64Array.from(data),
  };
};

const constantOfShape: Evaluate = (call) => {
  const value = constantTensor(call);
  const kind = value === undefined || value.type.startsWith('float') ? 'float' : 'int';
  return fill(kind, intsOf(call, 0), () => Number(value?.data[0] ?? 0));
};

const shapeOf: Evaluate = (call) => {
  const { shape } = input(call, 0);
  const part = shape.slice(attribute(call, 'start', 0), attribute(call, 'end', shape.length));
  return fill('int', [part.length], ([i = 0]) => part[i] ?? 0);
};

const range: Evaluate = (call) => {
  const [start = 0, limit = 0, delta = 1] = [0, 1, 2].map((i) => input(call, i).data[0] ?? 0);
  const length = Math.max(0, Math.ceil((limit - start) / delta));
  return fill(input(call, 0).kind, [length], ([i = 0]) => start + i * delta);
};

/** Operators that move elements, by name. */
export const layoutOperators: Readonly<Record<string, Evaluate>> = {
  Concat: concat,
  Constant: constant,
  ConstantOfShape: constantOfShape,
  Expand: expand,
  Gather: gather,
  GatherElements: gatherElements,
  GatherND: gatherND,
  Identity: (call) => input(call, 0),
  Pad: pad,
  Range: range,
  Reshape: reshape,
  ScatterElements: scatterElements,
  ScatterND: scatterND,
  Shape: shapeOf,
  Size: (call) => fill('int', [], () => input(call, 0).data.length),
  Slice: slice,
  Squeeze: squeeze,
  Transpose: transpose,
  Unsqueeze: unsqueeze,
};
