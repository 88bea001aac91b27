// `evos fit` and `evos compare` with a scene: a folder instead of a file, settings of its own, views by name.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CompareSceneEvent } from '../../src/recipes/index.js';
import { compareTable } from '../../src/cli/compare-view.js';
import { findModality } from '../../src/recipes/modalities/registry.js';
import { sceneSettings } from '../../src/recipes/modalities/scene/settings.js';
import {
  drawnLines,
  linesOf,
  play,
  sceneCompareReport,
  sceneCompareRow,
  sceneEvents,
  temporaryFolder,
  Terminal,
  type World,
} from './support.js';

function setUp(world: World = {}, files: Readonly<Record<string, string>> = {}): Terminal & { cwd: string } {
  const cwd = temporaryFolder({ 'fox/transforms.json': '{}', 'photo.png': 'x', ...files });
  const out = path.join(cwd, 'runs', 'fox');
  const recipes: World['recipes'] = {
    fitScene: () => play(sceneEvents(out)),
    resumeRun: () => play(sceneEvents(out)),
    ...world.recipes,
  };
  return Object.assign(new Terminal({ cwd, ...world, recipes }), { cwd });
}

const called = ({ calls }: Terminal) => {
  const [call] = calls;
  const { signal, ...options } = (call?.options ?? {}) as Record<string, unknown>;
  return { name: call?.name, signal, options };
};

