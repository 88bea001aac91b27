// The interpreter's operators that work element by element, and reductions; the others lie beside this file.
// Every tensor is made by a function from an index to a number.
import type { Call, Tensor } from './evaluate.js';
import { layoutOperators } from './evaluate-layout.js';
import { linearOperators } from './evaluate-linear.js';
import {
  at,
  attribute,
  broadcastAt,
  broadcastShape,
  fill,
  input,
  intsOf,
  normal,
} from './evaluate-tensor.js';

type Evaluate = (call: Call) => Tensor;

function unary(f: (x: number) => number): Evaluate {
  return (call) => {
    const x = input(call, 0);
    return { ...x, data: x.data.map((value) => f(value)) };
  };
}

function binary(f: (a: number, b: number, whole: boolean) => number, kind?: Tensor['kind']): Evaluate {
  return (call) => {
    const a = input(call, 0);
    const b = input(call, 1);
    return fill(kind ?? a.kind, broadcastShape(a.shape, b.shape), (index) =>
      f(broadcastAt(a, index), broadcastAt(b, index), a.kind === 'int'),
    );
  };
}

function variadic(f: (a: number, b: number) => number): Evaluate {
  return (call) => {
    const all = call.inputs.map((_, i) => input(call, i));
    const shape = all.map((x) => x.shape).reduce((a, b) => broadcastShape(a, b));
    return fill('float', shape, (index) => all.map((x) => broadcastAt(x, index)).reduce((a, b) => f(a, b)));
  };
}

function reduce(f: (values: number[]) => number): Evaluate {
  return (call) => {
    const x = input(call, 0);
    const rank = x.shape.length;
    const given = call.inputs[1]
      ? intsOf(call, 1)
      : (call.attributes['axes'] as readonly number[] | undefined);
    const axes =
      given && given.length > 0 ? given.map((axis) => normal(axis, rank)) : [...Array(rank).keys()];
    const kept = x.shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
    const groups = new Map<string, number[]>();
    fill('float', x.shape, (index) => {
      const key = index.map((i, axis) => (axes.includes(axis) ? 0 : i)).join();
      groups.set(key, [...(groups.get(key) ?? []), at(x, index)]);
      return 0;
    });
    const result = fill(x.kind, kept, (index) => f(groups.get(index.join()) ?? []));
    if (attribute(call, 'keepdims', 1) !== 0) return result;
    return { ...result, shape: x.shape.filter((_, axis) => !axes.includes(axis)) };
  };
}

const sum = (values: number[]): number => values.reduce((a, b) => a + b, 0);

/** By its Taylor series, whose terms stay below 1e4 for the arguments used. */
function erf(x: number): number {
  if (Math.abs(x) > 5) return Math.sign(x);
  let term = x;
  let total = x;
  for (let n = 1; n < 200; n++) {
    term *= (-x * x) / n;
    total += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * total;
}

/** Halves go to the even neighbour. */
function round(x: number): number {
  return x - Math.floor(x) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x);
}

const cumSum: Evaluate = (call) => {
  const x = input(call, 0);
  const axis = normal(intsOf(call, 1)[0] ?? 0, x.shape.length);
  const exclusive = attribute(call, 'exclusive', 0) !== 0;
  const reverse = attribute(call, 'reverse', 0) !== 0;
  return fill(x.kind, x.shape, (index) => {
    const own = index[axis] ?? 0;
    let total = 0;
    for (let i = 0; i < (x.shape[axis] ?? 0); i++) {
      const before = reverse ? i > own : i < own;
      if (before || (i === own && !exclusive)) total += at(x, index.with(axis, i));
    }
    return total;
  });
};

const clip: Evaluate = (call) => {
  const x = input(call, 0);
  const lowest = call.inputs[1]?.data[0] ?? -Infinity;
  const highest = call.inputs[2]?.data[0] ?? Infinity;
  return { ...x, data: x.data.map((value) => Math.min(highest, Math.max(lowest, value))) };
};

