// Shape rules of the operators that work element by element, of reductions, and of whole-number arithmetic on
// sizes: models exported by other tools compute their reshapes that way.
import {
  addDims,
  broadcastShapes,
  divideDims,
  multiplyDims,
  subtractDims,
  type Dim,
  type Shape,
} from './dims.js';
import { elementTypeOf, isFloat, type AttributeKind, type ElementType } from './elements.js';
import { mostInputs, operator, type GraphNode, type Operator, type TensorInfo } from './node.js';

/** `info` with content, where there is any. */
export function withContent(info: TensorInfo, content: readonly Dim[] | undefined): TensorInfo {
  return content === undefined || info.shape.length > 1 ? info : { ...info, content };
}

function unary(kind: 'float' | 'number' | 'bool', attributes: Record<string, AttributeKind> = {}): Operator {
  return {
    inputs: [1, 1],
    attributes,
    infer: (node) => {
      const { type, shape, content } = node.operand(0);
      if (kind === 'float' && !isFloat(type)) throw node.error(`needs floating point, got ${type}; cast it`);
      if ((kind === 'bool') !== (type === 'bool')) throw node.error(`cannot be applied to ${type}`);
      return withContent(
        { type, shape },
        node.op === 'Neg' ? content?.map((c) => multiplyDims(-1, c)) : undefined,
      );
    },
  };
}

/** The broadcast shape of operands `first` and `second`. */
function broadcast(node: GraphNode, first: number, second: number, shape: Shape): Shape {
  const together = broadcastShapes(shape, node.operand(second).shape);
  if (together === undefined) {
    throw node.shapeError(
      'do not broadcast: from the last axis on, sizes must be equal or 1 (sizes under different names count as different)',
      first,
      second,
    );
  }
  return together;
}

const SIZE_ARITHMETIC: Record<string, (a: Dim, b: Dim) => Dim | undefined> = {
  Add: addDims,
  Sub: subtractDims,
  Mul: multiplyDims,
  Div: divideDims,
};

function sizes(node: GraphNode): readonly Dim[] | undefined {
  const combine = SIZE_ARITHMETIC[node.op];
  const a = node.operand(0).content;
  const b = node.operand(1).content;
  if (combine === undefined || a === undefined || b === undefined) return undefined;
  const content: Dim[] = [];
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const left = a.length === 1 ? a[0] : a[i];
    const right = b.length === 1 ? b[0] : b[i];
    const element = left === undefined || right === undefined ? undefined : combine(left, right);
    if (element === undefined) return undefined;
    content.push(element);
  }
  return content;
}

function binary(result: 'same' | 'bool', operands: 'number' | 'bool' | 'any' | 'whole' = 'number'): Operator {
  return {
    inputs: [2, 2],
    attributes: {},
    infer: (node) => {
      if (node.op !== 'Pow') node.requireSameType();
      const { type, shape } = node.operand(0);
      if (operands !== 'any' && (operands === 'bool') !== (type === 'bool'))
        throw node.error(`cannot be applied to ${type}`);
      if (operands === 'whole' && isFloat(type))
        throw node.error(`needs whole numbers, got ${type}; cast it`);
      const together = broadcast(node, 0, 1, shape);
      return withContent({ type: result === 'bool' ? 'bool' : type, shape: together }, sizes(node));
    },
  };
}

const variadic = operator([1, mostInputs], {}, (node, { type }) => {
  let { shape } = node.operand(0);
  for (let i = 1; i < node.operands.length; i++) {
    node.requireSameType(0, i);
    shape = broadcast(node, 0, i, shape);
  }
  return { type, shape };
});

const reduction = operator(
  [1, 2],
  { axes: 'ints', keepdims: 'int', noop_with_empty_axes: 'int' },
  (node, { type, shape, content }) => {
    const axes = reducedAxes(node);
    const keep = node.number('keepdims', 1) !== 0;
    const rest = shape.flatMap((dim, axis): Dim[] => (!axes.includes(axis) ? [dim] : keep ? [1] : []));
    const product =
      node.op === 'ReduceProd' && axes.length > 0 && content ? [content.reduce(multiplyDims, 1)] : undefined;
    return withContent({ type, shape: rest }, product);
  },
);

/** The axes a reduction sums over, counted from the front, rising: all of them where none are given. */
export function reducedAxes(node: GraphNode): number[] {
  const rank = node.operand(0).shape.length;
  const axes = node.axes();
  if (axes !== undefined && axes.length > 0) return node.sortedAxes(axes, rank);
  if (node.number('noop_with_empty_axes', 0) !== 0) return [];
  return [...Array(rank).keys()];
}

/** One operator under several names. */
const alike = (operator: Operator, names: readonly string[]): Record<string, Operator> =>
  Object.fromEntries(names.map((name) => [name, operator]));

/** Operators that work element by element, and reductions. */
export const elementwiseOperators: Readonly<Record<string, Operator>> = {
  ...alike(unary('float'), ['Ceil', 'Cos', 'Erf', 'Exp', 'Floor', 'Log', 'Reciprocal', 'Round']),
  ...alike(unary('float'), ['Sigmoid', 'Sin', 'Softplus', 'Sqrt', 'Tanh']),
  ...alike(unary('number'), ['Abs', 'Neg', 'Relu', 'Sign']),
  ...alike(binary('same'), ['Add', 'Div', 'Mul', 'Pow', 'Sub']),
  ...alike(binary('bool'), ['Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual']),
  ...alike(binary('bool', 'bool'), ['And', 'Or']),
  ...alike(binary('same', 'whole'), ['BitwiseAnd', 'BitwiseXor']),
  ...alike(variadic, ['Max', 'Min']),
  ...alike(reduction, ['ReduceMax', 'ReduceMean', 'ReduceMin', 'ReduceProd', 'ReduceSum']),
  Cast: operator([1, 1], { to: 'int' }, (node, { shape, content }) => {
    const type: ElementType = elementTypeOf(node.number('to', 0), `the result of Cast node "${node.label}"`);
    return withContent({ type, shape }, type === 'int64' || type === 'int32' ? content : undefined);
  }),
  Clip: operator([1, 3], {}, (node, { type, shape }) => {
    for (const bound of [1, 2]) {
      if (!node.has(bound)) continue;
      node.requireSameType(0, bound);
      if (node.operand(bound).shape.length > 0)
        throw node.shapeError('do not fit: the bounds must be scalars', 0, bound);
    }
    return { type, shape };
  }),
  CumSum: operator([2, 2], { exclusive: 'int', reverse: 'int' }, (node, { type, shape }) => {
    const [axis] = node.integers(1);
    node.axis(axis ?? Number.NaN, shape.length);
    return { type, shape };
  }),
  Equal: binary('bool', 'any'),
  HardSigmoid: unary('float', { alpha: 'float', beta: 'float' }),
  LeakyRelu: unary('float', { alpha: 'float' }),
  Mod: { ...binary('same'), attributes: { fmod: 'int' } },
  Not: unary('bool'),
  Where: operator([3, 3], {}, (node) => {
    if (node.operand(0).type !== 'bool')
      throw node.error(`the condition must be bool, got ${node.operand(0).type}`);
    node.requireSameType(1, 2);
    const shape = broadcast(node, 1, 2, node.operand(1).shape);
    return { type: node.operand(1).type, shape: broadcast(node, 1, 0, shape) };
  }),
};
