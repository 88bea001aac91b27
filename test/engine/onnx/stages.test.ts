// A graph cut at its sines against the same graph in one piece: the same outputs, whatever the sines stand on. The
// stages run in plain sessions here, with the kernel between them, so that a fault is the cut's or the kernel's.
import { existsSync } from 'node:fs';
import fc from 'fast-check';
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { decodeModel, GraphBuilder, type Dim, type Value } from '../../../src/engine/graph/index.js';
import { decodeValueInfo } from '../../../src/engine/graph/proto.js';
import { backbones, createModel, siren, type ModelDefinition } from '../../../src/engine/models/index.js';
import type * as sessions from '../../../src/engine/onnx/sessions.js';
import { allocateParameters, Barrier } from '../../../src/engine/onnx/parameters/shared.js';
import type * as sineKernel from '../../../src/engine/onnx/kernels/sine.js';
import type { StagedModel } from '../../../src/engine/onnx/staged-model.js';
import { cutAtSines, inOnePiece } from '../../../src/engine/onnx/stages.js';
import { buildForwardGraph } from '../../../src/engine/onnx/training-graph.js';
import { execution } from './execution.js';
import { stepGraph } from './graphs.js';
import { seeded } from '../graph/support.js';
import { shapeOf, smallest } from '../models/small.js';

/** A module as it was built: the kernels lie beside those alone. */
async function built(name: string): Promise<unknown> {
  const folder = new URL('../../../dist/engine/onnx/', import.meta.url);
  if (!existsSync(new URL('kernels/sine.wasm', folder)))
    throw new Error('the kernels are not built: run `npm run build` first');
  return import(new URL(`${name}.js`, folder).href);
}
const { SessionCache } = (await built('sessions')) as typeof sessions;
const { SineKernel } = (await built('kernels/sine')) as typeof sineKernel;

const SEED = 41;
const options = { intraOpNumThreads: 1, executionMode: 'sequential', logSeverityLevel: 3 } as const;

type Tensors = Record<string, ort.Tensor>;

async function runWhole(model: Uint8Array, feeds: Tensors): Promise<Tensors> {
  const session = await ort.InferenceSession.create(model, options);
  try {
    return await session.run(feeds);
  } finally {
    await session.release();
  }
}

async function runStaged(model: StagedModel, feeds: Tensors): Promise<Tensors> {
  const kernel = new SineKernel();
  const layout = kernel.layOut(model, feeds);
  const all = { ...feeds, ...layout.feeds };
  let outputs: Tensors = {};
  for (const [i, stage] of model.entries()) {
    if (stage.model !== undefined) {
      const session = await ort.InferenceSession.create(stage.model, options);
      try {
        if (i === model.length - 1) outputs = await session.run(all);
        else await session.run(all, layout.fetches[i] ?? {});
      } finally {
        await session.release();
      }
    }
    kernel.run(layout.calls[i] ?? [], feeds);
  }
  return outputs;
}

/** Within 10⁻⁵ of the largest element and 10⁻⁶. */
function expectAlike(got: Tensors, wanted: Tensors, what = ''): void {
  expect(Object.keys(got).sort(), what).toEqual(Object.keys(wanted).sort());
  for (const [name, { dims, data }] of Object.entries(wanted)) {
    expect(got[name]?.dims, `shape of ${name} ${what}`).toEqual(dims);
    const values = got[name]?.data as Float32Array;
    let scale = 0;
    let difference = 0;
    for (const [i, value] of (data as Float32Array).entries()) {
      scale = Math.max(scale, Math.abs(value));
      difference = Math.max(difference, Math.abs(value - (values[i] ?? Number.NaN)));
    }
    expect(difference, `${name} ${what}`).toBeLessThan(1e-6 + 1e-5 * scale);
  }
}

/** Numbers between −1 and 1 for every float32 input of a graph. */
function randomFeeds(model: Uint8Array, sizes: Readonly<Record<string, number>>, seed = SEED): Tensors {
  const random = seeded(seed);
  const feeds: Tensors = {};
  for (const info of decodeModel(model).graph.input ?? []) {
    const { type, shape } = decodeValueInfo(info);
    const dims = (shape ?? []).map((dim) => (typeof dim === 'number' ? dim : (sizes[dim] ?? Number.NaN)));
    const length = dims.reduce((product, extent) => product * extent, 1);
    const data = Float64Array.from({ length }, () => 2 * random.float() - 1);
    if (type === 'float32') feeds[info.name ?? ''] = new ort.Tensor('float32', Float32Array.from(data), dims);
    if (type === 'float64') feeds[info.name ?? ''] = new ort.Tensor('float64', data, dims);
  }
  return feeds;
}

