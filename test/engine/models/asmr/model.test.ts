// ASMR: the paper's formula worked out number by number, the whole grid against its points, how it starts, and what it costs.
import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../../src/engine/graph/index.js';
import { asmr, createModel, type ModelDefinition } from '../../../../src/engine/models/index.js';
import { exportWholeGrid } from '../../../../src/engine/onnx/model-file.js';
import { decodeModel } from '../../../../src/engine/graph/index.js';
import { evaluate, tensor, type Tensor } from '../../../reference/evaluate.js';
import { relativeError, runOnnx, seeded } from '../../graph/support.js';

const SEED = 512;

/** All points of a grid in [−1, 1], row by row. */
function pointsOf(shape: readonly number[]): number[] {
  const count = shape.reduce((a, b) => a * b, 1);
  return Array.from({ length: count }, (_, i) => {
    let rest = i;
    return shape
      .toReversed()
      .map((points) => {
        const at = rest % points;
        rest = Math.floor(rest / points);
        return (2 * at) / (points - 1) - 1;
      })
      .reverse();
  }).flat();
}

function graphsOf(model: ModelDefinition, inputs: readonly number[]) {
  const start = model.initialise(seeded(SEED));
  const b = new GraphBuilder('asmr', { elementType: 'float64' });
  const parameters = model.parameters.map(({ name, shape }) => b.input(name, shape));
  const each = model.build(b, b.input('x', ['n', model.inputDim]), parameters);
  const whole = model.grid!.build(b, parameters);
  const feeds: Record<string, Tensor> = {
    x: tensor([inputs.length / model.inputDim, model.inputDim], [...inputs]),
  };
  model.parameters.forEach(({ name, shape }, i) => (feeds[name] = tensor(shape, start[i] ?? [])));
  return { b, each, whole, feeds };
}

