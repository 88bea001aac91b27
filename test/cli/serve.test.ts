// `evos serve` and `evos select` as commands: streams, files, words and exit codes.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeNpy } from '../../fixtures/npy.js';
import { encodeFrame } from '../../src/adapters/process/frames.js';
import { openNpy } from '../../src/core/files/npy.js';
import { answersIn } from '../adapters/process/client.js';
import { evos, start } from '../support/command.js';
import { temporaryFolder, Terminal } from './support.js';

describe('evos serve', () => {
  it('answers frames, writes nothing else to standard output, and ends with its input', async () => {
    const terminal = new Terminal({ input: [encodeFrame({ op: 'info', id: 1 })] });
    expect(
      await terminal.run('serve', '--max-frame', '2', '--max-samples', '7', '--max-selectors', '3'),
    ).toBe(0);
    const [answer] = answersIn(Buffer.concat(terminal.bytes));
    expect(answer?.header).toMatchObject({
      ok: true,
      limits: { frame: 2 ** 21, samples: 7, selectors: 3 },
    });
    const [first] = answer?.header['strategies'] as { settings: Record<string, { words: string }> }[];
    expect(first?.settings['ratio']?.words).toContain('share');
    expect([terminal.stdout, terminal.stderr]).toEqual(['', '']);
  });

  it('ends with code 2 where frames cannot be told apart', async () => {
    const terminal = new Terminal({ input: [Buffer.from('hello, world')] });
    expect(await terminal.run('serve')).toBe(2);
    expect(answersIn(Buffer.concat(terminal.bytes))[0]?.header).toMatchObject({ ok: false });
    expect(terminal.stderr).toContain('A frame claims 1819043176 bytes');
  });

  it('wants no person at its ends', async () => {
    const terminal = new Terminal({ isTTY: true });
    expect(await terminal.run('serve')).toBe(2);
    expect(terminal.stderr).toContain('let a program start it');
  });

  it('refuses limits that are none', async () => {
    const terminal = new Terminal();
    expect(await terminal.run('serve', '--max-frame', '0')).toBe(2);
    expect(terminal.stderr).toContain('--max-frame');
  });

  it('takes strategies of a plugin', async () => {
    const folder = temporaryFolder({
      'mine.mjs': `import { defineStrategy, BaseSelector } from ${JSON.stringify(path.resolve('dist/entries/index.js'))};
class First extends BaseSelector { choose(draw) { draw.resize(1); draw.indices[0] = 3; return {}; } }
export default { strategies: [defineStrategy({ name: 'third', summary: 'the fourth sample', settings: {}, needs: [],
  create: (context) => new First('third', context, {}) })] };`,
    });
    const frames = [
      encodeFrame({ op: 'create', selector: 's', strategy: 'third', size: 9 }),
      encodeFrame({ op: 'select', selector: 's' }),
    ];
    const { child, finished } = start(['serve', '--plugin', path.join(folder, 'mine.mjs')], {
      stdin: 'pipe',
    });
    const chunks: Buffer[] = [];
    child.stdout?.removeAllListeners('data').setEncoding('latin1');
    child.stdout?.on('data', (text: string) => chunks.push(Buffer.from(text, 'latin1')));
    child.stdin?.end(Buffer.concat(frames));
    const { code, stderr } = await finished;
    expect([code, stderr]).toEqual([0, '']);
    expect(answersIn(Buffer.concat(chunks))[1]?.arrays['indices']).toEqual(Uint32Array.of(3));
  });
});

