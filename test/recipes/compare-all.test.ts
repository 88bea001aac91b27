// A comparison over pictures and seeds, through the built package: what it leaves, that it goes on after a stop without repeating
// anything, what it refuses to go on with, and LPIPS by a network of the user's own.
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { createSelector, DivergedError } from 'evos';
import { loadImage } from 'evos/image/files';
import { GraphBuilder } from 'evos/onnx';
import {
  compareAll,
  compareAllMeshes,
  type CampaignReport,
  type CompareAllOptions,
  type SelectorFactory,
} from 'evos/recipes';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let folder = '';
let inputs: string[] = [];
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'evos-compare-all-'));
  inputs = ['a.png', 'b.png'].map((name) => path.join(folder, name));
  cpSync('fixtures/photo.png', inputs[0] ?? '');
  cpSync('fixtures/edges.png', inputs[1] ?? '');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const settings = {
  crop: 16,
  width: 8,
  depth: 1,
  steps: 6,
  measureEvery: 2,
  device: 'cpu',
  workers: 1,
  seeds: 1,
  strategies: ['full', 'few=uniform@ratio=0.25'],
  targets: ['5'],
} as const;

/** What a comparison came to: how it ended, and the runs that really trained. */
interface Came {
  readonly report: CampaignReport | undefined;
  readonly trained: readonly string[];
}

/** @param stopAfter rows after which it is stopped, at the next step */
async function run(out: string, more: Partial<CompareAllOptions> = {}, stopAfter = Infinity): Promise<Came> {
  const stop = new AbortController();
  const trained = new Set<string>();
  let rows = 0;
  let report: CampaignReport | undefined;
  const options: CompareAllOptions = {
    ...settings,
    inputs,
    out: path.join(folder, out),
    signal: stop.signal,
    ...more,
  };
  for await (const event of compareAll(options)) {
    if (event.type === 'compared-all') report = event.report;
    if (event.type !== 'part') continue;
    const { name, seed, event: part } = event;
    if (part.type === 'run' && part.event.type === 'step') {
      trained.add(`${name} ${seed} ${part.strategy}`);
      if (rows >= stopAfter) stop.abort();
    }
    if (part.type === 'row') rows++;
  }
  return { report, trained: [...trained] };
}

const read = (...names: string[]): string => readFileSync(path.join(folder, ...names), 'utf8');

