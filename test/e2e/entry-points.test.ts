// Entry points follow the rooms: whoever imports the core or a modality loads no engine.
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

/** Native libraries a fresh Node process has loaded after an import. */
function librariesAfter(specifier: string): string[] {
  const program = `
    const exported = Object.keys(await import(${JSON.stringify(specifier)}));
    if (exported.length === 0) throw new Error('nothing is exported');
    console.log(JSON.stringify(process.report.getReport().sharedObjects));
  `;
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
  });
  return JSON.parse(output) as string[];
}

describe('entry points', () => {
  it.each(['evos', 'evos/image', 'evos/tfjs'])('%s loads no engine', (specifier) => {
    expect(librariesAfter(specifier).filter((library) => /onnxruntime/.test(library))).toEqual([]);
  });

  it('evos loads no native library that Node itself does not', () => {
    expect(librariesAfter('evos')).toEqual(librariesAfter('node:path'));
  });

  it.each([
    'evos/image/files',
    'evos/sdf',
    'evos/sdf/files',
    'evos/nerf',
    'evos/nerf/files',
    'evos/engine',
    'evos/onnx',
    'evos/tfjs',
    'evos/recipes',
  ])('%s can be imported', (specifier) => {
    expect(librariesAfter(specifier).length).toBeGreaterThan(0);
  });
});
