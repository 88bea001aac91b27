// What an editor shows: every setting of the functions people call has its explanation on hover, and the types agree
// with the schema that checks them.
import path from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { imageSettings } from '../../src/recipes/modalities/image/settings.js';
import { meshSettings } from '../../src/recipes/modalities/mesh/settings.js';
import { sceneSettings } from '../../src/recipes/modalities/scene/settings.js';
import type { Resolver } from '../../src/recipes/settings/resolver.js';

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

const keysOf = (settings: Pick<Resolver, 'fields'>, purpose: 'fit' | 'compare'): string[] =>
  settings.fields(purpose).map(({ key }) => key);

describe('hovering over a setting', () => {
  it.each([
    [
      './recipes/index.js',
      'fitImage',
      [...keysOf(imageSettings, 'fit'), 'input', 'out', 'signal', 'selector'],
    ],
    [
      './recipes/index.js',
      'compare',
      [...keysOf(imageSettings, 'compare'), 'input', 'out', 'signal', 'selectors'],
    ],
    [
      './recipes/index.js',
      'fitMesh',
      [...keysOf(meshSettings, 'fit'), 'input', 'out', 'overwrite', 'signal', 'selector'],
    ],
    [
      './recipes/index.js',
      'compareMesh',
      [...keysOf(meshSettings, 'compare'), 'input', 'out', 'signal', 'selectors'],
    ],
    ['./recipes/index.js', 'renderMeshModel', ['model', 'resolution', 'out', 'format', 'signal']],
    [
      './recipes/index.js',
      'fitScene',
      [...keysOf(sceneSettings, 'fit'), 'input', 'out', 'overwrite', 'signal'],
    ],
    ['./recipes/index.js', 'compareScene', [...keysOf(sceneSettings, 'compare'), 'input', 'out', 'signal']],
    ['./recipes/index.js', 'renderSceneModel', ['model', 'camera', 'width', 'height', 'out', 'signal']],
    ['./recipes/index.js', 'renderSceneMesh', ['model', 'resolution', 'out', 'format', 'signal']],
    [
      './recipes/index.js',
      'defineConfig',
      ['plugins', 'fit', 'compare', 'fitMesh', 'compareMesh', 'fitScene', 'compareScene'],
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
        'mutationShare',
        'operator',
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
      ['field', 'adam', 'seed', 'device', 'workers', 'background', 'samplesPerRay', 'pool'],
    ],
    [
      './adapters/rays/index.js',
      'createRaySampler',
      [
        'tile',
        'ratio',
        'mutationShare',
        'interval',
        'crossover',
        'frequencyWeight',
        'evaluationShare',
        'seed',
      ],
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
