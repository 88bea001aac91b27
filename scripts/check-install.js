// Packs evos and installs it into fresh projects by the package managers that people have: without a setting, a warning or an error.
// A fit then names one command, and works after it. Needs the npm registry, and nothing else from the network.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const managers = [
  { name: 'npm@10', add: 'install' },
  { name: 'npm@11', add: 'install' },
  { name: 'pnpm@10', add: 'add' },
];
const entries = ['evos', 'evos/image', 'evos/sdf', 'evos/nerf', 'evos/engine', 'evos/onnx', 'evos/tfjs'];

const folder = mkdtempSync(path.join(os.tmpdir(), 'evos-install-'));
const faults = [];

/** Runs a program, keeps all that it says. */
function run(cwd, command, words) {
  const { status, stdout, stderr } = spawnSync(command, words, { cwd, encoding: 'utf8' });
  return { status, said: `${stdout}${stderr}` };
}

const expect = (what, holds, said) => {
  if (!holds) faults.push(`${what}:\n${said}`);
};

execFileSync('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { stdio: 'ignore' });
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
const tarball = path.join(folder, `evos-${version}.tgz`);

for (const { name, add } of managers) {
  const project = path.join(folder, name);
  mkdirSync(project);
  writeFileSync(
    path.join(project, 'package.json'),
    '{ "name": "fresh", "version": "1.0.0", "type": "module" }\n',
  );
  cpSync('fixtures/photo.png', path.join(project, 'photo.png'));
  const manager = (...words) => run(project, 'npx', ['--yes', name, ...words]);
  // What it says of this machine's own settings is none of the package's.
  const ofPackage = (said) => said.replace(/^npm warn Unknown (env|user|builtin) config .*$/gm, '');
  const quiet = ({ status, said }) =>
    status === 0 && !/\bwarn|\berr(or|!)|ignored build/i.test(ofPackage(said));
  const before = faults.length;
  const evos = (...words) =>
    run(project, process.execPath, [path.join(project, 'node_modules/evos/dist/cli/main.js'), ...words]);

  const installed = manager(add, tarball);
  expect(`${name}: install`, quiet(installed), installed.said);
  const imports = entries.map((entry) => `await import('${entry}');`).join('');
  const imported = run(project, process.execPath, ['--input-type=module', '--eval', imports]);
  expect(`${name}: import`, imported.status === 0, imported.said);
  // CommonJS has modules by require from Node 20.19 on.
  const requires = entries.map((entry) => `require('${entry}');`).join('');
  const required = run(project, process.execPath, ['--input-type=commonjs', '--eval', requires]);
  expect(`${name}: require`, required.status === 0 && required.said === '', required.said);
  const refused = evos('fit', 'photo.png', '--steps', '5');
  const [, command = ''] = /run `([^`]+)`/.exec(refused.said) ?? [];
  const words = command.split(' ').slice(1);
  const right =
    refused.status === 2 &&
    words.join(' ') === `${name.startsWith('npm') ? 'i' : 'add'} onnxruntime-node sharp --ignore-scripts`;
  expect(`${name}: the command that a fit names`, right, refused.said);
  const added = manager(...words);
  expect(`${name}: ${command}`, quiet(added), added.said);
  const fitted = evos('fit', 'photo.png', '--steps', '5');
  expect(`${name}: fit`, fitted.status === 0, fitted.said);
  console.log(
    `${name} on Node ${process.versions.node}: ${faults.length === before ? 'installs, names one command, fits' : 'see below'}`,
  );
}
rmSync(folder, { recursive: true, force: true });
if (faults.length > 0) {
  console.error(faults.join('\n\n'));
  process.exit(1);
}
