// The operators whose shapes are known, in one table, and what is remembered of constants.
import { ArgumentError } from '../../core/errors.js';
import { formatShape } from './dims.js';
import type { GraphNode, Operand, Operator, TensorInfo } from './node.js';
import { isFloat, type TensorData } from './elements.js';
import { elementwiseOperators } from './shapes-elementwise.js';
import { layoutOperators } from './shapes-layout.js';
import { linearOperators } from './shapes-linear.js';

const OPERATORS: Readonly<Record<string, Operator>> = {
  ...elementwiseOperators,
  ...layoutOperators,
  ...linearOperators,
};

/** Constants longer than this are weights or tables: their elements never decide a shape or a gradient. */
export const LONGEST_REMEMBERED = 1024;

/** The operators whose shapes can be inferred, by name. */
export const supportedOperators: readonly string[] = Object.keys(OPERATORS).sort();

/** An operator, or undefined for one that is not supported. */
export function findOperator(type: string): Operator | undefined {
  return OPERATORS[type];
}

/** An operator. @throws ArgumentError for one that is not supported; it names the node and those that are. */
export function operatorFor(type: string, label: string): Operator {
  const operator = OPERATORS[type];
  if (operator === undefined) {
    throw new ArgumentError(
      `${type} node "${label}": the operator is not supported. Supported are ${supportedOperators.join(', ')}`,
    );
  }
  return operator;
}

/** What a node gives. @throws ArgumentError for as many inputs as the operator does not take, or a size below 0 */
export function resultOf(node: GraphNode, { inputs: [fewest, most], infer }: Operator): TensorInfo {
  const count = node.operands.length;
  if (count < fewest || count > most) {
    throw node.error(`takes ${fewest === most ? fewest : `${fewest} to ${most}`} inputs, got ${count}`);
  }
  const result = infer(node);
  if (result.shape.some((dim) => typeof dim === 'number' && !(dim >= 0))) {
    throw node.error(`would give the shape ${formatShape(result.shape)}; its window is too large`);
  }
  return result;
}

/** What is remembered of a constant: its elements if it is short. */
export function constantOperand(name: string, tensor: TensorData): Operand {
  const { type, shape, data } = tensor;
  if (data.length > LONGEST_REMEMBERED) return { name, type, shape };
  const whole = !isFloat(type) && type !== 'bool' && shape.length <= 1;
  return {
    name,
    type,
    shape,
    constant: tensor,
    ...(whole && { content: Array.from(data as ArrayLike<number | bigint>, Number) }),
  };
}
