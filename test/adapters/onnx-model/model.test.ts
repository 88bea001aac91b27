// Networks out of others' files: what is trained, what stays, what is refused and how, and the file with other weights.
import { describe, expect, it } from 'vitest';
import { scripted, traced, type Layer } from '../../../fixtures/exported.js';
import { modelFromOnnx } from '../../../src/adapters/onnx-model/index.js';
import { decodeModel, decodeTensor, GraphBuilder, type Value } from '../../../src/engine/graph/index.js';
import { encodeModel } from '../../../src/engine/graph/proto.js';

const layer = (out: number, into: number, seed: number): Layer => ({
  weight: Float32Array.from({ length: out * into }, (_, i) => Math.sin(seed + i)),
  bias: Float32Array.from({ length: out }, (_, i) => Math.cos(seed + i)),
});
const layers = [layer(8, 2, 1), layer(8, 8, 2), layer(3, 8, 3)];
const random = { float: () => 0 };

/** A file of one's own. */
function file(
  build: (b: GraphBuilder, x: Value) => Value,
  shape: (string | number)[] = ['n', 2],
): Uint8Array {
  const b = new GraphBuilder('mine');
  b.output(build(b, b.input('x', shape)), 'y');
  return b.model();
}
const weights = (b: GraphBuilder, name = 'w', shape = [2, 3]) =>
  b.initializer(
    name,
    Array.from({ length: shape.reduce((all, extent) => all * extent, 1) }, (_, i) => i / 8),
    shape,
  );

describe('an exported network', () => {
  it.each([
    ['scripted', scripted(layers)],
    ['traced', traced(layers)],
  ])('%s is a model with the weights of the file', (_, bytes) => {
    const { model, trained, frozen } = modelFromOnnx(bytes);
    expect([model.inputDim, model.outputDim, model.parameterCount]).toEqual([2, 3, 24 + 72 + 27]);
    expect(model.macsPerSample).toBe(2 * 8 + 8 * 8 + 8 * 3);
    expect([trained.length, frozen]).toEqual([6, []]);
    expect(trained).toContain('net.1.linear.weight');
    const start = model.initialise(random);
    expect(start[trained.indexOf('net.1.linear.weight')]).toEqual(layers[1]?.weight);
    expect(start[0]).not.toBe(model.initialise(random)[0]);
  });

  it('leaves what is frozen, and constants of one number unless told otherwise', () => {
    const bytes = file((b, x) => {
      const scale = b.initializer('scale', [3], [1]);
      return b.mul(b.add(b.matmul(x, weights(b)), weights(b, 'c', [3])), scale);
    });
    expect(modelFromOnnx(bytes)).toMatchObject({ trained: ['w', 'c'], frozen: ['scale'] });
    expect(modelFromOnnx(bytes, { freeze: ['c'], train: ['scale'] })).toMatchObject({
      trained: ['scale', 'w'],
      frozen: ['c'],
    });
  });

  it('leaves alone what its output does not depend on', () => {
    const bytes = file((b, x) => {
      weights(b, 'unused');
      b.op('Sin', [weights(b, 'aside')]);
      return b.matmul(x, weights(b));
    });
    expect(modelFromOnnx(bytes)).toMatchObject({ trained: ['w'], frozen: ['unused', 'aside'] });
  });

  it('is told its input and output where there are several', () => {
    const b = new GraphBuilder('mine');
    const [x, z] = [b.input('x', ['n', 2]), b.input('z', ['n', 4])];
    const y = b.matmul(x, weights(b));
    b.output(y, 'y');
    b.output(b.sin(z), 'aside');
    const bytes = b.model();
    expect(() => modelFromOnnx(bytes)).toThrow('it has 2 inputs (x, z), expected one that takes samples');
    expect(() => modelFromOnnx(bytes, { input: 'x' })).toThrow('it has 2 outputs (y, aside), expected one');
    expect(modelFromOnnx(bytes, { input: 'x', output: 'y' }).model).toMatchObject({
      inputDim: 2,
      outputDim: 3,
    });
    expect(() => modelFromOnnx(bytes, { input: 'q' })).toThrow('input names "q", but the file has x, z.');
  });

  it('knows operators of exporters that do nothing here, and constants in every form', () => {
    const made = decodeModel(file((b, x) => b.matmul(x, weights(b))));
    const product = made.graph.node?.[0];
    const attribute = (name: string, type: number, value: object) => [{ name, type, ...value }];
    const node = [
      { ...product, output: ['p'] },
      { opType: 'Constant', output: ['two'], attribute: attribute('value_float', 1, { f: 2 }) },
      { opType: 'Constant', output: ['row'], attribute: attribute('value_floats', 6, { floats: [1, 2, 3] }) },
      { opType: 'Constant', output: ['axes'], attribute: attribute('value_ints', 7, { ints: [1] }) },
      { opType: 'Dropout', input: ['p'], output: ['d', ''] },
      { opType: 'Mul', input: ['d', 'two'], output: ['m'] },
      { opType: 'Add', input: ['m', 'row'], output: ['a'] },
      { opType: 'Unsqueeze', input: ['a', 'axes'], output: ['u'] },
      { opType: 'Squeeze', input: ['u', 'axes'], output: ['y'] },
    ];
    const bytes = encodeModel({ ...made, graph: { ...made.graph, node } });
    expect(modelFromOnnx(bytes).model).toMatchObject({ inputDim: 2, outputDim: 3 });
  });
});

