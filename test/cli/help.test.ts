// Help, version and completions: everything is listed, and it fits the window.
import { readFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { describe, expect, it, vi } from 'vitest';
import { commands } from '../../src/cli/commands/registry.js';
import { imageSettings } from '../../src/recipes/modalities/image/settings.js';
import { meshSettings } from '../../src/recipes/modalities/mesh/settings.js';
import { sceneSettings } from '../../src/recipes/modalities/scene/settings.js';
import { linesOf, temporaryFolder, Terminal } from './support.js';

const flat = (text: string) => text.replace(/\s+/g, ' ');

describe('help', () => {
  it.each([
    ['fit', imageSettings],
    ['fit', meshSettings],
    ['fit', sceneSettings],
    ['compare', imageSettings],
    ['compare', meshSettings],
    ['compare', sceneSettings],
  ] as const)(
    '%s lists every setting of each kind with its defaults and words (%#)',
    async (name, settings) => {
      const terminal = new Terminal({ columns: 100 });
      expect(await terminal.run(name, '--help', 'all')).toBe(0);
      const help = flat(terminal.stdout);
      for (const { flag, words, usual, apart } of settings.fields(name)) {
        const start = help.indexOf(` --${flag} `);
        expect(start, flag).toBeGreaterThan(0);
        const end = help
          .slice(start + 3)
          .search(/ --[a-z]| Settings of (images|meshes|scenes)[a-z, ]*:| Options:/);
        const option = help.slice(start, start + 3 + end);
        const [, told = ''] = /\[default: ([^\]]*)\]/.exec(option) ?? [];
        if (usual !== undefined) expect(told, flag).toContain(usual);
        for (const [owner, shown] of apart) expect(option, flag).toContain(`${owner} ${shown}`);
        for (const { text } of words) {
          expect(text, flag).not.toBe('');
          expect(option.replaceAll(' ', ''), flag).toContain(text.replaceAll(' ', ''));
        }
      }
      expect(help).toContain('[choices: "auto", "cpu", "webgpu", "cuda"]');
    },
  );

  it('tells what several kinds have once, and what one has alone under its name', async () => {
    const terminal = new Terminal({ columns: 100 });
    await terminal.run('fit', '--help', 'all');
    const help = flat(terminal.stdout);
    const places = [
      'Settings:',
      '--ratio',
      'Settings of images:',
      '--crop',
      'Settings of meshes:',
      '--sign',
      'Settings of scenes:',
      '--rays',
      'Options:',
    ];
    const found = places.map((place) => help.indexOf(` ${place} `));
    expect(found).toEqual([...found].sort((a, b) => a - b));
    expect(found[0]).toBeGreaterThan(0);
    for (const flag of ['--ratio', '--seed', '--crop', '--sign', '--rays', '--levels', '--batch']) {
      expect(help.match(new RegExp(` ${flag} [a-z]`, 'g')), flag).toHaveLength(1);
    }
    expect(help).toMatch(
      /--steps training steps \(images: evos 500, full 500, evos-tiles 500, int 500, .*, nint-released 500, siren 1000, .*; meshes: full 150\) \[number\] \[default: images 2400, meshes \d+, scenes \d+/,
    );
    expect(help).toMatch(/--interval evos: .*; error-map: .* \[default: images.* 100:50, scenes 50\]/);
    expect(help).toContain(
      '[choices: "default", "evos-paper", "int-paper", "evos-table1", "int-figures", "asmr-kodak"]',
    );
  });

  it('is short by default, and says where the rest is', async () => {
    for (const name of ['fit', 'compare']) {
      const [short, all] = [new Terminal(), new Terminal()];
      await short.run(name, '--help');
      await all.run(name, '--help', 'all');
      expect(linesOf(short.stdout).length).toBeLessThan(linesOf(all.stdout).length / 2);
      for (const option of ['--preset', '--steps', '--backbone', '--device', '--out']) {
        expect(short.stdout).toContain(option);
      }
      expect(short.stdout).not.toContain('--sign');
      expect(flat(short.stdout)).toContain(`evos ${name} --help mesh`);
      expect(flat(short.stdout)).toContain(`evos ${name} --help all`);
    }
  });

  it('shows the settings of one kind alone', async () => {
    for (const words of [
      ['fit', '--help', 'mesh'],
      ['help', 'fit', 'meshes'],
    ]) {
      const terminal = new Terminal();
      expect(await terminal.run(...words)).toBe(0);
      const help = flat(terminal.stdout);
      for (const { flag } of meshSettings.fields('fit')) expect(help, flag).toContain(` --${flag} `);
      expect(help).not.toContain('--resize ');
      expect(help).not.toContain('--rays ');
    }
  });

  it('shows the examples and the common options for every command', async () => {
    for (const command of commands()) {
      const terminal = new Terminal();
      expect(await terminal.run(command.name, '--help')).toBe(0);
      expect(terminal.stdout).toContain(`Examples:`);
      expect(terminal.stdout).toContain(`evos ${command.name}`);
      for (const option of ['--json', '--quiet', '--no-color']) expect(terminal.stdout).toContain(option);
      expect(terminal.stderr).toBe('');
    }
  });

  it('marks required and optional arguments', async () => {
    const terminal = new Terminal();
    await terminal.run('--help');
    expect(terminal.stdout).toContain('evos fit [input]');
    expect(terminal.stdout).toContain('evos compare <input..>');
    expect(terminal.stdout).toContain('evos render <model>');
  });

  it('is the same however it is asked for, and loads no recipe', async () => {
    const outputs = new Set<string>();
    for (const words of [
      ['fit', '--help'],
      ['fit', '-h'],
      ['help', 'fit'],
      ['fit', 'help'],
    ]) {
      const terminal = new Terminal();
      expect(await terminal.run(...words)).toBe(0);
      expect(terminal.calls).toEqual([]);
      outputs.add(terminal.stdout);
    }
    expect(outputs.size).toBe(1);
  });

  it('goes before complaints about other words', async () => {
    const terminal = new Terminal();
    expect(await terminal.run('compare', '--raito', '3', '--help')).toBe(0);
    expect(terminal.stdout).toContain('--strategies');
  });

  it.each([40, 60, 80, 100, 200])(
    'fits a window of %i columns, and is never wider than 100',
    async (columns) => {
      for (const words of [
        ['--help'],
        ['fit', '--help'],
        ['fit', '--help', 'all'],
        ['compare', '--help', 'scene'],
        ['render', '--help'],
      ]) {
        const terminal = new Terminal({ columns });
        await terminal.run(...words);
        const longest = Math.max(...linesOf(terminal.stdout).map((line) => line.length));
        expect(longest).toBeLessThanOrEqual(Math.min(columns, 100));
      }
    },
  );

  it('speaks English whatever the locale', async () => {
    vi.stubEnv('LC_ALL', 'de_DE.UTF-8');
    const terminal = new Terminal();
    await terminal.run('--help');
    vi.unstubAllEnvs();
    expect(terminal.stdout).toContain('Show help');
  });
});

describe('version', () => {
  it.each(['--version', '-v'])('%s prints the version of the package', async (word) => {
    const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    const terminal = new Terminal();
    expect(await terminal.run(word)).toBe(0);
    expect(terminal.stdout).toBe(`${manifest.version}\n`);
  });
});

describe('completion', () => {
  it.each([
    ['/bin/bash', 'complete -o bashdefault -o default -F _evos_yargs_completions evos'],
    ['/usr/bin/zsh', '#compdef evos'],
  ])('prints a script for %s', async (shell, part) => {
    vi.stubEnv('SHELL', shell);
    vi.stubEnv('ZSH_NAME', '');
    const terminal = new Terminal();
    expect(await terminal.run('completion')).toBe(0);
    vi.unstubAllEnvs();
    expect(terminal.stdout).toContain(part);
  });

  it.each([
    ['bash', 'complete -o bashdefault'],
    ['zsh', '#compdef evos'],
    ['fish', 'complete -f -c evos'],
  ])('prints a script for %s where that is named, whatever the shell', async (shell, part) => {
    vi.stubEnv('SHELL', shell === 'zsh' ? '/bin/bash' : '/usr/bin/zsh');
    const terminal = new Terminal();
    expect(await terminal.run('completion', shell)).toBe(0);
    expect(process.env['SHELL']).toBe(shell === 'zsh' ? '/bin/bash' : '/usr/bin/zsh');
    vi.unstubAllEnvs();
    expect(terminal.stdout).toContain(part);
  });

  it('says for which shells there is one', async () => {
    const terminal = new Terminal();
    expect(await terminal.run('completion', 'tcsh')).toBe(2);
    expect(terminal.stderr).toContain('no completion script for tcsh');
    expect(terminal.stderr).toContain('bash, zsh or fish');
  });

  it.runIf(process.platform === 'linux')('prints a script that bash accepts', async () => {
    vi.stubEnv('SHELL', '/bin/bash');
    const terminal = new Terminal();
    await terminal.run('completion');
    vi.unstubAllEnvs();
    const folder = temporaryFolder({ script: terminal.stdout });
    const shown = execFileSync('bash', ['-c', `. ${folder}/script; complete -p evos`], { encoding: 'utf8' });
    expect(shown).toContain('_evos_yargs_completions evos');
  });

  it('completes commands, options and choices without running anything', async () => {
    vi.stubEnv('SHELL', '/bin/bash');
    vi.stubEnv('ZSH_NAME', '');
    const complete = async (...words: string[]) => {
      const terminal = new Terminal();
      expect(await terminal.run('--get-yargs-completions', 'evos', ...words)).toBe(0);
      expect([terminal.stderr, terminal.calls]).toEqual(['', []]);
      return linesOf(terminal.stdout);
    };
    expect(await complete('')).toEqual(
      expect.arrayContaining(['fit', 'compare', 'render', 'inspect', 'doctor']),
    );
    expect(await complete('fit', '--')).toEqual(
      expect.arrayContaining(['--ratio', '--learning-rate', '--out']),
    );
    expect(await complete('fit', '--preset', '')).toEqual([
      ...['default', 'evos-paper', 'int-paper', 'evos-table1', 'int-figures', 'asmr-kodak'],
    ]);
    expect(await complete('fit', '--back')).toContain('--backbone');
    expect(await complete('render', '--format', '')).toEqual(['glb', 'ply', 'obj', 'stl']);
    expect(await complete('fit', '--strategy', '')).toEqual(
      expect.arrayContaining([...imageSettings.strategies(), ...sceneSettings.strategies()]),
    );
    vi.unstubAllEnvs();
  });
});
