// The shape of the sources: no file imports itself by a detour, and the lint rule about directions bites.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ESLint, type Linter } from 'eslint';
import tseslint from 'typescript-eslint';
import { describe, expect, it } from 'vitest';

const withTypes = /from '(\.[^']+)\.js'/g;
const withoutTypes = /^(?:import|export) (?!type )[^;]*?from '(\.[^']+)\.js'/gm;

/** Files of the sources and what each imports from the sources. */
function importsOf(root: string, pattern = withTypes): Map<string, string[]> {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  return new Map(
    files.map((name) => {
      const file = path.join(root, name);
      const specifiers = [...readFileSync(file, 'utf8').matchAll(pattern)];
      return [
        file,
        specifiers.map(([, specifier]) => path.join(path.dirname(file), `${specifier ?? ''}.ts`)),
      ];
    }),
  );
}

/** The first circle found, as the files on it. */
function circle(imports: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const walk = (file: string, trail: readonly string[]): string[] => {
    const seen = trail.indexOf(file);
    if (seen >= 0) return [...trail.slice(seen), file];
    if (done.has(file)) return [];
    for (const next of imports.get(file) ?? []) {
      const found = walk(next, [...trail, file]);
      if (found.length > 0) return found;
    }
    done.add(file);
    return [];
  };
  for (const file of imports.keys()) {
    const found = walk(file, []);
    if (found.length > 0) return found;
  }
  return [];
}

/** A file and all that is loaded with it. */
function loadedWith(file: string, imports: ReadonlyMap<string, readonly string[]>): Set<string> {
  const loaded = new Set([file]);
  for (const each of loaded) for (const next of imports.get(each) ?? []) loaded.add(next);
  return loaded;
}

/** Without type information: with CI=true its parser would read the file from the disk instead of the text given. */
const eslint = new ESLint({ overrideConfig: tseslint.configs.disableTypeChecked as Linter.Config });

describe('imports', () => {
  it.each(['src', 'bench'])('of %s go in no circle', (root) => {
    const imports = importsOf(root);
    expect(imports.size).toBeGreaterThan(2);
    expect(circle(imports)).toEqual([]);
  });

  it.each([
    'engine/onnx/worker',
    'engine/onnx/runner-worker',
    'engine/radiance/worker',
    'sdf/distance/worker',
  ])(
    'of the thread src/%s.ts leave the strategies out, which take longer to load than all the rest',
    (thread) => {
      const imports = importsOf('src', withoutTypes);
      const loaded = loadedWith(`src/${thread}.ts`, imports);
      expect(loaded.size).toBeGreaterThan(2);
      const strategies = path.normalize('src/core/selectors/registry.ts');
      expect([...loaded].filter((file) => [strategies, 'src/core/index.ts'].includes(file))).toEqual([]);
      expect(loadedWith('src/recipes/run-worker.ts', imports)).toContain(strategies);
    },
  );

  it('would be found in a circle', () => {
    const imports = new Map([
      ['a', ['b']],
      ['b', ['c']],
      ['c', ['b']],
    ]);
    expect(circle(imports)).toEqual(['b', 'c', 'b']);
  });

  it.each([
    ['src/core/check.ts', '../image/index.js', 'core imports nobody'],
    ['src/core/numeric/random.ts', 'sharp', 'core has no dependencies'],
    ['src/image/pool.ts', '../engine/index.js', 'image may import core only'],
    ['src/sdf/pool.ts', '../adapters/rays/index.js', 'sdf may import core only'],
    ['src/nerf/scene.ts', '../image/index.js', 'nerf may import core only'],
    ['src/engine/onnx/trainer.ts', '../../image/index.js', 'devices and fields stand on it'],
    ['src/engine/graph/core.ts', '../models/index.js', 'graph knows no runtime and no model'],
    ['src/engine/models/siren.ts', '../onnx/trainer.js', 'models may import graph only'],
    ['src/engine/onnx/trainer.ts', '../radiance/trainer.js', 'devices and fields stand on it'],
    ['src/engine/radiance/trainer.ts', '../devices/resolve.js', 'devices stand on it'],
    ['src/engine/webgpu/trainer.ts', '../onnx/frame.js', 'a device is handed in'],
    ['src/engine/webgpu/gpu.ts', 'webgpu', 'a device is handed in'],
    ['src/adapters/rays/sampler.ts', '../../recipes/index.js', 'adapters know no recipes'],
    ['src/adapters/onnx-model/model.ts', '../../engine/onnx/trainer.js', 'it knows no runtime'],
    ['src/adapters/process/create.ts', '../../image/index.js', 'other processes bring their samples'],
    ['src/adapters/tfjs/trainer.ts', '../../image/index.js', 'tf is the user’s own'],
    ['src/adapters/tfjs/trainer.ts', '@tensorflow/tfjs', 'tfjs has no dependencies'],
    ['src/recipes/diagnose.ts', '../cli/run.js', 'nothing imports cli'],
    ['src/recipes/diagnose.ts', '../entries/index.js', 'nothing imports cli'],
    ['src/recipes/settings/words.ts', '../runs/run.js', 'settings know no run'],
    ['src/recipes/runs/run.ts', '../modalities/registry.js', 'runs know modalities as the interface'],
    ['src/recipes/report/page.ts', '../modalities/registry.js', 'reports know modalities as the interface'],
    ['src/recipes/modalities/start.ts', '../run-worker.js', 'modalities know nothing above them'],
    ['src/cli/run.ts', '../entries/index.js', 'entries are for users of the package'],
  ])('in %s of %s are refused: %s', async (filePath, specifier, message) => {
    for (const statement of [
      `import '${specifier}';`,
      `export * from '${specifier}';`,
      `await import('${specifier}');`,
    ]) {
      const [result] = await eslint.lintText(`${statement}\n`, { filePath });
      const found = result?.messages.filter(({ ruleId }) => ruleId === 'house/arrows') ?? [];
      expect(found.map((entry) => entry.message).join(), statement).toContain(message);
    }
  });
});
