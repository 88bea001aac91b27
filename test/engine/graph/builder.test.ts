// The builder's promises: names, shared constants, shapes with symbolic sizes, and errors that say what to do.
import { describe, expect, it } from 'vitest';
import { EvosError } from '../../../src/core/index.js';
import {
  addGradient,
  adamUpdate,
  decodeModel,
  GraphBuilder,
  type GraphProto,
} from '../../../src/engine/graph/index.js';
import {
  addDims,
  broadcastShapes,
  canonicalDim,
  divideDims,
  floorDivideDim,
  multiplyDims,
  subtractDims,
} from '../../../src/engine/graph/dims.js';
import { evaluate, tensor } from '../../reference/evaluate.js';
import { runOnnx } from './support.js';

describe('sizes', () => {
  it('adds, multiplies and divides polynomials in names', () => {
    expect(addDims('n', 'n')).toBe('2*n');
    expect(addDims('n', -1)).toBe('n-1');
    expect(addDims('n-1', 1)).toBe('n');
    expect(subtractDims('n', 'n')).toBe(0);
    expect(multiplyDims('n', 'm')).toBe('m*n');
    expect(multiplyDims('n+1', 'n-1')).toBe('n*n-1');
    expect(divideDims('6*n', 3)).toBe('2*n');
    expect(divideDims('6*m*n', '2*n')).toBe('3*m');
    expect(divideDims('2*n+2', 'n+1')).toBe(2);
    expect(divideDims('n', 2)).toBeUndefined();
    expect(divideDims('n', 'm')).toBeUndefined();
    expect(divideDims(12, 0)).toBeUndefined();
    expect(floorDivideDim('2*n-1', 2)).toBe('n-1');
    expect(floorDivideDim('n', 2)).toBe('{floor((n)/2)}');
  });

  it('keeps what other tools write as one name', () => {
    expect(canonicalDim(' n + 1 ')).toBe('n+1');
    expect(canonicalDim('floor(h/2)')).toBe('{floor(h/2)}');
    expect(addDims('{floor(h/2)}', 1)).toBe('{floor(h/2)}+1');
    expect(multiplyDims('{a*b}', 2)).toBe('2*{a*b}');
    expect(() => canonicalDim(-1)).toThrow(/a whole number of at least 0 or a name such as 'n'; got -1/);
  });

  it('broadcasts ones only', () => {
    expect(broadcastShapes(['n', 1], [3])).toEqual(['n', 3]);
    expect(broadcastShapes([], ['n'])).toEqual(['n']);
    expect(broadcastShapes(['n'], ['m'])).toBeUndefined();
    expect(broadcastShapes(['n'], [4])).toBeUndefined();
  });
});

