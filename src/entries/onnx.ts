// `evos/onnx`: ONNX graphs, their gradients, and exported models. Nothing here runs them.
export * from '../engine/graph/index.js';
export {
  describeModel,
  exportModel,
  exportWholeGrid,
  modelPorts,
  type ModelDescription,
} from '../engine/onnx/model-file.js';
