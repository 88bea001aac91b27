// The reports as text: right figures, honest words, and nothing a file's name could break out of.
import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../../../../src/core/index.js';
import { imageSettings } from '../../../../src/recipes/modalities/image/settings.js';
import { renderComparison } from '../../../../src/recipes/modalities/image/report/comparison.js';
import * as commands from '../../../../src/recipes/report/command.js';
import {
  count,
  dateTime,
  duration,
  fileName,
  fixed,
  percent,
  scientific,
  signed,
} from '../../../../src/recipes/report/format.js';
import { html, raw, scriptJson } from '../../../../src/recipes/report/html.js';
import { renderReport } from '../../../../src/recipes/modalities/image/report/run.js';
import { comparison, comparisonPictures, history, metrics, pictures, words } from './report-data.js';

const compareCommand = (of: Parameters<typeof commands.compareCommand>[0]): string | undefined =>
  commands.compareCommand(of, imageSettings);
const fitCommand = (of: Parameters<typeof commands.fitCommand>[0]): string | undefined =>
  commands.fitCommand(of, imageSettings);

const { scale, ...images } = await pictures(24, 16);
const report = (changes: Parameters<typeof metrics>[0] = {}): string =>
  renderReport({ metrics: metrics(changes), images, selectionScale: scale });

describe('numbers as people read them', () => {
  it.each<[string, string]>([
    [fixed(36.567, 2), '36.57'],
    [fixed(-0.001, 2), '0.00'],
    [fixed(-1.5, 1), '−1.5'],
    [fixed(Infinity, 2), '∞'],
    [fixed(NaN, 2), '–'],
    [fixed(null, 2), '–'],
    [signed(1.174, 2), '+1.17'],
    [signed(0.001, 2), '0.00'],
    [signed(-1.96, 2), '−1.96'],
    [percent(0.532), '53.2 %'],
    [percent(0), '0 %'],
    [percent(1), '100 %'],
    [percent(0.0004), '0.0 %'],
    [duration(0.42), '0.42 s'],
    [duration(9.996), '10.0 s'],
    [duration(119.94), '119.9 s'],
    [duration(119.96), '2 min 00 s'],
    [duration(3_725), '62 min 05 s'],
    [duration(7_200), '2 h 00 min'],
    [duration(7_199.7), '2 h 00 min'],
    [duration(NaN), '–'],
    [count(65_536), '65,536'],
    [count(17_432_576), '17.4 million'],
    [count(3.2768e10), '32.77 billion'],
    [scientific(8.81e-4), '8.81 × 10^−4'],
    [scientific(0), '0'],
    [fileName('C:\\photos\\a.png'), 'a.png'],
    [fileName('/photos/a.png'), 'a.png'],
    [dateTime('2026-03-01T14:05:33.120Z'), '2026-03-01 14:05 UTC'],
    [dateTime('yesterday'), 'yesterday'],
  ])('%s', (got, expected) => {
    expect(got).toBe(expected);
  });
});

describe('html', () => {
  it('escapes text, keeps HTML, joins lists', () => {
    const items = ['<a>', '"&\''].map((text) => html`<i>${text}</i>`);
    expect(html`<b title="${'"'}">${items}${raw('<hr>')}${3}</b>`.text).toBe(
      '<b title="&quot;"><i>&lt;a&gt;</i><i>&quot;&amp;&#39;</i><hr>3</b>',
    );
  });

  it('cannot be ended by the data of a script', () => {
    const json = scriptJson({ name: '</script><!--<script>', psnr: Infinity }).text;
    expect(json).not.toContain('<');
    expect(JSON.parse(json)).toEqual({ name: '</script><!--<script>', psnr: null });
  });
});

