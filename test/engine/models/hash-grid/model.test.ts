// The hash grid: its lookup as a graph against the paper's formula, its gradient against central differences, and what
// it refuses.
import { describe, expect, it } from 'vitest';
import { addGradient, GraphBuilder } from '../../../../src/engine/graph/index.js';
import { layOutGrid } from '../../../../src/engine/models/hash-grid/layout.js';
import { hashGrid, type HashGridOptions } from '../../../../src/engine/models/index.js';
import { evaluate, tensor, type Tensor } from '../../../reference/evaluate.js';
import { referenceEncode } from '../../../reference/hash-grid.js';
import { centralDifferences, relativeError, rounded, runOnnx, seeded } from '../../graph/support.js';

const SEED = 311;

const small = {
  outputDim: 2,
  levels: 3,
  log2TableSize: 5,
  baseResolution: 2,
  finestResolution: 7,
  width: 5,
  depth: 2,
  outputBias: 0.25,
} as const satisfies Omit<HashGridOptions, 'inputDim'>;

/** Points inside, on the border and outside. */
function pointsFor(dims: number, random: { float(): number }): number[] {
  const inside = Array.from({ length: 5 * dims }, () => 2 * random.float() - 1);
  return [
    ...inside,
    ...Array<number>(dims).fill(-1),
    ...Array<number>(dims).fill(1),
    ...Array<number>(dims).fill(1.5),
  ];
}

/** The model with all its parameters as inputs, and numbers for them that are large enough to count. */
function parts(options: HashGridOptions, elementType: 'float32' | 'float64') {
  const model = hashGrid(options);
  const random = seeded(SEED);
  const b = new GraphBuilder('grid', { elementType, opset: model.opset ?? 0 });
  const x = b.input('x', ['n', model.inputDim]);
  const parameters = model.parameters.map(({ name, shape }) => b.input(name, shape));
  const y = model.build(b, x, parameters);
  const points = pointsFor(model.inputDim, random);
  const feeds: Record<string, Tensor> = {
    x: tensor([points.length / model.inputDim, model.inputDim], points),
  };
  for (const { name, shape, count } of model.parameters) {
    feeds[name] = tensor(
      shape,
      Array.from({ length: count }, () => 2 * random.float() - 1),
    );
  }
  return { model, b, x, y, parameters, feeds, points };
}

const kinds: [string, HashGridOptions][] = [
  ['2 axes', { ...small, inputDim: 2 }],
  ['3 axes', { ...small, inputDim: 3 }],
  ['3 axes, all levels hashed', { ...small, inputDim: 3, log2TableSize: 3 }],
  ['2 axes, none hashed', { ...small, inputDim: 2, log2TableSize: 7 }],
  [
    'one level, three numbers, one layer, no bias',
    {
      ...small,
      inputDim: 3,
      levels: 1,
      featuresPerLevel: 3,
      finestResolution: 2,
      depth: 1,
      outputBias: false,
    },
  ],
];

describe(`a hash grid as a graph (seed ${SEED})`, () => {
  it.each(kinds)('computes what the paper says: %s', (_, options) => {
    const { model, b, y, feeds, points } = parts(options, 'float64');
    const { levels = 0, featuresPerLevel: features = 2, depth: layers = 2 } = options;
    const grid = { ...small, levels, features, dims: options.inputDim, ...options };
    const encoded = referenceEncode(grid, feeds['grid.table']?.data ?? [], points);
    const width = levels * features;
    const expected: number[] = [];
    for (let i = 0; i < points.length / options.inputDim; i++) {
      let h = Array.from(encoded.subarray(i * width, (i + 1) * width));
      for (let layer = 0; layer <= layers; layer++) {
        const { data = new Float64Array(), shape: [out = 0] = [] } = feeds[`net.${layer}.weight`] ?? {};
        const bias = feeds[`net.${layer}.bias`]?.data;
        const input = h;
        h = Array.from({ length: out }, (_, row) =>
          input.reduce((sum, v, k) => sum + v * (data[row * input.length + k] ?? 0), bias?.[row] ?? 0),
        );
        if (layer < layers) h = h.map((v) => Math.max(0, v));
      }
      expected.push(...h);
    }
    expect(y.shape).toEqual(['n', model.outputDim]);
    expect(relativeError(evaluate(b.graph(), feeds).get(y.name)?.data ?? [], expected)).toBeLessThan(1e-6);
  });

  it.each(kinds)('has the gradient of central differences: %s', (_, options) => {
    const { b, y, parameters, feeds } = parts(options, 'float64');
    const loss = b.reduceMean(b.mul(y, y), undefined, false);
    const gradients = addGradient(b, { of: loss, wrt: parameters });
    const results = evaluate(b.graph(), feeds);
    for (const [i, { name }] of parameters.entries()) {
      const expected = centralDifferences(b.graph(), feeds, loss.name, name);
      const found = results.get(gradients[i]?.name ?? '')?.data ?? [];
      expect(relativeError(found, expected, 1e-3), name).toBeLessThan(1e-6);
    }
  });

  it('has the gradient by the inputs of central differences, off the borders of cells', () => {
    const { b, x, y, feeds } = parts({ ...small, inputDim: 3 }, 'float64');
    const loss = b.reduceSum(y, undefined, false);
    const [dx] = addGradient(b, { of: loss, wrt: [x] });
    const inside = {
      ...feeds,
      x: tensor([3, 3], [0.123, -0.417, 0.77, -0.91, 0.333, 0.05, 0.61, 0.59, -0.283]),
    };
    const found = evaluate(b.graph(), inside).get(dx.name)?.data ?? [];
    const expected = centralDifferences(b.graph(), inside, loss.name, 'x', 1e-6);
    expect(relativeError(found, expected, 1e-3)).toBeLessThan(1e-6);
  });

  it.each(kinds)('gives the same in ONNX Runtime, gradient and all: %s', async (_, options) => {
    const { b, y, parameters, feeds } = parts(options, 'float32');
    const loss = b.reduceMean(b.mul(y, y), undefined, false);
    b.output(y, 'y');
    addGradient(b, { of: loss, wrt: parameters }).forEach((g, i) => b.output(g, `d ${parameters[i]?.name}`));
    const given = rounded(feeds);
    const expected = evaluate(b.graph(), given);
    const results = await runOnnx(b.graph(), given, b.opset);
    for (const [name, { data }] of Object.entries(results)) {
      expect(relativeError(data, expected.get(name)?.data ?? [], 1e-3), name).toBeLessThan(2e-5);
    }
  });
});

