// What a gradient rule works with: one forward node, the gradient of the loss with respect to its output, and a
// place to put the gradients of its inputs.
//
// A gradient may be stored smaller than the value it belongs to, as long as it broadcasts to that value's shape:
// the gradient of a mean is then one number, and the first product on the way back broadcasts it at no cost.
import type { GraphBuilder } from './builder.js';
import { formatShape, sameShape, type Dim, type Shape } from './dims.js';
import type { GraphNode, Operand, Value } from './node.js';

/** Writes the nodes that take a gradient from a node's output to its inputs. */
export type GradientRule = (step: BackwardStep) => void;

/** The gradient of a part of a value that is 0 elsewhere: so many zeros before and behind it along each axis. */
export interface PartOfGradient {
  readonly part: Value;
  readonly before: readonly Dim[];
  readonly after: readonly Dim[];
}

/** One node on the way back. */
export class BackwardStep {
  /** Gradients of the inputs as far as they have been given, each broadcasting to its input's shape. */
  readonly given: [index: number, gradient: Value | PartOfGradient][] = [];

  constructor(
    readonly builder: GraphBuilder,
    readonly node: GraphNode,
    /** The node's output. */
    readonly y: Value,
    /** The gradient of the loss with respect to `y`; broadcasts to its shape. */
    readonly g: Value,
    private readonly wanted: (name: string) => boolean,
  ) {}

  /** Input `index`. */
  x(index = 0): Operand {
    return this.node.operand(index);
  }

  /** Whether the loss is to be derived with respect to input `index`. */
  needs(index: number): boolean {
    const operand = this.node.operands[index];
    return operand !== undefined && this.wanted(operand.name);
  }

  /** Hands over the gradient of input `index` if it is needed; it must broadcast to that input's shape. */
  give(index: number, gradient: () => Value | PartOfGradient): void {
    if (this.needs(index)) this.given.push([index, gradient()]);
  }

  /** As `give`, for a gradient that still has the axes along which the input was broadcast: sums over them. */
  giveBroadcast(index: number, gradient: () => Value): void {
    this.give(index, () => this.sumTo(gradient(), this.x(index).shape));
  }

  /** Throws if the loss depends on the wanted values through an input that has no gradient. */
  refuse(index: number, why: string): void {
    if (this.needs(index))
      throw this.node.error(`no gradient with respect to input "${this.x(index).name}": ${why}`);
  }

  /** The output's gradient in the output's own shape. */
  expanded(): Value {
    return expandTo(this.builder, this.g, this.y.shape);
  }

  /** Sums a gradient that broadcasts to the output's shape over the axes along which `shape` was broadcast to it. */
  sumTo(gradient: Value, shape: Shape): Value {
    const lead = this.y.shape.length - shape.length;
    const stretched = this.y.shape.flatMap((dim, axis) => {
      const own = axis < lead ? 1 : shape[axis - lead];
      return own === 1 && dim !== 1 ? [axis] : [];
    });
    if (stretched.length === 0) return dropLeading(this.builder, gradient, shape);
    const whole = expandTo(this.builder, gradient, this.y.shape);
    // The axes in front vanish, those inside stay as 1: one sum, and the ones are put back by Unsqueeze.
    const gone = [...Array(lead).keys()];
    if (lead === 0) return this.builder.reduceSum(whole, stretched);
    const sum = this.builder.reduceSum(
      whole,
      [...new Set([...gone, ...stretched])].sort((a, b) => a - b),
      false,
    );
    return this.builder.unsqueeze(
      sum,
      stretched.filter((axis) => axis >= lead).map((axis) => axis - lead),
    );
  }
}

/** A gradient in the shape of the value it belongs to. */
export function expandTo(builder: GraphBuilder, gradient: Value, shape: Shape): Value {
  return sameShape(gradient.shape, shape) ? gradient : builder.expand(gradient, shape);
}

/** Takes away leading axes of size 1 that the value does not have. */
function dropLeading(builder: GraphBuilder, gradient: Value, shape: Shape): Value {
  const extra = gradient.shape.length - shape.length;
  return extra > 0 ? builder.squeeze(gradient, [...Array(extra).keys()]) : gradient;
}

/** Whether a gradient is one number for the whole tensor. */
export function isUniform(gradient: Value): boolean {
  return gradient.shape.every((dim) => dim === 1);
}

/** A uniform gradient as a scalar, which broadcasts to any shape. */
export function asScalar(builder: GraphBuilder, gradient: Value): Value {
  return gradient.shape.length === 0 ? gradient : builder.reshape(gradient, []);
}

/** Throws unless a shape holds one element. */
export function requireScalar(value: Value, describe: (shape: string) => Error): void {
  if (value.shape.some((dim) => dim !== 1)) throw describe(formatShape(value.shape));
}
