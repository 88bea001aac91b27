// Pools for trainers on a GPU, and what a trainer sends to one, counted on Dawn's null backend.
import { globals } from 'webgpu';
import { vi } from 'vitest';
import { createRandom, type Batch, type Pool } from '../../../src/core/index.js';
import { someOf } from '../../../src/core/samples.js';
import { siren } from '../../../src/engine/models/index.js';
import type { TrainerOptions } from '../../../src/engine/training/options.js';
import type { Gpu } from '../../../src/engine/webgpu/gpu.js';
import { WebGpuTrainer } from '../../../src/engine/webgpu/trainer.js';
import { openNull } from './support.js';

const random = createRandom(21);
export const numbers = (count: number): Float32Array =>
  Float32Array.from({ length: count }, () => 2 * random.float() - 1);

/** A pool of so many samples. */
export function poolOf(
  size: number,
  targets: Float32Array = numbers(3 * size),
): Pool & { readonly inputs: Float32Array; readonly targets: Float32Array } {
  const inputs = numbers(2 * size);
  const rows = (of: Float32Array, width: number, indices: Uint32Array): Float32Array =>
    Float32Array.from(
      { length: indices.length * width },
      (_, i) => of[indices[Math.floor(i / width)]! * width + (i % width)]!,
    );
  return {
    ...{ size, inputDim: 2, targetDim: 3, inputs, targets },
    gather: (samples) =>
      Object.assign(samples, {
        inputs: rows(inputs, 2, samples.indices),
        targets: rows(targets, 3, samples.indices),
      }),
  };
}

export const none = new Float32Array();
/** Some of a pool on the device, every third. */
export const some = (size: number, start = 0): Batch =>
  Object.assign(someOf(Uint32Array.from({ length: size }, (_, i) => start + 3 * i)), {
    inputs: none,
    targets: none,
  });

/** A network that fits one kernel. */
export const small = siren({ inputDim: 2, outputDim: 3, width: 24, depth: 1 });

/** A trainer on the null backend, which is the caller's to close. */
export async function onNull(
  options: Partial<TrainerOptions>,
): Promise<{ trainer: WebGpuTrainer; gpu: Gpu }> {
  const gpu = await openNull();
  const source = { open: () => Promise.resolve(gpu), release: (of: Gpu) => of.close() };
  const given = { model: small, adam: { learningRate: 1e-4 }, seed: 4, device: 'webgpu', ...options };
  const trainer = new WebGpuTrainer(given, source);
  return { trainer, gpu };
}

interface Classes {
  readonly GPUComputePassEncoder: { readonly prototype: GPUComputePassEncoder };
  readonly GPUCommandEncoder: { readonly prototype: GPUCommandEncoder };
  readonly GPUQueue: { readonly prototype: GPUQueue };
  readonly GPUBuffer: { readonly prototype: GPUBuffer };
  readonly GPUDevice: { readonly prototype: GPUDevice };
}
/** The classes of the package, to be spied on. */
export const classes = globals as Classes;

/** Counts what goes to a device from here on. */
export function count() {
  const dispatches = vi.spyOn(classes.GPUComputePassEncoder.prototype, 'dispatchWorkgroups');
  const submits = vi.spyOn(classes.GPUQueue.prototype, 'submit');
  const writes = vi.spyOn(classes.GPUQueue.prototype, 'writeBuffer');
  const copies = vi.spyOn(classes.GPUCommandEncoder.prototype, 'copyBufferToBuffer');
  const maps = vi.spyOn(classes.GPUBuffer.prototype, 'mapAsync');
  const buffers = vi.spyOn(classes.GPUDevice.prototype, 'createBuffer');
  return () => ({
    dispatches: dispatches.mock.calls.length,
    submits: submits.mock.calls.length,
    maps: maps.mock.calls.length,
    buffers: buffers.mock.calls.length,
    bytes:
      writes.mock.calls.reduce((sum, call) => sum + Number(call[4]), 0) +
      copies.mock.calls.reduce((sum, call) => sum + Number(call.at(-1)), 0),
  });
}