describe('GraphBuilder', () => {
  it('gives deterministic names and shares equal constants', () => {
    const b = new GraphBuilder('names');
    const x = b.input('x', ['n']);
    expect(b.add(b.mul(x, 2), 2).name).toBe('Add_0');
    expect(b.scalar(2)).toBe(b.scalar(2));
    expect(b.scalar(0)).not.toBe(b.scalar(-0));
    expect(b.scope('loss', () => b.mul(x, 2).name)).toBe('loss/Mul_0');
    expect(b.graph().initializer?.map(({ name }) => name)).toEqual(['const_0', 'const_1', 'const_2']);
  });

  it('infers symbolic shapes', () => {
    const b = new GraphBuilder('shapes');
    const x = b.input('x', ['n', 6]);
    expect(b.reshape(x, ['n', 2, 3]).shape).toEqual(['n', 2, 3]);
    expect(b.reshape(x, [-1, 3]).shape).toEqual(['2*n', 3]);
    expect(b.concat([x, x], 0).shape).toEqual(['2*n', 6]);
    expect(b.slice(x, [1], [2 ** 31 - 1], [0]).shape).toEqual(['n-1', 6]);
    expect(b.pad(x, [1, 0], [1, 0]).shape).toEqual(['n+2', 6]);
    expect(
      b.conv(b.reshape(x, [1, 1, 'n', 6]), b.initializer('k', [0, 0, 0, 0], [1, 1, 2, 2])).shape,
    ).toEqual([1, 1, 'n-1', 5]);
  });

  it('reads sizes at run time where they are products and sums', async () => {
    const b = new GraphBuilder('sizes');
    const x = b.input('x', ['n', 'm', 2]);
    b.output(b.filled(['2*m*n+1', 'n'], 3), 'y');
    const feeds = { x: tensor([3, 2, 2], Array<number>(12).fill(0)) };
    expect(evaluate(b.graph(), feeds).get('y')?.shape).toEqual([13, 3]);
    expect((await runOnnx(b.graph(), feeds))['y']?.shape).toEqual([13, 3]);
    expect(b.value('y').shape).toEqual(['2*m*n+1', 'n']);
    expect(() => b.filled(['k'], 0)).toThrow(/no value of graph "sizes" has the size k/);
    expect(b.shape(x).shape).toEqual([3]);
  });

  it('names both shapes where they do not fit', () => {
    const b = new GraphBuilder('errors');
    const x = b.input('x', ['n', 2]);
    const w = b.input('w', [3, 4]);
    expect(() => b.add(x, w)).toThrow(
      /Add node "Add_0": "x" of shape \[n, 2\] and "w" of shape \[3, 4\] do not broadcast/,
    );
    expect(() => b.gemm(x, w)).toThrow(
      /"x" of shape \[n, 2\] and "w" of shape \[3, 4\] do not multiply \(transA 0, transB 0\)/,
    );
    expect(() => b.matmul(x, w)).toThrow(/"x" of shape \[n, 2\] and "w" of shape \[3, 4\] do not multiply/);
    expect(() => b.concat([x, w], 0)).toThrow(/\[n, 2\] and "w" of shape \[3, 4\] do not join along axis 0/);
    expect(() => b.reshape(w, [5, 2])).toThrow(
      /cannot reshape \[3, 4\] \(12 elements\) to \[5, 2\] \(10 elements\)/,
    );
    expect(() => b.gemm(w, b.input('v', [4, 5]), x)).toThrow(/the addend must broadcast to \[3, 5\]/);
    expect(() => b.conv(b.input('i', [1, 2, 4, 4]), b.input('k', [1, 3, 3, 3]))).toThrow(
      /the input must have 3 channels/,
    );
    expect(() => b.conv(b.input('j', [1, 3, 2, 2]), b.value('k'))).toThrow(
      /\[1, 3, 2, 2\] and "k" of shape \[1, 3, 3, 3\] do not convolve: the window is larger than the padded image/,
    );
    expect(() => b.squeeze(x, [1])).toThrow(/axis 1 of \[n, 2\] has size 2, not 1/);
    expect(() => b.reduceSum(x, [2])).toThrow(/axis 2 does not exist in a tensor of rank 2/);
    expect(() => b.transpose(x, [0, 0])).toThrow(/perm \[0, 0\] is no permutation/);
    expect(() => b.add(x, b.input('i64', [2], 'int64'))).toThrow(
      /"x" \(float32\) and "i64" \(int64\) must have one element type/,
    );
    expect(() => b.initializer('short', [1, 2], [3])).toThrow(
      /"short" of shape \[3\] needs 3 elements, got 2/,
    );
  });

  it('says what it does not know', () => {
    const b = new GraphBuilder('unknown');
    const x = b.input('x', ['n', 2]);
    expect(() => b.op('LSTM', [x])).toThrow(
      /LSTM node "LSTM_0": the operator is not supported. Supported are Abs, Add, /,
    );
    expect(() => b.op('LSTM', [x])).toThrow(EvosError);
    expect(() => b.op('Sin', [x], { alpha: 1 })).toThrow(
      /Sin node "Sin_0": has no attribute "alpha"; it takes none/,
    );
    expect(() => b.op('Add', [x])).toThrow(/takes 2 inputs, got 1/);
    expect(() => b.input('x', [1])).toThrow(/already has a value "x"/);
    expect(() => b.sin({ name: 'y', type: 'float32', shape: [] })).toThrow(
      /"y" is not part of graph "unknown"/,
    );
    expect(() => new GraphBuilder('old', { opset: 9 })).toThrow(
      /operator set 9 is not supported; use 13 to 21/,
    );
    const early = new GraphBuilder('early', { opset: 13 });
    const data = early.input('data', ['n', 2]);
    const rows = early.input('rows', ['k', 1], 'int64');
    expect(() => early.scatterND(data, rows, early.input('u', ['k', 2]), 'add')).toThrow(
      /reduction needs operator set 16/,
    );
    expect(() => decodeModel(Uint8Array.of(1, 2, 3))).toThrow(/3 bytes are no ONNX model/);
  });

  it('leaves nothing behind of a node that it refused', () => {
    const b = new GraphBuilder('refused');
    const x = b.input('x', ['n', 2]);
    expect(() => b.op('Sin', [x], { alpha: 1 }, 'y')).toThrow(/no attribute/);
    expect(b.has('y')).toBe(false);
    expect(b.entries).toHaveLength(0);
  });
});

