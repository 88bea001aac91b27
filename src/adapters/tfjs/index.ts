// Choosing samples for TensorFlow.js, and training with it.
export {
  tfSelector,
  type TfFeedback,
  type TfSelection,
  type TfSelector,
  type TfSelectorOptions,
} from './selector.js';
export { tfTrainer, type TfTrainerOptions } from './trainer.js';
export type { TfNetwork } from './network.js';
export type {
  Operations as TfOperations,
  TensorFlow,
  TfModel,
  TfNamedTensor,
  TfOptimizer,
  TfPort,
  TfTensor,
  TfVariable,
  TfWeight,
} from './tensorflow.js';