const where: Evaluate = (call) => {
  const [condition, a, b] = [input(call, 0), input(call, 1), input(call, 2)];
  const shape = broadcastShape(broadcastShape(condition.shape, a.shape), b.shape);
  return fill(a.kind, shape, (index) => broadcastAt(broadcastAt(condition, index) !== 0 ? a : b, index));
};

/** ONNX's numbers of element types: 1 float, 11 double, 9 bool, 6 and 7 whole numbers. */
const cast: Evaluate = (call) => {
  const x = input(call, 0);
  const to = attribute(call, 'to', 1);
  if (to === 1 || to === 11) return { ...x, kind: 'float' };
  if (to === 9) return { kind: 'bool', shape: x.shape, data: x.data.map((value) => Number(value !== 0)) };
  return { kind: 'int', shape: x.shape, data: x.data.map((value) => Math.trunc(value)) };
};

const elementwise: Readonly<Record<string, Evaluate>> = {
  Abs: unary(Math.abs),
  Add: binary((a, b) => a + b),
  And: binary((a, b) => a * b),
  BitwiseAnd: binary((a, b) => Number(BigInt(a) & BigInt(b))),
  BitwiseXor: binary((a, b) => Number(BigInt(a) ^ BigInt(b))),
  Cast: cast,
  Ceil: unary(Math.ceil),
  Clip: clip,
  Cos: unary(Math.cos),
  CumSum: cumSum,
  Div: binary((a, b, whole) => (whole ? Math.trunc(a / b) : a / b)),
  Equal: binary((a, b) => Number(a === b), 'bool'),
  Erf: unary(erf),
  Exp: unary(Math.exp),
  Floor: unary(Math.floor),
  Greater: binary((a, b) => Number(a > b), 'bool'),
  GreaterOrEqual: binary((a, b) => Number(a >= b), 'bool'),
  HardSigmoid: (call) =>
    unary((x) => Math.min(1, Math.max(0, attribute(call, 'alpha', 0.2) * x + attribute(call, 'beta', 0.5))))(
      call,
    ),
  LeakyRelu: (call) => unary((x) => (x < 0 ? attribute(call, 'alpha', 0.01) * x : x))(call),
  Less: binary((a, b) => Number(a < b), 'bool'),
  LessOrEqual: binary((a, b) => Number(a <= b), 'bool'),
  Log: unary(Math.log),
  Max: variadic(Math.max),
  Min: variadic(Math.min),
  Mod: (call) =>
    // Without fmod the result has the sign of the divisor.
    binary((a, b) => (attribute(call, 'fmod', 0) !== 0 ? a % b : a - b * Math.floor(a / b)))(call),
  Mul: binary((a, b) => a * b),
  Neg: unary((x) => -x),
  Not: unary((x) => 1 - x),
  Or: binary((a, b) => Math.max(a, b)),
  Pow: binary((a, b) => a ** b),
  Reciprocal: unary((x) => 1 / x),
  ReduceMax: reduce((values) => Math.max(...values)),
  ReduceMean: reduce((values) => sum(values) / values.length),
  ReduceMin: reduce((values) => Math.min(...values)),
  ReduceProd: reduce((values) => values.reduce((a, b) => a * b, 1)),
  ReduceSum: reduce(sum),
  Relu: unary((x) => Math.max(0, x)),
  Round: unary(round),
  Sigmoid: unary((x) => 1 / (1 + Math.exp(-x))),
  Sign: unary(Math.sign),
  Sin: unary(Math.sin),
  Softplus: unary((x) => Math.log1p(Math.exp(-Math.abs(x))) + Math.max(0, x)),
  Sqrt: unary(Math.sqrt),
  Sub: binary((a, b) => a - b),
  Tanh: unary(Math.tanh),
  Where: where,
};

/** Every operator of the interpreter by name. */
export const OPERATORS: Readonly<Record<string, Evaluate>> = {
  ...elementwise,
  ...layoutOperators,
  ...linearOperators,
};
