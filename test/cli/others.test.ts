// `render`, `inspect`, `doctor`, and the small pieces of text they are made of.
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { duration, listing, shellQuote, shownPath, wrap } from '../../src/cli/format.js';
import { Eta, statusLine } from '../../src/cli/progress.js';
import { diagnosis, linesOf, temporaryFolder, Terminal } from './support.js';

describe('evos render', () => {
  const setUp = (): Terminal & { cwd: string } => {
    const cwd = temporaryFolder({ 'model.onnx': 'x' });
    const recipes = {
      renderModel: ({ out }: { out: string }) =>
        Promise.resolve({ file: out, width: 20, height: 10, seconds: 0.5 }),
    };
    return Object.assign(new Terminal({ cwd, recipes }), { cwd });
  };

  it.each([
    [['--size', '20x10'], { width: 20, height: 10 }],
    [['--width', '20'], { width: 20 }],
    [['--height', '10'], { height: 10 }],
    [['--scale', '0.5'], { scale: 0.5 }],
    [[], {}],
  ])('passes %j on as %j', async (words, size) => {
    const terminal = setUp();
    expect(await terminal.run('render', 'model.onnx', ...words)).toBe(0);
    const model = path.join(terminal.cwd, 'model.onnx');
    expect(terminal.calls[0]?.options).toEqual({
      model,
      out: path.join(terminal.cwd, 'render.png'),
      ...size,
    });
    expect(terminal.stdout).toBe('render.png  20x10  in 0.5 s\n');
  });

  it('writes into the folder of a run, or where --out says', async () => {
    const inside = setUp();
    await inside.run('render', '.');
    expect(inside.calls[0]?.options).toMatchObject({ out: path.join(inside.cwd, 'render.png') });
    const elsewhere = setUp();
    await elsewhere.run('render', '.', '--out', 'big.png', '--json');
    expect(elsewhere.calls[0]?.options).toMatchObject({ out: path.join(elsewhere.cwd, 'big.png') });
    expect(JSON.parse(elsewhere.stdout)).toMatchObject({ type: 'rendered', width: 20, height: 10 });
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
    const recipes = { inspectModel: () => Promise.resolve(found as never) };
    const terminal = new Terminal({ cwd, recipes });
    expect(await terminal.run('inspect', 'model.onnx')).toBe(0);
    expect(terminal.stdout).toContain('path  model.onnx\nkind  image\nmodel\n');
    expect(terminal.stdout).toContain('  parameters  66049\n');
    expect(terminal.stdout).toContain('  size\n    width   8\n    height  6\n');
    const json = new Terminal({ cwd, recipes });
    expect(await json.run('inspect', 'model.onnx', '--json')).toBe(0);
    expect(JSON.parse(json.stdout)).toEqual(found);
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
  const status = { label: 'fit', step: 250, steps: 1000, loss: 0.0123, psnr: 31.239, left: 75 };

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
      for (const psnr of [undefined, 7.5, Infinity]) {
        for (const left of [undefined, 3, 1e7]) {
          for (const label of ['fit', 'a-long-strategy 12/34']) {
            const line = statusLine({ ...status, label, psnr, left }, columns);
            expect(line.length).toBeLessThan(columns);
            expect(line).toContain('250/1000');
          }
        }
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
