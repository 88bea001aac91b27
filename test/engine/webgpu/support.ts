// A GPU for tests, most often a program on the CPU: tests that compute on it skip visibly where it was not asked for or does not
// work, and fail with CI=true. Dawn's null backend computes nothing, counts everything, and is there wherever the package is.
import { create } from 'webgpu';
import { openGpu } from '../../../src/engine/devices/node-gpu.js';
import { Gpu } from '../../../src/engine/webgpu/gpu.js';
import { bind, compile } from '../../../src/engine/webgpu/kernels.js';
import type { GpuSource } from '../../../src/engine/webgpu/trainer.js';
import {
  paramsWords,
  writeParams,
  type KernelSource,
  type Params,
} from '../../../src/engine/webgpu/wgsl/ids.js';

const must = process.env['CI'] === 'true';
const asked = must || process.env['EVOS_TEST_WEBGPU'] === '1';

async function tryToOpen(): Promise<{ gpu?: Gpu; why: string }> {
  if (!asked) return { why: ' (EVOS_TEST_WEBGPU=1 tries it)' };
  try {
    return { gpu: await openGpu(), why: '' };
  } catch (cause) {
    return { why: `: ${cause instanceof Error ? cause.message : String(cause)}` };
  }
}

/** The GPU, or why there is none; `skip` is for tests, `why` for their names. */
export const { gpu: found, why } = await tryToOpen();
export const skip = !must && found === undefined;

/** The GPU. @throws where there is none */
export function theGpu(): Gpu {
  if (found === undefined) throw new Error(`no WebGPU here${why}`);
  return found;
}

/** For trainers that must not close the tests' own device. */
export const keptGpu: GpuSource = { open: () => Promise.resolve(theGpu()), release: () => undefined };

/** A device that computes nothing. */
export const openNull = (): Promise<Gpu> => Gpu.open(create(['backend=null']));

/** Behind every buffer: a kernel that writes past its end changes it. */
const guards = 64;
const guard = 0x7fc0beef;
const storage = 128 | 8 | 4;

/** What a kernel reads, or how many numbers it writes: those are NaN before. */
export type KernelBuffer = Float32Array | Uint32Array | number;

/**
 * Runs a kernel on buffers of its own.
 * @returns what the buffers hold afterwards, as bits
 * @throws where a kernel wrote past a buffer's end
 */
export async function runKernel(
  source: KernelSource,
  buffers: readonly KernelBuffer[],
  params: Params,
  groups: readonly [number, number?, number?],
): Promise<Uint32Array[]> {
  const gpu = theGpu();
  const { device } = gpu;
  const kernel = await compile(gpu, source);
  return gpu.made(`a run of ${source.name}`, async () => {
    const uniforms = device.createBuffer({ size: 4 * paramsWords, usage: 64 | 8 });
    const view = new DataView(new ArrayBuffer(4 * paramsWords));
    writeParams(view, 0, params);
    device.queue.writeBuffer(uniforms, 0, view.buffer);
    const made = buffers.map((of) => {
      const count = typeof of === 'number' ? of : of.length;
      const words = new Uint32Array(count + guards).fill(guard);
      if (typeof of !== 'number') words.set(new Uint32Array(of.buffer, of.byteOffset, of.length));
      const buffer = device.createBuffer({ size: words.byteLength, usage: storage });
      device.queue.writeBuffer(buffer, 0, words);
      return { buffer, count };
    });
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(kernel.pipeline);
    pass.setBindGroup(
      0,
      bind(
        gpu,
        kernel,
        uniforms,
        made.map(({ buffer }) => buffer),
      ),
      [0],
    );
    pass.dispatchWorkgroups(...groups);
    pass.end();
    const copies = made.map(({ buffer }) => {
      const copy = device.createBuffer({ size: buffer.size, usage: 1 | 8 });
      encoder.copyBufferToBuffer(buffer, 0, copy, 0, buffer.size);
      return copy;
    });
    device.queue.submit([encoder.finish()]);
    const results: Uint32Array[] = [];
    for (const [i, copy] of copies.entries()) {
      await copy.mapAsync(1);
      const words = new Uint32Array(copy.getMappedRange().slice(0));
      copy.destroy();
      const { buffer, count } = made[i]!;
      buffer.destroy();
      if (words.subarray(count).some((word) => word !== guard)) {
        throw new Error(`${source.name} wrote past the end of buffer ${i}`);
      }
      results.push(words.subarray(0, count));
    }
    uniforms.destroy();
    return results;
  });
}

/** Bits as numbers. */
export const floats = (words: Uint32Array | undefined): Float32Array =>
  words === undefined ? new Float32Array() : new Float32Array(words.buffer, words.byteOffset, words.length);
