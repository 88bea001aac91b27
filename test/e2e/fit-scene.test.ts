// A whole scene fit through the SDK with the trainer there is, in threads, and what it leaves behind.
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import * as ort from 'onnxruntime-node';
import {
  compareScene,
  fitScene,
  kindOfRun,
  modelKind,
  openScene,
  recognise,
  resumeScene,
  type CompareSceneReport,
  type FitSceneEvent,
  type FitSceneOptions,
  type SceneMetrics,
} from 'evos/recipes';
import { loadCheckpoint } from '../../src/recipes/runs/checkpoint.js';
import { transformsFolder } from '../nerf/files/scene-folders.js';
import { temporaryFolder } from '../support/command.js';

const input = 'fixtures/nerf/scene';
/** A field so small that it learns little, but all of the way. */
const small = {
  steps: 40,
  points: 4096,
  levels: 4,
  log2TableSize: 10,
  baseResolution: 8,
  finestResolution: 32,
  width: 16,
  depth: 1,
  samplesPerRay: 8,
  // 16×16: what takes time is the turntable.
  shrink: 4,
  interval: 5,
  measureEvery: 10,
  learningRate: 1e-2,
  seed: 1,
  device: 'cpu',
  workers: 2,
} as const;

async function finish(run: AsyncIterable<FitSceneEvent>): Promise<FitSceneEvent[]> {
  const events: FitSceneEvent[] = [];
  for await (const event of run) events.push(event);
  return events;
}

async function stoppedAt(step: number, options: FitSceneOptions): Promise<void> {
  const stop = new AbortController();
  for await (const event of fitScene({ ...options, signal: stop.signal })) {
    if (event.type === 'step' && event.step === step) stop.abort();
  }
}

const metricsOf = async (out: string): Promise<SceneMetrics> =>
  JSON.parse(await readFile(path.join(out, 'metrics.json'), 'utf8')) as SceneMetrics;

describe('a scene fit', () => {
  const out = path.join(temporaryFolder(), 'run');
  let events: FitSceneEvent[];
  let metrics: SceneMetrics;
  beforeAll(async () => {
    events = await finish(fitScene({ ...small, strategy: 'evos', input, out }));
    metrics = await metricsOf(out);
  });

  it('learns', async () => {
    const psnr = metrics.history.map((entry) => entry.psnr);
    expect(psnr).toHaveLength(4);
    expect(psnr.at(-1)).toBeGreaterThan((psnr[0] ?? 0) + 1);
    expect(events.at(-1)).toMatchObject({ type: 'result', metrics });
    expect(await kindOfRun(out)).toBe('scene');
    expect((await recognise(input, input)).kind).toBe('scene');
  });

  it('takes as many rays as come to so many points: more when empty space is known', () => {
    const rays = events.flatMap((event) => (event.type === 'step' ? [event.samples] : []));
    expect(rays[0]).toBe(4096 / 8);
    expect(rays.at(-1)).toBeGreaterThanOrEqual(4096 / 8);
    expect(metrics.samples).toBe(rays.reduce((sum, each) => sum + each, 0));
  });

  it('exports a model that a bare ONNX Runtime session runs: what the trainer answers to points', async () => {
    expect(await modelKind(out)).toBe('scene');
    const session = await ort.InferenceSession.create(path.join(out, 'model.onnx'));
    const points = Float32Array.from({ length: 30 }, (_, i) => Math.sin(7 * i));
    const directions = Float32Array.from({ length: 30 }, (_, i) =>
      i % 3 === 2 ? -0.8 : i % 3 === 1 ? 0.6 : 0,
    );
    const data = new Float32Array(60);
    for (let i = 0; i < 10; i++) {
      data.set(points.subarray(3 * i, 3 * i + 3), 6 * i);
      data.set(directions.subarray(3 * i, 3 * i + 3), 6 * i + 3);
    }
    const { values } = await session.run({ coordinates: new ort.Tensor('float32', data, [10, 6]) });
    const opened = await openScene(out);
    const { densities, colours } = await opened.trainer.query(points, directions);
    await opened.dispose();
    const answers = values?.data as Float32Array;
    for (let i = 0; i < 10; i++) {
      expect(answers[4 * i]).toBeCloseTo(densities[i]!, 3);
      for (let c = 0; c < 3; c++) expect(answers[4 * i + 1 + c]).toBeCloseTo(colours[3 * i + c]!, 4);
    }
  });
});

