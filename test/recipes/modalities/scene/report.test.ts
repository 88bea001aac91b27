// The reports of scene fits as text: right figures with their units, which views are shown, warnings, and the command that
// repeats the run.
import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../../../../src/core/index.js';
import * as commands from '../../../../src/recipes/report/command.js';
import { sceneSettings } from '../../../../src/recipes/modalities/scene/settings.js';
import { renderSceneComparison } from '../../../../src/recipes/modalities/scene/report/comparison.js';
import {
  evenly,
  renderSceneReport,
  sceneTitle,
} from '../../../../src/recipes/modalities/scene/report/run.js';
import { words } from '../image/report-data.js';
import { sceneComparison, sceneComparisonPictures, sceneMetrics, scenePictures } from './report-data.js';

const compareCommand = (of: Parameters<typeof commands.compareCommand>[0]): string | undefined =>
  commands.compareCommand(of, sceneSettings);
const fitCommand = (of: Parameters<typeof commands.fitCommand>[0]): string | undefined =>
  commands.fitCommand(of, sceneSettings);

const images = await scenePictures(24);
const report = (changes: Parameters<typeof sceneMetrics>[0] = {}): string =>
  renderSceneReport({ metrics: sceneMetrics(changes), images });

describe('renderSceneReport', () => {
  it('says what came out, of what', () => {
    const text = words(report());
    expect(text).toContain('garden table/transforms.json');
    expect(text).toContain(
      'brought 8 photographs that were held out to 24.36 dB in 6 min 45 s of training on 50 others',
    );
    expect(text).toContain('2 of 60 photographs are missing: images/0007.jpg');
    expect(text).toContain('Worst view 20.90 dB');
    expect(text).toContain('20.5 million Each of the 6,000,000 rays 3.4 times on average.');
    expect(text).toMatch(
      /Against the average pixel, which was drawn [\d.]+ times; by tiles [^×]* [\d.]+ × [\d.]+ ×/,
    );
    expect(words(report({ samples: 60_000 }))).toContain('rays 0.01 times on average.');
    expect(text).toContain(
      '50 trained on, 8 held out (one in 8, by name); 2 listed ones are missing; 3 have masks',
    );
    expect(text).toContain('3.2 a side around (0, 0, 0.5); what is outside is drawn together around it');
    expect(text).toContain('images/held out 3.png 25.90 0.8440');
  });

  it('shows six views, from the worst to the best, and all in the table', () => {
    const page = report();
    const shown = [...page.matchAll(/<h3 class="view">([^<]*)</g)].map(([, name]) => name);
    expect(shown).toEqual([8, 7, 5, 4, 2, 1].map((i) => `images/held out ${i}.png`));
    expect(words(page)).toContain('6 of 8, from the one that is met worst');
    expect([...page.matchAll(/src="data:image\/webp/g)]).toHaveLength(1 + 4 * 6);
    expect([evenly(3, 6), evenly(1, 6), evenly(0, 6), evenly(9, 3)]).toEqual([[0, 1, 2], [0], [], [0, 4, 8]]);
  });

  it('folds a long table, and has no figure where there is none', () => {
    const views = Array.from({ length: 200 }, (_, i) => ({ name: `v${i}`, psnr: 20, ssim: null }));
    const text = words(report({ views, ssim: null, history: [] }));
    expect(text).toContain('All 200 held-out views as a table');
    expect(text).toContain('v199 20.00 –');
    expect(text).not.toMatch(/NaN|undefined/);
  });

  it('is one file, the same for the same content, which no name breaks out of', () => {
    const page = report();
    expect(report()).toBe(page);
    for (const [, address] of page.matchAll(/\b(?:src|href|action)="([^"]*)"/g))
      expect(address).toMatch(/^data:/);
    const evil = `</script><img src=x onerror="alert(1)">'`;
    const { input } = sceneMetrics();
    const attacked = report({
      input: { ...input, file: evil, extent: evil, warnings: [evil], sizes: { [evil]: 1 } },
      views: [{ name: evil, psnr: 20, ssim: 0.5 }],
    });
    expect(attacked).not.toContain('<img src=x');
  });

  it('refuses what is no picture', () => {
    const broken = { ...images, turntable: new Uint8Array(40) };
    const render = (): string => renderSceneReport({ metrics: sceneMetrics(), images: broken });
    expect(render).toThrow(ArgumentError);
    expect(render).toThrow(/the turntable of the report: got 40 bytes that are no WebP/);
  });

  it.each([
    ['/data/fox', 'fox'],
    ['/data/fox/', 'fox'],
    ['/data/fox/transforms.json', 'fox/transforms.json'],
    ['C:\\data\\fox\\poses_bounds.npy', 'fox/poses_bounds.npy'],
    ['transforms.json', 'transforms.json'],
  ])('calls %s %s', (file, title) => {
    expect(sceneTitle(file)).toBe(title);
  });
});

describe('the command that repeats a scene fit', () => {
  it('names what decides the result and what differs from the defaults', () => {
    expect(fitCommand(sceneMetrics())).toBe(
      "evos fit '/scenes/garden table/transforms.json' --strategy evos --steps 5000 --seed 3407 " +
        '--device cpu --workers 2 --rays 4096 --shrink 2',
    );
    expect(fitCommand(sceneMetrics({ strategy: 'mine' }))).toBeUndefined();
    expect(compareCommand(sceneComparison())).toMatch(
      /^evos compare '\/scenes\/garden table\/transforms\.json' --strategies uniform,error-map,evos --seed \d+ --device cpu --workers 2$/,
    );
  });
});

describe('renderSceneComparison', () => {
  it('sets time and quality side by side, and the same views under one another', async () => {
    const compared = sceneComparison();
    const page = renderSceneComparison({
      report: compared,
      images: await sceneComparisonPictures(compared, 24),
    });
    const text = words(page);
    expect(text).toContain('uniform , the baseline, reached 24.30 dB in 6 min 45 s of training.');
    expect(text).toContain('evos got there first, after 5 min 20 s: 1.25 times as fast');
    expect(text).toContain(
      'error-map not reached 6 min 45 s 1.00 24.00 −0.30 0.8200 0.0000 20.5 million not reached',
    );
    expect(text).toContain('first reached the 24.19 dB at which uniform ended');
    expect(text).not.toContain('Samples trained on');
    expect(page).toContain('href="./error-map/report.html"');
    expect([...page.matchAll(/<h3 class="view">/g)]).toHaveLength(2);
  });

  it('refuses rows without pictures', () => {
    const nothing = { views: [], selections: {} };
    expect(() => renderSceneComparison({ report: sceneComparison(), images: nothing })).toThrow(
      /got no pictures of uniform/,
    );
  });
});
