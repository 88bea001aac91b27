// A whole image fit through the SDK, and what it leaves behind, opened by others than who wrote it.
import { existsSync, readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import * as ort from 'onnxruntime-node';
import sharp from 'sharp';
import { createSelector } from 'evos';
import {
  compare,
  fitImage,
  inspectModel,
  renderModel,
  resumeImage,
  type CompareOptions,
  type CompareReport,
  type CompareRow,
  type FitImageEvent,
  type ImageMetrics,
} from 'evos/recipes';
import { coordinateGrid } from 'evos/image';
import { temporaryFolder } from '../support/command.js';
import { missingDevice } from '../support/devices.js';
import { runPython, skipWithoutPython } from '../support/python.js';

const small = {
  steps: 60,
  backbone: 'siren',
  width: 32,
  depth: 2,
  interval: { from: 20, to: 10 },
  device: 'cpu',
  workers: 2,
} as const;

async function finish(run: AsyncIterable<FitImageEvent>): Promise<FitImageEvent[]> {
  const events: FitImageEvent[] = [];
  for await (const event of run) events.push(event);
  return events;
}

async function grey(file: string): Promise<Buffer> {
  return sharp(file).removeAlpha().raw().toBuffer();
}

describe('an image fit', () => {
  const out = path.join(temporaryFolder(), 'run');
  let events: FitImageEvent[];
  let metrics: ImageMetrics;
  beforeAll(async () => {
    events = await finish(fitImage({ ...small, strategy: 'evos', input: 'fixtures/photo.png', out }));
    metrics = JSON.parse(await readFile(path.join(out, 'metrics.json'), 'utf8')) as ImageMetrics;
  });

  it('tells what happens, in order', () => {
    const types = events.map(({ type }) => type);
    expect(types[0]).toBe('start');
    expect(types.filter((type) => type === 'step')).toHaveLength(60);
    expect(types.filter((type) => type === 'measure')).toHaveLength(10);
    expect(types.slice(-3)).toEqual(['checkpoint', 'end', 'result']);
  });

  it('leaves exactly the files it should', () => {
    expect(readdirSync(out).sort()).toEqual([
      '.evos-files',
      'checkpoint.safetensors',
      'metrics.json',
      'model.onnx',
      'reconstruction.png',
      'report.html',
      'selection.png',
      'target.png',
    ]);
  });

  it('writes figures that agree with one another', () => {
    expect(metrics).toMatchObject({
      kind: 'image',
      strategy: 'evos',
      steps: 60,
      seed: 3407,
      device: 'cpu',
      workers: 2,
    });
    expect(metrics.model).toMatchObject({ kind: 'siren', parameters: 2307, macsPerSample: 2208 });
    expect(metrics.history.at(-1)).toMatchObject({ step: 60, psnr: metrics.psnr, ssim: metrics.ssim });
    expect(metrics.psnr).toBeGreaterThan(12);
    expect(metrics.seconds.total).toBeGreaterThan(metrics.seconds.train + metrics.seconds.select);
    const evaluations = events.filter((event) => event.type === 'step' && event.whole).length;
    expect(metrics.evaluations).toBe(evaluations);
    expect(metrics.samples).toBe(evaluations * 6144 + (60 - evaluations) * 3072);
  });

  it('exports a model from which a bare ONNX Runtime session makes the reconstruction', async () => {
    const session = await ort.InferenceSession.create(path.join(out, 'model.onnx'));
    const size = { width: 96, height: 64 };
    const coordinates = new ort.Tensor('float32', coordinateGrid(size.width, size.height), [96 * 64, 2]);
    const { values } = await session.run({ coordinates });
    const { range } = (await inspectModel(out)).metadata as { range: { min: number; max: number } };
    const data = values?.data as Float32Array;
    const picture = await grey(path.join(out, 'reconstruction.png'));
    expect(picture.length).toBe(data.length);
    let worst = 0;
    data.forEach((value, i) => {
      const level = Math.min(255, Math.max(0, range.min + ((value + 1) / 2) * (range.max - range.min)));
      worst = Math.max(worst, Math.abs(level - (picture[i] ?? -999)));
    });
    expect(worst).toBeLessThanOrEqual(1);
  });

  it.skipIf(skipWithoutPython('onnx'))("passes Python's ONNX checker, metadata and all", () => {
    const program = [
      'import sys, json, onnx',
      'model = onnx.load(sys.argv[1])',
      'onnx.checker.check_model(model, full_check=True)',
      'print(json.dumps({p.key: p.value for p in model.metadata_props}))',
    ].join('\n');
    const metadata = JSON.parse(runPython(program, [path.join(out, 'model.onnx')])) as Record<string, string>;
    expect(metadata).toMatchObject({ kind: 'image', size: '{"width":96,"height":64,"channels":3}' });
    expect(JSON.parse(metadata['training'] ?? '')).toMatchObject({ strategy: 'evos', seed: 3407 });
  });

  it.skipIf(skipWithoutPython('safetensors.numpy'))(
    "writes a checkpoint that Python's safetensors opens",
    () => {
      const program = [
        'import sys, json',
        'from safetensors.numpy import load_file',
        'tensors = load_file(sys.argv[1])',
        'print(json.dumps({name: [str(t.dtype), list(t.shape)] for name, t in tensors.items()}))',
      ].join('\n');
      const tensors = JSON.parse(runPython(program, [path.join(out, 'checkpoint.safetensors')])) as object;
      expect(tensors).toMatchObject({
        'trainer.parameters': ['float32', [2307]],
        'trainer.m': ['float32', [2307]],
        'selector.order': ['uint32', [6144]],
        'run.counts': ['uint32', [6144]],
      });
    },
  );

  it('renders at any resolution', async () => {
    const same = path.join(out, '..', 'same.png');
    await renderModel({ model: out, out: same });
    const [a, b] = [await grey(same), await grey(path.join(out, 'reconstruction.png'))];
    expect(a.every((value, i) => Math.abs(value - (b[i] ?? -9)) <= 1)).toBe(true);
    const twice = path.join(out, '..', 'twice.png');
    expect(await renderModel({ model: path.join(out, 'model.onnx'), scale: 2, out: twice })).toMatchObject({
      width: 192,
      height: 128,
    });
    expect(await sharp(twice).metadata()).toMatchObject({ width: 192, height: 128 });
    await expect(renderModel({ model: out, scale: 2, width: 3, out: twice })).rejects.toThrow(
      /both a scale and a size/,
    );
    await expect(renderModel({ model: 'package.json', out: twice })).rejects.toThrow(
      /package\.json.*no ONNX model/,
    );
  });

  it('writes the files of a finished run anew on resume, without training', async () => {
    const again = await finish(resumeImage({ folder: out }));
    expect(again.some((event) => event.type === 'step')).toBe(false);
    expect(again.at(-1)).toMatchObject({
      type: 'result',
      metrics: { psnr: metrics.psnr, samples: metrics.samples },
    });
  });

  it('trains on when a finished run is given more steps', async () => {
    const copy = temporaryFolder();
    for (const name of ['checkpoint.safetensors', 'target.png']) {
      await writeFile(path.join(copy, name), await readFile(path.join(out, name)));
    }
    const longer = await finish(resumeImage({ folder: copy, steps: 70 }));
    expect(longer.filter((event) => event.type === 'step').map(({ step }) => step)[0]).toBe(61);
    expect(longer.at(-1)).toMatchObject({ type: 'result', metrics: { steps: 70 } });
    await expect(finish(resumeImage({ folder: copy, steps: 10 }))).rejects.toThrow(
      /got 10, expected at least 70/,
    );
  });

  it('refuses to resume what is not there, damaged, or another picture', async () => {
    await expect(finish(resumeImage({ folder: '/nowhere' }))).rejects.toThrow(/\/nowhere.*checkpoint/);
    const copy = temporaryFolder();
    const checkpoint = await readFile(path.join(out, 'checkpoint.safetensors'));
    await writeFile(path.join(copy, 'checkpoint.safetensors'), checkpoint);
    await writeFile(path.join(copy, 'target.png'), await readFile('fixtures/edges.png'));
    await expect(finish(resumeImage({ folder: copy }))).rejects.toThrow(
      /not the picture this run was started with/,
    );
    checkpoint[checkpoint.length - 5] = (checkpoint[checkpoint.length - 5] ?? 0) ^ 1;
    await writeFile(path.join(copy, 'checkpoint.safetensors'), checkpoint);
    await expect(finish(resumeImage({ folder: copy }))).rejects.toThrow(/damaged/);
  });
});

describe('other pictures', () => {
  it.each(['gradient.png', 'badge.png', 'rotated.jpg'])('fits %s', async (name) => {
    const out = temporaryFolder();
    const events = await finish(
      fitImage({ ...small, strategy: 'evos', steps: 5, input: `fixtures/${name}`, out }),
    );
    const { width, height } = await sharp(path.join(out, 'target.png')).metadata();
    expect(await sharp(path.join(out, 'reconstruction.png')).metadata()).toMatchObject({ width, height });
    expect(events.at(-1)?.type).toBe('result');
  });

  it('fits a picture of one colour: exact, and said so with a finite figure', async () => {
    const out = temporaryFolder();
    const input = path.join(out, 'flat.png');
    const background = { r: 90, g: 90, b: 90 };
    await sharp({ create: { width: 8, height: 8, channels: 3, background } })
      .png()
      .toFile(input);
    await finish(fitImage({ ...small, strategy: 'evos', steps: 3, input, out }));
    const metrics = JSON.parse(await readFile(path.join(out, 'metrics.json'), 'utf8')) as ImageMetrics;
    expect(metrics.psnr).toBe(200);
    expect(metrics.ssim).toBeNull();
  });
});

describe('a folder that holds a run', () => {
  it('is not written over unless asked; without a folder named, a free one is taken', async () => {
    const out = path.join(temporaryFolder(), 'run');
    const options = { ...small, steps: 3, input: 'fixtures/edges.png', out };
    await finish(fitImage(options));
    const before = await readFile(path.join(out, 'model.onnx'));
    await expect(finish(fitImage({ ...options, seed: 1 }))).rejects.toThrow(
      `${out} already holds a run, and would lose it: go on with it (evos fit --resume ${out})`,
    );
    expect(await readFile(path.join(out, 'model.onnx'))).toEqual(before);
    await finish(fitImage({ ...options, seed: 1, overwrite: true }));
    expect(await readFile(path.join(out, 'model.onnx'))).not.toEqual(before);
  });
});

const missing = await missingDevice();

describe('a device that is not here', () => {
  it.skipIf(missing === undefined)('does not cost the run that was to be written over', async () => {
    const out = temporaryFolder();
    const options = { ...small, steps: 3, input: 'fixtures/edges.png', out };
    await finish(fitImage(options));
    const kept = await readFile(path.join(out, 'model.onnx'));
    const again = finish(fitImage({ ...options, device: missing ?? 'cuda', overwrite: true }));
    await expect(again).rejects.toThrow(`device ${missing ?? ''} does not work here`);
    expect(await readFile(path.join(out, 'model.onnx'))).toEqual(kept);
  });
});

describe('stopping', () => {
  it.each([
    [0, [7]],
    [1, [7, 8]],
  ] as const)('when the signal fires, %i events ahead, ends after step %o', async (ahead, ends) => {
    const out = temporaryFolder();
    const stop = new AbortController();
    const events: FitImageEvent[] = [];
    for await (const event of fitImage({
      ...small,
      strategy: 'evos',
      input: 'fixtures/photo.png',
      out,
      signal: stop.signal,
      ahead,
    })) {
      events.push(event);
      if (event.type === 'step' && event.step === 7) stop.abort();
    }
    const end = events.at(-1);
    expect(end).toMatchObject({ type: 'end', reason: 'aborted' });
    if (end?.type !== 'end') throw new Error('no end');
    expect(ends).toContain(end.step);
    // Every step is told, with a checkpoint after the last and no result.
    const steps = events.flatMap((event) => (event.type === 'step' ? [event.step] : []));
    expect(steps).toEqual(Array.from({ length: end.step }, (_, i) => i + 1));
    expect(existsSync(path.join(out, 'checkpoint.safetensors'))).toBe(true);
    expect(existsSync(path.join(out, 'metrics.json'))).toBe(false);
  });

  it('says what is wrong with settings before anything is written', async () => {
    const out = path.join(temporaryFolder(), 'never');
    const run = (settings: object) =>
      finish(fitImage({ ...small, strategy: 'evos', ...settings, input: 'fixtures/photo.png', out }));
    await expect(run({ ratio: Number.NaN })).rejects.toThrow(
      'ratio: got NaN, expected a number above 0 and at most 1',
    );
    await expect(run({ interval: 0 })).rejects.toThrow(/interval: got 0, expected .*whole number/);
    await expect(run({ interval: '100:50' })).rejects.toThrow(/interval: got "100:50", expected/);
    await expect(run({ raito: 0.5 })).rejects.toThrow(/raito: unknown setting\. Did you mean ratio/);
    expect(existsSync(out)).toBe(false);
  });
});

describe('a comparison', () => {
  it('runs strategies from the same start, one of the own among them, and writes table, data and page', async () => {
    const out = temporaryFolder();
    let report: CompareReport | undefined;
    const first: Record<string, number> = {};
    for await (const event of compare({
      ...small,
      steps: 30,
      measureEvery: 1,
      input: 'fixtures/edges.png',
      strategies: ['mine', 'full', 'uniform', 'evos'],
      selectors: {
        mine: ({ size, steps, seed }) =>
          createSelector({ strategy: 'uniform', size, steps, seed, ratio: 0.1 }),
      },
      out,
    })) {
      if (event.type === 'compared') report = event.report;
      if (event.type === 'run' && event.event.type === 'step' && event.event.step === 1) {
        first[event.strategy] = event.event.loss;
      }
    }
    expect(report?.rows.map(({ strategy }) => strategy)).toEqual(['mine', 'full', 'uniform', 'evos']);
    expect(report?.rows[0]).toMatchObject({ timeRatio: 1, speedUp: expect.any(Number) as number });
    // Same weights: the whole picture's first error is EVOS's first loss less its Laplacian term.
    expect(first['evos']).toBeGreaterThan(first['full'] ?? Infinity);
    expect(first['uniform']).toBeCloseTo(first['full'] ?? 0, 1);
    const stored = JSON.parse(await readFile(path.join(out, 'compare.json'), 'utf8')) as CompareReport;
    expect(stored).toEqual(report);
    const curves = (await readFile(path.join(out, 'curves.csv'), 'utf8')).trim().split('\n');
    expect(curves[0]).toBe('input,seed,strategy,step,seconds,samples,psnr,psnr_image_peak,ssim,loss,ratio');
    expect(curves).toHaveLength(1 + 4 * 30);
    const table = (await readFile(path.join(out, 'compare.csv'), 'utf8')).trim().split('\n');
    expect(table[0]).toMatch(/^input,seed,strategy,baseline,steps,samples,.*,psnr,.*,setting_ratio,/);
    expect(table).toHaveLength(1 + 4);
    expect(await readFile(path.join(out, 'compare.html'), 'utf8')).toContain('</html>');
  });

  it('goes on after a stop, to the same bits, and refuses runs of other settings', async () => {
    const out = temporaryFolder();
    const settings = { ...small, steps: 24, input: 'fixtures/edges.png', strategies: ['full', 'evos'] };
    const run = async (
      options: Partial<CompareOptions> & { stop?: boolean },
    ): Promise<CompareReport | undefined> => {
      let report: CompareReport | undefined;
      const stop = new AbortController();
      const { stop: stops = false, ...rest } = options;
      for await (const event of compare({ ...settings, signal: stop.signal, ...rest })) {
        if (event.type === 'compared') report = event.report;
        const step = event.type === 'run' && event.event.type === 'step' ? event.event.step : 0;
        if (step === 9 && event.type === 'run' && event.strategy === 'evos' && stops) stop.abort();
      }
      return report;
    };
    expect(await run({ out, stop: true })).toBeUndefined();
    await expect(run({ out })).rejects.toThrow(/already holds a run.*--resume/);
    await expect(run({ out, resume: true, ratio: 0.25 })).rejects.toThrow(/started with ratio 0.5, not 0.25/);
    const resumed = await run({ out, resume: true });
    const never = await run({ out: temporaryFolder() });
    const figures = (report: CompareReport | undefined) =>
      report?.rows.map(({ strategy, psnr, samples }) => ({ strategy, psnr, samples }));
    expect(figures(resumed)).toEqual(figures(never));
    expect(figures(resumed)).toHaveLength(2);
  });

  it('compares with the baseline even when that ends last', async () => {
    const out = temporaryFolder();
    // As comparisons have it.
    const settings = { ...small, resize: 'small', steps: 20, input: 'fixtures/edges.png' };
    await finish(fitImage({ ...settings, strategy: 'evos', out: path.join(out, 'evos') }));
    let report: CompareReport | undefined;
    for await (const event of compare({ ...settings, strategies: ['full', 'evos'], out, resume: true })) {
      if (event.type === 'compared') report = event.report;
    }
    const [full, evos] = report?.rows ?? [];
    if (full === undefined || evos === undefined) throw new Error('expected two rows');
    expect([full.strategy, evos.strategy, report?.baseline]).toEqual(['full', 'evos', 'full']);
    const seconds = ({ seconds: { train, select } }: CompareRow): number => train + select;
    expect(evos.timeRatio).toBe(seconds(evos) / seconds(full));
    expect(full.timeRatio).toBe(1);
  });
});