describe('evos select', () => {
  const errors = Array.from({ length: 100 }, (_, i) => (i < 10 ? 1 : 1e-4));

  function folderWith(values = errors): string {
    const folder = temporaryFolder();
    writeFileSync(path.join(folder, 'errors.npy'), makeNpy('<f4', [values.length], values));
    return folder;
  }
  const indicesIn = (file: string) => {
    const array = openNpy(readFileSync(file), file);
    return [...array.values(new Float64Array(array.length))];
  };

  it('writes indices beside the errors', async () => {
    const cwd = folderWith();
    const terminal = new Terminal({ cwd });
    expect(
      await terminal.run('select', 'errors.npy', '--strategy', 'evos', '--set', 'ratio=0.1', '--steps', '9'),
    ).toBe(0);
    expect(terminal.stdout).toBe('errors-indices.npy  10 of 100 samples  by evos\n');
    const indices = indicesIn(path.join(cwd, 'errors-indices.npy'));
    expect(indices.filter((index) => index < 10).length).toBeGreaterThanOrEqual(5);
  });

  it('says what it did as JSON', async () => {
    const cwd = folderWith();
    const terminal = new Terminal({ cwd });
    const words = [
      'select',
      'errors.npy',
      '--strategy',
      'uniform',
      '--count',
      '7',
      '--out',
      'i.npy',
      '--json',
    ];
    expect(await terminal.run(...words)).toBe(0);
    expect(JSON.parse(terminal.stdout)).toEqual({
      ...{ type: 'selected', file: path.join(cwd, 'i.npy'), strategy: 'uniform' },
      ...{ count: 7, size: 100, passes: 0 },
    });
    expect(indicesIn(path.join(cwd, 'i.npy'))).toHaveLength(7);
  });

  it('keeps weights where asked to, and says where there are some', async () => {
    const cwd = folderWith();
    const words = [
      'select',
      'errors.npy',
      '--strategy',
      'evos-online',
      '--tile',
      '10',
      '--set',
      'correction=1',
    ];
    const terminal = new Terminal({ cwd });
    expect(await terminal.run(...words, '--weights', 'w.npy')).toBe(0);
    expect(indicesIn(path.join(cwd, 'w.npy')).every((weight) => weight > 0)).toBe(true);
    const other = new Terminal({ cwd });
    expect(await other.run(...words, '--overwrite')).toBe(0);
    expect(other.stderr).toContain('--weights FILE keeps their weights');
  });

  it.each<[string, string[], string]>([
    ['no strategy', [], 'strategy must be one of evos, evos-online'],
    ['another strategy', ['--strategy', 'unifrom'], 'Did you mean uniform?'],
    ['a setting of none', ['--strategy', 'uniform', '--set', 'ratio'], '--set takes NAME=VALUE, got ratio'],
    [
      'a setting twice',
      ['--strategy', 'evos', '--set', 'ratio=1', '--set', 'ratio=1'],
      '--set gives ratio twice',
    ],
    ['an unknown setting', ['--strategy', 'evos', '--set', 'ratoi=1'], 'Did you mean ratio?'],
    ['a ramp that is none', ['--strategy', 'evos', '--set', 'interval=a:b'], 'interval must be a number or'],
    ['weights of none', ['--strategy', 'uniform', '--weights', 'w.npy'], 'weighs no samples'],
    ['a shape of another size', ['--strategy', 'evos', '--shape', '3x3'], 'shape must be'],
    ['a shape in words', ['--strategy', 'evos', '--shape', 'square'], '--shape'],
    ['itself as output', ['--strategy', 'evos', '--out', 'errors.npy'], 'is the input'],
    ['a file in its place', ['--strategy', 'evos', '--out', 'there.npy'], 'is there already'],
  ])('refuses %s', async (_, words, message) => {
    const cwd = folderWith();
    writeFileSync(path.join(cwd, 'there.npy'), 'mine');
    const terminal = new Terminal({ cwd });
    expect(await terminal.run('select', 'errors.npy', ...words)).toBe(2);
    expect(terminal.stderr).toContain(message);
    expect(readFileSync(path.join(cwd, 'there.npy'), 'utf8')).toBe('mine');
  });

  it('runs from the package', async () => {
    const cwd = folderWith();
    const { code, stdout } = await evos(['select', 'errors.npy', '--strategy', 'full'], { cwd });
    expect([code, stdout]).toEqual([0, 'errors-indices.npy  100 of 100 samples  by full\n']);
  });
});
