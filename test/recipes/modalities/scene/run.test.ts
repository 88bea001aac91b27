// Runs of a scene around a trainer that is none: events, files, checkpoints, what is measured, and what goes wrong.
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCheckpoint, saveCheckpoint } from '../../../../src/recipes/runs/checkpoint.js';
import { learningRateAt, type JsonValue } from '../../../../src/core/index.js';
import { describeModel } from '../../../../src/engine/index.js';
import { kindOfRun } from '../../../../src/recipes/runs/folder.js';
import { renderNames } from '../../../../src/recipes/modalities/scene/artifacts.js';
import type { SceneMetrics } from '../../../../src/recipes/modalities/scene/metrics.js';
import { openScene } from '../../../../src/recipes/modalities/scene/open.js';
import type { FitSceneOptions } from '../../../../src/recipes/modalities/scene/fit.js';
import { transformsFolder } from '../../../nerf/files/scene-folders.js';
import { fakeTrainers } from './fake.js';
import { collect, fitSceneHere, resumeSceneHere } from './here.js';

const input = 'fixtures/nerf/scene';
const small = { steps: 12, rays: 200, device: 'cpu', interval: 3, tile: 4, learningRate: 0.05 } as const;

const root = mkdtempSync(path.join(tmpdir(), 'evos-scene-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let folders = 0;
const newFolder = (): string => path.join(root, `run-${++folders}`);

async function fitted(options: Partial<FitSceneOptions> = {}, stopAt?: number) {
  const trainers = fakeTrainers();
  const stop = new AbortController();
  const out = options.out ?? newFolder();
  const all = { input, ...small, ...options, out, signal: stop.signal };
  const events = await collect(fitSceneHere(all, trainers.make), (event) => {
    if (event.type === 'step' && event.step === stopAt) stop.abort();
  });
  return { out, events, log: trainers.log };
}

const metricsOf = (out: string): SceneMetrics =>
  JSON.parse(readFileSync(path.join(out, 'metrics.json'), 'utf8')) as SceneMetrics;

/** What must not depend on whether a run was stopped: everything but times. */
const timeless = (history: SceneMetrics['history']) =>
  history.map(({ step, psnr, loss }) => ({ step, psnr, loss }));

describe('a scene fit', () => {
  let run: Awaited<ReturnType<typeof fitted>>;
  let metrics: SceneMetrics;
  beforeAll(async () => {
    run = await fitted({ strategy: 'evos' });
    metrics = metricsOf(run.out);
  });

  it('tells what happens, in order', () => {
    const types = run.events.map(({ type }) => type);
    expect(types[0]).toBe('start');
    expect(types.filter((type) => type === 'step')).toHaveLength(12);
    expect(types.filter((type) => type === 'view')).toHaveLength(4);
    expect(types.slice(-2)).toEqual(['end', 'result']);
    const tasks = run.events.flatMap((event) => (event.type === 'finish' ? [event.task] : []));
    expect([...new Set(tasks)]).toEqual(['render', 'turntable']);
    expect(run.events[0]).toMatchObject({
      input: {
        file: input,
        photographs: { listed: 20, train: 16, test: 4, heldOutBy: 'the files of the scene' },
        rays: 16 * 64 * 64,
        unbounded: false,
        background: [1, 1, 1],
        space: { centre: [0, 0, 0], half: 1.5, contracted: false, near: 2, far: 6 },
      },
      settings: { strategy: 'evos', mutationShare: 0.5, interval: 3, device: 'cpu', workers: 1 },
    });
    expect(run.log.disposed).toBe(1);
  });

  it('leaves exactly the files it should, and they are what they say', async () => {
    expect(readdirSync(run.out).sort()).toEqual([
      '.evos-files',
      'checkpoint.safetensors',
      'metrics.json',
      'model.onnx',
      'renders',
      'report.html',
      'scene.json',
      'selection.png',
      'turntable.webp',
    ]);
    expect(await kindOfRun(run.out)).toBe('scene');
    const renders = readdirSync(path.join(run.out, 'renders')).sort();
    expect(renders).toHaveLength(8);
    const pair = renders.find((name) => !name.endsWith('-depth.png')) ?? '';
    expect(await sharp(path.join(run.out, 'renders', pair)).metadata()).toMatchObject({
      width: 192,
      height: 64,
    });
    const turning = await sharp(path.join(run.out, 'turntable.webp'), { animated: true }).metadata();
    expect(turning).toMatchObject({ format: 'webp', width: 64, pageHeight: 64 });
    // The encoder joins frames that are alike, as this field's are.
    expect(turning.pages).toBeGreaterThan(8);
    const result = run.events.at(-1);
    if (result?.type !== 'result') throw new Error('no result');
    for (const file of result.files) expect(existsSync(file), file).toBe(true);
    expect(path.basename(result.files.at(-1) ?? '')).toBe('metrics.json');
  });

  it('writes figures that agree with one another', () => {
    expect(metrics).toMatchObject({
      kind: 'scene',
      strategy: 'evos',
      steps: 12,
      samples: 12 * 200,
      evaluations: 0,
    });
    expect(metrics.views.map(({ name }) => name)).toHaveLength(4);
    const mean = metrics.views.reduce((sum, { psnr }) => sum + psnr, 0) / 4;
    expect(metrics.psnr).toBeCloseTo(mean, 9);
    // 4·64·64 pixels are few enough for the lattice to be all of them; only rounding to bytes differs.
    expect(metrics.history.at(-1)?.psnr).toBeCloseTo(metrics.psnr, 1);
    expect(metrics.history.at(-1)?.psnr).toBeGreaterThan(metrics.history[0]!.psnr);
    expect(metrics.history).toHaveLength(12);
    expect(metrics.seconds.total).toBeGreaterThanOrEqual(metrics.seconds.train);
  });

  it('counts what was trained on, and no more', async () => {
    const { run: state, settings } = await loadCheckpoint(path.join(run.out, 'checkpoint.safetensors'));
    const counts = state.arrays['counts'] as Uint32Array;
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(12 * 200);
    // A cell for each pixel of photographs as small as these, not one for each ray of any scene.
    expect(counts).toHaveLength(16 * 64 * 64);
    expect(settings).toMatchObject({ settings: { strategy: 'evos' }, info: { rays: 65536 } });
  });

  it('lets the learning rate follow its schedule', () => {
    const rates = run.log.steps.map(({ learningRate }) => learningRate ?? 0);
    // The default: four fifths of the twelve steps at the whole rate, and a fiftieth of it at the end.
    expect(rates).toEqual(rates.map((_, i) => learningRateAt('cooldown', 0.05, 0.05 * 0.02, i + 1, 12)));
    expect(rates.at(-1)).toBeLessThan(0.03);
  });

  it('can be opened without its photographs', async () => {
    const opened = await openScene(run.out, { device: 'cpu' }, fakeTrainers().make);
    expect(opened).toMatchObject({
      step: 12,
      up: [0, 0, 1],
      background: [1, 1, 1],
      settings: { strategy: 'evos' },
    });
    expect([opened.train.length, opened.test.length]).toEqual([16, 4]);
    expect(opened.train[0]?.pose).toBeInstanceOf(Float64Array);
    const { trainer } = await loadCheckpoint(path.join(run.out, 'checkpoint.safetensors'));
    expect((await opened.trainer.snapshot()).arrays['weights']).toEqual(trainer.arrays['weights']);
    await opened.dispose();
  });
});

describe('going on', () => {
  it.each(['uniform', 'error-map', 'evos', 'evos-online'] as const)(
    'with %s after a stop comes to the same bits',
    async (strategy) => {
      const never = await fitted({ strategy });
      const stopped = await fitted({ strategy }, 7);
      expect(stopped.events.at(-1)).toMatchObject({ type: 'end', reason: 'aborted', step: 7 });
      expect(existsSync(path.join(stopped.out, 'metrics.json'))).toBe(false);
      const again = fakeTrainers();
      const events = await collect(resumeSceneHere({ folder: stopped.out }, again.make));
      expect(events[0]).toMatchObject({ type: 'start', resumedFrom: 7 });
      expect([...stopped.log.steps, ...again.log.steps]).toEqual(never.log.steps);
      const [a, b] = [metricsOf(never.out), metricsOf(stopped.out)];
      expect(timeless(b.history)).toEqual(timeless(a.history));
      expect(b.views).toEqual(a.views);
      const checkpoint = (out: string) => loadCheckpoint(path.join(out, 'checkpoint.safetensors'));
      const [x, y] = [await checkpoint(never.out), await checkpoint(stopped.out)];
      expect(y.trainer).toEqual(x.trainer);
      expect(y.selector).toEqual(x.selector);
      expect(y.run.arrays).toEqual(x.run.arrays);
      expect(readFileSync(path.join(stopped.out, 'selection.png'))).toEqual(
        readFileSync(path.join(never.out, 'selection.png')),
      );
    },
  );

  it('trains on to more steps, and writes a finished run anew', async () => {
    const { out } = await fitted();
    rmSync(path.join(out, 'turntable.webp'));
    const { make, log } = fakeTrainers();
    await collect(resumeSceneHere({ folder: out }, make));
    expect(log.steps).toHaveLength(0);
    expect(existsSync(path.join(out, 'turntable.webp'))).toBe(true);
    await collect(resumeSceneHere({ folder: out, steps: 15 }, make));
    expect(log.steps).toHaveLength(3);
    expect(metricsOf(out).steps).toBe(15);
    await expect(collect(resumeSceneHere({ folder: out, steps: 3 }, make))).rejects.toThrow(
      /steps: got 3, expected at least 15/,
    );
  });

  it('refuses other settings, another scene, other photographs, and one that is gone', async () => {
    const copy = path.join(root, `copy-${++folders}`);
    cpSync(input, copy, { recursive: true });
    const { out } = await fitted({ input: copy }, 2);
    const { make } = fakeTrainers();
    const again = (expected?: Partial<FitSceneOptions>) =>
      collect(resumeSceneHere({ folder: out, ...(expected === undefined ? {} : { expected }) }, make));
    await expect(again({ ...small, rays: 100 })).rejects.toThrow(/started with rays 200, not 100/);
    const file = path.join(copy, 'transforms_train.json');
    const transforms = JSON.parse(readFileSync(file, 'utf8')) as { frames: { file_path: string }[] };
    const photograph = path.join(copy, `${transforms.frames[0]!.file_path}.png`);
    const bytes = readFileSync(photograph);
    cpSync(path.join(copy, `${transforms.frames[1]!.file_path}.png`), photograph);
    await expect(again()).rejects.toThrow(/the photograph .*, or its mask, has changed; put it back/);
    writeFileSync(photograph, bytes);
    writeFileSync(file, JSON.stringify({ ...transforms, frames: transforms.frames.slice(1) }));
    await expect(again()).rejects.toThrow(/is not as it was when the run in .* was started/);
    rmSync(copy, { recursive: true });
    await expect(again()).rejects.toThrow(/which is not there any more; put the scene back/);
  });
});

describe('photographs without transparency', () => {
  const opaque = async (options: Partial<FitSceneOptions> = {}, stopAt?: number) =>
    fitted({ input: await transformsFolder(), steps: 4, ...options }, stopAt);
  const metadataOf = (out: string) =>
    describeModel(readFileSync(path.join(out, 'model.onnx')), 'model.onnx').metadata;

  it('train before random colours, whoever opens the run, and are told to show grey', async () => {
    const { out, events, log } = await opaque({}, 2);
    expect(events[0]).toMatchObject({ input: { unbounded: true, background: 'random' } });
    const again = fakeTrainers();
    await collect(resumeSceneHere({ folder: out }, again.make));
    const opened = await openScene(out, { device: 'cpu' }, again.make);
    await opened.dispose();
    expect([...log.backgrounds, ...again.log.backgrounds]).toEqual(['random', 'random', 'random']);
    // Who trains is given the pool, whose rays a device may make itself; who renders needs none.
    const [first, second, none] = [...log.pools, ...again.log.pools];
    const { rays } = metricsOf(out).input;
    expect([first?.size, second?.size, none]).toEqual([rays, rays, undefined]);
    expect(first?.pixelRays?.photograph(0)?.channels).toBe(3);
    expect(metricsOf(out).input.background).toBe('random');
    expect(JSON.parse(metadataOf(out)['background'] ?? '')).toEqual([0.5, 0.5, 0.5]);
  });

  it.each([
    ['black', [0, 0, 0]],
    ['white', [1, 1, 1]],
  ] as const)('train before %s where that is asked for', async (background, colour) => {
    const { out, log } = await opaque({ background });
    expect(log.backgrounds).toEqual([colour]);
    expect(metricsOf(out).input.background).toEqual(colour);
    expect(JSON.parse(metadataOf(out)['background'] ?? '')).toEqual(colour);
  });

  it('go on before what the run began with', async () => {
    const { out } = await opaque({}, 2);
    const file = path.join(out, 'checkpoint.safetensors');
    const checkpoint = await loadCheckpoint(file);
    const settings = checkpoint.settings as Record<string, Record<string, JsonValue>>;
    const info = { ...settings['info'], background: [0, 0, 0] };
    await saveCheckpoint(file, { ...checkpoint, settings: { ...settings, info } });
    const again = fakeTrainers();
    await collect(resumeSceneHere({ folder: out }, again.make));
    expect(again.log.backgrounds).toEqual([[0, 0, 0]]);
  });
});

describe('stopping while it renders', () => {
  it('ends in good order, and goes on to the same views', async () => {
    const trainers = fakeTrainers();
    const stop = new AbortController();
    const out = newFolder();
    const events = await collect(
      fitSceneHere({ input, ...small, out, signal: stop.signal }, trainers.make),
      (event) => {
        if (event.type === 'finish') stop.abort();
      },
    );
    expect(events.at(-1)).toMatchObject({ type: 'end', reason: 'aborted', step: 12 });
    expect(existsSync(path.join(out, 'metrics.json'))).toBe(false);
    expect(trainers.log.disposed).toBe(1);
    await collect(resumeSceneHere({ folder: out }, trainers.make));
    expect(metricsOf(out).views).toHaveLength(4);
  });
});

describe('settings and folders', () => {
  it('background, bounds, shrink and hold-out are heeded', async () => {
    const { events } = await fitted({ background: 'black', bounds: '0.5, -1,0,2', shrink: 2, steps: 1 });
    expect(events[0]).toMatchObject({
      input: {
        background: [0, 0, 0],
        sizes: { '32×32': 20 },
        rays: 16 * 32 * 32,
        space: { centre: [0.5, -1, 0], half: 2 },
      },
    });
  });

  it('measurement stays a small part: a lattice of at most 16,384 rays', async () => {
    const { log } = await fitted({ measureEvery: 6 });
    expect(log.predicted).toBe(2 * 4 * 64 * 64);
  });

  it.each([
    [{ bounds: '0,0,0' }, /bounds: got .*expected X,Y,Z,HALF/],
    [{ bounds: '0,0,0,0' }, /bounds: got 0,0,0,0, expected half a side/],
    [{ tile: 1 }, /tile: got 1, expected at least 2/],
    [
      { strategy: 'evos-online' as const, mutationShare: 0 },
      /mutationShare: got 0, expected a number above 0/,
    ],
    [
      { finestResolution: 8, baseResolution: 16 },
      /finestResolution: got 8, expected at least baseResolution/,
    ],
    [{ rays: -1 }, /rays: got -1, expected a whole number from 0/],
  ])('%j is refused before anything is written', async (options, message) => {
    const out = newFolder();
    await expect(fitted({ ...options, out })).rejects.toThrow(message);
    expect(existsSync(out)).toBe(false);
  });

  it('photographs for one purpose alone cannot be divided', async () => {
    await expect(fitted({ input: path.join(input, 'transforms_test.json') })).rejects.toThrow(
      /transforms_test\.json: got a scene with 0 photographs to train on and 4 to measure with/,
    );
  });

  it('names renders after their views, each another', () => {
    expect(renderNames(['./test/r_19', 'a b.JPG', 'A-B.png', '../x.png', '.png', '??'])).toEqual([
      'test-r_19',
      'a-b',
      'A-B~2',
      'x',
      'view',
      'view~2',
    ]);
  });
});
