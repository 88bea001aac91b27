// Networks that others have exported, to be trained here and written back into their files.
export { modelFromOnnx, type OnnxModel, type OnnxModelOptions } from './model.js';
