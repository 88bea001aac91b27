// Builds a real @tensorflow/tfjs-node (or, with the word gpu, tfjs-node-gpu) in .cache, from npm and PyPI alone: its own install script
// fetches libtensorflow from elsewhere, and TensorFlow's wheel for Python has the same library. Linux on x64, with a C++ compiler,
// python3 and Node's headers. EVOS_TFJS_NODE=FOLDER then makes the tests of evos/tfjs run on it: `npm run check:tfjs-node` does both.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

const version = '4.22.0';
/** The bindings are made for libtensorflow 2.9, and work with this one. */
const wheel = 'tensorflow-cpu==2.15.1';

const gpu = process.argv.includes('gpu');
const name = gpu ? 'tfjs-node-gpu' : 'tfjs-node';
const folder = path.resolve('.cache', name);
const module = path.join(folder, 'node_modules/@tensorflow', name);

/** Runs a program in this terminal. @throws where it fails */
function run(command, words, cwd = folder) {
  console.log(`--- ${command} ${words.join(' ')}`);
  const { status } = spawnSync(command, words, { cwd, stdio: 'inherit' });
  if (status !== 0) throw new Error(`${command} ${words.join(' ')} ended with ${status}`);
}

const loads = () =>
  spawnSync(process.execPath, ['-e', `require('@tensorflow/${name}')`], { cwd: folder, stdio: 'ignore' })
    .status === 0;

function build() {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(`builds on Linux on x64, this is ${process.platform} on ${process.arch}`);
  }
  const node = path.dirname(path.dirname(process.execPath));
  if (!existsSync(path.join(node, 'include/node/node_api.h'))) {
    throw new Error(
      `${node}/include/node/node_api.h is missing: install Node with its headers (libnode-dev on Debian)`,
    );
  }
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n');
  run('npm', ['install', `@tensorflow/${name}@${version}`, '--ignore-scripts', '--no-audit', '--no-fund']);
  run('python3', [
    ...['-m', 'pip', 'download', '-q', '--no-deps', '--only-binary=:all:', '--python-version', '311'],
    ...['--platform', 'manylinux2014_x86_64', '-d', 'wheel', wheel],
  ]);
  const [file] = readdirSync(path.join(folder, 'wheel'));
  run('python3', ['-m', 'zipfile', '-e', path.join('wheel', file), 'wheel']);
  const tensorflow = path.join(folder, 'wheel/tensorflow');
  const deps = path.join(module, 'deps');
  const lib = path.join(deps, 'lib');
  rmSync(deps, { recursive: true, force: true });
  mkdirSync(lib, { recursive: true });
  for (const [from, as] of [
    ['libtensorflow_cc.so.2', ['libtensorflow.so', 'libtensorflow.so.2', 'libtensorflow_cc.so.2']],
    ['libtensorflow_framework.so.2', ['libtensorflow_framework.so', 'libtensorflow_framework.so.2']],
  ]) {
    for (const link of as) symlinkSync(path.join(tensorflow, from), path.join(lib, link));
  }
  for (const part of ['tensorflow/c', 'tensorflow/core/platform', 'tsl', 'tensorflow/tsl']) {
    const from = path.join(tensorflow, 'include', part);
    if (existsSync(from)) cpSync(from, path.join(deps, 'include', part), { recursive: true });
  }
  const words = ['--no-install', 'node-pre-gyp', 'install', '--build-from-source', `--nodedir=${node}`];
  run('npx', words, module);
  if (!loads()) throw new Error(`${name} was built in ${folder} and does not load there`);
}

if (existsSync(module) && loads()) console.log(`${folder} has a working ${name}`);
else build();
console.log(`EVOS_TFJS_NODE=${folder}`);
if (process.argv.includes('test')) {
  const { status } = spawnSync(
    process.execPath,
    [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--project',
      'built',
      '--project',
      'unit',
      'test/adapters/tfjs',
    ],
    { stdio: 'inherit', env: { ...process.env, EVOS_TFJS_NODE: folder, EVOS_SKIP_BUILD: '1' } },
  );
  process.exitCode = status ?? 1;
}
