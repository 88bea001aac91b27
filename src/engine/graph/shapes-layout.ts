// Shape rules of the operators that move elements without computing: reshaping, slicing, gathering, scattering,
// and those that turn shapes into tensors.
import {
  addDims,
  broadcastShapes,
  countOf,
  divideDims,
  formatShape,
  opaqueDim,
  sameShape,
  subtractDims,
  type Dim,
  type Shape,
} from './dims.js';
import { dimAt, mostInputs, operator, type GraphNode, type Operator, type TensorInfo } from './node.js';
import { withContent } from './shapes-elementwise.js';

/** Beyond this an `end` of Slice means "to the last element". */
const OPEN_END = 2 ** 31 - 1;

/** The permutation of a Transpose node: axis i of the result is axis `permutation[i]` of the operand. */
export function permutation(node: GraphNode): readonly number[] {
  const rank = node.operand(0).shape.length;
  const order = node.list('perm') ?? [...Array(rank).keys()].reverse();
  if (
    order.length !== rank ||
    new Set(order).size !== rank ||
    order.some((axis) => axis < 0 || axis >= rank)
  ) {
    throw node.error(
      `perm [${order.join(', ')}] is no permutation of the ${rank} axes of ${formatShape(node.operand(0).shape)}`,
    );
  }
  return order;
}

/** The axes a Squeeze node takes away, rising. */
export function squeezedAxes(node: GraphNode): number[] {
  const { shape } = node.operand(0);
  const axes = node.axes();
  if (axes !== undefined) return node.sortedAxes(axes, shape.length);
  return shape.flatMap((dim, axis) => (dim === 1 ? [axis] : []));
}

/** One axis of a Slice node. */
export interface SliceRange {
  readonly axis: number;
  readonly start: Dim;
  readonly step: number;
  /** How many elements are taken. */
  readonly count: Dim;
}

/** What a Slice node takes. A start or end beyond a size fixed at run time is assumed not to happen. */
export function sliceRanges(node: GraphNode): SliceRange[] {
  const { shape } = node.operand(0);
  const starts = node.content(1);
  const ends = node.content(2);
  const axes = node.has(3) ? node.integers(3) : [...starts.keys()];
  const steps = node.has(4) ? node.integers(4) : starts.map(() => 1);
  return axes.map((given, i) => {
    const axis = node.axis(given, shape.length);
    const size = dimAt(shape, axis);
    const step = steps[i] ?? 1;
    if (step === 0) throw node.error('step 0');
    const bound = (value: Dim, lowest: number, highest: Dim): Dim => {
      if (typeof value !== 'number') return value;
      if (value >= OPEN_END) return highest;
      if (value <= -OPEN_END) return lowest;
      const fromFront = value < 0 ? addDims(size, value) : value;
      if (typeof fromFront !== 'number') return fromFront;
      return Math.max(lowest, typeof highest === 'number' ? Math.min(fromFront, highest) : fromFront);
    };
    const last = subtractDims(size, 1);
    const start = step > 0 ? bound(dimAt(starts, i), 0, size) : bound(dimAt(starts, i), 0, last);
    const end = step > 0 ? bound(dimAt(ends, i), 0, size) : bound(dimAt(ends, i), -1, last);
    const span = step > 0 ? subtractDims(end, start) : subtractDims(start, end);
    const stride = Math.abs(step);
    const count =
      typeof span === 'number'
        ? Math.max(0, Math.ceil(span / stride))
        : stride === 1
          ? span
          : (divideDims(span, stride) ?? opaqueDim(`${node.label}.${axis}`));
    return { axis, start, step, count };
  });
}

function requireIndices(node: GraphNode, index: number): TensorInfo {
  const indices = node.operand(index);
  if (indices.type !== 'int64' && indices.type !== 'int32') {
    throw node.error(`the indices "${indices.name}" must be int64, got ${indices.type}`);
  }
  return indices;
}

/** How many axes of the data one index of GatherND or ScatterND walks down. */
export function indexDepth(node: GraphNode): number {
  const data = node.operand(0);
  const indices = requireIndices(node, 1);
  const depth = indices.shape.at(-1);
  if (typeof depth !== 'number' || depth < 1 || depth > data.shape.length) {
    throw node.shapeError('do not go together: the last axis of the indices walks down the axes of the data');
  }
  return depth;
}

