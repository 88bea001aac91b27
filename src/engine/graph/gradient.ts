// Reverse-mode differentiation on graphs: the backward pass is written as more nodes of the same graph, so it
// runs wherever the forward pass runs, can be differentiated again, and shares what was already computed.
// Only nodes between the wanted values and the loss are visited.
import { ArgumentError } from '../../core/errors.js';
import type { GraphBuilder } from './builder.js';
import { isFloat } from './elements.js';
import { elementwiseGradients } from './gradient-elementwise.js';
import { layoutGradients } from './gradient-layout.js';
import { linearGradients } from './gradient-linear.js';
import type { Value } from './node.js';
import { BackwardStep, expandTo, requireScalar, type GradientRule } from './rule.js';

const RULES: Readonly<Record<string, GradientRule>> = {
  ...elementwiseGradients,
  ...layoutGradients,
  ...linearGradients,
};

/** The operators that gradients pass, by name. */
export const differentiableOperators: readonly string[] = Object.keys(RULES).sort();

/**
 * Adds the backward pass to a graph under construction.
 * @returns one gradient per value of `wrt`, in order, each of that value's shape and type.
 * @throws ArgumentError when the loss is no scalar, does not depend on a value of `wrt`, or depends on it through an
 *   operator without a gradient; the message names it.
 */
export function addGradient<const W extends readonly Value[]>(
  builder: GraphBuilder,
  request: { readonly of: Value; readonly wrt: W },
): { -readonly [K in keyof W]: Value } {
  const loss = builder.operand(request.of);
  const wanted = request.wrt.map((value) => builder.operand(value));
  requireScalar(
    loss,
    (shape) =>
      new ArgumentError(
        `the loss "${loss.name}" must be a scalar, got shape ${shape}; reduce it, with ReduceMean for instance`,
      ),
  );
  for (const value of [loss, ...wanted]) {
    if (!isFloat(value.type)) {
      throw new ArgumentError(
        `"${value.name}" is of type ${value.type}; only floating-point values have gradients`,
      );
    }
  }
  const gradients = builder.scope('grad', () => backward(builder, loss, wanted));
  return gradients as { -readonly [K in keyof W]: Value };
}

function backward(builder: GraphBuilder, loss: Value, wanted: readonly Value[]): Value[] {
  const forward = [...builder.entries];
  const dependent = new Set(wanted.map((value) => value.name));
  for (const { node, output } of forward) {
    // Whole-number results (shapes, indices, comparisons) carry no gradient on.
    if (isFloat(output.type) && node.operands.some((operand) => operand && dependent.has(operand.name))) {
      dependent.add(output.name);
    }
  }
  const gradients = new Map<string, Value[]>([[loss.name, [builder.scalar(1, loss.type)]]]);
  const total = (name: string): Value | undefined => {
    const parts = gradients.get(name);
    if (parts === undefined) return undefined;
    const sum = parts.reduce((a, b) => builder.add(a, b));
    gradients.set(name, [sum]);
    return sum;
  };
  for (const { node, output } of forward.reverse()) {
    if (
      !dependent.has(output.name) ||
      !node.operands.some((operand) => operand && dependent.has(operand.name))
    )
      continue;
    const gradient = total(output.name);
    if (gradient === undefined) continue;
    const rule = RULES[node.op];
    if (rule === undefined) {
      throw node.error(
        `the operator has no gradient, and the loss "${loss.name}" depends on ${wanted.map((v) => `"${v.name}"`).join(', ')} ` +
          `through it. Gradients pass ${differentiableOperators.join(', ')}`,
      );
    }
    const step = new BackwardStep(builder, node, output, gradient, (name) => dependent.has(name));
    rule(step);
    for (const [index, given] of step.given) {
      const name = node.operand(index).name;
      gradients.set(name, [...(gradients.get(name) ?? []), given]);
    }
  }
  return wanted.map((value) => {
    const gradient = total(value.name);
    if (gradient === undefined) {
      throw new ArgumentError(
        `the loss "${loss.name}" does not depend on "${value.name}" in a way that has a gradient; leave it out of wrt`,
      );
    }
    return expandTo(builder, gradient, value.shape);
  });
}
