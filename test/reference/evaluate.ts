// A plain, slow interpreter of ONNX graphs in double precision: the oracle for gradients, models and training
// steps. Each operator is written from its definition, index by index; nothing is shared with what it checks but
// the decoding of messages.
import type { Attributes } from '../../src/engine/graph/elements.js';
import { decodeAttributes, decodeTensor, type GraphProto } from '../../src/engine/graph/proto.js';
import { OPERATORS } from './evaluate-operators.js';

/** A tensor of the interpreter. Whole numbers and truth values (0, 1) are kept as doubles too. */
export interface Tensor {
  readonly kind: 'float' | 'int' | 'bool';
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** What an operator is given. */
export interface Call {
  readonly inputs: readonly (Tensor | undefined)[];
  readonly attributes: Attributes;
}

/** Makes a tensor of plain numbers. */
export function tensor(
  shape: readonly number[],
  data: ArrayLike<number>,
  kind: Tensor['kind'] = 'float',
): Tensor {
  if (data.length !== sizeOf(shape))
    throw new Error(`${data.length} elements for shape [${shape.join(', ')}]`);
  return { kind, shape, data: Float64Array.from(data) };
}

/** How many elements a shape has. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1);
}

/**
 * Runs a graph.
 * @param feeds the graph's inputs by name; initializers may be replaced
 * @param wanted run only what these values need; everything unless given
 * @returns every value that was worked out, by name
 */
export function evaluate(
  graph: GraphProto,
  feeds: Readonly<Record<string, Tensor>>,
  wanted?: readonly string[],
): ReadonlyMap<string, Tensor> {
  const values = new Map<string, Tensor>();
  for (const message of graph.initializer ?? []) {
    const { type, shape, data } = decodeTensor(message);
    const kind = type === 'bool' ? 'bool' : type.startsWith('float') ? 'float' : 'int';
    values.set(
      message.name ?? '',
      tensor(shape, Array.from(data as ArrayLike<number | bigint>, Number), kind),
    );
  }
  for (const [name, value] of Object.entries(feeds)) values.set(name, value);
  const needed = new Set(wanted);
  const nodes = [...(graph.node ?? [])].reverse().filter((node) => {
    if (wanted !== undefined && !needed.has(node.output?.[0] ?? '')) return false;
    node.input?.forEach((name) => needed.add(name));
    return true;
  });
  for (const node of nodes.reverse()) {
    const operator = OPERATORS[node.opType ?? ''];
    if (operator === undefined) throw new Error(`the interpreter does not know ${node.opType}`);
    const inputs = (node.input ?? []).map((name) => {
      const value = values.get(name);
      if (name !== '' && value === undefined)
        throw new Error(`${node.opType} reads "${name}", which has no value`);
      return value;
    });
    values.set(node.output?.[0] ?? '', operator({ inputs, attributes: decodeAttributes(node) }));
  }
  return values;
}
