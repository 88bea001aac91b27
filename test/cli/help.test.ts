// Help, version and completions: everything is listed, and it fits the window.
import { readFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { describe, expect, it, vi } from 'vitest';
import { kebabCase } from '../../src/cli/fields.js';
import { commands } from '../../src/cli/run.js';
import { compareSceneSettings, fitSceneSettings } from '../../src/recipes/modalities/scene/options.js';
import { compareMeshSettings, fitMeshSettings } from '../../src/recipes/modalities/mesh/options.js';
import { compareSettings, fitImageSettings } from '../../src/recipes/modalities/image/options.js';
import { linesOf, temporaryFolder, Terminal } from './support.js';

const flat = (text: string) => text.replace(/\s+/g, ' ');

describe('help', () => {
  it.each([
    ['fit', fitImageSettings],
    ['fit', fitMeshSettings],
    ['fit', fitSceneSettings],
    ['compare', compareSettings],
    ['compare', compareMeshSettings],
    ['compare', compareSceneSettings],
  ] as const)(
    '%s lists every setting of each kind with its default and description (%#)',
    async (name, schema) => {
      const terminal = new Terminal({ columns: 100 });
      expect(await terminal.run(name, '--help')).toBe(0);
      const defaults: Record<string, unknown> = schema.parse({});
      const help = flat(terminal.stdout);
      for (const [key, field] of Object.entries<{ description?: string | undefined }>(schema.shape)) {
        const start = help.indexOf(` --${kebabCase(key)} `);
        expect(start, key).toBeGreaterThan(0);
        const end = help
          .slice(start + 3)
          .search(/ --[a-z]| Settings of (images|meshes|scenes)[a-z, ]*:| Options:/);
        const option = help.slice(start, start + 3 + end);
        const shown = defaults[key];
        if (shown !== undefined) {
          const text = JSON.stringify(shown).replace(/["[\]]/g, '');
          const [, told = ''] = /\[default: ([^\]]*)\]/.exec(option) ?? [];
          expect(told, key).toContain(text);
        }
        const words = (text: string) => new Set(text.split(/[^\p{L}\p{N}.-]+/u));
        const said = words(option);
        const description = field.description ?? '';
        expect(description).not.toBe('');
        expect(
          [...words(description)].filter((word) => !said.has(word)),
          key,
        ).toEqual([]);
      }
      expect(help).toContain('--ratio images and meshes: share of the samples');
      expect(help).toContain('[choices: "auto", "cpu", "webgpu", "cuda"]');
    },
  );

  it('tells what several kinds have once, and what one has alone under its name', async () => {
    const terminal = new Terminal({ columns: 100 });
    await terminal.run('fit', '--help');
    const help = flat(terminal.stdout);
    const places = [
      'Settings:',
      '--ratio',
      'Settings of images and meshes:',
      '--batch',
      'Settings of meshes and scenes:',
      '--levels',
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
      /--steps training steps \(images: evos 500, .*; meshes: .*\) \[number\] \[default: images 3000, meshes \d+, scenes \d+\]/,
    );
    expect(help).toContain('evaluations of the whole image (meshes: pool); FROM:TO');
    expect(help).toContain('[choices: "default", "evos-paper", "int-paper"]');
  });

  it('shows examples and the common options for every command', async () => {
    for (const command of commands) {
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
    expect(terminal.stdout).toContain('evos compare <input>');
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
      for (const words of [['--help'], ['fit', '--help'], ['compare', '--help'], ['render', '--help']]) {
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
    expect(await complete('fit', '--preset', '')).toEqual(['default', 'evos-paper', 'int-paper']);
    expect(await complete('fit', '--back')).toContain('--backbone');
    expect(await complete('render', '--format', '')).toEqual(['glb', 'ply', 'obj', 'stl']);
    expect(await complete('fit', '--strategy', '')).toEqual([
      'evos-online',
      'evos',
      'uniform',
      'full',
      'error-map',
    ]);
    vi.unstubAllEnvs();
  });
});
