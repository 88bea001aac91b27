// Packs evos and installs it into fresh projects by the package managers that people have: without a setting, a warning or an error.
// A fit then names one command, and works after it. Needs the npm registry, and nothing else from the network.
//
//     node scripts/check-install.js [--node 22] [npm@10 npm@11 pnpm@10]
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

const usual = ['npm@10', 'npm@11', 'pnpm@10'];
const { values: options, positionals } = parseArgs({
  options: { node: { type: 'string' } },
  allowPositionals: true,
});
const managers = (positionals.length > 0 ? positionals : usual).map((name) => ({
  name,
  add: name.startsWith('npm') ? 'install' : 'add',
}));
const entries = ['evos', 'evos/image', 'evos/sdf', 'evos/nerf', 'evos/engine', 'evos/onnx', 'evos/tfjs'];

const folder = mkdtempSync(path.join(os.tmpdir(), 'evos-install-'));
const faults = [];

/** Node itself: this one, or one of another version that the registry has as a package. */
function nodeOf(version) {
  if (version === undefined) return process.execPath;
  const name = `node-${process.platform}-${process.arch}`;
  const apart = path.join(folder, 'node');
  execFileSync('npm', ['install', '--silent', '--no-save', '--prefix', apart, `${name}@${version}`]);
  return path.join(apart, 'node_modules', name, 'bin/node');
}
const node = nodeOf(options.node);
const nodeVersion = execFileSync(node, ['--print', 'process.versions.node'], { encoding: 'utf8' }).trim();
const env = { ...process.env, PATH: `${path.dirname(node)}${path.delimiter}${process.env.PATH}` };

/** Runs a program, keeps all that it says. */
function run(cwd, command, words) {
  const { status, stdout, stderr } = spawnSync(command, words, { cwd, env, encoding: 'utf8' });
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
    run(project, node, [path.join(project, 'node_modules/evos/dist/cli/main.js'), ...words]);

  const installed = manager(add, tarball);
  expect(`${name}: install`, quiet(installed), installed.said);
  const imports = entries.map((entry) => `await import('${entry}');`).join('');
  const imported = run(project, node, ['--input-type=module', '--eval', imports]);
  expect(`${name}: import`, imported.status === 0, imported.said);
  // CommonJS has modules by require from Node 20.19 on.
  const requires = entries.map((entry) => `require('${entry}');`).join('');
  const required = run(project, node, ['--input-type=commonjs', '--eval', requires]);
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
    `${name} on Node ${nodeVersion}: ${faults.length === before ? 'installs, names one command, fits' : 'see below'}`,
  );
}
rmSync(folder, { recursive: true, force: true });
if (faults.length > 0) {
  console.error(faults.join('\n\n'));
  process.exit(1);
}
