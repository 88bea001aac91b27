// A method per operator over the growing graph, so that models and losses read as formulas.
import { GraphCore, type ImportOptions } from './core.js';
import { countOf, divideDims, type Dim } from './dims.js';
import type { Value } from './node.js';
import { arrayOf, elementCode, isFloat, type ElementType } from './elements.js';
import type { GraphProto } from './proto.js';

/** A value, or a number to be made a constant scalar of the other operand's type. */
export type Term = Value | number;

/** Attributes of a matrix product alpha·A'·B' + beta·C. */
export interface GemmOptions {
  readonly alpha?: number;
  readonly beta?: number;
  readonly transA?: boolean;
  readonly transB?: boolean;
}

/** Attributes of a convolution, one entry per spatial axis (pads: all begins, then all ends). */
export interface ConvOptions {
  readonly pads?: readonly number[];
  readonly strides?: readonly number[];
  readonly dilations?: readonly number[];
  readonly group?: number;
  /** ConvTranspose only. */
  readonly outputPadding?: readonly number[];
}

/** Builds ONNX graphs; see `op` in `GraphCore` for what it checks. */
export class GraphBuilder extends GraphCore {
  /**
   * Goes on from a finished graph, this project's or another tool's.
   * @throws ArgumentError when the shape of a value can be neither inferred nor read from the graph.
   */
  static from(graph: GraphProto, options: ImportOptions = {}): GraphBuilder {
    const builder = new GraphBuilder(graph.name || 'graph', options);
    builder.take(graph, options.shapes ?? {});
    return builder;
  }

  /** Terms of one type: numbers take that of the first value among them. */
  private together(...terms: Term[]): Value[] {
    const type = terms.find((x) => typeof x !== 'number')?.type ?? this.elementType;
    return terms.map((x) => (typeof x === 'number' ? this.scalar(x, type) : x));
  }
  private binary(type: string): (a: Term, b: Term) => Value {
    return (a, b) => this.op(type, this.together(a, b));
  }
  private unary(type: string): (x: Value) => Value {
    return (x) => this.op(type, [x]);
  }
  /**
   * One node per argument: second derivatives come back to the sines and cosines of the first, and where a graph is cut at
   * its sines every one of them costs a pass.
   */
  private wave(type: 'Sin' | 'Cos'): (x: Value) => Value {
    return (x) => this.share(`${type} ${x.name}`, () => this.op(type, [x]));
  }

  // Arithmetic, with broadcasting.
  readonly add = this.binary('Add');
  readonly sub = this.binary('Sub');
  readonly mul = this.binary('Mul');
  readonly div = this.binary('Div');
  readonly pow = this.binary('Pow');
  readonly max = this.binary('Max');
  readonly min = this.binary('Min');

  // Comparison: bool results.
  readonly equal = this.binary('Equal');
  readonly greater = this.binary('Greater');
  readonly greaterOrEqual = this.binary('GreaterOrEqual');
  readonly less = this.binary('Less');
  readonly lessOrEqual = this.binary('LessOrEqual');
  readonly and = this.binary('And');

  // Whole numbers bit by bit; operator set 18.
  readonly bitwiseAnd = this.binary('BitwiseAnd');
  readonly bitwiseXor = this.binary('BitwiseXor');

  // Functions of one value.
  readonly neg = this.unary('Neg');
  readonly abs = this.unary('Abs');
  readonly sign = this.unary('Sign');
  readonly floor = this.unary('Floor');
  readonly sin = this.wave('Sin');
  readonly cos = this.wave('Cos');
  readonly exp = this.unary('Exp');
  readonly log = this.unary('Log');
  readonly sqrt = this.unary('Sqrt');
  readonly relu = this.unary('Relu');
  readonly sigmoid = this.unary('Sigmoid');
  readonly tanh = this.unary('Tanh');
  readonly softplus = this.unary('Softplus');
  cast(x: Value, type: ElementType): Value {
    return x.type === type ? x : this.op('Cast', [x], { to: elementCode(type) });
  }
  identity(x: Value, name?: string): Value {
    return this.op('Identity', [x], {}, name);
  }
  /** Holds x between two numbers; passing the gradient inside and at the bounds, as PyTorch's `clamp`. */
  clip(x: Value, lowest: number | undefined, highest: number | undefined): Value {
    const bound = (value: number | undefined): Value | undefined =>
      value === undefined ? undefined : this.scalar(value, x.type);
    const bounds = [bound(lowest), bound(highest)];
    return this.op('Clip', [x, ...(bounds[1] ? bounds : bounds[0] ? bounds.slice(0, 1) : [])]);
  }
  /** a where the condition holds, b elsewhere. */
  where(condition: Value, a: Term, b: Term): Value {
    return this.op('Where', [condition, ...this.together(a, b)]);
  }

