// Pictures by a network of their grid: trained pixel by pixel, measured and written all at once, and never asked for a place
// between pixels. Meshes and scenes are told why they cannot have it.
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import sharp from 'sharp';
import { fitImage, fitMesh, fitScene, inspectModel, renderModel, type ImageMetrics } from 'evos/recipes';
import { temporaryFolder } from '../support/command.js';

const backbone = 'asmr';
const small = { crop: 30, steps: 150, width: 32, ratio: 0.5, device: 'cpu', workers: 2 } as const;

describe('a picture by a network of its grid', () => {
  const folder = temporaryFolder();
  const out = path.join(folder, 'run');
  let metrics: ImageMetrics;
  beforeAll(async () => {
    const run = fitImage({ ...small, learningRate: 2e-3, backbone, input: 'fixtures/photo.png', out });
    for await (const event of run) if (event.type === 'result') ({ metrics } = event);
  });

  it('learns, at the bases that suit its size', () => {
    expect(metrics.model.kind).toBe(backbone);
    // 30 is 2·3·5, and there are four digits.
    expect(metrics.model.settings).toMatchObject({ shape: [30, 30], levels: 4, bases: '2,2,2,4x2,2,2,4' });
    const first = metrics.history[0]?.psnr ?? NaN;
    expect(metrics.psnr).toBeGreaterThan(first + 3);
  });

  it('has a file that gives the picture pixel by pixel, as it was measured', async () => {
    const file = path.join(folder, 'render.png');
    await renderModel({ model: out, out: file });
    const read = (name: string): Promise<Buffer> => sharp(name).removeAlpha().raw().toBuffer();
    const [rendered, measured] = [await read(file), await read(path.join(out, 'reconstruction.png'))];
    const apart = rendered.map((value, i) => Math.abs(value - (measured[i] ?? NaN)));
    expect(Math.max(...apart)).toBeLessThanOrEqual(1);
  });

  it('is not rendered at other sizes, and says why', async () => {
    await expect(renderModel({ model: out, out: path.join(folder, 'no.png'), scale: 2 })).rejects.toThrow(
      /got a picture of 60×60, expected 30×30: the backbone asmr knows the pixels that it was trained on and no place between/,
    );
  });

  it('is inspected with what a pixel costs alone and in its grid', async () => {
    const { model } = await inspectModel(out);
    expect(model.macsPerSample).toBe(metrics.model.macsPerSample);
    expect(model.sharedMacsPerSample).toBeCloseTo(metrics.model.sharedMacsPerSample ?? NaN, 1);
    expect(model.sharedMacsPerSample).toBeLessThan((model.macsPerSample ?? 0) / 2);
  });

  it('takes bases of its own, and says what is wrong with them', async () => {
    const fit = async (bases: string): Promise<void> => {
      const run = fitImage({
        ...{ ...small, steps: 2, backbone, bases, input: 'fixtures/photo.png' },
        out: path.join(folder, bases),
      });
      for await (const event of run) if (event.type === 'result') ({ metrics: last } = event);
    };
    let last: ImageMetrics | undefined;
    await fit('5,6x6,5');
    expect(last?.model.settings).toMatchObject({ levels: 2, bases: '5,6x6,5' });
    await expect(fit('5,5x6,5')).rejects.toThrow(/5,5 along axis 0, whose product is 25, expected 30/);
    await expect(fit('5;6')).rejects.toThrow(/bases: got "5;6", expected whole numbers, coarse to fine/);
  });
});

describe('a network of a grid where there is none', () => {
  const first = async (run: AsyncIterable<unknown>): Promise<void> => {
    for await (const event of run) void event;
  };

  it.each([
    ['a mesh', () => fitMesh({ input: 'fixtures/mesh/box.ply', backbone })],
    ['a scene', () => fitScene({ input: 'fixtures/nerf/scene', backbone })],
  ])('%s says what it needs', async (_, start) => {
    await expect(first(start())).rejects.toThrow(
      /backbone: got "asmr", expected one of siren, .*; asmr needs samples that are all the points of a regular grid/,
    );
  });
});
