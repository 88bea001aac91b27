// A network that was exported trains as the built-in one it is a copy of, and its file then runs elsewhere.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createRandom } from 'evos';
import { modelFromOnnx } from 'evos/onnx';
import { afterAll, describe, it } from 'vitest';
import { scripted, traced, type Layer } from '../../../fixtures/exported.js';
import { skipWithoutPython } from '../../support/python.js';
import { answers, answersInPython, builtIn, expectAlike, size, trained, trainsAlike } from './compared.js';

const folder = mkdtempSync(path.join(tmpdir(), 'evos-exported-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The weights of the built-in network before training, layer by layer. */
const start = builtIn.initialise(createRandom(1));
const layers = Array.from({ length: start.length / 2 }, (_, i): Layer => {
  return { weight: start[2 * i] as Float32Array, bias: start[2 * i + 1] as Float32Array };
});
const built = trained({ ...builtIn, initialise: () => start.map((array) => array.slice()) });

describe.each([
  ['scripted', scripted, [size, 2]],
  ['traced', traced, [1, size, 2]],
] as const)('a SIREN that was exported, %s', (name, exported, shape) => {
  const own = (async () =>
    trainsAlike(modelFromOnnx(exported(layers), { name: 'mine.onnx' }), (await built).losses))();

  it('trains to the losses of the built-in one, and its file gives what it learnt', async () => {
    const { bytes, predicted } = await own;
    expectAlike(await answers(bytes, shape), predicted);
  });

  it.skipIf(skipWithoutPython('onnxruntime'))(
    "has a file that gives the same in Python's onnxruntime",
    async () => {
      const { bytes, predicted } = await own;
      const file = path.join(folder, `${name}.onnx`);
      writeFileSync(file, bytes);
      expectAlike(answersInPython(file, shape), predicted);
    },
  );
});
