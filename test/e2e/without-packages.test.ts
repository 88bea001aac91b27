// evos where nobody has installed an engine or a decoder: what needs none works, and what needs one names the command.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { evos, temporaryFolder } from '../support/command.js';

const hook = new URL('../support/hide-packages.mjs', import.meta.url);
const all = 'onnxruntime-node,sharp,webgpu';
const hide = (names: string) => ({
  env: { NODE_OPTIONS: `--import ${pathToFileURL(fileURLToPath(hook)).href}`, EVOS_TEST_HIDE: names },
});

describe('without optional packages', () => {
  it('a fit names one command for all that it needs, and leaves no folder', async () => {
    const out = path.join(temporaryFolder(), 'run');
    const { code, stderr } = await evos(['fit', 'fixtures/photo.png', '--out', out], hide(all));
    expect(stderr).toBe(
      'Error: onnxruntime-node and sharp are not installed, and fitting an image needs them; ' +
        'run `npm i onnxruntime-node sharp --ignore-scripts`\n',
    );
    expect({ code, left: existsSync(out) }).toEqual({ code: 2, left: false });
  });

  it('the doctor says what is missing, and what installs it', async () => {
    const { code, stdout } = await evos(['doctor', '--json'], hide(all));
    const found = JSON.parse(stdout) as {
      packages: { name: string; hint?: string }[];
      devices: { name: string; detail: string; hint: string }[];
    };
    const hints = Object.fromEntries(found.packages.map(({ name, hint }) => [name, hint]));
    expect(hints).toEqual({
      evos: undefined,
      'onnxruntime-node': 'it trains, and runs models: `npm i onnxruntime-node --ignore-scripts`',
      sharp: 'it reads and writes pictures: `npm i sharp --ignore-scripts`',
    });
    expect(found.devices).toContainEqual({
      name: 'cpu',
      available: false,
      detail: 'onnxruntime-node is not installed',
      hint: '`npm i onnxruntime-node --ignore-scripts`',
    });
    expect(code).toBe(1);
  });

  it('every entry loads, pictures and trainers reject with the command', () => {
    const program = `
      const told = [];
      const ask = async (work) => told.push(await work().then(() => 'no error', (error) => error.name + ' ' + error.command));
      for (const entry of ['', '/image', '/image/files', '/sdf', '/sdf/files', '/nerf', '/nerf/files', '/engine', '/onnx',
        '/tfjs', '/recipes']) await import('evos' + entry);
      const { loadImage } = await import('evos/image/files');
      const { createTrainer, siren } = await import('evos/engine');
      await ask(() => loadImage('fixtures/photo.png'));
      const trainer = createTrainer({ model: siren({ inputDim: 2, outputDim: 1 }), workers: 1 });
      await ask(() => trainer.predict(new Float32Array(2)));
      await trainer.dispose();
      console.log(JSON.stringify(told));
    `;
    const { env } = hide(all);
    const output = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
      encoding: 'utf8',
      env: { ...process.env, ...env },
    });
    expect(JSON.parse(output)).toEqual([
      'PackageError npm i sharp --ignore-scripts',
      'PackageError npm i onnxruntime-node --ignore-scripts',
    ]);
  });
});
