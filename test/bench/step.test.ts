// `bench step` compares like with like: the baseline and the trainer take the same step, the floor consists of that
// step's matrix products and nothing else. No times are tested.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import * as ort from 'onnxruntime-node';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { allOf } from 'evos';
import { createTrainer, siren } from 'evos/engine';
import { decodeModel, GraphBuilder } from 'evos/onnx';
import { buildNaiveGraph, createNaiveStep } from '../../bench/naive-step.js';
import { readArguments, UsageError } from '../../bench/options.js';
import { buildFloorGraph, cutPasses, floorPorts } from '../../bench/step-floor.js';
import { NoTorch, Torch } from '../../bench/step-torch.js';
import { checkAlike, createTask, productFlops, Stepper } from '../../bench/support-step.js';

const small = createTask({ n: 96, cores: 1, width: 16, depth: 2 });

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const close of closing.splice(0)) await close();
});

/** The matrix products of a graph, one line each, in alphabetical order. */
function productsOf(model: Uint8Array): string[] {
  return GraphBuilder.from(decodeModel(model).graph)
    .entries.filter(({ node }) => node.op === 'Gemm')
    .map(({ node, output }) => {
      const flags = ['transA', 'transB', 'alpha', 'beta'].map((name) => node.number(name, -1));
      return `${node.operands.map((x) => x?.shape.join('×')).join(' ')} → ${output.shape.join('×')} ${flags.join()}`;
    })
    .sort();
}

describe('the baseline of bench step', () => {
  it('takes the trainer’s steps', async () => {
    const { inputDim, outputDim, width, depth, omega, learningRate, seed, n, inputs, targets } = small;
    const trainer = createTrainer({
      model: siren({ inputDim, outputDim, width, depth, omega }),
      adam: { learningRate },
      seed,
      device: 'cpu',
      workers: 1,
      microBatch: 32,
    });
    closing.push(() => trainer.dispose());
    const initial = await trainer.parameters();
    const naive = await createNaiveStep(small, initial);
    closing.push(() => naive.release());
    for (let i = 0; i < 3; i++) {
      const { loss } = await trainer.step({ ...allOf(n), inputs, targets }, { wants: [] });
      expect((await naive.step()).loss).toBeCloseTo(loss, 5);
    }
    const expected = await trainer.parameters();
    naive.parameters().forEach(({ name, data }, p) => {
      expect(name).toBe(expected[p]?.name);
      let [difference, moved] = [0, 0];
      data.forEach((value, i) => {
        difference = Math.max(difference, Math.abs(value - (expected[p]?.data[i] ?? Number.NaN)));
        moved = Math.max(moved, Math.abs(value - (initial[p]?.data[i] ?? Number.NaN)));
      });
      expect(moved, name).toBeGreaterThan(learningRate);
      expect(difference, name).toBeLessThan(0.02 * learningRate);
    });
  });

  it('keeps sines and cosines as operators', () => {
    const operators = decodeModel(buildNaiveGraph(small)).graph.node?.map(({ opType }) => opType) ?? [];
    expect(operators.filter((type) => type === 'Sin')).toHaveLength(3);
    expect(operators.filter((type) => type === 'Cos')).toHaveLength(3);
  });
});

describe('the floor of bench step', () => {
  it('has the products of a training step, as many operations as are counted', () => {
    const graph = buildFloorGraph(small);
    expect(productsOf(graph)).toEqual(productsOf(buildNaiveGraph(small)));
    // By hand, two operations each: 2→16 twice, 16→16 thrice in two layers, 16→3 thrice.
    expect(productFlops(small)).toBe(2 * 96 * (2 * 2 * 16 + 2 * 3 * 16 * 16 + 3 * 16 * 3));
    expect(productsOf(graph)).toHaveLength(3 * 4 - 1);
  });

  it('keeps every product through the engine’s optimisation, and adds only rows to fetch', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'evos-floor-'));
    closing.push(() => rm(folder, { recursive: true }));
    const file = path.join(folder, 'optimised.onnx');
    const session = await ort.InferenceSession.create(buildFloorGraph(small), {
      executionProviders: ['cpu'],
      graphOptimizationLevel: 'all',
      optimizedModelFilePath: file,
      logSeverityLevel: 3,
    });
    closing.push(() => session.release());
    const nodes = decodeModel(await readFile(file)).graph.node?.map(({ opType }) => opType) ?? [];
    expect(nodes.filter((type) => type === 'Gemm')).toHaveLength(11);
    expect(new Set(nodes)).toEqual(new Set(['Gemm', 'Slice', 'Concat']));
    expect(session.outputNames).toEqual([floorPorts.rows]);
  });

  it.each([
    [65_536, 2048, 2],
    [1000, 300, 3],
    [3, 2048, 8],
  ])('gives %i rows in passes of %i to %i threads, each row once', (n, microBatch, threads) => {
    const shares = cutPasses(n, microBatch, threads);
    expect(shares).toHaveLength(threads);
    const flat = shares.flat();
    expect(flat[0]?.[0]).toBe(0);
    expect(flat.at(-1)?.[1]).toBe(n);
    flat.slice(1).forEach(([from], i) => expect(from).toBe(flat[i]?.[1]));
    expect(Math.max(...flat.map(([from, to]) => to - from))).toBeLessThanOrEqual(microBatch);
  });
});

