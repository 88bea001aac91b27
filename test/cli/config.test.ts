// Configuration files: found, loaded whatever their kind, judged, and put behind the command line.
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import path from 'node:path';
import { loadConfig, namedPlugins } from '../../src/cli/config.js';
import { configSchema } from '../../src/cli/config-schema.js';
import { imagePresets } from '../../src/recipes/modalities/image/presets.js';
import { imageSettings } from '../../src/recipes/modalities/image/settings.js';
import { meshSettings } from '../../src/recipes/modalities/mesh/settings.js';
import { sceneSettings } from '../../src/recipes/modalities/scene/settings.js';
import type { FitImageSettingsInput } from '../../src/recipes/modalities/image/settings.js';
import type { Recipes } from '../../src/cli/environment.js';
import { run } from '../../src/cli/run.js';
import { linesOf, play, temporaryFolder, Terminal } from './support.js';

/** Fits a picture beside these files, with a recipe that ends at once: its options, and what was told. */
async function fit(files: Readonly<Record<string, string>>, ...words: string[]) {
  const terminal = new Terminal({ cwd: temporaryFolder({ 'photo.png': 'x', ...files }) });
  const options: unknown[] = [];
  const fitKind = (_kind: string, asked: unknown): AsyncIterable<never> => {
    options.push(asked);
    return play([]);
  };
  const recipes = () => Promise.resolve({ fitKind } as Partial<Recipes> as Recipes);
  const code = await run(['fit', 'photo.png', ...words], { ...terminal.environment, recipes });
  return { code, options, stderr: terminal.stderr };
}

async function settingsOf(files: Readonly<Record<string, string>>, ...words: string[]) {
  const { code, options } = await fit(files, ...words);
  expect(code).toBe(0);
  return options[0] as FitImageSettingsInput;
}

async function complaint(files: Readonly<Record<string, string>>, ...words: string[]): Promise<string> {
  const { code, options, stderr } = await fit(files, ...words);
  expect([code, options]).toEqual([2, []]);
  return stderr;
}

describe('precedence', () => {
  it('puts the command line before the file, and the file before the defaults', async () => {
    const file = { 'evos.config.json': '{ "fit": { "ratio": 0.25, "steps": 70 } }' };
    const settings = await settingsOf(file, '--steps', '90');
    expect(settings).toMatchObject({ steps: 90, ratio: 0.25, seed: 3407, schedule: 'constant' });
  });

  it('lets an option that equals the default still go before the file', async () => {
    const file = { 'evos.config.json': '{ "fit": { "ratio": 0.25 } }' };
    expect(await settingsOf(file, '--ratio', '0.5')).toMatchObject({ ratio: 0.5 });
  });

  it('puts settings before the preset beside them, and a preset on the command line before the file', async () => {
    const paper = imagePresets['evos-paper'].all;
    const file = { 'evos.config.json': '{ "fit": { "ratio": 0.25, "interval": 7, "seed": 5 } }' };
    expect(await settingsOf(file, '--preset', 'evos-paper', '--interval', '9')).toMatchObject({
      preset: 'evos-paper',
      ratio: paper.ratio,
      interval: 9,
      seed: 5,
    });
    const named = { 'evos.config.json': '{ "fit": { "preset": "evos-paper", "ratio": 0.25 } }' };
    expect(await settingsOf(named)).toMatchObject({ ...paper, preset: 'evos-paper', ratio: 0.25 });
    expect(await settingsOf(named, '--ratio', '0.3')).toMatchObject({ ...paper, ratio: 0.3 });
  });

  it('takes the defaults alone without a file', async () => {
    const { input, signal, overwrite, ahead, ...settings } = (await settingsOf({})) as Record<
      string,
      unknown
    >;
    expect(settings).toEqual(imageSettings.fit());
    expect(overwrite).toBe(false);
    expect(path.basename(String(input))).toBe('photo.png');
    expect(signal).toBeInstanceOf(AbortSignal);
    expect(ahead).toBe(1);
  });
});

describe('kinds of file', () => {
  it.each([
    ['evos.config.json', '{ "$schema": "x", "fit": { "steps": 7 } }'],
    ['evos.config.js', 'export default { fit: { steps: 7 } };'],
    ['evos.config.mjs', 'export default { fit: { steps: 3 + 4 } };'],
    ['evos.config.ts', 'const steps: number = 7;\nexport default { fit: { steps } };'],
  ])('%s is found by itself', async (name, content) => {
    expect(await settingsOf({ [name]: content })).toMatchObject({ steps: 7 });
  });

  it('--config names another, and then the usual one is not read', async () => {
    const files = {
      'evos.config.json': '{ "fit": { "steps": 0 } }',
      'my.ts': 'export default { fit: { steps: 8 } };',
    };
    expect(await settingsOf(files, '--config', 'my.ts')).toMatchObject({ steps: 8 });
  });
});

