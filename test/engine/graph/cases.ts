// One entry per way of using an operator: operand shapes (odd, broadcast, symbolic), the ranges where it is smooth,
// and the node itself. The forward and the gradient tests both run over them.
import type { Dim, GraphBuilder, Value } from '../../../src/engine/graph/index.js';
import { tensor, type Tensor } from '../../reference/evaluate.js';

/** The sizes behind the names that shapes use. */
export const SIZES: Readonly<Record<string, number>> = { n: 4, m: 3 };

/** One operand. */
export interface OperandSpec {
  readonly shape: readonly Dim[];
  /** Uniform between these; −1 to 1 unless told. */
  readonly low?: number;
  readonly high?: number;
  /** Whole numbers or truth values in place of random ones; no gradient is taken. */
  readonly ints?: readonly number[];
  readonly bools?: readonly number[];
}

/** One way of using an operator. */
export interface OperatorCase {
  readonly op: string;
  readonly name: string;
  readonly operands: Readonly<Record<string, OperandSpec>>;
  /** Leaves out the gradient: the operator has none, or only zero. */
  readonly forwardOnly?: true;
  /** The operator set it needs, where the usual one is too old. */
  readonly opset?: number;
  build(b: GraphBuilder, values: Readonly<Record<string, Value>>): Value;
}

/** Declares a case's operands in a graph. */
export function declare(b: GraphBuilder, operands: OperatorCase['operands']): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(operands).map(([name, { shape, ints, bools }]) => [
      name,
      b.input(name, shape, ints ? 'int64' : bools ? 'bool' : b.elementType),
    ]),
  );
}

/** Numbers for a case's operands. */
export function feedsFor(
  operands: OperatorCase['operands'],
  random: { float(): number },
): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(operands).map(([name, { shape, low = -1, high = 1, ints, bools }]) => {
      const sizes = shape.map((dim) => (typeof dim === 'number' ? dim : (SIZES[dim] ?? Number.NaN)));
      if (ints) return [name, tensor(sizes, ints, 'int')];
      if (bools) return [name, tensor(sizes, bools, 'bool')];
      const count = sizes.reduce((a, b) => a * b, 1);
      return [
        name,
        tensor(
          sizes,
          Array.from({ length: count }, () => low + (high - low) * random.float()),
        ),
      ];
    }),
  );
}

type Build = OperatorCase['build'];
type Operands = OperatorCase['operands'];

function entry(op: string, name: string, operands: Operands, build: Build): OperatorCase {
  return { op, name, operands, build };
}

function forward(op: string, name: string, operands: Operands, build: Build): OperatorCase {
  return { op, name, operands, build, forwardOnly: true };
}

/** Looks an operand up; a case names only its own. */
const v = (values: Readonly<Record<string, Value>>, name: string): Value => {
  const value = values[name];
  if (value === undefined) throw new Error(`the case has no operand "${name}"`);
  return value;
};

const unary = (op: string, low = -1, high = 1): OperatorCase =>
  entry(op, `[n, 3] in [${low}, ${high}]`, { x: { shape: ['n', 3], low, high } }, (b, o) =>
    b.op(op, [v(o, 'x')]),
  );

const steps = (op: string): OperatorCase =>
  forward(op, '[n, 3]', { x: { shape: ['n', 3], low: -2, high: 2 } }, (b, o) => b.op(op, [v(o, 'x')]));

const BROADCASTS: readonly [string, readonly Dim[], readonly Dim[]][] = [
  ['equal shapes', ['n', 3], ['n', 3]],
  ['a row', ['n', 3], [3]],
  ['a scalar', ['n', 3], []],
  ['a column on the left', ['n', 1], ['n', 5]],
  ['both stretched', ['n', 1, 3], ['m', 1]],
  ['ones in front', [1, 'n', 2], [2]],
  ['a smaller left', [1], [2, 'n', 3]],
];

