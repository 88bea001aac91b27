// What `npm ci` does in a clone: it fetches packages from the registry and builds, and runs no script of theirs. npm goes by
// the lockfile there, and `npm install` may put a package's script back into it.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

interface LockedPackage {
  readonly hasInstallScript?: boolean;
  readonly resolved?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly optional?: boolean;
}

interface Lockfile {
  readonly packages: Readonly<Record<string, LockedPackage>>;
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

  it('of the package itself runs no script either: npm and pnpm warn about those they find', () => {
    interface Manifest {
      readonly scripts?: Readonly<Record<string, string>>;
    }
    const manifestOf = (folder: string): Manifest =>
      JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as Manifest;
    const installed = Object.entries(packages)
      .filter(([name, { dev, devOptional, optional }]) => name !== '' && !(dev || devOptional || optional))
      .map(([name]) => name);
    expect(installed.length).toBeGreaterThan(20);
    const found = ['.', ...installed].flatMap((folder) => {
      const { scripts = {} } = manifestOf(folder);
      return ['preinstall', 'install', 'postinstall', ...(folder === '.' ? ['prepare'] : [])]
        .filter((name) => name in scripts)
        .map((name) => `${folder}: ${name}`);
    });
    expect(found).toEqual([]);
    expect(installed.filter((name) => /onnxruntime|sharp|webgpu$/.test(name))).toEqual([]);
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
