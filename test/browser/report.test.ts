// The reports in a real browser, from a file: they draw, slide, zoom and fit a phone, and fetch nothing.
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { campaignPage } from '../../src/recipes/report/campaign.js';
import { imageModality } from '../../src/recipes/modalities/image/modality.js';
import { renderComparison } from '../../src/recipes/modalities/image/report/comparison.js';
import { renderMeshComparison } from '../../src/recipes/modalities/mesh/report/comparison.js';
import { renderMeshReport } from '../../src/recipes/modalities/mesh/report/run.js';
import { renderReport } from '../../src/recipes/modalities/image/report/run.js';
import { renderSceneComparison } from '../../src/recipes/modalities/scene/report/comparison.js';
import { renderSceneReport } from '../../src/recipes/modalities/scene/report/run.js';
import {
  comparison,
  comparisonPictures,
  dataSeed,
  metrics,
  pictures,
} from '../recipes/modalities/image/report-data.js';
import { campaignOf, someCells } from '../recipes/runs/comparing/data.js';
import {
  meshComparison,
  meshComparisonPictures,
  meshMetrics,
  meshPictures,
} from '../recipes/modalities/mesh/report-data.js';
import {
  sceneComparison,
  sceneComparisonPictures,
  sceneMetrics,
  scenePictures,
} from '../recipes/modalities/scene/report-data.js';

const executablePath = process.env['CHROME_PATH'] ?? '/usr/bin/chromium';
const inCi = process.env['CI'] === 'true';
const hasBrowser = existsSync(executablePath);
const args =
  '--headless --no-sandbox --disable-gpu --disable-background-networking --disable-component-update ' +
  '--disable-sync --no-first-run --disable-quic';
const kinds = [
  ...(['report', 'comparison', 'campaign'] as const),
  ...(['mesh', 'mesh-comparison', 'scene', 'scene-comparison'] as const),
];
/** Charts on each page, and the heights of its pictures. */
const drawn: Record<
  (typeof kinds)[number],
  { readonly charts: number; readonly pictures: readonly number[] }
> = {
  report: { charts: 4, pictures: Array<number>(5).fill(48) },
  comparison: { charts: 2, pictures: Array<number>(7).fill(48) },
  campaign: { charts: 4, pictures: [] },
  mesh: { charts: 4, pictures: Array<number>(4).fill(64) },
  'mesh-comparison': { charts: 2, pictures: Array<number>(7).fill(64) },
  // The turntable, six views, and the sheet of twelve small maps: three rows of them.
  scene: { charts: 2, pictures: [...Array<number>(1 + 4 * 6).fill(64), 3 * 68 + 4] },
  'scene-comparison': {
    charts: 2,
    pictures: [...Array<number>(2 * 4).fill(64), ...Array<number>(3).fill(3 * 68 + 4)],
  },
};

/** A page and everything it complained of or asked for. */
interface Visit {
  readonly page: Page;
  readonly complaints: string[];
  readonly requests: string[];
}

