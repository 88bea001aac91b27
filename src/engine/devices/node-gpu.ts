// The GPU in Node, by the package `webgpu` (Dawn): one device for all trainers of a process that are open at once, so that
// they share its compiled kernels, and none when they are closed, or the process would not end.
import { DeviceError } from '../../core/index.js';
import { Gpu } from '../webgpu/gpu.js';
import type { GpuSource } from '../webgpu/trainer.js';

let shared: Promise<Gpu> | undefined;
let users = 0;

/** Opens and shares the device. */
export const nodeGpu: GpuSource = {
  async open() {
    users++;
    shared ??= openGpu();
    try {
      return await shared;
    } catch (cause) {
      users--;
      shared = undefined;
      throw cause;
    }
  },
  release(gpu) {
    users--;
    if (users > 0) return;
    shared = undefined;
    gpu.close();
  },
};

/**
 * Opens a device of one's own.
 * @throws DeviceError when the package is not installed, or finds no adapter
 */
export async function openGpu(): Promise<Gpu> {
  let create: (options: string[]) => GPU;
  try {
    ({ create } = await import('webgpu'));
  } catch (cause) {
    throw new DeviceError(
      `the package "webgpu" cannot be loaded (${cause instanceof Error ? cause.message : String(cause)}): it is ` +
        'optional, and there for Linux, macOS and Windows on x64 and arm64; install it with `npm install webgpu`',
      { cause },
    );
  }
  return Gpu.open(create([]));
}
