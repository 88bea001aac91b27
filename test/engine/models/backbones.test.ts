// The suite over all backbones that are networks of coordinates: the gradient of every parameter against central differences
// in double precision, parameters that depend on the seed alone, and the exported model against the graph's own meaning.
import { describe, expect, it } from 'vitest';
import { addGradient, decodeModel, GraphBuilder } from '../../../src/engine/graph/index.js';
import { backbones, createModel, type ModelDefinition } from '../../../src/engine/models/index.js';
import { exportModel, modelPorts } from '../../../src/engine/onnx/model-file.js';
import { evaluate, tensor, type Tensor } from '../../reference/evaluate.js';
import { centralDifferences, relativeError, rounded, runOnnx, seeded } from '../graph/support.js';
import { shapeOf, smallest } from './small.js';

const SEED = 2024;
const samples = 5;

/** Numbers in [−bound, bound]. */
function numbers(count: number, bound: number, seed = SEED): Float64Array {
  const random = seeded(seed);
  return Float64Array.from({ length: count }, () => bound * (2 * random.float() - 1));
}

/** A model's loss in double precision: the mean square of what it gives, less a half. */
function lossOf(model: ModelDefinition) {
  const b = new GraphBuilder(model.kind, {
    elementType: 'float64',
    ...(model.opset === undefined ? {} : { opset: model.opset }),
  });
  const x = b.input('x', ['n', model.inputDim]);
  const parameters = model.parameters.map(({ name, shape }) => b.input(name, shape));
  const y = model.build(b, x, parameters);
  const difference = b.sub(y, 0.5);
  const loss = b.reduceMean(b.mul(difference, difference), undefined, false);
  return { b, y, parameters, loss };
}

/** Small, and with slopes steep enough for differences. */
const gentle = (settings: object): Readonly<Record<string, unknown>> => ({
  ...smallest(settings),
  ...('sigma' in settings ? { sigma: 2 } : {}),
});

const named = backbones()
  .filter((backbone) => backbone.create !== undefined)
  .flatMap(({ name, settings }) =>
    [2, 3].map((inputDim) => ({
      name,
      inputDim,
      make: () => createModel(name, { inputDim, outputDim: 2, shape: shapeOf(inputDim) }, gentle(settings)),
    })),
  );

describe.each(named)(`the backbone $name of $inputDim inputs (seed ${SEED})`, ({ make, inputDim }) => {
  const model = make();
  const x = tensor([samples, inputDim], numbers(samples * inputDim, 0.95));

  it('has the gradient of central differences by every parameter', () => {
    const { b, parameters, loss } = lossOf(model);
    const gradients = addGradient(b, { of: loss, wrt: parameters });
    const feeds: Record<string, Tensor> = { x };
    model.parameters.forEach(({ name, shape, count }, i) => {
      feeds[name] = tensor(shape, numbers(count, 0.5, SEED + i));
    });
    const results = evaluate(b.graph(), feeds);
    for (const [i, { name }] of model.parameters.entries()) {
      const expected = centralDifferences(b.graph(), feeds, loss.name, name, 1e-6);
      const found = results.get(gradients[i]?.name ?? '')?.data ?? [];
      expect(relativeError(found, expected), name).toBeLessThan(1e-6);
      expect(Math.max(...found.map(Math.abs)), name).toBeGreaterThan(0);
    }
  });

  it('starts from what the seed says, in the shapes that it names', () => {
    const start = model.initialise(seeded(SEED));
    expect(start.map(({ length }) => length)).toEqual(model.parameters.map(({ count }) => count));
    for (const { shape, count } of model.parameters) expect(count).toBe(shape.reduce((a, c) => a * c, 1));
    expect(new Set(model.parameters.map(({ name }) => name)).size).toBe(start.length);
    expect(model.parameterCount).toBe(start.reduce((sum, { length }) => sum + length, 0));
    expect(make().initialise(seeded(SEED))).toEqual(start);
    expect(make().initialise(seeded(SEED + 1))).not.toEqual(start);
  });

  it('is exported as it is trained', async () => {
    const start = model.initialise(seeded(SEED));
    const { graph, opset } = decodeModel(exportModel(model, start, {}));
    const inputs = rounded({ [modelPorts.input]: x });
    const wanted = evaluate(graph, inputs).get(modelPorts.output)?.data ?? [];
    const { [modelPorts.output]: got } = await runOnnx(graph, inputs, opset);
    expect(got?.shape).toEqual([samples, 2]);
    expect(relativeError(got?.data ?? [], wanted, 1)).toBeLessThan(1e-5);
  });

  it('says how many parameter values it expects', () => {
    const b = new GraphBuilder('short', model.opset === undefined ? {} : { opset: model.opset });
    expect(() => model.build(b, b.input('x', ['n', inputDim]), [])).toThrow(
      `expected ${model.parameters.length} parameter values, got 0`,
    );
  });
});
