// A network out of an ONNX file that somebody else has exported: its initialisers become parameters, its nodes the forward pass,
// and the gradient is worked out on the graph, as for networks of this package. Trained weights go back into the same file.
import { didYouMean } from '../../core/did-you-mean.js';
import { ArgumentError, EvosError, InputError } from '../../core/errors.js';
import {
  addGradient,
  decodeModel,
  decodeTensor,
  formatShape,
  GraphBuilder,
  type GraphProto,
  type Model,
  type NodeProto,
  type Value,
} from '../../engine/graph/index.js';
import type { TensorData } from '../../engine/graph/elements.js';
import { decodeValueInfo } from '../../engine/graph/proto.js';
import { onnxFileBackbone, type ModelDefinition, type ParameterSpec } from '../../engine/models/index.js';
import { namesRead, nodesFor, replay } from './replay.js';
import { writeFloats, writeMetadata } from './write.js';

/** What of a file is trained, and how it is called. */
export interface OnnxModelOptions {
  /** Initialisers that are not trained, by name. */
  readonly freeze?: readonly string[];
  /** Initialisers of one number that are trained: others of one number are taken for constants. */
  readonly train?: readonly string[];
  /** The input that takes samples, `[n, inputDim]`. Default: the only one. */
  readonly input?: string;
  /** The output that gives values, `[n, outputDim]`. Default: the only one. */
  readonly output?: string;
  /** What messages call the file. */
  readonly name?: string;
}

/** A network that was imported. */
export interface OnnxModel {
  /** For `createTrainer`; it starts from the file's weights. */
  readonly model: ModelDefinition;
  /** Names of the initialisers that are trained, in the order of the model's parameters. */
  readonly trained: readonly string[];
  /** Names of those that stay as they are. */
  readonly frozen: readonly string[];
  /**
   * The file with other weights, and everything else in it as it was, to the byte.
   * @param parameters one array per parameter, in the model's order: what `trainer.parameters()` gives, or their numbers
   * @param metadata entries of `metadata_props` to add, in the place of those of the same names
   */
  readonly write: (
    parameters: readonly (Float32Array | { readonly data: Float32Array })[],
    metadata?: Readonly<Record<string, string>>,
  ) => Uint8Array;
}

/**
 * Imports a network.
 *
 * Float32 initialisers of more than one number are trained, unless `freeze` names them. The input may have further axes of
 * length 1, `[1, n, 2]`, as the output may. Operators: docs/operators.md.
 *
 * @param bytes the file; kept
 * @throws InputError naming what the file has that cannot be trained: the node and its operator, a shape, a type
 * @throws ArgumentError for names that the file does not have
 * @example
 * declare const file: Uint8Array; // what mine.onnx holds
 * const mine = modelFromOnnx(file, { freeze: ['encoding.frequencies'] });
 * const trainer = createTrainer({ model: mine.model, adam: { learningRate: 1e-4 }, seed: 1, device: 'cpu' });
 * // … train …
 * const trained: Uint8Array = mine.write(await trainer.parameters());
 */
export function modelFromOnnx(bytes: Uint8Array, options: OnnxModelOptions = {}): OnnxModel {
  const { name = 'the model' } = options;
  try {
    return importModel(bytes, options);
  } catch (error) {
    if (!(error instanceof EvosError) || error instanceof NameError) throw error;
    throw new InputError(`${name}: ${error.message}`, { cause: error });
  }
}

/** A name that the file does not have: the caller's mistake, not the file's. */
class NameError extends ArgumentError {}

/** Where samples go in or values come out: the axes of length 1 beside `[n, size]`. */
interface Port {
  readonly name: string;
  readonly size: number;
  /** Axes of length 1 that come before or behind n. */
  readonly axes: readonly number[];
}

