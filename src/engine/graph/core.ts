// The growing graph: values by name with their inferred shapes, constants shared, nodes in the order they were
// added. Everything that writes nodes (the builder's named methods, the gradient, Adam) goes through `op`, so
// a wrong shape is found where it is made, not when a session is created.
import { ArgumentError } from '../../core/errors.js';
import { canonicalDim, formatShape, sameShape, termsOf, type Dim, type Shape } from './dims.js';
import { arrayOf, typeOfArray } from './elements.js';
import type { Attributes, ElementType, TensorArray, TensorData } from './elements.js';
import { GraphNode, type Operand, type Operator, type Value } from './node.js';
import {
  decodeAttributes,
  decodeTensor,
  decodeValueInfo,
  encodeAttribute,
  encodeModel,
  encodeTensor,
  encodeValueInfo,
  namesIn,
  OPSETS,
  type GraphProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from './proto.js';
import { constantOperand, findOperator, operatorFor, resultOf } from './operators.js';

/** A node that has been added: what it reads and what it gives. */
export interface GraphEntry {
  readonly node: GraphNode;
  readonly output: Value;
}

/** Settings of a graph under construction. */
export interface GraphOptions {
  /** The operator set, 13 to 21; 17 unless told. */
  readonly opset?: number;
  /** The element type of values whose type is not given. */
  readonly elementType?: 'float32' | 'float64';
}

/** Settings for taking a graph over. */
export interface ImportOptions extends GraphOptions {
  /** Shapes that replace the declared ones of graph inputs: numbers or names where an export left unknowns. */
  readonly shapes?: Readonly<Record<string, Shape>>;
}

/** A graph under construction. Use `GraphBuilder`, which adds a method per operator. */
export class GraphCore {
  readonly name: string;
  readonly opset: number;
  readonly elementType: 'float32' | 'float64';

  private readonly values = new Map<string, Operand>();
  private readonly added: GraphEntry[] = [];
  private readonly nodeProtos: NodeProto[] = [];
  private readonly initializerProtos: TensorProto[] = [];
  private readonly inputs: ValueInfoProto[] = [];
  private readonly outputs: ValueInfoProto[] = [];
  private readonly counters = new Map<string, number>();
  private readonly shared = new Map<string, Value>();
  /** Where a size known only at run time can be read: a tensor and its axis. */
  private readonly sources = new Map<string, { value: Value; axis: number }>();
  private prefix = '';

  /** @throws ArgumentError for an operator set outside 13 to 21. */
  constructor(name: string, options: GraphOptions = {}) {
    this.name = name;
    this.opset = options.opset ?? 17;
    this.elementType = options.elementType ?? 'float32';
    if (!(this.opset >= OPSETS.lowest && this.opset <= OPSETS.highest)) {
      throw new ArgumentError(
        `operator set ${this.opset} is not supported; use ${OPSETS.lowest} to ${OPSETS.highest}`,
      );
    }
  }

  /** The nodes so far, in order. */
  get entries(): readonly GraphEntry[] {
    return this.added;
  }

  /** Declares an input of the graph. */
  input(name: string, shape: Shape, type: ElementType = this.elementType): Value {
    const value = this.register({ name: this.claim(name), type, shape: shape.map(canonicalDim) });
    this.inputs.push(encodeValueInfo(value.name, type, value.shape));
    return value;
  }

  /**
   * Adds a constant of the graph.
   * @param data plain numbers take the type given or the graph's own; the elements are copied
   * @throws ArgumentError when the number of elements is not that of the shape.
   */
  initializer(
    name: string,
    data: TensorArray | readonly number[],
    shape: readonly number[],
    type?: ElementType,
  ): Value {
    const array = Array.isArray(data) ? arrayOf(type ?? this.elementType, data) : (data as TensorArray);
    const elementType = type ?? (Array.isArray(data) ? this.elementType : typeOfArray(array));
    const count = shape.reduce((product, dim) => product * dim, 1);
    if (array.length !== count) {
      throw new ArgumentError(
        `initializer "${name}" of shape ${formatShape(shape)} needs ${count} elements, got ${array.length}`,
      );
    }
    const tensor: TensorData = { type: elementType, shape: [...shape], data: array.slice() };
    const message = encodeTensor(this.claim(name), tensor);
    this.initializerProtos.push(message);
    return this.register(constantOperand(name, tensor));
  }

  /** A constant scalar; equal ones are one and the same value. */
  scalar(value: number, type: ElementType = this.elementType): Value {
    return this.share(`scalar ${type} ${Object.is(value, -0) ? '-0' : value}`, () =>
      this.initializer(this.fresh('const'), arrayOf(type, [value]), [], type),
    );
  }

  /** A constant vector of 64-bit integers; equal ones are one and the same value. */
  integers(values: readonly number[]): Value {
    return this.share(`integers ${values.join()}`, () =>
      this.initializer(this.fresh('const'), values, [values.length], 'int64'),
    );
  }

  /**
   * Adds a node.
   * @param inputs left-out optional inputs are undefined
   * @param attributes as the ONNX operator documentation names them
   * @param name of the output; a deterministic one unless given
   * @throws ArgumentError for an operator, attribute or shape that does not fit; it names the node.
   */
  op(
    type: string,
    inputs: readonly (Value | undefined)[],
    attributes: Attributes = {},
    name?: string,
  ): Value {
    const output = name === undefined ? this.fresh(type) : this.claim(name);
    const operator = operatorFor(type, output);
    const node = new GraphNode(
      type,
      output,
      inputs.map((input) => input && this.operand(input)),
      attributes,
    );
    if (attributes['reduction'] !== undefined && this.opset < 16) {
      throw node.error(
        `reduction needs operator set 16, this graph has ${this.opset}; build it with opset: 17 (graphs of 13 to 16 are valid in it)`,
      );
    }
    if (type.startsWith('Bitwise') && this.opset < 18) {
      throw node.error(`needs operator set 18, this graph has ${this.opset}; build it with opset: 18`);
    }
    const attribute = Object.entries(attributes).map(([key, given]) => {
      const kind = operator.attributes[key];
      if (kind !== undefined) return encodeAttribute(key, kind, given);
      const known = Object.keys(operator.attributes).join(', ') || 'none';
      throw node.error(`has no attribute "${key}"; it takes ${known}`);
    });
    const value = this.infer(node, operator, output);
    const input = inputs.map((given) => given?.name ?? '');
    this.nodeProtos.push({ opType: type, name: output, input, output: [output], attribute });
    return value;
  }

  /** Declares an output of the graph under a name of its own (the value's, unless given). */
  output(value: Value, name: string = value.name): Value {
    const declared = name === value.name ? this.operand(value) : this.op('Identity', [value], {}, name);
    if (this.outputs.some((output) => output.name === name)) {
      throw new ArgumentError(
        `graph "${this.name}" already has an output "${name}"; give each output a name of its own`,
      );
    }
    this.outputs.push(encodeValueInfo(name, declared.type, declared.shape));
    return declared;
  }

  /** A value by its name. @throws ArgumentError where there is none. */
  value(name: string): Operand {
    const value = this.values.get(name);
    if (value === undefined) {
      throw new ArgumentError(
        `graph "${this.name}" has no value "${name}"; its inputs are ${namesIn(this.inputs)}, its outputs ${namesIn(this.outputs)}`,
      );
    }
    return value;
  }

  /** Whether there is a value of that name. */
  has(name: string): boolean {
    return this.values.has(name);
  }

  /** What is known about a value, its elements included where it is a constant. */
  operand(value: Value): Operand {
    const known = this.values.get(value.name);
    if (known === undefined || !sameShape(known.shape, value.shape)) {
      throw new ArgumentError(
        `value "${value.name}" is not part of graph "${this.name}"; make it with this builder`,
      );
    }
    return known;
  }

  /** The one element of a constant that has just one; undefined for everything else. */
  constantScalar(value: Value): number | undefined {
    const data = this.operand(value).constant?.data;
    return data?.length === 1 ? Number(data[0]) : undefined;
  }

  /** Adds nodes whose names start with `prefix/`. */
  scope<T>(prefix: string, build: () => T): T {
    const outer = this.prefix;
    this.prefix = `${outer}${prefix}/`;
    try {
      return build();
    } finally {
      this.prefix = outer;
    }
  }

  /** Sizes as an int64 vector, read from tensors at run time where they are symbolic. Equal ones are shared. */
  sizes(dims: readonly Dim[]): Value {
    if (dims.every((dim) => typeof dim === 'number')) return this.integers(dims);
    return this.share(`sizes ${dims.join()}`, () => {
      if (dims.length === 1) return this.size(dims[0] as Dim);
      return this.op(
        'Concat',
        dims.map((dim) => this.sizes([dim])),
        { axis: 0 },
      );
    });
  }

  /** A single symbolic size as an int64 vector of one element. */
  private size(dim: Dim): Value {
    const source = this.sources.get(String(dim));
    if (source !== undefined) {
      return this.op('Gather', [this.op('Shape', [source.value]), this.integers([source.axis])], { axis: 0 });
    }
    const terms = termsOf(dim);
    const [first] = terms;
    if (terms.length === 1 && first && first.coefficient === 1 && first.names.length === 1) {
      throw new ArgumentError(
        `no value of graph "${this.name}" has the size ${dim} as one of its axes, so it cannot be read at run time; ` +
          'give the graph inputs sizes in plain names or numbers',
      );
    }
    const products = terms.map(({ coefficient, names }) => {
      const factors = [...(coefficient === 1 && names.length > 0 ? [] : [coefficient]), ...names];
      return factors.map((factor) => this.sizes([factor])).reduce((a, b) => this.op('Mul', [a, b]));
    });
    return products.reduce((a, b) => this.op('Add', [a, b]));
  }

  /** The graph as a message; later additions do not change it. */
  graph(): GraphProto {
    return {
      name: this.name,
      node: [...this.nodeProtos],
      initializer: [...this.initializerProtos],
      input: [...this.inputs],
      output: [...this.outputs],
    };
  }

  /** The bytes of a model file around this graph. */
  model(
    options: { readonly producer?: string; readonly metadata?: Readonly<Record<string, string>> } = {},
  ): Uint8Array {
    return encodeModel({
      graph: this.graph(),
      opset: this.opset,
      metadata: options.metadata ?? {},
      ...(options.producer === undefined ? {} : { producer: options.producer }),
    });
  }

  /** Takes a graph over: its names, nodes and outputs stay as they are. */
  protected take(graph: GraphProto, shapes: Readonly<Record<string, Shape>>): void {
    const overridable = new Set(graph.input?.map((input) => input.name));
    const stray = Object.keys(shapes).find((name) => !overridable.has(name));
    if (stray !== undefined) {
      const inputs = namesIn(graph.input ?? []);
      throw new ArgumentError(`shapes names "${stray}", but the graph's inputs are ${inputs}`);
    }
    if ((graph.sparseInitializer?.length ?? 0) > 0)
      throw new ArgumentError('sparse initializers are not supported');
    for (const message of graph.initializer ?? []) {
      const tensor = decodeTensor(message);
      const { constant, ...operand } = constantOperand(message.name ?? '', tensor);
      // An initializer that is also an input is only a default: its elements must not be relied on.
      this.register(overridable.has(operand.name) ? operand : { ...operand, ...(constant && { constant }) });
      this.initializerProtos.push(message);
    }
    for (const message of graph.input ?? []) {
      const name = message.name ?? '';
      const { type, shape } = decodeValueInfo(message);
      const known = shapes[name] ?? shape;
      if (!this.values.has(name)) {
        if (known === undefined) {
          throw new ArgumentError(
            `input "${name}" declares no shape; give one: shapes: { '${name}': ['n', 2] }`,
          );
        }
        this.register({ name, type, shape: known.map(canonicalDim) });
      }
      this.inputs.push(known === undefined ? message : encodeValueInfo(name, type, known.map(canonicalDim)));
    }
    const declared = new Map(
      [...(graph.valueInfo ?? []), ...(graph.output ?? [])].map((info) => [info.name ?? '', info]),
    );
    for (const message of graph.node ?? []) this.takeNode(message, declared);
    for (const message of graph.output ?? []) {
      const { name, type, shape } = this.value(message.name ?? '');
      this.outputs.push(encodeValueInfo(name, type, shape));
    }
  }

  private takeNode(message: NodeProto, declared: ReadonlyMap<string, ValueInfoProto>): void {
    const type = message.opType ?? '';
    const outputs = message.output ?? [];
    const label = message.name || (outputs[0] ?? '');
    this.nodeProtos.push(message);
    const operands = (message.input ?? []).map((name) => (name === '' ? undefined : this.value(name)));
    const standard = !message.domain || message.domain === 'ai.onnx';
    const operator = standard && outputs.length === 1 ? findOperator(type) : undefined;
    if (operator !== undefined) {
      this.infer(new GraphNode(type, label, operands, decodeAttributes(message)), operator, outputs[0] ?? '');
      return;
    }
    // A node of another kind is no obstacle where its outputs' shapes are declared and no gradient passes it.
    const node = new GraphNode(standard ? type : `${message.domain}.${type}`, label, operands, {});
    for (const name of outputs) {
      const info = declared.get(name);
      const { type: elementType, shape } = info === undefined ? {} : decodeValueInfo(info);
      if (elementType === undefined || shape === undefined) operatorFor(node.op, label);
      else this.added.push({ node, output: this.register({ name, type: elementType, shape }) });
    }
  }

  private infer(node: GraphNode, operator: Operator, name: string): Value {
    const { type, shape, content } = resultOf(node, operator);
    const tensor = node.op === 'Constant' ? node.attributes['value'] : undefined;
    const output = this.register({
      name,
      ...{ type, shape },
      ...(content && { content }),
      ...(typeof tensor === 'object' && 'data' in tensor ? { constant: tensor } : {}),
    });
    this.added.push({ node, output });
    return output;
  }

  private register(operand: Operand): Operand {
    if (this.values.has(operand.name))
      throw new ArgumentError(`graph "${this.name}" already has a value "${operand.name}"`);
    this.values.set(operand.name, operand);
    operand.shape.forEach((dim, axis) => {
      if (typeof dim === 'string' && !this.sources.has(dim)) this.sources.set(dim, { value: operand, axis });
    });
    return operand;
  }

  private claim(name: string): string {
    if (name === '' || this.values.has(name)) {
      throw new ArgumentError(
        name === ''
          ? `a value of graph "${this.name}" needs a name`
          : `graph "${this.name}" already has a value "${name}"; give each value a name of its own`,
      );
    }
    return name;
  }

  private fresh(base: string): string {
    const stem = this.prefix + base;
    for (let i = this.counters.get(stem) ?? 0; ; i++) {
      const name = `${stem}_${i}`;
      if (this.values.has(name)) continue;
      this.counters.set(stem, i + 1);
      return name;
    }
  }

  /** The value made for a key before, or a new one. */
  protected share(key: string, make: () => Value): Value {
    const known = this.shared.get(key);
    if (known !== undefined) return known;
    const value = make();
    this.shared.set(key, value);
    return value;
  }
}