// Without a browser these tests are skipped, and say so; where they must run, its absence is a failure.
describe.skipIf(!hasBrowser && !inCi)(`reports in a browser (seed ${dataSeed})`, () => {
  let folder = '';
  let browser: Browser;
  const address = (kind: (typeof kinds)[number]): string =>
    pathToFileURL(path.join(folder, `${kind}.html`)).href;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'evos-report-'));
    // 64 pixels wide: small enough to be enlarged.
    const { scale, ...images } = await pictures(64, 48);
    const input = { ...metrics().input, file: `<b>"&${'long'.repeat(30)}.png`, width: 64, height: 48 };
    await writeFile(
      path.join(folder, 'report.html'),
      renderReport({ metrics: metrics({ input }), images, selectionScale: scale }),
    );
    const report = comparison({ input });
    await writeFile(
      path.join(folder, 'comparison.html'),
      renderComparison({ report, images: await comparisonPictures(report) }),
    );
    const cells = someCells
      .slice(0, 1)
      .flatMap((each) => [each, { ...each, report: { ...each.report, seed: 8 } }]);
    const campaign = campaignOf(cells.map((each) => ({ ...each, name: path.basename(input.file) })));
    await writeFile(path.join(folder, 'campaign.html'), campaignPage(imageModality, campaign));
    const meshInput = { ...meshMetrics().input, file: input.file };
    await writeFile(
      path.join(folder, 'mesh.html'),
      renderMeshReport({ metrics: meshMetrics({ input: meshInput }), images: await meshPictures(64) }),
    );
    const meshes = meshComparison({ input: meshInput });
    await writeFile(
      path.join(folder, 'mesh-comparison.html'),
      renderMeshComparison({ report: meshes, images: await meshComparisonPictures(meshes, 64) }),
    );
    const sceneInput = { ...sceneMetrics().input, file: input.file };
    await writeFile(
      path.join(folder, 'scene.html'),
      renderSceneReport({ metrics: sceneMetrics({ input: sceneInput }), images: await scenePictures(64) }),
    );
    const scenes = sceneComparison({ input: sceneInput });
    await writeFile(
      path.join(folder, 'scene-comparison.html'),
      renderSceneComparison({ report: scenes, images: await sceneComparisonPictures(scenes, 64) }),
    );
    browser = await chromium.launch({ executablePath, args: args.split(' ') });
  });
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function visit(kind: (typeof kinds)[number], options: BrowserContextOptions = {}): Promise<Visit> {
    const page = await browser.newPage({ viewport: { width: 1200, height: 900 }, ...options });
    const complaints: string[] = [];
    const requests: string[] = [];
    page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('request', (request) => requests.push(request.url()));
    await page.goto(address(kind));
    return { page, complaints, requests };
  }

  /** For each chart, the number of different colours on its canvas: one means that nothing was drawn. */
  const coloursOf = (page: Page): Promise<number[]> =>
    page.evaluate(`[...document.querySelectorAll('canvas')].map((canvas) => {
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      return new Set(new Uint32Array(data.buffer)).size;
    })`);

  it.each(kinds)(
    '%s: opens from a file, draws every chart and picture, asks for nothing, complains of nothing',
    async (kind) => {
      const { page, complaints, requests } = await visit(kind);
      const colours = await coloursOf(page);
      expect(colours).toHaveLength(drawn[kind].charts);
      for (const number of colours) expect(number).toBeGreaterThan(10);
      const sizes: number[] = await page.evaluate(`[...document.images].map((image) => image.naturalHeight)`);
      expect(sizes).toEqual(drawn[kind].pictures);
      expect(requests.filter((url) => !url.startsWith('data:'))).toEqual([address(kind)]);
      expect(complaints).toEqual([]);
      expect(await page.locator('h1').textContent()).toContain('<b>"&longlong');
      await page.close();
    },
  );

  it.each(kinds)('%s: has no horizontal scroll bar at 360 pixels, light or dark', async (kind) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page } = await visit(kind, { viewport: { width: 360, height: 740 }, colorScheme });
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
      const widths: number[] = await page.evaluate(
        `[...document.querySelectorAll('.plot canvas')].map((c) => c.getBoundingClientRect().right)`,
      );
      for (const right of widths) expect(right).toBeLessThanOrEqual(360);
      await page.close();
    }
  });

  it.each(['comparison', 'campaign', 'mesh-comparison', 'scene-comparison'] as const)(
    '%s: shows the speed-up at 400 pixels',
    async (kind) => {
      const { page } = await visit(kind, { viewport: { width: 400, height: 900 } });
      const head = page.locator('table').first().locator('thead th').nth(1);
      expect(await head.textContent()).toBe('Speed-up');
      const { x = 0, width = NaN } = (await head.boundingBox()) ?? {};
      expect(x + width).toBeLessThanOrEqual(400);
      await page.close();
    },
  );

  it('shows a small turntable as large as the pictures beside it', async () => {
    for (const viewport of [1200, 400]) {
      const { page } = await visit('scene', { viewport: { width: viewport, height: 900 } });
      const { width, height } = (await page.locator('.turntable img').boundingBox()) ?? {};
      expect({ width, height }).toEqual({ width: 240, height: 240 });
      await page.close();
    }
  });

  it.each(kinds)(
    '%s: every picture has a text, every control a name, every table its headers',
    async (kind) => {
      const { page } = await visit(kind);
      const bare = await page.evaluate(`[
      ...[...document.images].filter((image) => image.alt === ''),
      ...[...document.querySelectorAll('input')].filter((input) => input.closest('label') === null && !input.ariaLabel),
      ...[...document.querySelectorAll('tbody tr:not(.u-series)')].filter((row) => row.querySelector('th[scope=row]') === null),
      ...[...document.querySelectorAll('thead th')].filter((cell) => cell.scope !== 'col'),
    ].map((element) => element.outerHTML.slice(0, 80))`);
      expect(bare).toEqual([]);
      await page.close();
    },
  );

  it.each(['light', 'dark'] as const)('text stands out from the paper, %s', async (colorScheme) => {
    const { page } = await visit('comparison', { colorScheme });
    // Contrast as WCAG 2 defines it, from the relative luminance of the two colours.
    const contrasts: Record<string, number> = await page.evaluate(`(() => {
      const style = getComputedStyle(document.documentElement);
      const luminance = (name) => {
        const hex = style.getPropertyValue(name).trim();
        const [r, g, b] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
          .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const paper = luminance('--paper');
      return Object.fromEntries(['--ink', '--muted', '--accent', '--base', '--s0', '--s1', '--s2', '--s3', '--s4', '--s5']
        .map((name) => [name, (Math.max(luminance(name), paper) + 0.05) / (Math.min(luminance(name), paper) + 0.05)]));
    })()`);
    expect(Object.keys(contrasts)).toHaveLength(10);
    for (const [name, contrast] of Object.entries(contrasts)) {
      // 4.5 for text, 3 for lines in charts.
      const least = ['--ink', '--muted', '--accent'].includes(name) ? 4.5 : 3;
      expect(contrast, `${name} on paper, ${colorScheme}`).toBeGreaterThanOrEqual(least);
    }
    await page.close();
  });

  it('slides between original and reconstruction, by pointer and by key', async () => {
    const { page } = await visit('report');
    const slider = page.locator('.slider');
    const clip = (name: string): Promise<string> =>
      page.evaluate(`getComputedStyle(document.querySelector('.slider .${name}')).clipPath`);
    expect(await clip('after')).toBe('inset(0px 0px 0px 50%)');
    await slider.scrollIntoViewIfNeeded();
    const box = await slider.boundingBox();
    if (box === null) throw new Error('the slider is not shown');
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.8, box.y + box.height / 2, { steps: 4 });
    await page.mouse.up();
    const share = Number(await page.locator('.slider input').inputValue());
    expect(share).toBeGreaterThan(75);
    expect(share).toBeLessThan(85);
    expect(await clip('after')).toBe(`inset(0px 0px 0px ${share}%)`);
    expect(await clip('before')).toBe(`inset(0px ${100 - share}% 0px 0px)`);
    await page.locator('.slider input').press('Home');
    expect(await clip('after')).toBe('inset(0px 0px 0px 0%)');
    await page.close();
  });

  it('enlarges small pictures by whole factors and keeps their pixels', async () => {
    const { page } = await visit('report');
    const shown: { width: number; rendering: string } = await page.evaluate(`(() => {
      const image = document.querySelector('.slider .after');
      return { width: image.getBoundingClientRect().width, rendering: getComputedStyle(image).imageRendering };
    })()`);
    expect(shown.width % 64).toBe(0);
    expect(shown.width).toBeGreaterThan(300);
    expect(shown.rendering).toBe('pixelated');
    await page.close();
  });

  it('shows a mesh’s two drawings over one another, and no smaller than they are', async () => {
    const { page } = await visit('mesh');
    const [original, fitted, ...more]: { src: string }[] =
      await page.evaluate(`[...document.querySelectorAll('.slider img')].map((image) => {
        const { left, top, width, height } = image.getBoundingClientRect();
        return { left, top, width, height, src: image.src };
      })`);
    expect(more).toEqual([]);
    expect(original).toMatchObject({ width: 64, height: 64 });
    expect({ ...fitted, src: original?.src }).toEqual(original);
    expect(fitted?.src).not.toBe(original?.src);
    await page.close();
  });

  it('zooms pictures together, around the pointer or by arrow keys', async () => {
    const { page } = await visit('comparison');
    const group = page.locator('.zoom').first();
    await group.getByRole('radio', { name: '4×' }).check();
    const frames = group.locator('.frame');
    await frames.nth(1).scrollIntoViewIfNeeded();
    const box = await frames.nth(1).boundingBox();
    if (box === null) throw new Error('the picture is not shown');
    await page.mouse.move(box.x + box.width * 0.25, box.y + box.height * 0.75);
    const look = (): Promise<string[]> =>
      page.evaluate(`[...document.querySelector('.zoom').querySelectorAll('img')].map((image) => {
        const { transform, transformOrigin } = getComputedStyle(image);
        const [x, y] = transformOrigin.split(' ').map(parseFloat);
        return [transform, Math.round(100 * x / image.offsetWidth), Math.round(100 * y / image.offsetHeight)].join(' ');
      })`);
    expect(await look()).toEqual(Array(4).fill('matrix(4, 0, 0, 4, 0, 0) 25 75'));
    await frames.first().press('ArrowRight');
    expect(await look()).toEqual(Array(4).fill('matrix(4, 0, 0, 4, 0, 0) 30 75'));
    await page.close();
  });

  it('shows curves over steps or over seconds, as the reader likes', async () => {
    const { page } = await visit('report');
    const legend = page.locator('#chart-psnr .u-legend');
    // Without a pointer over it the legend tells how the run ended.
    expect(await legend.innerText()).toMatch(/step\s*500\s*evos\s*36\.57 dB/);
    await page.getByRole('radio', { name: 'training seconds' }).check();
    expect(await legend.innerText()).toMatch(/after\s*[34]\d\.\d s\s*evos\s*36\.57 dB/);
    expect(await page.locator('canvas').count()).toBe(4);
    await page.close();
  });

  it('draws anew when the window or the colours change, and for print', async () => {
    const { page, complaints } = await visit('comparison', { colorScheme: 'light' });
    const picture = (): Promise<string> => page.evaluate(`document.querySelector('canvas').toDataURL()`);
    const width = (): Promise<number> =>
      page.evaluate(`document.querySelector('canvas').getBoundingClientRect().width`);
    const light = await picture();
    await page.emulateMedia({ colorScheme: 'dark' });
    await expect.poll(picture).not.toBe(light);
    await page.evaluate(`window.dispatchEvent(new Event('beforeprint'))`);
    await expect.poll(width).toBe(330);
    await page.evaluate(`window.dispatchEvent(new Event('afterprint'))`);
    await page.setViewportSize({ width: 500, height: 800 });
    await expect.poll(width).toBeLessThanOrEqual(500);
    expect(await width()).toBeGreaterThan(400);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it.each(kinds)('%s: tells everything without scripts too', async (kind) => {
    const { page } = await visit(kind, { javaScriptEnabled: false });
    const text = await page.locator('main').innerText();
    expect(text).toContain('The curves need scripts, which are off here');
    expect(await page.locator('details table').first().isVisible()).toBe(true);
    expect(await page.locator('.charts').isVisible()).toBe(false);
    if (kind === 'report' || kind === 'mesh')
      expect(await page.locator('.slider .after').isVisible()).toBe(true);
    await page.close();
  });
});