describe('the example at the head of the folder', () => {
  it('gives the loss and its gradient in ONNX Runtime', async () => {
    const b = new GraphBuilder('fit');
    const x = b.input('x', ['n', 2]);
    const target = b.input('target', ['n', 3]);
    const w = b.input('w', [3, 2]);
    const difference = b.sub(b.gemm(x, w, undefined, { transB: true }), target);
    const loss = b.reduceMean(b.mul(difference, difference), undefined, false);
    const [dw] = addGradient(b, { of: loss, wrt: [w] });
    b.output(loss, 'loss');
    b.output(dw, 'dw');
    const feeds = {
      x: tensor([1, 2], [1, 2]),
      target: tensor([1, 3], [0, 1, 2]),
      w: tensor([3, 2], [1, 0, 0, 1, 1, 1]),
    };
    // By hand: x wᵀ = (1, 2, 3), difference (1, 1, 1), loss 1, dw = 2/3 · differenceᵀ x.
    const results = await runOnnx(b.graph(), feeds);
    expect(results['loss']).toEqual({ shape: [], data: [1] });
    expect(results['dw']?.data).toEqual([2 / 3, 4 / 3, 2 / 3, 4 / 3, 2 / 3, 4 / 3].map(Math.fround));
  });
});

describe('graphs of other tools', () => {
  const info = (
    name: string,
    dims: readonly (number | string)[] | undefined,
  ): NonNullable<GraphProto['input']>[number] => ({
    name,
    type: {
      tensorType: {
        elemType: 1,
        ...(dims && {
          shape: { dim: dims.map((d) => (typeof d === 'number' ? { dimValue: d } : { dimParam: d })) },
        }),
      },
    },
  });

  it('infers what is not declared, and takes shapes for inputs that declare none', () => {
    const graph: GraphProto = {
      name: 'foreign',
      input: [info('x', undefined)],
      output: [info('y', undefined)],
      node: [{ opType: 'Sin', input: ['x'], output: ['y'] }],
    };
    expect(() => GraphBuilder.from(graph)).toThrow(
      /input "x" declares no shape; give one: shapes: \{ 'x': \['n', 2\] \}/,
    );
    expect(() => GraphBuilder.from(graph, { shapes: { z: [1] } })).toThrow(
      /shapes names "z", but the graph's inputs are x/,
    );
    const b = GraphBuilder.from(graph, { shapes: { x: ['batch', 2] } });
    expect(b.value('y').shape).toEqual(['batch', 2]);
    expect(b.graph().output?.[0]?.type?.tensorType?.shape?.dim).toEqual([
      { dimParam: 'batch' },
      { dimValue: 2 },
    ]);
  });

  it('passes over an operator it does not know where its shape is declared', () => {
    const graph: GraphProto = {
      name: 'foreign',
      input: [info('x', ['n', 2])],
      output: [info('y', ['n', 2])],
      node: [{ opType: 'Selu', name: 'act', input: ['x'], output: ['y'] }],
    };
    expect(GraphBuilder.from(graph).value('y').shape).toEqual(['n', 2]);
    const undeclared = { ...graph, output: [info('y', undefined)] };
    expect(() => GraphBuilder.from(undeclared)).toThrow(/Selu node "act": the operator is not supported/);
  });

  it('follows shapes that are worked out in the graph', () => {
    const b = new GraphBuilder('computed');
    const x = b.input('x', ['n', 'm', 4]);
    const sizes = b.shape(x);
    const first = b.slice(sizes, [0], [2], [0]);
    const flat = b.op('ReduceProd', [first], { keepdims: 1 });
    const target = b.concat([flat, b.integers([4])], 0);
    expect(b.op('Reshape', [x, target]).shape).toEqual(['m*n', 4]);
    expect(() => b.op('Reshape', [x, b.input('given', [2], 'int64')])).toThrow(
      /input 1 \("given"\) must be known before the graph runs/,
    );
  });
});

describe('adamUpdate', () => {
  it('says what does not fit', () => {
    const b = new GraphBuilder('adam');
    const scalar = b.input('s', []);
    const [p, g, m, v] = ['p', 'g', 'm', 'v'].map((name) => b.input(name, [3]));
    if (!p || !g || !m || !v) throw new Error('four inputs');
    const inputs = {
      param: p,
      gradient: g,
      m,
      v,
      stepSize: scalar,
      sqrtBiasCorrection2: scalar,
      beta1: 0.9,
      beta2: 0.999,
      eps: 1e-8,
    };
    expect(adamUpdate(b, inputs).param.shape).toEqual([3]);
    const other = b.input('other', [4]);
    expect(() => adamUpdate(b, { ...inputs, gradient: other })).toThrow(
      /"p" of shape \[3\]: gradient "other" has shape \[4\]/,
    );
    expect(() => adamUpdate(b, { ...inputs, stepSize: p })).toThrow(
      /stepSize "p" must be a scalar, got shape \[3\]/,
    );
    expect(() => adamUpdate(b, { ...inputs, beta2: 1 })).toThrow(/beta2 must be in \[0, 1\), got 1/);
  });
});
