// Gradients of the operators that work element by element, and of reductions. Each reuses what the forward pass
// has computed where it can: Tanh, Sigmoid, Exp and Sqrt their outputs, Sin and Cos their arguments.
import type { Dim } from './dims.js';
import { isFloat } from './elements.js';
import { reducedAxes } from './shapes-elementwise.js';
import { asScalar, expandTo, isUniform, type BackwardStep, type GradientRule } from './rule.js';
import type { Value } from './node.js';

/** 2/√π, the slope of the error function at 0. */
const ERF_SLOPE = 2 / Math.sqrt(Math.PI);

/** A rule for y = f(x) from the slope f'. */
function slope(derivative: (step: BackwardStep) => Value): GradientRule {
  return (step) => step.give(0, () => step.builder.mul(step.g, derivative(step)));
}

/** Min and Max share what comes back among all inputs that attain the extremum, as PyTorch does. */
const extremum: GradientRule = (step) => {
  const { builder, node, y, g } = step;
  if (node.operands.length === 1) return step.give(0, () => g);
  const attained = node.operands.map((_, index) => builder.equal(step.x(index), y));
  const ties = attained.map((mask) => builder.cast(mask, y.type)).reduce((a, b) => builder.add(a, b));
  const share = builder.div(g, ties);
  attained.forEach((mask, index) => step.giveBroadcast(index, () => builder.where(mask, share, 0)));
};

/** Puts the axes that a reduction took away back as 1, so that the gradient broadcasts over them. */
function spread(step: BackwardStep): Value {
  const { builder, node, g, y } = step;
  if (isUniform(g)) return asScalar(builder, g);
  if (node.number('keepdims', 1) !== 0) return g;
  return builder.unsqueeze(expandTo(builder, g, y.shape), reducedAxes(node));
}

const reduceSum: GradientRule = (step) => step.give(0, () => spread(step));

/** Piecewise constant operators: no gradient passes. */
const flat: GradientRule = () => undefined;

/** The least float32 of full precision, the other way up. */
const enormous = 2 ** 126;

/**
 * 1 where a ReLU let something through, 0 elsewhere: in one pass on the CPU, faster than a choice by Where. ONNX Runtime has that operator
 * for float32 alone.
 */
function cameThrough({ builder: b, y }: BackwardStep): Value {
  if (y.type !== 'float32') return b.min(b.mul(y, enormous), 1);
  return b.op('HardSigmoid', [y], { alpha: enormous, beta: 0 });
}

