// Every figure on a run's page is one of metrics.json: the page is read back, and its numbers are compared.
import { describe, expect, it } from 'vitest';
import type { RunMetrics } from '../../../src/recipes/runs/metrics.js';
import { renderReport } from '../../../src/recipes/modalities/image/report/run.js';
import { renderMeshReport } from '../../../src/recipes/modalities/mesh/report/run.js';
import { renderSceneReport } from '../../../src/recipes/modalities/scene/report/run.js';
import { metrics as imageMetrics, pictures } from '../modalities/image/report-data.js';
import { meshMetrics, meshPictures } from '../modalities/mesh/report-data.js';
import { sceneMetrics, scenePictures } from '../modalities/scene/report-data.js';

/** A number as pages write it, and half of its last digit. */
function read(text: string): { readonly value: number; readonly half: number } {
  const [, first = '', digits = '', unit = ''] = /^(−?)([\d,.]+) ?(.*)$/.exec(text.trim()) ?? [];
  const decimals = digits.split('.')[1]?.length ?? 0;
  const raised = /× 10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+|\^−?\d+)/.exec(unit)?.[1] ?? '';
  const exponent = raised
    .replace(/[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]/g, (sign) => '-0123456789'['⁻⁰¹²³⁴⁵⁶⁷⁸⁹'.indexOf(sign)] ?? '')
    .replace('^', '')
    .replace('−', '-');
  const [, minutes, seconds] = /^(\d+) min (\d\d) s$/.exec(text.trim()) ?? [];
  if (minutes !== undefined) return { value: 60 * Number(minutes) + Number(seconds), half: 0.5 };
  const factor =
    10 ** Number(exponent) * (unit.startsWith('million') ? 1e6 : unit.startsWith('%') ? 0.01 : 1);
  const value = Number(digits.replaceAll(',', '')) * factor * (first === '' ? 1 : -1);
  return { value, half: 0.5 * 10 ** -decimals * factor };
}

const plain = (html: string): string =>
  html
    .replace(/<[^>]+>/g, ' ')
    .replaceAll('&#39;', "'")
    .replace(/\s+/g, ' ')
    .trim();

/** The headline figures of a page: name, value with its unit, and what is said of it. */
function figuresOf(page: string): Map<string, { readonly shown: string; readonly note: string }> {
  const list = /<dl class="figures">(.*?)<\/dl>/s.exec(page)?.[1] ?? '';
  const found = list.matchAll(/<dt>(.*?)<\/dt>\s*<dd class="value">(.*?)<\/dd>\s*<dd>(.*?)<\/dd>/gs);
  return new Map(
    [...found].map(([, name = '', shown = '', note = '']) => [
      plain(name),
      { shown: plain(shown), note: plain(note) },
    ]),
  );
}

/** The rows of the table of all measurements. */
function historyOf(page: string): string[][] {
  const table =
    /<summary>All measurements as a table<\/summary>.*?<tbody>(.*?)<\/tbody>/s.exec(page)?.[1] ?? '';
  return [...table.matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row = '']) =>
    [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map(([, cell = '']) => plain(cell)),
  );
}

function agrees(shown: string, expected: number, what: string): void {
  const { value, half } = read(shown);
  expect(
    Math.abs(value - expected),
    `${what}: the page says ${shown}, metrics.json ${expected}`,
  ).toBeLessThanOrEqual(half * 1.001);
}

const training = ({ seconds }: RunMetrics): number => seconds.train + seconds.select;
const overhead = (metrics: RunMetrics): number => metrics.seconds.select / training(metrics);

/** What each headline figure has to be; those of samples are a share of all of them. */
function expectFigures(page: string, expected: Readonly<Record<string, number>>): void {
  const figures = figuresOf(page);
  expect([...figures.keys()].sort()).toEqual(Object.keys(expected).sort());
  for (const [name, value] of Object.entries(expected)) {
    const shown = figures.get(name)?.shown ?? '';
    if (name === 'Evaluations' && value === 0) expect(shown).toBe('none');
    else agrees(shown, value, name);
  }
}

function expectHistory(page: string, { history }: RunMetrics, keys: readonly string[]): void {
  const rows = historyOf(page);
  expect(rows).toHaveLength(history.length);
  rows.forEach((row, i) => {
    const line = new Map(Object.entries<number>({ ...history[i] }));
    ['step', 'seconds', ...keys, 'loss', 'ratio'].forEach((key, column) =>
      agrees(row[column] ?? '', line.get(key) ?? NaN, `${key} of line ${i}`),
    );
  });
}

function expectTimes(page: string, { seconds }: RunMetrics): void {
  const table = /<table class="times">(.*?)<\/table>/s.exec(page)?.[1] ?? '';
  const cells = [...table.matchAll(/<td>([^<]+)<\/td>/g)].map(([, cell = '']) => cell);
  const { train, select, evaluate, total } = seconds;
  expect(cells).toHaveLength(4);
  [train, select, evaluate, total - train - select - evaluate].forEach((value, i) =>
    agrees(cells[i] ?? '', value, `time ${i}`),
  );
}

describe('the figures of a page are those of metrics.json', () => {
  it.each([7, 0])('of a picture, with %i evaluations', async (evaluations) => {
    const metrics = imageMetrics({ evaluations, psnr: 31.237, ssim: 0.91234, samples: 12_345_678 });
    const { scale, ...images } = await pictures(64, 48);
    const page = renderReport({ metrics, images, selectionScale: scale });
    const { width, height } = metrics.input;
    expectFigures(page, {
      PSNR: metrics.psnr,
      'PSNR, image peak': metrics.psnrImagePeak,
      SSIM: metrics.ssim ?? NaN,
      'Training time': training(metrics),
      'Samples trained on': metrics.samples / (metrics.steps * width * height),
      Evaluations: evaluations,
      'Selection overhead': overhead(metrics),
    });
    expectHistory(page, metrics, ['psnr', 'psnrImagePeak', 'ssim']);
    expectTimes(page, metrics);
    expect(figuresOf(page).get('Samples trained on')?.note).toContain('12.3 million of the 32.8 million');
  });

  it('of a mesh', async () => {
    const metrics = meshMetrics({ iou: 0.98765, chamferL1: 0.00123, chamferL2: 4.56e-7, evaluations: 3 });
    const page = renderMeshReport({ metrics, images: await meshPictures(64) });
    expectFigures(page, {
      IoU: metrics.iou,
      'IoU near the surface': metrics.iouNear,
      'Normal consistency': metrics.normalConsistency,
      'Chamfer-L1': metrics.chamferL1,
      'Chamfer-L2': metrics.chamferL2,
      'Training time': training(metrics),
      'Samples trained on': metrics.samples / (metrics.steps * metrics.settings.samples),
      Evaluations: 3,
      'Selection overhead': overhead(metrics),
    });
    expectHistory(page, metrics, ['iou', 'iouNear']);
    expectTimes(page, metrics);
  });

  it('of a scene', async () => {
    const metrics = sceneMetrics({ samples: 54_321, psnr: 27.777 });
    const page = renderSceneReport({ metrics, images: await scenePictures(32) });
    expectFigures(page, {
      PSNR: metrics.psnr,
      SSIM: metrics.ssim ?? NaN,
      'Worst view': Math.min(...metrics.views.map(({ psnr }) => psnr)),
      'Training time': training(metrics),
      'Rays trained on': metrics.samples,
      'Selection overhead': overhead(metrics),
    });
    expectHistory(page, metrics, ['psnr']);
    expectTimes(page, metrics);
    expect(figuresOf(page).get('Rays trained on')?.note).toContain('rays 0.0091 times on average');
  });
});
