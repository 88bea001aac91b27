// `render`, `inspect`, `doctor`, and the small pieces of text they are made of.
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { duration, listing, shellQuote, shownPath, wrap } from '../../src/cli/format.js';
import { Eta, shareLine, statusLine } from '../../src/cli/progress.js';
import { findModality } from '../../src/recipes/modalities/registry.js';
import { ArgumentError } from '../../src/core/index.js';
import { largestResolution } from '../../src/sdf/index.js';
import { meshFormats as writtenFormats } from '../../src/sdf/files/index.js';
import {
  diagnosis,
  drawnLines,
  linesOf,
  meshMetrics,
  temporaryFolder,
  Terminal,
  type World,
} from './support.js';

describe('evos render', () => {
  const setUp = (kind: string, world: World = {}): Terminal & { cwd: string } => {
    const cwd = temporaryFolder({ 'model.onnx': 'x' });
    const recipes: World['recipes'] = {
      kindOfModel: () => Promise.resolve(kind),
      renderKind: ({ out = path.join(cwd, 'render.png') }) =>
        Promise.resolve({ file: out, seconds: 0.5, words: '20x10', data: { width: 20, height: 10 } }),
      ...world.recipes,
    };
    return Object.assign(new Terminal({ cwd, ...world, recipes }), { cwd });
  };

  it.each([
    ['image', ['--size', '20x10'], { size: '20x10' }],
    ['image', ['--scale', '0.5'], { scale: 0.5 }],
    ['mesh', ['--resolution', '512', '--format', 'ply'], { resolution: 512, format: 'ply' }],
    ['scene', ['--mesh'], { mesh: true }],
    ['image', [], {}],
  ])('of a model of an %s passes %j on as %j', async (kind, words, options) => {
    const terminal = setUp(kind);
    expect(await terminal.run('render', 'model.onnx', ...words)).toBe(0);
    expect(terminal.calls.map(({ name }) => name)).toEqual(['kindOfModel', 'renderKind']);
    const model = path.join(terminal.cwd, 'model.onnx');
    expect(terminal.calls[1]?.options).toMatchObject({ kind, path: model, options });
    expect(terminal.stdout).toBe('render.png  20x10  in 0.5 s\n');
  });

  it('writes where --out says', async () => {
    const terminal = setUp('image');
    await terminal.run('render', '.', '--out', 'big.png', '--json');
    expect(terminal.calls[1]?.options).toMatchObject({ out: path.join(terminal.cwd, 'big.png') });
    expect(JSON.parse(terminal.stdout)).toMatchObject({ type: 'rendered', width: 20, height: 10 });
  });

  it.each([
    [
      'mesh',
      '--scale 2',
      '--scale is for models of images; model.onnx holds one of a mesh: --resolution says',
    ],
    ['mesh', '--width 9 --height 9', '--width, --height is for models of images'],
    [
      'image',
      '--resolution 64',
      '--resolution is for models of meshes or scenes; model.onnx holds one of an image: --scale',
    ],
    ['scene', '--scale 2', '--scale is for models of images; model.onnx holds one of a scene: --size says'],
    ['mesh', '--camera a.json', '--camera is for models of scenes'],
  ])('a model of an %s refuses %s', async (kind, words, message) => {
    const terminal = setUp(kind);
    expect(await terminal.run('render', 'model.onnx', ...words.split(' '))).toBe(2);
    expect(terminal.stderr).toContain(message);
    expect(terminal.stderr).toContain('See: evos render --help');
  });

  it('refuses what is out of range before it looks at the model', async () => {
    const range = setUp('mesh');
    expect(await range.run('render', '.', '--resolution', '3', '--format', 'gltf')).toBe(2);
    expect(range.stderr).toContain('--resolution: got 3, expected a whole number from 4 to 1024');
    expect(range.stderr).toContain('--format: got gltf, expected one of glb, ply, obj, stl');
    expect(range.calls).toEqual([]);
  });

  it('shows how far it is, and stops at a signal', async () => {
    const terminal: Terminal = setUp('mesh', {
      isTTY: true,
      recipes: {
        renderKind: ({ signal, onProgress }) => {
          terminal.time += 200;
          onProgress?.(0.25);
          terminal.signal('SIGINT');
          return Promise.reject(signal?.reason as Error);
        },
      },
    });
    expect(await terminal.run('render', '.', '--no-color')).toBe(130);
    // From the start, since a model takes a while to open.
    for (const share of ['0 %', '25 %'])
      expect(drawnLines(terminal.stderr).some((line) => line.endsWith(`  ${share}`))).toBe(true);
    expect(terminal.stderr).toContain('Stopping; nothing is written.');
    expect([terminal.stdout, terminal.listening]).toEqual(['', 0]);
  });

  it('tells how far it is every ten seconds where nothing can be redrawn, and hands --overwrite on', async () => {
    const terminal: Terminal = setUp('mesh', {
      recipes: {
        renderKind: ({ onProgress }) => {
          for (const share of [0.1, 0.2, 0.3, 0.4, 1]) {
            terminal.time += 6000;
            onProgress?.(share);
          }
          return Promise.resolve({ file: 'a.glb', seconds: 30, words: '', data: {} });
        },
      },
    });
    expect(await terminal.run('render', '.', '--overwrite')).toBe(0);
    expect(terminal.stderr).toBe('render  rendering  20 %\nrender  rendering  40 %\n');
    expect(terminal.calls.at(-1)?.options).toMatchObject({ overwrite: true });
  });

  it('a fault without a signal stays a fault', async () => {
    const terminal = setUp('mesh', {
      recipes: { renderKind: () => Promise.reject(new ArgumentError('got the format ply for a.glb')) },
    });
    expect(await terminal.run('render', '.')).toBe(2);
    expect(terminal.stderr).toContain('got the format ply for a.glb');
    expect(terminal.listening).toBe(0);
  });

  it('takes the formats that meshes are written in', () => {
    const { resolution, format } = findModality('mesh').render.options;
    expect(format?.setting).toMatchObject({ choices: writtenFormats });
    expect(resolution?.setting).toMatchObject({ min: 4, max: largestResolution });
  });
});

