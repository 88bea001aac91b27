// Losses and the eikonal term: their formulas, their gradients against central differences, and the trainer with each
// of them against the step's graph in double precision.
import { batchOf } from '../trainer-contract.js';
import { afterEach, describe, expect, it } from 'vitest';
import { createRandom, type Batch } from 'evos';
import * as engine from 'evos/engine';
import type { EngineTrainer, TrainerOptions } from 'evos/engine';
import { addGradient, decodeModel, GraphBuilder } from '../../../src/engine/graph/index.js';
import { eikonalTerms, lossTerms, type LossOptions } from '../../../src/engine/models/loss.js';
import { siren } from '../../../src/engine/models/index.js';
import { cutAtSines } from '../../../src/engine/onnx/stages.js';
import { stepGraph } from '../onnx/graphs.js';
import { largestDifference } from '../../parity/difference.js';
import { evaluate, tensor, type Tensor } from '../../reference/evaluate.js';
import { centralDifferences, relativeError, seeded } from '../graph/support.js';

const SEED = 1212;
const small = { inputDim: 3, outputDim: 1, width: 8, depth: 1, omega: 5 } as const;
const adam = { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-4 };

/** Predictions and targets on either side of ±0.3, none where a slope jumps. */
const predicted = [0.1, -0.2, 0.5, 0.25, -0.7, 0.4, 0.05, -0.45];
const wanted = [0.15, 0.1, 0.2, 0.6, -0.9, -0.1, 0, 0.35];

const losses: [string, LossOptions, (p: number, t: number) => number][] = [
  ['squared', {}, (p, t) => (p - t) ** 2],
  ['l1', { loss: 'l1' }, (p, t) => Math.abs(p - t)],
  ['mape', { loss: 'mape' }, (p, t) => Math.abs(p - t) / (Math.abs(t) + 0.01)],
];
const hold = (x: number): number => Math.min(0.3, Math.max(-0.3, x));
const cases = losses.flatMap(([name, options, formula]): typeof losses => [
  [name, options, formula],
  [`${name}, truncated`, { ...options, truncate: 0.3 }, (p, t) => formula(hold(p), hold(t))],
]);

describe('losses', () => {
  it.each(cases)('%s', (_, options, formula) => {
    const b = new GraphBuilder('loss', { elementType: 'float64' });
    const p = b.input('p', ['n', 1]);
    const { residual, terms } = lossTerms(b, p, b.input('t', ['n', 1]), options);
    const loss = b.reduceSum(terms, undefined, false);
    const [dp] = addGradient(b, { of: loss, wrt: [p] });
    const feeds = { p: tensor([8, 1], predicted), t: tensor([8, 1], wanted) };
    const results = evaluate(b.graph(), feeds);
    const expected = predicted.map((value, i) => formula(value, wanted[i] ?? 0));
    expect(relativeError(results.get(terms.name)?.data ?? [], expected)).toBeLessThan(1e-12);
    // What errors are told from: its square or its magnitude is the term.
    const residuals = Array.from(results.get(residual.name)?.data ?? []);
    const power = options.loss === undefined ? 2 : 1;
    expect(
      relativeError(
        residuals.map((r) => Math.abs(r) ** power),
        expected,
      ),
    ).toBeLessThan(1e-12);
    const found = results.get(dp.name)?.data ?? [];
    expect(relativeError(found, centralDifferences(b.graph(), feeds, loss.name, 'p'))).toBeLessThan(1e-8);
    if (options.truncate === undefined) return;
    predicted.forEach((value, i) => expect(found[i] === 0).toBe(Math.abs(value) > 0.3));
  });

  it('leaves the graph of the squared loss as it is', () => {
    const model = siren({ inputDim: 3, outputDim: 1, width: 8, depth: 1 });
    const plain = stepGraph(model, adam);
    expect(stepGraph(model, adam, { loss: { loss: 'squared', eikonal: 0 } })).toEqual(plain);
    expect(stepGraph(model, adam, { loss: { loss: 'l1' } })).not.toEqual(plain);
  });
});

