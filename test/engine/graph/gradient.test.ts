// Every operator's gradient against central differences in double precision, under losses that send back a dense
// gradient, one number for all, one number per row, and one that depends on the output.
import { describe, expect, it } from 'vitest';
import {
  addGradient,
  differentiableOperators,
  GraphBuilder,
  gradient,
  supportedOperators,
  type Value,
} from '../../../src/engine/graph/index.js';
import { evaluate, tensor } from '../../reference/evaluate.js';
import { CASES, declare, feedsFor, SIZES, type OperatorCase } from './cases.js';
import { centralDifferences, relativeError, seeded } from './support.js';

const SEED = 3407;

type Loss = (b: GraphBuilder, y: Value) => Value;

const LOSSES: Readonly<Record<string, Loss>> = {
  'a weighted sum': (b, y) => {
    const weights = weightsFor(y.shape.map((dim) => (typeof dim === 'number' ? dim : sizeBehind(dim))));
    const shape = y.shape.map((dim) => (typeof dim === 'number' ? dim : sizeBehind(dim)));
    return b.reduceSum(
      b.mul(
        y,
        b.reshape(b.initializer('weights', weights, [weights.length]), shape.length === 0 ? [] : y.shape),
      ),
      undefined,
      false,
    );
  },
  'a plain mean': (b, y) => b.reduceMean(y, undefined, false),
  'a mean of squares': (b, y) => b.reduceMean(b.mul(y, y)),
  'squared row sums': (b, y) => {
    const rows = y.shape.length === 0 ? y : b.reduceSum(y, [-1]);
    return b.reduceSum(b.mul(rows, rows), undefined, false);
  },
};

/** The number behind a symbolic size. */
function sizeBehind(dim: string): number {
  const value = dim.replace(/[nm]/g, (name) => String(SIZES[name]));
  return value
    .split(/(?=[+-])/)
    .reduce((sum, term) => sum + term.split('*').reduce((product, factor) => product * Number(factor), 1), 0);
}

function weightsFor(shape: readonly number[]): number[] {
  const random = seeded(SEED + shape.length);
  return Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 0.5 + random.float());
}

function check(entry: OperatorCase, loss: Loss): void {
  const b = new GraphBuilder('case', { elementType: 'float64' });
  const values = declare(b, entry.operands);
  const wrt = Object.values(values).filter(({ type }) => type === 'float64');
  const y = loss(b, entry.build(b, values));
  const gradients = addGradient(b, { of: y, wrt });
  const feeds = feedsFor(entry.operands, seeded(SEED));
  const graph = b.graph();
  const results = evaluate(graph, feeds);
  for (const [i, { name, shape }] of wrt.entries()) {
    const found = results.get(gradients[i]?.name ?? '');
    expect(found?.shape, `shape of the gradient by ${name} [${shape.join()}]`).toEqual(feeds[name]?.shape);
    const expected = centralDifferences(graph, feeds, y.name, name);
    expect(
      relativeError(found?.data ?? [], expected, 1e-3),
      `gradient by ${name}, seed ${SEED}`,
    ).toBeLessThan(1e-6);
  }
}

describe(`gradients against central differences (seed ${SEED})`, () => {
  for (const entry of CASES.filter(({ forwardOnly }) => !forwardOnly)) {
    it.each(Object.entries(LOSSES))(`${entry.op}: ${entry.name}, under %s`, (_, loss) => check(entry, loss));
  }

  it('covers every operator that has a gradient', () => {
    const zero = ['Ceil', 'ConstantOfShape', 'Floor', 'Round', 'Shape', 'Sign', 'Size'];
    const covered = new Set(CASES.filter(({ forwardOnly }) => !forwardOnly).map(({ op }) => op));
    expect(differentiableOperators.filter((op) => !covered.has(op))).toEqual(zero);
    expect(supportedOperators.filter((op) => !CASES.some((entry) => entry.op === op))).toEqual([]);
  });
});