describe('the command that repeats a run', () => {
  it('names what decides the result and what differs from the defaults', () => {
    expect(fitCommand(metrics())).toBe(
      "evos fit '/photos/Mountain lake.png' --strategy evos --steps 500 --seed 3407 --device cpu --workers 2 " +
        '--micro-batch 2048 --schedule linear --backbone siren',
    );
    expect(compareCommand(comparison())).toBe(
      "evos compare '/photos/Mountain lake.png' --strategies full,uniform,evos,evos-online --seed 3407 --device cpu --workers 2",
    );
  });

  it('survives a shell', () => {
    const input = { ...metrics().input, file: "-it's $HOME" };
    expect(fitCommand(metrics({ input }))).toContain(`evos fit './-it'\\''s $HOME' --strategy`);
  });

  it('gives the crop and the learning rate their options', () => {
    const settings = imageSettings.fit({
      strategy: 'evos',
      crop: 64,
      learningRate: 5e-4,
      crossFrequencyWeight: 0,
    });
    const command = fitCommand(metrics({ settings, workers: 0, device: 'webgpu' }));
    expect(command).toContain(
      '--seed 3407 --device webgpu --micro-batch 2048 --learning-rate 0.0005 --cross-frequency-weight 0 --crop 64',
    );
    expect(command).not.toContain('--workers');
  });

  it('names the preset, and of the rest what differs from that', () => {
    const paper = imageSettings.fit({ preset: 'evos-paper', ratio: 0.31 });
    expect(fitCommand(metrics({ settings: paper }))).toBe(
      "evos fit '/photos/Mountain lake.png' --strategy evos --preset evos-paper --steps 500 --seed 3407 " +
        '--device cpu --workers 2 --micro-batch 2048 --ratio 0.31',
    );
  });

  it('names strategies with settings of their own', () => {
    const settings = { ...comparison().settings, strategies: ['full', 'uniform@ratio=0.1+batch=9'] };
    expect(compareCommand(comparison({ settings }))).toContain(
      ' --strategies full,uniform@ratio=0.1+batch=9 --seed',
    );
    const own = { ...settings, strategies: ['full', 'mine@ratio=0.1'] };
    expect(compareCommand(comparison({ settings: own }))).toBeUndefined();
  });

  it('does not pretend that a selector of one’s own can be named', () => {
    expect(fitCommand(metrics({ strategy: 'mine' }))).toBeUndefined();
    const settings = { ...comparison().settings, strategies: ['full', 'mine'] };
    expect(compareCommand(comparison({ settings }))).toBeUndefined();
    expect(words(report({ strategy: 'mine' }))).toContain('call fitImage from evos/recipes');
  });
});