describe(`the eikonal term (seed ${SEED})`, () => {
  const model = siren({ inputDim: 3, outputDim: 1, width: 6, depth: 1, omega: 5 });

  function parts() {
    const b = new GraphBuilder('eikonal', { elementType: 'float64' });
    const x = b.input('x', ['n', 3]);
    const parameters = model.parameters.map(({ name, shape }) => b.input(name, shape));
    const y = model.build(b, x, parameters);
    const terms = eikonalTerms(b, x, y);
    const random = seeded(SEED);
    const values = model.initialise(random);
    const feeds: Record<string, Tensor> = {
      x: tensor(
        [4, 3],
        Array.from({ length: 12 }, () => 2 * random.float() - 1),
      ),
    };
    model.parameters.forEach(({ name, shape }, i) => (feeds[name] = tensor(shape, values[i] ?? [])));
    return { b, y, terms, parameters, feeds };
  }

  it('is (|∇f| − 1)² at each sample', () => {
    const { b, y, terms, feeds } = parts();
    expect(terms.shape).toEqual(['n', 1]);
    const found = evaluate(b.graph(), feeds).get(terms.name)?.data ?? [];
    const sum = b.reduceSum(y, undefined, false);
    const slopes = centralDifferences(b.graph(), feeds, sum.name, 'x', 1e-6);
    const expected = Array.from(
      { length: 4 },
      (_, i) => (Math.hypot(...slopes.subarray(3 * i, 3 * i + 3)) - 1) ** 2,
    );
    expect(relativeError(found, expected)).toBeLessThan(1e-7);
  });

  it('has the gradient of central differences by every parameter it depends on', () => {
    const { b, terms, parameters, feeds } = parts();
    const loss = b.reduceMean(terms, undefined, false);
    // The outputs' bias does not change a slope.
    const wrt = parameters.slice(0, -1);
    const gradients = addGradient(b, { of: loss, wrt });
    const results = evaluate(b.graph(), feeds);
    for (const [i, { name }] of wrt.entries()) {
      const expected = centralDifferences(b.graph(), feeds, loss.name, name, 1e-6);
      expect(relativeError(results.get(gradients[i]?.name ?? '')?.data ?? [], expected), name).toBeLessThan(
        1e-6,
      );
    }
  });

  it('leaves no sine to ONNX Runtime', () => {
    const deep = siren({ inputDim: 3, outputDim: 1, width: 8, depth: 2 });
    const stages = cutAtSines(stepGraph(deep, adam, { loss: { eikonal: 0.1 } }));
    expect(stages.map(({ cuts }) => cuts.length)).toEqual([1, 1, 1, 0]);
    for (const { cuts } of stages) for (const { product } of cuts) expect(product).toBeDefined();
    const operators = stages.flatMap(({ model: bytes }) =>
      bytes === undefined ? [] : (decodeModel(bytes).graph.node ?? []),
    );
    expect(operators.filter(({ opType }) => opType === 'Sin' || opType === 'Cos')).toEqual([]);
  });
});

const open: EngineTrainer[] = [];
afterEach(async () => {
  for (const trainer of open.splice(0)) await trainer.dispose();
});

function makeTrainer(options: Partial<TrainerOptions>): EngineTrainer {
  const trainer = engine.createTrainer({
    model: engine.siren(small),
    adam,
    seed: SEED,
    device: 'cpu',
    workers: 1,
    ...options,
  });
  open.push(trainer);
  return trainer;
}

/** Points around a sphere of radius ½ and their distances to it. */
function sphere(seed: number, size: number): Batch {
  const random = createRandom(seed);
  const inputs = Float32Array.from({ length: 3 * size }, () => 2 * random.float() - 1);
  const targets = Float32Array.from({ length: size }, (_, i) => {
    const [x = 0, y = 0, z = 0] = inputs.subarray(3 * i, 3 * i + 3);
    return Math.hypot(x, y, z) - 0.5;
  });
  return batchOf(inputs, targets, size);
}

/** A step of the whole batch, in double precision. */
function referenceStep(
  trainer: EngineTrainer,
  options: LossOptions,
  state: Record<string, Tensor>,
  { inputs, targets, size }: Batch,
  t: number,
): number {
  const graph = decodeModel(stepGraph(siren(small), adam, { pass: 'update', loss: options })).graph;
  const feeds: Record<string, Tensor> = {
    ...state,
    inputs: tensor([size, 3], inputs),
    targets: tensor([size, 1], targets),
    error_scale: tensor([], [1 / size]),
    step_size: tensor([], [adam.learningRate / (1 - adam.beta1 ** t)]),
    sqrt_bias_correction_2: tensor([], [Math.sqrt(1 - adam.beta2 ** t)]),
  };
  const results = evaluate(graph, feeds);
  for (const { name } of trainer.model.parameters) {
    for (const key of [name, `m/${name}`, `v/${name}`]) {
      const next = results.get(`next/${key}`);
      if (next !== undefined) state[key] = next;
    }
  }
  return results.get('loss')?.data[0] ?? Number.NaN;
}