describe('gradient conventions', () => {
  function slopeAt(points: readonly number[], build: (b: GraphBuilder, x: Value) => Value): number[] {
    const b = new GraphBuilder('points', { elementType: 'float64' });
    const x = b.input('x', ['n']);
    const [dx] = addGradient(b, { of: b.reduceSum(build(b, x), undefined, false), wrt: [x] });
    return Array.from(
      evaluate(b.graph(), { x: tensor([points.length], points) }).get(dx?.name ?? '')?.data ?? [],
    );
  }

  it('passes at the bounds of Clip and not beyond, as PyTorch does', () => {
    expect(slopeAt([-2, -1, 0, 1, 2], (b, x) => b.clip(x, -1, 1))).toEqual([0, 1, 1, 1, 0]);
  });

  it('shares the gradient of Max among equals', () => {
    expect(slopeAt([-1, 0, 2], (b, x) => b.max(x, 0))).toEqual([0, 0.5, 1]);
  });

  it('gives Relu and Abs the slope 0 at 0', () => {
    expect(slopeAt([-1, 0, 2], (b, x) => b.relu(x))).toEqual([0, 0, 1]);
    expect(slopeAt([-1, 0, 2], (b, x) => b.abs(x))).toEqual([-1, 0, 1]);
  });

  it('lets no gradient through Floor, so that x − ⌊x⌋ has slope 1', () => {
    expect(slopeAt([-1.5, 0.25], (b, x) => b.sub(x, b.floor(x)))).toEqual([1, 1]);
  });

  it.each([
    ['fill it', [0, 1], [1, 4], 0],
    ['fill it, in no order', [3, 0, 1], [4, 1, 3], 0],
    ['overlap', [0, 1], [3, 4], 2],
    ['leave a gap', [0, 2], [1, 4], 2],
    ['begin late', [1, 2], [2, 4], 2],
    ['end early', [0, 1], [1, 3], 2],
  ])('adds the gradients of slices up that %s, and pads only what must be', (_, starts, ends, pads) => {
    const b = new GraphBuilder('slices', { elementType: 'float64' });
    const x = b.input('x', ['n', 4]);
    const parts = starts.map((start, i) => b.slice(x, [start], [ends[i]!], [1]));
    const sums = parts.map((part, i) => b.reduceSum(b.mul(part, 10 ** i), undefined, false));
    const [dx] = addGradient(b, { of: sums.reduce((sum, part) => b.add(sum, part)), wrt: [x] });
    const found = evaluate(b.graph(), { x: tensor([1, 4], [1, 2, 3, 4]) }).get(dx?.name ?? '');
    const wanted = [0, 1, 2, 3].map((column) =>
      starts.reduce((sum, start, i) => sum + (column >= start && column < ends[i]! ? 10 ** i : 0), 0),
    );
    expect([...(found?.data ?? [])]).toEqual(wanted);
    expect(b.entries.filter(({ node }) => node.op === 'Pad')).toHaveLength(pads);
  });

  it('has slope 0 in the exponent of 0', () => {
    expect(slopeAt([1, 2], (b, x) => b.pow(b.scalar(0), x))).toEqual([0, 0]);
  });
});

describe('gradient of a finished graph', () => {
  function forward(): GraphBuilder {
    const b = new GraphBuilder('forward', { elementType: 'float64' });
    const x = b.input('x', ['n', 2]);
    const w = b.input('w', [3, 2]);
    b.input('unused', [2]);
    const h = b.identity(b.sin(b.gemm(x, w, undefined, { transB: true, alpha: 2 })), 'h');
    b.output(b.reduceMean(b.mul(h, h), undefined, false), 'loss');
    return b;
  }

  it('leaves the graph as it was and adds the backward pass', () => {
    const graph = forward().graph();
    const nodes = graph.node?.length ?? 0;
    const result = gradient(graph, { of: 'loss', wrt: ['w', 'h'], elementType: 'float64' });
    expect(graph.node?.length).toBe(nodes);
    expect(result.graph.node?.slice(0, nodes)).toEqual(graph.node);
    const random = seeded(SEED);
    const feeds = feedsFor({ x: { shape: ['n', 2] }, w: { shape: [3, 2] } }, random);
    const values = evaluate(result.graph, feeds);
    const dw = values.get(result.gradients['w'] ?? '');
    expect(relativeError(dw?.data ?? [], centralDifferences(graph, feeds, 'loss', 'w'))).toBeLessThan(1e-6);
    const h = values.get('h');
    expect(Array.from(values.get(result.gradients['h'] ?? '')?.data ?? [])).toEqual(
      Array.from(h?.data ?? [], (y) => y * (2 / 12)),
    );
  });

  it('visits only what lies between the wanted values and the loss', () => {
    const graph = forward().graph();
    const toInput = gradient(graph, { of: 'loss', wrt: ['h'] }).graph.node ?? [];
    expect(toInput.filter(({ opType }) => opType === 'Gemm' || opType === 'Cos')).toHaveLength(1);
  });

  it('writes a layer without transpositions: dX, dW as Gemm, db as a sum', () => {
    const b = new GraphBuilder('layer');
    const [x, w, c] = [b.input('x', ['n', 4]), b.input('w', [5, 4]), b.input('c', [5])];
    const y = b.sin(b.gemm(x, w, c, { alpha: 30, beta: 30, transB: true }));
    const before = b.entries.length;
    addGradient(b, { of: b.reduceSum(b.mul(y, y), undefined, false), wrt: [x, w, c] });
    const added = b.entries.slice(before + 2).map(({ node }) => [node.op, { ...node.attributes }]);
    expect(added.filter(([op]) => op === 'Gemm')).toEqual([
      ['Gemm', { alpha: 30 }],
      ['Gemm', { alpha: 30, transA: 1 }],
    ]);
    expect(added.map(([op]) => op)).not.toContain('Transpose');
  });

  it('names what is wrong', () => {
    const graph = forward().graph();
    expect(() => gradient(graph, { of: 'h', wrt: ['w'] })).toThrow(
      /loss "h" must be a scalar, got shape \[n, 3\]/,
    );
    expect(() => gradient(graph, { of: 'loss', wrt: ['unused'] })).toThrow(
      /"loss" does not depend on "unused"/,
    );
    expect(() => gradient(graph, { of: 'loss', wrt: ['missing'] })).toThrow(
      /has no value "missing"; its inputs are x, w, unused/,
    );
  });

  it('names an operator without a gradient and an input without one', () => {
    const b = new GraphBuilder('max');
    const x = b.input('x', ['n', 2]);
    const top = b.op('ReduceMax', [x], { keepdims: 0 });
    expect(() => addGradient(b, { of: top, wrt: [x] })).toThrow(
      /ReduceMax node "ReduceMax_0": the operator has no gradient/,
    );
    const bound = b.input('bound', []);
    const clipped = b.reduceSum(b.op('Clip', [x, bound]));
    expect(() => addGradient(b, { of: clipped, wrt: [bound] })).toThrow(
      /no gradient with respect to input "bound"/,
    );
    const floor = b.reduceSum(b.floor(x));
    expect(() => addGradient(b, { of: floor, wrt: [x] })).toThrow(
      /does not depend on "x" in a way that has a gradient/,
    );
    const whole = b.input('whole', [], 'int64');
    expect(() => addGradient(b, { of: whole, wrt: [x] })).toThrow(/"whole" is of type int64/);
  });
});

