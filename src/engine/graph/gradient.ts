// Reverse-mode differentiation on graphs: the backward pass is written as more nodes of the same graph, so it
// runs wherever the forward pass runs, can be differentiated again, and shares what was already computed.
// Only nodes between the wanted values and the loss are visited.
import { ArgumentError } from '../../core/errors.js';
import type { GraphBuilder } from './builder.js';
import { addDims, type Dim } from './dims.js';
import { isFloat } from './elements.js';
import { elementwiseGradients } from './gradient-elementwise.js';
import { layoutGradients } from './gradient-layout.js';
import { linearGradients } from './gradient-linear.js';
import { dimAt, type Value } from './node.js';
import { BackwardStep, expandTo, requireScalar, type GradientRule, type PartOfGradient } from './rule.js';

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
  const gradients = new Map<string, Given[]>([[loss.name, [builder.scalar(1, loss.type)]]]);
  const total = (name: string): Value | undefined => {
    const parts = gradients.get(name);
    if (parts === undefined) return undefined;
    const sum = joined(builder, parts).reduce((a, b) => builder.add(a, b));
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

/** A gradient, or that of a part of a value. */
type Given = Value | PartOfGradient;

/** Gradients whose sum is wanted, all of the value's shape. Parts that lie side by side and fill the value become one. */
function joined(builder: GraphBuilder, given: readonly Given[]): Value[] {
  const whole = given.flatMap((of) => ('part' in of ? [] : [of]));
  const parts = given.flatMap((of) => ('part' in of ? [of] : []));
  const axis = axisCut(parts);
  if (axis !== undefined) {
    const inOrder = parts.toSorted((a, b) => Number(a.before[axis]) - Number(b.before[axis]));
    if (fill(inOrder, axis)) {
      const values = inOrder.map(({ part }) => part);
      return [...whole, builder.concat(values, axis)];
    }
  }
  return [...whole, ...parts.map(({ part, before, after }) => builder.pad(part, before, after))];
}

/** The only axis along which parts are less than the whole, if there is but one. */
function axisCut(parts: readonly PartOfGradient[]): number | undefined {
  const axes = parts.flatMap(({ before, after }) =>
    [...before.keys()].filter((axis) => before[axis] !== 0 || after[axis] !== 0),
  );
  const [axis, ...others] = new Set(axes);
  return others.length === 0 ? axis : undefined;
}

/** Whether parts follow one another without a gap, from the first place of an axis to the last. */
function fill(inOrder: readonly PartOfGradient[], axis: number): boolean {
  let reached: Dim = 0;
  for (const { part, before } of inOrder) {
    if (before[axis] !== reached) return false;
    reached = addDims(reached, dimAt(part.shape, axis));
  }
  return inOrder.at(-1)?.after[axis] === 0;
}
