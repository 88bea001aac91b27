// What ONNX Runtime leaves on a user's machine, and tells its maker, unless it is told not to: in a process that nobody set up for
// tests, as it keeps quiet in those by itself.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const onlyWhere = describe.skipIf(process.platform === 'win32');

/** Trains as a program does that has evos as its library. */
const program = `
import { createTrainer, siren } from 'evos/engine';
const trainer = createTrainer({ model: siren({ inputDim: 2, outputDim: 1 }, { width: 16, depth: 1 }), workers: 1, device: 'cpu' });
console.log((await trainer.predict(new Float32Array(8))).length);
await trainer.dispose();`;

onlyWhere('ONNX Runtime', () => {
  let home: string;
  beforeAll(() => {
    home = mkdtempSync(path.join(tmpdir(), 'evos-home-'));
  });
  afterAll(() => rmSync(home, { recursive: true }));

  it.each([
    ['a fit', ['dist/cli/main.js', 'fit', 'fixtures/photo.png', '--steps', '2', '--device', 'cpu', '--out']],
    ['a trainer', ['--input-type=module', '--eval', program]],
  ])('leaves nothing in the home or among temporary files after %s', (name, words) => {
    const own = path.join(home, name);
    const folders = ['home', 'tmp', 'out'].map((folder) => path.join(own, folder)) as [
      string,
      string,
      string,
    ];
    for (const folder of folders) mkdirSync(folder, { recursive: true });
    const [HOME, TMPDIR, out] = folders;
    const { status, stderr } = spawnSync(
      process.execPath,
      words.at(-1) === '--out' ? [...words, path.join(out, 'run')] : words,
      { cwd: root, env: { HOME, TMPDIR, PATH: process.env['PATH'] }, encoding: 'utf8' },
    );
    expect(status, stderr).toBe(0);
    expect([HOME, TMPDIR].map((folder) => readdirSync(folder))).toEqual([[], []]);
  });
});
