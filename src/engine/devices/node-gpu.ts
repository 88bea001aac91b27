// The GPU in Node, by the package `webgpu` (Dawn). Trainers share it, and none is left when they are closed, or the process would
// not end.
import { loadPackage } from '../../core/packages.js';
import { Gpu } from '../webgpu/gpu.js';
import { shareGpu } from '../webgpu/shared-gpu.js';

/** A program on the CPU compiles Vulkan's own zeros of a workgroup's memory word by word, four seconds for 13 KiB. Dawn's loop means the same. */
const ofSoftware = ['disable-dawn-features=use_vulkan_zero_initialize_workgroup_memory_extension'];

/**
 * Opens a device of one's own.
 * @throws PackageError when the package is not installed; DeviceError when it finds no adapter
 */
export async function openGpu(): Promise<Gpu> {
  const { create } = await loadPackage('webgpu', 'training on WebGPU', () => import('webgpu'));
  const gpu = await Gpu.open(create([]));
  if (!gpu.facts.software) return gpu;
  gpu.close();
  return Gpu.open(create(ofSoftware));
}

/** Opens and shares the device. */
export const nodeGpu = shareGpu(openGpu);