describe('contestants', () => {
  it('are refused when they do different work', async () => {
    const of = async (...losses: number[]): Promise<Stepper> => {
      const stepper = new Stepper(() => Promise.resolve({ ms: 1, loss: losses.shift() ?? 0 }));
      while (losses.length > 0) await stepper.run();
      return stepper;
    };
    const a = await of(0.5, 0.4);
    const b = await of(0.50001, 0.4, 0.3);
    expect(() => checkAlike({ a, b })).not.toThrow();
    const c = await of(0.5, 0.41);
    expect(() => checkAlike({ a, b, c })).toThrow(
      'step 2: c has the loss 0.41, a has 0.4; times of different',
    );
    const broken = await of(Number.NaN);
    expect(() => checkAlike({ a, broken })).toThrow('step 1: broken has the loss NaN');
  });

  it('without PyTorch say what to do', async () => {
    vi.stubEnv('EVOS_PYTHON', '/nowhere/python');
    const start = Torch.start(small, []);
    await expect(start).rejects.toThrow(NoTorch);
    await expect(start).rejects.toThrow(
      /left out: \/nowhere\/python .*name a Python that has torch in EVOS_PYTHON/u,
    );
  });
});

describe('npm run bench', () => {
  const run = (...args: string[]) =>
    promisify(execFile)(process.execPath, ['node_modules/tsx/dist/cli.mjs', 'bench/run.ts', ...args], {
      env: { ...process.env, EVOS_PYTHON: '/nowhere/python' },
    });

  it('step --json gives the documented keys and ends by itself', async () => {
    const { stdout, stderr } = await run('step', '--samples', '512', '--repeats', '1', '--json');
    const { step, machine } = JSON.parse(stdout) as Record<'step' | 'machine', Record<string, unknown>>;
    expect(machine).toHaveProperty('cpu');
    expect(step).toMatchObject({ n: 512, repeats: 1 });
    for (const key of ['ms', 'floorMs', 'naiveMs']) expect(step[key], key).toBeGreaterThan(0);
    expect(step).not.toHaveProperty('torchMs');
    expect(stderr).toContain('PyTorch is left out');
  });

  it.each([
    [['stpe'], 'there is no benchmark "stpe"; there are step, select, image'],
    [[], 'name a benchmark: step, select, image'],
    [['step', '--repeats', '0'], '--repeats: got "0", expected a whole number from 1'],
    [['step', '--samples', '1e3.5'], '--samples: got "1e3.5", expected a whole number from 1'],
    [['step', '--quick'], "Unknown option '--quick'"],
    [['step', '--crop', '64'], '--crop is for the benchmark image, which was not named'],
    [['image', '--crop', 'wide'], '--crop: got wide, expected a number'],
  ])('%j is refused', (args, message) => {
    expect(() => readArguments(args, ['step', 'select', 'image'])).toThrow(UsageError);
    expect(() => readArguments(args, ['step', 'select', 'image'])).toThrow(message);
  });

  it('takes numbers and names, each name once', () => {
    const given = ['step', 'select', 'step', '--json', '--samples', '65,536', '--repeats', '3'];
    expect(readArguments(given, ['step', 'select'])).toEqual({
      names: ['step', 'select'],
      json: true,
      from: undefined,
      repeats: 3,
      samples: 65_536,
    });
  });

  it('ends with code 2 when called wrongly, and says how to call', async () => {
    const failure = await run('stpe').catch((cause: unknown) => cause);
    expect(failure).toMatchObject({ code: 2, stdout: '' });
    expect((failure as { stderr: string }).stderr).toMatch(
      /no benchmark "stpe".*\nusage: npm run bench -- step/u,
    );
  });
});