describe('what cannot be trained', () => {
  const withNode = (change: object) => {
    const made = decodeModel(file((b, x) => b.sin(b.matmul(x, weights(b)))));
    const [product, sine, ...more] = made.graph.node ?? [];
    return encodeModel({
      ...made,
      graph: { ...made.graph, node: [product!, { ...sine, ...change }, ...more] },
    });
  };
  it.each<[string, Uint8Array, string]>([
    ['no ONNX', Buffer.from('hello, I am no model'), 'mine.onnx: these 20 bytes are no ONNX model'],
    [
      'an operator that is not supported',
      withNode({ opType: 'Softmax', name: 's' }),
      'mine.onnx: Softmax node "s": the operator is not supported. It can be written with Exp, ReduceSum and Div.',
    ],
    [
      'one that nobody knows',
      withNode({ opType: 'Foo', name: 'f' }),
      'Foo node "f": the operator is not supported. docs/operators.md lists',
    ],
    [
      'one of another domain',
      withNode({ domain: 'com.microsoft', opType: 'Gelu', name: 'g' }),
      'operators of the domain com.microsoft are not supported',
    ],
    ['several values', withNode({ output: ['Sin_0', 'z'] }), 'gives several values, which is not supported'],
    [
      'no gradient',
      file((b, x) => b.op('ReduceMax', [b.matmul(x, weights(b))], { axes: [1] })),
      'ReduceMax node "model/ReduceMax_0": the operator has no gradient',
    ],
    ['no weights', file((b, x) => b.sin(x)), 'it has no initialiser of float32 that could be trained'],
    [
      'an input of three axes',
      file((b, x) => b.matmul(x, weights(b)), ['n', 'm', 2]),
      'its input "x" has the shape [n, m, 2]; expected [n, numbers per sample]',
    ],
    [
      'an input of one axis',
      file((b, x) => b.mul(x, weights(b, 'w', [2])), [2]),
      'has the shape [2]; expected',
    ],
    [
      'one number of samples alone',
      file((b, x) => b.matmul(b.reshape(b.matmul(x, weights(b)), [5, 3]), weights(b, 'v', [3, 3])), [5, 2]),
      'mine.onnx: ',
    ],
    [
      'a mean over samples',
      file((b, x) => b.reduceMean(b.matmul(x, weights(b)), [0])),
      'its output "y" comes to the shape [1, 3] for n samples; expected [n, numbers per value]',
    ],
  ])('is refused: %s', (_, bytes, message) => {
    expect(() => modelFromOnnx(bytes, { name: 'mine.onnx' })).toThrow(message);
  });

  it('is refused by name where the caller names what there is not', () => {
    const bytes = scripted(layers);
    expect(() => modelFromOnnx(bytes, { freeze: ['net.0.linear.wieght'] })).toThrow(
      /^freeze names "net\.0\.linear\.wieght", but .* Did you mean net\.0\.linear\.weight\?$/,
    );
    expect(() => modelFromOnnx(bytes, { output: 'outptu' })).toThrow('Did you mean output?');
  });
});