describe('evos fit with a scene', () => {
  it('tells what it is, and what came out', async () => {
    const terminal = setUp({ columns: 100 });
    expect(await terminal.run('fit', 'fox/')).toBe(0);
    const run = path.join('runs', 'fox');
    expect(linesOf(terminal.stdout)).toEqual([
      'PSNR 23.25 dB  SSIM 0.7500',
      'Training 7.0 s, in all 9.0 s',
      'Written:',
      `  ${path.join(run, 'renders')}${path.sep} (2 files)`,
      ...['model.onnx', 'turntable.webp', 'metrics.json'].map((name) => `  ${path.join(run, name)}`),
      'Next:',
      `  evos render ${run} --mesh`,
    ]);
    expect(linesOf(terminal.stderr)).toEqual([
      '/p/fox 43 photographs of 270x480, 7 held out, strategy evos-online, 2 steps',
      'Where things are: the box that the file states',
      `Training on cpu; writing to ${run}`,
      'Note: 1 photograph of 51 is missing: 0042.jpg',
      'fit  step 1/2  PSNR 21.00 dB  loss 1.2e-2',
      'fit  step 2/2  PSNR 22.00 dB  loss 1.2e-2',
      'fit  rendering the held-out views',
      'fit  rendering the turntable',
    ]);
  });

  it.each([['fox'], ['fox/'], [path.join('fox', 'transforms.json')]])('takes %s', async (input) => {
    const terminal = setUp();
    expect(await terminal.run('fit', input, '--quiet')).toBe(0);
    expect(called(terminal)).toMatchObject({
      name: 'fitScene',
      options: { input: path.resolve(terminal.cwd, input) },
    });
  });

  it('passes the settings on: options before the file before the defaults, numbers as numbers', async () => {
    const config = { fit: { steps: 3 }, fitScene: { steps: 70, shrink: 2, strategy: 'evos' } };
    const terminal = setUp({}, { 'evos.config.json': JSON.stringify(config) });
    const words = ['--interval', '25', '--mutation-share', '0.4', '--bounds', '0,0,0,1', '-o', 'elsewhere'];
    expect(await terminal.run('fit', 'fox', ...words, '--quiet')).toBe(0);
    const { name, signal, options } = called(terminal);
    expect(name).toBe('fitScene');
    expect(signal).toBeInstanceOf(AbortSignal);
    const given = {
      steps: 70,
      shrink: 2,
      strategy: 'evos',
      interval: 25,
      mutationShare: 0.4,
      bounds: '0,0,0,1',
    };
    expect(options).toEqual({
      ...sceneSettings.fit(given),
      input: path.join(terminal.cwd, 'fox'),
      out: path.join(terminal.cwd, 'elsewhere'),
      overwrite: false,
      ahead: 1,
    });
    expect(options).toMatchObject({ ratio: 0.5, rays: 0, points: 16_384 });
  });

  it.each([[['--no-turntable']], [['--turntable', 'false']], [['--turntable=false']]])(
    'leaves the turntable out for %s',
    async (words) => {
      const terminal = setUp();
      expect(await terminal.run('fit', 'fox', ...words)).toBe(0);
      expect(called(terminal).options).toMatchObject({ turntable: false });
    },
  );

  it('negates nothing but switches', async () => {
    const terminal = setUp();
    expect(await terminal.run('fit', 'fox', '--no-rays')).toBe(2);
    expect(terminal.stderr).toContain('Unknown option --no-rays.');
    expect(await terminal.run('fit', 'fox', '--no-turntable', '--turntable', 'true')).toBe(2);
  });

  it('names what is wrong with the words and in its own section of the file', async () => {
    const terminal = setUp({}, { 'evos.config.json': '{ "fitScene": { "crop": 3, "shrink": 0.5 } }' });
    expect(await terminal.run('fit', 'fox')).toBe(2);
    expect(terminal.stderr).toContain('evos.config.json:1:17: fitScene.crop: unknown setting.');
    expect(terminal.stderr).toContain('fitScene.shrink: got 0.5, expected a number from 1 to 64');
    const words = setUp();
    expect(await words.run('fit', 'fox', '--batch', '3', '--crop', '5', '--interval', '0')).toBe(2);
    expect(words.stderr).toMatch(/--batch is a setting of images.* and \w+; fox is a scene\./);
    expect(words.stderr).toContain('--crop is a setting of images; fox is a scene.');
    expect(words.stderr).toContain('--interval: got 0, expected a whole number of at least 1');
    expect(await words.run('fit', 'photo.png', '--rays', '5')).toBe(2);
    expect(words.stderr).toContain('--rays is a setting of scenes; photo.png is an image.');
    expect(words.calls).toEqual([]);
  });

  it('knows a folder that is none, and the folder of a run', async () => {
    const terminal = setUp({}, { 'empty/x.md': '', 'run/checkpoint.safetensors': 'x', 'list.json': '{}' });
    expect(await terminal.run('fit', 'empty')).toBe(2);
    expect(terminal.stderr).toContain('empty is a folder without a scene, expected an image (PNG');
    expect(await terminal.run('fit', 'run')).toBe(2);
    expect(terminal.stderr).toContain('run is the folder of a run');
    expect(terminal.stderr).toContain('evos fit --resume run');
    expect(await terminal.run('fit', 'none')).toBe(2);
    expect(terminal.stderr).toContain('none: there is no such file or folder.');
  });

  it('--json prints every event, each held-out view on a line of its own', async () => {
    const terminal = setUp();
    expect(await terminal.run('fit', 'fox', '--json')).toBe(0);
    const events = linesOf(terminal.stdout).map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events).toHaveLength(sceneEvents('x').length);
    for (const event of events) {
      expect(event['strategy']).toBe('evos-online');
      expect(event).not.toHaveProperty('indices');
    }
    expect(events.filter(({ type }) => type === 'view')).toEqual([
      {
        type: 'view',
        strategy: 'evos-online',
        name: 'images/0001.jpg',
        psnr: 22.125,
        ssim: 0.75,
        index: 0,
        count: 2,
      },
      {
        type: 'view',
        strategy: 'evos-online',
        name: 'images/0009.jpg',
        psnr: 24.375,
        ssim: null,
        index: 1,
        count: 2,
      },
    ]);
    expect(events.at(-1)).toMatchObject({ type: 'result', metrics: { kind: 'scene', psnr: 23.25 } });
    expect(terminal.stderr).toBe('');
  });

  it.each([20, 40, 80])(
    'no status line is longer than %i columns, training or rendering',
    async (columns) => {
      const terminal: Terminal = setUp({
        isTTY: true,
        columns,
        recipes: {
          fitScene: async function* () {
            for (const event of sceneEvents('out', 50)) {
              terminal.time += 120;
              yield await Promise.resolve(event);
            }
          },
        },
      });
      expect(await terminal.run('fit', 'fox', '--no-color')).toBe(0);
      const drawn = drawnLines(terminal.stderr).filter((line) => /\d\/50|\d %$/.test(line));
      expect(Math.max(...drawn.map((line) => line.length))).toBeLessThan(columns);
      expect(drawn.filter((line) => line.endsWith('43 %'))).toHaveLength(2);
    },
  );

  it('goes on with a run that has a scene.json', async () => {
    const terminal = setUp({}, { 'run/scene.json': '{}' });
    expect(await terminal.run('fit', '--resume', 'run', '--steps', '900', '--quiet')).toBe(0);
    expect(called(terminal)).toMatchObject({
      name: 'resumeRun',
      options: { folder: path.join(terminal.cwd, 'run'), steps: 900 },
    });
  });
});