const binary = (op: string, lowB = -1, highB = 1, lowA = -1, highA = 1): OperatorCase[] =>
  BROADCASTS.map(([name, a, b]) =>
    entry(
      op,
      name,
      { a: { shape: a, low: lowA, high: highA }, b: { shape: b, low: lowB, high: highB } },
      (g, o) => g.op(op, [v(o, 'a'), v(o, 'b')]),
    ),
  );

const compare = (op: string): OperatorCase =>
  forward(op, 'as float', { a: { shape: ['n', 3] }, b: { shape: [3] } }, (b, o) =>
    b.cast(b.op(op, [v(o, 'a'), v(o, 'b')]), b.elementType),
  );

/** With numbers beyond 32 bits, where a hash of places goes. */
const bitwise = (op: string): OperatorCase => ({
  op,
  name: 'as float',
  operands: {
    a: { shape: ['n', 1], ints: [0, 12, 2_654_435_761 * 511, 3] },
    b: { shape: [3], ints: [10, 805_459_861 * 300, 2 ** 40 + 1] },
  },
  forwardOnly: true,
  opset: 18,
  build: (b, o) =>
    b.cast(b.op('BitwiseAnd', [b.op(op, [v(o, 'a'), v(o, 'b')]), b.scalar(65_535, 'int64')]), 'float32'),
});

const logic = (op: string): OperatorCase =>
  forward(
    op,
    'as float',
    { a: { shape: ['n'], bools: [0, 0, 1, 1] }, b: { shape: ['n'], bools: [0, 1, 0, 1] } },
    (b, o) => b.cast(op === 'Not' ? b.op(op, [v(o, 'a')]) : b.op(op, [v(o, 'a'), v(o, 'b')]), b.elementType),
  );

const reductions = (op: string): OperatorCase[] =>
  [
    { name: 'all', axes: undefined, keepdims: true },
    { name: 'all, axes dropped', axes: undefined, keepdims: false },
    { name: 'front axis dropped', axes: [0], keepdims: false },
    { name: 'middle axis dropped', axes: [1], keepdims: false },
    { name: 'last axis kept', axes: [-1], keepdims: true },
    { name: 'outer axes', axes: [0, 2], keepdims: false },
  ].map(({ name, axes, keepdims }) =>
    entry(op, name, { x: { shape: ['n', 3, 2] } }, (b, o) =>
      op === 'ReduceSum' ? b.reduceSum(v(o, 'x'), axes, keepdims) : b.reduceMean(v(o, 'x'), axes, keepdims),
    ),
  );

