// Weights and moments where a device keeps them, driven pass by pass. CUDA's way, tensors that travel, needs no GPU: the
// CPU can stand in for it. On WebGPU every tensor that is made is counted.
import { afterEach, describe, expect, it, vi } from 'vitest';
import * as ort from 'onnxruntime-node';
import { createRandom } from 'evos';
import type * as deviceParameters from '../../../../src/engine/onnx/parameters/on-device.js';
import { layOut } from '../../../../src/engine/onnx/parameters/layout.js';
import { siren } from '../../../../src/engine/models/index.js';
import { ports, type SampleSetup } from '../../../../src/engine/onnx/protocol.js';
import type * as residentPool from '../../../../src/engine/onnx/resident-pool.js';
import type * as sessionCache from '../../../../src/engine/onnx/sessions.js';
import {
  allocateParameters,
  Barrier,
  SharedParameters,
} from '../../../../src/engine/onnx/parameters/shared.js';
import { scalar, type Feeds } from '../../../../src/engine/onnx/tensors.js';
import { inOnePiece } from '../../../../src/engine/onnx/stages.js';
import { batchOf } from '../../trainer-contract.js';
import { stepGraph } from '../graphs.js';
import { resident, travelling } from '../execution.js';
import { layersFromState } from '../../../reference/siren-layers.js';
import { ReferenceTrainer } from '../../../reference/siren.js';
import { largestDifference } from '../../../parity/difference.js';
import { keepShaders, webgpu } from '../device-webgpu.js';

/** Modules as they were built: sessions have a kernel, which lies beside those alone. */
const built = (name: string): Promise<unknown> =>
  import(new URL(`../../../../dist/engine/onnx/${name}.js`, import.meta.url).href);
const { DeviceParameters } = (await built('parameters/on-device')) as typeof deviceParameters;
const { ResidentPool } = (await built('resident-pool')) as typeof residentPool;
const { SessionCache } = (await built('sessions')) as typeof sessionCache;