describe(`ASMR (seed ${SEED})`, () => {
  it('is sin(ω(Wh + b + ωMd)) digit by digit, and a linear head', () => {
    // 12 = 2·2·3 rows, 20 = 2·2·5 columns.
    const model = asmr({ shape: [12, 20], outputDim: 2, bases: '2,2,3x2,2,5', width: 5, omega: 4 });
    const [row, column] = [7, 13];
    const { b, each, feeds } = graphsOf(model, [(2 * row) / 11 - 1, (2 * column) / 19 - 1]);
    // 7 = 1·6 + 0·3 + 1 and 13 = 1·10 + 0·5 + 3; divided by base − 1.
    const digits = [
      [1, 1],
      [0, 0],
      [1 / 2, 3 / 4],
    ];
    const of = (name: string): number[] => [...(feeds[name]?.data ?? [])];
    const times = (weight: number[], h: number[]): number[] =>
      Array.from({ length: weight.length / h.length }, (_, i) =>
        h.reduce((sum, value, k) => sum + value * (weight[i * h.length + k] ?? NaN), 0),
      );
    let h = digits[0] ?? [];
    for (let i = 0; i < 2; i++) {
      const bias = of(`net.${i}.bias`);
      const modulation = times(of(`modulation.${i}.weight`), digits[i + 1] ?? []);
      h = times(of(`net.${i}.weight`), h).map((z, k) =>
        Math.sin(4 * (z + (bias[k] ?? NaN) + 4 * (modulation[k] ?? NaN))),
      );
    }
    const bias = of('net.2.bias');
    const expected = times(of('net.2.weight'), h).map((z, k) => z + (bias[k] ?? NaN));
    expect(relativeError(evaluate(b.graph(), feeds).get(each.name)?.data ?? [], expected)).toBeLessThan(
      1e-13,
    );
  });

  it.each<[readonly number[], string | undefined]>([
    [[30], undefined],
    [[7], '2,4'],
    [[12, 20], '2,2,3x2,2,5'],
    [[11, 13], undefined],
    [[8, 9], '2,1,4x3,3,1'],
    [[5, 6, 7], undefined],
    [[4, 6, 5], '2,2x2,3x1,5'],
  ])('gives a whole grid of %j as its points one by one (bases %s)', (shape, bases) => {
    const model = asmr({ shape, outputDim: 3, bases, width: 6 });
    const { b, each, whole, feeds } = graphsOf(model, pointsOf(shape));
    const results = evaluate(b.graph(), feeds);
    const [one, all] = [each, whole].map(({ name }) => results.get(name));
    expect(all?.shape).toEqual(one?.shape);
    expect(relativeError(all?.data ?? [], one?.data ?? [])).toBeLessThan(1e-12);
  });

  it('gives a large grid, in parts, as its points one by one, within 1e-5 in single precision', async () => {
    const shape = [256, 260];
    const model = asmr({ shape, outputDim: 1, width: 8 });
    const start = model.initialise(seeded(SEED));
    const { graph, opset, metadata } = decodeModel(exportWholeGrid(model, start, { kind: 'image' }));
    expect(metadata).toMatchObject({ kind: 'image' });
    expect(graph.node?.filter(({ opType }) => opType === 'Sin').length).toBeGreaterThan(3);
    const { values } = await runOnnx(graph, {}, opset);
    const b = new GraphBuilder('points');
    const weights = model.parameters.map(({ name, shape: own }, i) =>
      b.initializer(name, start[i] ?? [], own),
    );
    b.output(model.build(b, b.input('x', ['n', 2]), weights), 'values');
    const points = pointsOf(shape);
    const each = await runOnnx(b.graph(), { x: tensor([points.length / 2, 2], points) });
    expect(values?.shape).toEqual([256 * 260, 1]);
    expect(relativeError(values?.data ?? [], each['values']?.data ?? [])).toBeLessThan(1e-5);
  });

  it('finds the digits of every point of long axes, in single precision', async () => {
    const shape = [4099, 2];
    const model = asmr({ shape, outputDim: 1, width: 4, omega: 1, bases: '16,257x1,2' });
    const start = model.initialise(seeded(SEED)).map((values) => values.map((value) => 10 * value));
    const b = new GraphBuilder('points');
    const weights = model.parameters.map(({ name, shape: own }, i) =>
      b.initializer(name, start[i] ?? [], own),
    );
    b.output(model.build(b, b.input('x', ['n', 2]), weights), 'each');
    b.output(model.grid!.build(b, weights), 'whole');
    const points = pointsOf(shape).map(Math.fround);
    const { each, whole } = await runOnnx(b.graph(), { x: tensor([points.length / 2, 2], points) });
    expect(relativeError(whole?.data ?? [], each?.data ?? [])).toBeLessThan(1e-5);
  });

  it('takes the nearest point between points and beyond the border', () => {
    const model = asmr({ shape: [4, 4], outputDim: 1, width: 4, omega: 3 });
    const { b, each, feeds } = graphsOf(model, [-1, 1, -0.8, 0.7, -9, 9]);
    const [first, between, beyond] = evaluate(b.graph(), feeds).get(each.name)?.data ?? [];
    expect(between).toBe(first);
    expect(beyond).toBe(first);
  });

  it("starts in the published ranges, biases too; modulations in PyTorch's", () => {
    const model = asmr({ shape: [64, 64], outputDim: 3, levels: 3, width: 64 });
    const hidden = Math.sqrt(6 / 64) / 30;
    const bounds = [1 / 2, 1 / 2, Math.SQRT1_2, hidden, hidden, Math.SQRT1_2, hidden, hidden];
    expect(model.parameters.map(({ name }) => name)).toEqual([
      ...['net.0.weight', 'net.0.bias', 'modulation.0.weight'],
      ...['net.1.weight', 'net.1.bias', 'modulation.1.weight'],
      ...['net.2.weight', 'net.2.bias'],
    ]);
    model.initialise(seeded(SEED)).forEach((values, i) => {
      const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      expect(largest, model.parameters[i]?.name).toBeLessThanOrEqual(Math.fround(bounds[i] ?? 0));
      if (values.length > 30)
        expect(largest, model.parameters[i]?.name).toBeGreaterThan(0.9 * (bounds[i] ?? 0));
    });
  });

  it('counts the multiplications of a point by itself, and of one in its grid', () => {
    // The published low-MAC setting: 512² grey, width 256.
    const model = asmr({ shape: [512, 512], outputDim: 1, bases: '8,8,8x8,8,8' });
    const one = 2 * 256 + 256 * 256 + 256 + 2 * (2 * 256);
    expect(model.macsPerSample).toBe(one);
    const whole = 64 * 2 * 256 + 64 * 64 * 256 * 256 + 512 * 512 * 256 + 2 * (64 * 2 * 256);
    expect(model.grid?.macsPerSample).toBeCloseTo(whole / 512 ** 2, 9);
    const sirens = createModel('siren', { inputDim: 2, outputDim: 1 }).macsPerSample;
    expect(sirens / (model.grid?.macsPerSample ?? NaN)).toBeGreaterThan(100);
  });

  it('says what it cannot do', () => {
    expect(() => asmr({ shape: [], outputDim: 1 })).toThrow(/inputDim must be an integer of at least 1/);
    expect(() => asmr({ shape: [4, 4, 4, 4], outputDim: 1 })).toThrow(/got a grid of 4×4×4×4 .*one to 3/);
    expect(() => asmr({ shape: [4, 1], outputDim: 1 })).toThrow(/each of at least two points/);
    expect(() => asmr({ shape: [4, 4], outputDim: 1, bases: '2,2x2,2', levels: 3 })).toThrow(
      /with 2 levels, and levels 3; expected them to agree/,
    );
    expect(() => asmr({ shape: [4, 4], outputDim: 1, bases: '2,2;2,2' })).toThrow(
      /bases must be whole numbers/,
    );
  });
});
