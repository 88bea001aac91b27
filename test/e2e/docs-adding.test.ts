// docs/adding.md is followed word by word: its files are laid down, compiled and used by its commands, in order.
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blocksOf, compile, examplesOf } from '../support/documents.js';

const blocks = blocksOf('docs/adding.md');
const examples = [...examplesOf()];
const commands = blocks
  .filter(({ language }) => language === 'sh')
  .flatMap(({ text }) => text.trim().split('\n'));

describe('the examples of docs/adding.md', () => {
  it('are one of each, each with the line that names its registry', () => {
    expect(examples.map(([name]) => name)).toEqual([
      'stripes.ts',
      'quadratic.ts',
      'series.ts',
      'src/engine/devices/directml.ts',
      'src/cli/commands/kinds.ts',
    ]);
    const document = readFileSync('docs/adding.md', 'utf8');
    const registries = [...document.matchAll(/`(src\/\S+\/registry\.ts)`/g)].map(([, file]) => file ?? '');
    expect(registries.length).toBe(5);
    for (const file of registries) expect(readFileSync(file, 'utf8')).toMatch(/\[[^\]]*\]/);
  });

  /** Files with a word of the contract misspelt. */
  const misspelt = [
    ['stripes.ts', 'draw.resize'],
    ['quadratic.ts', 'macsPerSample'],
    ['series.ts', 'targetDim'],
    ['src/engine/devices/directml.ts', 'preferred'],
    ['src/cli/commands/kinds.ts', 'examples'],
  ].map(([name = '', word = '']) => {
    const text = (examplesOf().get(name) ?? '').replace(word, `${word}Misspelt`);
    return [name.replace(/\.ts$/, '-misspelt.ts'), text] as const;
  });
  let said: string[][] = [];
  beforeAll(() => {
    said = compile([...examples, ...misspelt]);
  });

  it('compile against the package', () => {
    for (const [i, [name]] of examples.entries()) expect(said[i], name).toEqual([]);
  });

  it('would not with a word of the contract misspelt', () => {
    for (const [i, [name]] of misspelt.entries()) {
      expect(said[examples.length + i]?.join(), name).toContain('Misspelt');
    }
  });
});

describe('the commands of docs/adding.md', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'evos-adding-'));
    symlinkSync(path.resolve('fixtures'), path.join(folder, 'fixtures'));
    for (const [name, text] of examples.filter(([file]) => !file.includes('/'))) {
      writeFileSync(path.join(folder, name), text);
    }
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('are some for each plugin', () => {
    expect(commands.length).toBeGreaterThan(10);
    for (const [name] of examples.filter(([file]) => !file.includes('/'))) {
      expect(commands.join('\n')).toContain(`./${name}`);
    }
  });

  it.each(commands)('%s', (command) => {
    const words = command.replace(/^npx evos/, `"${process.execPath}" "${path.resolve('dist/cli/main.js')}"`);
    execFileSync('sh', ['-c', words], { cwd: folder, stdio: 'pipe' });
  });

  it('leave a report of every run', () => {
    const runs = readdirSync(path.join(folder, 'runs'));
    expect(runs.length).toBeGreaterThanOrEqual(9);
    for (const run of runs) {
      expect(readdirSync(path.join(folder, 'runs', run)).join()).toMatch(/(report|compare)\.html/);
    }
  });

  it('compare a strategy of one’s own on every kind of input', () => {
    const compared = commands.filter(
      (command) => command.includes('./stripes.ts') && command.includes('compare'),
    );
    expect(compared.length).toBe(4);
    const rows = readdirSync(path.join(folder, 'runs'))
      .map((run) => path.join(folder, 'runs', run, 'compare.json'))
      .filter((file) => existsSync(file))
      .map((file) => (JSON.parse(readFileSync(file, 'utf8')) as { rows: { strategy: string }[] }).rows)
      .map((all) => all.map(({ strategy }) => strategy).join());
    expect(rows.filter((names) => names.includes('evos-online,stripes')).length).toBe(4);
  });
});
