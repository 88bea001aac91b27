// A whole mesh fit through the SDK, and what it leaves behind, opened by others than who wrote it.
import { existsSync, readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import * as ort from 'onnxruntime-node';
import sharp from 'sharp';
import { createSelector } from 'evos';
import {
  compareMesh,
  fitImage,
  fitMesh,
  inspectModel,
  kindOfRun,
  modelKind,
  renderMeshModel,
  renderModel,
  resumeImage,
  resumeMesh,
  type CompareMeshReport,
  type FitMeshEvent,
  type FitMeshOptions,
  type MeshMetrics,
  NoResultError,
} from 'evos/recipes';
import { createDistanceField, meshBounds } from 'evos/sdf';
import { loadMesh } from 'evos/sdf/files';
import { loadCheckpoint } from '../../src/recipes/runs/checkpoint.js';
import { webgpu } from '../engine/onnx/device-webgpu.js';
import { temporaryFolder } from '../support/command.js';

/** A coarse grid, which needs few steps, and points all over: a surface that is smooth at once. Drawn twice in a run. */
const small = {
  steps: 40,
  samples: 8192,
  refresh: 20,
  split: 'int',
  loss: 'l1',
  ratio: 0.25,
  levels: 2,
  log2TableSize: 12,
  baseResolution: 4,
  finestResolution: 12,
  width: 16,
  depth: 1,
  learningRate: 0.02,
  resolution: 32,
  device: 'cpu',
  workers: 2,
} as const;

/** One thread and a coarse mesh, where neither is what is tested: threads take longer to start than to train. */
const smallest = { ...small, workers: 1, resolution: 12 } as const;

async function finish(run: AsyncIterable<FitMeshEvent>): Promise<FitMeshEvent[]> {
  const events: FitMeshEvent[] = [];
  for await (const event of run) events.push(event);
  return events;
}

const metricsOf = async (out: string): Promise<MeshMetrics> =>
  JSON.parse(await readFile(path.join(out, 'metrics.json'), 'utf8')) as MeshMetrics;

describe('a mesh fit', () => {
  const out = path.join(temporaryFolder(), 'run');
  let events: FitMeshEvent[];
  let metrics: MeshMetrics;
  beforeAll(async () => {
    events = await finish(fitMesh({ ...small, input: 'fixtures/mesh/box.ply', out }));
    metrics = await metricsOf(out);
  });

  it('tells what happens, in order', () => {
    const types = events.map(({ type }) => type);
    expect(types[0]).toBe('start');
    expect(types.filter((type) => type === 'step')).toHaveLength(40);
    expect(types.filter((type) => type === 'measure')).toHaveLength(20);
    expect(types.slice(-2)).toEqual(['end', 'result']);
    const finishing = events.flatMap((event) => (event.type === 'finish' ? [event] : []));
    expect(types.indexOf('finish')).toBe(types.indexOf('checkpoint') + 1);
    expect([...new Set(finishing.map(({ task }) => task))]).toEqual(['extract', 'measure', 'preview']);
    expect(finishing.filter(({ share }) => share === 0)).toHaveLength(3);
    expect(finishing.filter(({ share }) => share === 1)).toHaveLength(3);
  });

  it('leaves exactly the files it should', async () => {
    expect(readdirSync(out).sort()).toEqual([
      '.evos-files',
      'checkpoint.safetensors',
      'mesh.glb',
      'metrics.json',
      'model.onnx',
      'preview.png',
      'report.html',
      'selection.png',
      'target.ply',
    ]);
    expect(await kindOfRun(out)).toBe('mesh');
  });

  it('writes figures that agree with one another', () => {
    expect(metrics).toMatchObject({
      kind: 'mesh',
      strategy: 'evos-online',
      steps: 40,
      device: 'cpu',
      workers: 2,
    });
    expect(metrics.input).toMatchObject({ vertices: 8, triangles: 12, watertight: true, warnings: [] });
    expect(metrics.input.sign).toBe('pseudonormal');
    expect(metrics.samples).toBe(40 * 2048);
    // Of other points than the history's, so near and not equal.
    expect(metrics.history.at(-1)?.iou).toBeCloseTo(metrics.iou, 1);
    expect(metrics.iou).toBeGreaterThan(0.85);
    expect(metrics.iouNear).toBeGreaterThan(0.6);
    expect(metrics.chamferL1).toBeLessThan(0.03);
    expect(metrics.normalConsistency).toBeGreaterThan(0.85);
    expect(events.at(-1)).toMatchObject({ type: 'result', metrics });
  });

  it('extracts a closed mesh that lies where the original does', async () => {
    const [fitted, original] = [
      await loadMesh(path.join(out, 'mesh.glb')),
      await loadMesh('fixtures/mesh/box.ply'),
    ];
    expect(fitted.report).toMatchObject({
      watertight: true,
      vertices: metrics.vertices,
      triangles: metrics.triangles,
    });
    const [a, b] = [meshBounds(fitted.mesh), meshBounds(original.mesh)];
    for (const axis of [0, 1, 2]) {
      expect(Math.abs(a.min[axis]! - b.min[axis]!)).toBeLessThan(0.2);
      expect(Math.abs(a.max[axis]! - b.max[axis]!)).toBeLessThan(0.2);
    }
  });

  it('exports a model whose metadata leads a bare ONNX Runtime session to distances in mesh units', async () => {
    const session = await ort.InferenceSession.create(path.join(out, 'model.onnx'));
    const { frame, kind } = (await inspectModel(out)).metadata as {
      kind: string;
      frame: MeshMetrics['input']['frame'];
    };
    expect(kind).toBe('mesh');
    expect(await modelKind(out)).toBe('mesh');
    const { mesh } = await loadMesh('fixtures/mesh/box.ply');
    const { min, max } = meshBounds(mesh);
    const places = [0.1, 0.3, 0.5, 0.8, 1.1].flatMap((share) =>
      [0, 1, 2].map((axis) => min[axis]! + share * (max[axis]! - min[axis]!)),
    );
    const points = Float32Array.from(places);
    const coordinates = new ort.Tensor(
      'float32',
      points.map((value, i) => (value - frame.center[i % 3]!) * frame.scale),
      [5, 3],
    );
    const { values } = await session.run({ coordinates });
    const field = await createDistanceField(mesh, { workers: 0 });
    const truth = await field.distances(points);
    await field.dispose();
    (values?.data as Float32Array).forEach((value, i) => {
      expect(Math.abs(value / frame.scale - truth[i]!)).toBeLessThan(0.2);
    });
  });

  it('draws original, fit and error, and where it trained', async () => {
    expect(await sharp(path.join(out, 'preview.png')).metadata()).toMatchObject({ width: 1920, height: 640 });
    const { channels } = await sharp(path.join(out, 'selection.png')).stats();
    expect(Math.max(...channels.map(({ stdev }) => stdev))).toBeGreaterThan(5);
  });

  it('renders the same mesh from the model, and at other resolutions and formats', async () => {
    const same = path.join(out, '..', 'same.glb');
    expect(await renderMeshModel({ model: out, resolution: 32, out: same })).toMatchObject({
      vertices: metrics.vertices,
      triangles: metrics.triangles,
      resolution: 32,
    });
    expect(await readFile(same)).toEqual(await readFile(path.join(out, 'mesh.glb')));
    const finer = await renderMeshModel({
      model: path.join(out, 'model.onnx'),
      resolution: 48,
      format: 'ply',
    });
    expect(finer.file).toBe(path.join(out, 'mesh-48.ply'));
    expect((await loadMesh(finer.file)).report.triangles).toBe(finer.triangles);
    expect(finer.triangles).toBeGreaterThan(metrics.triangles);
    await expect(renderMeshModel({ model: out, out: 'a.ply', format: 'stl' })).rejects.toThrow(
      'got the format stl for a.ply',
    );
    await expect(renderModel({ model: out, out: same })).rejects.toThrow(
      /a model of kind "mesh", expected an image/,
    );
  });

  it('writes the files of a finished run anew on resume, and trains on when given more steps', async () => {
    const before = await readFile(path.join(out, 'model.onnx'));
    const again = await finish(resumeMesh({ folder: out }));
    expect(again.some((event) => event.type === 'step')).toBe(false);
    expect(await readFile(path.join(out, 'model.onnx'))).toEqual(before);
    const copy = temporaryFolder();
    for (const name of ['checkpoint.safetensors', 'target.ply']) {
      await writeFile(path.join(copy, name), await readFile(path.join(out, name)));
    }
    const longer = await finish(resumeMesh({ folder: copy, steps: 43 }));
    expect(longer.flatMap((event) => (event.type === 'step' ? [event.step] : []))).toEqual([41, 42, 43]);
    await expect(finish(resumeMesh({ folder: copy, steps: 10 }))).rejects.toThrow(
      /got 10, expected at least 43/,
    );
  });

  it('refuses to resume what is not there, another mesh, or an image', async () => {
    await expect(finish(resumeMesh({ folder: '/nowhere' }))).rejects.toThrow(/\/nowhere.*checkpoint/);
    const copy = temporaryFolder();
    await writeFile(
      path.join(copy, 'checkpoint.safetensors'),
      await readFile(path.join(out, 'checkpoint.safetensors')),
    );
    await writeFile(path.join(copy, 'target.ply'), await readFile('fixtures/mesh/bowl.ply'));
    await expect(finish(resumeMesh({ folder: copy }))).rejects.toThrow(
      /not the mesh this run was started with/,
    );
    await expect(resumeImage({ folder: copy }).next()).rejects.toThrow(/is not of a fit of an image/);
    const image = path.join(copy, 'image');
    const picture = { steps: 1, width: 4, depth: 1, device: 'cpu', workers: 1 } as const;
    for await (const event of fitImage({ ...picture, input: 'fixtures/edges.png', out: image })) void event;
    await expect(finish(resumeMesh({ folder: image }))).rejects.toThrow(/is not of a fit of a mesh/);
  });
});

describe('other meshes', () => {
  it.each([
    ['bowl.ply', 'winding'],
    ['flipped.stl', 'pseudonormal'],
    ['shells.glb', 'pseudonormal'],
  ])('fits %s, whose sign is told by %s', async (name, sign) => {
    const out = temporaryFolder();
    const events = await finish(fitMesh({ ...smallest, steps: 8, input: `fixtures/mesh/${name}`, out }));
    const [start] = events;
    expect(start).toMatchObject({ type: 'start', input: { sign } });
    if (start?.type !== 'start') throw new Error('expected a start');
    expect(start.notes).toEqual(start.input.warnings);
    expect(start.notes.length > 0).toBe(!start.input.watertight || name === 'flipped.stl');
    expect(events.at(-1)?.type).toBe('result');
  });

  it('fits with a SIREN and the eikonal term, and its model renders the same mesh', async () => {
    const out = temporaryFolder();
    const siren = { backbone: 'siren', eikonal: 0.01, truncate: 0.5, width: 32, learningRate: 3e-3 } as const;
    await finish(fitMesh({ ...smallest, ...siren, steps: 60, input: 'fixtures/mesh/box.ply', out }));
    const again = path.join(out, 'again.glb');
    await renderMeshModel({ model: out, resolution: 12, out: again });
    expect(await readFile(again)).toEqual(await readFile(path.join(out, 'mesh.glb')));
  });
});

describe('stopping', () => {
  /**
   * Runs until after a step, where it is stopped; then all that the checkpoint knows and the clock does not.
   * @param ahead steps that are under way by then
   */
  async function stopped(
    out: string,
    run: (signal: AbortSignal) => AsyncIterable<FitMeshEvent>,
    stopAt: number,
    ahead = 0,
  ) {
    const stop = new AbortController();
    const losses: number[] = [];
    let last: FitMeshEvent | undefined;
    for await (const event of run(stop.signal)) {
      last = event;
      if (event.type !== 'step') continue;
      losses.push(event.loss);
      if (event.step === stopAt) stop.abort();
    }
    expect(last).toMatchObject({ type: 'end', reason: 'aborted', step: stopAt + ahead });
    expect(existsSync(path.join(out, 'metrics.json'))).toBe(false);
    const checkpoint = await loadCheckpoint(path.join(out, 'checkpoint.safetensors'));
    const { trainer, selector, run: state } = checkpoint;
    return { losses, trainer, selector, counts: state.arrays };
  }

  /** Measured seldom: to measure takes as long as many steps. */
  const start = (out: string, settings: Partial<FitMeshOptions>, signal: AbortSignal) =>
    fitMesh({ ...small, measureEvery: 10, ...settings, input: 'fixtures/mesh/box.ply', out, signal });

  it.each([
    ['a pool that stays', {}, 11],
    ['a pool that is drawn anew, right where that is due', { refresh: 4, loss: 'mape', workers: 1 }, 12],
    ['a pool that was drawn anew before', { refresh: 4, loss: 'mape', truncate: 0.3, workers: 1 }, 14],
    ['the published selector', { strategy: 'evos', interval: 5, refresh: 7, workers: 1 }, 13],
    [
      'an operator',
      { strategy: 'evos', interval: 5, refresh: 0, frequency: 'plane-residual', workers: 1 },
      13,
    ],
  ] as const)(
    'with %s leaves a checkpoint, from which it goes on to the same bits',
    async (_, settings, step) => {
      const [out, never] = [temporaryFolder(), temporaryFolder()];
      const whole = await stopped(never, (signal) => start(never, settings, signal), 20);
      const first = await stopped(out, (signal) => start(out, settings, signal), step);
      const second = await stopped(out, (signal) => resumeMesh({ folder: out, signal }), 20);
      expect([...first.losses, ...second.losses]).toEqual(whole.losses);
      expect({ ...second, losses: [] }).toEqual({ ...whole, losses: [] });
    },
  );

  it.skipIf(webgpu.skipped)(
    `on a GPU draws the next points while it trains, and goes on to the same bits${webgpu.why}`,
    async () => {
      const settings = { device: 'webgpu', workers: 0, refresh: 4, ratio: 0.5 } as const;
      const [out, never] = [temporaryFolder(), temporaryFolder()];
      const whole = await stopped(never, (signal) => start(never, settings, signal), 20);
      const first = await stopped(out, (signal) => start(out, settings, signal), 13, 2);
      const second = await stopped(out, (signal) => resumeMesh({ folder: out, signal }), 20);
      expect([...first.losses, ...second.losses]).toEqual(whole.losses);
      expect({ ...second, losses: [] }).toEqual({ ...whole, losses: [] });
    },
    120_000,
  );

  it('leaves what never stopping leaves, when gone on from to the end', async () => {
    const [out, never] = [temporaryFolder(), temporaryFolder()];
    const settings = { steps: 20, resolution: 16, measureEvery: 4 };
    await finish(fitMesh({ ...small, ...settings, input: 'fixtures/mesh/box.ply', out: never }));
    await stopped(out, (signal) => start(out, settings, signal), 5);
    await finish(resumeMesh({ folder: out }));
    for (const name of ['target.ply', 'model.onnx', 'mesh.glb', 'preview.png', 'selection.png']) {
      expect(await readFile(path.join(out, name)), name).toEqual(await readFile(path.join(never, name)));
    }
    const [a, b] = [await metricsOf(out), await metricsOf(never)];
    const figures = ({ iou, chamferL1, samples, history }: MeshMetrics) => ({
      figures: [iou, chamferL1, samples],
      history: history.map(({ step, iou: quality, loss }) => [step, quality, loss]),
    });
    expect(figures(a)).toEqual(figures(b));
  });

  it('finds the pool drawn anew where it was asked to be', async () => {
    const [stays, anew] = [temporaryFolder(), temporaryFolder()];
    const a = await stopped(stays, (signal) => start(stays, { workers: 1 }, signal), 14);
    const b = await stopped(anew, (signal) => start(anew, { refresh: 12, workers: 1 }, signal), 14);
    expect(b.losses.slice(0, 12)).toEqual(a.losses.slice(0, 12));
    expect(b.losses[12]).not.toBe(a.losses[12]);
  });

  it('ends while the mesh is extracted, too, and goes on from there', async () => {
    const out = temporaryFolder();
    const stop = new AbortController();
    const events: FitMeshEvent[] = [];
    const options = { ...small, steps: 4, resolution: 256, input: 'fixtures/mesh/box.ply', out };
    for await (const event of fitMesh({ ...options, signal: stop.signal })) {
      events.push(event);
      if (event.type === 'finish') stop.abort();
    }
    expect(events.at(-1)).toMatchObject({ type: 'end', reason: 'aborted', step: 4 });
    expect(readdirSync(out).sort()).toEqual(['.evos-files', 'checkpoint.safetensors', 'target.ply']);
  });
});

describe('what cannot be fitted', () => {
  it.each([
    ['empty.obj', '', /empty\.obj/],
    ['points.obj', 'v 0 0 0\nv 1 0 0\nv 0 1 0\n', /points\.obj/],
    ['nan.obj', 'v nan 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n', /nan\.obj/],
    ['index.obj', 'v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 7\n', /index\.obj/],
    ['line.obj', 'v 0 0 0\nv 1 0 0\nv 2 0 0\nf 1 2 3\n', /line\.obj/],
    [
      'sheet.obj',
      'v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nf 1 2 3\nf 1 3 4\n',
      /sheet\.obj.*without an inside.*thickness/,
    ],
    ['mesh.xyz', 'x', /mesh\.xyz.*told apart by extension/],
  ])('%s is refused before anything is written', async (name, text, message) => {
    const folder = temporaryFolder();
    const [input, out] = [path.join(folder, name), path.join(folder, 'run')];
    await writeFile(input, text);
    const run = finish(fitMesh({ ...smallest, input, out }));
    await expect(run).rejects.toMatchObject({
      code: 'input',
      message: expect.stringMatching(message) as string,
    });
    expect(existsSync(out)).toBe(false);
  });

  it('settings that do not go together are refused before anything is read', async () => {
    const run = finish(fitMesh({ ...small, eikonal: 1, input: '/nowhere.obj' }));
    await expect(run).rejects.toThrow(/use a backbone that is smooth, siren say/);
  });

  it('a folder that holds a run is not written over, and of an image’s run nothing is left when it is', async () => {
    const out = path.join(temporaryFolder(), 'run');
    const picture = { steps: 1, width: 4, depth: 1, device: 'cpu', workers: 1 } as const;
    for await (const event of fitImage({ ...picture, input: 'fixtures/edges.png', out })) void event;
    const options = { ...smallest, steps: 4, input: 'fixtures/mesh/box.ply', out };
    await expect(finish(fitMesh(options))).rejects.toThrow(`${out} already holds a run`);
    await finish(fitMesh({ ...options, overwrite: true }));
    expect(existsSync(path.join(out, 'target.png'))).toBe(false);
    expect(existsSync(path.join(out, 'reconstruction.png'))).toBe(false);
  });
});

describe('a comparison on a mesh', () => {
  it('goes on where a strategy leaves no surface, and says which', async () => {
    const out = temporaryFolder();
    const options = {
      ...{ input: 'fixtures/mesh/box.ply', steps: 2, samples: 512, resolution: 16, refresh: 0 },
      ...{ backbone: 'siren', width: 8, depth: 1 },
    };
    const run = async (strategies: string[], folder: string, resume: boolean) => {
      let report: CompareMeshReport | undefined;
      for await (const event of compareMesh({ ...options, strategies, out: folder, resume })) {
        if (event.type === 'compared') report = event.report;
      }
      return report;
    };
    // So small a rate leaves all of space outside.
    const strategies = ['steep=uniform@learningRate=10', 'full'];
    for (const resume of [false, true]) {
      const report = await run(strategies, out, resume);
      expect(report?.rows.map(({ strategy }) => strategy)).toEqual(['steep']);
      expect(report?.failed).toEqual([{ strategy: 'full', step: 2, steps: 2, outcome: 'left no surface' }]);
    }
    expect(await readFile(path.join(out, 'compare.html'), 'utf8')).toContain(
      'left no surface at step 2 of 2',
    );
    // With a baseline that leaves none there is nothing to compare.
    const ended = run(['full'], temporaryFolder(), false);
    await expect(ended).rejects.toThrow(NoResultError);
    await expect(ended).rejects.toThrow(/no mesh could be extracted after step 2: .*start anew/);
  });

  it('runs strategies from the same start, one of the own among them, and goes on after a stop', async () => {
    const own = ({ size, steps, seed }: { size: number; steps: number; seed: number }) =>
      createSelector({ strategy: 'uniform', size, steps, seed, ratio: 0.1 });
    const run = async (out: string, resume: boolean, stopAt?: number) => {
      const stop = new AbortController();
      let report: CompareMeshReport | undefined;
      for await (const event of compareMesh({
        ...smallest,
        steps: 12,
        input: 'fixtures/mesh/box.ply',
        strategies: ['full', 'mine'],
        selectors: { mine: own },
        out,
        resume,
        signal: stop.signal,
      })) {
        if (event.type === 'compared') report = event.report;
        if (event.type === 'run' && event.event.type === 'step' && event.event.step === stopAt) stop.abort();
      }
      return report;
    };
    const out = temporaryFolder();
    const report = await run(out, false);
    expect(report).toMatchObject({ kind: 'mesh-comparison', baseline: 'full' });
    expect(report?.rows.map(({ strategy }) => strategy)).toEqual(['full', 'mine']);
    const [full] = report?.rows ?? [];
    expect(full).toMatchObject({ timeRatio: 1, samples: 12 * 8192 });
    // The baseline reaches its own last IoU no later than at its end.
    expect(full?.secondsToBaseline).toBeLessThanOrEqual(
      (full?.seconds.train ?? 0) + (full?.seconds.select ?? 0),
    );
    expect(JSON.parse(await readFile(path.join(out, 'compare.json'), 'utf8'))).toEqual(report);
    const curves = (await readFile(path.join(out, 'curves.csv'), 'utf8')).trim().split('\n');
    expect(curves[0]).toBe('input,seed,strategy,step,seconds,samples,iou,iou_near,loss,ratio');
    expect(curves).toHaveLength(1 + 2 * 12);

    const other = temporaryFolder();
    expect(await run(other, false, 5)).toBeUndefined();
    const resumed = await run(other, true);
    const figures = (each: CompareMeshReport | undefined) =>
      each?.rows.map(({ strategy, iou, iouNear, samples }) => ({ strategy, iou, iouNear, samples }));
    expect(figures(resumed)).toEqual(figures(report));
  });
});