describe('renderReport', () => {
  it('says what came out, by which convention, and what was not counted', () => {
    const text = words(report());
    expect(text).toContain('PSNR 36.57 dB On the 8-bit picture, peak 255.');
    expect(text).toContain('PSNR, image peak 36.36 dB As in the EVOS code');
    expect(text).toContain('SSIM 0.9458 On the 8-bit picture. 0.9481 as the EVOS code computes it');
    expect(text).toContain(
      'Training time 39.4 s Training steps and choosing samples, without measuring quality.',
    );
    expect(text).toContain('Samples trained on 53.2 % 17.4 million of the 32.8 million');
    expect(text).toContain('Selection overhead 1.3 % 0.52 s of the training time');
    expect(text).toContain(
      'Model 795.7 kB as floats, 397.8 kB as half floats; picture 196.6 kB raw, 141.0 kB as PNG',
    );
    expect(text).toContain('Loading, checkpoints, writing 1.88 s');
    expect(text).toContain(
      'schedule linear evos, uniform, evos-tiles, int, egra, expansive, soft-mining, nint, nint-released: how that ' +
        'share moves over the run (default constant)',
    );
    expect(text).toContain('interval 100:50 evos: steps between evaluations');
    expect(text).toContain('cpu, 2 worker threads');
    expect(text).toContain('Made-up CPU at 2.70 GHz, 2 cores');
  });

  it('is one file: no address is fetched, and the policy forbids it', () => {
    const page = report();
    const addresses = [...page.matchAll(/\b(?:src|href|srcset|action|data|poster)="([^"]*)"/g)].map(
      (match) => match[1],
    );
    expect(addresses.length).toBeGreaterThan(4);
    for (const address of addresses) expect(address).toMatch(/^data:/);
    expect(page).toContain('content="default-src &#39;none&#39;; img-src data:');
    expect(page).not.toMatch(/@import|url\(/);
    expect(page).toContain('Copyright (c) 2022 Leon Sorokin');
  });

  it('gives the same bytes for the same content', () => {
    expect(report()).toBe(report());
  });

  it('lets no file name, strategy or machine out of its place', () => {
    const evil = `</script><script>alert(1)</script><img src=x onerror="alert(1)">'`;
    const entry = metrics();
    const page = report({
      input: { ...entry.input, file: evil },
      strategy: evil,
      device: evil,
      machine: { ...entry.machine, cpu: evil },
    });
    expect(page).not.toContain('<img src=x');
    expect(page).not.toContain('<script>alert');
    expect(page.match(/<script/g)).toHaveLength(report().match(/<script/g)?.length ?? 0);
  });

  it('draws what can be drawn of a run with one measurement, no SSIM and perfect PSNR', () => {
    const one = { ...history(40, 0.1, 1)[0]!, psnr: Infinity, ssim: null, loss: 0 };
    const page = report({
      history: [one],
      psnr: Infinity,
      ssim: null,
      seconds: { train: 0, select: 0, evaluate: 0, total: 0 },
    });
    const charts = JSON.parse(/id="charts">(.*?)<\/script>/s.exec(page)?.[1] ?? '') as {
      curves: { y: unknown }[];
    }[];
    expect(charts.map((chart) => chart.curves[0]?.y)).toEqual([[null], [null], [0], [one.ratio]]);
    const text = words(page);
    expect(text).toContain('PSNR ∞ dB');
    expect(text).toContain('SSIM – ');
    expect(text).toContain('Selection overhead 0 %');
    expect(page).not.toMatch(/NaN|undefined/.exec(page.replace(/<script\b.*?<\/script>/gs, ''))?.[0] ?? '\0');
  });

  it('explains the selection map by its own scale', () => {
    const map = (selectionScale: { min: number; max: number; high: number }): string =>
      words(renderReport({ metrics: metrics(), images, selectionScale }));
    expect(map({ min: 90, max: 490, high: 459 })).toMatch(/90 459\+ steps At most 490 steps/);
    expect(map({ min: 90, max: 459, high: 459 })).toMatch(/90 459 steps (?!At most)/);
    expect(map({ min: 500, max: 500, high: 500 })).toContain('Every pixel was trained on at 500 steps.');
  });

  it('says what the error map’s colours are, in units', () => {
    const map = (high: number, max: number): string => {
      const error = { ...images.error, high, max };
      return words(renderReport({ metrics: metrics(), images: { ...images, error }, selectionScale: scale }));
    };
    const unit = 'Error map Mean difference of the channels, of 255.';
    expect(map(12.34, 71.2)).toContain(`${unit} 0 12+ At most 71; the rarest are cut off`);
    expect(map(0.0471, 0.0471)).toMatch(/of 255\. 0 0\.047 (?!At most)/);
    expect(map(0, 3.21)).toContain(`${unit} All but the rarest are 0; at most 3.2.`);
    expect(map(0, 0)).toContain(`${unit} There is none.`);
  });

  it('lists no setting that played no part', () => {
    const lines = (settings: object): string =>
      words(report({ settings: { ...metrics().settings, ...settings } }));
    for (const name of ['crop none', 'bands none', 'page none', 'plugins '])
      expect(lines({})).not.toContain(name);
    expect(lines({ learningRateSchedule: 'constant' })).not.toContain('learningRateFinal');
    expect(lines({ learningRateSchedule: 'exponential' })).toContain('learningRateFinal');
    expect(lines({ crop: 64 })).toContain('crop 64');
  });

  it('leaves the error map out where there is none', () => {
    const { original, reconstruction, selection } = images;
    const page = renderReport({
      metrics: metrics(),
      images: { original, reconstruction, selection },
      selectionScale: scale,
    });
    expect(words(page)).not.toContain('Error map');
    expect(words(report())).toContain('Error map');
  });

  it('calls a picture that has no fault left identical, not 200 dB', () => {
    const page = renderReport({ metrics: metrics({ psnr: 200 }), images, selectionScale: scale });
    expect(words(page)).toContain('identical at 8 bits');
    expect(words(page)).not.toContain('200.00');
  });

  it('refuses what is no PNG', () => {
    const broken = { ...images, selection: new Uint8Array(3) };
    const render = (): string => renderReport({ metrics: metrics(), images: broken, selectionScale: scale });
    expect(render).toThrow(ArgumentError);
    expect(render).toThrow(/picture "Selection map" of the report: got 3 bytes that are no PNG/);
  });
});