/** Rules by operator name. */
export const elementwiseGradients: Readonly<Record<string, GradientRule>> = {
  Abs: slope((s) => s.builder.sign(s.x())),
  Add: (step) => {
    step.giveBroadcast(0, () => step.g);
    step.giveBroadcast(1, () => step.g);
  },
  Cast: (step) => {
    if (isFloat(step.x(0).type) && isFloat(step.y.type)) {
      step.give(0, () => step.builder.cast(step.g, step.x(0).type));
    }
  },
  Ceil: flat,
  Clip: (step) => {
    const { builder, node } = step;
    step.refuse(1, 'bounds are taken as constants');
    step.refuse(2, 'bounds are taken as constants');
    step.give(0, () => {
      const tests = [
        ...(node.has(1) ? [builder.greaterOrEqual(step.x(0), node.operand(1))] : []),
        ...(node.has(2) ? [builder.lessOrEqual(step.x(0), node.operand(2))] : []),
      ];
      const [inside] = tests.length === 2 ? [tests.reduce((a, b) => builder.and(a, b))] : tests;
      return inside === undefined ? step.g : builder.where(inside, step.g, 0);
    });
  },
  Cos: slope((s) => s.builder.neg(s.builder.sin(s.x()))),
  CumSum: (step) => {
    step.give(0, () => {
      const { node, builder } = step;
      const reverse = node.number('reverse', 0) === 0;
      const attributes = { ...node.attributes, reverse: reverse ? 1 : 0 };
      return builder.op('CumSum', [step.expanded(), node.operand(1)], attributes);
    });
  },
  Div: (step) => {
    const { builder, g, y } = step;
    step.giveBroadcast(0, () => builder.div(g, step.x(1)));
    step.giveBroadcast(1, () => builder.neg(builder.div(builder.mul(g, y), step.x(1))));
  },
  Erf: slope(({ builder: b, node }) => {
    const x = node.operand(0);
    return b.mul(ERF_SLOPE, b.exp(b.neg(b.mul(x, x))));
  }),
  Exp: slope((s) => s.y),
  Floor: flat,
  HardSigmoid: (step) => {
    const { builder: b, node, y, g } = step;
    step.give(0, () => {
      const sloped = b.mul(g, node.number('alpha', 0.2));
      return b.where(b.and(b.greater(y, 0), b.less(y, 1)), sloped, 0);
    });
  },
  LeakyRelu: (step) => {
    const { builder, node, g } = step;
    step.give(0, () =>
      builder.where(builder.greater(step.x(), 0), g, builder.mul(g, node.number('alpha', 0.01))),
    );
  },
  Log: (step) => step.give(0, () => step.builder.div(step.g, step.x())),
  Max: extremum,
  Min: extremum,
  Mod: (step) => {
    // a mod b = a − b·⌊a/b⌋: slope 1 in a.
    step.refuse(1, 'the divisor of Mod is taken as a constant');
    step.giveBroadcast(0, () => step.g);
  },
  Mul: (step) => {
    const { builder, g } = step;
    const a = step.x(0);
    const b = step.x(1);
    if (a.name === b.name) {
      // A square: twice the factor, put onto the smaller tensor first.
      step.give(0, () => builder.mul(builder.mul(g, 2), a));
      return;
    }
    step.giveBroadcast(0, () => builder.mul(g, b));
    step.giveBroadcast(1, () => builder.mul(g, a));
  },
  Neg: (step) => step.give(0, () => step.builder.neg(step.g)),
  Pow: (step) => {
    const { builder, g, y } = step;
    const base = step.x(0);
    const exponent = step.x(1);
    // Only where the exponent is no variable: a second derivative may ask for its part.
    const constant = step.needs(1) ? undefined : builder.constantScalar(exponent);
    step.giveBroadcast(0, () => {
      if (constant === undefined) {
        const scaled = builder.mul(g, builder.cast(exponent, base.type));
        return builder.mul(
          scaled,
          builder.pow(base, builder.sub(exponent, builder.scalar(1, exponent.type))),
        );
      }
      if (constant === 0) return builder.scalar(0, base.type);
      if (constant === 1) return g;
      const scaled = builder.mul(g, constant);
      return builder.mul(scaled, constant === 2 ? base : builder.pow(base, constant - 1));
    });
    step.giveBroadcast(1, () => {
      // 0^b stays 0 for b > 0: its slope in b is 0 there and not 0·log 0, as in PyTorch.
      const logarithm = builder.where(builder.equal(base, 0), 0, builder.log(base));
      return builder.cast(builder.mul(g, builder.mul(y, logarithm)), exponent.type);
    });
  },
  Reciprocal: slope(({ builder: b, y }) => b.neg(b.mul(y, y))),
  ReduceMean: (step) => {
    step.give(0, () => {
      const { shape, type } = step.x(0);
      const dims = reducedAxes(step.node).map((axis): Dim => shape[axis] ?? 1);
      return step.builder.div(spread(step), step.builder.count(dims, type));
    });
  },
  ReduceSum: reduceSum,
  Relu: (step) => step.give(0, () => step.builder.mul(step.g, cameThrough(step))),
  Round: flat,
  Sigmoid: slope(({ builder: b, y }) => b.mul(y, b.sub(1, y))),
  Sign: flat,
  Sin: slope((s) => s.builder.cos(s.x())),
  Softplus: slope((s) => s.builder.sigmoid(s.x())),
  Sqrt: slope(({ builder: b, y }) => b.div(0.5, y)),
  Sub: (step) => {
    step.giveBroadcast(0, () => step.g);
    step.giveBroadcast(1, () => step.builder.neg(step.g));
  },
  Tanh: slope(({ builder: b, y }) => b.sub(1, b.mul(y, y))),
  Where: (step) => {
    const { builder, g } = step;
    step.giveBroadcast(1, () => builder.where(step.x(0), g, 0));
    step.giveBroadcast(2, () => builder.where(step.x(0), 0, g));
  },
};
