// What `npm ci` does in a clone: it fetches packages from the registry and builds, and runs no script of theirs. npm goes by
// the lockfile there, and `npm install` may put a package's script back into it.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

interface Lockfile {
  readonly packages: Readonly<
    Record<string, { readonly hasInstallScript?: boolean; readonly resolved?: string }>
  >;
}

describe('installing', () => {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as Lockfile;

  it('runs no script of a package: none is needed, and onnxruntime-node’s fetches CUDA libraries', () => {
    const scripted = Object.entries(packages).filter(([, { hasInstallScript }]) => hasInstallScript === true);
    expect(
      scripted.map(([name]) => name),
      'take the lines "hasInstallScript": true out of package-lock.json',
    ).toEqual([]);
  });

  it('fetches from the registry alone', () => {
    const from = Object.values(packages).flatMap(({ resolved }) =>
      resolved === undefined ? [] : [resolved],
    );
    expect(Object.keys(packages).length).toBeGreaterThan(100);
    expect(from.filter((address) => !address.startsWith('https://registry.npmjs.org/'))).toEqual([]);
  });

  it('is told in no .npmrc, whose settings of others npm warns about', () => {
    expect(existsSync('.npmrc')).toBe(false);
  });
});
