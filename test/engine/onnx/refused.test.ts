// A model that ONNX Runtime refuses, in a thread that is asked late: the refusal is known before anybody asks, and is told all
// the same.
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';

/** By what a thread is opened: a module of dist/, and how its threads are asked. */
const late: Readonly<Record<string, (engine: Engine) => Asked>> = {
  'a runner of models': ({ createModelRunner }) => {
    const runner = createModelRunner(noModel, { inputDim: 2, outputDim: 3, name: 'x.onnx' }, cpu);
    return { ask: () => runner.run(new Float32Array(2)), dispose: () => runner.dispose() };
  },
  'a network that compares pictures': ({ openPairNetwork }) => {
    const network = openPairNetwork(noModel, 'x.onnx');
    return { ask: () => network.check(), dispose: () => network.dispose() };
  },
};

type Engine = typeof import('../../../src/engine/onnx/runner.js') &
  typeof import('../../../src/engine/onnx/pair-network.js');

interface Asked {
  ask(): Promise<unknown>;
  dispose(): Promise<void>;
}

const noModel = Uint8Array.of(8, 7, 1, 2, 3);
const cpu = { provider: 'cpu', kernels: true, residentBytes: 0, microBatch: 64 } as const;

const folder = new URL('../../../dist/engine/onnx/', import.meta.url);

async function load(): Promise<Engine> {
  const modules = await Promise.all(
    ['runner.js', 'pair-network.js'].map(
      (name) => import(new URL(name, folder).href) as Promise<Partial<Engine>>,
    ),
  );
  return Object.assign({}, ...modules) as Engine;
}

it.each(Object.keys(late))('is refused by %s', async (name) => {
  const asked = late[name]?.(await load());
  // Far longer than the thread takes to start and to be refused the model.
  await wait(700);
  await expect(asked?.ask()).rejects.toMatchObject({
    code: 'input',
    message: expect.stringMatching(/^x\.onnx cannot be run/) as string,
  });
  await asked?.dispose();
});
