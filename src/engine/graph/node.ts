// One node of a graph as the rest of this folder sees it: operands with their shapes, attributes with their
// defaults, and errors that name the node. Shape rules and gradient rules are both written over this.
import { ArgumentError } from '../../core/errors.js';
import { formatShape, type Dim, type Shape } from './dims.js';
import type { AttributeKind, Attributes, ElementType, TensorData } from './elements.js';

/** What is known about a tensor before the graph runs. */
export interface TensorInfo {
  readonly type: ElementType;
  readonly shape: Shape;
  /** The elements of a whole-number scalar or vector, as far as they follow from shapes: axes, sizes, positions. */
  readonly content?: readonly Dim[];
}

/** A named tensor in a graph. */
export interface Value {
  readonly name: string;
  readonly type: ElementType;
  /** Outermost first; texts such as `'n'` stand for sizes fixed when the graph runs. */
  readonly shape: Shape;
}

/** A tensor that a node reads. */
export interface Operand extends Value, TensorInfo {
  /** The elements, where the tensor is a constant of the graph. */
  readonly constant?: TensorData;
}

/** What an operator takes, and the shape of what it gives. */
export interface Operator {
  /** Fewest and most inputs. */
  readonly inputs: readonly [number, number];
  readonly attributes: Readonly<Record<string, AttributeKind>>;
  readonly infer: (node: GraphNode) => TensorInfo;
}

/** Most inputs of an operator that takes any number. */
export const mostInputs = 1 << 16;

/** An operator whose result follows from its first operand above all. */
export function operator(
  inputs: Operator['inputs'],
  attributes: Operator['attributes'],
  infer: (node: GraphNode, first: Operand) => TensorInfo,
): Operator {
  return { inputs, attributes, infer: (node) => infer(node, node.operand(0)) };
}

/** A node with its operands resolved. */
export class GraphNode {
  constructor(
    readonly op: string,
    /** The node's name, or its output's where it has none. */
    readonly label: string,
    readonly operands: readonly (Operand | undefined)[],
    readonly attributes: Attributes,
  ) {}

  /** The error to throw about this node. */
  error(message: string): ArgumentError {
    return new ArgumentError(`${this.op} node "${this.label}": ${message}`);
  }

  /** An operand that must be there. */
  operand(index: number): Operand {
    const operand = this.operands[index];
    if (operand === undefined) throw this.error(`input ${index} is missing`);
    return operand;
  }

  /** Whether an optional operand is there. */
  has(index: number): boolean {
    return this.operands[index] !== undefined;
  }

  /** A numeric attribute. */
  number(name: string, fallback: number): number {
    const value = this.attributes[name] ?? fallback;
    if (typeof value !== 'number') throw this.error(`attribute "${name}" must be a number`);
    return value;
  }

  /** A text attribute. */
  text(name: string, fallback: string): string {
    const value = this.attributes[name] ?? fallback;
    if (typeof value !== 'string') throw this.error(`attribute "${name}" must be a text`);
    return value;
  }

  /** A list attribute; undefined where it is left out. */
  list(name: string): readonly number[] | undefined {
    const value = this.attributes[name];
    if (value === undefined) return undefined;
    if (!Array.isArray(value)) throw this.error(`attribute "${name}" must be a list of numbers`);
    return value as readonly number[];
  }

  /** The elements of a whole-number operand, which must follow from shapes and constants. */
  content(index: number): readonly Dim[] {
    const operand = this.operand(index);
    if (operand.content === undefined) {
      throw this.error(
        `input ${index} ("${operand.name}") must be known before the graph runs; it depends on more than shapes and constants`,
      );
    }
    return operand.content;
  }

  /** As `content`, where no symbolic sizes are allowed. */
  integers(index: number): readonly number[] {
    return this.content(index).map((element) => {
      if (typeof element === 'number') return element;
      throw this.error(
        `input ${index} ("${this.operand(index).name}") must be constant; it holds the size ${element}`,
      );
    });
  }

  /** Axes given as an attribute (older operator sets) or as an input (newer ones); undefined where left out. */
  axes(index = 1): readonly number[] | undefined {
    return this.has(index) ? this.integers(index) : this.list('axes');
  }

  /** An axis counted from the front. */
  axis(axis: number, rank: number): number {
    if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
      throw this.error(`axis ${axis} does not exist in a tensor of rank ${rank}`);
    }
    return axis < 0 ? axis + rank : axis;
  }

  /** Axes counted from the front, in rising order. */
  sortedAxes(axes: readonly number[], rank: number): number[] {
    const sorted = axes.map((axis) => this.axis(axis, rank)).sort((a, b) => a - b);
    if (new Set(sorted).size !== sorted.length)
      throw this.error(`axes [${axes.join(', ')}] name an axis twice`);
    return sorted;
  }

  /** Throws unless two operands have the same element type. */
  requireSameType(first = 0, second = 1): void {
    const a = this.operand(first);
    const b = this.operand(second);
    if (a.type !== b.type) {
      throw this.error(
        `inputs "${a.name}" (${a.type}) and "${b.name}" (${b.type}) must have one element type; cast one of them`,
      );
    }
  }

  /** The error about two operands whose shapes do not go together. */
  shapeError(rule: string, first = 0, second = 1): ArgumentError {
    const a = this.operand(first);
    const b = this.operand(second);
    return this.error(
      `"${a.name}" of shape ${formatShape(a.shape)} and "${b.name}" of shape ${formatShape(b.shape)} ${rule}`,
    );
  }
}

/** Element `axis` of a shape that is known to be long enough. */
export function dimAt(shape: readonly Dim[], axis: number): Dim {
  const dim = shape[axis < 0 ? axis + shape.length : axis];
  if (dim === undefined)
    throw new ArgumentError(`a tensor of shape ${formatShape(shape)} has no axis ${axis}`);
  return dim;
}