function importModel(bytes: Uint8Array, options: OnnxModelOptions): OnnxModel {
  const { graph, opset }: Model = decodeModel(bytes);
  const tensors = new Map(
    (graph.initializer ?? []).map((message) => [message.name ?? '', decodeTensor(message)] as const),
  );
  const input = inputPort(graph, tensors, options.input);
  const output = outputName(graph, options.output);
  const nodes = nodesFor(graph, output);
  const { trained, frozen } = divide(tensors, namesRead(nodes), options);
  const constants = new Map(frozen.map((each) => [each, tensors.get(each) as TensorData]));
  const parameters = trained.map((each): ParameterSpec => {
    const { shape, data } = tensors.get(each) as TensorData;
    return { name: `model/${each}`, shape, count: data.length };
  });
  const build = (b: GraphBuilder, x: Value, values: readonly Value[]): Value => {
    const known = new Map(trained.map((each, i) => [each, values[i] as Value]));
    known.set(input.name, input.axes.length === 0 ? x : b.unsqueeze(x, input.axes));
    replay(b, nodes, known, constants);
    return flat(b, known.get(output) as Value, output);
  };
  // Sets of 13 to 16 are valid in 17, which gradients are written in.
  const set = Math.max(17, opset);
  const outputDim = check(set, input, parameters, build);
  const model: ModelDefinition = {
    kind: onnxFileBackbone.name,
    settings: {
      ...{ inputDim: input.size, outputDim, input: input.name, output },
      ...{ graph: graph.name ?? '', nodes: nodes.length, checksum: checksum(bytes) },
    },
    inputDim: input.size,
    outputDim,
    parameters,
    parameterCount: parameters.reduce((sum, { count }) => sum + count, 0),
    macsPerSample: productsOf(nodes, tensors),
    opset: set,
    initialise: () => trained.map((each) => (tensors.get(each) as TensorData).data.slice() as Float32Array),
    build,
  };
  return {
    ...{ model, trained, frozen },
    write: (given, metadata = {}) => {
      if (given.length !== trained.length) {
        throw new ArgumentError(
          `write takes ${trained.length} arrays, one per parameter; got ${given.length}.`,
        );
      }
      const arrays = given.map((each) => (each instanceof Float32Array ? each : each.data));
      const floats = new Map(trained.map((each, i) => [each, arrays[i] as Float32Array]));
      return writeMetadata(writeFloats(bytes, floats), metadata);
    },
  };
}

function inputPort(
  graph: GraphProto,
  tensors: ReadonlyMap<string, TensorData>,
  asked: string | undefined,
): Port {
  const inputs = (graph.input ?? []).filter((info) => !tensors.has(info.name ?? ''));
  const names = inputs.map((info) => info.name ?? '');
  const chosen = asked === undefined ? inputs[0] : inputs.find((info) => info.name === asked);
  if (asked !== undefined && chosen === undefined) throw unknown('input', asked, names);
  if (chosen === undefined || (asked === undefined && inputs.length > 1)) {
    throw new InputError(
      `it has ${inputs.length} inputs (${names.join(', ') || 'none'}), expected one that takes samples; name it with the ` +
        'option input',
    );
  }
  const name = chosen.name ?? '';
  const { type, shape } = decodeValueInfo(chosen);
  if (type !== 'float32') {
    throw new InputError(`its input "${name}" is of ${type}, which is not supported; export it as float32`);
  }
  const size = shape?.at(-1);
  const leading = shape?.slice(0, -1) ?? [];
  const long = leading.filter((extent) => extent !== 1);
  if (typeof size !== 'number' || size < 1 || leading.length === 0 || long.length > 1) {
    throw new InputError(
      `its input "${name}" has the shape ${shape === undefined ? 'of nobody knows what' : formatShape(shape)}; expected ` +
        '[n, numbers per sample], with further axes of length 1 at most',
    );
  }
  const of = long.length === 0 ? leading.length - 1 : leading.findIndex((extent) => extent !== 1);
  return { name, size, axes: leading.flatMap((_, axis) => (axis === of ? [] : [axis])) };
}

