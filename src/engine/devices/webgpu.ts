// WebGPU: any graphics card. Networks of dense layers train by kernels of our own (engine/webgpu); the others, radiance fields and
// exported models by ONNX Runtime's own provider.
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

export const webgpu: DeviceEntry = {
  ...onnx,
  async trial() {
    // Both ways must work.
    (await openGpu()).close();
    return onnx.trial();
  },
  createTrainer(options) {
    const reason = whyNot(options);
    if (reason === undefined) return new WebGpuTrainer(options, nodeGpu);
    const note = `trains on WebGPU through ONNX Runtime, which is slow: ${reason}; --device cpu may be faster`;
    return Object.assign(onnx.createTrainer(options), { note });
  },
};
