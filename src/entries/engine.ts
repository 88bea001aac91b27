// `evos/engine`: trainers, models, devices, radiance fields.
export * from '../engine/models/index.js';
export type * from '../engine/devices/device.js';
export * from '../engine/devices/registry.js';
export * from '../engine/devices/resolve.js';
export type { ModelRunner, RunnerPorts } from '../engine/onnx/runner.js';
export { shownBackground, type RayBackground } from '../engine/training/rays/background.js';
export type * from '../engine/training/rays/types.js';
export * from '../engine/radiance/volume.js';
export type * from '../engine/training/options.js';
export { crossFrequencyTerm, trainerDefaults } from '../engine/training/options.js';
export type * from '../engine/training/trainer.js';