/** Operators that move elements, and those that make tensors from shapes. */
export const layoutOperators: Readonly<Record<string, Operator>> = {
  Concat: operator([1, mostInputs], { axis: 'int' }, (node, x) => {
    const { type, shape } = x;
    const axis = node.axis(node.number('axis', Number.NaN), shape.length);
    const result = [...shape];
    let { content } = x;
    for (let i = 1; i < node.operands.length; i++) {
      node.requireSameType(0, i);
      const other = node.operand(i);
      const fits = sameShape(
        [...other.shape.slice(0, axis), 0, ...other.shape.slice(axis + 1)],
        result.with(axis, 0),
      );
      if (!fits) throw node.shapeError(`do not join along axis ${axis}: all other sizes must be equal`, 0, i);
      result[axis] = addDims(dimAt(result, axis), dimAt(other.shape, axis));
      content = content && other.content ? [...content, ...other.content] : undefined;
    }
    return withContent({ type, shape: result }, content);
  }),
  Constant: {
    inputs: [0, 0],
    attributes: { value: 'tensor', value_float: 'float', value_int: 'int', value_ints: 'ints' },
    infer: (node) => {
      const tensor = node.attributes['value'];
      if (typeof tensor !== 'object' || !('data' in tensor))
        throw node.error('only the attribute "value" is supported');
      return withContent(
        { type: tensor.type, shape: tensor.shape },
        tensor.type === 'int64' ? Array.from(tensor.data, Number) : undefined,
      );
    },
  },
  ConstantOfShape: operator([1, 1], { value: 'tensor' }, (node) => {
    const tensor = node.attributes['value'];
    const type = typeof tensor === 'object' && 'data' in tensor ? tensor.type : 'float32';
    return { type, shape: node.content(0) };
  }),
  Expand: operator([2, 2], {}, (node, { type, shape }) => {
    const target = node.content(1);
    const together = broadcastShapes(shape, target);
    if (together === undefined)
      throw node.error(`cannot expand ${formatShape(shape)} to ${formatShape(target)}`);
    return { type, shape: together };
  }),
  Gather: operator([2, 2], { axis: 'int' }, (node, { type, shape, content }) => {
    const indices = requireIndices(node, 1);
    const axis = node.axis(node.number('axis', 0), shape.length);
    const result = [...shape.slice(0, axis), ...indices.shape, ...shape.slice(axis + 1)];
    const taken =
      content &&
      indices.content?.map((i) =>
        typeof i === 'number' ? content[i < 0 ? i + content.length : i] : undefined,
      );
    return withContent({ type, shape: result }, taken?.every((dim) => dim !== undefined) ? taken : undefined);
  }),
  GatherElements: operator([2, 2], { axis: 'int' }, (node, { type, shape }) => {
    node.axis(node.number('axis', 0), shape.length);
    return { type, shape: requireIndices(node, 1).shape };
  }),
  GatherND: operator([2, 2], { batch_dims: 'int' }, (node, { type, shape }) => {
    if (node.number('batch_dims', 0) !== 0) throw node.error('batch_dims other than 0 is not supported');
    const depth = indexDepth(node);
    return { type, shape: [...node.operand(1).shape.slice(0, -1), ...shape.slice(depth)] };
  }),
  Identity: operator([1, 1], {}, (_, x) => x),
  Pad: operator([2, 4], { mode: 'string' }, (node, { type, shape }) => {
    const axes = node.has(3) ? node.integers(3) : [...shape.keys()];
    const pads = node.content(1);
    if (pads.length !== 2 * axes.length)
      throw node.error(`expected ${2 * axes.length} pads, got ${pads.length}`);
    const result = [...shape];
    axes.forEach((given, i) => {
      const axis = node.axis(given, shape.length);
      result[axis] = addDims(dimAt(shape, axis), addDims(dimAt(pads, i), dimAt(pads, i + axes.length)));
    });
    return { type, shape: result };
  }),
  Range: operator([3, 3], {}, (node, { type }) => {
    const [start = 0] = node.content(0);
    const [limit = 0] = node.content(1);
    const [delta = 1] = node.integers(2);
    const span = subtractDims(limit, start);
    if (typeof span !== 'number')
      return { type, shape: [divideDims(span, delta) ?? opaqueDim(`${node.label}.0`)] };
    const count = Math.max(0, Math.ceil(span / delta));
    const content =
      typeof start === 'number' ? Array.from({ length: count }, (_, i) => start + i * delta) : undefined;
    return withContent({ type, shape: [count] }, content);
  }),
  Reshape: operator([2, 2], { allowzero: 'int' }, (node, { type, shape, content }) => {
    const keepZero = node.number('allowzero', 0) === 0;
    const target = node.content(1).map((dim, axis) => (dim === 0 && keepZero ? dimAt(shape, axis) : dim));
    const free = target.indexOf(-1);
    if (free >= 0) {
      const count = countOf(target.filter((_, axis) => axis !== free));
      const rest = count === 0 ? undefined : divideDims(countOf(shape), count);
      if (rest === undefined && typeof countOf(shape) === 'number' && typeof count === 'number') {
        throw node.error(
          `cannot reshape ${formatShape(shape)} to ${formatShape(target)}: the sizes do not divide`,
        );
      }
      target[free] = rest ?? opaqueDim(`${node.label}.${free}`);
    } else {
      const before = countOf(shape);
      const after = countOf(target);
      if (before !== after && typeof before === 'number' && typeof after === 'number') {
        throw node.error(
          `cannot reshape ${formatShape(shape)} (${before} elements) to ${formatShape(target)} (${after} elements)`,
        );
      }
    }
    return withContent({ type, shape: target }, content);
  }),
  ScatterElements: operator([3, 3], { axis: 'int', reduction: 'string' }, (node, { type, shape }) => {
    node.requireSameType(0, 2);
    requireIndices(node, 1);
    if (!sameShape(node.operand(1).shape, node.operand(2).shape)) {
      throw node.shapeError('do not go together: indices and updates must have one shape', 1, 2);
    }
    return { type, shape };
  }),
  ScatterND: operator([3, 3], { reduction: 'string' }, (node, { type, shape }) => {
    const expected = [...node.operand(1).shape.slice(0, -1), ...shape.slice(indexDepth(node))];
    node.requireSameType(0, 2);
    if (!sameShape(expected, node.operand(2).shape)) {
      throw node.shapeError(`do not go together: the updates must have shape ${formatShape(expected)}`, 0, 2);
    }
    return { type, shape };
  }),
  Shape: operator([1, 1], { start: 'int', end: 'int' }, (node, { shape }) => {
    const content: Shape = shape.slice(node.number('start', 0), node.number('end', shape.length));
    return { type: 'int64', shape: [content.length], content };
  }),
  Size: operator([1, 1], {}, (_, { shape }) => ({ type: 'int64', shape: [], content: [countOf(shape)] })),
  Slice: operator([3, 5], {}, (node, { type, shape, content }) => {
    const result = [...shape];
    const ranges = sliceRanges(node);
    for (const { axis, count } of ranges) result[axis] = count;
    const [range] = ranges;
    let taken = content;
    if (content && range && typeof range.start === 'number' && typeof range.count === 'number') {
      const { start, step } = range;
      taken = Array.from({ length: range.count }, (_, i) => dimAt(content, start + i * step));
    }
    return withContent({ type, shape: result }, taken);
  }),
  Squeeze: operator([1, 2], { axes: 'ints' }, (node, { type, shape, content }) => {
    const axes = squeezedAxes(node);
    const kept = axes.find((axis) => shape[axis] !== 1);
    if (kept !== undefined)
      throw node.error(`axis ${kept} of ${formatShape(shape)} has size ${shape[kept]}, not 1`);
    return withContent({ type, shape: shape.filter((_, axis) => !axes.includes(axis)) }, content);
  }),
  Transpose: operator([1, 1], { perm: 'ints' }, (node, { type, shape }) => {
    return { type, shape: permutation(node).map((axis) => dimAt(shape, axis)) };
  }),
  Unsqueeze: operator([1, 2], { axes: 'ints' }, (node, { type, shape, content }) => {
    const axes = node.axes();
    if (axes === undefined) throw node.error('axes are missing');
    const result: Dim[] = [...shape];
    for (const axis of node.sortedAxes(axes, shape.length + axes.length)) result.splice(axis, 0, 1);
    return withContent({ type, shape: result }, content);
  }),
};
