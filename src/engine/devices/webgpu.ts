// WebGPU: any graphics card. Networks of dense layers, hash grids and radiance fields made of these train by kernels of our own
// (engine/webgpu); the others, and exported models, by ONNX Runtime's own provider.
import { marchDefaults } from '../training/rays/march.js';
import { whyNotField } from '../webgpu/radiance/layout.js';
import { WebGpuRayTrainer } from '../webgpu/radiance/trainer.js';
import { WebGpuTrainer, whyNot } from '../webgpu/trainer.js';
import type { DeviceEntry } from './device.js';
import { nodeGpu, openGpu } from './node-gpu.js';
import { onnxDevice } from './onnx-device.js';

const onnx = onnxDevice({
  name: 'webgpu',
  summary: 'graphics cards of all makers, through Vulkan, Direct3D 12 or Metal',
  hint:
    'install a graphics driver with Vulkan (Linux: the loader `libvulkan1` and the driver of your card, e.g. ' +
    '`mesa-vulkan-drivers`), Direct3D 12 (Windows) or Metal (macOS), and the package `webgpu`',
  preferred: 'where it is faster',
  execution: {
    provider: 'webgpu',
    kernels: false,
    // 128 MiB is what every device can bind at once.
    residentBytes: 2 ** 27,
    // A GPU wants few, large passes.
    microBatch: 65_536,
  },
});

/** What is said of what trains through ONNX Runtime. */
const slow = (reason: string): string =>
  `trains on WebGPU through ONNX Runtime, which is slow: ${reason}; --device cpu may be faster`;

export const webgpu: DeviceEntry = {
  ...onnx,
  async look() {
    const gpu = await openGpu();
    const { facts } = gpu;
    gpu.close();
    return facts;
  },
  createTrainer(options) {
    const reason = whyNot(options);
    if (reason === undefined) return new WebGpuTrainer(options, nodeGpu);
    return Object.assign(onnx.createTrainer(options), { note: slow(reason) });
  },
  createRadianceTrainer(options) {
    const reason = whyNotField(options.field, options.samplesPerRay ?? marchDefaults.samplesPerRay);
    if (reason === undefined) return new WebGpuRayTrainer(options, nodeGpu);
    return Object.assign(onnx.createRadianceTrainer(options), { note: slow(reason) });
  },
};