describe('the file with other weights', () => {
  it('is the same file with the same weights, whatever else is in it', () => {
    // A field of a later version of the format, which no reader here knows.
    const bytes = Buffer.concat([scripted(layers), Buffer.from([0xfa, 0x06, 0x03, 1, 2, 3])]);
    const { model, write } = modelFromOnnx(bytes);
    expect(Buffer.from(write(model.initialise(random))).equals(bytes)).toBe(true);
  });

  it('has the weights in their places, and nothing else changed', () => {
    const bytes = scripted(layers);
    const { model, trained, write } = modelFromOnnx(bytes, { freeze: ['net.0.linear.bias'] });
    const doubled = model.initialise(random).map((array) => array.map((value) => 2 * value));
    const written = decodeModel(write(doubled.map((data) => ({ data }))));
    for (const message of written.graph.initializer ?? []) {
      const at = trained.indexOf(message.name ?? '');
      const expected = at < 0 ? layers[0]?.bias : doubled[at];
      expect(decodeTensor(message).data, message.name ?? '').toEqual(expected);
    }
    expect(written.metadata).toEqual({ note: 'kept' });
    expect(modelFromOnnx(bytes).model.initialise(random)[0]).toEqual(layers[0]?.weight);
  });

  it('takes entries into its metadata, in the place of those of their names, and keeps the others', () => {
    const before = Buffer.concat([scripted(layers), Buffer.from([0xfa, 0x06, 0x03, 1, 2, 3])]);
    const { model, write } = modelFromOnnx(before);
    const start = model.initialise(random);
    const long = 'é'.repeat(300);
    const once = write(start, { kind: 'image', long });
    expect(decodeModel(once).metadata).toEqual({ note: 'kept', kind: 'image', long });
    expect(Buffer.from(once).subarray(0, before.length).equals(before)).toBe(true);
    const twice = modelFromOnnx(once).write(start, { note: 'another', kind: 'mesh' });
    expect(decodeModel(twice).metadata).toEqual({ long, note: 'another', kind: 'mesh' });
    const entries = (decodeModel(twice).graph.initializer ?? []).map(({ name }) => name);
    expect(entries).toEqual((decodeModel(before).graph.initializer ?? []).map(({ name }) => name));
    expect(Buffer.from(twice).includes(Buffer.from([0xfa, 0x06, 0x03, 1, 2, 3]))).toBe(true);
  });

  it('is written where numbers are listed, too', () => {
    const made = decodeModel(scripted(layers));
    const initializer = (made.graph.initializer ?? []).map((message) => ({
      ...{ name: message.name ?? '', dims: message.dims ?? [], dataType: 1 },
      floatData: Array.from(decodeTensor(message).data, Number),
    }));
    const bytes = encodeModel({ ...made, graph: { ...made.graph, initializer } });
    const { model, write } = modelFromOnnx(bytes);
    expect(Buffer.from(write(model.initialise(random))).equals(Buffer.from(bytes))).toBe(true);
    const zeros = write(model.initialise(random).map((array) => array.fill(0)));
    expect(
      modelFromOnnx(zeros)
        .model.initialise(random)
        .flatMap((array) => [...array]),
    ).toEqual(Array(model.parameterCount).fill(0));
  });

  it('wants every weight, and as many numbers as there are', () => {
    const { model, write } = modelFromOnnx(scripted(layers));
    const arrays = model.initialise(random);
    expect(() => write(arrays.slice(1))).toThrow('write takes 6 arrays, one per parameter; got 5');
    expect(() => write([new Float32Array(3), ...arrays.slice(1)])).toThrow(
      'The initialiser "net.0.linear.weight" does not have 3 numbers in one piece',
    );
  });
});
