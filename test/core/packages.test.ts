// Optional packages: the command that installs them where evos lies, and what a failed import says.
import { describe, expect, it } from 'vitest';
import { PackageError } from '../../src/core/index.js';
import { installCommand, loadPackage, missingPackages, packageFault } from '../../src/core/packages.js';

const coded = (code: string, message: string): Error => Object.assign(new Error(message), { code });

describe('the command that installs', () => {
  it.each([
    ['file:///home/me/project/node_modules/evos/packages.js', 'npm i sharp --ignore-scripts'],
    ['file:///home/me/.npm/_npx/a1b2/node_modules/evos/packages.js', 'npm i evos sharp --ignore-scripts'],
    ['file:///usr/lib/node_modules/evos/packages.js', 'npm i -g sharp --ignore-scripts'],
    [
      'file:///C:/Users/me/AppData/Roaming/npm/node_modules/evos/packages.js',
      'npm i -g sharp --ignore-scripts',
    ],
    [
      'file:///home/me/project/node_modules/.pnpm/evos@0.2.0/node_modules/evos/packages.js',
      'pnpm add sharp --ignore-scripts',
    ],
    ['http://localhost:5173/assets/index.js', 'npm i sharp --ignore-scripts'],
  ])('from %s is %s', (from, command) => {
    expect(installCommand(['sharp'], from)).toBe(command);
  });

  it('names all that are missing', () => {
    const error = missingPackages(['onnxruntime-node', 'sharp'], 'fitting an image');
    expect(error).toMatchObject({
      code: 'package',
      command: 'npm i onnxruntime-node sharp --ignore-scripts',
    });
    expect(error.message).toBe(
      'onnxruntime-node and sharp are not installed, and fitting an image needs them; ' +
        'run `npm i onnxruntime-node sharp --ignore-scripts`',
    );
  });
});

describe('an import that failed', () => {
  const of = (error: unknown): unknown => packageFault('sharp', 'reading pictures', error);

  it('says that the package is missing, where it is', async () => {
    const cause = coded('ERR_MODULE_NOT_FOUND', "Cannot find package 'sharp' imported from /a/b.js");
    const loading = loadPackage('sharp', 'reading pictures', () => Promise.reject(cause));
    const command = 'npm i sharp --ignore-scripts';
    await expect(loading).rejects.toThrow(
      new PackageError(`sharp is not installed, and reading pictures needs it; run \`${command}\``, command),
    );
    await expect(loading).rejects.toMatchObject({ command, cause });
  });

  it.each([
    ['ERR_DLOPEN_FAILED', 'libvips.so: cannot open shared object file\nmore'],
    [
      'MODULE_NOT_FOUND',
      "Cannot find module '../bin/napi-v6/linux/mips/onnxruntime_binding.node'\nRequire stack",
    ],
    ['', 'Could not load the "sharp" module using the linux-x64 runtime\nPossible solutions:'],
  ])('says that it is not for this machine: %s', (code, text) => {
    const cause = coded(code, text);
    const [line = ''] = text.split('\n');
    expect(of(cause)).toMatchObject({
      code: 'package',
      message:
        `sharp is installed and cannot be loaded (${line}), and reading pictures needs it; expected the build for this ` +
        'machine and this Node; install it again: `npm i sharp --ignore-scripts`',
      command: 'npm i sharp --ignore-scripts',
      cause,
    });
  });

  it.each([
    [
      'another package’s absence',
      coded('ERR_MODULE_NOT_FOUND', "Cannot find package 'three' imported from /a.js"),
    ],
    ['a crash', coded('ERR_WORKER_OUT_OF_MEMORY', 'Worker terminated: JS heap out of memory')],
    ['no error', 'a string'],
  ])('is left as it is: %s', (_, cause) => {
    expect(of(cause)).toBe(cause);
  });
});
