// The reports of mesh fits as text: right figures with their units, warnings, and the command that repeats the run.
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../../../../src/core/index.js';
import { meshSettings } from '../../../../src/recipes/modalities/mesh/settings.js';
import * as commands from '../../../../src/recipes/report/command.js';
import { renderMeshComparison } from '../../../../src/recipes/modalities/mesh/report/comparison.js';
import { ofLongestSide, renderMeshReport } from '../../../../src/recipes/modalities/mesh/report/run.js';
import { words } from '../image/report-data.js';
import { meshComparison, meshComparisonPictures, meshMetrics, meshPictures } from './report-data.js';

const compareCommand = (of: Parameters<typeof commands.compareCommand>[0]): string | undefined =>
  commands.compareCommand(of, meshSettings);
const fitCommand = (of: Parameters<typeof commands.fitCommand>[0]): string | undefined =>
  commands.fitCommand(of, meshSettings);

const images = await meshPictures();
const report = (changes: Parameters<typeof meshMetrics>[0] = {}): string =>
  renderMeshReport({ metrics: meshMetrics(changes), images });

describe('a share of the longest side', () => {
  it.each([
    [0.000423, '0.042'],
    [0.0287, '2.9'],
    [0.000009, '9.00 × 10^−4'],
    [0, '0.000'],
    [NaN, '–'],
  ])('%d is %s per cent', (share, text) => {
    expect(ofLongestSide(share)).toBe(text);
  });
});

describe('the command that repeats a mesh fit', () => {
  it('names what decides the result and what differs from the defaults', () => {
    const command = fitCommand(meshMetrics());
    expect(command).toContain(
      "evos fit '/meshes/Stanford bunny.obj' --strategy evos-online --steps 3000 --seed 3407 --device cpu " +
        '--workers 2 --micro-batch 2048',
    );
    expect(command).toContain(' --split int');
    for (const usual of ['--preset', '--resolution', '--ratio']) expect(command).not.toContain(usual);
    expect(compareCommand(meshComparison())).toContain(
      "evos compare '/meshes/Stanford bunny.obj' --strategies full,uniform,evos,evos-online --seed 3407 " +
        '--device cpu --workers 2',
    );
  });

  it('names the preset, and of the rest what differs from that', () => {
    const settings = meshSettings.fit({ preset: 'int-paper', resolution: 64 });
    const command = fitCommand(meshMetrics({ settings, strategy: settings.strategy }));
    expect(command).toContain('--preset int-paper');
    expect(command).toContain('--resolution 64');
    expect(command).not.toContain('--split');
  });

  it('does not pretend that a selector of one’s own can be named', () => {
    expect(words(report({ strategy: 'mine' }))).toContain('call fitMesh from evos/recipes');
    const settings = { ...meshComparison().settings, strategies: ['full', 'mine@ratio=0.1'] };
    expect(compareCommand(meshComparison({ settings }))).toBeUndefined();
  });
});