describe(`training with a loss (seed ${SEED})`, () => {
  const options: LossOptions[] = [
    { loss: 'l1' },
    { loss: 'mape', truncate: 0.2 },
    { eikonal: 0.3 },
    { loss: 'l1', truncate: 0.4, eikonal: 0.1 },
  ];
  it.each(options.map((entry): [string, LossOptions] => [JSON.stringify(entry), entry]))(
    '%s',
    async (_, entry) => {
      const trainer = makeTrainer({ ...entry, workers: 2, microBatch: 9 });
      const state: Record<string, Tensor> = {};
      for (const { name, shape, data } of await trainer.parameters()) {
        state[name] = tensor(shape, data);
        for (const prefix of ['accumulated/', 'm/', 'v/']) {
          state[prefix + name] = tensor(shape, new Float64Array(data.length));
        }
      }
      for (let t = 1; t <= 4; t++) {
        const batch = sphere(SEED + t, 50);
        const expected = referenceStep(trainer, entry, state, batch, t);
        const { loss } = await trainer.step(batch, { wants: [] });
        expect(Math.abs(loss / expected - 1), `step ${t}`).toBeLessThan(1e-5);
      }
      for (const { name, data } of await trainer.parameters()) {
        expect(largestDifference(data, state[name]?.data ?? []), name).toBeLessThan(2e-5);
      }
    },
  );

  it('brings slopes to one', async () => {
    const excessOf = async (eikonal: number): Promise<number> => {
      // Beyond the band only the sign is known: how fast the function grows there is the term's to say.
      const model = engine.siren({ ...small, width: 32 });
      const trainer = makeTrainer({ model, truncate: 0.05, eikonal, adam: { learningRate: 3e-3 } });
      for (let step = 0; step < 150; step++) {
        await trainer.step(sphere(SEED + step, 200), { wants: [] });
      }
      const { inputs, size } = sphere(SEED, 200);
      const h = 1e-2;
      const squares = new Float64Array(size);
      for (let axis = 0; axis < 3; axis++) {
        const [low = [], high = []] = [
          await trainer.predict(inputs.map((value, i) => value - (i % 3 === axis ? h : 0))),
          await trainer.predict(inputs.map((value, i) => value + (i % 3 === axis ? h : 0))),
        ];
        squares.forEach((sum, i) => (squares[i] = sum + (((high[i] ?? 0) - (low[i] ?? 0)) / (2 * h)) ** 2));
      }
      return squares.reduce((sum, square) => sum + (Math.sqrt(square) - 1) ** 2, 0) / size;
    };
    const [without, withTerm] = [await excessOf(0), await excessOf(0.01)];
    expect(withTerm).toBeLessThan(0.05);
    expect(without / withTerm).toBeGreaterThan(4);
  });

  it('is part of what a snapshot belongs to', async () => {
    const plain = await makeTrainer({}).snapshot();
    const truncated = makeTrainer({ truncate: 0.1 });
    await expect(truncated.restore(plain)).rejects.toThrow(/this checkpoint's loss is .*squared/);
    await makeTrainer({}).restore(plain);
  });

  it('says what it cannot do', () => {
    const make = (entry: object) => () => makeTrainer(entry);
    expect(make({ loss: 'huber' })).toThrow('loss: got "huber", expected one of squared, l1, mape');
    expect(make({ truncate: 0 })).toThrow(/truncate: got 0, expected a positive number/);
    expect(make({ eikonal: -1 })).toThrow(/eikonal: got -1, expected a weight of at least 0/);
    expect(make({ eikonal: 1, model: engine.siren({ inputDim: 3, outputDim: 2 }) })).toThrow(
      /a model with 2 outputs, expected one/,
    );
    expect(
      make({ eikonal: 1, model: engine.hashGrid({ inputDim: 3, outputDim: 1, log2TableSize: 8 }) }),
    ).toThrow(/"hash-grid" jumps from cell to cell.*use a smooth one \(siren\)/);
    const crossFrequency = {
      width: 2,
      height: 2,
      range: { min: 0, max: 255 },
      luma: [1],
      weight: 1,
      targetResponse: new Float32Array(4),
    };
    const model = engine.siren({ inputDim: 2, outputDim: 1 });
    expect(make({ eikonal: 1, model, crossFrequency })).toThrow(/expected no crossFrequency beside it/);
  });
});
