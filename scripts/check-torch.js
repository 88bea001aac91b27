// What needs PyTorch, by name: networks as its exporters write them are trained and run in Python, and Python's examples. Makes an
// environment with it in .cache/torch, some gigabytes; EVOS_TORCH_PYTHON names one of your own. Needs a build.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';

const folder = path.resolve('.cache/torch');
const own = path.join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
const python = process.env['EVOS_TORCH_PYTHON'] ?? own;
const packages = ['torch', 'onnx', 'onnxscript', 'onnxruntime', 'numpy', 'pytest'];

/** Runs a program in this terminal. */
const run = (command, words, more = {}) =>
  spawnSync(command, words, { stdio: 'inherit', env: { ...process.env, ...more } }).status;
const has = () =>
  spawnSync(python, ['-c', `import ${packages.join(', ')}`], { stdio: 'ignore' }).status === 0;

if (!has() && python === own) {
  console.log(`--- installing ${packages.join(', ')} into ${folder}`);
  run('python3', ['-m', 'venv', folder]);
  run(python, ['-m', 'pip', 'install', '-q', '--disable-pip-version-check', ...packages]);
}
if (!has()) {
  console.error(`${python} lacks some of ${packages.join(', ')}: install them there with pip`);
  process.exit(2);
}
const test = ['node_modules/vitest/vitest.mjs', 'run', '--project', 'built', 'test/adapters/onnx-model'];
const codes = [
  run(process.execPath, test, { EVOS_PYTHON: python, EVOS_TEST_TORCH: '1', EVOS_SKIP_BUILD: '1' }),
  run(python, ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', 'python/tests/test_examples.py']),
];
process.exitCode = codes.every((code) => code === 0) ? 0 : 1;
