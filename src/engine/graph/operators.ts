// The operators whose shapes are known, in one table, and what is remembered of constants.
import { ArgumentError } from '../../core/index.js';
import type { Operand, Operator } from './node.js';
import { isFloat, type TensorData } from './proto.js';
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