describe('evos inspect', () => {
  it('prints what it finds as a listing or as JSON', async () => {
    const cwd = temporaryFolder({ 'model.onnx': 'x' });
    const found = {
      path: path.join(cwd, 'model.onnx'),
      kind: 'image',
      model: { inputs: [], outputs: [], parameters: 66_049, operators: { Gemm: 5 } },
      metadata: { size: { width: 8, height: 6 } },
    };
    const recipes: World['recipes'] = { inspectPath: () => Promise.resolve(found) };
    const terminal = new Terminal({ cwd, recipes });
    expect(await terminal.run('inspect', 'model.onnx')).toBe(0);
    expect(terminal.stdout).toContain('path  model.onnx\nkind  image\nmodel\n');
    expect(terminal.stdout).toContain('  parameters  66049\n');
    expect(terminal.stdout).toContain('  size\n    width   8\n    height  6\n');
    const json = new Terminal({ cwd, recipes });
    expect(await json.run('inspect', 'model.onnx', '--json')).toBe(0);
    expect(JSON.parse(json.stdout)).toEqual(found);
  });

  it('names pictures as they would be typed, and passes options on', async () => {
    const cwd = temporaryFolder({ 'fox/transforms.json': '{}' });
    const terminal = new Terminal({
      cwd,
      recipes: {
        inspectPath: ({ path: file, out }) =>
          Promise.resolve({ path: file, kind: 'scene', picture: out, warnings: [] }),
      },
    });
    expect(await terminal.run('inspect', 'fox/', '--out', 'a.png', '--images', 'small')).toBe(0);
    expect(terminal.stdout).toContain('picture   a.png\n');
    expect(terminal.stdout).toContain('warnings  none\n');
    expect(terminal.calls.at(-1)?.options).toMatchObject({ options: { images: 'small' } });
  });

  it('shows the frame of a mesh, and what is wrong with it sentence by sentence', async () => {
    const cwd = temporaryFolder({ 'model.onnx': 'x' });
    const metrics = meshMetrics();
    const run = {
      ...metrics,
      input: { ...metrics.input, warnings: ['12 triangles without area', '3 rims'] },
    };
    const found = { path: path.join(cwd, 'model.onnx'), kind: 'mesh', model: {}, metadata: {}, run };
    const terminal = new Terminal({ cwd, recipes: { inspectPath: () => Promise.resolve(found) } });
    expect(await terminal.run('inspect', '.')).toBe(0);
    expect(terminal.stdout).toContain('kind  mesh\n');
    expect(terminal.stdout).toContain('    warnings\n      12 triangles without area\n      3 rims\n');
    expect(terminal.stdout).toContain('    frame\n      center  0, 0.1, 0\n      scale   11.5\n');
    expect(terminal.stdout).toMatch(/^ {2}iou +0\.99713$/m);
  });
});

describe('evos doctor', () => {
  const setUp = (available: boolean, columns = 80) =>
    new Terminal({ columns, recipes: { diagnose: () => Promise.resolve(diagnosis(available)) } });

  it('exits with 0 when some device works', async () => {
    const terminal = setUp(true);
    expect(await terminal.run('doctor')).toBe(0);
    expect(terminal.stdout).toMatch(/^ok +cpu +2 workers$/m);
    expect(terminal.stdout).toMatch(/^no +cuda +no library$/m);
    expect(terminal.stdout).toContain('-> npm install --save-optional the-library');
    expect(terminal.stdout).toContain('Ready to train.');
  });

  it('exits with 1 when none does', async () => {
    const terminal = setUp(false);
    expect(await terminal.run('doctor')).toBe(1);
    expect(terminal.stdout).toContain('There is no device to train on');
    const json = setUp(false);
    expect(await json.run('doctor', '--json')).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({ trains: false, cores: 2 });
    const quiet = setUp(false);
    expect(await quiet.run('doctor', '--quiet')).toBe(1);
    expect(quiet.stdout).toBe('');
  });

  it('fits 40 columns', async () => {
    const terminal = setUp(true, 40);
    await terminal.run('doctor');
    expect(Math.max(...linesOf(terminal.stdout).map((line) => line.length))).toBeLessThanOrEqual(40);
  });
});

