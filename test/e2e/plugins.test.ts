// A strategy, a backbone and a modality of one's own, each one file, from help to resume, by the command as users have it.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { examplesOf } from '../support/documents.js';

const main = path.resolve('dist/cli/main.js');
const photo = path.resolve('fixtures/photo.png');
/** The examples of docs/adding.md. */
const plugins = examplesOf();
const place = (name: string): void => writeFileSync(path.join(folder, name), plugins.get(name) ?? '');
const small = ['--steps', '6', '--device', 'cpu', '--workers', '1', '--micro-batch', '64'];
const often = ['--checkpoint-every', '0', '--measure-every', '1'];
const picture = [...small, '--crop', '16'];

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'evos-plugins-'));
  ['stripes.ts', 'quadratic.ts', 'series.ts'].forEach(place);
  const lines = Array.from({ length: 48 }, (_, i) => Math.sin(i / 5) + 0.2 * Math.sin(i));
  writeFileSync(path.join(folder, 'tide.csv'), `${lines.join('\n')}\n`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const evos = (...words: string[]): string =>
  execFileSync(process.execPath, [main, ...words], { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
const failing = (...words: string[]) =>
  spawnSync(process.execPath, [main, ...words], { cwd: folder, encoding: 'utf8' });
const metricsOf = (run: string): Record<string, unknown> =>
  JSON.parse(readFileSync(path.join(folder, run, 'metrics.json'), 'utf8')) as Record<string, unknown>;
const modelOf = (run: string): Buffer => readFileSync(path.join(folder, run, 'model.onnx'));

/** Kills a run that saves after every step, once it has saved. */
async function killed(out: string, ...words: string[]): Promise<void> {
  const child = spawn(process.execPath, [main, ...words, ...often, '--out', out, '--json'], { cwd: folder });
  await new Promise<void>((resolve) => {
    child.stdout.on('data', (text: Buffer) => {
      if (text.toString().includes('"checkpoint"')) child.kill('SIGKILL');
    });
    child.on('exit', () => resolve());
  });
  expect(existsSync(path.join(folder, out, 'checkpoint.safetensors'))).toBe(true);
}

describe.each([
  ['a strategy', 'stripes.ts', ['fit', photo, '--strategy', 'stripes', ...picture]],
  ['a backbone', 'quadratic.ts', ['fit', photo, '--backbone', 'quadratic', ...picture]],
  ['a modality', 'series.ts', ['fit', 'tide.csv', ...small]],
])('%s of one’s own', (_what, plugin, words) => {
  const name = path.parse(plugin).name;
  const fit = [...words, '--plugin', plugin];

  it('is in the help and in the schema of names', () => {
    expect(evos('fit', '--help', '--plugin', plugin)).toContain(name);
    expect(evos('fit', '--help')).not.toContain(name);
  });

  it('trains, and goes on to the bit after it was killed', async () => {
    evos(...fit, '--out', `${name}/whole`, '--quiet', ...often);
    await killed(`${name}/killed`, ...fit);
    evos('fit', '--resume', `${name}/killed`, '--quiet');
    expect(modelOf(`${name}/killed`).equals(modelOf(`${name}/whole`))).toBe(true);
    const lines = (run: string): unknown[] =>
      (metricsOf(run)['history'] as object[]).map((line) => ({ ...line, seconds: 0 }));
    // A checkpoint written before the step's measurement would lack its line.
    expect(lines(`${name}/killed`)).toEqual(lines(`${name}/whole`));
    expect(readFileSync(path.join(folder, name, 'whole', 'report.html'), 'utf8')).toContain(name);
  });

  it('is rendered and inspected again', () => {
    expect(evos('render', `${name}/whole`)).toMatch(/render(-\d+x\d+)?\.(png|csv)/);
    expect(JSON.parse(evos('inspect', `${name}/whole`, '--json'))).toMatchObject({
      run: metricsOf(`${name}/whole`),
    });
  });

  it('is asked for by name where it is gone or another', () => {
    appendFileSync(path.join(folder, plugin), '// changed\n');
    const changed = failing('fit', '--resume', `${name}/whole`, '--steps', '8');
    expect([changed.status, changed.stderr]).toEqual([
      2,
      expect.stringMatching(`${plugin}, which is not as it was`),
    ]);
    rmSync(path.join(folder, plugin));
    const gone = failing('fit', '--resume', `${name}/whole`, '--steps', '8');
    expect([gone.status, gone.stderr]).toEqual([
      2,
      expect.stringMatching(`${plugin}, which is not there any more`),
    ]);
    place(plugin);
  });
});

it('names what the kind of an input may be', () => {
  const wrong = failing(
    'fit',
    'tide.csv',
    '--strategy',
    'strips',
    '--plugin',
    'series.ts',
    '--plugin',
    'stripes.ts',
  );
  expect([wrong.status, wrong.stderr]).toEqual([2, expect.stringContaining('Did you mean stripes?')]);
});