describe(`second derivatives (seed ${SEED})`, () => {
  it('matches central differences of the first: an eikonal term of a small sine network', () => {
    const b = new GraphBuilder('eikonal', { elementType: 'float64' });
    const x = b.input('x', ['n', 3]);
    const parameters = [
      b.input('w0', [6, 3]),
      b.input('b0', [6]),
      b.input('w1', [6, 6]),
      b.input('b1', [6]),
      b.input('w2', [1, 6]),
    ] as const;
    const [w0, b0, w1, b1, w2] = parameters;
    const h0 = b.sin(b.gemm(x, w0, b0, { alpha: 3, beta: 3, transB: true }));
    const h1 = b.softplus(b.gemm(h0, w1, b1, { transB: true }));
    const distance = b.gemm(h1, w2, undefined, { transB: true });
    const [dx] = addGradient(b, { of: b.reduceSum(distance, undefined, false), wrt: [x] });
    if (dx === undefined) throw new Error('no gradient');
    const length = b.sqrt(b.reduceSum(b.mul(dx, dx), [1]));
    const deviation = b.sub(length, 1);
    const loss = b.reduceMean(b.mul(deviation, deviation), undefined, false);
    const gradients = addGradient(b, { of: loss, wrt: [x, w0, b0, w1, b1, w2] });
    const feeds = feedsFor(
      {
        x: { shape: ['n', 3] },
        w0: { shape: [6, 3] },
        b0: { shape: [6] },
        w1: { shape: [6, 6] },
        b1: { shape: [6] },
        w2: { shape: [1, 6] },
      },
      seeded(SEED),
    );
    const results = evaluate(b.graph(), feeds);
    for (const [i, name] of ['x', 'w0', 'b0', 'w1', 'b1', 'w2'].entries()) {
      const found = results.get(gradients[i]?.name ?? '')?.data ?? [];
      expect(relativeError(found, centralDifferences(b.graph(), feeds, loss.name, name)), name).toBeLessThan(
        1e-6,
      );
    }
  });

  const smooth = CASES.filter(({ name, forwardOnly }) => !forwardOnly && name !== 'constant exponent 0');
  it.each(smooth.map((entry): [string, OperatorCase] => [`${entry.op}: ${entry.name}`, entry]))(
    '%s',
    (_, entry) => {
      const b = new GraphBuilder('case', { elementType: 'float64' });
      const values = declare(b, entry.operands);
      const wrt = Object.values(values).filter(({ type }) => type === 'float64');
      const y = entry.build(b, values);
      const first = addGradient(b, { of: b.reduceSum(b.mul(b.mul(y, y), y), undefined, false), wrt });
      const squares = first.map((g) => b.reduceSum(b.mul(g, g), undefined, false));
      const loss = squares.reduce((a, c) => b.add(a, c));
      const second = addGradient(b, { of: loss, wrt });
      const feeds = feedsFor(entry.operands, seeded(SEED));
      const results = evaluate(b.graph(), feeds);
      for (const [i, { name }] of wrt.entries()) {
        const found = results.get(second[i]?.name ?? '')?.data ?? [];
        const expected = centralDifferences(b.graph(), feeds, loss.name, name);
        expect(
          relativeError(found, expected, 1e-2),
          `second derivative by ${name}, seed ${SEED}`,
        ).toBeLessThan(1e-5);
      }
    },
  );
});
