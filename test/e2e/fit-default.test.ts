// What somebody gets who names a picture and nothing else: a grid as large as the picture asks for, in little time, and plain
// words on what it is not good for.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import sharp from 'sharp';
import { fitImage, renderModel, type FitImageOptions, type ImageMetrics } from 'evos/recipes';
import { temporaryFolder } from '../support/command.js';

describe('a picture by the defaults', () => {
  const folder = temporaryFolder();
  const out = path.join(folder, 'run');
  let metrics: ImageMetrics;
  let notes: readonly string[];
  beforeAll(async () => {
    // In fewer steps.
    const settings = { steps: 300, device: 'cpu', workers: 2 } as const;
    for await (const event of fitImage({ ...settings, input: 'fixtures/photo.png', out })) {
      if (event.type === 'start') ({ notes } = event);
      if (event.type === 'result') ({ metrics } = event);
    }
  });

  it('is fitted at its own size, well and with no more numbers than a small picture has values', () => {
    const { input, model, settings, psnr } = metrics;
    expect([input.width, input.height, notes]).toEqual([96, 64, []]);
    expect([settings.backbone, settings.strategy, model.kind]).toEqual([
      'hash-grid',
      'evos-online',
      'hash-grid',
    ]);
    expect(model.parameters).toBeLessThanOrEqual(96 * 64 * 3);
    expect(model.parameters).toBeGreaterThan(0.9 * 96 * 64 * 3);
    expect(psnr).toBeGreaterThan(30);
  });

  it('says how large the model is, and the picture', () => {
    const { bytes, model } = metrics;
    expect(bytes).toMatchObject({
      model: 4 * model.parameters,
      modelHalf: 2 * model.parameters,
      raw: 18_432,
    });
    expect(bytes.png).toBeGreaterThan(1000);
    expect(bytes.png).toBeLessThan(18_432);
  });

  it('has a report of bounded size where it is large', async () => {
    const [large, wide] = [path.join(folder, 'wide.png'), path.join(folder, 'large')];
    await sharp('fixtures/photo.png').resize({ width: 2100, height: 20, fit: 'fill' }).toFile(large);
    const settings = { steps: 2, device: 'cpu', workers: 2, checkpointEvery: 1e6 } as const;
    for await (const event of fitImage({ ...settings, input: large, out: wide })) void event;
    const page = await readFile(path.join(wide, 'report.html'), 'utf8');
    expect(page).toContain('The pictures of this page are made smaller');
    const pictures = [...page.matchAll(/data:image\/png;base64,([A-Za-z0-9+/=]+)/g)];
    expect(pictures.length).toBeGreaterThanOrEqual(4);
    for (const [, png = ''] of pictures) {
      expect((await sharp(Buffer.from(png, 'base64')).metadata()).width).toBeLessThanOrEqual(2048);
    }
    expect((await sharp(path.join(wide, 'reconstruction.png')).metadata()).width).toBe(2100);
  });

  it('is gone over less often where it is very large, unless steps or a time were named', async () => {
    const [large, small] = [path.join(folder, 'large.png'), path.join(folder, 'not-large.png')];
    const flat = { channels: 3, background: 'grey' } as const;
    await sharp({ create: { width: 2400, height: 2000, ...flat } }).toFile(large);
    await sharp({ create: { width: 2048, height: 2048, ...flat } }).toFile(small);
    const startOf = async (options: FitImageOptions): Promise<[number, readonly string[]]> => {
      const run = fitImage({ ...options, device: 'cpu', workers: 1, out: temporaryFolder() });
      for await (const event of run) {
        if (event.type === 'start') return [event.settings.steps, event.notes];
      }
      throw new Error('expected a start');
    };
    const said =
      '2200 steps, fewer than for smaller pictures, to finish 5 megapixels soon; --steps says how many';
    expect(await startOf({ input: large })).toEqual([2200, [said]]);
    expect(await startOf({ input: large, steps: 3 })).toEqual([3, []]);
    expect(await startOf({ input: large, strategy: 'uniform', steps: 2400 })).toEqual([2400, []]);
    expect(await startOf({ input: small })).toEqual([2400, []]);
  });

  it('is enlarged with a word on what is between its pixels', async () => {
    const [same, twice] = [path.join(folder, 'same.png'), path.join(folder, 'twice.png')];
    expect((await renderModel({ model: out, out: same })).notes).toEqual([]);
    const { notes: told } = await renderModel({ model: out, out: twice, scale: 2 });
    expect(told).toEqual([
      expect.stringContaining('a grid knows little between the pixels that it was trained on'),
    ]);
  });
});
