// WebGPU: any graphics card, by ONNX Runtime's own provider.
import { onnxDevice } from './onnx-device.js';

export const webgpu = onnxDevice({
  name: 'webgpu',
  summary: 'graphics cards of all makers, through Vulkan, Direct3D 12 or Metal',
  hint:
    'install a graphics driver with Vulkan (Linux: the loader `libvulkan1` and the driver of your card, e.g. ' +
    '`mesa-vulkan-drivers`), Direct3D 12 (Windows) or Metal (macOS)',
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
