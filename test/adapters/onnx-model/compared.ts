// An imported network beside the built-in one it is a copy of: losses step by step, and what its file gives elsewhere.
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { createRandom, someOf } from 'evos';
import { createTrainer, siren, type ModelDefinition } from 'evos/engine';
import type { OnnxModel } from 'evos/onnx';
import { expect } from 'vitest';
import { runPython } from '../../support/python.js';

const steps = 50;
/** Samples of a step. */
export const size = 64;
const random = createRandom(1);
const inputs = Float32Array.from({ length: 2 * size }, () => 2 * random.float() - 1);
const targets = Float32Array.from({ length: 3 * size }, (_, i) =>
  Math.sin(3 * (inputs[Math.floor(i / 3) * 2] ?? 0)),
);
const batch = { ...someOf(Uint32Array.from({ length: size }, (_, i) => i)), inputs, targets };
const common = { adam: { learningRate: 1e-3 }, seed: 1, device: 'cpu', workers: 1 } as const;

/** The built-in network. */
export const builtIn = siren({ inputDim: 2, outputDim: 3, width: 16, depth: 1 });

/** Trains a network. @returns the losses of its steps, its weights, and what it then gives for the samples */
export async function trained(model: ModelDefinition) {
  const trainer = createTrainer({ ...common, model });
  try {
    const losses: number[] = [];
    for (let step = 0; step < steps; step++) losses.push((await trainer.step(batch, { wants: [] })).loss);
    return { losses, parameters: await trainer.parameters(), predicted: await trainer.predict(inputs) };
  } finally {
    await trainer.dispose();
  }
}

/** An imported network trains to the losses of the built-in one. @returns its file with trained weights, and its answers */
export async function trainsAlike(mine: OnnxModel, losses: readonly number[]) {
  const { losses: own, parameters, predicted } = await trained(mine.model);
  own.forEach((loss, i) => {
    const expected = losses[i] ?? NaN;
    expect(Math.abs(loss - expected) / expected, `step ${i + 1}`).toBeLessThan(1e-4);
  });
  expect(own.at(-1)).toBeLessThan(0.5 * (own[0] ?? 0));
  return { bytes: mine.write(parameters), predicted };
}

/** What a file gives in this process. */
export async function answers(bytes: Uint8Array, shape: readonly number[]): Promise<readonly number[]> {
  const session = await InferenceSession.create(bytes);
  const [input = '', output = ''] = [session.inputNames[0], session.outputNames[0]];
  const found = await session.run({ [input]: new Tensor('float32', inputs, [...shape]) });
  await session.release();
  return Array.from(found[output]?.data as Float32Array);
}

const program = `
import json, sys
import numpy as np, onnxruntime
session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
x = np.array(json.loads(sys.argv[2]), dtype=np.float32).reshape(json.loads(sys.argv[3]))
(y,) = session.run(None, {session.get_inputs()[0].name: x})
print(json.dumps(y.reshape(-1).tolist()))
`;

/** What a file gives in Python's onnxruntime. */
export function answersInPython(file: string, shape: readonly number[]): readonly number[] {
  const words = [file, JSON.stringify([...inputs]), JSON.stringify(shape)];
  return JSON.parse(runPython(program, words)) as number[];
}

/** The same numbers within 1e-5. */
export function expectAlike(found: readonly number[], expected: Float32Array): void {
  expect(found).toHaveLength(expected.length);
  const apart = found.map((value, i) => Math.abs(value - (expected[i] ?? NaN)));
  expect(Math.max(...apart)).toBeLessThan(1e-5);
}