describe('renderMeshReport', () => {
  it('says what came out, in which unit, by whose definition', () => {
    const text = words(report());
    expect(text).toContain(
      'brought a signed distance field of 69,451 triangles to an IoU of 0.9971 in 40.8 s',
    );
    expect(text).toContain('IoU 0.9971 Intersection over union of the two insides, on uniform points');
    expect(text).toContain('IoU near the surface 0.9826 The same on points near the surface');
    expect(text).toContain('Normal consistency 0.9851 Mean |cosine|');
    expect(text).toContain(
      'Chamfer-L1 0.042 % Of the original’s longest side: mean of the two mean distances',
    );
    expect(text).toContain('Chamfer-L2 4.20 × 10⁻⁷ Sum of the two mean squared distances');
    expect(text).toContain('Samples trained on 10.0 % 78.6 million of the 786.4 million that every point');
    expect(text).toContain('Evaluations none Samples were chosen without going over the whole');
    expect(text).toContain('less where blue. 0.71 × 1.4 ×');
    const evos = words(report({ strategy: 'evos', evaluations: 14 }));
    expect(evos).toContain('Evaluations 14 Of 3,000 steps, those that went over the whole pool');
    expect(text).toContain('Loading, extracting, checkpoints, writing 14.4 s');
    expect(text).toContain('split int');
    expect(text).toContain('(default instant-ngp)');
    expect(text).toContain('69,451 triangles, 35,947 vertices, not watertight');
    expect(text).toContain('Inside and outside told by winding number, since the mesh has 223 open edges');
    expect(text).toContain('(mesh − (-0.0168404, 0.110154, -0.00153695)) × 11.557, from −1 to 1');
    expect(text).toContain('362,404 triangles, 181,204 vertices, at 256 cells a side');
  });

  it('warns of the mesh before any figure, and not of a sound one', () => {
    const text = words(report());
    const warning = text.indexOf('About this mesh 223 edges at the rims of holes');
    expect(warning).toBeGreaterThan(0);
    expect(warning).toBeLessThan(text.indexOf('Intersection over union'));
    const sound = { ...meshMetrics().input, watertight: true, warnings: [] };
    expect(words(report({ input: sound }))).not.toContain('About this mesh');
    expect(words(report({ input: sound }))).toContain('35,947 vertices, watertight');
  });

  it('explains the error’s colours by the distance they end at', () => {
    const page = renderMeshReport({ metrics: meshMetrics(), images: { ...images, errorLimit: 0.0123 } });
    expect(words(page)).toContain('−1.2 % +1.2 %');
    // Blue inside, white between, red outside: the colours of the preview.
    const [, gradient = ''] =
      /−1\.2 %<\/span\s*><i[^"]*"background: linear-gradient\(to right, ([^"]*)\)"/.exec(page) ?? [];
    const colours = [...gradient.matchAll(/rgb\((\d+) (\d+) (\d+)\)/g)].map((found) =>
      found.slice(1).map(Number),
    );
    expect(colours).toHaveLength(9);
    const [inside = [], between = [], outside = []] = [colours[0], colours[4], colours[8]];
    expect(inside[2]).toBeGreaterThan(2 * (inside[0] ?? 0));
    expect(outside[0]).toBeGreaterThan(2 * (outside[2] ?? 0));
    expect(Math.min(...between)).toBeGreaterThan(200);
  });

  it('draws IoU over the run, and all that can be drawn of one without any', () => {
    const charts = (page: string): { id: string; curves: { y: unknown[] }[] }[] =>
      JSON.parse(/id="charts">(.*?)<\/script>/s.exec(page)?.[1] ?? '') as never;
    const { history } = meshMetrics();
    const drawn = charts(report());
    expect(drawn.map(({ id }) => id)).toEqual(['chart-iou', 'chart-iou-near', 'chart-loss', 'chart-ratio']);
    expect(drawn[0]?.curves[0]?.y).toEqual(history.map((entry) => entry.iou));
    const none = report({
      history: [],
      iou: NaN,
      chamferL2: 0,
      seconds: { train: 0, select: 0, evaluate: 0, total: 0 },
    });
    expect(charts(none)[0]?.curves[0]?.y).toEqual([]);
    expect(none.replace(/<script\b.*?<\/script>/gs, '')).not.toMatch(/NaN|undefined/);
  });

  it('is one file, the same for the same content, which no name breaks out of', () => {
    const page = report();
    expect(report()).toBe(page);
    const addresses = [...page.matchAll(/\b(?:src|href|action)="([^"]*)"/g)].map(([, found]) => found);
    expect(addresses).toHaveLength(5);
    for (const address of addresses) expect(address).toMatch(/^data:/);
    const evil = `</script><img src=x onerror="alert(1)">'`;
    const { input } = meshMetrics();
    const attacked = report({
      input: { ...input, file: evil, sign: evil, signReason: evil, warnings: [evil] },
    });
    expect(attacked).not.toContain('<img src=x');
  });

  it('holds each of its pictures once', async () => {
    // The made-up run has one drawing for error and selection.
    const selection = new Uint8Array(await sharp(images.selection).negate().png().toBuffer());
    const page = renderMeshReport({ metrics: meshMetrics(), images: { ...images, selection } });
    const { original, fitted, error } = images;
    for (const [name, png] of Object.entries({ original, fitted, error, selection })) {
      expect(page.split(Buffer.from(png).toString('base64')), name).toHaveLength(2);
    }
    expect(page.match(/data:image/g)).toHaveLength(4);
  });

  it('refuses what is no PNG', () => {
    const broken = { ...images, original: new Uint8Array(9) };
    const render = (): string => renderMeshReport({ metrics: meshMetrics(), images: broken });
    expect(render).toThrow(ArgumentError);
    expect(render).toThrow(/picture "original" of the report: got 9 bytes that are no PNG/);
  });
});

describe('renderMeshComparison', () => {
  it('sets time and quality side by side, with the baseline marked', async () => {
    const compared = meshComparison();
    const page = renderMeshComparison({ report: compared, images: await meshComparisonPictures(compared) });
    const text = words(page);
    expect(text).toContain('full , the baseline, reached IoU 0.9962 in 2 min 01 s of training.');
    expect(text).toContain('evos-online got there first, after 24.1 s: 5.00 times as fast');
    expect(text).toContain('full baseline 1.02 × 2 min 01 s 1.00 0.9962 – 0.9772 0.054 0.9810 100 % 118.2 s');
    expect(text).toMatch(/uniform not reached 39\.5 s 0\.3[23] 0\.9948 −0\.0014 .* 10\.0 % not reached/);
    expect(text).toContain('first reached the IoU 0.9957 at which full ended');
    expect(text).toContain('It is one run of one mesh with one seed');
    expect(text).toContain('IoU 0.9971, +0.0009 against the baseline, in 41.3 s');
    expect(text).toContain('evos-online 10.0 % of all points and steps');
    expect(page).toContain('href="./evos-online/report.html"');
  });

  it('refuses rows without pictures', () => {
    expect(() => renderMeshComparison({ report: meshComparison(), images: { runs: {} } })).toThrow(
      /got no pictures of full; expected images\.runs to have them/,
    );
  });
});
