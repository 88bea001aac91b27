// An exported graph's nodes, added once more to a graph under construction: between the samples that go in and the values that
// come out, with parameters in the place of initialisers.
import { ArgumentError } from '../../core/errors.js';
import { GraphBuilder, supportedOperators, type Value } from '../../engine/graph/index.js';
import { arrayOf, type Attributes, type TensorData } from '../../engine/graph/elements.js';
import { decodeAttributes, type GraphProto, type NodeProto } from '../../engine/graph/proto.js';

/** Ways to write an operator that is not supported with those that are. */
const nearest: Readonly<Record<string, string>> = {
  Celu: 'Where, Exp and Mul',
  Einsum: 'Transpose and MatMul',
  Elu: 'Where and Exp',
  Gelu: 'Erf, Mul and Add',
  GroupNormalization: 'ReduceMean, Sub, Mul and Sqrt',
  HardSigmoid: 'Mul, Add and Clip',
  HardSwish: 'Mul, Add and Clip',
  LayerNormalization: 'ReduceMean, Sub, Mul and Sqrt',
  LogSoftmax: 'Exp, ReduceSum and Log',
  Mish: 'Softplus, Tanh and Mul',
  PRelu: 'Where and Mul',
  ReduceL2: 'Mul, ReduceSum and Sqrt',
  ReduceSumSquare: 'Mul and ReduceSum',
  Selu: 'Where, Exp and Mul',
  Softmax: 'Exp, ReduceSum and Div',
  Softsign: 'Abs, Add and Div',
  Split: 'several Slice',
  Tan: 'Sin, Cos and Div',
  Tile: 'Expand and Reshape, or Concat',
};

/** Attributes that exporters write though they change nothing, with the values that do so. */
const idle: Readonly<Record<string, number>> = {
  allowzero: 0,
  saturate: 1,
  keepdims: 1,
  noop_with_empty_axes: 0,
};

/** The nodes that a value depends on, in their order. @throws ArgumentError when nothing gives it */
export function nodesFor(graph: GraphProto, output: string): NodeProto[] {
  const nodes = graph.node ?? [];
  const needed = new Set([output]);
  const found = [...nodes].reverse().filter((node) => {
    if (!(node.output ?? []).some((name) => needed.has(name))) return false;
    for (const name of node.input ?? []) needed.add(name);
    return true;
  });
  if (found.length > 0) return found.reverse();
  throw new ArgumentError(`no node gives the output "${output}"; name another one with the option output`);
}

/** The names that nodes read. */
export function namesRead(nodes: readonly NodeProto[]): Set<string> {
  return new Set(nodes.flatMap(({ input }) => input ?? []));
}

/**
 * Adds nodes to a graph.
 * @param known the values that there are, by the names of the exported graph: input and parameters; what nodes give is added
 * @param constants the initialisers that stay as they are
 * @throws ArgumentError naming the node that is not supported, and how else to write it
 */
export function replay(
  b: GraphBuilder,
  nodes: readonly NodeProto[],
  known: Map<string, Value>,
  constants: ReadonlyMap<string, TensorData>,
): void {
  const valueOf = (name: string): Value | undefined => {
    if (name === '') return undefined;
    const found = known.get(name);
    if (found !== undefined) return found;
    const constant = constants.get(name);
    if (constant === undefined) throw new ArgumentError(`no node, input or initialiser gives "${name}"`);
    const value = constantIn(b, name, constant);
    known.set(name, value);
    return value;
  };
  b.scope('model', () => {
    for (const node of nodes) {
      const [output = '', ...more] = node.output ?? [];
      const type = operatorOf(node, more);
      const attributes = decodeAttributes(node);
      if (type === 'Constant') {
        known.set(output, constantIn(b, output, constantOf(node, attributes)));
        continue;
      }
      const inputs = (node.input ?? []).map(valueOf);
      // Dropout is for training by another trainer; here, as in every run of the model, it does nothing.
      if (type === 'Dropout') known.set(output, b.op('Identity', inputs.slice(0, 1)));
      else known.set(output, b.op(type, inputs, withoutIdle(type, attributes), nameFor(b, output)));
    }
  });
}

/** A name that messages can be traced by; the first time that a network is built in a graph. */
function nameFor(b: GraphBuilder, output: string): string | undefined {
  const name = `model/${output}`;
  return b.has(name) ? undefined : name;
}

function operatorOf(node: NodeProto, more: readonly string[]): string {
  const type = node.opType ?? '';
  const domain = node.domain ?? '';
  const label = `${type} node "${node.name || node.output?.[0] || ''}"`;
  if (domain !== '' && domain !== 'ai.onnx') {
    throw new ArgumentError(
      `${label}: operators of the domain ${domain} are not supported; export the model with standard ones alone`,
    );
  }
  if (type === 'Dropout') return type;
  if (!supportedOperators.includes(type)) {
    const form = Object.hasOwn(nearest, type) ? ` It can be written with ${nearest[type]}.` : '';
    throw new ArgumentError(
      `${label}: the operator is not supported.${form} docs/operators.md lists those that are`,
    );
  }
  if (more.some((name) => name !== ''))
    throw new ArgumentError(`${label}: gives several values, which is not supported`);
  return type;
}

/** Where an attribute is known to the operator it stays, even at a value that changes nothing. */
function withoutIdle(type: string, attributes: Attributes): Attributes {
  const reduces = type.startsWith('Reduce');
  const kept = Object.entries(attributes).filter(
    ([name, value]) => (reduces && name !== 'noop_with_empty_axes') || idle[name] !== value,
  );
  return Object.fromEntries(kept);
}

/** The tensor of a Constant node, in whichever of its forms. */
function constantOf(node: NodeProto, attributes: Attributes): TensorData {
  const { value, value_float: float, value_int: int, value_floats: floats, value_ints: ints } = attributes;
  if (typeof value === 'object' && 'data' in value) return value;
  if (typeof float === 'number') return { type: 'float32', shape: [], data: Float32Array.of(float) };
  if (typeof int === 'number') return { type: 'int64', shape: [], data: arrayOf('int64', [int]) };
  if (isList(floats)) return { type: 'float32', shape: [floats.length], data: Float32Array.from(floats) };
  if (isList(ints)) return { type: 'int64', shape: [ints.length], data: arrayOf('int64', ints) };
  throw new ArgumentError(
    `Constant node "${node.name || node.output?.[0] || ''}": got ${Object.keys(attributes).join(', ') || 'no value'}, which is ` +
      'not supported; expected value, value_float, value_floats, value_int or value_ints',
  );
}

const isList = (value: unknown): value is readonly number[] => Array.isArray(value);

/** A constant of the exported graph: once in a graph, however often the network is built in it. */
function constantIn(b: GraphBuilder, name: string, { type, shape, data }: TensorData): Value {
  const own = `onnx/${name}`;
  return b.has(own) ? b.value(own) : b.initializer(own, data, shape, type);
}