/** Initial weights in place of random numbers, whose products would be far larger than a SIREN's. */
function withWeights(feeds: Tensors, model: ModelDefinition, seed = SEED): Tensors {
  const weights = model.initialise(seeded(seed));
  const named = model.parameters.map(({ name, shape }, i) => [
    name,
    new ort.Tensor('float32', weights[i] ?? [], shape),
  ]);
  return { ...feeds, ...(Object.fromEntries(named) as Tensors) };
}

/** What is cut where, a line per stage: `name` where the argument is a product; the kernel's own are layers. */
const cutsOf = (model: StagedModel): string[] =>
  model.map(({ cuts }) =>
    cuts
      .map(({ sine, product }) =>
        product === undefined ? `${sine} (radians)` : product.layer === undefined ? sine : `${sine} (layer)`,
      )
      .join(', '),
  );

const adam = { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

describe(`a SIREN in stages (seed ${SEED})`, () => {
  const model = siren({ inputDim: 2, outputDim: 3, width: 16, depth: 2 });
  const sines = 3;

  it('trains as in one piece: loss, predictions and every gradient', async () => {
    const graph = stepGraph(model, adam);
    const stages = cutAtSines(graph);
    expect(stages).toHaveLength(sines + 1);
    for (const { cuts } of stages.slice(0, -1)) {
      expect(cuts).toHaveLength(1);
      expect(cuts[0]?.product?.scale).toBeCloseTo(30 / Math.PI, 5);
      expect(cuts[0]?.cosine, 'the gradient needs cosines').toBeDefined();
      expect(cuts[0]?.shape).toEqual([{ input: 'inputs', axis: 0 }, 16]);
    }
    expect(stages.map(({ cuts }) => cuts[0]?.product?.bias)).toEqual([
      ...['net.0.bias', 'net.1.bias', 'net.2.bias'],
      undefined,
    ]);
    const feeds = withWeights(randomFeeds(graph, { n: 37 }), model);
    const got = await runStaged(stages, feeds);
    expect(Object.keys(got)).toHaveLength(4 + model.parameters.length);
    expectAlike(got, await runWhole(graph, feeds));
  });

  it('predicts as in one piece, without cosines', async () => {
    const graph = buildForwardGraph(model);
    const stages = cutAtSines(graph);
    expect(stages).toHaveLength(sines + 1);
    expect(stages.flatMap(({ cuts }) => cuts.map(({ cosine }) => cosine))).toEqual(
      Array<undefined>(sines).fill(undefined),
    );
    const feeds = withWeights(randomFeeds(graph, { n: 37 }), model);
    expectAlike(await runStaged(stages, feeds), await runWhole(graph, feeds));
  });

  it('trains with the cross-frequency term as in one piece', async () => {
    const crossFrequency = {
      ...{ width: 5, height: 4, weight: 1e-5, range: { min: -1, max: 1 } },
      ...{ luma: [0.299, 0.587, 0.114], targetResponse: new Float32Array(20) },
    };
    const graph = stepGraph(model, adam, { crossFrequency });
    const stages = cutAtSines(graph);
    expect(stages).toHaveLength(sines + 1);
    const sizes = { n: 9, h: 4, w: 5, 'h*w': 20 };
    const position = BigInt64Array.from({ length: sizes.n }, (_, i) => BigInt(2 * i + 1));
    const feeds = {
      ...withWeights(randomFeeds(graph, sizes), model),
      position: new ort.Tensor('int64', position, [sizes.n, 1]),
    };
    expectAlike(await runStaged(stages, feeds), await runWhole(graph, feeds));
  });

  it('trains as in one piece at any width, depth and number of samples', async () => {
    const sizes = fc.record({
      width: fc.integer({ min: 1, max: 13 }),
      depth: fc.integer({ min: 0, max: 3 }),
      n: fc.integer({ min: 1, max: 21 }),
      outputDim: fc.integer({ min: 1, max: 4 }),
      seed: fc.integer({ min: 0, max: 1e6 }),
    });
    const property = fc.asyncProperty(sizes, async ({ n, seed, ...settings }) => {
      // A smaller ω than published: four layers of 30 would multiply roundings by more than is tolerated here.
      const any = siren({ inputDim: 2, omega: 10, ...settings });
      const graph = stepGraph(any, adam);
      const stages = cutAtSines(graph);
      const whole = settings.width % 4 === 0;
      const cuts = stages.flatMap((stage) => stage.cuts);
      expect(stages).toHaveLength(settings.depth + 2);
      expect(cuts.map(({ product }) => product !== undefined)).toEqual(cuts.map(() => whole));
      const feeds = withWeights(randomFeeds(graph, { n }, seed), any, seed);
      expectAlike(await runStaged(stages, feeds), await runWhole(graph, feeds));
    });
    await fc.assert(property, { numRuns: 25, seed: SEED });
  });
});

describe.each(
  backbones()
    .filter((backbone) => backbone.create !== undefined)
    .map(({ name, settings }) => ({ name, settings })),
)(`$name in stages (seed ${SEED})`, ({ name, settings }) => {
  const deep = {
    ...('depth' in settings ? { depth: 2 } : {}),
    // Narrow wavelets multiply roundings by more than is tolerated here.
    ...('sigma' in settings ? { sigma: 6 } : {}),
  };
  const ports = { inputDim: 2, outputDim: 3, shape: shapeOf(2) };
  const model = createModel(name, ports, { ...smallest(settings), ...deep });

  it.each(['training', 'prediction'])('has the same %s as in one piece', async (what) => {
    const graph = what === 'training' ? stepGraph(model, adam) : buildForwardGraph(model);
    const stages = cutAtSines(graph);
    const feeds = withWeights(randomFeeds(graph, { n: 37 }), model);
    expectAlike(await runStaged(stages, feeds), await runWhole(graph, feeds));
    // No product is worked out twice.
    const gemms = (bytes: Uint8Array | undefined): number =>
      bytes === undefined
        ? 0
        : (decodeModel(bytes).graph.node ?? []).filter(({ opType }) => opType === 'Gemm').length;
    const own = stages.reduce((sum, stage) => sum + gemms(stage.model), 0);
    const layers = stages.flatMap(({ cuts }) => cuts).filter(({ product }) => product?.layer !== undefined);
    expect(own + layers.length).toBe(gemms(graph));
  });
});

interface Case {
  readonly what: string;
  /** As `cutsOf` has it. */
  readonly cuts: readonly string[];
  readonly double?: true;
  build(b: GraphBuilder): void;
}

/** More numbers a sample than the kernel's own layers have. */
const x = (b: GraphBuilder, shape: readonly Dim[] = ['n', 5]) => b.input('x', shape);
/** x·W (+ bias) under a name of its own. */
function product(b: GraphBuilder, from: Value, name: string, width: Dim = 8, bias = true) {
  const weight = b.input(`${name}.w`, [from.shape.at(-1) ?? 0, width]);
  return b.gemm(from, weight, bias ? b.input(`${name}.b`, [width]) : undefined, { alpha: 1.5, beta: 0.5 });
}
const sin = (b: GraphBuilder, argument: Value, name: string) => b.op('Sin', [argument], {}, name);
const output = (b: GraphBuilder, value: Value, name = 'y') => b.output(b.op('Abs', [value]), name);

const cases: readonly Case[] = [
  {
    what: 'a product without bias',
    cuts: ['s', ''],
    build: (b) => output(b, sin(b, product(b, x(b), 'p', 8, false), 's')),
  },
  {
    what: 'no product',
    cuts: ['s (radians)', ''],
    build: (b) => output(b, sin(b, b.mul(x(b), b.input('w', [5])), 's')),
  },
  {
    what: 'a scalar',
    cuts: ['s (radians)', ''],
    build: (b) => output(b, sin(b, b.reduceSum(x(b), undefined, false), 's')),
  },
  {
    what: 'an input itself',
    cuts: [''],
    build: (b) => output(b, sin(b, x(b), 's')),
  },
  {
    what: 'a constant',
    cuts: [''],
    build: (b) => output(b, b.add(x(b, ['n', 3]), sin(b, b.initializer('c', [1, 2, 3], [3]), 's'))),
  },
  {
    what: 'two branches side by side',
    cuts: ['s, t', ''],
    build: (b) => {
      const input = x(b);
      output(b, b.add(sin(b, product(b, input, 'p'), 's'), sin(b, product(b, input, 'q'), 't')));
    },
  },
  {
    what: 'a long branch and a short one that meet',
    cuts: ['s, t', 'u', ''],
    build: (b) => {
      const input = x(b);
      const s = sin(b, product(b, input, 'p'), 's');
      const t = sin(b, product(b, input, 'q'), 't');
      output(b, b.mul(b.add(sin(b, product(b, s, 'r'), 'u'), t), b.reduceSum(s)));
    },
  },
  {
    what: 'a sine of a sine',
    cuts: ['s', ''],
    build: (b) => output(b, sin(b, sin(b, product(b, x(b), 'p'), 's'), 't')),
  },
  {
    what: 'a width that is no multiple of four',
    cuts: ['s (radians)', ''],
    build: (b) => output(b, sin(b, product(b, x(b), 'p', 6), 's')),
  },
  {
    what: 'a width that is known only when it runs',
    cuts: ['s (radians)', ''],
    build: (b) => output(b, sin(b, product(b, x(b), 'p', 'm'), 's')),
  },
  {
    what: 'a bias that is no input',
    cuts: ['s (radians)', ''],
    build: (b) => {
      const bias = b.initializer('bias', [1, -1, 2, -2], [4]);
      output(b, sin(b, b.gemm(x(b), b.input('w', [5, 4]), bias), 's'));
    },
  },
  {
    what: 'a bias of another shape',
    cuts: ['s (radians)', ''],
    build: (b) =>
      output(b, sin(b, b.gemm(x(b), b.input('w', [5, 4]), b.input('bias', ['n', 4]), { beta: 2 }), 's')),
  },
  {
    what: 'a bias times zero',
    cuts: ['s', ''],
    build: (b) =>
      output(b, sin(b, b.gemm(x(b), b.input('w', [5, 4]), b.input('bias', [4]), { beta: 0 }), 's')),
  },
  {
    what: 'transposed factors',
    cuts: ['s', ''],
    build: (b) => {
      const factors = { alpha: -2, transA: true, transB: true };
      output(b, sin(b, b.gemm(x(b, [3, 'n']), b.input('w', [4, 3]), b.input('bias', [4]), factors), 's'));
    },
  },
  {
    what: 'a layer on four inputs',
    cuts: ['s (layer)', ''],
    build: (b) => output(b, sin(b, product(b, x(b, ['n', 4]), 'p'), 's')),
  },
  {
    what: 'a layer on one input, without bias',
    cuts: ['s (layer)', ''],
    build: (b) => output(b, sin(b, product(b, x(b, ['n', 1]), 'p', 8, false), 's')),
  },
  {
    what: 'a layer with its weights the other way round',
    cuts: ['s (layer)', ''],
    build: (b) => {
      const factors = { alpha: -2, transB: true };
      output(b, sin(b, b.gemm(x(b, ['n', 3]), b.input('w', [4, 3]), b.input('bias', [4]), factors), 's'));
    },
  },
  {
    what: 'a layer beside a product, of which the stage is then',
    cuts: ['s (layer), t', ''],
    build: (b) => {
      const few = b.input('few', ['n', 2]);
      output(b, b.add(sin(b, product(b, few, 'p'), 's'), sin(b, product(b, x(b), 'q'), 't')));
    },
  },
  {
    what: 'a layer over samples that were worked out',
    cuts: ['s', ''],
    build: (b) => output(b, sin(b, product(b, b.mul(x(b, ['n', 2]), 2), 'p'), 's')),
  },
  {
    what: 'a layer with weights that are no input',
    cuts: ['s', ''],
    build: (b) => {
      const weights = b.initializer('w', [1, 2, 3, 4, -1, -2, -3, -4], [2, 4]);
      output(b, sin(b, b.gemm(x(b, ['n', 2]), weights, b.input('bias', [4])), 's'));
    },
  },
  {
    what: 'a sine that the graph gives out',
    cuts: [''],
    build: (b) => b.output(sin(b, product(b, x(b), 'p'), 's')),
  },
  {
    what: 'a sine that the graph gives out, over one that it does not',
    cuts: ['s', ''],
    build: (b) => b.output(sin(b, product(b, sin(b, product(b, x(b), 'p'), 's'), 'q'), 't')),
  },
  {
    what: 'an argument that the graph gives out',
    cuts: ['s', ''],
    build: (b) => {
      const argument = product(b, x(b), 'p');
      b.output(argument);
      output(b, sin(b, argument, 's'));
    },
  },
  {
    what: 'an argument that somebody else reads',
    cuts: ['s (radians)', ''],
    build: (b) => {
      const argument = product(b, x(b), 'p');
      output(b, b.add(sin(b, argument, 's'), b.relu(argument)));
    },
  },
  {
    what: 'an argument that another sine of the same stage stands on',
    cuts: ['s (radians), t', ''],
    build: (b) => {
      const argument = product(b, x(b), 'p');
      output(b, b.add(sin(b, argument, 's'), sin(b, product(b, argument, 'q'), 't')));
    },
  },
  {
    what: 'sine and cosine of one argument',
    cuts: ['s', ''],
    build: (b) => {
      const argument = product(b, x(b), 'p');
      output(b, b.sub(sin(b, argument, 's'), b.cos(argument)));
    },
  },
  {
    what: 'a product of a cosine',
    cuts: ['s', 't', ''],
    build: (b) => {
      const argument = product(b, x(b), 'p');
      const t = sin(b, product(b, b.cos(argument), 'q'), 't');
      output(b, b.mul(sin(b, argument, 's'), t));
    },
  },
  {
    what: 'no sine but a cosine',
    cuts: [''],
    build: (b) => output(b, b.cos(product(b, x(b), 'p'))),
  },
  {
    what: 'no sine',
    cuts: [''],
    build: (b) => output(b, product(b, x(b), 'p')),
  },
  {
    what: 'a size that no input has',
    cuts: [''],
    build: (b) => {
      const input = x(b);
      output(b, sin(b, product(b, b.concat([input, input], 0), 'p'), 's'));
    },
  },
  {
    what: 'double precision',
    cuts: [''],
    double: true,
    build: (b) => output(b, sin(b, product(b, x(b), 'p'), 's')),
  },
];

/** Arguments that more than one sine or cosine node reads: which of them keeps the half turns is the cut's affair. */
const shared: readonly Omit<Case, 'cuts'>[] = [
  {
    what: 'two sines',
    build: (b) => {
      const argument = product(b, x(b), 'p');
      output(b, b.add(sin(b, argument, 's'), b.neg(sin(b, argument, 't'))));
      output(b, b.mul(b.value('t'), 2), 'z');
    },
  },
  {
    what: 'two sines, over one of which another of the same stage stands',
    build: (b) => {
      const argument = product(b, x(b), 'p');
      const t = sin(b, argument, 's');
      output(b, b.mul(t, sin(b, product(b, sin(b, argument, 't'), 'q'), 'u')));
    },
  },
  {
    what: 'two cosines, over one of which a sine of the same stage stands',
    build: (b) => {
      const argument = product(b, x(b), 'p');
      const both = b.mul(sin(b, argument, 's'), b.cos(argument));
      output(b, b.mul(both, sin(b, product(b, b.cos(argument), 'q'), 'u')));
    },
  },
  {
    what: 'two sines, one of which the graph gives out and another sine stands on',
    build: (b) => {
      const argument = product(b, x(b), 'p');
      const given = b.output(sin(b, argument, 's'));
      output(b, b.mul(sin(b, argument, 't'), sin(b, product(b, given, 'q'), 'u')));
    },
  },
];

const sizes = { n: 5, m: 7 };

function build({ build, double }: Omit<Case, 'cuts'>): Uint8Array {
  const b = new GraphBuilder('case', double ? { elementType: 'float64' } : {});
  build(b);
  return b.model();
}

describe(`a sine of (seed ${SEED})`, () => {
  it.each(cases)('$what', async (entry) => {
    const model = build(entry);
    const stages = cutAtSines(model);
    const feeds = randomFeeds(model, sizes);
    expect(cutsOf(stages)).toEqual(entry.cuts);
    if (stages.length === 1) expect(stages).toEqual(inOnePiece(model));
    expectAlike(await runStaged(stages, feeds), await runWhole(model, feeds));
  });
});

describe(`one argument under (seed ${SEED})`, () => {
  it.each(shared)('$what', async (entry) => {
    const model = build(entry);
    const feeds = randomFeeds(model, sizes);
    const stages = cutAtSines(model);
    expect(stages.flatMap(({ cuts }) => cuts.map(({ argument }) => argument))).toContain(
      decodeModel(model).graph.node?.find(({ opType }) => opType === 'Gemm')?.output?.[0],
    );
    expectAlike(await runStaged(stages, feeds), await runWhole(model, feeds));
  });
});

describe('sizes', () => {
  it('are read from the inputs that have them', () => {
    const b = new GraphBuilder('sizes');
    output(b, sin(b, b.matmul(x(b, ['n', 'k']), b.input('w', ['k', 'm'])), 's'));
    const [first] = cutAtSines(b.model());
    expect(first?.cuts[0]?.shape).toEqual([
      { input: 'x', axis: 0 },
      { input: 'w', axis: 1 },
    ]);
  });

  it('take what each stage needs and no more: products that leave their bias do not ask for it', () => {
    const b = new GraphBuilder('inputs');
    output(b, product(b, sin(b, product(b, x(b), 'p'), 's'), 'q'));
    const inputs = cutAtSines(b.model()).map(
      ({ model }) => model && decodeModel(model).graph.input?.map(({ name }) => name),
    );
    expect(inputs).toEqual([
      ['x', 'p.w'],
      ['q.w', 'q.b', 's'],
    ]);
  });
});

describe('a stage that the kernel does alone', () => {
  it('has no graph, and the next takes its sine', () => {
    const b = new GraphBuilder('layer');
    output(b, product(b, sin(b, product(b, x(b, ['n', 2]), 'p'), 's'), 'q'));
    const [first, second] = cutAtSines(b.model());
    expect(first?.model).toBeUndefined();
    expect(first?.cuts[0]?.product?.layer).toMatchObject({ points: 'x', weights: 'p.w', inputs: 2 });
    expect(decodeModel(second?.model ?? new Uint8Array()).graph.input?.map(({ name }) => name)).toEqual([
      'q.w',
      'q.b',
      's',
    ]);
  });

  it('leaves nothing of other runs in the places of inputs that it lacks', () => {
    const build = (inputs: number): Uint8Array => {
      const b = new GraphBuilder('layer');
      output(b, sin(b, product(b, x(b, ['n', inputs]), 'p'), 's'));
      return b.model();
    };
    const kernel = new SineKernel();
    const [wide, narrow] = [build(4), build(1)];
    for (const [model, n] of [
      [wide, 9],
      [narrow, 9],
    ] as const) {
      const feeds = randomFeeds(model, { n });
      if (model === wide) for (const tensor of Object.values(feeds)) (tensor.data as Float32Array).fill(NaN);
      const layout = kernel.layOut(cutAtSines(model), feeds);
      kernel.run(layout.calls[0] ?? [], feeds);
      const sines = layout.feeds['s']?.data as Float32Array;
      expect(sines.some(Number.isNaN)).toBe(model === wide);
    }
  });
});

describe(`a worker's sessions (seed ${SEED})`, () => {
  const model = siren({ inputDim: 2, outputDim: 3, width: 12, depth: 1 });
  const whole = {
    forward: buildForwardGraph(model),
    gradient: stepGraph(model, adam),
  };

  function makeCache(): sessions.SessionCache {
    const cache = new SessionCache({
      ...{ execution, slots: [], index: 0, variableSizes: false },
      ...{ shared: allocateParameters(1, 1, adam), barrier: Barrier.allocate() },
    });
    cache.add('forward', cutAtSines(whole.forward));
    cache.add('gradient', cutAtSines(whole.gradient));
    return cache;
  }

  it('give the same whichever graphs and sizes came before', async () => {
    const cache = makeCache();
    const plain = {
      forward: await ort.InferenceSession.create(whole.forward, options),
      gradient: await ort.InferenceSession.create(whole.gradient, options),
    };
    const run = async (kind: 'forward' | 'gradient', n: number): Promise<void> => {
      const feeds = withWeights(randomFeeds(whole[kind], { n }, n), model, n);
      const wanted = await plain[kind].run(feeds);
      const got = Object.fromEntries(
        Object.entries(wanted).map(([name, { dims, size }]): [string, ort.Tensor] => [
          name,
          new ort.Tensor('float32', new Float32Array(size), dims),
        ]),
      );
      await cache.run(kind, feeds, got);
      expectAlike(got, wanted, `of ${kind} over ${n} samples`);
    };
    for (const n of [5, 700, 700, 5, 3])
      for (const kind of ['forward', 'gradient'] as const) await run(kind, n);
    await run('gradient', 3000);
    // More sizes than are kept, and then the first ones again.
    for (let n = 1; n <= 70; n++) await run('forward', n);
    for (const n of [1, 5, 3000]) await run('forward', n);
    await cache.release();
    await plain.forward.release();
    await plain.gradient.release();
  });

  it('refuse a graph that they were not given', async () => {
    await expect(makeCache().run('step', {}, {})).rejects.toThrow(/made without the graph "step"/);
  });
});
