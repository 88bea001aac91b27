// The GPU in Node, by the package `webgpu` (Dawn): one device for all trainers of a process that are open at once, so that
// they share its compiled kernels, and none when they are closed, or the process would not end.
import { loadPackage } from '../../core/packages.js';
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
 * @throws PackageError when the package is not installed; DeviceError when it finds no adapter
 */
export async function openGpu(): Promise<Gpu> {
  const { create } = await loadPackage('webgpu', 'training on WebGPU', () => import('webgpu'));
  return Gpu.open(create([]));
}