describe('going on with a scene', () => {
  it.each(['evos', 'uniform'] as const)('after a stop comes to the same bits with %s', async (strategy) => {
    const [never, stopped] = [temporaryFolder(), temporaryFolder()];
    const options = { ...small, input, strategy, steps: 12 };
    await finish(fitScene({ ...options, out: never }));
    await stoppedAt(7, { ...options, out: stopped });
    await finish(resumeScene({ folder: stopped }));
    const [a, b] = await Promise.all(
      [never, stopped].map((folder) => loadCheckpoint(path.join(folder, 'checkpoint.safetensors'))),
    );
    expect(b?.trainer).toEqual(a?.trainer);
    expect(b?.selector).toEqual(a?.selector);
    expect((await metricsOf(stopped)).views).toEqual((await metricsOf(never)).views);
  });
});

describe('a scene of photographs without transparency', () => {
  it('trains before random colours, goes on after a stop, and can be opened', async () => {
    const out = temporaryFolder();
    await stoppedAt(3, { ...small, input: await transformsFolder(), shrink: 1, steps: 6, out });
    const events = await finish(resumeScene({ folder: out }));
    expect(events.at(-1)).toMatchObject({ type: 'result', metrics: { input: { background: 'random' } } });
    const { trainer } = await loadCheckpoint(path.join(out, 'checkpoint.safetensors'));
    expect(trainer.values).toMatchObject({ background: '"random"', steps: 6 });
    const opened = await openScene(out);
    expect((await opened.trainer.snapshot()).arrays).toEqual(trainer.arrays);
    await opened.dispose();
  });
});

describe('a comparison on a scene', () => {
  it('runs every strategy in turns, from the same weights', async () => {
    const out = path.join(temporaryFolder(), 'comparison');
    const types = new Map<string, string[]>();
    let first: string[] = [];
    const strategies = ['uniform', 'error-map', 'evos@tile=4', 'evos-online'];
    for await (const event of compareScene({ ...small, steps: 4, measureEvery: 2, input, out, strategies })) {
      if (event.type === 'strategy') first.push(event.strategy);
      if (event.type === 'run')
        types.set(event.strategy, [...(types.get(event.strategy) ?? []), event.event.type]);
    }
    first = first.slice(0, 4);
    const names = ['uniform', 'error-map', 'evos-tile-4', 'evos-online'];
    expect(first).toEqual(names);
    for (const name of names) expect(types.get(name)?.at(-1)).toBe('result');
    const report = JSON.parse(await readFile(path.join(out, 'compare.json'), 'utf8')) as CompareSceneReport;
    expect(report).toMatchObject({ kind: 'scene-comparison', baseline: 'uniform', seed: 1 });
    expect(report.rows.map(({ strategy }) => strategy)).toEqual(names);
    expect(report.rows[0]?.secondsToBaseline).not.toBeNull();
    const losses = await Promise.all(
      names.map(async (name) => (await metricsOf(path.join(out, name))).history.length),
    );
    expect(losses).toEqual([2, 2, 2, 2]);
    expect(readdirSync(out).filter((name) => name.endsWith('.csv'))).toEqual(['compare.csv', 'curves.csv']);
    await expect(async () => {
      for await (const event of compareScene({ input, out: temporaryFolder(), strategies: ['full'] }))
        void event;
    }).rejects.toThrow(/'full' does not train scenes: .+; choose one of [^,]+(, [^,]+){3}/);
  });
});