describe('renderComparison', () => {
  const compared = comparison();
  const small = { ...compared, input: { ...compared.input, width: 24, height: 16 } };

  it('sets time and quality side by side, with the baseline marked', async () => {
    const text = words(renderComparison({ report: compared, images: await comparisonPictures(small) }));
    expect(text).toMatch(/full baseline 1\.00 × 74\.5 s 1\.00 35\.67 – /);
    expect(text).toMatch(
      /uniform not reached 38\.5 s 0\.52 33\.71 −1\.96 [\d.]+ [\d.]+ [−+\d.]+ 52\.0 % not reached/,
    );
    expect(text).toMatch(/evos 2\.37 × 40\.0 s 0\.53 36\.84 \+1\.17 .* 31\.4 s/);
    expect(text).toContain('Of the others, evos got there first, after 31.4 s: 2.37 times as fast');
    expect(text).toContain('measuring quality, loading and writing are left out');
    expect(text).toContain('It is one run of one image with one seed');
  });

  it('reckons each run’s samples by its own steps, and says that entries may differ', async () => {
    const images = await comparisonPictures(small);
    const plain = words(renderComparison({ report: compared, images }));
    expect(plain).toContain('The same for every strategy that has them. Those');
    const settings = { ...compared.settings, strategies: ['full', 'uniform@steps=1000', 'evos'] };
    const [full, uniform, evos] = compared.rows;
    const entry = { ...uniform!.history.at(-1)!, step: 1000 };
    const rows = [full!, { ...uniform!, samples: 0.5 * 65_536 * 1000, history: [entry] }, evos!];
    const text = words(renderComparison({ report: { ...compared, settings, rows }, images }));
    expect(text).toContain('Beside the choice of samples they differ in steps');
    expect(text).toMatch(/What differs from strategy to strategy: .*steps 500 1000 500/);
    expect(text).toContain('uniform 50.0 % of all pixels and steps');
    expect(text).toMatch(/uniform [^|]*? 100 % not reached/);
  });

  it('says so when nobody reached the baseline, or was slower', async () => {
    const drawn = await comparisonPictures(small);
    const [full, uniform, evos] = compared.rows;
    const never = { ...compared, rows: [full!, uniform!] };
    expect(words(renderComparison({ report: never, images: drawn }))).toContain(
      'No other strategy reached that quality in 500 steps.',
    );
    const slower = { ...compared, rows: [full!, { ...evos!, speedUp: 0.8, secondsToBaseline: 93.1 }] };
    expect(words(renderComparison({ report: slower, images: drawn }))).toContain(
      'after 93.1 s: 1.25 times slower',
    );
    const alone = { ...compared, rows: [full!] };
    expect(words(renderComparison({ report: alone, images: drawn }))).not.toContain('Of the others');
  });

  it('leads to the runs’ own reports, wherever their folders are named', async () => {
    const rows = compared.rows.map((row) => ({ ...row, folder: 'javascript:alert(1)/"x"' }));
    const page = renderComparison({ report: { ...compared, rows }, images: await comparisonPictures(small) });
    expect(page).toContain('href="./javascript%3Aalert(1)/%22x%22/report.html"');
  });

  it('refuses rows without pictures and a baseline that is not there', async () => {
    const drawn = await comparisonPictures(small);
    expect(() => renderComparison({ report: compared, images: { ...drawn, runs: {} } })).toThrow(
      /got no pictures of full; expected images\.runs to have them/,
    );
    expect(() => renderComparison({ report: { ...compared, baseline: 'x' }, images: drawn })).toThrow(
      /has no row for its baseline x; it has full, uniform, evos/,
    );
  });
});