describe('wrong files', () => {
  it.each([
    ['ratio: NaN', 'evos.config.ts:1:25: fit.ratio: got NaN, expected a number above 0 and at most 1'],
    ['ratio: 1 / 0', 'evos.config.ts:1:25: fit.ratio: got Infinity, expected a number above 0 and at most 1'],
    ['ratio: "0.5"', 'evos.config.ts:1:25: fit.ratio: got "0.5", expected a number above 0 and at most 1'],
    ['ratio: null', 'evos.config.ts:1:25: fit.ratio: got null, expected a number above 0 and at most 1'],
    ['steps: 2.5', 'evos.config.ts:1:25: fit.steps: got 2.5, expected a whole number from 1 to 10000000'],
    ['raito: 0.5', 'evos.config.ts:1:25: fit.raito: unknown setting. Did you mean ratio?'],
    [
      'strategy: "evso"',
      `evos.config.ts:1:25: fit.strategy: got "evso", expected one of ${imageSettings.strategies().join(', ')}. Did you`,
    ],
    ['resize: "4k"', 'evos.config.ts:1:25: fit.resize: got "4k", expected WxH, auto, small or original'],
  ])('fit: { %s }', async (setting, message) => {
    expect(await complaint({ 'evos.config.ts': `export default { fit: { ${setting} } };` })).toContain(
      message,
    );
  });

  it.each([
    ['evos.config.json', '{ "fit": ', 'evos.config.json:1:9: cannot be read as JSON'],
    ['evos.config.json', '{ "fitt": {} }', 'evos.config.json:1:3: fitt: unknown setting. Did you mean fit?'],
    [
      'evos.config.json',
      '{ "fit": 3 }',
      'evos.config.json:1:3: fit: got 3, expected an object with settings',
    ],
    ['evos.config.json', '[]', 'evos.config.json: the content: got [], expected an object with settings'],
    [
      'evos.config.json',
      '{ "compare": { "strategies": [""] } }',
      'compare.strategies.0: got "", expected text',
    ],
    [
      'evos.config.json',
      '{ "compare": { "strategies": ["full", "evos@raito=1"] } }',
      'evos.config.json:1:39: compare.strategies.1: evos@raito=1: raito: unknown setting. Did you mean ratio?',
    ],
    [
      'evos.config.json',
      '{ "fit": { "preset": "evos-papre" } }',
      'evos.config.json:1:12: fit.preset: got "evos-papre", expected one of default, evos-paper, int-paper, evos-table1, int-figures, asmr-kodak. Did you mean evos-paper?',
    ],
    [
      'evos.config.ts',
      'export default {\n  fit: {,} };',
      'evos.config.ts:2:9: cannot be loaded: ParseError: ',
    ],
    ['evos.config.mjs', 'throw new Error("boom")', 'evos.config.mjs: cannot be loaded: boom'],
    ['evos.config.mjs', 'export const fit = {};', 'evos.config.mjs: has no default export'],
    ['evos.config.ts', 'export default () => 3;', 'got a function, expected an object with settings'],
  ])('%s with %s', async (name, content, message) => {
    expect(await complaint({ [name]: content })).toContain(message);
  });

  it('a missing --config, a folder, and two files at once', async () => {
    expect(await complaint({}, '--config', 'none.ts')).toContain('--config: there is no file none.ts.');
    expect(await complaint({}, '--config', '.')).toContain('--config: there is no file .');
    const both = { 'evos.config.json': '{}', 'evos.config.js': 'export default {}' };
    expect(await complaint(both)).toContain('Found evos.config.js and evos.config.json: keep one');
  });
});

