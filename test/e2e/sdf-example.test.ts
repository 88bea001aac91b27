// The example that hooks pool and selector into somebody else's SDF trainer runs, is short, and learns.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

describe('examples/sdf-pool.ts', () => {
  it('needs no more than twelve lines', () => {
    const source = readFileSync('examples/sdf-pool.ts', 'utf8');
    const hook = /\/\/ #region hook\n([\s\S]*?)\/\/ #endregion/.exec(source)?.[1]?.trim().split('\n');
    expect(hook?.filter((line) => line.trim() !== '').length).toBeLessThanOrEqual(12);
  });

  it.each(['fixtures/mesh/knot.obj', 'fixtures/mesh/bowl.ply'])('learns %s', (mesh) => {
    const output = execFileSync(process.execPath, ['--import', 'tsx', 'examples/sdf-pool.ts', mesh], {
      encoding: 'utf8',
    });
    const [, before, after] =
      /mean squared error of points held out ([\d.]+) before, ([\d.]+) after/.exec(output) ?? [];
    // Most samples are on the surface or close to it: guessing 0 everywhere is right for them.
    expect(Number(after)).toBeLessThan(Number(before) / 15);
  });
});
