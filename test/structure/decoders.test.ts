// Pools and operators run in browsers: importing them brings in no decoder and no module of Node's. Readers of files do, and
// are imported when a file is read. Threads and the command line load what they use: to load the rest takes longer than a short run.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

/** Packages that a file's static imports lead to, each with the way there. Types are not imported. */
function packagesOf(entry: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const seen = new Set<string>();
  const walk = (file: string, trail: readonly string[]): void => {
    if (seen.has(file)) return;
    seen.add(file);
    const way = [...trail, file];
    const statements = readFileSync(file, 'utf8').matchAll(
      /^(?:import|export) (?!type )(?:[^;]*? from )?'([^']+)'/gm,
    );
    for (const [, name = ''] of statements) {
      if (name.startsWith('.')) walk(path.join(path.dirname(file), name.replace(/\.js$/, '.ts')), way);
      else found.set(name, way);
    }
  };
  walk(entry, []);
  return found;
}

describe('importing', () => {
  it.each(['image', 'nerf', 'sdf'])('evos/%s loads no decoder and nothing of Node', (entry) => {
    const packages = [...packagesOf(`src/entries/${entry}.ts`)];
    const heavy = packages.filter(([name]) => /^(sharp|node:|three\/(addons|examples))/.test(name));
    expect(heavy).toEqual([]);
  });

  it('evos/tfjs loads no package at all: tf is the user’s own', () => {
    expect([...packagesOf('src/entries/tfjs.ts')]).toEqual([]);
  });

  it.each([
    'engine/onnx/worker',
    'engine/onnx/runner-worker',
    'engine/onnx/pair-worker',
    'engine/radiance/worker',
  ])('the thread src/%s.ts loads nothing to write graphs with: it is given them', (thread) => {
    const packages = packagesOf(`src/${thread}.ts`);
    expect(packages.get('onnxruntime-node')).toBeDefined();
    expect([...packages.keys()].filter((name) => /protobuf|onnx-buf/.test(name))).toEqual([]);
  });

  it('the command line loads what it needs to read its words', () => {
    const packages = [...packagesOf('src/cli/main.ts').keys()].filter((name) => !name.startsWith('node:'));
    expect(packages).toEqual(['yargs']);
  });

  it('a run’s own thread leaves out what comparisons need', () => {
    expect([...packagesOf('src/recipes/run-worker.ts').keys()]).not.toContain('zod');
  });

  it('is told where it does', () => {
    expect(packagesOf('src/entries/nerf-files.ts').get('node:fs/promises')?.at(-1)).toMatch(
      /^src\/nerf\/files\//,
    );
  });
});