describe('JSON Schema', () => {
  const schema = configSchema() as {
    properties: Record<string, { properties: Record<string, SettingNode> }>;
  };
  interface SettingNode {
    description?: string;
    default?: unknown;
  }

  it.each([
    ['fit', 'compare', imageSettings],
    ['fitMesh', 'compareMesh', meshSettings],
    ['fitScene', 'compareScene', sceneSettings],
  ] as const)('lists every option of %s and %s with description and default', (fit, compare, settings) => {
    const complete: Record<string, unknown> = { ...settings.fit() };
    const compared: Record<string, unknown> = { ...settings.compare() };
    for (const [section, defaults, purpose] of [
      [fit, complete, 'fit'],
      [compare, compared, 'compare'],
    ] as const) {
      const { properties } = schema.properties[section]!;
      expect(Object.keys(properties)).toEqual(settings.fields(purpose).map(({ key }) => key));
      for (const [key, node] of Object.entries(properties)) {
        expect(node.description ?? '', key).not.toBe('');
        // Settings that the usual strategy or backbone does not look at have their owner's default.
        const owned = settings.fields(purpose).find((field) => field.key === key)!.words[0]!.owners;
        if (owned.length === 0) expect(node.default, key).toEqual(defaults[key]);
      }
    }
  });

  it('accepts a sample and refuses what the program refuses', () => {
    const judge = z.fromJSONSchema(JSON.parse(JSON.stringify(configSchema())) as Record<string, unknown>);
    const sample = {
      $schema: './x.json',
      fit: {
        ratio: 0.25,
        steps: 10,
        resize: '8x8',
        preset: 'evos-paper',
        interval: { from: 100, to: 50 },
        mutation: 'linear',
        backbone: 'hash-grid',
      },
      plugins: ['./mine.ts'],
      compare: { seed: 1 },
      fitMesh: { sign: 'winding', preset: 'int-paper' },
      compareMesh: { split: 'int' },
    };
    expect(judge.safeParse(sample).success).toBe(true);
    expect(judge.safeParse({}).success).toBe(true);
    for (const wrong of [
      { fit: { ratio: 2 } },
      { fit: { raito: 1 } },
      { fit: { resize: 'big' } },
      { fit: { preset: 'paper' } },
      { fit: { learningRateSchedule: 'step' } },
      { fit: { interval: 'auto' } },
      { fit: { interval: '100:50' } },
      { fit: { interval: { from: 100 } } },
      { fit: { interval: { from: 100, to: 0.5 } } },
      { fit: { mutation: 'auto' } },
      { fitMesh: { crop: 8 } },
      { other: {} },
    ]) {
      expect(judge.safeParse(wrong).success).toBe(false);
    }
  });
});

it('prints one line per problem', async () => {
  const text = await complaint({ 'evos.config.json': '{ "fit": { "ratio": 3, "depth": -1, "x": 1 } }' });
  const places = [1, 2, 3].map((i) => linesOf(text)[i - 1]?.match(/evos\.config\.json:1:\d+: fit\./)?.[0]);
  expect(places).toEqual([12, 24, 37].map((column) => `evos.config.json:1:${column}: fit.`));
});

describe('plugins that a command names', () => {
  it.each<[string, Record<string, string>, string[], string[]]>([
    ['none', {}, ['fit', 'photo.png'], []],
    ['on the command line', {}, ['fit', '--plugin', 'a.ts', '--plugin=b/c.js'], ['a.ts', 'b/c.js']],
    [
      'in the file, then typed',
      { 'evos.config.json': '{ "plugins": ["x.ts"] }' },
      ['--plugin', 'y.ts'],
      ['x.ts', 'y.ts'],
    ],
    [
      'in a file that is named, relative to it',
      { 'sub/my.json': '{ "plugins": ["./x.ts"], "fit": { "unknown": 1 } }' },
      ['--config', 'sub/my.json'],
      ['sub/x.ts'],
    ],
    [
      'in a file that cannot be read: told later',
      { 'evos.config.json': '{' },
      ['--plugin', 'y.ts'],
      ['y.ts'],
    ],
    ['as something else: told later', { 'evos.config.json': '{ "plugins": [3] }' }, [], []],
  ])('%s', async (_, files, words, expected) => {
    const cwd = temporaryFolder(files);
    expect(await namedPlugins(words, cwd)).toEqual(expected.map((name) => path.join(cwd, name)));
  });

  it('are judged with the rest of the file', async () => {
    expect(await complaint({ 'evos.config.json': '{ "plugins": [3] }' })).toContain(
      'evos.config.json:1:15: plugins.0: got 3, expected text that is not empty',
    );
    const cwd = temporaryFolder({ 'evos.config.json': '{ "plugins": ["x.ts"], "fit": { "steps": 7 } }' });
    expect(await loadConfig(undefined, cwd)).toEqual({
      sections: { fit: { steps: 7 } },
      plugins: [path.join(cwd, 'x.ts')],
    });
  });
});
