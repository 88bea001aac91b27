// What an editor shows: every setting of the functions people call has its explanation on hover, and the types agree
// with the schema that checks them.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { compareMeshSettings, fitMeshSettings } from '../../src/recipes/modalities/mesh/options.js';
import { compareSettings, fitImageSettings } from '../../src/recipes/modalities/image/options.js';
import { compareSceneSettings, fitSceneSettings } from '../../src/recipes/modalities/scene/options.js';
import { builtInSelectors } from '../../src/recipes/runs/selectors.js';

const file = path.resolve('src/hover-probe.ts');
/** So that sources are parsed once, and not for every probe. */
const registry = ts.createDocumentRegistry();

/** The documentation an editor shows when hovering over each of the names, which are properties of a call's options. */
function hovers(
  module: string,
  call: string,
  names: readonly string[],
  fixed = '',
  before = '',
): Map<string, string> {
  const text = `import { ${call} } from '${module}';\nvoid ${call}(${before}{ ${fixed}${names.map((name) => `${name}: undefined!`).join(', ')} });\n`;
  const options = ts.getParsedCommandLineOfConfigFile(
    'tsconfig.json',
    {},
    { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => undefined },
  )?.options;
  const read = (name: string): string | undefined => (name === file ? text : ts.sys.readFile(name));
  const host: ts.LanguageServiceHost = {
    getScriptFileNames: () => [file],
    getScriptVersion: (name) => (name === file ? text : '1'),
    getScriptSnapshot: (name) => {
      const content = read(name);
      return content === undefined ? undefined : ts.ScriptSnapshot.fromString(content);
    },
    getCurrentDirectory: () => process.cwd(),
    getCompilationSettings: () => options ?? {},
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: (name) => name === file || ts.sys.fileExists(name),
    readFile: read,
    readDirectory: (...args) => ts.sys.readDirectory(...args),
    directoryExists: (name) => ts.sys.directoryExists(name),
    getDirectories: (name) => ts.sys.getDirectories(name),
  };
  const service = ts.createLanguageService(host, registry);
  return new Map(
    names.map((name) => {
      const info = service.getQuickInfoAtPosition(file, text.lastIndexOf(` ${name}: `) + 1);
      return [name, ts.displayPartsToString(info?.documentation)];
    }),
  );
}

describe('hovering over a setting', () => {
  it.each([
    [
      './recipes/index.js',
      'fitImage',
      [...Object.keys(fitImageSettings.shape), 'input', 'out', 'signal', 'selector'],
    ],
    [
      './recipes/index.js',
      'compare',
      [...Object.keys(compareSettings.shape), 'input', 'out', 'signal', 'selectors'],
    ],
    [
      './recipes/index.js',
      'fitMesh',
      [...Object.keys(fitMeshSettings.shape), 'input', 'out', 'overwrite', 'signal', 'selector'],
    ],
    [
      './recipes/index.js',
      'compareMesh',
      [...Object.keys(compareMeshSettings.shape), 'input', 'out', 'signal', 'selectors'],
    ],
    ['./recipes/index.js', 'renderMeshModel', ['model', 'resolution', 'out', 'format', 'signal']],
    [
      './recipes/index.js',
      'fitScene',
      [...Object.keys(fitSceneSettings.shape), 'input', 'out', 'overwrite', 'signal'],
    ],
    [
      './recipes/index.js',
      'compareScene',
      [...Object.keys(compareSceneSettings.shape), 'input', 'out', 'signal'],
    ],
    ['./recipes/index.js', 'renderSceneModel', ['model', 'camera', 'width', 'height', 'out', 'signal']],
    ['./recipes/index.js', 'renderSceneMesh', ['model', 'resolution', 'out', 'format', 'signal']],
    [
      './recipes/index.js',
      'defineConfig',
      ['fit', 'compare', 'fitMesh', 'compareMesh', 'fitScene', 'compareScene'],
    ],
    [
      './core/index.js',
      'createSelector',
      [
        'size',
        'steps',
        'seed',
        'batchSize',
        'ratio',
        'schedule',
        'interval',
        'crossover',
        'mutation',
        'frequency',
      ],
      "strategy: 'evos', ",
    ],
    ['./engine/index.js', 'siren', ['inputDim', 'outputDim', 'width', 'depth', 'omega']],
    [
      './engine/index.js',
      'radianceField',
      ['levels', 'log2TableSize', 'baseResolution', 'finestResolution', 'width', 'depth', 'space'],
    ],
    [
      './engine/index.js',
      'createRadianceTrainer',
      ['field', 'adam', 'seed', 'device', 'workers', 'background', 'samplesPerRay'],
    ],
    [
      './adapters/rays/index.js',
      'createRaySampler',
      ['tile', 'ratio', 'mutation', 'interval', 'crossover', 'frequencyWeight', 'evaluationShare', 'seed'],
      "strategy: 'evos', ",
      'undefined!, ',
    ],
    ['./nerf/index.js', 'createRayPool', ['views', 'memory', 'background'], '', 'undefined!, '],
  ])('of %s: %s shows what it is', (module, call, names, fixed = '', before = '') => {
    const missing = [...hovers(module, call, names, fixed, before)].filter(
      ([, documentation]) => documentation.length < 10,
    );
    expect(missing).toEqual([]);
  });

  it('would find one that is not explained', () => {
    expect(hovers('./recipes/index.js', 'fitImage', ['nonsense']).get('nonsense')).toBe('');
  });
});

describe('the settings people read', () => {
  it.each([
    ['fitImage', fitImageSettings],
    ['fitMesh', fitMeshSettings],
  ])('say how few samples a step has: %s', (call, schema) => {
    const settings = { ...schema.parse({}), ratio: 0.001 };
    const context = { size: 10_000, steps: 9, seed: 1, targets: new Float32Array(10_000), settings };
    const fewest = builtInSelectors['evos-online'](context).next().indices.length;
    expect(fewest).toBeGreaterThan(10);
    expect(hovers('./recipes/index.js', call, ['ratio']).get('ratio')).toContain(` ${fewest} samples `);
    expect(schema.shape.ratio.description).toContain(` at least ${fewest} samples,`);
  });

  it.each([
    ['fitImage', fitImageSettings.parse({}), ['image/settings.ts']],
    // What a mesh fit says itself goes before what it has from image fits.
    ['fitMesh', fitMeshSettings.parse({}), ['mesh/settings.ts', 'image/settings.ts']],
  ])('name each default of the schema: %s', (_, defaults, files) => {
    const sources = files.map((name) => readFileSync(`src/recipes/modalities/${name}`, 'utf8'));
    for (const [name, value] of Object.entries(defaults) as [string, unknown][]) {
      const pattern = new RegExp(`/\\*\\*((?:(?!\\*/)[\\s\\S])*)\\*/\\s*readonly ${name}\\b`);
      const comment =
        sources.map((source) => pattern.exec(source)?.[1]).find((text) => text !== undefined) ?? '';
      // The numbers as people write them: 1e-4 for 0.0001.
      const spellings = [
        String(value),
        typeof value === 'number' ? value.toExponential().replace('e+0', '') : '',
      ];
      const said = spellings.some(
        (text) => text !== '' && new RegExp(`${text.replace('.', '\\.')}[^\\d]`).test(comment),
      );
      expect(said, `${name}: ${String(value)} in "${comment.trim()}"`).toBe(true);
    }
  });
});
