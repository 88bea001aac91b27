// Networks as PyTorch itself exports them, by both of its exporters: they train as the built-in one with their weights, and go back
// to Python. PyTorch is large, so this is run by name: `npm run check:torch`.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { modelFromOnnx } from 'evos/onnx';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answersInPython, builtIn, expectAlike, size, trained, trainsAlike } from './compared.js';

describe.skipIf(process.env['EVOS_TEST_TORCH'] !== '1')(
  'a SIREN that PyTorch exported (npm run check:torch)',
  () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'evos-torch-'));
    afterAll(() => rmSync(folder, { recursive: true, force: true }));
    const read = (name: string): Uint8Array => readFileSync(path.join(folder, `${name}.onnx`));
    let losses: readonly number[];

    beforeAll(async () => {
      const python = process.env['EVOS_PYTHON'] ?? 'python3';
      execFileSync(python, ['fixtures/export_torch.py', folder], { stdio: 'pipe' });
      const { model, trained: names } = modelFromOnnx(read('scripted'));
      const arrays = model.initialise({ float: () => 0 });
      // In the order of the built-in one's parameters.
      const named = [
        '0.linear.weight',
        '0.linear.bias',
        '1.linear.weight',
        '1.linear.bias',
        '2.weight',
        '2.bias',
      ];
      expect(named).toHaveLength(builtIn.parameters.length);
      const start = named.map((name) => arrays[names.indexOf(name)] as Float32Array);
      ({ losses } = await trained({ ...builtIn, initialise: () => start }));
    });

    it.each([
      ['scripted', [size, 2]],
      ['traced', [size, 2]],
      ['batched', [1, size, 2]],
    ])('%s, trains to the losses of the built-in one and runs in Python', async (name, shape) => {
      const { bytes, predicted } = await trainsAlike(modelFromOnnx(read(name), { name }), losses);
      const file = path.join(folder, `${name}-trained.onnx`);
      writeFileSync(file, bytes);
      expectAlike(answersInPython(file, shape), predicted);
    });

    it('with its weights in another file is told how to have them inside', () => {
      expect(() => modelFromOnnx(read('apart'), { name: 'apart.onnx' })).toThrow(
        /keeps its data in another file, which is not supported; .* torch\.onnx\.export\(…, external_data=False\)/,
      );
    });
  },
);
