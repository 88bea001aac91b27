// The engine: trainers, models, devices, radiance fields; and ONNX graphs with their gradients.
export * from './graph/index.js';
export * from './models/index.js';
export type * from './devices/device.js';
export type { RayStep, SampleStep, StepShape } from './devices/step-shape.js';
export * from './devices/registry.js';
export * from './devices/resolve.js';
export * from './onnx/model-file.js';
export { openPairNetwork, type PairNetwork, type PicturePlanes } from './onnx/pair-network.js';
export type { ModelRunner } from './onnx/runner.js';
export * from './training/rays/background.js';
export type * from './training/rays/types.js';
export * from './radiance/volume.js';
export * from './training/options.js';
export type * from './training/trainer.js';
