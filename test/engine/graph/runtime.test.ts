// The interpreter against ONNX Runtime: what the gradients are checked with computes what the engine computes.
// Forward for every operator, and the gradient graphs in single precision.
import { describe, expect, it } from 'vitest';
import { addGradient, decodeModel, GraphBuilder, gradient } from '../../../src/engine/graph/index.js';
import { siren } from '../../../src/engine/models/index.js';
import { evaluate } from '../../reference/evaluate.js';
import { CASES, declare, feedsFor, type OperatorCase } from './cases.js';
import { relativeError, rounded, runOnnx, seeded } from './support.js';

const SEED = 20250;
const named = (cases: readonly OperatorCase[]): [string, OperatorCase][] =>
  cases.map((entry) => [`${entry.op}: ${entry.name}`, entry]);

/** Compares every output of a graph, shapes included. */
async function compare(b: GraphBuilder, feeds: ReturnType<typeof feedsFor>, tolerance = 1e-5): Promise<void> {
  const graph = b.graph();
  const expected = evaluate(graph, feeds);
  const results = await runOnnx(graph, feeds, b.opset);
  for (const [name, { shape, data }] of Object.entries(results)) {
    expect(shape, `shape of ${name}`).toEqual(expected.get(name)?.shape);
    const error = relativeError(data, expected.get(name)?.data ?? [], 1e-3);
    expect(error, `${name}, seed ${SEED}`).toBeLessThan(tolerance);
  }
  expect(Object.keys(results)).toHaveLength(graph.output?.length ?? -1);
}

describe(`operators against ONNX Runtime (seed ${SEED})`, () => {
  it.each(named(CASES))('%s', async (_, entry) => {
    const b = new GraphBuilder('case', entry.opset === undefined ? {} : { opset: entry.opset });
    b.output(entry.build(b, declare(b, entry.operands)), 'y');
    await compare(b, rounded(feedsFor(entry.operands, seeded(SEED))));
  });
});

describe(`gradient graphs in ONNX Runtime (seed ${SEED})`, () => {
  it.each(named(CASES.filter(({ forwardOnly }) => !forwardOnly)))('%s', async (_, entry) => {
    const b = new GraphBuilder('case');
    const values = declare(b, entry.operands);
    const wrt = Object.values(values).filter(({ type }) => type === 'float32');
    const y = entry.build(b, values);
    const loss = b.reduceMean(b.mul(y, y), undefined, false);
    addGradient(b, { of: loss, wrt }).forEach((g, i) => b.output(g, `d${i}`));
    await compare(b, rounded(feedsFor(entry.operands, seeded(SEED))));
  });
});

describe(`a small SIREN (seed ${SEED})`, () => {
  it('has the same loss and gradients in ONNX Runtime and in double precision', async () => {
    const model = siren({ inputDim: 2, outputDim: 3, width: 16, depth: 2 });
    const b = new GraphBuilder('siren');
    const x = b.input('x', ['n', 2]);
    const target = b.input('target', ['n', 3]);
    const parameters = model.parameters.map(({ name, shape }) => b.input(name, shape));
    const difference = b.sub(model.build(b, x, parameters), target);
    const loss = b.reduceMean(b.mul(difference, difference), undefined, false);
    b.output(loss, 'loss');
    addGradient(b, { of: loss, wrt: parameters }).forEach((g, i) => b.output(g, `d ${parameters[i]?.name}`));
    const random = seeded(SEED);
    const start = model.initialise(random);
    const feeds = feedsFor({ x: { shape: ['n', 2] }, target: { shape: ['n', 3] } }, random);
    model.parameters.forEach(({ name, shape }, i) => {
      feeds[name] = { kind: 'float', shape, data: Float64Array.from(start[i] ?? []) };
    });
    await compare(b, rounded(feeds));
  });
});

describe('operator sets', () => {
  it.each([13, 17, 18, 21])('builds models that ONNX Runtime loads under operator set %i', async (opset) => {
    const b = new GraphBuilder('sets', { opset });
    const x = b.input('x', ['n', 3]);
    const w = b.input('w', [3, 2]);
    const h = b.sin(b.matmul(b.pad(x, [0, 0], [1, 0]), w));
    const loss = b.reduceSum(b.reduceMean(b.mul(h, h), [1], false), undefined, false);
    b.output(loss, 'loss');
    addGradient(b, { of: loss, wrt: [x, w] }).forEach((g, i) => b.output(g, `d${i}`));
    await compare(b, rounded(feedsFor({ x: { shape: ['n', 3] }, w: { shape: [3, 2] } }, seeded(SEED))));
  });

  it('differentiates a model read back from its bytes', async () => {
    const b = new GraphBuilder('written');
    const x = b.input('x', ['n', 2]);
    const w = b.initializer('w', Float32Array.of(0.5, -0.25, 1, 2), [2, 2]);
    b.output(b.reduceMean(b.softplus(b.gemm(x, w))), 'loss');
    const read = decodeModel(b.model({ producer: 'evos', metadata: { kind: 'test' } }));
    expect(read.opset).toBe(17);
    expect(read.metadata).toEqual({ kind: 'test' });
    const result = gradient(read.graph, { of: 'loss', wrt: ['w'], opset: read.opset });
    const again = GraphBuilder.from(result.graph);
    again.output(again.value(result.gradients['w'] ?? ''), 'dw');
    await compare(again, rounded(feedsFor({ x: { shape: ['n', 2] } }, seeded(SEED))));
  });
});
