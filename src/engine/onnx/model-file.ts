// The exported model: the forward half with its weights inside, and metadata that says what it is. Any ONNX
// runtime opens it.
import { ArgumentError, InputError } from '../../core/errors.js';
import { decodeModel, GraphBuilder, type GraphProto, type Model, type Value } from '../graph/index.js';
import type { ModelDefinition } from '../models/index.js';

/** Names of the exported graph's input and output. */
export const modelPorts = { input: 'coordinates', output: 'values' } as const;

/**
 * Writes a trained model as ONNX bytes: `coordinates` float32 [n, inputDim] → `values` float32 [n, outputDim].
 * @param parameters one array per parameter, in the model's order.
 * @param metadata written to `metadata_props`; the keys are the format's own (`kind`, `range`, …).
 */
export function exportModel(
  model: ModelDefinition,
  parameters: readonly Float32Array[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const b = new GraphBuilder(model.kind, model.opset === undefined ? {} : { opset: model.opset });
  const x = b.input(modelPorts.input, ['n', model.inputDim]);
  const weights = model.parameters.map(({ name, shape }, i): Value =>
    b.initializer(name, parameters[i] ?? new Float32Array(), shape),
  );
  b.output(model.build(b, x, weights), modelPorts.output);
  return b.model({ metadata });
}

/**
 * Writes a trained model of a regular grid as ONNX bytes that give all of it at once, and take nothing: `values` float32
 * [∏ shape, outputDim], row by row. It costs `model.grid.macsPerSample` a point.
 * @param parameters and `metadata` as for `exportModel`
 * @throws ArgumentError for a model that is no more than its points one by one
 */
export function exportWholeGrid(
  model: ModelDefinition,
  parameters: readonly Float32Array[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  if (model.grid === undefined) {
    throw new ArgumentError(
      `exportWholeGrid: a model of kind "${model.kind}" shares nothing among the points of a grid; expected one with a grid of ` +
        'its own; use exportModel',
    );
  }
  const b = new GraphBuilder(model.kind, model.opset === undefined ? {} : { opset: model.opset });
  const weights = model.parameters.map(({ name, shape }, i): Value =>
    b.initializer(name, parameters[i] ?? new Float32Array(), shape),
  );
  b.output(model.grid.build(b, weights), modelPorts.output);
  return b.model({ metadata });
}

/** What an ONNX file says of itself. */
export interface ModelDescription {
  readonly inputs: readonly { readonly name: string; readonly shape: readonly (number | string)[] }[];
  readonly outputs: readonly { readonly name: string; readonly shape: readonly (number | string)[] }[];
  /** Numbers in its initialisers. */
  readonly parameters: number;
  /** Operators by how often they occur. */
  readonly operators: Readonly<Record<string, number>>;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Reads what a model is without running it.
 * @param name how to call the file in an error.
 * @throws InputError when the bytes are no ONNX model.
 */
export function describeModel(bytes: Uint8Array, name: string): ModelDescription {
  let model: Model;
  try {
    model = decodeModel(bytes);
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new InputError(`${name}: ${problem}; expected a file such as a run's model.onnx`, { cause });
  }
  const { graph } = model;
  const operators: Record<string, number> = {};
  for (const { opType } of graph.node ?? []) {
    if (opType) operators[opType] = (operators[opType] ?? 0) + 1;
  }
  const initialisers = graph.initializer ?? [];
  const weights = new Set(initialisers.map((tensor) => tensor.name));
  return {
    inputs: describePorts(graph.input).filter(({ name: port }) => !weights.has(port)),
    outputs: describePorts(graph.output),
    parameters: initialisers.reduce(
      (sum, { dims }) => sum + (dims ?? []).reduce<number>((product, extent) => product * Number(extent), 1),
      0,
    ),
    operators,
    metadata: model.metadata,
  };
}

function describePorts(values: GraphProto['input']): { name: string; shape: (number | string)[] }[] {
  return (values ?? []).map(({ name, type }) => ({
    name: name ?? '',
    shape: (type?.tensorType?.shape?.dim ?? []).map(
      ({ dimParam, dimValue }) => dimParam || Number(dimValue ?? 0),
    ),
  }));
}