describe('hashGrid', () => {
  it('has the published shape', () => {
    const model = hashGrid({
      inputDim: 3,
      outputDim: 1,
      levels: 16,
      log2TableSize: 19,
      finestResolution: 2048,
    });
    const table = model.parameters[0];
    expect(table?.name).toBe('grid.table');
    // Sec. 4: T = 2¹⁹, L = 16, F = 2: about 12.6 million numbers, since coarse levels have fewer rows than T.
    expect(table?.count).toBeGreaterThan(12.1e6);
    expect(table?.count).toBeLessThan(13e6);
    expect(model.parameters.slice(1).map(({ name, shape }) => [name, ...shape])).toEqual([
      ['net.0.weight', 64, 32],
      ['net.1.weight', 64, 64],
      ['net.2.weight', 1, 64],
      ['net.2.bias', 1],
    ]);
    expect(hashGrid({ inputDim: 3, outputDim: 1, ...model.settings }).settings).toEqual(model.settings);
  });

  it('lays levels out one after the other, the last corner of the border included', () => {
    for (const dims of [2, 3]) {
      const shape = {
        dims,
        features: 2,
        levels: 11,
        log2TableSize: 12,
        baseResolution: 3,
        perLevelScale: 1.61,
      };
      const layout = layOutGrid(shape);
      let rows = 0;
      for (const { first, rows: own, scale, side, hashed } of layout.levels) {
        expect(first).toBe(rows);
        expect(first % 8).toBe(0);
        expect(Math.fround(scale)).toBe(scale);
        expect(Math.floor(Math.fround(scale + 0.5)) + 1).toBeLessThan(side);
        expect(own).toBe(hashed ? 4096 : Math.ceil(side ** dims / 8) * 8);
        rows += own;
      }
      expect(layout.rows).toBe(rows);
      expect(layout.levels.map(({ hashed }) => hashed)).toContain(false);
      expect(layout.levels.at(-1)?.hashed).toBe(true);
    }
  });

  it(`starts with small numbers in the table and Glorot's range in the network (seed ${SEED})`, () => {
    const model = hashGrid({ inputDim: 2, outputDim: 3, outputBias: 0.5 });
    const [table = [], first = [], second = [], last = [], bias = []] = model.initialise(seeded(SEED));
    const largest = (values: ArrayLike<number>): number =>
      Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    for (const [values, bound] of [
      [table, 1e-4],
      [first, Math.sqrt(6 / (24 + 64))],
      [second, Math.sqrt(6 / 128)],
      [last, Math.sqrt(6 / 67)],
    ] as const) {
      expect(largest(values)).toBeLessThanOrEqual(Math.fround(bound));
      expect(largest(values)).toBeGreaterThan(0.9 * bound);
    }
    expect(Array.from(bias)).toEqual([0.5, 0.5, 0.5]);
  });

  it('says which setting is wrong', () => {
    const make = (options: Partial<HashGridOptions>) => () =>
      hashGrid({ inputDim: 3, outputDim: 1, ...options });
    expect(make({ inputDim: 4 })).toThrow('inputDim must be an integer from 2 to 3, got 4');
    expect(make({ levels: 0 })).toThrow('levels must be an integer from 1 to 64, got 0');
    expect(make({ log2TableSize: 2 })).toThrow(/log2TableSize must be an integer from 3 to 24, got 2/);
    expect(make({ depth: 3 })).toThrow(/depth must be an integer from 1 to 2, got 3/);
    expect(make({ baseResolution: 32, finestResolution: 16 })).toThrow(
      /finestResolution must be .* from 32 to .* got 16/,
    );
    expect(make({ perLevelScale: 0.5 })).toThrow(/perLevelScale must be a number of at least 1, got 0.5/);
    expect(make({ perLevelScale: 4 })).toThrow(/perLevelScale 4 makes .* cells on the finest level/);
    expect(make({ perLevelScale: 1.5, finestResolution: 64 })).toThrow(/expected one of them/);
    expect(make({ outputBias: Number.NaN })).toThrow(/outputBias must be a number, got NaN/);
    const b = new GraphBuilder('short', { opset: 18 });
    const model = hashGrid({ inputDim: 3, outputDim: 1 });
    expect(() => model.build(b, b.input('x', ['n', 3]), [])).toThrow(/expected 5 parameter values, got 0/);
    const old = new GraphBuilder('old');
    const values = model.parameters.map(({ name, shape }) => old.input(name, shape));
    expect(() => model.build(old, old.input('x', ['n', 3]), values)).toThrow(
      /needs operator set 18, this graph has 17/,
    );
  });
});