const elementwise: OperatorCase[] = [
  ...binary('Add'),
  ...binary('Sub'),
  ...binary('Mul'),
  ...binary('Div', 0.5, 2),
  ...binary('Pow', -1, 2, 0.5, 2),
  ...binary('Max'),
  ...binary('Min'),
  entry('Mul', 'a square', { x: { shape: ['n', 3] } }, (b, o) => b.mul(v(o, 'x'), v(o, 'x'))),
  entry(
    'Div',
    'by itself plus a row',
    { x: { shape: ['n', 3], low: 1, high: 2 }, r: { shape: [3], low: 1, high: 2 } },
    (b, o) => b.div(v(o, 'x'), b.add(v(o, 'x'), v(o, 'r'))),
  ),
  ...[0, 1, 2, 3, 0.5, -1.5].map((p) =>
    entry('Pow', `constant exponent ${p}`, { x: { shape: ['n', 3], low: 0.5, high: 2 } }, (b, o) =>
      b.pow(v(o, 'x'), p),
    ),
  ),
  entry('Max', 'three operands', { a: { shape: ['n', 3] }, b: { shape: [3] }, c: { shape: [] } }, (b, o) =>
    b.op('Max', [v(o, 'a'), v(o, 'b'), v(o, 'c')]),
  ),
  unary('Neg'),
  unary('Sin', -4, 4),
  unary('Cos', -4, 4),
  unary('Exp'),
  unary('Log', 0.5, 3),
  unary('Sqrt', 0.5, 3),
  unary('Reciprocal', 0.5, 3),
  unary('Erf', -2, 2),
  unary('Relu'),
  unary('Sigmoid', -4, 4),
  unary('Tanh', -2, 2),
  unary('Softplus', -4, 4),
  unary('Abs'),
  entry('HardSigmoid', 'alpha 0.8, beta 0.4', { x: { shape: ['n', 3] } }, (b, o) =>
    b.op('HardSigmoid', [v(o, 'x')], { alpha: 0.8, beta: 0.4 }),
  ),
  entry('LeakyRelu', 'alpha 0.25', { x: { shape: ['n', 3] } }, (b, o) =>
    b.op('LeakyRelu', [v(o, 'x')], { alpha: 0.25 }),
  ),
  entry('Clip', 'both bounds', { x: { shape: ['n', 5] } }, (b, o) => b.clip(v(o, 'x'), -0.4, 0.3)),
  entry('Clip', 'lower bound', { x: { shape: ['n', 5] } }, (b, o) => b.clip(v(o, 'x'), 0.1, undefined)),
  entry('Clip', 'upper bound', { x: { shape: ['n', 5] } }, (b, o) => b.clip(v(o, 'x'), undefined, 0.1)),
  entry(
    'Where',
    'broadcast',
    { c: { shape: ['n', 1], bools: [0, 1, 1, 0] }, a: { shape: ['n', 3] }, b: { shape: [3] } },
    (b, o) => b.where(v(o, 'c'), v(o, 'a'), v(o, 'b')),
  ),
  entry('Where', 'by comparison', { a: { shape: ['n', 3] } }, (b, o) =>
    b.where(b.greater(v(o, 'a'), 0.2), b.neg(v(o, 'a')), 0.5),
  ),
  entry('Cast', 'to its own kind', { x: { shape: ['n', 2] } }, (b, o) =>
    b.op('Cast', [v(o, 'x')], { to: b.elementType === 'float32' ? 1 : 11 }),
  ),
  ...reductions('ReduceSum'),
  ...reductions('ReduceMean'),
  ...[{}, { reverse: true }, { exclusive: true }, { reverse: true, exclusive: true }].flatMap((options) =>
    [0, 1].map((axis) =>
      entry('CumSum', `axis ${axis} ${Object.keys(options).join(' ')}`, { x: { shape: ['n', 5] } }, (b, o) =>
        b.cumSum(v(o, 'x'), axis, options),
      ),
    ),
  ),
  entry('Mod', 'fraction', { x: { shape: ['n', 3], low: -3, high: 3 } }, (b, o) =>
    b.op('Mod', [v(o, 'x'), b.scalar(0.75)], { fmod: 1 }),
  ),
  ...['Floor', 'Ceil', 'Round', 'Sign', 'ReduceMax', 'ReduceMin', 'ReduceProd'].map(steps),
  ...['Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual'].map(compare),
  ...['And', 'Or', 'Not'].map(logic),
  ...['BitwiseAnd', 'BitwiseXor'].map(bitwise),
];

const x432: Operands = { x: { shape: ['n', 3, 2] } };