describe('text', () => {
  it.each([
    [0, '0.0 s'],
    [9.949, '9.9 s'],
    [9.96, '10 s'],
    [59.4, '59 s'],
    [59.6, '1m 00s'],
    [3599.4, '59m 59s'],
    [3599.6, '1h 00m'],
    [86_399, '1d 00h'],
    [100_000, '1d 04h'],
    [Number.NaN, '?'],
    [-1, '?'],
  ])('%d seconds are %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });

  it('quotes what a shell would split', () => {
    expect(shellQuote('runs/photo-1')).toBe('runs/photo-1');
    expect(shellQuote("it's here")).toBe(`'it'\\''s here'`);
  });

  it('shows paths as the user would type them', () => {
    const root = path.resolve('/a');
    expect(shownPath(path.join(root, 'b', 'c'), root)).toBe(path.join('b', 'c'));
    expect(shownPath(path.resolve('/x'), root)).toBe(path.resolve('/x'));
    expect(shownPath(root, root)).toBe('.');
  });

  it('wraps between words and leaves long words whole', () => {
    expect(wrap('one two three', 7, '  ')).toBe('one two\n  three');
    expect(wrap('a/very/long/path x', 5)).toBe('a/very/long/path\nx');
  });

  it('lists nested values', () => {
    const value = {
      a: 1,
      long: 'x',
      none: undefined,
      inner: { pi: Math.PI, list: [1, 2] },
      many: [{}, {}, {}, {}, {}],
    };
    expect(listing(value)).toEqual([
      'a     1',
      'long  x',
      'inner',
      '  pi    3.14159',
      '  list  1, 2',
      'many  5 entries',
    ]);
    expect(listing({ inputs: [{ name: 'x' }] })).toEqual(['inputs', '  0', '    name  x']);
  });
});

describe('the status line', () => {
  const status = { label: 'fit', step: 250, steps: 1000, loss: 0.0123, quality: '31.24 dB', left: 75 };

  it('shows everything when there is room', () => {
    expect(statusLine(status, 120)).toBe(
      'fit  [#######-----------------------]  250/1000  31.24 dB  loss 1.2e-2  eta 1m 15s',
    );
  });

  it('drops what matters least', () => {
    expect(statusLine(status, 60)).toBe('fit  [#####---------------]  250/1000  31.24 dB  eta 1m 15s');
    expect(statusLine(status, 40)).toBe('fit  250/1000  31.24 dB  eta 1m 15s');
    expect(statusLine(status, 20)).toBe('250/1000  31.24 dB');
    expect(statusLine({ ...status, step: 1_000_000, steps: 9_999_999 }, 10)).toBe('1000000..');
  });

  it('is shorter than any window', () => {
    for (let columns = 20; columns <= 200; columns++) {
      for (const quality of [undefined, '7.50 dB', 'inf dB', 'IoU 0.9971']) {
        for (const left of [undefined, 3, 1e7]) {
          for (const label of ['fit', 'a-long-strategy 12/34']) {
            const line = statusLine({ ...status, label, quality, left }, columns);
            expect(line.length).toBeLessThan(columns);
            expect(line).toContain('250/1000');
          }
        }
      }
    }
  });
});

describe('the line of what follows training', () => {
  it('shows the task and its share, and what there is room for', () => {
    expect(shareLine('fit', 'extracting the mesh', 0.437, 80)).toBe(
      'fit  extracting the mesh  [#############-----------------]  43 %',
    );
    expect(shareLine('fit', 'extracting the mesh', 0.437, 40)).toBe('fit  extracting the mesh  43 %');
    expect(shareLine('fit', 'extracting the mesh', 0.437, 20)).toBe('43 %');
    expect(shareLine('fit', 'measuring it', 1, 80)).toContain(']  100 %');
  });

  it('is shorter than any window, whatever share it is told', () => {
    for (let columns = 20; columns <= 120; columns++) {
      for (const share of [-0.1, 0, 0.999, 1.01]) {
        expect(shareLine('evos-online 3/4', 'extracting the mesh', share, columns).length).toBeLessThan(
          columns,
        );
      }
    }
  });
});

describe('the time left', () => {
  it('comes from the last twenty steps', () => {
    const eta = new Eta();
    expect(eta.seconds(10)).toBeUndefined();
    let now = 0;
    // a slow start that must be forgotten: 30 steps of 10 s, then 21 ends of steps of 0.5 s
    for (let step = 0; step < 30; step++) eta.add((now += 10_000));
    for (let step = 0; step < 20; step++) eta.add((now += 500));
    expect(eta.seconds(10)).toBeCloseTo(5);
  });

  it('counts slow evaluating steps in', () => {
    const eta = new Eta();
    let now = 0;
    for (let step = 0; step <= 20; step++) eta.add((now += step % 10 === 0 ? 1900 : 900));
    expect(eta.seconds(10)).toBeCloseTo(10);
  });
});
