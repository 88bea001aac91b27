// The CPU: worker threads with a session of one thread each, and WebAssembly kernels between them.
import { onnxDevice } from './onnx-device.js';

export const cpu = onnxDevice({
  name: 'cpu',
  summary: 'worker threads with WebAssembly kernels, everywhere',
  hint:
    'install onnxruntime-node again, for this machine and this Node: `npm i onnxruntime-node --ignore-scripts`; there is one ' +
    'for x64 and arm64 on Linux and Windows, and for arm64 on macOS',
  preferred: 'always',
  execution: {
    provider: 'cpu',
    kernels: true,
    residentBytes: 0,
    // So many samples of a 256 wide layer stay in a core's cache.
    microBatch: 2048,
  },
});