const layout: OperatorCase[] = [
  entry('Concat', 'two along the last axis', { a: { shape: ['n', 2] }, b: { shape: ['n', 3] } }, (b, o) =>
    b.concat([v(o, 'a'), v(o, 'b')], -1),
  ),
  entry(
    'Concat',
    'one twice along a symbolic axis',
    { a: { shape: ['n', 2] }, c: { shape: ['m', 2] } },
    (b, o) => b.concat([v(o, 'a'), v(o, 'c'), v(o, 'a')], 0),
  ),
  entry('Slice', 'inner', { x: { shape: [5, 4] } }, (b, o) => b.slice(v(o, 'x'), [1, 0], [4, 2], [0, 1])),
  entry('Slice', 'symbolic, to the end', { x: { shape: ['n', 4] } }, (b, o) =>
    b.slice(v(o, 'x'), [1], [2 ** 31 - 1], [0]),
  ),
  entry('Slice', 'symbolic, from the end', { x: { shape: ['n', 4] } }, (b, o) =>
    b.slice(v(o, 'x'), [-3, 1], [-1, 3], [0, 1]),
  ),
  entry('Slice', 'every second', { x: { shape: ['n', 7] } }, (b, o) =>
    b.slice(v(o, 'x'), [1], [7], [1], [2]),
  ),
  entry('Slice', 'backwards and forwards', { x: { shape: [5, 6] } }, (b, o) =>
    b.slice(v(o, 'x'), [-1, 1], [-100, 5], [1, 0], [-2, 1]),
  ),
  entry(
    'Gather',
    'rows, one twice',
    { x: { shape: ['n', 3] }, i: { shape: [2, 2], ints: [1, 3, 1, -1] } },
    (b, o) => b.gather(v(o, 'x'), v(o, 'i')),
  ),
  entry('Gather', 'columns', { x: { shape: ['n', 3, 2] }, i: { shape: ['m'], ints: [2, 0, 2] } }, (b, o) =>
    b.gather(v(o, 'x'), v(o, 'i'), 1),
  ),
  entry('Gather', 'one column', x432, (b, o) => b.gather(v(o, 'x'), b.scalar(1, 'int64'), 2)),
  entry(
    'GatherND',
    'pairs',
    { x: { shape: ['n', 3, 2] }, i: { shape: ['m', 2], ints: [0, 1, 3, 2, 0, 1] } },
    (b, o) => b.gatherND(v(o, 'x'), v(o, 'i')),
  ),
  entry(
    'GatherND',
    'whole index',
    { x: { shape: ['n', 3] }, i: { shape: [2, 2, 2], ints: [0, 1, 3, 2, 0, 1, -1, -1] } },
    (b, o) => b.gatherND(v(o, 'x'), v(o, 'i')),
  ),
  entry(
    'ScatterND',
    'rows',
    { x: { shape: ['n', 3] }, i: { shape: [2, 1], ints: [2, 0] }, u: { shape: [2, 3] } },
    (b, o) => b.scatterND(v(o, 'x'), v(o, 'i'), v(o, 'u')),
  ),
  entry(
    'ScatterND',
    'elements',
    { x: { shape: ['n', 3] }, i: { shape: ['m', 2], ints: [2, 0, 0, 1, 3, 2] }, u: { shape: ['m'] } },
    (b, o) => b.scatterND(v(o, 'x'), v(o, 'i'), v(o, 'u')),
  ),
  entry(
    'ScatterND',
    'adding, one row twice',
    { x: { shape: ['n', 3] }, i: { shape: ['m', 1], ints: [2, 0, 2] }, u: { shape: ['m', 3] } },
    (b, o) => b.scatterND(v(o, 'x'), v(o, 'i'), v(o, 'u'), 'add'),
  ),
  entry(
    'GatherElements',
    'axis 1',
    { x: { shape: ['n', 3] }, i: { shape: ['n', 2], ints: [0, 0, 2, 1, 1, 1, 0, 2] } },
    (b, o) => b.op('GatherElements', [v(o, 'x'), v(o, 'i')], { axis: 1 }),
  ),
  entry(
    'ScatterElements',
    'axis 1',
    {
      x: { shape: ['n', 3] },
      i: { shape: ['n', 2], ints: [0, 1, 2, 1, 1, 0, 0, 2] },
      u: { shape: ['n', 2] },
    },
    (b, o) => b.op('ScatterElements', [v(o, 'x'), v(o, 'i'), v(o, 'u')], { axis: 1 }),
  ),
  entry(
    'ScatterElements',
    'adding',
    {
      x: { shape: ['n', 3] },
      i: { shape: ['n', 2], ints: [0, 0, 2, 1, 1, 1, 0, 2] },
      u: { shape: ['n', 2] },
    },
    (b, o) => b.op('ScatterElements', [v(o, 'x'), v(o, 'i'), v(o, 'u')], { axis: 1, reduction: 'add' }),
  ),
  entry('Reshape', 'flat', x432, (b, o) => b.reshape(v(o, 'x'), ['6*n'])),
  entry('Reshape', 'split', x432, (b, o) => b.reshape(v(o, 'x'), [2, 'n', 3])),
  entry('Reshape', 'two symbolic sizes', { x: { shape: ['n', 'm', 2] } }, (b, o) =>
    b.reshape(v(o, 'x'), ['m', 'n', 2]),
  ),
  entry('Reshape', 'rest', x432, (b, o) => b.reshape(v(o, 'x'), [-1, 2])),
  entry('Transpose', 'three axes', x432, (b, o) => b.transpose(v(o, 'x'), [2, 0, 1])),
  entry('Transpose', 'by default', x432, (b, o) => b.op('Transpose', [v(o, 'x')])),
  entry('Squeeze', 'axes', { x: { shape: [1, 'n', 1, 3] } }, (b, o) => b.squeeze(v(o, 'x'), [0, -2])),
  entry('Squeeze', 'all of size 1', { x: { shape: [1, 'n', 1, 3] } }, (b, o) => b.op('Squeeze', [v(o, 'x')])),
  entry('Unsqueeze', 'axes', { x: { shape: ['n', 3] } }, (b, o) => b.unsqueeze(v(o, 'x'), [0, -1])),
  entry('Expand', 'rows', { x: { shape: [1, 3] }, l: { shape: ['n', 3] } }, (b, o) =>
    b.mul(b.expand(v(o, 'x'), ['n', 3]), v(o, 'l')),
  ),
  entry('Expand', 'a scalar', { x: { shape: [] } }, (b, o) => b.expand(v(o, 'x'), [2, 3])),
  entry('Identity', 'plain', { x: { shape: ['n', 3] } }, (b, o) => b.identity(v(o, 'x'))),
  entry('Pad', 'both ends', { x: { shape: ['n', 3] } }, (b, o) => b.pad(v(o, 'x'), [1, 0], [2, 1], 0.5)),
  forward('Shape', 'as float', { x: { shape: ['n', 3] } }, (b, o) =>
    b.cast(b.shape(v(o, 'x')), b.elementType),
  ),
  forward('Size', 'as float', { x: { shape: ['n', 3] } }, (b, o) =>
    b.cast(b.op('Size', [v(o, 'x')]), b.elementType),
  ),
  forward('Range', 'as float', { x: { shape: ['n'] } }, (b) =>
    b.cast(
      b.op(
        'Range',
        [2, 11, 3].map((i) => b.scalar(i, 'int64')),
      ),
      b.elementType,
    ),
  ),
  forward('ConstantOfShape', 'symbolic', { x: { shape: ['n', 3] } }, (b) => b.filled(['n', 2], 0.25)),
  forward('Constant', 'a row', { x: { shape: ['n', 2] } }, (b) => {
    const { elementType: type } = b;
    const data = type === 'float32' ? Float32Array.of(0.5, 2) : Float64Array.of(0.5, 2);
    return b.op('Constant', [], { value: { type, shape: [2], data } });
  }),
];