describe('evos compare with a scene', () => {
  const rows = [
    sceneCompareRow('uniform'),
    sceneCompareRow('error-map', { timeRatio: 1.02, psnr: 22.5, secondsToBaseline: null, speedUp: null }),
    sceneCompareRow('evos@tile=4', { psnr: 24, ssim: null, secondsToBaseline: 3.5, speedUp: 2 }),
  ];
  const table = [
    'strategy     seconds   time   PSNR    SSIM  to baseline  speed-up',
    'uniform          7.0  1.00x  23.25  0.7500          7.0     1.00x',
    'error-map        7.0  1.02x  22.50  0.7500        never         -',
    'evos@tile=4      7.0  1.00x  24.00       -          3.5     2.00x',
  ];
  const events = (out: string): CompareSceneEvent[] => [
    ...rows.flatMap((row, index): CompareSceneEvent[] => [
      { type: 'strategy', strategy: row.strategy, index, count: rows.length },
      ...sceneEvents(path.join(out, row.strategy)).map((event): CompareSceneEvent => ({
        type: 'run',
        strategy: row.strategy,
        event,
      })),
      { type: 'row', row },
    ]),
    { type: 'compared', report: sceneCompareReport(rows), out, files: [] },
  ];

  it('shows the table, and says what is compared with what', async () => {
    expect(compareTable(rows, findModality('scene').measures, 80)).toEqual(table);
    const terminal = setUp({
      recipes: { compareScene: () => play(events(path.join('runs', 'fox-compare'))) },
    });
    mkdirSync(path.join(terminal.cwd, 'runs'));
    const strategies = 'uniform,error-map,evos@tile=4,evos-online@mutation-share=0.5';
    expect(await terminal.run('compare', 'fox', '--strategies', strategies, '--rays', '512')).toBe(0);
    const { name, options } = called(terminal);
    expect(name).toBe('compareScene');
    expect(options).toMatchObject({ rays: 512, resume: false, strategies: strategies.split(',') });
    expect(terminal.stdout).toContain(table.join('\n'));
    // What to reach is the end of the curve, which is of fewer pixels than the table.
    expect(terminal.stdout).toContain('until the 23.50 dB of uniform.');
    expect(terminal.stderr).toContain('evos@tile=4: PSNR 24.00 dB in 7.0 s of training');
    expect(terminal.stderr.match(/Note: 1 photograph/g)).toHaveLength(1);
  });

  it('runs uniform, error-map and both of evos unless told otherwise', async () => {
    const terminal = setUp({ recipes: { compareScene: () => play(events('x')) } });
    expect(await terminal.run('compare', 'fox', '--quiet')).toBe(0);
    expect(called(terminal).options['strategies']).toEqual(['uniform', 'error-map', 'evos', 'evos-online']);
    expect(sceneSettings.compare().strategies).toHaveLength(4);
  });

  it.each([
    ['uniform@tile=4', 'tile has no effect on uniform; leave it out'],
    ['evos@levels=4', 'levels is the same for every strategy'],
    ['evos@tiel=4', 'tiel: unknown setting. Did you mean tile?'],
    ['evos@interval=0', 'interval: got 0, expected a whole number of at least 1'],
  ])('refuses %s', async (entry, message) => {
    const terminal = setUp();
    expect(await terminal.run('compare', 'fox', '--strategies', entry)).toBe(2);
    expect(terminal.stderr.replace(/\s+/g, ' ')).toContain(message);
  });
});
