// `evos/onnx`: ONNX graphs, their gradients, exported models, and networks out of others' files. Nothing here runs them.
export * from '../engine/graph/index.js';
export {
  describeModel,
  exportModel,
  exportWholeGrid,
  modelPorts,
  type ModelDescription,
} from '../engine/onnx/model-file.js';
export * from '../adapters/onnx-model/index.js';