  // Matrix products and convolutions.
  gemm(a: Value, b: Value, c?: Value, options: GemmOptions = {}): Value {
    const { alpha = 1, beta = 1, transA = false, transB = false } = options;
    return this.op('Gemm', c ? [a, b, c] : [a, b], {
      ...(alpha !== 1 && { alpha }),
      ...(c && beta !== 1 && { beta }),
      ...(transA && { transA: 1 }),
      ...(transB && { transB: 1 }),
    });
  }
  matmul(a: Value, b: Value): Value {
    return this.op('MatMul', [a, b]);
  }
  conv(x: Value, w: Value, bias?: Value, options: ConvOptions = {}): Value {
    return this.op('Conv', bias ? [x, w, bias] : [x, w], convAttributes(options));
  }
  convTranspose(x: Value, w: Value, bias?: Value, options: ConvOptions = {}): Value {
    return this.op('ConvTranspose', bias ? [x, w, bias] : [x, w], convAttributes(options));
  }

  // Reductions: over all axes unless some are given.
  reduceSum(x: Value, axes?: readonly number[], keepdims = true): Value {
    return this.op('ReduceSum', axes ? [x, this.integers(axes)] : [x], keepdims ? {} : { keepdims: 0 });
  }
  reduceMean(x: Value, axes?: readonly number[], keepdims = true): Value {
    // Operator set 18 moved the axes from an attribute to an input.
    const asInput = axes !== undefined && this.opset >= 18;
    return this.op('ReduceMean', asInput ? [x, this.integers(axes)] : [x], {
      ...(axes && !asInput && { axes }),
      ...(!keepdims && { keepdims: 0 }),
    });
  }
  cumSum(
    x: Value,
    axis: number,
    options: { readonly exclusive?: boolean; readonly reverse?: boolean } = {},
  ): Value {
    return this.op('CumSum', [x, this.scalar(axis, 'int64')], {
      ...(options.exclusive && { exclusive: 1 }),
      ...(options.reverse && { reverse: 1 }),
    });
  }

  // Layout.
  /** Symbolic sizes are read at run time; −1 stands for what is left. */
  reshape(x: Value, shape: readonly Dim[]): Value {
    // A lone symbolic size is what is left over: no need to read it at run time.
    const known = shape.filter((dim) => typeof dim === 'number');
    const rest = shape.find((dim) => typeof dim === 'string');
    const implied =
      known.length === shape.length - 1 && divideDims(countOf(x.shape), countOf(known)) === rest;
    return this.op('Reshape', [
      x,
      this.sizes(implied ? shape.map((dim) => (dim === rest ? -1 : dim)) : shape),
    ]);
  }
  transpose(x: Value, perm: readonly number[]): Value {
    return this.op('Transpose', [x], { perm });
  }
  squeeze(x: Value, axes: readonly number[]): Value {
    return axes.length === 0 ? x : this.op('Squeeze', [x, this.integers(axes)]);
  }
  unsqueeze(x: Value, axes: readonly number[]): Value {
    return axes.length === 0 ? x : this.op('Unsqueeze', [x, this.integers(axes)]);
  }
  expand(x: Value, shape: readonly Dim[]): Value {
    return this.op('Expand', [x, this.sizes(shape)]);
  }
  concat(values: readonly Value[], axis: number): Value {
    return this.op('Concat', values, { axis });
  }
  /** Elements `start` (included) to `end` (excluded) along each axis; symbolic sizes are read at run time. */
  slice(
    x: Value,
    starts: readonly Dim[],
    ends: readonly Dim[],
    axes: readonly number[],
    steps?: readonly number[],
  ): Value {
    const inputs = [x, this.sizes(starts), this.sizes(ends), this.integers(axes)];
    return this.op('Slice', steps ? [...inputs, this.integers(steps)] : inputs);
  }
  /** Adds a constant border: `before` and `after` each axis. */
  pad(x: Value, before: readonly Dim[], after: readonly Dim[], value = 0): Value {
    const pads = this.sizes([...before, ...after]);
    return this.op('Pad', value === 0 ? [x, pads] : [x, pads, this.scalar(value, x.type)]);
  }
  gather(data: Value, indices: Value, axis = 0): Value {
    return this.op('Gather', [data, indices], { axis });
  }
  gatherND(data: Value, indices: Value): Value {
    return this.op('GatherND', [data, indices]);
  }
  scatterND(data: Value, indices: Value, updates: Value, reduction: 'none' | 'add' = 'none'): Value {
    return this.op('ScatterND', [data, indices, updates], reduction === 'none' ? {} : { reduction });
  }
  readonly shape = this.unary('Shape');
  /** A tensor of one value throughout. */
  filled(shape: readonly Dim[], value: number, type: ElementType = this.elementType): Value {
    return this.op('ConstantOfShape', [this.sizes(shape)], {
      value: { type, shape: [1], data: arrayOf(type, [value]) },
    });
  }
  /** The product of sizes as a floating-point scalar: a constant where they are all known. */
  count(shape: readonly Dim[], type: ElementType): Value {
    const known = shape.every((dim) => typeof dim === 'number');
    if (known && isFloat(type))
      return this.scalar(
        shape.reduce((a, b) => a * b, 1),
        type,
      );
    return this.cast(this.op('ReduceProd', [this.sizes(shape)], { keepdims: 0 }), type);
  }
}

function convAttributes(options: ConvOptions): Record<string, number | readonly number[]> {
  const { pads, strides, dilations, group, outputPadding } = options;
  return {
    ...(pads && { pads }),
    ...(strides && { strides }),
    ...(dilations && { dilations }),
    ...(group !== undefined && group !== 1 && { group }),
    ...(outputPadding && { output_padding: outputPadding }),
  };
}
