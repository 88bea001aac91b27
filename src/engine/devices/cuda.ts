// CUDA: NVIDIA's cards. ONNX Runtime's binding hands every output back to the CPU, so nothing stays on the card.
import { onnxDevice } from './onnx-device.js';

export const cuda = onnxDevice({
  name: 'cuda',
  summary: "NVIDIA's cards, on Linux x64",
  hint: 'on Linux x64 with CUDA 12 and cuDNN 9: `ONNXRUNTIME_NODE_INSTALL=cuda12 node node_modules/onnxruntime-node/script/install`',
  preferred: 'where it is faster',
  execution: {
    provider: 'cuda',
    kernels: false,
    residentBytes: 0,
    // A GPU wants few, large passes.
    microBatch: 65_536,
  },
});