const linear: OperatorCase[] = [
  ...[0, 1, 2, 3].flatMap((flags) => {
    const transA = (flags & 1) !== 0;
    const transB = (flags & 2) !== 0;
    return [
      entry(
        'Gemm',
        `row addend${transA ? ', transA' : ''}${transB ? ', transB' : ''}`,
        {
          a: { shape: transA ? [3, 'n'] : ['n', 3] },
          b: { shape: transB ? [5, 3] : [3, 5] },
          c: { shape: [5] },
        },
        (b, o) => b.gemm(v(o, 'a'), v(o, 'b'), v(o, 'c'), { alpha: 3, beta: 2, transA, transB }),
      ),
    ];
  }),
  entry('Gemm', 'no addend', { a: { shape: ['n', 3] }, b: { shape: [3, 5] } }, (b, o) =>
    b.gemm(v(o, 'a'), v(o, 'b')),
  ),
  entry(
    'Gemm',
    'whole addend',
    { a: { shape: ['n', 3] }, b: { shape: [3, 5] }, c: { shape: ['n', 5] } },
    (b, o) => b.gemm(v(o, 'a'), v(o, 'b'), v(o, 'c'), { beta: 0.5 }),
  ),
  entry(
    'Gemm',
    'column addend',
    { a: { shape: ['n', 3] }, b: { shape: [3, 5] }, c: { shape: ['n', 1] } },
    (b, o) => b.gemm(v(o, 'a'), v(o, 'b'), v(o, 'c')),
  ),
  ...(
    [
      ['matrices', ['n', 3], [3, 5]],
      ['a batch by a matrix', [2, 'n', 3], [3, 5]],
      ['two batches', [2, 'n', 3], [2, 3, 5]],
      ['a matrix by a batch', ['n', 3], [2, 3, 5]],
      ['batches stretched both ways', [2, 1, 'n', 3], [4, 3, 2]],
      ['a vector by a matrix', [3], [3, 'n']],
      ['a matrix by a vector', ['n', 3], [3]],
      ['a batch by a vector', [2, 'n', 3], [3]],
      ['two vectors', [3], [3]],
    ] as const
  ).map(([name, a, b]) =>
    entry('MatMul', name, { a: { shape: a }, b: { shape: b } }, (g, o) => g.matmul(v(o, 'a'), v(o, 'b'))),
  ),
  entry(
    'Conv',
    'Laplacian of a plane',
    { x: { shape: [1, 1, 'n', 5] }, w: { shape: [1, 1, 3, 3] } },
    (b, o) => b.conv(v(o, 'x'), v(o, 'w'), undefined, { pads: [1, 1, 1, 1] }),
  ),
  entry(
    'Conv',
    'channels, bias, no pads',
    { x: { shape: ['n', 2, 3, 4] }, w: { shape: [3, 2, 2, 3] }, c: { shape: [3] } },
    (b, o) => b.conv(v(o, 'x'), v(o, 'w'), v(o, 'c')),
  ),
  entry(
    'Conv',
    'stride that leaves a rest, uneven pads, dilation',
    { x: { shape: [2, 1, 6, 7] }, w: { shape: [2, 1, 3, 2] } },
    (b, o) =>
      b.conv(v(o, 'x'), v(o, 'w'), undefined, { strides: [2, 3], pads: [1, 0, 0, 1], dilations: [1, 2] }),
  ),
  entry('Conv', 'groups', { x: { shape: ['m', 4, 3, 2] }, w: { shape: [2, 2, 2, 2] } }, (b, o) =>
    b.conv(v(o, 'x'), v(o, 'w'), undefined, { group: 2, pads: [0, 1, 0, 1] }),
  ),
  entry('Conv', 'one axis', { x: { shape: [2, 1, 6] }, w: { shape: [2, 1, 3] } }, (b, o) =>
    b.conv(v(o, 'x'), v(o, 'w'), undefined, { pads: [1, 1] }),
  ),
  entry(
    'ConvTranspose',
    'plain',
    { x: { shape: ['m', 2, 2, 3] }, w: { shape: [2, 3, 2, 3] }, c: { shape: [3] } },
    (b, o) => b.convTranspose(v(o, 'x'), v(o, 'w'), v(o, 'c')),
  ),
  entry(
    'ConvTranspose',
    'stride, pads, output padding',
    { x: { shape: [1, 2, 3, 4] }, w: { shape: [2, 2, 3, 3] } },
    (b, o) =>
      b.convTranspose(v(o, 'x'), v(o, 'w'), undefined, {
        strides: [2, 3],
        pads: [1, 0, 1, 1],
        outputPadding: [1, 0],
      }),
  ),
  entry('ConvTranspose', 'groups', { x: { shape: [2, 4, 3, 3] }, w: { shape: [4, 1, 2, 2] } }, (b, o) =>
    b.convTranspose(v(o, 'x'), v(o, 'w'), undefined, { group: 2 }),
  ),
];

/** Every case. */
export const CASES: readonly OperatorCase[] = [...elementwise, ...layout, ...linear];