describe('a comparison over pictures and seeds', () => {
  const model = (): string => path.join(folder, 'all', 'a.png', 'seed-3407', 'few', 'model.onnx');
  let written = 0;

  it('stops in good order, with tables of what there is so far', async () => {
    // In the second of two, at its first step.
    const stopped = await run('all', {}, 2);
    expect(stopped.report).toBeUndefined();
    expect(stopped.trained).toContain('b.png 3407 full');
    expect(read('all', 'compare.csv').trim().split('\n')).toHaveLength(1 + 2);
    expect(read('all', 'compare.html')).toContain('<b>1 of 2 comparisons</b> are done so far');
    written = statSync(model()).mtimeMs;
    await expect(run('all')).rejects.toThrow(/already holds a run.*--resume/);
  });

  it('goes on with what is missing, and repeats nothing that was finished', async () => {
    const { report, trained } = await run('all', { resume: true });
    expect(trained).toHaveLength(2);
    expect(trained.filter((each) => each.startsWith('a.png 3407'))).toEqual([]);
    expect(statSync(model()).mtimeMs).toBe(written);
    expect(report).toMatchObject({
      ...{ kind: 'image-campaign', baseline: 'full', inputs: ['a.png', 'b.png'], seeds: [3407] },
      strategies: [{ strategy: 'full' }, { strategy: 'few', measures: [{ key: 'psnr' }, { key: 'ssim' }] }],
    });
    expect(JSON.parse(read('all', 'compare.json'))).toEqual(report);
    expect(read('all', 'compare.csv').trim().split('\n')).toHaveLength(1 + 4);
    expect(read('all', 'curves.csv').trim().split('\n')).toHaveLength(1 + 4 * 3);
    expect(read('all', 'compare.tex')).toContain('2 inputs, 1 seed.');
    expect(read('all', 'compare.html')).toContain('<h1>2 images, 1 seed</h1>');
    expect(read('all', 'b.png', 'seed-3407', 'compare.html')).toContain('<h2>Reconstructions</h2>');
    // Six steps of all 256 pixels.
    expect(report?.cells.map(({ rows }) => rows[0]?.samples)).toEqual(Array<number>(2).fill(6 * 256));
    expect(report?.strategies[0]?.curves.work.x.at(-1)).toBeCloseTo(1, 12);
  });

  it('is the same when it is asked for again, and trains nothing', async () => {
    // Killed when all was written, and only the lock was left to take away. No system has so high a number.
    const lock = path.join(folder, 'all/a.png/seed-3407/few/.evos-lock');
    writeFileSync(lock, JSON.stringify({ pid: 2 ** 31 - 1, host: hostname(), birth: '1', token: 'x' }));
    const before = JSON.parse(read('all', 'compare.json')) as CampaignReport;
    const again = await run('all', { resume: true });
    expect(again.trained).toEqual([]);
    expect(again.report).toEqual(before);
    expect(existsSync(lock)).toBe(false);
  });

  it('grows by a strategy and a seed: those alone are trained', async () => {
    const strategies = [...settings.strategies, 'evos-online'];
    const inputsOf = { inputs: inputs.slice(0, 1) };
    const strategy = await run('all', { resume: true, ...inputsOf, strategies });
    expect(strategy.trained).toEqual(['a.png 3407 evos-online']);
    expect(strategy.report?.strategies).toHaveLength(3);
    const seed = await run('all', { resume: true, ...inputsOf, strategies: ['full'], seeds: 2 });
    expect(seed.trained).toEqual(['a.png 3408 full']);
    expect(seed.report?.seeds).toEqual([3407, 3408]);
    expect(seed.report?.strategies[0]?.measures[0]?.value.count).toBe(2);
  });

  it('refuses, before anything is trained, what was begun with other settings or another picture', async () => {
    await expect(run('all', { resume: true, learningRate: 1e-3 })).rejects.toThrow(
      /run in .*full was started with learningRate 0\.02, not 0\.001/,
    );
    await expect(run('all', { resume: true, steps: 8 })).rejects.toThrow(/started with steps 6, not 8/);
    cpSync('fixtures/texture.png', inputs[1] ?? '');
    await expect(run('all', { resume: true })).rejects.toThrow(
      /b\.png is not what it was when the comparison in .*all was started; put it back/,
    );
    cpSync('fixtures/edges.png', inputs[1] ?? '');
    const metrics = path.join(folder, 'all', 'a.png', 'seed-3407', 'few', 'metrics.json');
    const content = readFileSync(metrics, 'utf8');
    writeFileSync(metrics, '{ "kind": "image" }');
    await expect(run('all', { resume: true })).rejects.toThrow(/metrics\.json: version: .*written anew from/);
    writeFileSync(metrics, content);
  });

  it('names the run in what goes wrong with it', async () => {
    const wild = { seeds: 1, inputs: inputs.slice(0, 1), strategies: ['uniform@learningRate=1e30'] };
    await expect(run('wild', wild)).rejects.toThrow(
      /^a\.png, seed 3407, uniform-learningRate-1e30: .*learning rate/,
    );
    await expect(run('none', { inputs: [] })).rejects.toThrow('inputs: got none, expected one at least');
  });

  it('goes on where a strategy diverges, and tells how far it came', async () => {
    const { report } = await run('wilder', {
      strategies: ['full', 'wild=uniform@learningRate=1e30', 'few=uniform@ratio=0.25'],
    });
    const names = ['a.png', 'b.png'];
    expect(report?.cells.map(({ name, rows }) => [name, rows.map(({ strategy }) => strategy)])).toEqual(
      names.map((name) => [name, ['full', 'few']]),
    );
    expect(report?.strategies.map(({ strategy }) => strategy)).toEqual(['full', 'few']);
    const lost = {
      strategy: 'wild',
      seed: 3407,
      step: expect.any(Number) as number,
      steps: 6,
      outcome: 'diverged',
    };
    expect(report?.failed).toEqual(names.map((name) => ({ ...lost, name })));
    const [step = 0] = report?.failed?.map((run) => run.step) ?? [];
    const words = `diverged at step ${step} of 6`;
    expect(read('wilder', 'compare.html')).toContain(words);
    expect(read('wilder', 'a.png', 'seed-3407', 'compare.html')).toContain(words);
    expect(read('wilder', 'compare.tex')).toContain(
      `% Without wild on a.png with seed 3407, which ${words}.`,
    );
    // What it learnt before that is there.
    expect(existsSync(path.join(folder, 'wilder/a.png/seed-3407/wild/checkpoint.safetensors'))).toBe(true);
  });

  it('goes on with the next where a baseline diverges', async () => {
    // As the loss would have it, with one of two seeds.
    const fickle: SelectorFactory = ({ size, seed }) => {
      if (seed > 3407) throw new DivergedError('Training diverged.', { step: 3, steps: 6 });
      return createSelector({ strategy: 'full', size });
    };
    const { report } = await run('fickle', {
      ...{ inputs: inputs.slice(0, 1), seeds: 2, strategies: ['fickle', 'full'], selectors: { fickle } },
    });
    expect(report?.cells.map(({ seed }) => seed)).toEqual([3407]);
    expect(report?.failed).toEqual([
      { name: 'a.png', seed: 3408, strategy: 'fickle', step: 3, steps: 6, outcome: 'diverged' },
    ]);
    expect(read('fickle', 'compare.html')).not.toContain('are done so far');
  });

  it('refuses two inputs of one name, and a picture that cannot be read, before the first step', async () => {
    const twice = [...inputs, path.join(folder, 'sub', 'a.png')];
    await expect(run('never', { inputs: twice })).rejects.toThrow(/have one name/);
    const broken = path.join(folder, 'broken.png');
    writeFileSync(broken, 'no picture');
    await expect(run('never', { inputs: [...inputs, broken] })).rejects.toThrow(/broken\.png/);
    expect(existsSync(path.join(folder, 'never'))).toBe(false);
  });

  describe('with LPIPS by a network of the user’s own', () => {
    /** A stand-in: the mean absolute difference of two pictures. */
    function network(name: string, build: (b: GraphBuilder) => void): string {
      const b = new GraphBuilder('pair');
      build(b);
      const file = path.join(folder, name);
      writeFileSync(file, b.model());
      return file;
    }
    const shape = [1, 3, 'h', 'w'] as const;
    const two = (b: GraphBuilder): void => {
      const [x, y] = [b.input('x', shape), b.input('y', shape)];
      b.output(b.reduceMean(b.abs(b.sub(x, y))), 'distance');
    };
    const stacked = (b: GraphBuilder): void => {
      const x = b.input('x', [2, 3, 'h', 'w']);
      const [first, second] = [b.slice(x, [0], [1], [0]), b.slice(x, [1], [2], [0])];
      b.output(b.reduceMean(b.abs(b.sub(first, second))), 'distance');
    };
    /** The first picture with the first seed: nothing is trained, since it is finished. */
    const finished = (lpips: string) =>
      run('all', { resume: true, seeds: 1, inputs: inputs.slice(0, 1), lpips });

    it('is of the finished pictures, whether the network takes two inputs or one', async () => {
      const [target, result] = await Promise.all(
        ['target.png', 'reconstruction.png'].map((name) =>
          loadImage(path.join(folder, 'all', 'a.png', 'seed-3407', 'full', name)),
        ),
      );
      const [before, after] = [[...(target?.data ?? [])], [...(result?.data ?? [])]];
      const sum = before.reduce((all, value, i) => all + Math.abs(value - (after[i] ?? NaN)), 0);
      // Eight bits are from −1 to 1.
      const expected = sum / before.length / 127.5;
      for (const [i, build] of [two, stacked].entries()) {
        const { report, trained } = await finished(network(`net-${i}.onnx`, build));
        expect(trained).toEqual([]);
        expect(report?.cells[0]?.rows[0]?.lpips).toBeCloseTo(expected, 5);
        expect(report?.strategies[1]?.measures.map(({ key }) => key)).toEqual(['psnr', 'ssim', 'lpips']);
      }
      expect(read('all', 'compare.csv')).toContain(',lpips,');
      expect(read('all', 'compare.tex')).toContain('& LPIPS &');
    });

    it.each([
      [
        'three.onnx',
        (b: GraphBuilder) => {
          const [x, y, z] = [b.input('x', shape), b.input('y', shape), b.input('z', shape)];
          b.output(b.reduceMean(b.add(b.sub(x, y), z)), 'd');
        },
        /three\.onnx: got 3 inputs; expected a network that takes two pictures of the shape \[1, 3/,
      ],
      [
        'grey.onnx',
        (b: GraphBuilder) => {
          const [x, y] = [b.input('x', [1, 1, 'h', 'w']), b.input('y', [1, 1, 'h', 'w'])];
          b.output(b.reduceMean(b.sub(x, y)), 'd');
        },
        /grey\.onnx: its input x takes \[1, 1, h, w\], and the pictures are \[1, 3, height, width\]/,
      ],
      [
        'fixed.onnx',
        (b: GraphBuilder) => {
          const [x, y] = [b.input('x', [1, 3, 64, 64]), b.input('y', [1, 3, 64, 64])];
          b.output(b.reduceMean(b.sub(x, y)), 'd');
        },
        /fixed\.onnx: its input x takes \[1, 3, 64, 64\], and the pictures are \[1, 3, 16, 16\]/,
      ],
      [
        'map.onnx',
        (b: GraphBuilder) => {
          const [x, y] = [b.input('x', shape), b.input('y', shape)];
          b.output(b.sub(x, y), 'd');
        },
        /map\.onnx: its output d has the shape \[1, 3, 16, 16\]/,
      ],
    ] as const)('refuses %s', async (name, build, message) => {
      await expect(finished(network(name, build))).rejects.toThrow(message);
    });

    it('refuses a file that is no network', async () => {
      await expect(finished(inputs[0] ?? '')).rejects.toThrow(/a\.png cannot be run: .*expected a network/);
    });
  });
});

it('compares meshes too', async () => {
  const out = path.join(folder, 'meshes');
  let report: CampaignReport | undefined;
  for await (const event of compareAllMeshes({
    ...{ inputs: ['fixtures/mesh/box.ply'], out, samples: 2048, resolution: 12, seeds: 2 },
    ...{ steps: 10, measureEvery: 10, device: 'cpu', workers: 1, strategies: ['uniform'] },
  }))
    if (event.type === 'compared-all') ({ report } = event);
  expect(report).toMatchObject({
    kind: 'mesh-campaign',
    inputs: ['box.ply'],
    baseline: 'uniform',
  });
  expect(report?.strategies[0]?.measures[0]).toMatchObject({ key: 'iou', value: { count: 2 } });
});