const model = siren({ inputDim: 2, outputDim: 3, width: 8, depth: 1 });
const adam = { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
const { slots, total } = layOut(model.parameters);
const samples = 48;
const random = createRandom(9);
const uniform = (count: number): Float32Array =>
  Float32Array.from({ length: count }, () => 2 * random.float() - 1);
const inputs = uniform(samples * 2);
const targets = uniform(samples * 3);
const closing: (() => Promise<void>)[] = [];
keepShaders();
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A worker's parameters and sessions, by hand. */
async function start(device: 'cuda' | 'webgpu', byIndex = false) {
  const shared = allocateParameters(total, 1, adam);
  // The CPU stands in for CUDA.
  const execution = device === 'cuda' ? travelling('cpu') : resident(device);
  const setup: SampleSetup = {
    execution,
    variableSizes: false,
    slots,
    inputDim: 2,
    outputDim: 3,
    shared,
    barrier: Barrier.allocate(),
    index: 0,
    byIndex,
  };
  const memory = new SharedParameters(shared);
  model.initialise(createRandom(4)).forEach((values, i) => memory.values.set(values, slots[i]?.offset ?? 0));
  const sessions = new SessionCache(setup);
  for (const pass of ['gradient', 'update'] as const) {
    sessions.add(pass, inOnePiece(stepGraph(model, adam, { pass, byIndex })));
  }
  const store = await DeviceParameters.open(setup);
  const pool = byIndex ? await ResidentPool.open(setup, { type: 'pool', inputs, targets }) : undefined;
  closing.push(async () => {
    await store.release();
    await pool?.release();
    await sessions.release();
  });

  /** One step over all samples in so many passes; the loss. */
  const step = async (t: number, passes: number): Promise<number> => {
    let loss = 0;
    store.clearGradient();
    for (let pass = 0; pass < passes; pass++) {
      const from = (pass * samples) / passes;
      const to = ((pass + 1) * samples) / passes;
      const update =
        pass < passes - 1
          ? undefined
          : { stepSize: 1e-3 / (1 - 0.9 ** t), sqrtBiasCorrection2: Math.sqrt(1 - 0.999 ** t) };
      const feeds: Feeds = { [ports.errorScale]: scalar(1 / (samples * 3)) };
      if (pool === undefined) {
        feeds['inputs'] = new ort.Tensor('float32', inputs.slice(from * 2, to * 2), [to - from, 2]);
        feeds['targets'] = new ort.Tensor('float32', targets.slice(from * 3, to * 3), [to - from, 3]);
      } else {
        const indices = Int32Array.from({ length: to - from }, (_, i) => from + i);
        feeds[ports.indices] = new ort.Tensor('int32', indices, [to - from]);
        pool.feed(feeds);
      }
      const lossTensor = scalar(0);
      const fetches: Feeds = { [ports.loss]: lossTensor };
      store.feedPass(feeds, fetches, update);
      if (update !== undefined) {
        feeds[ports.stepSize] = scalar(update.stepSize);
        feeds[ports.sqrtBiasCorrection2] = scalar(update.sqrtBiasCorrection2);
      }
      await sessions.run(update === undefined ? 'gradient' : 'update', feeds, fetches);
      store.turn(update !== undefined);
      loss += lossTensor.data[0] ?? Number.NaN;
    }
    return loss;
  };
  return { memory, store, step };
}

const devices = [
  { device: 'cuda', skipped: false, name: 'the way of CUDA, on the CPU' },
  { device: 'webgpu', skipped: webgpu.skipped, name: `WebGPU${webgpu.why}` },
] as const;

describe.each(devices)('parameters of a device: $name', ({ device, skipped }) => {
  it.skipIf(skipped).each([1, 3])('takes the steps of the reference trainer, passes: %i', async (passes) => {
    const { memory, store, step } = await start(device);
    const state = Object.fromEntries(
      slots.map(({ name, offset, count }) => [name, [...memory.values.slice(offset, offset + count)]]),
    );
    const plain = new ReferenceTrainer({ layers: layersFromState(state), omega: 30, lr: adam.learningRate });
    for (let t = 1; t <= 5; t++) {
      const wanted = await plain.step(batchOf(inputs, targets, samples), { wants: [] });
      expect(Math.abs((await step(t, passes)) / wanted.loss - 1), `loss of step ${t}`).toBeLessThan(1e-5);
    }
    await store.publish();
    const parameters = plain.layers.flatMap(({ weight, bias }) => [...weight, ...bias]);
    expect(largestDifference(memory.values, parameters)).toBeLessThan(2e-5);
  });

  it.skipIf(skipped)('brings its state to the CPU when asked, and takes another over', async () => {
    const { memory, store, step } = await start(device);
    const initial = memory.values.slice();
    const first = await step(1, 2);
    expect(memory.values, 'not before it was asked').toEqual(initial);
    await store.publish();
    expect(largestDifference(memory.values, initial)).toBeGreaterThan(1e-4);
    const state = [memory.values, memory.m, memory.v];
    const kept = state.map((numbers) => numbers.slice());
    const [second, third] = [await step(2, 2), await step(3, 2)];
    expect(second).toBeLessThan(first);
    state.forEach((numbers, i) => numbers.set(kept[i] ?? []));
    await store.restore();
    expect([await step(2, 2), await step(3, 2)]).toEqual([second, third]);
  });
});

describe('memory of a device', () => {
  it.skipIf(webgpu.skipped)(
    `holds as many tensors after thirty steps as before, and none in the end${webgpu.why}`,
    async () => {
      const live = new Set<object>();
      const make = ort.Tensor.fromGpuBuffer.bind(ort.Tensor);
      const spy = vi.spyOn(ort.Tensor, 'fromGpuBuffer').mockImplementation((buffer, options) => {
        const key = {};
        live.add(key);
        const dispose = (): void => {
          live.delete(key);
          options.dispose?.();
        };
        return make(buffer, { ...options, dispose });
      });
      try {
        const { store, step } = await start('webgpu', true);
        // Weights, moments and gradient twice, zeros, and the pool's inputs and targets.
        const expected = 9 * slots.length + 2;
        expect(live.size).toBe(expected);
        for (let t = 1; t <= 30; t++) {
          await step(t, 2);
          if (t % 10 === 0) await store.publish();
          if (t % 15 === 0) await store.restore();
          expect(live.size, `after step ${t}`).toBe(expected);
        }
        for (const close of closing.splice(0)) await close();
        expect(live.size).toBe(0);
      } finally {
        spy.mockRestore();
      }
    },
  );
});