function outputName(graph: GraphProto, asked: string | undefined): string {
  const names = (graph.output ?? []).map((info) => info.name ?? '');
  if (asked !== undefined) {
    if (names.includes(asked)) return asked;
    throw unknown('output', asked, names);
  }
  const [only, ...more] = names;
  if (only !== undefined && more.length === 0) return only;
  throw new InputError(
    `it has ${names.length} outputs (${names.join(', ') || 'none'}), expected one; name it with the option output`,
  );
}

/** Which initialisers are trained. Those that the output does not depend on are left alone. */
function divide(
  tensors: ReadonlyMap<string, TensorData>,
  read: ReadonlySet<string>,
  { freeze = [], train = [] }: OnnxModelOptions,
): { trained: string[]; frozen: string[] } {
  const names = [...tensors.keys()];
  for (const each of freeze) if (!tensors.has(each)) throw unknown('freeze', each, names);
  for (const each of train) if (!tensors.has(each)) throw unknown('train', each, names);
  const trains = (name: string): boolean => {
    const { type, data } = tensors.get(name) as TensorData;
    if (!read.has(name) || type !== 'float32' || freeze.includes(name)) return false;
    return data.length > 1 || train.includes(name);
  };
  const trained = names.filter(trains);
  if (trained.length > 0) return { trained, frozen: names.filter((name) => !trains(name)) };
  throw new InputError(
    'it has no initialiser of float32 that could be trained; expected weights inside the file',
  );
}

/** Takes the axes of length 1 out of what the network gives. */
function flat(b: GraphBuilder, value: Value, name: string): Value {
  const leading = value.shape.slice(0, -1);
  const of = leading.indexOf('n');
  const others = leading.flatMap((extent, axis) => (axis === of ? [] : [{ extent, axis }]));
  if (of < 0 || others.some(({ extent }) => extent !== 1) || typeof value.shape.at(-1) !== 'number') {
    throw new InputError(
      `its output "${name}" comes to the shape ${formatShape(value.shape)} for n samples; expected [n, numbers per value]. A ` +
        'model exported for one number of samples alone is exported again with that axis dynamic',
    );
  }
  return others.length === 0
    ? value
    : b.squeeze(
        value,
        others.map(({ axis }) => axis),
      );
}

/** Builds forward and backward pass once, so that what cannot be is found now. @returns numbers per value */
function check(
  opset: number,
  input: Port,
  parameters: readonly ParameterSpec[],
  build: ModelDefinition['build'],
): number {
  const b = new GraphBuilder('check', { opset });
  const x = b.input('x', ['n', input.size]);
  const values = parameters.map(({ name, shape }) => b.input(name, shape));
  const output = build(b, x, values);
  if (output.type !== 'float32') throw new InputError(`its output is of ${output.type}, expected float32`);
  addGradient(b, { of: b.reduceSum(output, undefined, false), wrt: values });
  return Number(output.shape.at(-1));
}

/** Multiply–accumulates of products with weights, for one sample. */
function productsOf(nodes: readonly NodeProto[], tensors: ReadonlyMap<string, TensorData>): number {
  const known = new Map(tensors);
  let sum = 0;
  for (const { opType, input = [], output } of nodes) {
    const [first, second] = (input ?? []).map((name) => known.get(name));
    if (opType === 'Gemm' || opType === 'MatMul') sum += (first ?? second)?.data.length ?? 0;
    // Exporters turn weights at run time.
    if ((opType === 'Transpose' || opType === 'Identity') && first !== undefined) {
      known.set(output?.[0] ?? '', first);
    }
  }
  return sum;
}

/** FNV-1a: tells one file from another in checkpoints. */
function checksum(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

function unknown(option: string, name: string, names: readonly string[]): NameError {
  return new NameError(
    `${option} names "${name}", but the file has ${names.join(', ') || 'none'}.${didYouMean(name, names)}`,
  );
}
