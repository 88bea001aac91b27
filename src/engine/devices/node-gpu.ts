// The GPU in Node, by the package `webgpu` (Dawn). Trainers share it, and none is left when they are closed, or the process would
// not end.
import { loadPackage } from '../../core/packages.js';
import { Gpu } from '../webgpu/gpu.js';
import { shareGpu } from '../webgpu/shared-gpu.js';

/**
 * Opens a device of one's own.
 * @throws PackageError when the package is not installed; DeviceError when it finds no adapter
 */
export async function openGpu(): Promise<Gpu> {
  const { create } = await loadPackage('webgpu', 'training on WebGPU', () => import('webgpu'));
  return Gpu.open(create([]));
}

/** Opens and shares the device. */
export const nodeGpu = shareGpu(openGpu);
